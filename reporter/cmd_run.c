/* SPDX-License-Identifier: MIT */
/*
 * leakscope run: start a program under the shim, follow its recordings, and
 * say what leaked.  This file reads the command line and puts the parts of the
 * launcher (launch_*.c) together.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "launch_elf.h"
#include "launch_env.h"
#include "launch_process.h"
#include "launch_report.h"
#include "launch_summary.h"
#include "launch_watch.h"
#include "registry.h"
#include "suppress.h"

#define MAX_REPORTS 16
#define DEFAULT_SAMPLE_MS 100

struct run {
	struct launch_env env;
	struct launch_report reports[MAX_REPORTS];
	size_t report_count;
	const char *out, *store;
	int error_exitcode; /* -1 = not given */
	bool quiet;
	char **program; /* and its arguments */
	struct lr_error err;
};

enum {
	OPT_REPORT = 1000,
	OPT_ERROR_EXITCODE,
	OPT_SAMPLE,
	OPT_DEPTH,
	OPT_CHILDREN,
	OPT_SUPPRESSIONS,
	OPT_NVTX,
	OPT_TORCH_NO_CACHE,
	OPT_SCOPE_REPORT,
	OPT_STORE
};

static const struct argp_option options[] = {
	{"output", 'o', "PATH", 0,
	 "where recordings go: into PATH if it is a directory or ends in '/', else the program's "
	 "recording is PATH itself and its children's are PATH.<pid>; nothing is overwritten "
	 "(default: the working directory)",
	 0},
	{"report", OPT_REPORT, "FORMAT[:FILE]", 0,
	 "write a report at the end (repeatable); without FILE, text goes to stderr and other "
	 "formats beside the recording; FILE - is stdout; other processes of the tree get "
	 "FILE.<pid>",
	 0},
	{"error-exitcode", OPT_ERROR_EXITCODE, "N", 0,
	 "exit with status N if any process of the tree has leaks", 0},
	{"quiet", 'q', NULL, 0, "no summary at the end", 0},
	{"suppressions", OPT_SUPPRESSIONS, "FILE", 0, "leaks that are known and accepted", 0},
	{"sample", OPT_SAMPLE, "BYTES", 0,
	 "record one allocation per BYTES on average; figures are estimates then (default 0: "
	 "every allocation)",
	 0},
	{"depth", OPT_DEPTH, "N", 0, "frames kept of each backtrace, 1 to 1024 (default 64)", 0},
	{"children", OPT_CHILDREN, "yes|no|all", 0,
	 "record the program's children: those with something to tell, none, all "
	 "(default yes)",
	 0},
	{"store", OPT_STORE, "DIR", 0,
	 "keep recordings in DIR while they are written, for slow output directories", 0},
	{"scope-report", OPT_SCOPE_REPORT, "FILE|stderr", 0,
	 "write down each scope that closes with survivors, when it happens", 0},
	{"nvtx", OPT_NVTX, "yes|no", 0, "take NVTX ranges as scopes", 0},
	{"torch-no-cache", OPT_TORCH_NO_CACHE, NULL, 0,
	 "switch off PyTorch's caching allocator, so that each CUDA tensor is seen", 0},
	{0}};

/* A run option that is handed on to the shim as KEY. */
static error_t pass_on(struct run *run, const char *option, const char *key, const char *value)
{
	const char *wrong = launch_options_check(key, value);

	if (wrong) {
		lr_fail(&run->err, "%s %s: the value %s", option, value, wrong);
		return EINVAL;
	}
	if (launch_options_set(&run->env.options, key, value)) {
		lr_fail(&run->err, "out of memory");
		return EINVAL;
	}
	return 0;
}

static error_t add_report(struct run *run, const char *value)
{
	if (run->report_count == MAX_REPORTS) {
		lr_fail(&run->err, "--report %s: more than %d reports", value, MAX_REPORTS);
		return EINVAL;
	}
	return launch_report_parse(&run->reports[run->report_count++], value, &run->err) ? EINVAL
											 : 0;
}

static error_t set_exitcode(struct run *run, const char *value)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(value, &end, 10);
	if (errno || *end || end == value || n < 0 || n > 255) {
		lr_fail(&run->err, "--error-exitcode %s: is not a status from 0 to 255", value);
		return EINVAL;
	}
	run->error_exitcode = (int)n;
	return 0;
}

