/* SPDX-License-Identifier: MIT */
/*
 * See unwind_walk.h.  A frame's state is its return address, stack pointer and frame
 * pointer; the next frame's follows from it, the rule and at most two words of the
 * stack.  So where a state is that of a frame of the last trace, and the words that were
 * read from there on are the same, so is everything from there on.  They are read in
 * order, each before what depends on it: no word is read that a walk would not read.
 */
#include "unwind_walk.h"

#include <errno.h>

#include "depot.h"
#include "glue.h"
#include "ls_arch_unwind.h"
#include "thread.h"
#include "unwind_cfi.h"
#include "unwind_guest.h"

/* ---- rules by return address ---- */

/*
 * Of all threads.  KEY is the tag of the address exclusive-or'ed with RULE: a slot that
 * two threads have written at the same time fits neither.  As much of the table is
 * used as there are addresses: small programs touch few pages of it.
 */
#define MOST_SLOTS 16384u
#define FIRST_SLOTS 512u
static struct rule_slot {
	uint64_t key;
	ls_rule rule;
} rules[MOST_SLOTS] __attribute__((aligned(64)));
static uint32_t rules_mask = FIRST_SLOTS - 1, rules_lost;

/* Rules and traces of earlier epochs are void. */
static uint32_t current_epoch = 1;

void ls_walk_expire(void)
{
	__atomic_fetch_add(&current_epoch, 1, __ATOMIC_RELEASE);
	/* they would not be found any more, but still be in the way */
	uint32_t mask = __atomic_load_n(&rules_mask, __ATOMIC_RELAXED);
	for (uint32_t i = 0; i <= mask; i++)
		__atomic_store_n(&rules[i].key, 0, __ATOMIC_RELAXED);
}

LS_INLINE uint64_t tag_of(uintptr_t pc, uint32_t epoch)
{
	return pc ^ epoch * 0x9e3779b97f4a7c15ull;
}

/* Two neighbours serve an address. */
LS_INLINE struct rule_slot *slot_of(uintptr_t pc)
{
	uint32_t mask = __atomic_load_n(&rules_mask, __ATOMIC_RELAXED);
	return &rules[pc * 0x9fb21c651e98df25ull >> 40 & mask & ~1u];
}

LS_INLINE ls_rule read_slot(const struct rule_slot *s, uint64_t tag)
{
	ls_rule rule = __atomic_load_n(&s->rule, __ATOMIC_RELAXED);
	return (__atomic_load_n(&s->key, __ATOMIC_RELAXED) ^ rule) == tag ? rule : 0;
}

static LS_COLD ls_rule new_rule(uintptr_t pc, uint64_t tag)
{
	struct rule_slot *s = slot_of(pc);
	/* the return address may be that of the next function */
	ls_rule rule = ls_cfi_rule(pc - 1);
	unsigned way = 0;
	if (__atomic_load_n(&s[0].key, __ATOMIC_RELAXED)) {
		way = 1;
		if (__atomic_load_n(&s[1].key, __ATOMIC_RELAXED)) {
			way = pc >> 4 & 1;
			uint32_t mask = __atomic_load_n(&rules_mask, __ATOMIC_RELAXED);
			if (__atomic_fetch_add(&rules_lost, 1, __ATOMIC_RELAXED) > mask / 4 &&
			    mask < MOST_SLOTS - 1) {
				__atomic_store_n(&rules_lost, 0, __ATOMIC_RELAXED);
				__atomic_store_n(&rules_mask, mask * 2 + 1, __ATOMIC_RELAXED);
			}
		}
	}
	__atomic_store_n(&s[way].rule, rule, __ATOMIC_RELAXED);
	__atomic_store_n(&s[way].key, tag ^ rule, __ATOMIC_RELAXED);
	return rule;
}

