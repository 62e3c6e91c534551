/* SPDX-License-Identifier: MIT */
/*
 * Memory of one scan, released together: small pieces from a reserve that is
 * always there, for programs that have used up their address space, large ones as
 * mappings.  Raw system calls only: it works in a duplicated process whose locks
 * may be held by threads that do not exist there.
 */
#include <sys/mman.h>

#include "scan_internal.h"
#include "text.h"

#define PAGE 4096u
#define RESERVE ((size_t)512 << 10)

#define LARGE ((size_t)4 << 20)

static char reserve[RESERVE] __attribute__((aligned(64)));

void *ls_job_alloc(struct ls_job *j, size_t size)
{
	size_t small = (size + 63) & ~(size_t)63;
	char *p;
	if (small <= RESERVE / 4 && small <= RESERVE - j->reserve_used) {
		p = reserve + j->reserve_used;
		j->reserve_used += small;
		ls_zero(p, small);
		if (j->reserve_used + j->memory_now > j->memory_peak)
			j->memory_peak = j->reserve_used + j->memory_now;
		return p;
	}
	size = (size + PAGE - 1) & ~(size_t)(PAGE - 1);
	if (j->memory_count == LS_SCAN_MAPPINGS)
		return NULL;
	p = ls_sys_mmap(size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			-1, 0);
	if (!p)
		return NULL;
	/* large pages: a fault for each small one would take longer than what is done in it */
	if (size >= LARGE)
		ls_sys3(SYS_madvise, p, size, MADV_HUGEPAGE);
	j->memory[j->memory_count].p = p;
	j->memory[j->memory_count++].size = size;
	j->memory_now += size;
	if (j->reserve_used + j->memory_now > j->memory_peak)
		j->memory_peak = j->reserve_used + j->memory_now;
	return p;
}

void ls_job_free(struct ls_job *j, void *p)
{
	/* what is in the reserve stays there until the end of the scan */
	for (unsigned i = 0; i < j->memory_count; i++)
		if (j->memory[i].p == p) {
			ls_sys_munmap(p, j->memory[i].size);
			j->memory_now -= j->memory[i].size;
			j->memory[i] = j->memory[--j->memory_count];
			return;
		}
}

void ls_job_release(struct ls_job *j)
{
	while (j->memory_count)
		ls_job_free(j, j->memory[j->memory_count - 1].p);
}
