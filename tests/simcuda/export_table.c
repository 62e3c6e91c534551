/* SPDX-License-Identifier: MIT */
/*
 * cuGetExportTable.  There are no tables: what NVIDIA's runtime library asks for there is
 * undocumented, and it ends by having the driver prove to be NVIDIA's, which this one is
 * not and does not pretend to be.  Programs with that library therefore see how it starts
 * (its look-ups), then cudaErrorNotSupported; replay_cudart.h takes its place in tests.
 *
 * Measured with CUDA 13.0, shared and static: 440 look-ups, then seven tables, of which it
 * does without the first; the last has an entry that gets the version and the time and has
 * to answer with a proof, without which every call ends with
 * cudaErrorSoftwareValidityNotEstablished.
 */
#include <stdio.h>

#include "sim.h"

CUresult cuGetExportTable(const void **table, const CUuuid *id)
{
	CUresult r = sim_enter_early("cuGetExportTable");
	if (r)
		return r;
	if (!table || !id)
		return CUDA_ERROR_INVALID_VALUE;
	char name[33];
	for (unsigned i = 0; i < 16; i++)
		snprintf(name + 2 * i, 3, "%02x", (unsigned char)id->bytes[i]);
	sim_trace("table", name, 0, 0);
	*table = NULL;
	return CUDA_ERROR_NOT_SUPPORTED;
}
