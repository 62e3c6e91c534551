/* SPDX-License-Identifier: MIT */
/*
 * See reporter_start.h.  The reporter is started by raw clone with exit signal
 * 0: the host's SIGCHLD handler and wait see nothing of it.
 */
#include "reporter_start.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
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
	char *stack;    /* two of STACK bytes: the starter's, above it the supervisor's */
	uint64_t mask;  /* the host's signal mask */
	bool on_stderr; /* what it says goes there */
};

static int exec_program(void *arg)
{
	const struct program *p = arg;
	if (p->on_stderr) /* the descriptors are this process's own */
		ls_sys3(SYS_dup3, STDERR_FILENO, STDOUT_FILENO, 0);
	ls_sys4(SYS_rt_sigprocmask, SIG_SETMASK, &p->mask, NULL, 8);
	ls_sys3(SYS_execve, p->path, p->argv, p->envp);
	return 127;
}

/*
 * The kernel gives a process that execs the exit signal SIGCHLD, so the reporter
 * cannot be the host's own child: this one in between is, and never execs.
 */
static int supervise(void *arg)
{
	struct program *p = arg;
	int status = 0;
	uint64_t all = UINT64_MAX;
	/* it shares the host's memory: no handler of the host may run here */
	ls_sys4(SYS_rt_sigprocmask, SIG_SETMASK, &all, &p->mask, 8);
	long pid =
		ls_clone_call(CLONE_VM | CLONE_VFORK | SIGCHLD, p->stack + STACK, exec_program, p);
	if (pid < 0 || ls_sys4(SYS_wait4, pid, &status, 0, 0) != pid || !WIFEXITED(status))
		return 127;
	return WEXITSTATUS(status);
}

/* Exit status of the program; -1 if it could not be run or did not end in time. */
static int run(struct program *p)
{
	int status = 0;
	p->stack =
		ls_sys_mmap(2 * STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!p->stack)
		return -1;
	long pid = ls_clone_call(CLONE_VM, p->stack + 2 * STACK, supervise, p);
	long r = pid < 0 ? pid : 0;
	for (unsigned waited = 0; r == 0 && waited < PATIENCE_MS; waited += 2) {
		r = ls_sys4(SYS_wait4, pid, &status, __WCLONE | WNOHANG, 0);
		struct timespec pause = {0, 2000000};
		if (r == 0)
			ls_sys2(SYS_nanosleep, &pause, NULL);
	}
	if (r == 0) /* it works on, on its stack */
		return -1;
	ls_sys_munmap(p->stack, 2 * STACK);
	if (r != pid || !WIFEXITED(status) || WEXITSTATUS(status) == 127)
		return -1;
	return WEXITSTATUS(status);
}

static bool executable(const char *path)
{
	return ls_sys3(SYS_faccessat, AT_FDCWD, path, X_OK) == 0;
}

/* Where the command is: told, beside the library, in the bin directory of its prefix, in a build tree. */
static bool find_reporter(char *out, size_t size)
{
	static const char *const places[] = {"/leakscope", "/../bin/leakscope",
					     "/../../bin/leakscope", "/../reporter/leakscope"};
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

static void say_report(const char *path)
{
	char line[LS_PATH_MAX + 32];
	struct ls_text t;
	ls_text_start(&t, line, sizeof line);
	ls_text_add(&t, "report ");
	ls_text_add(&t, path);
	ls_say(line);
}

#define ENVIRONMENT 16u

static void reporter_environment(char **envp)
{
	unsigned n = 0;
	/* the reporter must not be tracked itself, and needs little of the environment */
	static const char *const keep[] = {"PATH",
					   "HOME",
					   "LANG",
					   "LC_ALL",
					   "DEBUGINFOD_URLS",
					   "DEBUGINFOD_CACHE_PATH",
					   "TMPDIR",
					   "LD_LIBRARY_PATH"};
	for (char **e = ls_initial_environ; e && *e && n < ENVIRONMENT - 1; e++)
		for (unsigned k = 0; k < sizeof keep / sizeof *keep; k++) {
			size_t length = ls_length(keep[k]);
			if (ls_starts(*e, keep[k]) && (*e)[length] == '=')
				envp[n++] = *e;
		}
	envp[n] = NULL;
}

bool ls_reporter_at_exit(bool something)
{
	char reporter[LS_PATH_MAX], out[LS_PATH_MAX];
	char *envp[ENVIRONMENT];
	const char *extension = extension_of(ls_options.report);
	bool wanted = !ls_equal(ls_options.report, "none") && !ls_options.launched;
	if (!something || !ls_storage_path()[0] || (!wanted && !ls_options.exitcode))
		return something && !ls_storage_path()[0];
	reporter_environment(envp);
	bool have = find_reporter(reporter, sizeof reporter);
	if (wanted) {
		report_path(out, sizeof out, extension ? extension : ".txt");
		char *argv[] = {reporter,
				"report",
				"--format",
				extension ? ls_options.report : "text",
				"-o",
				out,
				(char *)ls_storage_path(),
				ls_options.suppressions[0] ? "--suppressions" : NULL,
				ls_options.suppressions,
				NULL};
		struct program p = {reporter, argv, envp, NULL, 0, false};
		if (!have || run(&p) != 0)
			ls_plain_write(out);
		if (ls_options.verbose)
			say_report(out);
	}
	if (!ls_options.exitcode)
		return true;
	char *argv[] = {reporter,
			"gate",
			"-o",
			"/dev/null",
			(char *)ls_storage_path(),
			ls_options.suppressions[0] ? "--suppressions" : NULL,
			ls_options.suppressions,
			NULL};
	struct program p = {reporter, argv, envp, NULL, 0, false};
	return !have || run(&p) != 0;
}

bool ls_reporter_check(bool say)
{
	char reporter[LS_PATH_MAX];
	char *envp[ENVIRONMENT];
	if (!ls_storage_path()[0] || !find_reporter(reporter, sizeof reporter))
		return true;
	reporter_environment(envp);
	char *argv[] = {reporter,
			"gate",
			"--kinds",
			"definite,indirect",
			"-o",
			say ? "-" : "/dev/null",
			(char *)ls_storage_path(),
			ls_options.suppressions[0] ? "--suppressions" : NULL,
			ls_options.suppressions,
			NULL};
	struct program p = {reporter, argv, envp, NULL, 0, say};
	return run(&p) != 0;
}
