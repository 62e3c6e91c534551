/* SPDX-License-Identifier: MIT */
/* Stands in for what is not written yet. */
#include "sim.h"
CUresult sim_graph_reserve(int device, uint64_t bytes, struct sim_block **block)
{
	return CUDA_ERROR_NOT_SUPPORTED;
}
void sim_graph_idle(struct sim_block *block, const char *how) {}
void sim_graph_unref(uint32_t block) {}
void sim_graph_trim(int device) {}
bool sim_capturing(const struct sim_where *where)
{
	return false;
}
CUresult sim_capture_add(const struct sim_where *where, CUgraphNodeType type, void *params)
{
	return CUDA_ERROR_NOT_SUPPORTED;
}
void sim_capture_event(struct sim_object *event, const struct sim_where *where) {}
CUresult sim_capture_wait(const struct sim_where *where, struct sim_object *event)
{
	return CUDA_ERROR_NOT_SUPPORTED;
}
void sim_capture_forget(struct sim_object *stream) {}
void sim_exec_delete(struct sim_object *exec, const char *how) {}