/* A path for the shim, which may run in another directory. */
static error_t pass_on_path(struct run *run, const char *option, const char *key, const char *value)
{
	char *absolute = NULL, *cwd;
	error_t r;

	if (*value == '/' || !*value || (!strcmp(key, "scope_report") && !strcmp(value, "stderr")))
		return pass_on(run, option, key, value);
	cwd = getcwd(NULL, 0);
	if (!cwd || asprintf(&absolute, "%s/%s", cwd, value) < 0) {
		lr_fail(&run->err, "%s %s: the working directory: %s", option, value,
			strerror(errno));
		free(cwd);
		return EINVAL;
	}
	free(cwd);
	r = pass_on(run, option, key, absolute);
	free(absolute);
	return r;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct run *run = state->input;

	switch (key) {
	case 'o': run->out = arg; return 0;
	case 'q': run->quiet = true; return 0;
	case OPT_REPORT: return add_report(run, arg);
	case OPT_ERROR_EXITCODE: return set_exitcode(run, arg);
	case OPT_SAMPLE: return pass_on(run, "--sample", "sample", arg);
	case OPT_DEPTH: return pass_on(run, "--depth", "depth", arg);
	case OPT_CHILDREN: return pass_on(run, "--children", "children", arg);
	case OPT_NVTX: return pass_on(run, "--nvtx", "nvtx", arg);
	case OPT_SUPPRESSIONS: return pass_on_path(run, "--suppressions", "suppressions", arg);
	case OPT_SCOPE_REPORT: return pass_on_path(run, "--scope-report", "scope_report", arg);
	case OPT_STORE: run->store = arg; return 0;
	case OPT_TORCH_NO_CACHE: run->env.torch_no_cache = true; return 0;
	case ARGP_KEY_ARG:
		/* The first word that is no option: the rest is the program's. */
		run->program = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[--] PROGRAM [ARGS...]",
	.doc = "Run PROGRAM under leakscope and print a summary of its leaks to stderr at the "
	       "end.\vThe exit status is PROGRAM's own (128 + n if signal n killed it); 127 if it "
	       "is not found, 126 if it can't be started, 2 for a bad command line.  A program "
	       "that can't be tracked (static, setuid, of another architecture) runs all the "
	       "same, and a line on stderr says so: that is no clean report."};

static void warn(void *context, const char *line)
{
	(void)context;
	fprintf(stderr, "leakscope: %s\n", line);
}

/* Everything that can be wrong before the program starts.  0, or -1 with ERR. */
static int prepare(struct run *run, struct lr_suppressions *suppressions)
{
	struct launch_env *env = &run->env;
	const char *file, *from_user;
	char store[PATH_MAX];

	if (launch_find_shim(env->shim, &run->err))
		return -1;
	from_user = launch_options_get(&env->options, "dir");
	if (launch_place_find(&env->place, run->out ? run->out : from_user, &run->err))
		return -1;
	if (!run->store)
		run->store = launch_options_get(&env->options, "store");
	if (run->store) {
		if (launch_store_find(store, run->store, &run->err))
			return -1;
		launch_options_set(&env->options, "store", store);
	}
	launch_options_set(&env->options, "dir", env->place.dir);
	launch_options_set(&env->options, "report", "none");
	lr_suppressions_add_default(suppressions);
	file = launch_options_get(&env->options, "suppressions");
	if (file && lr_suppressions_add_file(suppressions, file, &run->err))
		return -1;
	launch_session_new(env->session);
	return launch_env_check(env, &run->err);
}

/* Nothing that is opened from now on may get the number of a closed standard stream. */
static void fill_standard_fds(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)!open("/dev/null", fd ? O_WRONLY : O_RDONLY);
}

static uint64_t on_tick(void *context, uint64_t now_ns)
{
	return launch_watch_tick(context, now_ns);
}

static void on_ended(void *context, pid_t pid, int status, uint64_t now_ns)
{
	launch_watch_ended(context, pid, status, now_ns);
}

