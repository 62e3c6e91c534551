/* SPDX-License-Identifier: MIT */
/*
 * The roots: registers, stacks and thread-local storage of every thread, the data
 * of every module, every other mapping that is not the allocator's, what the
 * kernel keeps for the program, what the program has declared.
 */
#include "modules.h"
#include "scan_internal.h"
#include "scan_own.h"
#include "text.h"
#include "thread.h"

struct cursor {
	struct ls_job *j;
	struct ls_source *source;
	bool code;
};

static void read_stretch(void *arg, uintptr_t start, uintptr_t end)
{
	struct cursor *c = arg;
	if (c->code)
		ls_mark_code(c->j, c->source, start, end);
	else
		ls_mark_range(c->j, c->source, start, end);
}

/* START … END of REGION: less the blocks that lie in it. */
static void read_between_blocks(struct ls_job *j, const struct ls_region *region,
				struct ls_source *s, uintptr_t start, uintptr_t end)
{
	/* compiled while the program runs */
	bool code = region->flags & LS_X && !(region->flags & LS_FILE);
	struct cursor c = {j, s, code};
	for (uint32_t i = ls_index_from(j, start); start < end; i++) {
		uintptr_t to = end, next = end;
		if (i < j->count && j->block[i].start < end) {
			to = j->block[i].start;
			next = to + (j->block[i].size & ~LS_BLOCK_FLAGS);
		}
		if (start < to)
			ls_pages_each(region, start, to, read_stretch, &c);
		start = next > start ? next : start;
	}
}

static struct ls_source source_of(const struct ls_job *j, const struct ls_region *r)
{
	struct ls_source s = {LS_HOLDER_MAPPING, 0, r->start, r->end, r->name, 0};
	struct ls_module_info m;
	for (unsigned i = 0; i < j->allocator_count; i++)
		if (j->allocator[i].start < r->end && j->allocator[i].end > r->start)
			s.type = LS_HOLDER_UNTRACKED;
	if (s.type == LS_HOLDER_MAPPING && ls_module_find(r->start, &m))
		s.type = LS_HOLDER_MODULE;
	return s;
}

/* START … END of REGION, cut where it belongs to a thread. */
static void read_piece(struct ls_job *j, const struct ls_region *region, struct ls_source *plain,
		       uintptr_t start, uintptr_t end)
{
	for (unsigned i = 0; i < j->typed_count && start < end; i++) {
		const struct ls_typed *t = &j->typed[i];
		if (t->end <= start || t->start >= end)
			continue;
		if (start < t->start)
			read_between_blocks(j, region, plain, start, t->start);
		start = start < t->start ? t->start : start;
		uintptr_t to = t->end < end ? t->end : end;
		struct ls_source s = {t->type, t->tid, t->start, t->end, region->name, 0};
		if (start < to)
			read_between_blocks(j, region, &s, start, to);
		start = to;
	}
	if (start < end)
		read_between_blocks(j, region, plain, start, end);
}

/* Device memory answers reads with side effects or not at all. */
static bool wanted(const struct ls_region *r)
{
	if (!(r->flags & LS_R) || ls_starts(r->name, "[v"))
		return false;
	if (ls_starts(r->name, "/dev/") && !ls_starts(r->name, "/dev/shm/") &&
	    !ls_starts(r->name, "/dev/zero"))
		return false;
	if (ls_starts(r->name, "anon_inode:") && !ls_starts(r->name, "anon_inode:[io_uring]"))
		return false;
	if (r->flags & LS_SHARED)
		return r->flags & LS_W;
	return !(r->flags & LS_FILE) || !(r->flags & LS_X);
}

static void read_regions(struct ls_job *j)
{
	unsigned at = 0;
	for (unsigned i = 0; i < j->region_count; i++) {
		const struct ls_region *r = &j->region[i];
		uintptr_t start = r->start;
		if (!wanted(r))
			continue;
		struct ls_source s = source_of(j, r);
		j->unsought = j->seek && ls_scan_gpu_owns(j, r);
		while (at && j->excluded[at - 1].end > start)
			at--;
		while (start < r->end) {
			while (at < j->excluded_count && j->excluded[at].end <= start)
				at++;
			uintptr_t to = r->end;
			if (at < j->excluded_count && j->excluded[at].start < to)
				to = j->excluded[at].start;
			if (start < to)
				read_piece(j, r, &s, start, to);
			start = at < j->excluded_count && to != r->end ? j->excluded[at].end
								       : r->end;
		}
	}
	j->unsought = false;
}

