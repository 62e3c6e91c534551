/* SPDX-License-Identifier: MIT */
/*
 * NULL where an address is to be written, and 0 where one is to be released: what the
 * driver says of it is what the program gets, and nothing is recorded.
 *
 * cuda: linked, dlsym, procaddress1, replay
 * variants: gcc:-O0
 * expect: no-leak
 * expect: totals.device allocations=0 live_blocks=0
 * expect: totals.pinned allocations=0 live_blocks=0
 */
#include "cuda_way.h"

int main(void)
{
	size_t pitch = 0;
	CUdeviceptr p = 0;
	CUDA_ARRAY_DESCRIPTOR d;
	CUmemAllocationProp prop;
	memset(&d, 0, sizeof(d));
	memset(&prop, 0, sizeof(prop));
	d.Width = 4;
	d.Format = CU_AD_FORMAT_FLOAT;
	d.NumChannels = 1;
	prop.type = CU_MEM_ALLOCATION_TYPE_PINNED;
	prop.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
	say("%d\n", CU(cuMemAlloc_v2)(NULL, 100));
	say("%d\n", CU(cuMemAlloc_v2)(&p, 0));
	say("%d\n", CU(cuMemAllocPitch_v2)(NULL, &pitch, 24, 10, 4));
	say("%d\n", CU(cuMemAllocManaged)(NULL, 100, CU_MEM_ATTACH_GLOBAL));
	say("%d\n", CU(cuMemAllocAsync)(NULL, 100, NULL));
	say("%d\n", CU(cuMemAllocFromPoolAsync)(NULL, 100, NULL, NULL));
	say("%d\n", CU(cuMemAllocHost_v2)(NULL, 100));
	say("%d\n", CU(cuMemHostAlloc)(NULL, 100, 0));
	say("%d\n", CU(cuMemHostRegister_v2)(NULL, 100, 0));
	say("%d\n", CU(cuMemCreate)(NULL, (size_t)2 << 20, &prop, 0));
	say("%d\n", CU(cuMemCreate)(NULL, (size_t)2 << 20, NULL, 0));
	say("%d\n", CU(cuMemAddressReserve)(NULL, (size_t)2 << 20, 0, 0, 0));
	say("%d\n", CU(cuMemRetainAllocationHandle)(NULL, NULL));
	say("%d\n", CU(cuArrayCreate_v2)(NULL, &d));
	say("%d\n", CU(cuArrayCreate_v2)(NULL, NULL));
	say("%d\n", CU(cuArray3DCreate_v2)(NULL, NULL));
	say("%d\n", CU(cuMipmappedArrayCreate)(NULL, NULL, 1));
	say("%d\n", CU(cuMemPoolCreate)(NULL, NULL));
	say("%d\n", CU(cuCtxCreate_v2)(NULL, 0, 0));
	say("%d\n", CU(cuDevicePrimaryCtxRetain)(NULL, 0));
	say("%d\n", CU(cuStreamCreate)(NULL, 0));
	say("%d\n", CU(cuEventCreate)(NULL, 0));
	say("%d\n", CU(cuModuleLoadData)(NULL, ""));
	say("%d\n", CU(cuLibraryLoadData)(NULL, "", NULL, NULL, 0, NULL, NULL, 0));
	say("%d\n", CU(cuTexObjectCreate)(NULL, NULL, NULL, NULL));
	say("%d\n", CU(cuGraphCreate)(NULL, 0));
	say("%d\n", CU(cuGraphInstantiateWithFlags)(NULL, NULL, 0));
	say("%d\n", CU(cuGraphAddMemAllocNode)(NULL, NULL, NULL, 0, NULL));
	say("%d\n", CU(cuStreamEndCapture)(NULL, NULL));
	say("%d\n", CU(cuImportExternalMemory)(NULL, NULL));
	say("%d\n", CU(cuMemFree_v2)(0));
	say("%d\n", CU(cuMemFreeAsync)(0, NULL));
	say("%d\n", CU(cuMemFreeHost)(NULL));
	say("%d\n", CU(cuMemHostUnregister)(NULL));
	say("%d\n", CU(cuMemRelease)(0));
	say("%d\n", CU(cuMemUnmap)(0, 0));
	say("%d\n", CU(cuArrayDestroy)(NULL));
	say("%d\n", CU(cuStreamDestroy_v2)(NULL));
	say("%d\n", CU(cuEventDestroy_v2)(NULL));
	say("%d\n", CU(cuGraphDestroy)(NULL));
	say("%d\n", CU(cuCtxDestroy_v2)(NULL));
	say("%d\n", CU(cuIpcCloseMemHandle)(0));
	return 0;
}
