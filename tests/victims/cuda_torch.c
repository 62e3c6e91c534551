/* SPDX-License-Identifier: MIT */
/*
 * Segments that an allocator like PyTorch's keeps for its tensors are labelled; tensors
 * that it asks the driver for one by one are not.
 *
 * cuda: linked, replay
 * variants: gcc:-O0
 * part: libc10_cuda.so from=cuda_torch.cc libs=-ldl
 * libs: {build}/libc10_cuda.so -Wl,-rpath,{build}
 * expect: leak segment kind=device memory=device label=pytorch-cached-segment bytes=2097152 blocks=1 top=cuMemAlloc frames=~alloc_block:segment,torch_segment,main
 * expect: leak tensor kind=device memory=device label= bytes=1024 blocks=1 top=cuMemAlloc frames=~allocate:tensor,torch_tensor,main
 */
#include "cuda_way.h"

unsigned long long torch_segment(size_t bytes);
unsigned long long torch_tensor(size_t bytes);

int main(void)
{
	CHECK(torch_segment(2 << 20));
	CHECK(torch_tensor(1024));
	return 0;
}