LS_INLINE ls_rule rule_for(uintptr_t pc, uint32_t epoch)
{
	uint64_t tag = tag_of(pc, epoch);
	const struct rule_slot *s = slot_of(pc);
	ls_rule rule = read_slot(s, tag);
	if (ls_likely(rule))
		return rule;
	rule = read_slot(s + 1, tag);
	return ls_likely(rule) ? rule : new_rule(pc, tag);
}

/* ---- stacks ---- */

#define PAGE ((uintptr_t)4096)
/* Farther apart than this, two places are not taken for the same stack. */
#define STACK_GAP ((uintptr_t)1 << 20)
#define GROWTH ((uintptr_t)1 << 16)
#define STACKS 8u
/* Below it libunwind takes nothing for code. */
#define LOWEST_CODE ((uintptr_t)0x4000)

/* A part of a stack that was found readable; above a live stack pointer it stays so. */
struct range {
	uintptr_t low, high; /* whole pages */
};

static bool probing_refused; /* by the kernel, as in a sandbox */

static LS_COLD bool readable(uintptr_t page)
{
	if (__atomic_load_n(&probing_refused, __ATOMIC_RELAXED))
		return false;
	long answer = ls_guest_probe(page);
	if (answer != 1 && answer != -EFAULT)
		__atomic_store_n(&probing_refused, true, __ATOMIC_RELAXED);
	return answer == 1;
}

/* ---- the last trace ---- */

/* What FP_SLOT holds beside the address, which is a multiple of 8. */
#define FP_USED 1u /* this frame and those it leads to depend on its FP */
struct frame {
	uintptr_t sp, fp;
	uintptr_t fp_slot; /* where the next frame's FP was read; 0: it doesn't matter */
	uint64_t hash;     /* of the frames from here on */
};
struct step {
	uintptr_t pc, sp, fp;
	ls_rule rule;
};

_Static_assert(sizeof(struct step) == LS_WALK_SCRATCH * sizeof(uintptr_t), "room for steps");

struct ls_walk {
	uint32_t epoch;
	unsigned room;  /* frames */
	unsigned first; /* of the trace, which ends with frame room - 1; room: there is none */
	uint32_t id;    /* of it in the depot, 0 = not known */
	uint32_t flags;
	unsigned stack, next_stack;
	struct range stacks[STACKS];
	uintptr_t nothing;   /* stands for the word after the outermost frame, where none is read */
	struct frame *frame; /* room + 1: the last one is what the outermost frame led to */
	uintptr_t *pc;       /* likewise */
	struct step *steps;  /* frames that are being walked, innermost first */
};

size_t ls_walk_size(unsigned depth)
{
	return sizeof(struct ls_walk) + (depth + 1) * (sizeof(struct frame) + sizeof(uintptr_t));
}

void ls_walk_init(struct ls_walk *w, unsigned depth, void *scratch)
{
	w->frame = (struct frame *)(w + 1);
	w->pc = (uintptr_t *)(w->frame + depth + 1);
	w->steps = scratch;
	w->room = depth;
	ls_walk_reset(w);
}

void ls_walk_reset(struct ls_walk *w)
{
	w->first = w->room;
	w->id = 0;
	for (unsigned i = 0; i < STACKS; i++)
		w->stacks[i] = (struct range){0, 0};
}

/* A stack that this thread was on before, or is on for the first time. */
static LS_COLD struct range *find_stack(struct ls_walk *w, uintptr_t at)
{
	uintptr_t page = at & ~(PAGE - 1);
	for (unsigned i = 0; i < STACKS; i++)
		if (at >= w->stacks[i].low && at < w->stacks[i].high) {
			w->stack = i;
			return &w->stacks[i];
		}
	for (unsigned i = 0; i < STACKS; i++) {
		struct range *r = &w->stacks[i];
		if (page >= r->low || r->low - page > STACK_GAP)
			continue;
		/*
		 * Grown down, or another one below it.  The next few pages are not asked
		 * about: a sandbox may forbid that, and no word of a gap is read.
		 */
		if (r->low - page <= GROWTH)
			r->low = page;
		while (r->low > page && readable(r->low - PAGE))
			r->low -= PAGE;
		if (r->low == page) {
			w->stack = i;
			return r;
		}
	}
	w->stack = w->next_stack++ % STACKS;
	w->stacks[w->stack] = (struct range){page, page + PAGE};
	return &w->stacks[w->stack];
}

