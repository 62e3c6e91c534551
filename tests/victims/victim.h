/* SPDX-License-Identifier: MIT */
/*
 * What every victim uses: output without stdio (stdio allocates), checks that
 * end the program with status 99, and what keeps the compiler from removing
 * allocations.  C and C++.
 */
#ifndef VICTIM_H
#define VICTIM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __clang__
#define NOINLINE __attribute__((noinline))
#else
#define NOINLINE __attribute__((noinline, noclone))
#endif
#define UNUSED __attribute__((unused))

/* After a call, so that it is no tail call and its caller keeps its frame. */
#define NO_TAIL() __asm__ volatile("" ::: "memory")

/* Makes the compiler believe that P is used, and forget where it came from. */
static inline UNUSED void *keep(void *p)
{
	__asm__ volatile("" : "+r"(p) : : "memory");
	return p;
}

static inline UNUSED void victim_write(int fd, const char *format, va_list arguments)
{
	char text[512];
	int length = vsnprintf(text, sizeof(text), format, arguments);
	if (length > 0 && write(fd, text, (size_t)length) != length)
		_exit(98);
}

/* printf without a stdio buffer. */
static inline UNUSED __attribute__((format(printf, 1, 2))) void say(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	victim_write(1, format, arguments);
	va_end(arguments);
}

static inline UNUSED __attribute__((format(printf, 1, 2))) void complain(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	victim_write(2, format, arguments);
	va_end(arguments);
	_exit(99);
}

/* Ends the program with status 99 unless CONDITION holds. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			complain("%s:%d: %s does not hold (errno %d)\n", __FILE__, __LINE__,       \
				 #condition, errno);                                               \
	} while (0)

#endif
