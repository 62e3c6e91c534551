/* SPDX-License-Identifier: MIT */
/*
 * See scan_work.h.  In a duplicated process all signals are blocked, nobody's
 * descriptors are held, and a fault ends it: the original notices, and says that
 * blocks are not classified.
 */
#include "scan_work.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "recording.h"
#include "scan.h"
#include "text.h"

#define MOST_EDGES (64u << 20)
#define EDGES_A_BLOCK 24u
#define MOST_DESCRIPTORS (1u << 20)

static void all_reachable(struct ls_job *j)
{
	for (uint32_t i = 0; i < j->count; i++)
		if (j->verdict[i].kind != LS_KIND_REACHABLE) {
			j->verdict[i].kind = LS_KIND_REACHABLE;
			j->verdict[i].holder_type = LS_HOLDER_DECLARED;
		}
}

/* Room for the graph: as much as is reasonable, and paid for only as it is used. */
static void start_graph(struct ls_job *j)
{
	uint64_t room = (uint64_t)j->count * EDGES_A_BLOCK + 4096;
	if (room > MOST_EDGES)
		room = MOST_EDGES;
	j->edge = ls_job_alloc(j, room * sizeof *j->edge);
	j->edge_room = (uint32_t)room;
	j->edge_count = 1; /* 0 means none */
}

static void close_descriptors(void)
{
#ifdef SYS_close_range
	ls_sys3(SYS_close_range, 0, ~0u, 0);
#endif
}

bool ls_scan_work(struct ls_job *j)
{
	struct ls_scan *s = j->scan;
	uint64_t began = ls_now_ns();
	if (!ls_kernel_read(j) || !ls_space_read(j))
		return false;
	if (!j->in_process)
		close_descriptors();
	if (!ls_index_build(j) || !ls_seek_build(j) || !ls_space_sort_out(j))
		return false;
	start_graph(j);
	if (!ls_mark(j))
		return false;
	ls_scan_gpu_end(j);
	if (ls_scan_turned_off)
		all_reachable(j);
	/* the blocks themselves are done with: room for the dominators */
	ls_job_free(j, j->index);
	ls_job_free(j, j->block);
	uint64_t edges = j->edge ? j->edge_count * sizeof *j->edge : 0;
	if (ls_dominators(j))
		s->flags |= LS_SCAN_DOMINATORS;
	if (!j->later) {
		s->count = j->count;
		s->roots_count = j->root_count;
	}
	/* what was set aside for the graph counts as far as it was used */
	s->memory_bytes = j->memory_peak + j->count * sizeof *j->verdict + edges;
	s->memory_bytes -= (uint64_t)j->edge_room * sizeof *j->edge;
	s->scan_ns = ls_now_ns() - began;
	ls_header->scan_ns = s->scan_ns;
	return true;
}

/* Descriptors for the work, where the program has used up all it may have. */
static void find_descriptors(void)
{
	const struct rlimit many = {MOST_DESCRIPTORS, MOST_DESCRIPTORS};
	struct rlimit limit;
	if (ls_sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) < 0)
		return;
	/* as far as the hard limit allows, or beyond it with the right to */
	if (ls_sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, &many, NULL) < 0 &&
	    limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		ls_sys4(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL);
	}
	int fd = ls_sys_open("/proc/self/maps", O_RDONLY, 0);
	if (fd >= 0)
		ls_sys_close(fd);
	else /* the last resort: what is rarely an epoll descriptor */
		for (int i = 0; i < 3; i++)
			ls_sys_close(i);
}

void ls_scan_work_apart(struct ls_job *j)
{
	struct rlimit none = {0, 0};
	find_descriptors();
	/* if memory gets short, rather this than the program; and no core file of it */
	int fd = ls_sys_open("/proc/self/oom_score_adj", O_WRONLY, 0);
	if (fd >= 0) {
		ls_sys_write(fd, "1000", 4);
		ls_sys_close(fd);
	}
	ls_sys4(SYS_prlimit64, 0, RLIMIT_CORE, &none, NULL);
	int failed = !ls_scan_work(j);
	ls_scan_end(failed);
	for (;;)
		ls_sys1(SYS_exit_group, failed);
}