LS_INLINE struct range *stack_at(struct ls_walk *w, uintptr_t at)
{
	struct range *r = &w->stacks[w->stack];
	return ls_likely(at >= r->low && at < r->high) ? r : find_stack(w, at);
}

/* Make sure that what lies below TO can be read. */
static LS_COLD bool reach(struct range *r, uintptr_t to)
{
	if (to > r->high + STACK_GAP)
		return false;
	while (r->high < to) {
		if (!readable(r->high))
			return false;
		r->high += PAGE;
	}
	return true;
}

/*
 * Read again what led from frame I to the outermost one.  Returns the frame whose next
 * one is another now; w->room: all is as it was.
 */
LS_INLINE unsigned changed_from(const struct ls_walk *w, unsigned i)
{
	for (const struct frame *f = &w->frame[i]; i < w->room; i++, f++) {
		if (*(const uintptr_t *)(f[1].sp + LS_RETURN_AT) != w->pc[i + 1])
			break;
		if (f->fp_slot > FP_USED &&
		    *(const uintptr_t *)(f->fp_slot & ~(uintptr_t)7) != f[1].fp)
			break;
	}
	return i;
}

/* Put the N frames of w->steps before frame SUFFIX, and take it all as the last trace. */
static void remember(struct ls_walk *w, unsigned n, unsigned suffix, uint32_t flags)
{
	w->first = w->room; /* a signal handler may jump out of here */
	w->id = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	struct frame *f = &w->frame[suffix];
	uintptr_t *pc = &w->pc[suffix];
	while (n > 0) {
		const struct step *s = &w->steps[--n];
		bool saved = s->rule & LS_RULE_FP_SAVED;
		f--;
		*--pc = s->pc;
		f->sp = s->sp;
		f->fp = s->fp;
		bool used = f[1].fp_slot & FP_USED;
		f->fp_slot = saved && used ? f[1].sp + (uintptr_t)ls_rule_fp_offset(s->rule) : 0;
		if (s->rule & LS_RULE_FROM_FP || (used && !saved))
			f->fp_slot |= FP_USED;
		f->hash = ls_depot_hash(f[1].hash, s->pc);
	}
	w->flags = flags;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	w->first = (unsigned)(f - w->frame);
}

/* What the outermost frame led to: nothing, or a word at the end of its frame. */
static void end_at(struct ls_walk *w, uintptr_t pc, uintptr_t sp)
{
	w->first = w->room;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	w->pc[w->room] = pc;
	w->frame[w->room] = (struct frame){.sp = sp};
}

enum found { FOUND, WHOLE, NOT_FOUND };

