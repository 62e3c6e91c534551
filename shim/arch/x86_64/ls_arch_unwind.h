/* SPDX-License-Identifier: MIT */
/*
 * x86-64: the registers of unwind tables that backtraces follow, and the shape of a
 * frame that keeps a frame pointer.  Plain constants.
 */
#ifndef LS_ARCH_UNWIND_H
#define LS_ARCH_UNWIND_H

/* In the numbering of DWARF. */
#define LS_DWARF_FP 6u  /* rbp */
#define LS_DWARF_SP 7u  /* rsp */
#define LS_DWARF_RA 16u /* the column of the return address */

/* Where a call leaves the return address, from the CFA. */
#define LS_RETURN_AT (-8)

/* From a frame pointer: the caller's frame pointer, the return address, the end of the frame. */
#define LS_FRAME_NEXT 0u
#define LS_FRAME_RETURN 1u
#define LS_FRAME_WORDS 2u

#endif
