/* SPDX-License-Identifier: MIT */
/*
 * The driver's beginning and end, and what each call goes through first: is there a driver
 * in this process, is the call one that has to fail, how long has it to take.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sim.h"

struct sim_state sim;

/* adaptive: it is held for a moment, and sleeping for it would be most of what a benchmark sees */
static pthread_mutex_t mutex = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
enum { NOT_YET, READY, OVER };
static atomic_int phase;
static atomic_bool *here; /* zero again in the child of a fork, where there is no driver */
static uint64_t latency;

/* SIMCUDA_FAIL */
struct rule {
	char name[64];
	unsigned call, error;
	bool later;
	atomic_uint seen;
};
static struct rule rules[64];
static unsigned rule_count;

void sim_lock(void)
{
	pthread_mutex_lock(&mutex);
}

void sim_unlock(const int *unused)
{
	(void)unused;
	pthread_mutex_unlock(&mutex);
}

uint64_t sim_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t sim_id(void)
{
	static atomic_ullong last;
	return atomic_fetch_add(&last, 1) + 1;
}

CUresult sim_unknown(void)
{
	sim_account_error();
	return CUDA_ERROR_INVALID_VALUE;
}

/* A number with K, M or G; FALLBACK if it is none. */
static uint64_t number(const char *name, uint64_t fallback)
{
	const char *s = getenv(name);
	char *end;
	if (!s || *s < '0' || *s > '9')
		return fallback;
	uint64_t n = strtoull(s, &end, 10);
	switch (*end) {
	case 'K': return n << 10;
	case 'M': return n << 20;
	case 'G': return n << 30;
	default: return n;
	}
}

/* "cuMemAlloc_v2" counts with cuMemAlloc: rules are kept by base name. */
static const char *base_name(const char *name)
{
	static const struct {
		const char *base, *symbol;
	} names[] = {
#define SIM_EXPORT(base, symbol, version, mode) {#base, #symbol},
#include "exports.h"
#undef SIM_EXPORT
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (!strcmp(name, names[i].symbol))
			return names[i].base;
	}
	return name;
}

static void read_rules(const char *s)
{
	while (s && *s && rule_count < sizeof rules / sizeof *rules) {
		struct rule *r = &rules[rule_count];
		char name[64], more = 0;
		int length = 0;
		if (sscanf(s, "%63[^:,]:%u:%u%n", name, &r->call, &r->error, &length) == 3 &&
		    length > 0) {
			r->later = false;
		} else if (sscanf(s, "%63[^:,]:%u%c:%u%n", name, &r->call, &more, &r->error,
				  &length) == 4 &&
			   more == '+' && length > 0) {
			r->later = true;
		} else {
			fprintf(stderr, "simcuda: SIMCUDA_FAIL: not name:n:error: %s\n", s);
			_exit(2);
		}
		snprintf(r->name, sizeof r->name, "%s", base_name(name));
		rule_count++;
		s += length;
		if (*s == ',')
			s++;
	}
}

__attribute__((constructor)) static void begin(void)
{
	read_rules(getenv("SIMCUDA_FAIL"));
	latency = number("SIMCUDA_LATENCY_NS", 0);
	sim.version = (int)number("SIMCUDA_VERSION", CUDA_VERSION);
}

static void end(void)
{
	int ready = READY;
	if (atomic_compare_exchange_strong(&phase, &ready, OVER) && atomic_load(here)) {
		SIM_LOCKED;
		sim_account_finish();
	}
}

/* Where cuInit was never called there is nothing to end, and a late call says so itself. */
__attribute__((destructor)) static void unloaded(void)
{
	end();
}

static void busy(uint64_t ns)
{
	for (uint64_t until = sim_now() + ns; sim_now() < until;)
		;
}

static CUresult injected(const char *name)
{
	for (unsigned i = 0; i < rule_count; i++) {
		struct rule *r = &rules[i];
		if (strcmp(r->name, name) && strcmp(r->name, "*"))
			continue;
		unsigned n = atomic_fetch_add(&r->seen, 1) + 1;
		if (n == r->call || (r->later && n > r->call))
			return r->error;
	}
	return CUDA_SUCCESS;
}

CUresult sim_enter_early(const char *name)
{
	return rule_count ? injected(name) : CUDA_SUCCESS;
}

CUresult sim_enter(const char *name, bool slow)
{
	int now = atomic_load_explicit(&phase, memory_order_acquire);
	if (now != READY)
		return now == OVER ? CUDA_ERROR_DEINITIALIZED : CUDA_ERROR_NOT_INITIALIZED;
	if (!atomic_load_explicit(here, memory_order_relaxed))
		return CUDA_ERROR_NOT_INITIALIZED;
	if (slow && latency)
		busy(latency);
	return rule_count ? injected(name) : CUDA_SUCCESS;
}

static CUresult start(void)
{
	sim.devices = (unsigned)number("SIMCUDA_DEVICES", 1);
	if (sim.devices > SIM_MAX_DEVICES)
		sim.devices = SIM_MAX_DEVICES;
	if (!sim.devices)
		return CUDA_ERROR_NO_DEVICE;
	uint64_t bytes = number("SIMCUDA_BYTES", (uint64_t)4 << 30);
	if (bytes > (uint64_t)60 << 30)
		bytes = (uint64_t)60 << 30;
	sim.context_bytes = number("SIMCUDA_CONTEXT_BYTES", 2 * SIM_MIB);
	sim.mig = number("SIMCUDA_MIG", 0) != 0;
	sim.async = number("SIMCUDA_ASYNC", 0) != 0;
	here = sim_map(sizeof *here);
	if (!here || !sim_arena_start(sim.devices, bytes))
		return CUDA_ERROR_OUT_OF_MEMORY;
	syscall(SYS_madvise, here, sizeof *here, MADV_WIPEONFORK);
	atomic_store(here, true);
	sim_account_open(getenv("SIMCUDA_LOG"), getenv("SIMCUDA_SUMMARY"));
	for (unsigned i = 0; i < sim.devices; i++) {
		struct sim_device *d = &sim.device[i];
		d->total = bytes;
		d->used = number("SIMCUDA_OTHERS", 0);
		d->standard_pool = d->pool = sim_pool_new((int)i, true);
		if (!d->pool)
			return CUDA_ERROR_OUT_OF_MEMORY;
	}
	/*
	 * After the handlers that a program registered before, which so find the driver
	 * gone, as with NVIDIA's.
	 */
	atexit(end);
	return CUDA_SUCCESS;
}

CUresult cuInit(unsigned flags)
{
	CUresult r = sim_enter_early("cuInit");
	if (r)
		return r;
	if (flags)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	int now = atomic_load(&phase);
	if (now == OVER)
		return CUDA_ERROR_DEINITIALIZED;
	if (now == READY)
		return atomic_load(here) ? CUDA_SUCCESS : CUDA_ERROR_NOT_INITIALIZED;
	r = start();
	if (!r)
		atomic_store_explicit(&phase, READY, memory_order_release);
	return r;
}
