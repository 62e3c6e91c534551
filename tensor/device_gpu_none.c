/* SPDX-License-Identifier: MIT */
/* GPUs in a build that drives none: there are 0, so nothing else is ever called. */
#include "device.h"

static int count(void)
{
	return 0;
}

static size_t in_use(int index)
{
	return 0;
}

const struct ndi_device_ops ndi_device_gpu = {.name = "gpu", .count = count, .in_use = in_use};
