/* SPDX-License-Identifier: MIT */
/* Devices by kind and index, see device.h; and the CPU, which is libc's memory. */
#include "device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* From here on memory comes in pages of its own, and large pages are worth asking for. */
#define HUGE_FROM ((size_t)4 << 20)
#define HUGE_PAGE ((uintptr_t)2 << 20)

static nd_status cpu_alloc(const char *operation, int index, size_t bytes, bool zeroed, void **out)
{
	void *block;

	*out = NULL;
	if (ndi_allocation_fails())
		return ndi_no_memory(operation, bytes);
	block = zeroed ? calloc(1, bytes) : malloc(bytes);
	if (!block)
		return ndi_no_memory(operation, bytes);
	if (bytes >= HUGE_FROM) {
		uintptr_t from = ((uintptr_t)block + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
		uintptr_t to = ((uintptr_t)block + bytes) & ~(HUGE_PAGE - 1);

		/* Advice only: what it answers changes nothing. */
		if (from < to)
			(void)madvise((void *)from, to - from, MADV_HUGEPAGE);
	}
	*out = block;
	return ND_OK;
}

static nd_status cpu_free(int index, void *block, size_t bytes)
{
	free(block);
	return ND_OK;
}

static nd_status cpu_copy(int index, void *to, const void *from, size_t bytes)
{
	memcpy(to, from, bytes);
	return ND_OK;
}

const struct ndi_device_ops ndi_device_cpu = {
	.alloc = cpu_alloc,
	.free = cpu_free,
	.copy_from_host = cpu_copy,
	.copy_to_host = cpu_copy,
};

nd_status ndi_free_after(nd_status status, const struct ndi_call *call, void *block, size_t bytes)
{
	char line[512];

	if (status == ND_OK)
		return call->ops->free(call->device.index, block, bytes);
	snprintf(line, sizeof line, "%s", nd_last_error());
	if (call->ops->free(call->device.index, block, bytes) != ND_OK)
		ndi_say("%s", line);
	return status;
}

nd_device nd_cpu(void)
{
	return (nd_device){ND_DEVICE_CPU, 0};
}

nd_device nd_gpu(int index)
{
	return (nd_device){ND_DEVICE_GPU, index};
}

int nd_device_count(nd_device_kind kind)
{
	return kind == ND_DEVICE_CPU ? 1 : kind == ND_DEVICE_GPU ? ndi_device_gpu.count(NULL) : 0;
}

nd_status ndi_device_find(const char *operation, nd_device device,
			  const struct ndi_device_ops **ops)
{
	const char *why = "";
	int count;

	if (device.kind == ND_DEVICE_CPU && device.index == 0) {
		*ops = &ndi_device_cpu;
		return ND_OK;
	}
	if (device.kind == ND_DEVICE_CPU)
		return ndi_fail(ND_ERR_DEVICE, "%s: cpu(%d): there is only cpu(0)", operation,
				device.index);
	if (device.kind != ND_DEVICE_GPU)
		return ndi_fail(ND_ERR_DEVICE, "%s: no such kind of device: %d", operation,
				(int)device.kind);
	count = ndi_device_gpu.count(&why);
	if (device.index < 0 || device.index >= count)
		return ndi_fail(ND_ERR_DEVICE, "%s: gpu(%d): %s", operation, device.index,
				count ? "no such device" : why);
	*ops = &ndi_device_gpu;
	return ND_OK;
}

nd_status nd_device_check(nd_device device)
{
	const struct ndi_device_ops *ops;

	return ndi_device_find("device_check", device, &ops);
}

const char *ndi_device_text(nd_device device, char buffer[NDI_DEVICE_TEXT])
{
	if (device.kind == ND_DEVICE_GPU)
		snprintf(buffer, NDI_DEVICE_TEXT, "gpu(%d)", device.index);
	else
		snprintf(buffer, NDI_DEVICE_TEXT, "cpu");
	return buffer;
}