/* A thread that runs on a stack in a block, or in memory of the allocator that is no block. */
static void read_stack_in_heap(struct ls_job *j, const struct ls_registers *t)
{
	const struct ls_region *r = ls_space_find(j, t->sp);
	uint32_t i = r ? ls_index_find(j, t->sp) : LS_NO_EDGE;
	struct ls_source s = {LS_HOLDER_STACK, t->tid, t->sp, 0, "a stack in the heap", 0};
	for (unsigned k = 0; k < j->typed_count; k++)
		if (j->typed[k].type == LS_HOLDER_STACK && j->typed[k].tid == t->tid)
			return; /* an ordinary one */
	if (!r || !t->sp)
		return;
	uintptr_t start = t->sp, end = r->end;
	if (i != LS_NO_EDGE) {
		uintptr_t size = j->block[i].size & ~LS_BLOCK_FLAGS;
		if (j->block[i].start + size < end)
			end = j->block[i].start + size;
		/* only what is live of it; the block itself is in use as long as the thread is */
		j->flags[i] |= LS_BLOCK_SCANNED;
		s.end = end;
		ls_mark_word(j, &s, j->block[i].start, t->sp);
	} else if (end - start > 1u << 20) {
		end = start + (1u << 20);
	}
	s.end = end;
	ls_mark_range(j, &s, start & ~(uintptr_t)7, end);
}

static void read_threads(struct ls_job *j)
{
	for (unsigned i = 0; i < j->thread_count; i++) {
		const struct ls_registers *t = &j->thread[i];
		struct ls_source s = {LS_HOLDER_REGISTER, t->tid, 0, 0, "registers", 0};
		for (uint32_t k = 0; k < t->count; k++)
			ls_mark_word(j, &s, t->word[k], k);
		/* only the kernel may know where a signal stack is */
		struct ls_source kernel = {LS_HOLDER_KERNEL, t->tid, 0, 0, "signal stack", 0};
		if (t->signal_stack)
			ls_mark_word(j, &kernel, t->signal_stack, 0);
		/* libc points behind the head of its vector, which would pass for a chance value */
		struct ls_source tls = {LS_HOLDER_TLS, t->tid, t->tcb, t->tcb, "vector", 0};
		if (t->tcb && ls_space_find(j, t->tcb))
			ls_mark_word(j, &tls,
				     *(const uintptr_t *)(t->tcb + LS_DTV_OFFSET) - LS_DTV_HEAD,
				     t->tcb + LS_DTV_OFFSET);
		read_stack_in_heap(j, t);
	}
}

/*
 * libc keeps the stack of an ended thread for the next one, and with it the
 * thread's vector and the storage of libraries opened at run time that it leads
 * to.  Those blocks are libc's; what the thread had in them is dead.
 */
static void read_ended_threads(struct ls_job *j)
{
	struct ls_source s = {LS_HOLDER_TLS, 0, 0, 0, "vector of an ended thread", 0};
	for (unsigned i = 0; i < LS_OWN_STACKS; i++) {
		uintptr_t tcb = ls_own_stack(i);
		const struct ls_region *r = tcb ? ls_space_find(j, tcb) : NULL;
		if (!r || r->end - tcb < LS_THREAD_BLOCK || !ls_own_thread_is_over(tcb))
			continue;
		uintptr_t vector = *(const uintptr_t *)(tcb + LS_DTV_OFFSET) - LS_DTV_HEAD;
		uint32_t k = ls_index_find(j, vector);
		if (k == LS_NO_EDGE || j->block[k].start != vector)
			continue;
		const uintptr_t *word = (const uintptr_t *)vector;
		uintptr_t count = (j->block[k].size & ~LS_BLOCK_FLAGS) / sizeof *word;
		ls_mark_alone(j, &s, vector, tcb + LS_DTV_OFFSET);
		for (uintptr_t w = 4; w < count; w++) /* behind length and generation */
			ls_mark_alone(j, &s, word[w], (uintptr_t)&word[w]);
	}
}

/* Threads that are on their way: what they are to be started with. */
static void read_starts(struct ls_job *j)
{
	struct ls_source s = {LS_HOLDER_STACK, 0, 0, 0, "a thread that has not begun", 0};
	for (const struct ls_thread_start *t = ls_own_first_start(); t; t = t->next)
		ls_mark_word(j, &s, (uintptr_t)t->arg, (uintptr_t)&t->arg);
}

static void read_declared(struct ls_job *j)
{
	for (unsigned i = 0; i < j->declared_count; i++) {
		uintptr_t at = j->declared[i].start, end = j->declared[i].end;
		struct ls_source s = {LS_HOLDER_DECLARED, 0, at, end, "root region", 0};
		while (at < end) {
			const struct ls_region *r = ls_space_find(j, at);
			uintptr_t to = r && r->end < end ? r->end : end;
			if (!r) {
				at = (at | 4095) + 1;
				continue;
			}
			ls_mark_range(j, &s, at, to);
			at = to;
		}
	}
}

void ls_roots_each(struct ls_job *j)
{
	read_threads(j);
	read_ended_threads(j);
	read_starts(j);
	read_declared(j);
	for (unsigned i = 0; i < j->kernel_count; i++) {
		struct ls_source s = {LS_HOLDER_KERNEL, 0, 0, 0, j->kernel[i].what, 0};
		ls_mark_word(j, &s, j->kernel[i].word, 0);
	}
	read_regions(j);
}
