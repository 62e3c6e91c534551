/* SPDX-License-Identifier: MIT */
/*
 * See reporter_start.h.  The reporter is started by raw clone with exit signal
 * 0: the host's SIGCHLD handler and wait see nothing of it.
 */
#include "reporter_start.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "glue.h"
#include "note.h"
#include "options.h"
#include "plain_report.h"
#include "process.h"
#include "storage.h"
#include "text.h"

#define STACK (64u << 10)
/* A report of a large recording takes a while; a host that is told to end must end. */
#define PATIENCE_MS 60000u

extern long ls_clone_call(unsigned long flags, void *stack_top, int (*fn)(void *), void *arg);

struct program {
	const char *path;
	char **argv, **envp;
};

static int exec_program(void *arg)
{
	const struct program *p = arg;
	ls_sys3(SYS_execve, p->path, p->argv, p->envp);
	return 127;
}

/* Exit status of the program; -1 if it could not be run or did not end in time. */
static int run(const struct program *p)
{
	char *stack = ls_sys_mmap(STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status = 0;
	if (!stack)
		return -1;
	/* CLONE_VFORK: this thread waits until the image is replaced, so the stack can go */
	long pid = ls_clone_call(CLONE_VM | CLONE_VFORK, stack + STACK, exec_program, (void *)p);
	ls_sys_munmap(stack, STACK);
	if (pid < 0)
		return -1;
	for (unsigned waited = 0; waited < PATIENCE_MS; waited += 2) {
		long r = ls_sys4(SYS_wait4, pid, &status, __WCLONE | WNOHANG, 0);
		if (r == pid)
			return WIFEXITED(status) && WEXITSTATUS(status) != 127 ? WEXITSTATUS(status) : -1;
		if (r < 0)
			return -1;
		struct timespec pause = {0, 2000000};
		ls_sys2(SYS_nanosleep, &pause, NULL);
	}
	ls_sys2(SYS_kill, pid, 9);
	return -1;
}

static bool executable(const char *path)
{
	return ls_sys3(SYS_faccessat, AT_FDCWD, path, X_OK) == 0;
}

/* Where the command is: told, beside the library, in the bin directory of its prefix, in a build tree. */
static bool find_reporter(char *out, size_t size)
{
	static const char *const places[] = {"/leakscope", "/../bin/leakscope", "/../../bin/leakscope",
					     "/../reporter/leakscope"};
	struct ls_text t;
	size_t dir = (size_t)(ls_basename(ls_own_path) - ls_own_path);
	if (ls_options.reporter[0]) {
		ls_text_start(&t, out, size);
		ls_text_add(&t, ls_options.reporter);
		return executable(out);
	}
	for (unsigned i = 0; dir > 1 && i < sizeof places / sizeof *places; i++) {
		ls_text_start(&t, out, size);
		ls_text_add_n(&t, ls_own_path, dir - 1);
		ls_text_add(&t, places[i]);
		if (executable(out))
			return true;
	}
	return false;
}

static void report_path(char *out, size_t size, const char *extension)
{
	struct ls_text t;
	const char *rec = ls_storage_path();
	size_t n = ls_length(rec);
	ls_text_start(&t, out, size);
	ls_text_add_n(&t, rec, n > 4 && ls_equal(rec + n - 4, ".rec") ? n - 4 : n);
	ls_text_add(&t, extension);
}

static const char *extension_of(const char *format)
{
	if (ls_equal(format, "text"))
		return ".txt";
	if (ls_equal(format, "json"))
		return ".json";
	if (ls_equal(format, "html"))
		return ".html";
	return NULL;
}

bool ls_reporter_at_exit(bool something)
{
	char reporter[LS_PATH_MAX], out[LS_PATH_MAX];
	char *envp[16];
	unsigned n = 0;
	const char *extension = extension_of(ls_options.report);
	bool wanted = !ls_equal(ls_options.report, "none") && !ls_options.launched;
	if (!something || !ls_storage_path()[0] || (!wanted && !ls_options.exitcode))
		return something && !ls_storage_path()[0];
	/* the reporter must not be tracked itself, and needs little of the environment */
	static const char *const keep[] = {"PATH", "HOME", "LANG", "LC_ALL", "DEBUGINFOD_URLS",
					   "DEBUGINFOD_CACHE_PATH", "TMPDIR", "LD_LIBRARY_PATH"};
	for (char **e = ls_initial_environ; e && *e && n < 15; e++)
		for (unsigned k = 0; k < sizeof keep / sizeof *keep; k++) {
			size_t length = ls_length(keep[k]);
			if (ls_starts(*e, keep[k]) && (*e)[length] == '=')
				envp[n++] = *e;
		}
	envp[n] = NULL;
	bool have = find_reporter(reporter, sizeof reporter);
	if (wanted) {
		report_path(out, sizeof out, extension ? extension : ".txt");
		char *argv[] = {reporter, "report", "--format", extension ? ls_options.report : "text",
				"-o", out, (char *)ls_storage_path(),
				ls_options.suppressions[0] ? "--suppressions" : NULL,
				ls_options.suppressions, NULL};
		struct program p = {reporter, argv, envp};
		if (!have || run(&p) != 0)
			ls_plain_write(out);
	}
	if (!ls_options.exitcode)
		return true;
	char *argv[] = {reporter, "gate", "-o", "/dev/null", (char *)ls_storage_path(),
			ls_options.suppressions[0] ? "--suppressions" : NULL, ls_options.suppressions,
			NULL};
	struct program p = {reporter, argv, envp};
	return !have || run(&p) != 0;
}