/* Step from S on; the frames of w->steps, *N of them, come before frame *SUFFIX of the last trace. */
LS_INLINE enum found walk(struct ls_walk *w, struct step s, struct range *stack, unsigned *n,
			  unsigned *suffix, uint32_t *flags)
{
	unsigned i = w->first, count = 0;
	*flags = 0;
	for (;;) {
		while (i < w->room && w->frame[i].sp < s.sp)
			i++;
		if (i < w->room && w->frame[i].sp == s.sp && w->pc[i] == s.pc &&
		    (w->frame[i].fp == s.fp || !(w->frame[i].fp_slot & FP_USED))) {
			unsigned same = changed_from(w, i);
			/* of a trace that was cut, the rest is of use if as much is cut */
			if (same == w->room &&
			    (w->flags & LS_STACK_CUT ? count == i
						     : count + w->room - i <= w->room)) {
				*n = count;
				*suffix = i;
				*flags = w->flags;
				return FOUND;
			}
			i = same < w->room ? same + 1 : same;
		}
		if (count == w->room) {
			*flags = LS_STACK_CUT;
			break;
		}
		s.rule = rule_for(s.pc, w->epoch);
		if (ls_unlikely((s.rule & LS_RULE_KIND) != LS_RULE_STEP)) {
			if ((s.rule & LS_RULE_KIND) != LS_RULE_END)
				return NOT_FOUND;
			w->steps[count++] = s;
			s.pc = w->nothing;
			s.sp = (uintptr_t)&w->nothing - (uintptr_t)LS_RETURN_AT;
			break;
		}
		uintptr_t cfa = (s.rule & LS_RULE_FROM_FP ? s.fp : s.sp) +
				(uintptr_t)ls_rule_cfa_offset(s.rule);
		if (ls_unlikely(cfa <= s.sp || cfa % sizeof(uintptr_t)) ||
		    (ls_unlikely(cfa > stack->high) && !reach(stack, cfa)))
			return NOT_FOUND;
		w->steps[count++] = s;
		s.pc = *(const uintptr_t *)(cfa + LS_RETURN_AT);
		if (s.rule & LS_RULE_FP_SAVED) {
			uintptr_t slot = cfa + (uintptr_t)ls_rule_fp_offset(s.rule);
			if (ls_unlikely(slot < s.sp))
				return NOT_FOUND;
			s.fp = *(const uintptr_t *)slot;
		}
		s.sp = cfa;
		if (ls_unlikely(s.pc < LOWEST_CODE)) {
			if (s.pc) /* no code is there: let libunwind decide */
				return NOT_FOUND;
			break;
		}
	}
	*n = count;
	*suffix = w->room;
	end_at(w, s.pc, s.sp);
	return WHOLE;
}

uint32_t ls_walk(struct ls_walk *w, uintptr_t first)
{
	const uintptr_t *frame = __builtin_frame_address(0);
	uint32_t epoch = __atomic_load_n(&current_epoch, __ATOMIC_ACQUIRE), flags;
	unsigned n, suffix;
	if (ls_unlikely(w->epoch != epoch)) {
		w->first = w->room;
		w->epoch = epoch;
	}
	struct range *stack = stack_at(w, (uintptr_t)frame);
	/* our own functions all keep a frame pointer, up to the hook */
	for (unsigned own = 0; frame[LS_FRAME_RETURN] != first; own++) {
		uintptr_t next = frame[LS_FRAME_NEXT];
		if (ls_unlikely(own == LS_OWN_FRAMES || next <= (uintptr_t)frame ||
				next % sizeof(uintptr_t) || next - (uintptr_t)frame > PAGE ||
				(next + LS_FRAME_WORDS * sizeof(uintptr_t) > stack->high &&
				 !reach(stack, next + LS_FRAME_WORDS * sizeof(uintptr_t)))))
			return 0;
		frame = (const uintptr_t *)next;
	}
	struct step s = {
		.pc = first, .sp = (uintptr_t)(frame + LS_FRAME_WORDS), .fp = frame[LS_FRAME_NEXT]};
	enum found found = walk(w, s, stack, &n, &suffix, &flags);
	if (ls_unlikely(found == NOT_FOUND))
		return 0;
	if (found == FOUND && n == 0 && suffix == w->first && ls_likely(w->id))
		return w->id;
	remember(w, n, suffix, flags);
	w->id = ls_depot_put_hashed(&w->pc[w->first], w->room - w->first, flags,
				    w->frame[w->first].hash);
	return w->id;
}

const uintptr_t *ls_walk_frames(const struct ls_walk *w, unsigned *count, uint32_t *flags)
{
	*count = w->room - w->first;
	*flags = w->flags;
	return &w->pc[w->first];
}
