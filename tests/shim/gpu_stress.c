/* SPDX-License-Identifier: MIT */
/*
 * Eight threads that allocate and release on two devices at once, told to gpu.h as the
 * wrappers of the driver's functions tell it.  Run under ThreadSanitizer as well.  What
 * must hold at the end: the totals are those of what was left, and each record is its own.
 *
 * usage: gpu-stress [ROUNDS]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gpu.h"
#include "gpu_mapping.h"
#include "options.h"
#include "process.h"
#include "recording.h"
#include "storage.h"
#include "thread.h"

enum { THREADS = 8, DEVICES = 2, SLOTS = 64, SHARED = 128 };

static int rounds = 5000;
static char folder[] = "/tmp/leakscope-gpu-XXXXXX";

/* Addresses that any thread may take out and release: 0 is a free place. */
static uint64_t shared[SHARED];
/* What is live in the end, by device and kind; each thread adds what it leaves. */
static int64_t left_bytes[DEVICES], left_pinned, left_vmm[DEVICES];
static uint64_t next_handle = 0x100000000;

static uint64_t draw(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static uint64_t context_on(int device)
{
	return 0xc0000000u + (uint64_t)device * 0x1000;
}

/* The size and the device of a block are told by its address. */
static uint64_t size_of(uint64_t handle)
{
	return 1 + (handle >> 8) % 4000;
}

static int device_of(uint64_t handle)
{
	return (int)(handle >> 8 & 1);
}

static uint64_t fresh(void)
{
	return __atomic_fetch_add(&next_handle, 256, __ATOMIC_RELAXED);
}

static void create(enum ls_memory memory, enum ls_resource_type type, enum ls_gpu_class class,
		   uint64_t handle)
{
	int device = device_of(handle);
	struct ls_gpu_new n = {.memory = memory,
			       .type = type,
			       .class = class,
			       .handle = handle,
			       .size = memory == LS_MEM_HANDLE ? 0 : size_of(handle),
			       .cuda_context = context_on(device),
			       .ordinal = -1};
	if (!ls_gpu_context_known(n.cuda_context)) {
		uint8_t uuid[16] = {(uint8_t)(1 + device)};
		if (!ls_gpu_device_known(device))
			ls_gpu_device(device, uuid, "stress", 1 << 30, false);
		ls_gpu_context(n.cuda_context, device);
	}
	ls_gpu_created(&n, (uintptr_t)create + (handle >> 8) % 16);
}

static void release(enum ls_gpu_class class, uint64_t handle, enum ls_gpu_outcome outcome)
{
	struct ls_gpu_release r;
	ls_gpu_release_begin(&r, class, handle);
	ls_gpu_release_end(&r, outcome);
}

/* Physical memory with mappings that live longer, or not, than its handle. */
static void map_and_unmap(uint64_t *random)
{
	uint64_t handle = fresh(), address = fresh() << 8, size = size_of(handle);
	bool stays = draw(random) % 8 == 0;
	create(LS_MEM_VMM, LS_RES_VMM, LS_GPU_VMM, handle);
	ls_gpu_mapped(handle, address, size);
	ls_gpu_retained(LS_GPU_VMM, handle);
	release(LS_GPU_VMM, handle, LS_GPU_RELEASED);
	if (mapping_at(address) != handle)
		abort();
	if (draw(random) & 1)
		release(LS_GPU_VMM, handle, LS_GPU_KEPT);
	release(LS_GPU_VMM, handle, LS_GPU_RELEASED);
	if (!stays)
		ls_gpu_unmapped(address, size);
	else
		__atomic_add_fetch(&left_vmm[device_of(handle)], (int64_t)size, __ATOMIC_RELAXED);
}

static void *work(void *argument)
{
	uint64_t random = 88172645463325252u + (uintptr_t)argument * 7919, mine[SLOTS] = {0};
	for (int i = 0; i < rounds; i++) {
		uint64_t *slot = &mine[draw(&random) % SLOTS], other;
		switch (draw(&random) % 8) {
		case 0: /* handed over: whoever finds it next releases it */
			other = fresh();
			create(LS_MEM_DEVICE, LS_RES_ALLOC, LS_GPU_ADDRESS, other);
			other = __atomic_exchange_n(&shared[draw(&random) % SHARED], other,
						    __ATOMIC_ACQ_REL);
			if (other)
				release(LS_GPU_ADDRESS, other, LS_GPU_RELEASED);
			break;
		case 1:
			other = fresh();
			create(LS_MEM_HANDLE, LS_RES_STREAM, LS_GPU_STREAM, other);
			release(LS_GPU_STREAM, other, LS_GPU_KEPT);
			release(LS_GPU_STREAM, other, LS_GPU_RELEASED);
			break;
		case 2: map_and_unmap(&random); break;
		case 3: /* of which nothing is known */
			release(LS_GPU_ADDRESS, fresh() + 8, LS_GPU_RELEASED);
			break;
		case 4: /* a context of this thread's own, which takes its memory with it */
			other = fresh();
			ls_gpu_context(other, device_of(other));
			{
				struct ls_gpu_new n = {.memory = LS_MEM_DEVICE,
						       .type = LS_RES_ALLOC,
						       .class = LS_GPU_ADDRESS,
						       .handle = other + 64,
						       .size = 10,
						       .cuda_context = other,
						       .ordinal = -1};
				ls_gpu_created(&n, (uintptr_t)work);
				ls_gpu_context_destroyed(other);
				release(LS_GPU_ADDRESS, other + 64, LS_GPU_RELEASED);
			}
			break;
		default: /* the same address again, as allocators do */
			if (*slot) {
				release(LS_GPU_ADDRESS, *slot, LS_GPU_RELEASED);
				if (draw(&random) & 1) {
					*slot = 0;
					break;
				}
			} else {
				*slot = fresh();
			}
			create(LS_MEM_DEVICE, LS_RES_ALLOC, LS_GPU_ADDRESS, *slot);
		}
	}
	for (int i = 0; i < SLOTS; i++) {
		if (!mine[i])
			continue;
		if (i % 2)
			release(LS_GPU_ADDRESS, mine[i], LS_GPU_RELEASED);
		else
			__atomic_add_fetch(&left_bytes[device_of(mine[i])],
					   (int64_t)size_of(mine[i]), __ATOMIC_RELAXED);
	}
	for (int i = 0; i < 10; i++) {
		uint64_t pinned = fresh();
		create(LS_MEM_PINNED, LS_RES_ALLOC_HOST, LS_GPU_ADDRESS, pinned);
		__atomic_add_fetch(&left_pinned, (int64_t)size_of(pinned), __ATOMIC_RELAXED);
	}
	return NULL;
}

static int test, failures;

static void is(int64_t got, int64_t want, const char *what)
{
	printf("%sok %d - %s\n", got == want ? "" : "not ", ++test, what);
	if (got != want) {
		printf("# %lld, not %lld\n", (long long)got, (long long)want);
		failures++;
	}
}

/* Bytes of live records of MEMORY, on the device of record DEVICE (0: any). */
static int64_t sum_of(enum ls_memory memory, uint16_t device)
{
	int64_t sum = 0;
	for (uint32_t id = 1; id < ls_resources_table.used; id++) {
		const struct ls_resource *r = ls_table_at(&ls_resources_table, id);
		if (r->state != LS_RESOURCE_LIVE || (device && r->device != device))
			continue;
		const struct ls_context *c = ls_table_at(&ls_contexts_table, r->context);
		if (c->memory == memory)
			sum += (int64_t)r->size;
	}
	return sum;
}

static uint64_t releasing(void)
{
	uint64_t count = 0;
	for (uint32_t id = 1; id < ls_resources_table.used; id++) {
		const struct ls_resource *r = ls_table_at(&ls_resources_table, id);
		count += r->state == LS_RESOURCE_RELEASING;
	}
	return count;
}

int main(int argc, char **argv)
{
	static char options[sizeof(folder) + 64];
	static char *environment[] = {options, NULL};
	pthread_t threads[THREADS];

	if (argc > 1)
		rounds = atoi(argv[1]);
	if (!mkdtemp(folder))
		return 99;
	snprintf(options, sizeof(options), "LEAKSCOPE_OPTIONS=dir=%s:report=none", folder);
	ls_initial_environ = environment;
	if (!ls_real_ready())
		return 99;
	ls_options_read();
	if (!ls_process_start(false))
		return 99;
	ls_gate_open(true);
	ls_threads_many = true; /* as the hook of pthread_create says it before there are two */

	for (uintptr_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, work, (void *)(i + 1)))
			return 99;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < SHARED; i++)
		if (shared[i])
			release(LS_GPU_ADDRESS, shared[i], LS_GPU_RELEASED);

	printf("1..10\n");
	int64_t device_bytes = left_bytes[0] + left_bytes[1];
	is(ls_header->peaks[LS_MEM_DEVICE].live_bytes, device_bytes, "bytes of device memory");
	is(ls_header->peaks[LS_MEM_PINNED].live_bytes, left_pinned, "bytes of pinned memory");
	is(ls_header->peaks[LS_MEM_VMM].live_bytes, left_vmm[0] + left_vmm[1],
	   "bytes of physical memory");
	is(sum_of(LS_MEM_DEVICE, 0), device_bytes, "records of device memory");
	is(sum_of(LS_MEM_PINNED, 0), left_pinned, "records of pinned memory");
	is(sum_of(LS_MEM_VMM, 0), left_vmm[0] + left_vmm[1], "records of physical memory");
	int64_t by_device = 0, wanted = 0;
	for (uint16_t d = 1; d <= DEVICES; d++) {
		const struct ls_device *device = ls_table_at(&ls_devices_table, d);
		uint32_t o = device->ordinal;
		by_device |= device->memory.live_bytes ^ (left_bytes[o] + left_vmm[o]);
		wanted |= sum_of(LS_MEM_DEVICE, d) ^ left_bytes[o];
	}
	is(by_device, 0, "bytes of each device");
	is(wanted, 0, "records of each device");
	is((int64_t)releasing(), 0, "no release is under way");
	is((int64_t)ls_header->lost_events, 0, "no event was lost");
	ls_storage_unlink();
	rmdir(folder);
	return failures != 0;
}
