/* SPDX-License-Identifier: MIT */
/* What a program that was written for LeakSanitizer says of itself (hooks_lsan.c). */
#ifndef LS_LSAN_H
#define LS_LSAN_H

/*
 * Ask the program's __lsan_is_turned_off and __lsan_default_suppressions, if it
 * has them, and put the answers where they belong: before a scan, and once the
 * program is set up.  Calls the program; takes the recording's lock.  Not in a
 * signal handler.
 */
void ls_lsan_read_host(void);

#endif
