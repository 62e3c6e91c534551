/* SPDX-License-Identifier: MIT */
/*
 * cuGetProcAddress, both versions: the real one is asked as the caller asks, then the
 * function it found is replaced by the wrapper that stands for it.  Status, errors and
 * what is NULL stay as they are.  cuGetExportTable is not touched: its tables are
 * checked by who uses them.
 */
#include "gpu_wrap.h"

static CUresult replace(CUresult result, const char *base, void **out, int version, uint64_t flags)
{
	if (result == LS_CU_SUCCESS && out && *out)
		*out = ls_driver_answer(*out, base, version, flags);
	return result;
}

/* Not LS_DRIVER_WRAP: a look-up is answered alike whether recording is on or not. */
#define LOOK_UP(name, arguments, values)                                                           \
	__asm__(".symver ls_cu_" #name ", " #name "@" LS_DRIVER_VERSION);                          \
	CUresult ls_cu_##name arguments                                                            \
	{                                                                                          \
		ls_fn_##name real = ls_driver.name;                                                \
		if (ls_unlikely(!real))                                                            \
			real = (ls_fn_##name)ls_driver_missing(LS_DRIVER_##name);                  \
		return real ? replace(real values, base, out, version, flags)                      \
			    : LS_CU_STUB_LIBRARY;                                                  \
	}

LOOK_UP(cuGetProcAddress, (const char *base, void **out, int version, cuuint64_t flags),
	(base, out, version, flags))
LOOK_UP(cuGetProcAddress_v2,
	(const char *base, void **out, int version, cuuint64_t flags,
	 CUdriverProcAddressQueryResult *status),
	(base, out, version, flags, status))
