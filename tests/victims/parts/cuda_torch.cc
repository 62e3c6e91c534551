// SPDX-License-Identifier: MIT
/*
 * Shaped as PyTorch's CUDA allocator: a library of its name, whose functions have the
 * names by which its segments are told from single tensors.
 */
#include <cstddef>
#include <dlfcn.h>

typedef int alloc_function(unsigned long long *, std::size_t);

static alloc_function *driver_alloc()
{
	void *cuda = dlopen("libcuda.so.1", RTLD_NOW);
	return reinterpret_cast<alloc_function *>(dlsym(cuda, "cuMemAlloc_v2"));
}

namespace c10::cuda::CUDACachingAllocator::Native
{
struct DeviceCachingAllocator {
	__attribute__((noinline)) unsigned long long alloc_block(std::size_t bytes);
};

unsigned long long DeviceCachingAllocator::alloc_block(std::size_t bytes)
{
	unsigned long long address = 0;
	if (driver_alloc()(&address, bytes)) /* LEAK:segment */
		return 0;
	return address;
}

struct NativeCachingAllocator {
	__attribute__((noinline)) unsigned long long allocate(std::size_t bytes);
};

unsigned long long NativeCachingAllocator::allocate(std::size_t bytes)
{
	unsigned long long address = 0;
	if (driver_alloc()(&address, bytes)) /* LEAK:tensor */
		return 0;
	return address;
}
} // namespace c10::cuda::CUDACachingAllocator::Native

using namespace c10::cuda::CUDACachingAllocator::Native;

extern "C" unsigned long long torch_segment(std::size_t bytes)
{
	DeviceCachingAllocator allocator;
	unsigned long long address = allocator.alloc_block(bytes);
	__asm__ volatile("" ::: "memory");
	return address;
}

extern "C" unsigned long long torch_tensor(std::size_t bytes)
{
	NativeCachingAllocator allocator;
	unsigned long long address = allocator.allocate(bytes);
	__asm__ volatile("" ::: "memory");
	return address;
}
