/* SPDX-License-Identifier: MIT */
/*
 * Numbers as files have them, with a point, whatever the process's locale writes.  For the
 * calling thread alone; libc allocates nothing for it.
 */
#ifndef NDK_NUMBERS_H
#define NDK_NUMBERS_H

#include <locale.h>

/* From here to ndk_numbers_end, which takes what this answers. */
static inline locale_t ndk_numbers_begin(void)
{
	return uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
}

static inline void ndk_numbers_end(locale_t before)
{
	uselocale(before);
}

#endif
