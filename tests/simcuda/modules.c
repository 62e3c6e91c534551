/* SPDX-License-Identifier: MIT */
/*
 * Modules: images loaded for a context.  Text is PTX and is read; anything else (a cubin, a
 * fat binary) is taken as it is and has every kernel that it is asked for.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim.h"

enum { TAKES = 64 << 10 }; /* of its device */

CUresult sim_image(const void *given, void **image, bool *text)
{
	*image = NULL;
	*text = false;
	if (!given)
		return CUDA_ERROR_INVALID_VALUE;
	uint32_t magic;
	memcpy(&magic, given, sizeof magic);
	/* ELF, a fat binary, and the structure that points to one. */
	if (magic == 0x464c457f || magic == 0xba55ed50 || magic == 0x466243b1)
		return CUDA_SUCCESS;
	if (!sim_ptx(given))
		return CUDA_ERROR_INVALID_IMAGE;
	*text = true;
	*image = sim_string(given);
	return *image ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

struct sim_object *sim_module_new(struct sim_object *context, void *image, uint32_t library,
				  CUresult *result)
{
	uint32_t ctx = sim_slot(context);
	int device = context->device;
	struct sim_object *o = NULL;
	*result = CUDA_ERROR_OUT_OF_MEMORY;
	if (!sim_device_take(device, TAKES))
		return NULL;
	o = sim_new(SIM_MODULE, sim_at(ctx));
	if (!o) {
		sim_device_give(device, TAKES);
		return NULL;
	}
	o->module.image = image;
	o->module.library = library;
	if (!library)
		sim_count_new(o);
	*result = CUDA_SUCCESS;
	return o;
}

void sim_functions_drop(uint32_t first)
{
	for (struct sim_object *f; (f = sim_at(first));) {
		first = f->function.sibling;
		sim_drop(f->function.name);
		sim_delete(f, NULL);
	}
}

void sim_module_delete(struct sim_object *o, const char *how)
{
	sim_functions_drop(o->module.function);
	for (struct sim_block *b; (b = sim_block(o->module.global));) {
		o->module.global = b->sibling;
		sim_memory_delete(b, NULL);
	}
	sim_device_give(o->device, TAKES);
	struct sim_object *library = sim_at(o->module.library);
	if (library)
		library->library.modules[o->device] = 0;
	else
		sim_drop(o->module.image);
	sim_delete(o, library ? NULL : how);
}

static CUresult load(CUmodule *module, const void *given)
{
	if (!module)
		return CUDA_ERROR_INVALID_VALUE;
	sim_twins_load();
	SIM_LOCKED;
	CUresult r;
	struct sim_object *context = sim_current(&r);
	if (!context)
		return r;
	void *image;
	bool text;
	r = sim_image(given, &image, &text);
	struct sim_object *o = r ? NULL : sim_module_new(context, image, 0, &r);
	if (o)
		*module = (CUmodule)(void *)o;
	else
		sim_drop(image);
	return r;
}

CUresult cuModuleLoadData(CUmodule *module, const void *image)
{
	SIM_CALL_SLOW(cuModuleLoadData);
	return load(module, image);
}

CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned count,
			    CUjit_option *options, void **values)
{
	SIM_CALL_SLOW(cuModuleLoadDataEx);
	return count && (!options || !values) ? CUDA_ERROR_INVALID_VALUE : load(module, image);
}

CUresult cuModuleLoadFatBinary(CUmodule *module, const void *image)
{
	SIM_CALL_SLOW(cuModuleLoadFatBinary);
	return load(module, image);
}

void *sim_file(const char *path, size_t *mapped)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	struct stat about;
	char *text = NULL;
	if (fd >= 0 && !fstat(fd, &about) && about.st_size > 0) {
		*mapped = (size_t)about.st_size + 64; /* zeros behind it */
		text = sim_map(*mapped);
		if (text && read(fd, text, (size_t)about.st_size) != about.st_size)
			*text = 0;
	}
	if (fd >= 0)
		close(fd);
	return text;
}

CUresult cuModuleLoad(CUmodule *module, const char *path)
{
	SIM_CALL_SLOW(cuModuleLoad);
	size_t mapped = 0;
	void *text = sim_file(path, &mapped);
	if (!text)
		return path ? CUDA_ERROR_FILE_NOT_FOUND : CUDA_ERROR_INVALID_VALUE;
	CUresult r = load(module, text);
	sim_unmap(text, mapped);
	return r;
}

CUresult cuModuleUnload(CUmodule module)
{
	SIM_CALL_SLOW(cuModuleUnload);
	SIM_LOCKED;
	sim_run_until(UINT64_MAX); /* its kernels may still run */
	struct sim_object *o = sim_find(module, SIM_MODULE);
	if (!o)
		return CUDA_ERROR_INVALID_HANDLE;
	if (o->module.library)
		return CUDA_ERROR_NOT_PERMITTED;
	sim_module_delete(o, "call");
	return CUDA_SUCCESS;
}

CUresult cuModuleGetLoadingMode(CUmoduleLoadingMode *mode)
{
	SIM_CALL(cuModuleGetLoadingMode);
	if (!mode)
		return CUDA_ERROR_INVALID_VALUE;
	*mode = CU_MODULE_LAZY_LOADING;
	return CUDA_SUCCESS;
}

