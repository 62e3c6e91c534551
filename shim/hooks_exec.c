/* SPDX-License-Identifier: MIT */
/*
 * exec and posix_spawn: the recording is finished before the image is replaced
 * (and taken up again if that fails), and the new program's environment is made
 * to load the shim even when the program has built it afresh.  Runs in vfork
 * children, which share their parent's memory: nothing but the stack is
 * written there.
 */
#include <alloca.h>
#include <errno.h>
#include <spawn.h>
#include <stdarg.h>
#include <unistd.h>

#include "finish.h"
#include "glue.h"
#include "hooks.h"
#include "options.h"
#include "process.h"
#include "recording.h"
#include "text.h"

#define LONGEST_PARENT (LS_OPTION_TEXT + 128u)

static int (*real_execve)(const char *, char *const[], char *const[]);
static int (*real_execvpe)(const char *, char *const[], char *const[]);
static int (*real_fexecve)(int, char *const[], char *const[]);
static int (*real_execveat)(int, const char *, char *const[], char *const[], int);
static int (*real_spawn)(pid_t *, const char *, const posix_spawn_file_actions_t *,
			 const posix_spawnattr_t *, char *const[], char *const[]);
static int (*real_spawnp)(pid_t *, const char *, const posix_spawn_file_actions_t *,
			  const posix_spawnattr_t *, char *const[], char *const[]);

void ls_hooks_exec_start(void)
{
	*(void **)&real_execve = ls_real_symbol("execve");
	*(void **)&real_execvpe = ls_real_symbol("execvpe");
	*(void **)&real_fexecve = ls_real_symbol("fexecve");
	*(void **)&real_execveat = ls_real_symbol("execveat");
	*(void **)&real_spawn = ls_real_symbol("posix_spawn");
	*(void **)&real_spawnp = ls_real_symbol("posix_spawnp");
}

static size_t count_environ(char *const envp[])
{
	size_t n = 0;
	while (envp && envp[n])
		n++;
	return n;
}

/* True if the ':'- or space-separated LIST names our library, by path or by name. */
static bool names_us(const char *list)
{
	const char *base = ls_basename(ls_own_path);
	size_t n = ls_length(base);
	for (const char *p = list; *p; p++)
		if (ls_starts(p, base) &&
		    (p == list || p[-1] == '/' || p[-1] == ':' || p[-1] == ' ') &&
		    (!p[n] || p[n] == ':' || p[n] == ' '))
			return true;
	return false;
}

static bool is_variable(const char *entry, const char *name)
{
	size_t n = ls_length(name);
	return ls_starts(entry, name) && entry[n] == '=';
}

/* What the new environment needs of the caller's stack. */
static size_t room_for(char *const envp[])
{
	size_t bytes = LONGEST_PARENT + LS_OPTION_TEXT + 64;
	for (size_t i = 0; envp && envp[i]; i++)
		if (is_variable(envp[i], "LD_PRELOAD"))
			bytes += ls_length(envp[i]) + 8;
	return bytes;
}

/* The last one only while this process has no recording of its own to name there. */
static const char *const carried[] = {"LEAKSCOPE_OPTIONS", "LEAKSCOPE_RUN", "LEAKSCOPE_PARENT"};

/*
 * OUT gets ENVP with LD_PRELOAD naming us first, the options we run with, and
 * who we are; OUT has room for 5 more entries and the end, TEXT for room_for.
 */
static void complete(char *const envp[], char **out, char *text, size_t size)
{
	struct ls_text t;
	size_t n = 0;
	bool have[3] = {false, false, false}, preload = false;
	unsigned count = ls_header ? 2 : 3;
	ls_text_start(&t, text, size);
	for (size_t i = 0; envp && envp[i]; i++) {
		if (ls_header && is_variable(envp[i], "LEAKSCOPE_PARENT"))
			continue;
		for (unsigned k = 0; k < count; k++)
			have[k] |= is_variable(envp[i], carried[k]);
		if (is_variable(envp[i], "LD_PRELOAD")) {
			preload = true;
			if (!names_us(envp[i] + 11)) {
				out[n++] = text + t.used;
				ls_text_add(&t, "LD_PRELOAD=");
				ls_text_add(&t, ls_own_path);
				ls_text_add(&t, envp[i][11] ? ":" : "");
				ls_text_add(&t, envp[i] + 11);
				t.used++; /* keep the terminator */
				continue;
			}
		}
		out[n++] = envp[i];
	}
	if (!preload) {
		out[n++] = text + t.used;
		ls_text_add(&t, "LD_PRELOAD=");
		ls_text_add(&t, ls_own_path);
		t.used++;
	}
	for (unsigned k = 0; k < count; k++)
		for (char **e = ls_initial_environ; !have[k] && e && *e; e++)
			if (is_variable(*e, carried[k])) {
				out[n++] = *e;
				have[k] = true;
			}
	if (ls_header) {
		out[n++] = text + t.used;
		ls_text_add(&t, "LEAKSCOPE_PARENT=");
		ls_parent_text(text + t.used, (uint32_t)(size - t.used));
	}
	out[n] = NULL;
}

