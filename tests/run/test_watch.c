/* SPDX-License-Identifier: MIT */
/*
 * The launcher's dealings with recordings, on recordings made here: which ones
 * it finds, what it writes into them while they grow and at the end, and that
 * hostile ones do no harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch_process.h"
#include "launch_watch.h"

#define SESSION "0123456789abcdef0123456789abcdef"
#define NS_PER_MS 1000000ull
#define FILE_SIZE 32768
#define STRINGS LS_HEADER_SIZE
#define TIMELINE 16384
#define GONE 0x3ffffff /* above pid_max: never a process */

static char directory[64];
static struct launch_watch *watch;

/* A recording as the shim would begin it, mapped. */
static struct ls_header *record(const char *name, uint32_t pid, const char *session,
				uint32_t samples)
{
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0666);
	struct ls_header *h;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, FILE_SIZE), 0);
	h = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(h, MAP_FAILED);
	close(fd);
	h->version = LS_VERSION;
	h->endian = LS_ENDIAN_MARK;
	h->header_size = LS_HEADER_SIZE;
	h->pid = pid;
	h->mono_start_ns = launch_now_ns() - 5000 * NS_PER_MS;
	h->flags = LS_F_LAUNCHER;
	h->session = 8;
	snprintf((char *)h + STRINGS + 8, 64, "%s", session);
	h->directory[0] = (struct ls_chunk){LS_SEC_STRINGS, 0, 0, 0, STRINGS, 4096, 0};
	h->directory[1] = (struct ls_chunk){
		LS_SEC_TIMELINE, 0, 0, 0, TIMELINE, samples * sizeof(struct ls_sample), 0};
	h->peaks[LS_MEM_HOST].live_bytes = 1234;
	h->peaks[LS_MEM_DEVICE].live_bytes = 77;
	memcpy(h->magic, LS_MAGIC, sizeof h->magic);
	return h;
}

static struct ls_sample *samples_of(struct ls_header *h)
{
	return (struct ls_sample *)((char *)h + TIMELINE);
}

static void begin_in(const char *out, const char *store)
{
	static struct launch_watch_options options;

	options = (struct launch_watch_options){
		.session = SESSION, .dir = directory, .store = store, .out = out, .sample_ms = 10};
	watch = launch_watch_new(&options);
	assert_non_null(watch);
	launch_watch_start(watch);
}

/* Let ROUNDS ticks happen, as launch_wait would. */
static void tick(int rounds)
{
	uint64_t due = 0;

	for (int i = 0; i < rounds; i++) {
		uint64_t now = launch_now_ns();

		if (due > now)
			usleep((unsigned)((due - now) / 1000) + 1);
		due = launch_watch_tick(watch, launch_now_ns());
		assert_true(due > now);
	}
}

static int enter_directory(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/leakscope-test-XXXXXX");
	return !mkdtemp(directory) || chdir(directory);
}

static int leave_directory(void **state)
{
	char command[256];

	(void)state;
	launch_watch_free(watch);
	watch = NULL;
	snprintf(command, sizeof command, "rm -rf '%s'", directory);
	return chdir("/") || system(command);
}

static void recordings_get_ticks_and_samples(void **state)
{
	struct ls_header *h = record("leakscope.x.1.rec", (uint32_t)getpid(), SESSION, 64);
	struct ls_sample *s = samples_of(h);

	(void)state;
	begin_in("", NULL);
	tick(5);
	assert_in_range(h->tick, 5000, 60000);
	assert_int_equal(s[0].state, 0);
	assert_int_equal(s[1].state, 1);
	assert_in_range(s[1].tick, 5000, 60000);
	assert_in_range(s[1].rss_bytes, 100000, 1ull << 32);
	assert_int_equal(s[1].host_bytes, 1234);
	assert_int_equal(s[1].device_bytes, 77);
	assert_true(s[2].tick > s[1].tick);
}

