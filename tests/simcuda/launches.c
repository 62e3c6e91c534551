/* SPDX-License-Identifier: MIT */
/* Kernels: their twins in C, and launching them. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"
#include "simcuda.h"

/* ---- the libraries of SIMCUDA_KERNELS ---- */
static const struct simcuda_kernel *tables[32];
static unsigned table_count;

static void load(void)
{
	const char *s = getenv("SIMCUDA_KERNELS");
	while (s && *s) {
		size_t length = strcspn(s, ":");
		char path[4096];
		if (length && length < sizeof path &&
		    table_count < sizeof tables / sizeof *tables) {
			memcpy(path, s, length);
			path[length] = 0;
			void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
			const void *table = library ? dlsym(library, "simcuda_kernels") : NULL;
			if (table)
				tables[table_count++] = table;
		}
		s += length + (s[length] == ':');
	}
}

void sim_twins_load(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, load);
}

sim_twin sim_twin_of(const char *name)
{
	for (unsigned i = 0; i < table_count; i++) {
		for (const struct simcuda_kernel *k = tables[i]; k->name; k++) {
			if (!strcmp(k->name, name))
				return k->run;
		}
	}
	return NULL;
}

/* ---- launches ---- */
struct sim_object *sim_function(CUfunction handle)
{
	struct sim_object *o = sim_peek(handle);
	if (o && (o->kind == SIM_FUNCTION || o->kind == SIM_KERNEL))
		return o;
	sim_account_error();
	return NULL;
}

void sim_launch_run(void *data)
{
	struct sim_launch *l = data;
	void *params[SIM_PARAMETERS];
	if (!l->run)
		return;
	for (uint32_t i = 0; i < l->count; i++)
		params[i] = l->values + l->offsets[i];
	struct simcuda_launch launch = {{l->grid[0], l->grid[1], l->grid[2]},
					{l->block[0], l->block[1], l->block[2]},
					l->shared,
					l->given ? l->given : params};
	l->run(&launch);
}

void sim_launch_keep(struct sim_launch *l)
{
	/* nobody knows how long they are: it does nothing then */
	if (l->given)
		l->run = NULL;
	l->given = NULL;
}

const char *sim_function_text(const struct sim_object *function)
{
	const struct sim_object *owner = sim_at(function->function.owner);
	if (!owner)
		return NULL;
	return owner->kind == SIM_LIBRARY ? owner->library.image : owner->module.image;
}

CUresult sim_launch_new(struct sim_launch **launch, CUfunction handle, const unsigned grid[3],
			const unsigned block[3], unsigned shared, void **params, void **extra)
{
	const struct sim_object *f = sim_function(handle);
	if (!f)
		return CUDA_ERROR_INVALID_HANDLE;
	for (int i = 0; i < 3; i++) {
		if (!grid[i] || !block[i])
			return CUDA_ERROR_INVALID_VALUE;
	}
	if ((uint64_t)block[0] * block[1] * block[2] > 1024 || block[2] > 64 || grid[1] > 65535 ||
	    grid[2] > 65535 || shared > 100 << 10)
		return CUDA_ERROR_INVALID_VALUE;
	uint32_t offsets[SIM_PARAMETERS], sizes[SIM_PARAMETERS];
	const char *text = sim_function_text(f);
	int count =
		text ? sim_ptx_entry(text, f->function.name, offsets, sizes, SIM_PARAMETERS) : 0;
	if (count < 0)
		count = 0;
	uint32_t bytes = count ? offsets[count - 1] + sizes[count - 1] : 0;
	const unsigned char *buffer = NULL;
	for (void **e = extra; e && e[0] != CU_LAUNCH_PARAM_END; e += 2) {
		if (e[0] == CU_LAUNCH_PARAM_BUFFER_POINTER)
			buffer = e[1];
		else if (e[0] == CU_LAUNCH_PARAM_BUFFER_SIZE && *(size_t *)e[1] < bytes)
			return CUDA_ERROR_INVALID_VALUE;
	}
	if ((params && buffer) || (count && !params && !buffer))
		return CUDA_ERROR_INVALID_VALUE;
	struct sim_launch *l = sim_keep(sizeof *l + bytes);
	if (!l)
		return CUDA_ERROR_OUT_OF_MEMORY;
	l->run = f->function.run;
	memcpy(l->grid, grid, sizeof l->grid);
	memcpy(l->block, block, sizeof l->block);
	l->shared = shared;
	l->count = (uint32_t)count;
	l->bytes = bytes;
	l->given = text ? NULL : params;
	memcpy(l->offsets, offsets, (size_t)count * sizeof *offsets);
	for (int i = 0; i < count; i++) {
		if (params && !params[i]) {
			sim_drop(l);
			return CUDA_ERROR_INVALID_VALUE;
		}
		memcpy(l->values + offsets[i], buffer ? buffer + offsets[i] : params[i], sizes[i]);
	}
	*launch = l;
	return CUDA_SUCCESS;
}

static CUresult launch(CUfunction function, const unsigned grid[3], const unsigned block[3],
		       unsigned shared, CUstream stream, void **params, void **extra)
{
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	struct sim_launch *l;
	if (!r)
		r = sim_launch_new(&l, function, grid, block, shared, params, extra);
	if (r)
		return r;
	if (sim_capturing(&where)) {
		sim_launch_keep(l);
		struct sim_node_params node = {
			.run = sim_launch_run, .data = l, .bytes = sim_launch_bytes(l)};
		node.given.kernel = (CUDA_KERNEL_NODE_PARAMS){.func = function,
							      .gridDimX = grid[0],
							      .gridDimY = grid[1],
							      .gridDimZ = grid[2],
							      .blockDimX = block[0],
							      .blockDimY = block[1],
							      .blockDimZ = block[2],
							      .sharedMemBytes = shared};
		return sim_capture_add(&where, CU_GRAPH_NODE_TYPE_KERNEL, &node);
	}
	if (l->given && sim.async)
		sim_run_now(sim_launch_run, l);
	else
		r = sim_submit(&where, sim_launch_run, l, sim_launch_bytes(l), false);
	sim_drop(l);
	return r;
}

CUresult cuLaunchKernel(CUfunction function, unsigned gx, unsigned gy, unsigned gz, unsigned bx,
			unsigned by, unsigned bz, unsigned shared, CUstream stream, void **params,
			void **extra)
{
	SIM_CALL(cuLaunchKernel);
	return launch(function, (unsigned[]){gx, gy, gz}, (unsigned[]){bx, by, bz}, shared, stream,
		      params, extra);
}

CUresult cuLaunchKernelEx(const CUlaunchConfig *c, CUfunction function, void **params, void **extra)
{
	SIM_CALL(cuLaunchKernelEx);
	if (!c)
		return CUDA_ERROR_INVALID_VALUE;
	return launch(function, (unsigned[]){c->gridDimX, c->gridDimY, c->gridDimZ},
		      (unsigned[]){c->blockDimX, c->blockDimY, c->blockDimZ}, c->sharedMemBytes,
		      c->hStream, params, extra);
}

CUresult cuLaunchCooperativeKernel(CUfunction function, unsigned gx, unsigned gy, unsigned gz,
				   unsigned bx, unsigned by, unsigned bz, unsigned shared,
				   CUstream stream, void **params)
{
	SIM_CALL(cuLaunchCooperativeKernel);
	return launch(function, (unsigned[]){gx, gy, gz}, (unsigned[]){bx, by, bz}, shared, stream,
		      params, NULL);
}
