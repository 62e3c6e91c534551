/* SPDX-License-Identifier: MIT */
/*
 * The interface that programs already use to talk to a leak detector, by the names of
 * <sanitizer/lsan_interface.h>; weak, so that they are called only if there is one.
 */
#ifndef SCAN_LSAN_H
#define SCAN_LSAN_H

#include "scan.h"

#ifdef __cplusplus
extern "C" {
#endif
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));
void __lsan_ignore_object(const void *p) __attribute__((weak));
void __lsan_register_root_region(const void *p, size_t size) __attribute__((weak));
void __lsan_unregister_root_region(const void *p, size_t size) __attribute__((weak));
void __lsan_do_leak_check(void) __attribute__((weak));
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));
#ifdef __cplusplus
}
#endif

/* Calls FUNCTION if there is one. */
#define LSAN(function, ...)                                                                        \
	do {                                                                                       \
		if (function)                                                                      \
			function(__VA_ARGS__);                                                     \
	} while (0)

#endif