static void a_full_timeline_is_thinned_out(void **state)
{
	struct ls_header *h = record("leakscope.x.1.rec", (uint32_t)getpid(), SESSION, 8);
	struct ls_sample *s = samples_of(h);
	uint32_t used = 0;

	(void)state;
	begin_in("", NULL);
	tick(40);
	for (uint32_t i = 1; i < 8 && s[i].tick; i++) {
		if (i > 1)
			assert_true(s[i].tick > s[i - 1].tick);
		used = i;
	}
	assert_in_range(used, 3, 7);
	/* 40 rounds of 10 ms in 7 records: they must reach over most of the time */
	assert_true(s[used].tick - s[1].tick > 150);
	assert_int_equal(((struct ls_sample *)((char *)h + TIMELINE))[8].tick, 0);
}

static void other_files_are_left_alone(void **state)
{
	struct ls_header *other = record("leakscope.y.1.rec", (uint32_t)getpid(), "beef", 64);
	struct ls_header *named = record("unrelated.rec", (uint32_t)getpid(), SESSION, 64);
	struct ls_header *old = record("leakscope.z.1.rec", (uint32_t)getpid(), SESSION, 64);
	const struct launch_recording *list;

	(void)state;
	old->version = LS_VERSION + 1;
	assert_int_equal(system("echo text >leakscope.text; mkfifo leakscope.fifo; mkdir "
				"leakscope.dir; ln -s leakscope.y.1.rec leakscope.link"),
			 0);
	begin_in("", NULL);
	tick(3);
	assert_int_equal(other->tick, 0);
	assert_int_equal(named->tick, 0);
	assert_int_equal(old->tick, 0);
	assert_int_equal(launch_watch_finish(watch, GONE, &list), 0);
}

static void a_recording_may_become_readable_later(void **state)
{
	struct ls_header *h = record("leakscope.x.1.rec", (uint32_t)getpid(), SESSION, 64);

	(void)state;
	h->magic[0] = '\0';
	begin_in("", NULL);
	tick(2);
	assert_int_equal(h->tick, 0);
	h->magic[0] = LS_MAGIC[0];
	tick(2);
	assert_true(h->tick > 0);
}

static void hostile_recordings_do_no_harm(void **state)
{
	struct ls_header *far = record("leakscope.a.1.rec", (uint32_t)getpid(), SESSION, 64);
	struct ls_header *long_one = record("leakscope.b.1.rec", (uint32_t)getpid(), SESSION, 64);
	struct ls_header *odd = record("leakscope.c.1.rec", (uint32_t)getpid(), SESSION, 64);
	struct ls_header *cut = record("leakscope.d.1.rec", (uint32_t)getpid(), SESSION, 64);
	struct ls_header *lost = record("leakscope.e.1.rec", (uint32_t)getpid(), SESSION, 64);
	const struct launch_recording *list;

	(void)state;
	far->directory[1].offset = 1ull << 62;
	long_one->directory[1].length = UINT64_MAX - 5;
	odd->directory[1].offset = 16385;
	lost->directory[0].offset = UINT64_MAX - 8;
	begin_in("", NULL);
	tick(2);
	assert_true(cut->tick > 0);
	assert_true(far->tick > 0);
	assert_int_equal(truncate("leakscope.d.1.rec", 0), 0);
	tick(3);
	assert_int_equal(launch_watch_finish(watch, GONE, &list), 3);
}

/* A process that was killed and one that exited without a last word. */
static void the_dead_get_their_last_word(void **state)
{
	struct ls_header *root = record("leakscope.a.1.rec", GONE, SESSION, 64);
	struct ls_header *early = record("leakscope.a.0.rec", GONE, SESSION, 64);
	struct ls_header *child = record("leakscope.b.1.rec", GONE - 1, SESSION, 64);
	struct ls_header *unseen = record("leakscope.c.1.rec", GONE - 2, SESSION, 64);
	struct ls_header *done = record("leakscope.d.1.rec", GONE - 3, SESSION, 64);
	uint64_t now = launch_now_ns();
	const struct launch_recording *list;

	(void)state;
	early->state = LS_STATE_EXEC;
	root->exec_index = 1;
	done->state = LS_STATE_EXITED;
	done->exit_code = 5;
	done->ended_ns = 1;
	begin_in("", NULL);
	launch_watch_ended(watch, GONE, W_EXITCODE(0, SIGKILL), now);
	launch_watch_ended(watch, GONE - 1, W_EXITCODE(3, 0), now + 1);
	launch_watch_ended(watch, GONE - 3, W_EXITCODE(6, 0), now + 2);
	assert_int_equal(launch_watch_finish(watch, GONE, &list), 5);
	assert_int_equal(root->state, LS_STATE_SIGNALLED);
	assert_int_equal(root->signal, SIGKILL);
	assert_int_equal(root->ended_ns, now);
	assert_int_equal(early->state, LS_STATE_EXEC);
	assert_int_equal(child->state, LS_STATE_EXITED);
	assert_int_equal(child->exit_code, 3);
	assert_int_equal(child->ended_ns, now + 1);
	assert_int_equal(unseen->state, LS_STATE_RUNNING);
	assert_int_equal(done->exit_code, 5); /* what it wrote itself stands */
	/* The root's last image comes first, then its earlier one. */
	assert_string_equal(strrchr(list[0].path, '/'), "/leakscope.a.1.rec");
	assert_string_equal(strrchr(list[1].path, '/'), "/leakscope.a.0.rec");
	for (size_t i = 0; i < 5; i++)
		assert_false(list[i].alive);
}

