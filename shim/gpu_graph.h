/* SPDX-License-Identifier: MIT */
/*
 * Memory that graphs allocate: a node says what and where, and each launch makes it
 * live, until a free outside the graph, or another graph's free node, ends it.  What the
 * same graph frees again is never live between launches, and isn't recorded.  The stack
 * and scope are those of the node's creation.
 *
 * Called by wrappers, with ls_driver_enter in force; all keep errno.  The memory kept is
 * bounded by the nodes that exist.
 */
#ifndef LS_GPU_GRAPH_H
#define LS_GPU_GRAPH_H

#include "gpu_tell.h"

/* Nodes that are added.  ORDINAL: the device, -1 = the current one. */
void ls_graph_alloc_node(CUgraph graph, CUgraphNode node, uint64_t address, uint64_t size,
			 int ordinal, uintptr_t pc);
void ls_graph_free_node(CUgraph graph, CUgraphNode node, uint64_t address);
void ls_graph_node_gone(CUgraphNode node);

/* Streams that are captured into a graph. */
bool ls_graph_captures(CUstream stream);
/* True if the allocation has become a node. */
bool ls_graph_captured_alloc(CUstream stream, uint64_t address, uint64_t size, uintptr_t pc);
void ls_graph_captured_free(CUstream stream, uint64_t address);
/* The capture goes into a graph that exists; it ends, with GRAPH or NULL.  True if GRAPH is new. */
void ls_graph_capture_into(CUgraph graph);
struct ls_capture {
	uint64_t id;
};
void ls_graph_capture_ends(struct ls_capture *c, CUstream stream);
bool ls_graph_captured(const struct ls_capture *c, CUgraph graph);

/* A new graph, whose handle may have been another's. */
void ls_graph_created(CUgraph graph);
void ls_graph_cloned(CUgraph from, CUgraph to);
/* The nodes of CHILD are PARENT's now. */
void ls_graph_moved(CUgraph child, CUgraph parent);
void ls_graph_destroyed(CUgraph graph);

/* What GRAPH is now is what EXEC does from now on. */
void ls_graph_instantiated(CUgraph graph, CUgraphExec exec, uint64_t flags);
void ls_graph_updated(CUgraph graph, CUgraphExec exec);
void ls_graph_exec_destroyed(CUgraphExec exec);

/* Before and after a launch.  Frees are begun before: the addresses may be used again at once. */
struct ls_launch {
	struct ls_graph_memory *memory; /* NULL: the graph has none */
	unsigned count;
};
void ls_graph_launch_begin(struct ls_launch *l, CUgraphExec exec);
void ls_graph_launch_end(struct ls_launch *l, CUgraphExec exec, CUstream stream, CUresult result);

#endif
