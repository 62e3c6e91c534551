/* SPDX-License-Identifier: MIT */
/*
 * What the unwind tables (.eh_frame) say of a return address, as far as it can be put
 * into one word: the rules of nearly all compiled code.  No lock, no allocation, no
 * system call; async-signal-safe.  Nothing outside the given memory is read, and
 * whatever is odd in the tables is "no rule".
 */
#ifndef LS_UNWIND_CFI_H
#define LS_UNWIND_CFI_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A rule.  NONE: none that is known here.  END: the outermost frame.  STEP: the CFA is
 * ls_rule_cfa_offset bytes above the stack pointer, or with FROM_FP above the frame
 * pointer; the return address lies where a call puts it; the caller's frame pointer
 * is this one's, or with FP_SAVED lies ls_rule_fp_offset bytes from the CFA.
 */
typedef uint64_t ls_rule;
enum { LS_RULE_NONE = 1, LS_RULE_STEP = 2, LS_RULE_END = 3, LS_RULE_KIND = 3 };
#define LS_RULE_FROM_FP 4u
#define LS_RULE_FP_SAVED 8u

static inline int64_t ls_rule_cfa_offset(ls_rule r)
{
	return (int64_t)r >> 32;
}

static inline int64_t ls_rule_fp_offset(ls_rule r)
{
	return (int16_t)(r >> 16);
}

/* Memory that can be read: what tables may lie in. */
struct ls_cfi_area {
	uintptr_t start, end;
};
#define LS_CFI_AREAS 8u

/* The rule for ADDRESS by the .eh_frame_hdr at HEADER; it and its .eh_frame lie in AREA. */
ls_rule ls_cfi_evaluate(uintptr_t header, const struct ls_cfi_area *area, unsigned areas,
			uintptr_t address);

/* The rule for ADDRESS in what is loaded. */
ls_rule ls_cfi_rule(uintptr_t address);

#endif
