/* SPDX-License-Identifier: MIT */
/* The linker: what it makes of several texts of PTX is one after the other. */
#include <string.h>

#include "sim.h"

static CUresult create(CUlinkState *state)
{
	if (!state)
		return CUDA_ERROR_INVALID_VALUE;
	SIM_LOCKED;
	CUresult r;
	const struct sim_object *context = sim_current(&r);
	if (!context)
		return r;
	struct sim_object *o = sim_new(SIM_LINK, context);
	if (!o)
		return CUDA_ERROR_OUT_OF_MEMORY;
	sim_count_new(o);
	*state = (CUlinkState)(void *)o;
	return CUDA_SUCCESS;
}

CUresult cuLinkCreate(unsigned count, CUjit_option *options, void **values, CUlinkState *state)
{
	SIM_CALL_SLOW(cuLinkCreate);
	(void)count, (void)options, (void)values;
	return create(state);
}

CUresult cuLinkCreate_v2(unsigned count, CUjit_option *options, void **values, CUlinkState *state)
{
	SIM_CALL_SLOW(cuLinkCreate);
	(void)count, (void)options, (void)values;
	return create(state);
}

static CUresult add(CUlinkState state, CUjitInputType type, const void *data, size_t bytes)
{
	SIM_LOCKED;
	struct sim_object *o = sim_find(state, SIM_LINK);
	if (!o)
		return CUDA_ERROR_INVALID_HANDLE;
	if (!data || !bytes)
		return CUDA_ERROR_INVALID_VALUE;
	if (type != CU_JIT_INPUT_PTX) /* taken, but nothing is known of it */
		return CUDA_SUCCESS;
	size_t length = strnlen(data, bytes);
	char *image = sim_keep(o->link.length + length + 2);
	if (!image)
		return CUDA_ERROR_OUT_OF_MEMORY;
	if (o->link.length)
		memcpy(image, o->link.image, o->link.length);
	memcpy(image + o->link.length, data, length);
	image[o->link.length + length] = '\n';
	sim_drop(o->link.image);
	o->link.image = image;
	o->link.length += length + 1;
	return CUDA_SUCCESS;
}

CUresult cuLinkAddData(CUlinkState state, CUjitInputType type, void *data, size_t bytes,
		       const char *name, unsigned count, CUjit_option *options, void **values)
{
	SIM_CALL(cuLinkAddData);
	(void)name, (void)count, (void)options, (void)values;
	return add(state, type, data, bytes);
}

CUresult cuLinkAddData_v2(CUlinkState state, CUjitInputType type, void *data, size_t bytes,
			  const char *name, unsigned count, CUjit_option *options, void **values)
{
	SIM_CALL(cuLinkAddData);
	(void)name, (void)count, (void)options, (void)values;
	return add(state, type, data, bytes);
}

static CUresult add_file(CUlinkState state, CUjitInputType type, const char *path)
{
	size_t mapped = 0;
	void *data = sim_file(path, &mapped);
	if (!data)
		return CUDA_ERROR_FILE_NOT_FOUND;
	CUresult r = add(state, type, data, mapped);
	sim_unmap(data, mapped);
	return r;
}

CUresult cuLinkAddFile(CUlinkState state, CUjitInputType type, const char *path, unsigned count,
		       CUjit_option *options, void **values)
{
	SIM_CALL(cuLinkAddFile);
	(void)count, (void)options, (void)values;
	return add_file(state, type, path);
}

CUresult cuLinkAddFile_v2(CUlinkState state, CUjitInputType type, const char *path, unsigned count,
			  CUjit_option *options, void **values)
{
	SIM_CALL(cuLinkAddFile);
	(void)count, (void)options, (void)values;
	return add_file(state, type, path);
}

/* The result belongs to the state. */
CUresult cuLinkComplete(CUlinkState state, void **image, size_t *bytes)
{
	SIM_CALL(cuLinkComplete);
	SIM_LOCKED;
	static char empty[] = "\177ELF";
	const struct sim_object *o = sim_find(state, SIM_LINK);
	if (!o || !image)
		return o ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_INVALID_HANDLE;
	*image = o->link.image ? o->link.image : empty;
	if (bytes)
		*bytes = o->link.image ? o->link.length : sizeof empty;
	return CUDA_SUCCESS;
}

CUresult cuLinkDestroy(CUlinkState state)
{
	SIM_CALL_SLOW(cuLinkDestroy);
	SIM_LOCKED;
	struct sim_object *o = sim_find(state, SIM_LINK);
	if (!o)
		return CUDA_ERROR_INVALID_HANDLE;
	sim_delete(o, "call");
	return CUDA_SUCCESS;
}
