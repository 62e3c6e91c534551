/* SPDX-License-Identifier: MIT */
/* Libraries, which belong to no context, their kernels and their modules in contexts. */
#include <string.h>

#include "sim.h"

static CUresult load(CUlibrary *library, const void *given)
{
	if (!library)
		return CUDA_ERROR_INVALID_VALUE;
	sim_twins_load();
	SIM_LOCKED;
	void *image;
	bool text;
	CUresult r = sim_image(given, &image, &text);
	struct sim_object *o = r ? NULL : sim_new(SIM_LIBRARY, NULL);
	if (!o) {
		sim_drop(image);
		return r ? r : CUDA_ERROR_OUT_OF_MEMORY;
	}
	o->library.image = image;
	sim_count_new(o);
	*library = (CUlibrary)(void *)o;
	return CUDA_SUCCESS;
}

CUresult cuLibraryLoadData(CUlibrary *library, const void *image, CUjit_option *jit,
			   void **jit_values, unsigned jit_count, CUlibraryOption *options,
			   void **values, unsigned count)
{
	SIM_CALL_SLOW(cuLibraryLoadData);
	if ((jit_count && (!jit || !jit_values)) || (count && !options))
		return CUDA_ERROR_INVALID_VALUE;
	(void)values;
	return load(library, image);
}

CUresult cuLibraryLoadFromFile(CUlibrary *library, const char *path, CUjit_option *jit,
			       void **jit_values, unsigned jit_count, CUlibraryOption *options,
			       void **values, unsigned count)
{
	SIM_CALL_SLOW(cuLibraryLoadFromFile);
	(void)jit, (void)jit_values, (void)jit_count, (void)options, (void)values, (void)count;
	size_t mapped = 0;
	void *text = sim_file(path, &mapped);
	if (!text)
		return path ? CUDA_ERROR_FILE_NOT_FOUND : CUDA_ERROR_INVALID_VALUE;
	CUresult r = load(library, text);
	sim_unmap(text, mapped);
	return r;
}

CUresult cuLibraryUnload(CUlibrary library)
{
	SIM_CALL_SLOW(cuLibraryUnload);
	SIM_LOCKED;
	sim_run_until(UINT64_MAX);
	struct sim_object *o = sim_find(library, SIM_LIBRARY);
	if (!o)
		return CUDA_ERROR_INVALID_HANDLE;
	for (unsigned i = 0; i < SIM_MAX_DEVICES; i++) {
		struct sim_object *module = sim_at(o->library.modules[i]);
		if (module)
			sim_module_delete(module, NULL);
	}
	sim_functions_drop(o->library.kernel);
	sim_drop(o->library.image);
	sim_delete(o, "call");
	return CUDA_SUCCESS;
}

CUresult cuLibraryGetKernel(CUkernel *kernel, CUlibrary library, const char *name)
{
	SIM_CALL(cuLibraryGetKernel);
	if (!kernel || !name)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	struct sim_object *o = sim_find(library, SIM_LIBRARY);
	if (!o)
		return CUDA_ERROR_INVALID_HANDLE;
	CUresult r;
	struct sim_object *k = sim_function_new(o, SIM_KERNEL, name, &r);
	if (!k)
		return r;
	*kernel = (CUkernel)(void *)k;
	return CUDA_SUCCESS;
}

CUresult cuLibraryGetKernelCount(unsigned *count, CUlibrary library)
{
	SIM_CALL(cuLibraryGetKernelCount);
	SIM_LOCKED;
	const struct sim_object *o = sim_find(library, SIM_LIBRARY);
	if (!count || !o)
		return CUDA_ERROR_INVALID_VALUE;
	*count = o->library.image ? sim_ptx_entries(o->library.image, 0, NULL, 0) : 0;
	return CUDA_SUCCESS;
}

