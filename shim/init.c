/* SPDX-License-Identifier: MIT */
/*
 * The constructor.  The library is linked -z initfirst, so that what the
 * constructors of the program's own libraries allocate is seen; libc itself has
 * then not been initialised, and getenv is blind: the environment is taken from
 * the constructor's arguments, and put where libc looks before anything else.
 */
#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include "glue.h"
#include "gpu_driver.h"
#include "hooks.h"
#include "names.h"
#include "note.h"
#include "options.h"
#include "process.h"
#include "recording.h"
#include "scan_own.h"
#include "stop.h"
#include "storage.h"
#include "text.h"
#include "unwind.h"

static void find_own_path(void)
{
	struct dl_find_object o;
	struct ls_text t;
	if (_dl_find_object((void *)find_own_path, &o) != 0 || !o.dlfo_link_map)
		return;
	const char *name = o.dlfo_link_map->l_name;
	ls_text_start(&t, ls_own_path, LS_OPTION_TEXT);
	if (name[0] != '/' && ls_sys2(SYS_getcwd, ls_own_path, LS_OPTION_TEXT) > 0) {
		t.used = ls_length(ls_own_path);
		ls_text_add(&t, "/");
	}
	ls_text_add(&t, name);
}

/* A program that brings its own malloc never calls ours. */
static bool has_own_malloc(void)
{
	void *found = dlsym(RTLD_DEFAULT, "malloc");
	struct dl_find_object a, b;
	Dl_info info;
	ElfW(Sym) *symbol = NULL;
	if (!found || _dl_find_object(found, &a) != 0 ||
	    _dl_find_object((void *)has_own_malloc, &b) != 0 || a.dlfo_link_map == b.dlfo_link_map)
		return false;
	/* where it takes malloc's address, a program that isn't PIC has a PLT entry of that name */
	return !dladdr1(found, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol ||
	       symbol->st_shndx != SHN_UNDEF;
}

static void say_own_malloc(void)
{
	static const char text[] =
		"this program has a malloc of its own, which is called instead of the tracked "
		"one: its host memory cannot be tracked; run a build of it that uses libc's";
	ls_header->flags |= LS_F_KEEP;
	ls_note_locked(LS_NOTE_ERROR, text);
	if (ls_process_is_root() && !ls_options.launched)
		ls_say(text);
}

/*
 * Without the launcher, programs that this one starts through system() or
 * popen() must know that they are not the first of the tree: those go by
 * environ, which gets one more entry, in an array of ours.
 */
static void mark_environment(void)
{
	static char entry[LS_OPTION_TEXT + 160] = "LEAKSCOPE_PARENT=";
	size_t n = 0, length = ls_length("LEAKSCOPE_PARENT=");
	if (ls_options.launched)
		return;
	while (ls_initial_environ && ls_initial_environ[n])
		n++;
	char **fresh = ls_mem_alloc((n + 2) * sizeof *fresh);
	if (!fresh)
		return;
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		if (!ls_starts(ls_initial_environ[i], "LEAKSCOPE_PARENT="))
			fresh[k++] = ls_initial_environ[i];
	ls_parent_text(entry + length, (uint32_t)(sizeof entry - length));
	fresh[k++] = entry;
	fresh[k] = NULL;
	environ = fresh;
}

static void say_recording(void)
{
	char line[LS_PATH_MAX + 32];
	struct ls_text t;
	ls_text_start(&t, line, sizeof line);
	ls_text_add(&t, "recording ");
	ls_text_add(&t, ls_storage_path());
	ls_say(line);
}

static void start(void)
{
	ls_driver_start(); /* before the unwinder adds to what is loaded */
	bool unwinder = ls_unwind_start(), own_malloc = has_own_malloc();
	ls_options_read();
	find_own_path();
	ls_name_drop_previous();
	ls_own_start();
	ls_hooks_thread_start();
	ls_hooks_exec_start();
	ls_hooks_exit_start();
	ls_hooks_lsan_start();
	ls_hooks_map_start();
	ls_hooks_wait_start();
	ls_hooks_child_start();
	ls_hooks_transfer_start();
	ls_hooks_signal_start();
	ls_hooks_env_start();
	ls_stop_start();
	if (ls_process_may_wait() && unwinder && !own_malloc) {
		/* most children of a shell come and go without an allocation */
		ls_gate_open(false);
		return;
	}
	if (!ls_process_start(false)) {
		ls_say("no memory for a recording: the program runs untracked");
		return;
	}
	if (!unwinder)
		ls_note_locked(LS_NOTE_WARNING,
			       "libunwind.so.8 cannot be used: stacks have one frame; "
			       "install the package libunwind8");
	if (own_malloc)
		say_own_malloc();
	mark_environment();
	if (ls_options.verbose && ls_storage_path()[0])
		say_recording();
	ls_gate_open(true);
}

__attribute__((constructor)) static void construct(int argc, char **argv, char **envp)
{
	(void)argc;
	if (ls_initial_environ)
		return;
	ls_initial_environ = envp;
	(void)argv;
	if (!environ)
		environ = envp;
	ls_real_ready();
	ls_tls.depth = 1;
	start();
	ls_tls.depth = 0;
}
