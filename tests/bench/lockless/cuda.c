/* SPDX-License-Identifier: MIT */
/*
 * A driver of a few calls and no locks, for the benchmark of pairs on several threads:
 * those of NVIDIA's driver, and of the simulated one (tests/simcuda), serve one thread
 * after the other, and how long threads wait for each other there changes with every
 * nanosecond between two calls.  Calls take SIMCUDA_LATENCY_NS, busy.  Addresses are new
 * ones each time and of the thread; there is no memory behind them.
 */
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { OK, INVALID_VALUE = 1, NOT_FOUND = 500 };
#define GRANULE 512u

static uint64_t latency_ns;
static atomic_ullong threads;
static _Thread_local uint64_t next_address;
static _Thread_local void *current;
static char only_context;

__attribute__((constructor)) static void begin(void)
{
	const char *value = getenv("SIMCUDA_LATENCY_NS");
	latency_ns = value ? strtoull(value, NULL, 10) : 0;
}

static uint64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void busy(void)
{
	for (uint64_t until = now() + latency_ns; now() < until;)
		;
}

int cuInit(unsigned flags)
{
	(void)flags;
	return OK;
}

int cuCtxCreate_v4(void **context, void *how, unsigned flags, int device)
{
	(void)how;
	(void)flags;
	(void)device;
	*context = current = &only_context;
	return OK;
}

int cuCtxSetCurrent(void *context)
{
	current = context;
	return OK;
}

int cuCtxGetCurrent(void **context)
{
	*context = current;
	return OK;
}

int cuCtxGetDevice(int *device)
{
	*device = 0;
	return current ? OK : INVALID_VALUE;
}

int cuMemAlloc_v2(unsigned long long *address, size_t bytes)
{
	busy();
	if (!next_address) /* a terabyte for each thread */
		next_address = (atomic_fetch_add(&threads, 1) + 1) << 40;
	*address = next_address;
	next_address += (bytes + GRANULE - 1) / GRANULE * GRANULE;
	return OK;
}

int cuMemFree_v2(unsigned long long address)
{
	(void)address;
	busy();
	return OK;
}

int cuGetProcAddress_v2(const char *name, void **address, int version, uint64_t flags, int *result)
{
	static const struct {
		const char *name;
		void *address;
	} known[] = {
		{"cuInit", cuInit},
		{"cuCtxCreate", cuCtxCreate_v4},
		{"cuCtxSetCurrent", cuCtxSetCurrent},
		{"cuCtxGetCurrent", cuCtxGetCurrent},
		{"cuCtxGetDevice", cuCtxGetDevice},
		{"cuMemAlloc", cuMemAlloc_v2},
		{"cuMemFree", cuMemFree_v2},
	};
	(void)version;
	(void)flags;
	(void)result;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(known[i].name, name)) {
			*address = known[i].address;
			return OK;
		}
	*address = NULL;
	return NOT_FOUND;
}