/* ---- what is in a module or library ---- */
struct sim_object *sim_function_new(struct sim_object *owner, enum sim_kind kind, const char *name,
				    CUresult *result)
{
	bool library = owner->kind == SIM_LIBRARY;
	uint32_t *first = library ? &owner->library.kernel : &owner->module.function;
	const char *text = library ? owner->library.image : owner->module.image;
	for (struct sim_object *f = sim_at(*first); f; f = sim_at(f->function.sibling)) {
		if (!strcmp(f->function.name, name))
			return f;
	}
	uint32_t offsets[SIM_PARAMETERS], sizes[SIM_PARAMETERS];
	sim_twin twin = sim_twin_of(name);
	*result = CUDA_ERROR_NOT_FOUND;
	if (text && (!twin || sim_ptx_entry(text, name, offsets, sizes, SIM_PARAMETERS) < 0))
		return NULL;
	*result = CUDA_ERROR_OUT_OF_MEMORY;
	struct sim_object *f = sim_new(kind, library ? NULL : sim_at(owner->ctx));
	if (!f)
		return NULL;
	f->function.name = sim_string(name);
	if (!f->function.name) {
		sim_delete(f, NULL);
		return NULL;
	}
	f->function.owner = sim_slot(owner);
	f->function.run = twin;
	f->function.sibling = *first;
	f->device = owner->device;
	*first = sim_slot(f);
	return f;
}

struct sim_object *sim_function_number(struct sim_object *owner, enum sim_kind kind,
				       unsigned number)
{
	const char *text = owner->kind == SIM_LIBRARY ? owner->library.image : owner->module.image;
	char name[1024] = "";
	CUresult r;
	sim_ptx_entries(text, number, name, sizeof name);
	return *name ? sim_function_new(owner, kind, name, &r) : NULL;
}

CUresult cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name)
{
	SIM_CALL(cuModuleGetFunction);
	if (!function || !name)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	struct sim_object *o = sim_find(module, SIM_MODULE);
	CUresult r = CUDA_SUCCESS;
	if (!o)
		return CUDA_ERROR_INVALID_HANDLE;
	struct sim_object *f = sim_function_new(o, SIM_FUNCTION, name, &r);
	if (!f)
		return r;
	*function = (CUfunction)(void *)f;
	return CUDA_SUCCESS;
}

CUresult cuModuleGetFunctionCount(unsigned *count, CUmodule module)
{
	SIM_CALL(cuModuleGetFunctionCount);
	SIM_LOCKED;
	const struct sim_object *o = sim_find(module, SIM_MODULE);
	if (!count || !o)
		return CUDA_ERROR_INVALID_VALUE;
	*count = o->module.image ? sim_ptx_entries(o->module.image, 0, NULL, 0) : 0;
	return CUDA_SUCCESS;
}

CUresult cuModuleEnumerateFunctions(CUfunction *functions, unsigned most, CUmodule module)
{
	SIM_CALL(cuModuleEnumerateFunctions);
	SIM_LOCKED;
	struct sim_object *o = sim_find(module, SIM_MODULE);
	if (!functions || !o || !o->module.image)
		return CUDA_ERROR_INVALID_VALUE;
	for (unsigned i = 0; i < most; i++)
		functions[i] = (CUfunction)(void *)sim_function_number(o, SIM_FUNCTION, i);
	return CUDA_SUCCESS;
}

/* A variable gets its memory when it is first asked for. */
CUresult sim_global(struct sim_object *module, const char *name, struct sim_block **block)
{
	const char *text = module->module.image;
	uint64_t bytes = text ? sim_ptx_global(text, name) : 0, hash = 14695981039346656037u;
	if (!bytes)
		return CUDA_ERROR_NOT_FOUND;
	for (const char *s = name; *s; s++)
		hash = (hash ^ (unsigned char)*s) * 1099511628211u;
	for (struct sim_block *b = sim_block(module->module.global); b; b = sim_block(b->sibling)) {
		if (b->start == hash) {
			*block = b;
			return CUDA_SUCCESS;
		}
	}
	uint32_t slot = sim_slot(module);
	CUresult r = sim_memory_new(SIM_VARIABLE, module->device, NULL, bytes, 0, 0, block);
	if (r)
		return r;
	memset((void *)sim_block_address(*block), 0, bytes);
	(*block)->start = hash;
	(*block)->sibling = sim_at(slot)->module.global;
	sim_at(slot)->module.global = sim_block_index(*block);
	return CUDA_SUCCESS;
}

static CUresult global(uint64_t *p, uint64_t *bytes, CUmodule module, const char *name)
{
	SIM_LOCKED;
	struct sim_object *o = sim_find(module, SIM_MODULE);
	struct sim_block *b;
	if (!o)
		return CUDA_ERROR_INVALID_HANDLE;
	CUresult r = name ? sim_global(o, name, &b) : CUDA_ERROR_INVALID_VALUE;
	if (!r) {
		*p = sim_block_address(b);
		*bytes = b->bytes;
	}
	return r;
}

CUresult cuModuleGetGlobal_v2(CUdeviceptr *p, size_t *bytes, CUmodule module, const char *name)
{
	SIM_CALL(cuModuleGetGlobal);
	uint64_t at, length;
	CUresult r = global(&at, &length, module, name);
	if (!r && p)
		*p = at;
	if (!r && bytes)
		*bytes = length;
	return r;
}

CUresult cuModuleGetGlobal(CUdeviceptr_v1 *p, unsigned *bytes, CUmodule module, const char *name)
{
	SIM_CALL(cuModuleGetGlobal);
	uint64_t at, length;
	CUresult r = global(&at, &length, module, name);
	if (!r && p)
		*p = (CUdeviceptr_v1)at;
	if (!r && bytes)
		*bytes = (unsigned)length;
	return r;
}
