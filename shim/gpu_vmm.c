/* SPDX-License-Identifier: MIT */
/*
 * See gpu.h: where physical memory of the VMM functions is mapped.  A sorted array: most
 * programs map upwards, so that a new mapping comes last.
 */
#include <errno.h>

#include "gpu_table.h"
#include "recording.h"
#include "text.h"
#include "track_guard.h"

#define FIRST_MAPPINGS 32u

static struct ls_gpu_mapping *mappings;
static uint32_t used, room;
static struct ls_lock lock;

/* The first mapping that ends above ADDRESS. */
static uint32_t first_above(uint64_t address)
{
	uint32_t low = 0, high = used;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (mappings[middle].address + mappings[middle].size <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool grow(void)
{
	uint32_t fresh_room = room ? room * 2 : FIRST_MAPPINGS;
	struct ls_gpu_mapping *fresh = ls_mem_alloc(fresh_room * sizeof *fresh);
	if (!fresh)
		return false;
	if (room) {
		ls_copy(fresh, mappings, used * sizeof *fresh);
		ls_mem_free(mappings, room * sizeof *fresh);
	}
	mappings = fresh;
	room = fresh_room;
	return true;
}

static bool insert(const struct ls_gpu_mapping *m)
{
	if (used == room && !grow())
		return false;
	uint32_t i = used;
	for (; i && mappings[i - 1].address > m->address; i--)
		mappings[i] = mappings[i - 1];
	mappings[i] = *m;
	used++;
	return true;
}

/*
 * Take up to AT_A_TIME mappings out of [ADDRESS, ADDRESS + SIZE): how many there were,
 * and their records.  PART: also those that only reach into it.
 */
#define AT_A_TIME 64u
static uint32_t take_out(uint64_t address, uint64_t size, bool part, uint32_t *record)
{
	uint32_t first = first_above(address), n = 0;
	if (!part && first < used && mappings[first].address < address)
		first++;
	for (uint32_t i = first; n < AT_A_TIME && i < used; i++, n++) {
		const struct ls_gpu_mapping *m = &mappings[i];
		if (m->address >= address + size ||
		    (!part && m->address + m->size > address + size))
			break;
		record[n] = m->record;
	}
	used -= n;
	for (uint32_t i = first; n && i < used; i++)
		mappings[i] = mappings[i + n];
	return n;
}

static void unmap(struct ls_thread_state *t, uint64_t address, uint64_t size, bool part)
{
	uint32_t record[AT_A_TIME], n;
	do {
		if (!ls_lock(&lock)) {
			ls_gpu_count_lost();
			return;
		}
		n = take_out(address, size, part, record);
		ls_unlock(&lock);
		for (uint32_t i = 0; i < n; i++)
			ls_gpu_drop_mapping(t, record[i]);
	} while (n == AT_A_TIME);
}

static void map(struct ls_thread_state *t, uint64_t vmm_handle, uint64_t address, uint64_t size)
{
	unmap(t, address, size, true); /* what was there before: its end was not seen */
	struct ls_gpu_mapping m = {address, size, ls_gpu_add_mapping(vmm_handle)};
	if (!m.record)
		return;
	bool ok = false;
	if (ls_lock(&lock)) {
		ok = insert(&m);
		ls_unlock(&lock);
	}
	if (!ok) {
		ls_gpu_count_lost();
		ls_gpu_drop_mapping(t, m.record);
	}
}

void ls_gpu_mapped(uint64_t vmm_handle, uint64_t address, uint64_t size)
{
	int error = errno;
	struct ls_thread_state *t;
	enum ls_mode mode = vmm_handle && size ? ls_track_enter(&t) : LS_MODE_OFF;
	if (mode == LS_MODE_NORMAL) {
		map(t, vmm_handle, address, size);
		ls_track_leave(t);
	} else if (mode == LS_MODE_NESTED) {
		ls_gpu_count_lost();
	}
	errno = error;
}

void ls_gpu_unmapped(uint64_t address, uint64_t size)
{
	int error = errno;
	struct ls_thread_state *t;
	enum ls_mode mode = size ? ls_track_enter(&t) : LS_MODE_OFF;
	if (mode == LS_MODE_NORMAL) {
		unmap(t, address, size, false);
		ls_track_leave(t);
	} else if (mode == LS_MODE_NESTED) {
		ls_gpu_count_lost();
	}
	errno = error;
}

uint32_t ls_gpu_mapped_record(uint64_t address)
{
	uint32_t id = 0;
	if (!ls_lock(&lock))
		return 0;
	uint32_t i = first_above(address);
	if (i < used && mappings[i].address <= address)
		id = mappings[i].record;
	ls_unlock(&lock);
	return id;
}

bool ls_gpu_mappings_lock(void)
{
	return ls_lock(&lock);
}

const struct ls_gpu_mapping *ls_gpu_mappings(uint32_t *count)
{
	*count = used;
	return mappings;
}

void ls_gpu_mappings_unlock(void)
{
	ls_unlock(&lock);
}

void ls_gpu_vmm_start(void)
{
	mappings = NULL; /* the memory they were in is gone, or the parent's */
	used = room = 0;
	lock.owner = 0;
}

void ls_gpu_vmm_abandon(void)
{
	ls_gpu_lock_abandon(&lock);
}