/* Start, follow and summarize; the exit status. */
static int launch(struct run *run, struct lr_suppressions *suppressions,
		  const struct launch_program *program)
{
	const char *interval = launch_options_get(&run->env.options, "timeline_ms");
	struct launch_watch_options watch_options = {
		.session = run->env.session,
		.dir = run->env.place.dir,
		.store = launch_options_get(&run->env.options, "store"),
		.out = run->env.place.out,
		.sample_ms = interval ? (unsigned)strtoul(interval, NULL, 10) : DEFAULT_SAMPLE_MS,
	};
	struct launch_events events = {on_tick, on_ended, NULL};
	struct launch_summary summary = {
		.name = run->program[0],
		.program = program,
		.reports = run->reports,
		.report_count = run->report_count,
		.suppressions = suppressions,
		.quiet = run->quiet,
		.want_verdict = run->error_exitcode >= 0,
	};
	struct launch_process process;
	struct launch_watch *watch;
	ssize_t count;
	int status;

	watch = launch_watch_new(&watch_options);
	if (!watch) {
		lr_fail(&run->err, "out of memory");
		return lr_bad_input(&run->err);
	}
	status = launch_start(&process, program->path, run->program, !program->elf,
			      launch_env_apply, &run->env, &run->err);
	if (status) {
		lr_error_print(&run->err);
		launch_watch_free(watch);
		return status;
	}
	fill_standard_fds();
	launch_watch_start(watch);
	events.context = watch;
	launch_wait(&process, &events);
	/* A reader of stderr that has gone must not change the status. */
	signal(SIGPIPE, SIG_IGN);
	status = launch_exit_status(process.status);
	count = launch_watch_finish(watch, process.pid, &summary.recordings);
	if (count < 0) {
		lr_fail(&run->err, "out of memory; the recordings are in %s", watch_options.dir);
		lr_error_print(&run->err);
	} else {
		summary.count = (size_t)count;
		summary.root = process.pid;
		summary.wait_status = process.status;
		if (count > 0)
			lr_registry_remember(watch_options.dir);
		launch_summarize(&summary);
	}
	launch_watch_free(watch);
	return summary.leaked && run->error_exitcode >= 0 ? run->error_exitcode : status;
}

static int run_program(struct run *run, struct lr_suppressions *suppressions)
{
	struct launch_program program;

	if (prepare(run, suppressions))
		return lr_bad_input(&run->err);
	launch_program_inspect(&program, run->program[0], run->env.shim);
	if (program.state == LAUNCH_NOT_FOUND) {
		lr_fail(&run->err, "%s: not found; check the name and PATH", run->program[0]);
		lr_error_print(&run->err);
		return LR_EXIT_NOT_FOUND;
	}
	if (program.state == LAUNCH_NO_START) {
		lr_fail(&run->err, "%s can't be started: %s", run->program[0], program.problem);
		lr_error_print(&run->err);
		return LR_EXIT_CANNOT_START;
	}
	if (program.untracked)
		launch_say_untracked(run->program[0], &program);
	run->env.preload = !program.preload_harms;
	return launch(run, suppressions, &program);
}

static int run_run(int argc, char **argv);

const struct lr_command lr_cmd_run = {
	.name = "run",
	.summary = "run a program under leakscope and summarize its leaks",
	.argp = &argp,
	.run = run_run,
};

static int run_run(int argc, char **argv)
{
	struct run run = {.error_exitcode = -1};
	struct lr_suppressions *suppressions;
	int status;

	/* The user's options first: those of the command line override them. */
	if (launch_options_parse(&run.env.options, getenv("LEAKSCOPE_OPTIONS"), warn, NULL))
		lr_fail(&run.err, "out of memory");
	if (lr_parse_args(&lr_cmd_run, argc, argv, ARGP_IN_ORDER, &run, &run.err))
		return lr_bad_input(&run.err);
	if (!run.program) {
		lr_fail(&run.err, "no program to run; write `leakscope run [OPTIONS] PROGRAM "
				  "[ARGS...]`");
		return lr_bad_input(&run.err);
	}
	suppressions = lr_suppressions_new();
	if (!suppressions) {
		lr_fail(&run.err, "out of memory");
		return lr_bad_input(&run.err);
	}
	status = run_program(&run, suppressions);
	lr_suppressions_free(suppressions);
	launch_options_clear(&run.env.options);
	return status;
}
