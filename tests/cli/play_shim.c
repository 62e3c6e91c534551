/* SPDX-License-Identifier: MIT */
/*
 * play-shim FILE MODE: make a recording of this very process and answer requests for
 * snapshots as the shim does, or as one that is in trouble:
 *   answer   at once, with a scan made before
 *   second   only the second thread does: the first one's signal is lost
 *   slow     takes it up at once and is done when the signal comes again
 *   failed   there is no scan, and a note says why
 *   off      there is a snapshot "earlier" and no scan, which was switched off
 *   silent   never
 *   blocked  all threads block the signal
 *   none     no signal was free
 *   dies     it ends when it is asked
 *   readonly nobody may write to the recording
 * Says "ready", and at the end of the standard input how often the signal came and what
 * label was asked for.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "make_recording.h"

static struct ls_header *header;
static const char *mode;
static uint32_t scan;
static volatile unsigned signals;

static int is_mode(const char *name)
{
	return strcmp(mode, name) == 0;
}

static void on_signal(int signal)
{
	struct ls_request *r = &header->request;

	(void)signal;
	signals++;
	if (is_mode("dies"))
		_exit(3);
	if (is_mode("silent") || (is_mode("second") && getpid() == (pid_t)syscall(SYS_gettid)))
		return;
	if (is_mode("slow") && r->taken != r->requested) {
		r->taken = r->requested;
		return;
	}
	r->scan = is_mode("failed") || is_mode("off") ? 0 : scan;
	r->taken = r->requested;
	__atomic_store_n(&r->done, r->requested, __ATOMIC_RELEASE);
}

static void make(const char *path)
{
	struct mr *mr = mr_new();
	struct ls_header *h = mr_header(mr);
	uint32_t context = mr_context(mr, 0, 1, 0, 1, LS_MEM_HOST), id;
	struct ls_snapshot *snapshot;
	struct ls_scan *s;

	h->pid = (uint32_t)getpid();
	h->start_ticks = mr_own_ticks();
	h->state = LS_STATE_RUNNING;
	h->ended_ns = 0;
	h->scan_signal = is_mode("none") ? 0 : (uint32_t)SIGRTMIN + 3;
	mr_block(mr, 0x1000, 40, context);
	mr_block(mr, 0x2000, 3000, context);
	id = mr_snapshot(mr, "earlier", 1000, 1);
	snapshot = mr_at(mr, LS_SEC_SNAPSHOTS, id);
	snapshot->live_bytes = 3040;
	snapshot->live_blocks = 2;
	scan = mr_scan(mr, 0, 1);
	mr_verdict(mr, scan, 0x1000, LS_KIND_DEFINITE);
	mr_verdict(mr, scan, 0x2000, LS_KIND_REACHABLE);
	s = mr_at(mr, LS_SEC_SCANS, scan);
	s->snapshot = id;
	s->pause_ns = 3100000;
	s->scan_ns = 120000000;
	s->kinds[LS_KIND_DEFINITE].blocks = s->kinds[LS_KIND_REACHABLE].blocks = 1;
	s->kinds[LS_KIND_DEFINITE].bytes = 40;
	s->kinds[LS_KIND_REACHABLE].bytes = 3000;
	if (is_mode("off"))
		mr_header(mr)->options = mr_string(mr, "depth=64:scan=0");
	if (is_mode("failed"))
		mr_note(mr, LS_NOTE_WARNING, "no leak scan: clone failed", 1);
	if (mr_write(mr, path) != 0)
		exit(2);
	mr_free(mr);
}

static void map(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDWR);

	if (fd < 0 || fstat(fd, &st) != 0)
		exit(2);
	header = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (header == MAP_FAILED)
		exit(2);
	close(fd);
	if (is_mode("readonly"))
		chmod(path, 0444);
}

static void *idle(void *unused)
{
	for (;;)
		pause();
	return unused;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	pthread_t thread;
	sigset_t blocked;
	char text[64];

	if (argc != 3) {
		fprintf(stderr, "usage: play-shim FILE MODE\n");
		return 2;
	}
	mode = argv[2];
	make(argv[1]);
	map(argv[1]);
	sigaction(SIGRTMIN + 3, &action, NULL);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGRTMIN + 3);
	if (is_mode("blocked"))
		pthread_sigmask(SIG_BLOCK, &blocked, NULL);
	if (pthread_create(&thread, NULL, idle, NULL) != 0)
		return 2;
	puts("ready");
	fflush(stdout);
	while (read(0, text, sizeof(text)) > 0)
		;
	printf("signals %u label %s\n", signals, header->request.label);
	return 0;
}