/* children=no: the program runs without us, and with nothing else changed. */
static void strip(char *const envp[], char **out, char *text, size_t size)
{
	struct ls_text t;
	size_t n = 0;
	ls_text_start(&t, text, size);
	for (size_t i = 0; envp && envp[i]; i++) {
		if (!is_variable(envp[i], "LD_PRELOAD") || !names_us(envp[i] + 11)) {
			out[n++] = envp[i];
			continue;
		}
		char *entry = text + t.used;
		bool any = false;
		ls_text_add(&t, "LD_PRELOAD=");
		for (const char *p = envp[i] + 11; *p;) {
			size_t length = 0;
			while (p[length] && p[length] != ':' && p[length] != ' ')
				length++;
			size_t name = ls_length(ls_basename(ls_own_path));
			bool us = length >= name &&
				  ls_starts(p + length - name, ls_basename(ls_own_path));
			if (length && !us) {
				ls_text_add(&t, any ? ":" : "");
				ls_text_add_n(&t, p, length);
				any = true;
			}
			p += length + (p[length] != 0);
		}
		t.used++;
		if (any)
			out[n++] = entry;
	}
	out[n] = NULL;
}

/* SPAWNED: the program will run in a new process. */
static void prepare(char *const envp[], bool spawned, char **out, char *text, size_t size)
{
	/* exec of the first process itself goes on being tracked whatever children= says */
	bool child = spawned || !ls_header || ls_sys_getpid() != ls_header->pid ||
		     !(ls_header->flags & LS_F_ROOT);
	if (ls_options.children == LS_CHILDREN_NO && child)
		strip(envp, out, text, size);
	else
		complete(envp, out, text, size);
}

static bool tracking(void)
{
	return ls_own_path[0] && ls_process_tracked();
}

/* A new environment on the caller's stack.  A macro: what alloca gives goes with the function. */
#define WITH_ENVIRONMENT(envp, spawned, fresh)                                                     \
	char *const *fresh = (envp);                                                               \
	if (tracking()) {                                                                          \
		size_t room_ = room_for(envp);                                                     \
		char **array_ = alloca((count_environ(envp) + 6) * sizeof *array_);                \
		char *text_ = alloca(room_);                                                       \
		prepare((envp), (spawned), array_, text_, room_);                                  \
		fresh = array_;                                                                    \
	}

static int failed(int r)
{
	int saved = errno;
	ls_finish_exec_failed();
	errno = saved;
	return r;
}

LS_EXPORT int execve(const char *path, char *const argv[], char *const envp[])
{
	WITH_ENVIRONMENT(envp, false, fresh)
	if (!real_execve)
		ls_hooks_exec_start();
	ls_finish_exec();
	return failed(real_execve(path, argv, fresh));
}

LS_EXPORT int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

LS_EXPORT int execvpe(const char *file, char *const argv[], char *const envp[])
{
	WITH_ENVIRONMENT(envp, false, fresh)
	if (!real_execvpe)
		ls_hooks_exec_start();
	ls_finish_exec();
	return failed(real_execvpe(file, argv, fresh));
}

LS_EXPORT int execvp(const char *file, char *const argv[])
{
	return execvpe(file, argv, environ);
}

LS_EXPORT int fexecve(int fd, char *const argv[], char *const envp[])
{
	WITH_ENVIRONMENT(envp, false, fresh)
	if (!real_fexecve)
		ls_hooks_exec_start();
	ls_finish_exec();
	return failed(real_fexecve(fd, argv, fresh));
}

LS_EXPORT int execveat(int fd, const char *path, char *const argv[], char *const envp[], int flags)
{
	WITH_ENVIRONMENT(envp, false, fresh)
	if (!real_execveat)
		ls_hooks_exec_start();
	if (!real_execveat) {
		errno = ENOSYS;
		return -1;
	}
	ls_finish_exec();
	return failed(real_execveat(fd, path, argv, fresh, flags));
}

/* Collect the variadic arguments from FIRST on into argv; AP is left behind the NULL. */
#define COLLECT(ap, first, argv)                                                                   \
	size_t count_ = 1;                                                                         \
	va_start(ap, first);                                                                       \
	while (va_arg(ap, char *))                                                                 \
		count_++;                                                                          \
	va_end(ap);                                                                                \
	char **argv = alloca((count_ + 1) * sizeof *argv);                                         \
	argv[0] = (char *)(first);                                                                 \
	va_start(ap, first);                                                                       \
	for (size_t i_ = 1; i_ <= count_; i_++)                                                    \
		argv[i_] = va_arg(ap, char *);

LS_EXPORT int execl(const char *path, const char *arg, ...)
{
	va_list ap;
	COLLECT(ap, arg, argv)
	va_end(ap);
	return execve(path, argv, environ);
}

LS_EXPORT int execlp(const char *file, const char *arg, ...)
{
	va_list ap;
	COLLECT(ap, arg, argv)
	va_end(ap);
	return execvpe(file, argv, environ);
}

LS_EXPORT int execle(const char *path, const char *arg, ...)
{
	va_list ap;
	COLLECT(ap, arg, argv)
	char *const *envp = va_arg(ap, char *const *);
	va_end(ap);
	return execve(path, argv, envp);
}

LS_EXPORT int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
			  const posix_spawnattr_t *attr, char *const argv[], char *const envp[])
{
	WITH_ENVIRONMENT(envp, true, fresh)
	if (!real_spawn)
		ls_hooks_exec_start();
	return real_spawn(pid, path, actions, attr, argv, fresh);
}

LS_EXPORT int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
			   const posix_spawnattr_t *attr, char *const argv[], char *const envp[])
{
	WITH_ENVIRONMENT(envp, true, fresh)
	if (!real_spawnp)
		ls_hooks_exec_start();
	return real_spawnp(pid, file, actions, attr, argv, fresh);
}
