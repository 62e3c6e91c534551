/* SPDX-License-Identifier: MIT */
/*
 * Physical memory: cuMemCreate, cuMemImportFromShareableHandle and
 * cuMemRetainAllocationHandle against cuMemRelease. It goes when its last reference and its
 * last mapping are gone, in whatever order.
 *
 * cuda: all
 * variants: gcc:-O0
 * expect: leak plain kind=device memory=vmm top=cuMemCreate bytes=2097152 blocks=1 frames=create:created,leak:leak_plain,main:call
 * expect: leak retained kind=device memory=vmm top=cuMemCreate bytes=4194304 blocks=1 frames=create:created,leak:leak_retained,main:call
 * expect: leak mapped kind=device memory=vmm top=cuMemCreate bytes=6291456 blocks=1 frames=create:created,leak:leak_mapped,main:call
 * expect: leak source kind=device memory=vmm top=cuMemCreate bytes=2097152 blocks=1 frames=create:created,leak_imported:leak_source,main
 * expect: leak scoped kind=device memory=vmm top=cuMemCreate bytes=2097152 blocks=1 scope=/work frames=create:created,leak_scoped:leak_scope,main
 * expect: leak stays kind=device memory=vmm reclaimed=no top=cuMemCreate bytes=2097152 blocks=1 frames=create:created,after_context:leak_stays,main
 * expect: leak range kind=device memory=handle top=cuMemAddressReserve bytes=0 blocks=1 frames=reserve:reserved,leak:leak_range,main:call
 * expect: totals.vmm frees=6 live_blocks=6
 */
#include "cuda_way.h"
#include <leakscope/leakscope.h>

#define FD CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR
#define UNIT ((size_t)2 << 20)

static NOINLINE CUmemGenericAllocationHandle create(size_t units)
{
	CUmemGenericAllocationHandle handle = 0;
	CUmemAllocationProp prop;
	memset(&prop, 0, sizeof(prop));
	prop.type = CU_MEM_ALLOCATION_TYPE_PINNED;
	prop.requestedHandleTypes = CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR;
	prop.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
	prop.location.id = 0;
	OK(CU(cuMemCreate)(&handle, units * UNIT, &prop, 0)); /* LEAK:created */
	CHECK(handle);
	return handle;
}

static NOINLINE CUdeviceptr reserve(size_t units)
{
	CUdeviceptr address = 0;
	OK(CU(cuMemAddressReserve)(&address, units * UNIT, 0, 0, 0)); /* LEAK:reserved */
	CHECK(address);
	return address;
}

static CUresult release(uint64_t handle)
{
	return CU(cuMemRelease)(handle);
}

static NOINLINE void leak(void)
{
	CUmemGenericAllocationHandle handle = create(1); /* AT:leak_plain */
	CUmemGenericAllocationHandle again = 0;

	/* One release of two references. */
	CUdeviceptr other = reserve(2);
	handle = create(2); /* AT:leak_retained */
	OK(CU(cuMemMap)(other, 2 * UNIT, 0, handle, 0));
	OK(CU(cuMemRetainAllocationHandle)(&again, (void *)(uintptr_t)other));
	CHECK(again == handle);
	OK(CU(cuMemUnmap)(other, 2 * UNIT));
	OK(release(handle));
	OK(CU(cuMemAddressFree)(other, 2 * UNIT));

	/* Its handle is released, its mapping stays. */
	CUdeviceptr address = reserve(3); /* AT:leak_range */
	handle = create(3);               /* AT:leak_mapped */
	OK(CU(cuMemMap)(address, 3 * UNIT, 0, handle, 0));
	OK(release(handle));
}

static NOINLINE void leak_imported(void)
{
	CUmemGenericAllocationHandle handle = create(1); /* AT:leak_source */
	CUmemGenericAllocationHandle imported = 0;
	int fd = -1;
	OK(CU(cuMemExportToShareableHandle)(&fd, handle, FD, 0));
	OK(CU(cuMemImportFromShareableHandle)(&imported, (void *)(uintptr_t)fd, FD));
	/* In one process it is the same handle, with one reference more. */
	CHECK(imported == handle);
	OK(release(handle));
}

static NOINLINE void leak_scoped(void)
{
	leakscope_scope_t work = leakscope_scope_open("work");
	create(1); /* AT:leak_scope */
	leakscope_scope_close(work);
}

static NOINLINE void clean(void)
{
	/* Released first, unmapped then; and the other way round. */
	CUdeviceptr address = reserve(4);
	CUmemGenericAllocationHandle handle = create(1), again = 0;
	OK(CU(cuMemMap)(address, UNIT, 0, handle, 0));
	OK(release(handle));
	OK(CU(cuMemUnmap)(address, UNIT));
	handle = create(1);
	OK(CU(cuMemMap)(address, UNIT, 0, handle, 0));
	OK(CU(cuMemUnmap)(address, UNIT));
	OK(release(handle));
	/* Mapped twice and retained once. */
	handle = create(1);
	OK(CU(cuMemMap)(address, UNIT, 0, handle, 0));
	OK(CU(cuMemMap)(address + UNIT, UNIT, 0, handle, 0));
	OK(CU(cuMemRetainAllocationHandle)(&again, (void *)(uintptr_t)(address + UNIT)));
	OK(release(again));
	OK(release(handle));
	OK(CU(cuMemUnmap)(address, 2 * UNIT));
	OK(CU(cuMemAddressFree)(address, 4 * UNIT));
}

static NOINLINE void twice(void)
{
	CUmemGenericAllocationHandle handle = create(1);
	OK(release(handle));
	CHECK(release(handle) != CUDA_SUCCESS);
}

static NOINLINE void by_another(void)
{
	OK(elsewhere(release, create(1)));
}

static NOINLINE void after_context(void)
{
	CUcontext context = way_context(0);
	create(1); /* AT:leak_stays */
	CUmemGenericAllocationHandle handle = create(1);
	OK(CU(cuCtxDestroy_v2)(context));
	OK(CU(cuCtxSetCurrent)(way_first));
	OK(release(handle));
}

int main(void)
{
	leak(); /* AT:call */
	leak_imported();
	leak_scoped();
	clean();
	twice();
	by_another();
	after_context();
	return 0;
}
