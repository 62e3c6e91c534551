/* SPDX-License-Identifier: MIT */
/*
 * cuGetProcAddress: of the variants of a name the newest that the version asked for knows,
 * made of the table of exports.  The addresses are this library's own, since it is linked
 * so that nobody can come between.
 */
#include <string.h>

#include "sim.h"

enum mode { LEGACY, PTSZ, PTDS };

/* Addresses alone: prototypes are not of use here, and not all exports have one. */
#pragma GCC visibility push(default)
#define SIM_EXPORT(base, symbol, version, mode) extern char address_of_##symbol[] __asm__(#symbol);
#include "exports.h"
#undef SIM_EXPORT
#pragma GCC visibility pop

static const struct entry {
	const char *base;
	int version;
	enum mode mode;
	void *address;
} entries[] = {
#define SIM_EXPORT(base, symbol, version, mode) {#base, version, mode, address_of_##symbol},
#include "exports.h"
#undef SIM_EXPORT
};
enum { ENTRIES = sizeof entries / sizeof *entries };

/* The first entry of a name; they are in order of their names. */
static size_t first_of(const char *name)
{
	size_t low = 0, high = ENTRIES;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (strcmp(entries[middle].base, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static CUresult look_up(const char *name, void **address, int version, uint64_t flags,
			CUdriverProcAddressQueryResult *status)
{
	if (!name || !address || version > sim.version ||
	    flags > (CU_GET_PROC_ADDRESS_LEGACY_STREAM |
		     CU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM))
		return CUDA_ERROR_INVALID_VALUE;
	sim_trace("lookup", name, version, flags);
	const struct entry *legacy = NULL, *thread = NULL;
	bool known = false;
	for (size_t i = first_of(name); i < ENTRIES && !strcmp(entries[i].base, name); i++) {
		if (entries[i].version > sim.version)
			continue;
		known = true;
		if (entries[i].version > version)
			continue;
		if (entries[i].mode == LEGACY)
			legacy = &entries[i];
		else
			thread = &entries[i];
	}
	bool per_thread = flags & CU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM;
	const struct entry *found = per_thread && thread ? thread : legacy;
	*address = found ? found->address : NULL;
	if (status)
		*status = found   ? CU_GET_PROC_ADDRESS_SUCCESS
			  : known ? CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT
				  : CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND;
	return CUDA_SUCCESS;
}

CUresult cuGetProcAddress(const char *name, void **address, int version, uint64_t flags)
{
	CUresult r = sim_enter_early("cuGetProcAddress");
	if (r)
		return r;
	r = look_up(name, address, version, flags, NULL);
	/* The first variant has no status to say it with. */
	return !r && !*address ? CUDA_ERROR_NOT_FOUND : r;
}

CUresult cuGetProcAddress_v2(const char *name, void **address, int version, uint64_t flags,
			     CUdriverProcAddressQueryResult *status)
{
	CUresult r = sim_enter_early("cuGetProcAddress");
	return r ? r : look_up(name, address, version, flags, status);
}
