/* SPDX-License-Identifier: MIT */
/*
 * What is imported from other programs' interfaces: cuImportExternalMemory and
 * cuImportExternalSemaphore, and what is mapped of such memory.
 *
 * cuda: all
 * variants: gcc:-O0
 * expect: leak memory kind=device memory=handle top=cuImportExternalMemory bytes=0 blocks=1 frames=import:imported,leak:leak_memory,main:call
 * expect: leak semaphore kind=device memory=handle top=cuImportExternalSemaphore bytes=0 blocks=1 frames=semaphore:signalled,leak:leak_semaphore,main:call
 * expect: leak buffer kind=device memory~external|device|handle top=cuExternalMemoryGetMappedBuffer bytes=any blocks=1 frames=buffer:mapped,leak:leak_buffer,main:call
 * expect: leak mips kind=device memory~array|external|handle top=cuExternalMemoryGetMappedMipmappedArray bytes=any blocks=1 frames=mipmaps:mipmapped,leak:leak_mips,main:call
 * expect: leak scoped kind=device memory=handle top=cuImportExternalMemory bytes=0 blocks=1 scope=/work frames=import:imported,leak_scoped:leak_scope,main
 */
#include "cuda_way.h"
#include <fcntl.h>
#include <leakscope/leakscope.h>
#include <sys/mman.h>

#define SIZE ((size_t)1 << 20)

static int file(void)
{
	int fd = memfd_create("external", MFD_CLOEXEC);
	CHECK(fd >= 0 && ftruncate(fd, SIZE) == 0);
	return fd;
}

static NOINLINE CUexternalMemory import(void)
{
	CUexternalMemory memory = NULL;
	CUDA_EXTERNAL_MEMORY_HANDLE_DESC d;
	memset(&d, 0, sizeof(d));
	d.type = CU_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD;
	d.handle.fd = file();
	d.size = SIZE;
	OK(CU(cuImportExternalMemory)(&memory, &d)); /* LEAK:imported */
	CHECK(memory);
	return memory;
}

static NOINLINE CUexternalSemaphore semaphore(void)
{
	CUexternalSemaphore made = NULL;
	CUDA_EXTERNAL_SEMAPHORE_HANDLE_DESC d;
	memset(&d, 0, sizeof(d));
	d.type = CU_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD;
	d.handle.fd = file();
	OK(CU(cuImportExternalSemaphore)(&made, &d)); /* LEAK:signalled */
	CHECK(made);
	return made;
}

static NOINLINE CUdeviceptr buffer(CUexternalMemory memory)
{
	CUdeviceptr p = 0;
	CUDA_EXTERNAL_MEMORY_BUFFER_DESC d;
	memset(&d, 0, sizeof(d));
	d.size = 5000;
	OK(CU(cuExternalMemoryGetMappedBuffer)(&p, memory, &d)); /* LEAK:mapped */
	CHECK(p);
	return p;
}

static NOINLINE CUmipmappedArray mipmaps(CUexternalMemory memory)
{
	CUmipmappedArray mips = NULL;
	CUDA_EXTERNAL_MEMORY_MIPMAPPED_ARRAY_DESC d;
	memset(&d, 0, sizeof(d));
	d.arrayDesc.Width = 16;
	d.arrayDesc.Height = 16;
	d.arrayDesc.Format = CU_AD_FORMAT_UNSIGNED_INT8;
	d.arrayDesc.NumChannels = 1;
	d.numLevels = 1;
	OK(CU(cuExternalMemoryGetMappedMipmappedArray)(&mips, memory, &d)); /* LEAK:mipmapped */
	CHECK(mips);
	return mips;
}

static CUresult release(uint64_t memory)
{
	return CU(cuDestroyExternalMemory)((CUexternalMemory)(uintptr_t)memory);
}

static NOINLINE void leak(void)
{
	CUexternalMemory memory = import(); /* AT:leak_memory */
	semaphore();                        /* AT:leak_semaphore */
	buffer(memory);                     /* AT:leak_buffer */
	mipmaps(memory);                    /* AT:leak_mips */
}

static NOINLINE void leak_scoped(void)
{
	leakscope_scope_t work = leakscope_scope_open("work");
	import(); /* AT:leak_scope */
	leakscope_scope_close(work);
}

static NOINLINE void clean(void)
{
	CUexternalMemory memory = import();
	OK(CU(cuMemFree_v2)(buffer(memory)));
	OK(CU(cuMipmappedArrayDestroy)(mipmaps(memory)));
	OK(release((uintptr_t)memory));
	OK(CU(cuDestroyExternalSemaphore)(semaphore()));
}

static NOINLINE void twice(void)
{
	CUexternalMemory memory = import();
	OK(release((uintptr_t)memory));
	CHECK(release((uintptr_t)memory) != CUDA_SUCCESS);
}

static NOINLINE void by_another(void)
{
	OK(elsewhere(release, (uintptr_t)import()));
}

int main(void)
{
	leak(); /* AT:call */
	leak_scoped();
	clean();
	twice();
	by_another();
	return 0;
}
