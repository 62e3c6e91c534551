/* SPDX-License-Identifier: MIT */
/* Loading the CUDA driver, see driver.h.  Any thread; once per process. */
#include "driver.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static struct ndg_driver functions;
static char reason[256];
static bool works; /* atomically read */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void)
{
	/* Never closed: the driver has threads and exit handlers of its own. */
	void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
	const char *missing = NULL, *name = NULL;
	ndg_result result;

	if (!library) {
		snprintf(reason, sizeof reason, "no CUDA driver (libcuda.so.1)");
		return;
	}
#define FIND(name, symbol, parameters)                                                             \
	functions.name = (ndg_##name##_fn *)dlsym(library, #symbol);                               \
	missing = missing || functions.name ? missing : #symbol;
	NDG_DRIVER_FUNCTIONS(FIND)
#undef FIND
	if (missing) {
		snprintf(reason, sizeof reason, "the CUDA driver has no %s", missing);
		return;
	}
	result = functions.init(0);
	if (result == NDG_NO_DEVICE) {
		snprintf(reason, sizeof reason, "no device");
		return;
	}
	if (result != NDG_SUCCESS) {
		if (functions.error_name(result, &name) != NDG_SUCCESS || !name)
			name = "an unknown error";
		snprintf(reason, sizeof reason, "cuInit: %s", name);
		return;
	}
	__atomic_store_n(&works, true, __ATOMIC_RELEASE);
}

const struct ndg_driver *ndg_driver(const char **why)
{
	pthread_once(&once, load);
	if (why)
		*why = reason;
	return works ? &functions : NULL;
}

const struct ndg_driver *ndg_driver_loaded(void)
{
	return __atomic_load_n(&works, __ATOMIC_ACQUIRE) ? &functions : NULL;
}