/* A pid that died before the recording began was another process. */
static void an_earlier_death_is_somebody_elses(void **state)
{
	struct ls_header *h = record("leakscope.b.1.rec", GONE - 1, SESSION, 64);
	const struct launch_recording *list;

	(void)state;
	begin_in("", NULL);
	launch_watch_ended(watch, GONE - 1, W_EXITCODE(3, 0), h->mono_start_ns - 1);
	assert_int_equal(launch_watch_finish(watch, GONE, &list), 1);
	assert_int_equal(h->state, LS_STATE_RUNNING);
}

static uint64_t own_start_ticks(void)
{
	char text[1024], *p;
	FILE *f = fopen("/proc/self/stat", "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = '\0';
	p = strrchr(text, ')') + 1;
	for (int field = 2; field < 21; field++)
		p = strchr(p + 1, ' ');
	return strtoull(p, NULL, 10);
}

static void who_goes_on_gets_the_clock_back(void **state)
{
	struct ls_header *h = record("leakscope.x.1.rec", (uint32_t)getpid(), SESSION, 64);
	const struct launch_recording *list;

	(void)state;
	h->start_ticks = own_start_ticks();
	h->flags |= LS_F_KEEP;
	begin_in("", NULL);
	tick(2);
	assert_int_equal(launch_watch_finish(watch, GONE, &list), 1);
	assert_true(list[0].alive);
	assert_int_equal(h->state, LS_STATE_RUNNING);
	assert_int_equal(h->flags, LS_F_KEEP);
}

static void the_store_is_emptied(void **state)
{
	struct ls_header *root, *taken;
	const struct launch_recording *list;
	char out[128], store[128], expected[160];
	struct stat st;

	(void)state;
	snprintf(store, sizeof store, "%s/store", directory);
	snprintf(out, sizeof out, "%s/x", directory);
	assert_int_equal(mkdir(store, 0777), 0);
	root = record("store/x", GONE, SESSION, 64);
	taken = record("store/x.77", GONE - 1, SESSION, 64);
	taken->started_ns = root->started_ns + 1;
	assert_int_equal(system("echo kept >x.77"), 0);
	begin_in(out, store);
	assert_int_equal(launch_watch_finish(watch, GONE, &list), 2);
	assert_string_equal(list[0].path, out);
	snprintf(expected, sizeof expected, "%s.77.2", out);
	assert_string_equal(list[1].path, expected);
	assert_int_equal(stat(expected, &st), 0);
	assert_int_equal(st.st_size, FILE_SIZE);
	assert_int_equal(system("test \"$(cat x.77)\" = kept && rmdir store"), 0);
}

#define watch_test(f) cmocka_unit_test_setup_teardown(f, enter_directory, leave_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		watch_test(recordings_get_ticks_and_samples),
		watch_test(a_full_timeline_is_thinned_out),
		watch_test(other_files_are_left_alone),
		watch_test(a_recording_may_become_readable_later),
		watch_test(hostile_recordings_do_no_harm),
		watch_test(the_dead_get_their_last_word),
		watch_test(an_earlier_death_is_somebody_elses),
		watch_test(who_goes_on_gets_the_clock_back),
		watch_test(the_store_is_emptied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
