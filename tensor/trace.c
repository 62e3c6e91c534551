/* SPDX-License-Identifier: MIT */
/*
 * Whether the process runs under leakscope, asked once before main, and the
 * addresses that user code called from.
 */
#include "internal.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

bool ndi_traced;
_Thread_local void *ndi_site;

__attribute__((constructor)) static void look(void)
{
	ndi_traced = leakscope_active() != 0;
}

const char *ndi_site_text(const void *address, char *buffer, size_t size)
{
	Dl_info info;
	const char *module;

	buffer[0] = '\0';
	if (!address)
		return buffer;
	if (!dladdr(address, &info) || !info.dli_fname) {
		snprintf(buffer, size, "%p", address);
		return buffer;
	}
	module = strrchr(info.dli_fname, '/');
	module = module ? module + 1 : info.dli_fname;
	if (info.dli_sname)
		snprintf(buffer, size, "%s+0x%zx (%s)", info.dli_sname,
			 (size_t)((const char *)address - (const char *)info.dli_saddr), module);
	else
		snprintf(buffer, size, "%s+0x%zx", module,
			 (size_t)((const char *)address - (const char *)info.dli_fbase));
	return buffer;
}