CUresult cuLibraryEnumerateKernels(CUkernel *kernels, unsigned most, CUlibrary library)
{
	SIM_CALL(cuLibraryEnumerateKernels);
	SIM_LOCKED;
	struct sim_object *o = sim_find(library, SIM_LIBRARY);
	if (!kernels || !o || !o->library.image)
		return CUDA_ERROR_INVALID_VALUE;
	for (unsigned i = 0; i < most; i++)
		kernels[i] = (CUkernel)(void *)sim_function_number(o, SIM_KERNEL, i);
	return CUDA_SUCCESS;
}

/* Its module in the current context. */
static struct sim_object *module_of(struct sim_object *library, CUresult *r)
{
	struct sim_object *context = sim_current(r);
	if (!context)
		return NULL;
	uint32_t slot = sim_slot(library);
	int device = context->device;
	struct sim_object *m = sim_at(library->library.modules[device]);
	if (!m) {
		m = sim_module_new(context, library->library.image, slot, r);
		if (m)
			sim_at(slot)->library.modules[device] = sim_slot(m);
	}
	return m;
}

CUresult cuLibraryGetModule(CUmodule *module, CUlibrary library)
{
	SIM_CALL(cuLibraryGetModule);
	if (!module)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	struct sim_object *o = sim_find(library, SIM_LIBRARY);
	CUresult r = CUDA_ERROR_INVALID_HANDLE;
	struct sim_object *m = o ? module_of(o, &r) : NULL;
	if (!m)
		return r;
	*module = (CUmodule)(void *)m;
	return CUDA_SUCCESS;
}

CUresult cuKernelGetFunction(CUfunction *function, CUkernel kernel)
{
	SIM_CALL(cuKernelGetFunction);
	if (!function)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	const struct sim_object *k = sim_find(kernel, SIM_KERNEL);
	CUresult r = CUDA_ERROR_INVALID_HANDLE;
	struct sim_object *m = k ? module_of(sim_at(k->function.owner), &r) : NULL;
	struct sim_object *f = m ? sim_function_new(m, SIM_FUNCTION, k->function.name, &r) : NULL;
	if (!f)
		return r;
	*function = (CUfunction)(void *)f;
	return CUDA_SUCCESS;
}

CUresult cuKernelGetLibrary(CUlibrary *library, CUkernel kernel)
{
	SIM_CALL(cuKernelGetLibrary);
	SIM_LOCKED;
	const struct sim_object *k = sim_find(kernel, SIM_KERNEL);
	if (!library || !k)
		return CUDA_ERROR_INVALID_VALUE;
	*library = (CUlibrary)(void *)sim_at(k->function.owner);
	return CUDA_SUCCESS;
}

static CUresult global(CUdeviceptr *p, size_t *bytes, CUlibrary library, const char *name)
{
	SIM_LOCKED;
	struct sim_object *o = sim_find(library, SIM_LIBRARY);
	CUresult r = CUDA_ERROR_INVALID_HANDLE;
	struct sim_object *m = o ? module_of(o, &r) : NULL;
	struct sim_block *b;
	if (!m)
		return r;
	r = name ? sim_global(m, name, &b) : CUDA_ERROR_INVALID_VALUE;
	if (!r && p)
		*p = sim_block_address(b);
	if (!r && bytes)
		*bytes = b->bytes;
	return r;
}

CUresult cuLibraryGetGlobal(CUdeviceptr *p, size_t *bytes, CUlibrary library, const char *name)
{
	SIM_CALL(cuLibraryGetGlobal);
	return global(p, bytes, library, name);
}

CUresult cuLibraryGetManaged(CUdeviceptr *p, size_t *bytes, CUlibrary library, const char *name)
{
	SIM_CALL(cuLibraryGetManaged);
	return global(p, bytes, library, name);
}

CUresult cuLibraryGetUnifiedFunction(void **function, CUlibrary library, const char *name)
{
	SIM_CALL(cuLibraryGetUnifiedFunction);
	(void)function, (void)library, (void)name;
	return CUDA_ERROR_NOT_FOUND;
}
