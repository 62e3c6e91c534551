/* SPDX-License-Identifier: MIT */
/*
 * For the victims of the reachability scan: pointers that are no pointers while
 * nobody looks, memory and registers without leftovers, threads that wait.
 */
#ifndef SCAN_H
#define SCAN_H

#include "victim.h"
#include <pthread.h>

/* A pointer as a number that is no address. */
#define MASK UINT64_C(0x5a5a5a5a5a5a5a5a)
#define HIDE(p) ((uint64_t)(uintptr_t)(p) ^ MASK)
#define SHOW(hidden) ((void *)(uintptr_t)((hidden) ^ MASK))

/* Overwrites what earlier calls left below the caller's frame and in registers. */
static NOINLINE UNUSED void wipe(void)
{
	char below[8192];
	memset(below, 0, sizeof(below));
	keep(below);
#ifdef __x86_64__
	__asm__ volatile("xorl %%eax, %%eax; xorl %%ecx, %%ecx; xorl %%edx, %%edx\n\t"
			 "xorl %%esi, %%esi; xorl %%edi, %%edi; xorl %%r8d, %%r8d\n\t"
			 "xorl %%r9d, %%r9d; xorl %%r10d, %%r10d; xorl %%r11d, %%r11d\n\t"
			 "pxor %%xmm0, %%xmm0; pxor %%xmm1, %%xmm1; pxor %%xmm2, %%xmm2"
			 :
			 :
			 : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "xmm0",
			   "xmm1", "xmm2", "memory");
#endif
}

/* Threads that have called started(). */
static volatile int scan_started;

static UNUSED void started(void)
{
	__atomic_add_fetch(&scan_started, 1, __ATOMIC_SEQ_CST);
}

/* Starts a thread, and waits until it has called started() and most likely waits. */
static NOINLINE UNUSED pthread_t start(void *(*function)(void *))
{
	pthread_t thread;
	int before = scan_started;
	CHECK(pthread_create(&thread, NULL, function, NULL) == 0);
	while (scan_started == before)
		usleep(1000);
	usleep(20000);
	return thread;
}

#endif
