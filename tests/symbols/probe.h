/* SPDX-License-Identifier: MIT */
/*
 * Linked into each victim: says where it was called from.  A source states what
 * that address must resolve to in lines of the form
 *     EXPECT probe: innermost function @mark <- next function @mark
 * (or EXPECT[gcc], EXPECT[clang]) where @mark stands in a comment on the line
 * that the frame must have.
 */
#ifndef PROBE_H
#define PROBE_H

#ifdef __cplusplus
extern "C"
#endif
	/* Print "NAME ELF-ADDRESS BUILD-ID", the address one less than the return address. */
	void
	probe(const char *name);

/* Keep the compiler from making a call the last thing, and so a jump. */
#define KEEP() __asm__ volatile("" ::: "memory")
#define NOINLINE __attribute__((noinline))
#define INLINE inline __attribute__((always_inline))

#endif
