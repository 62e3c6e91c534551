/* SPDX-License-Identifier: MIT */
/* See unwind_verify.h. */
#include "unwind_verify.h"

#include "note.h"
#include "options.h"
#include "recording.h"
#include "text.h"
#include "unwind_walk.h"

static uint64_t compared, differing;
static struct {
	unsigned frame, walked, unwound; /* the first frame that differs; how many there are */
	uintptr_t walked_pc, unwound_pc, before;
} example; /* written once, by whoever counts the first difference */

static LS_COLD void keep_example(const uintptr_t *a, unsigned n, const uintptr_t *b, unsigned m)
{
	unsigned i = 0;
	while (i < n && i < m && a[i] == b[i])
		i++;
	example.frame = i;
	example.walked = n;
	example.unwound = m;
	example.walked_pc = i < n ? a[i] : 0;
	example.unwound_pc = i < m ? b[i] : 0;
	example.before = i ? a[i - 1] : 0;
}

bool ls_verify_stack(const struct ls_walk *w, const uintptr_t *pc, unsigned count, uint32_t flags)
{
	unsigned walked;
	uint32_t walked_flags;
	const uintptr_t *frames = ls_walk_frames(w, &walked, &walked_flags);
	__atomic_fetch_add(&compared, 1, __ATOMIC_RELAXED);
	if (walked == count && walked_flags == flags &&
	    !__builtin_memcmp(frames, pc, count * sizeof *pc))
		return true;
	if (__atomic_fetch_add(&differing, 1, __ATOMIC_RELAXED) == 0)
		keep_example(frames, walked, pc, count);
	return false;
}

void ls_verify_note(void)
{
	char line[400];
	struct ls_text t;
	uint64_t all = __atomic_load_n(&compared, __ATOMIC_RELAXED);
	uint64_t wrong = __atomic_load_n(&differing, __ATOMIC_RELAXED);
	if (!ls_options.verify_unwind)
		return;
	ls_text_start(&t, line, sizeof line);
	ls_text_number(&t, wrong);
	ls_text_add(&t, " backtraces of the fast unwinder differ from libunwind's, of ");
	ls_text_number(&t, all);
	ls_text_add(&t, " compared");
	if (wrong) {
		ls_text_add(&t, "; the first at frame ");
		ls_text_number(&t, example.frame);
		ls_text_add(&t, " of ");
		ls_text_number(&t, example.unwound);
		ls_text_add(&t, " (not ");
		ls_text_number(&t, example.walked);
		ls_text_add(&t, "): ");
		ls_text_hex(&t, example.unwound_pc);
		ls_text_add(&t, ", not ");
		ls_text_hex(&t, example.walked_pc);
		ls_text_add(&t, ", after ");
		ls_text_hex(&t, example.before);
		ls_header->flags |= LS_F_KEEP;
	}
	ls_note_locked(wrong ? LS_NOTE_WARNING : LS_NOTE_INFO, line);
}

void ls_verify_reset(void)
{
	compared = differing = 0;
}
