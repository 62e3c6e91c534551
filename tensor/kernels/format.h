/* SPDX-License-Identifier: MIT */
/* Floating-point numbers as NumPy writes them.  Thread-safe. */
#ifndef NDK_FORMAT_H
#define NDK_FORMAT_H

#include "ndk.h"

/* Room for the longest positional number: 309 digits before the point and 17 after. */
#define NDK_DIGITS_SIZE 360

/*
 * VALUE (finite, exact in TYPE) without and with an exponent: the fewest digits
 * that read back as it, but at least MINIMUM and at most PRECISION after the
 * point, rounded there to nearest even; zeros beyond MINIMUM left out.  There is
 * always a point.  UNITS: all digits before it are the number's own, where otherwise
 * those that are not needed are zeros.  The exponent has at least EXPONENT digits.
 */
void ndk_positional(enum ndk_type type, double value, int precision, bool units, char *buffer);
void ndk_scientific(enum ndk_type type, double value, int precision, int minimum, int exponent,
		    char *buffer);

#endif
