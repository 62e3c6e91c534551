/* SPDX-License-Identifier: MIT */
/*
 * See gpu_graph.h.  One list of nodes per owner, in buckets by its handle; graphs and
 * instantiations are owners alike.  CUDA forbids to clone a graph with such nodes, and
 * to have more than one instantiation at a time, so that an address has one node; this
 * does not rely on it.
 */
#include "gpu_graph.h"

#include <errno.h>

#include "gpu.h"
#include "gpu_table.h"

#define BUCKETS 64u

enum kind { ALLOC, FREE, INTO }; /* INTO: a capture goes into this graph of the program's */

struct node {
	struct node *next;
	uint64_t owner;
	uint64_t handle; /* CUgraphNode, 0 = not known */
	uint64_t address, size;
	uint64_t context;
	uint64_t capture; /* the capture it is from, until that ends */
	uint64_t scope;   /* of ls_gpu_scope */
	int32_t ordinal;
	uint32_t stack;
	uint16_t kind;
	uint16_t auto_free; /* of an instantiation's: a launch frees what is left of the last */
};

static struct node *buckets[BUCKETS];
static uint32_t generation; /* of the process: a forked child has no driver */
static unsigned count;      /* of nodes: mostly there are none, and nobody takes the lock */

LS_INLINE bool any(void)
{
	return __atomic_load_n(&count, __ATOMIC_RELAXED) != 0;
}

/* ---- the lists, under the lock ---- */

static bool begin(void)
{
	if (!ls_guard_enter())
		return false;
	if (!ls_lock(&ls_gpu_graph_lock)) {
		ls_guard_leave();
		return false;
	}
	if (ls_unlikely(generation != ls_generation)) {
		/* the parent's memory has been given up */
		for (unsigned i = 0; i < BUCKETS; i++)
			buckets[i] = NULL;
		__atomic_store_n(&count, 0, __ATOMIC_RELAXED);
		generation = ls_generation;
	}
	return true;
}

static void end(void)
{
	ls_unlock(&ls_gpu_graph_lock);
	ls_guard_leave();
}

/* ALL: there was memory for all that was to be kept. */
static void end_with(bool all)
{
	end();
	if (!all)
		ls_gpu_untracked("no memory to keep what a CUDA graph allocates");
}

static struct node **bucket(uint64_t owner)
{
	return &buckets[(owner >> 4 ^ owner >> 12) % BUCKETS];
}

static struct node *add(uint64_t owner, const struct node *like)
{
	struct node *n = ls_mem_alloc(sizeof *n), **b = bucket(owner);
	if (!n)
		return NULL;
	*n = *like;
	n->owner = owner;
	n->next = *b;
	*b = n;
	__atomic_store_n(&count, count + 1, __ATOMIC_RELAXED);
	return n;
}

static void forget(struct node **at)
{
	struct node *n = *at;
	*at = n->next;
	ls_mem_free(n, sizeof *n);
	__atomic_store_n(&count, count - 1, __ATOMIC_RELAXED);
}

static void forget_all(uint64_t owner)
{
	for (struct node **at = bucket(owner); *at;)
		if ((*at)->owner == owner)
			forget(at);
		else
			at = &(*at)->next;
}

/* The nodes of FROM, for TO as well; false: no memory for all of them. */
static bool copy_all(uint64_t from, uint64_t to, bool auto_free)
{
	/* what is added comes before these, even in the same bucket */
	for (struct node *n = *bucket(from); n; n = n->next)
		if (n->owner == from && n->kind != INTO) {
			struct node *copy = add(to, n);
			if (!copy)
				return false;
			copy->auto_free = auto_free;
			copy->capture = 0;
		}
	return true;
}

/* ---- nodes ---- */

static void add_locked(uint64_t owner, const struct node *n)
{
	if (!begin())
		return;
	end_with(add(owner, n) != NULL);
}

static void add_alloc(CUgraph graph, struct node *n, uintptr_t pc)
{
	int saved = errno;
	n->kind = ALLOC;
	n->context = ls_tell_context();
	ls_tell_device(n->ordinal);
	n->stack = ls_gpu_stack(pc);
	n->scope = ls_gpu_scope();
	add_locked(ls_handle(graph), n);
	errno = saved;
}

void ls_graph_alloc_node(CUgraph graph, CUgraphNode node, uint64_t address, uint64_t size,
			 int ordinal, uintptr_t pc)
{
	struct node n = {
		.handle = ls_handle(node), .address = address, .size = size, .ordinal = ordinal};
	if (address)
		add_alloc(graph, &n, pc);
}

void ls_graph_free_node(CUgraph graph, CUgraphNode node, uint64_t address)
{
	struct node n = {.kind = FREE, .handle = ls_handle(node), .address = address};
	add_locked(ls_handle(graph), &n);
}

void ls_graph_node_gone(CUgraphNode node)
{
	if (!node || !any() || !begin())
		return;
	for (unsigned i = 0; i < BUCKETS; i++)
		for (struct node **at = &buckets[i]; *at;)
			if ((*at)->handle == ls_handle(node))
				forget(at);
			else
				at = &(*at)->next;
	end();
}

/* ---- captures ---- */

/* The graph that STREAM is captured into, NULL if it isn't. */
static CUgraph capturing(CUstream stream, uint64_t *id)
{
	CUstreamCaptureStatus status = 0;
	CUgraph graph = NULL;
	cuuint64_t capture = 0;
	int saved = errno;
	*id = 0;
	if (!ls_driver.cuStreamIsCapturing || !ls_driver.cuStreamGetCaptureInfo_v2 ||
	    ls_driver.cuStreamIsCapturing(stream, &status) != LS_CU_SUCCESS ||
	    status != LS_CU_CAPTURE_ACTIVE ||
	    ls_driver.cuStreamGetCaptureInfo_v2(stream, &status, &capture, &graph, NULL, NULL) !=
		    LS_CU_SUCCESS)
		graph = NULL;
	*id = capture;
	errno = saved;
	return graph;
}

bool ls_graph_captures(CUstream stream)
{
	uint64_t id;
	return capturing(stream, &id) != NULL;
}

bool ls_graph_captured_alloc(CUstream stream, uint64_t address, uint64_t size, uintptr_t pc)
{
	struct node n = {.address = address, .size = size, .ordinal = -1};
	CUgraph graph = capturing(stream, &n.capture);
	if (!graph)
		return false;
	add_alloc(graph, &n, pc);
	return true;
}

void ls_graph_captured_free(CUstream stream, uint64_t address)
{
	struct node n = {.kind = FREE, .address = address};
	CUgraph graph = capturing(stream, &n.capture);
	if (graph)
		add_locked(ls_handle(graph), &n);
}

void ls_graph_capture_into(CUgraph graph)
{
	struct node n = {.kind = INTO};
	if (graph)
		add_locked(ls_handle(graph), &n);
}

void ls_graph_capture_ends(struct ls_capture *c, CUstream stream)
{
	capturing(stream, &c->id);
}

bool ls_graph_captured(const struct ls_capture *c, CUgraph graph)
{
	bool is_new = graph != NULL;
	if (!any() || !begin())
		return is_new;
	for (unsigned i = 0; i < BUCKETS; i++)
		for (struct node **at = &buckets[i]; *at;) {
			struct node *n = *at;
			bool same_graph = graph && n->owner == ls_handle(graph);
			if (same_graph && n->kind == INTO) {
				is_new = false;
				forget(at);
				continue;
			}
			/* a capture that failed leaves nothing, whatever has its handle now */
			if (n->capture && ((!graph && n->capture == c->id) ||
					   (same_graph && n->capture != c->id))) {
				forget(at);
				continue;
			}
			if (same_graph)
				n->capture = 0;
			at = &n->next;
		}
	end();
	return is_new;
}

/* ---- graphs ---- */

static void forget_owner(uint64_t owner)
{
	if (owner && any() && begin()) {
		forget_all(owner);
		end();
	}
}

void ls_graph_created(CUgraph graph)
{
	forget_owner(ls_handle(graph));
}

void ls_graph_destroyed(CUgraph graph)
{
	forget_owner(ls_handle(graph));
}

void ls_graph_exec_destroyed(CUgraphExec exec)
{
	forget_owner(ls_handle(exec));
}

/* The nodes of FROM are TO's, and none but these. */
static void replace(uint64_t from, uint64_t to, bool auto_free)
{
	forget_all(to);
	end_with(copy_all(from, to, auto_free));
}

void ls_graph_cloned(CUgraph from, CUgraph to)
{
	if (any() && begin())
		replace(ls_handle(from), ls_handle(to), false);
}

void ls_graph_moved(CUgraph child, CUgraph parent)
{
	if (!any() || !begin())
		return;
	bool all = copy_all(ls_handle(child), ls_handle(parent), false);
	forget_all(ls_handle(child));
	end_with(all);
}

void ls_graph_instantiated(CUgraph graph, CUgraphExec exec, uint64_t flags)
{
	if (any() && begin())
		replace(ls_handle(graph), ls_handle(exec), flags & LS_CU_AUTO_FREE_ON_LAUNCH);
}

void ls_graph_updated(CUgraph graph, CUgraphExec exec)
{
	bool auto_free = false;
	if (!any() || !begin())
		return;
	for (struct node *p = *bucket(ls_handle(exec)); p; p = p->next)
		if (p->owner == ls_handle(exec))
			auto_free |= p->auto_free;
	replace(ls_handle(graph), ls_handle(exec), auto_free);
}

/* ---- launches ---- */

/* What a launch makes live, or frees. */
struct ls_graph_memory {
	struct node node;
	bool freed; /* by this graph itself, or: it is a free */
	struct ls_gpu_release release;
};

static unsigned count_of(uint64_t owner)
{
	unsigned n = 0;
	for (struct node *p = *bucket(owner); p; p = p->next)
		n += p->owner == owner;
	return n;
}

/* An allocation that the same graph frees, and the free, are nobody's business. */
static void pair_up(struct ls_launch *l)
{
	for (unsigned i = 0; i < l->count; i++)
		for (unsigned k = 0; l->memory[i].node.kind == FREE && k < l->count; k++)
			if (l->memory[k].node.kind == ALLOC && !l->memory[k].freed &&
			    l->memory[k].node.address == l->memory[i].node.address) {
				l->memory[k].freed = l->memory[i].freed = true;
				break;
			}
}

void ls_graph_launch_begin(struct ls_launch *l, CUgraphExec exec)
{
	uint64_t owner = ls_handle(exec);
	unsigned used = 0;
	l->memory = NULL;
	l->count = 0;
	if (ls_likely(!any()) || !begin())
		return;
	l->count = count_of(owner);
	if (l->count)
		l->memory = ls_mem_alloc(l->count * sizeof *l->memory);
	for (struct node *p = *bucket(owner); l->memory && p && used < l->count; p = p->next)
		if (p->owner == owner)
			l->memory[used++].node = *p;
	end();
	if (!l->memory) {
		if (l->count)
			ls_gpu_untracked("no memory to record a launch of a CUDA graph");
		l->count = 0;
		return;
	}
	pair_up(l);
	for (unsigned i = 0; i < l->count; i++) {
		struct ls_graph_memory *m = &l->memory[i];
		/* an allocation: what is left of the launch before, if that is freed now */
		if (!m->freed && (m->node.kind == FREE || m->node.auto_free))
			ls_gpu_release_begin(&m->release, LS_GPU_ADDRESS, m->node.address);
	}
}

static void now_live(const struct node *p, CUgraphExec exec, CUstream stream)
{
	struct ls_gpu_new n = {.memory = LS_MEM_GRAPH,
			       .type = LS_RES_GRAPH_MEMORY,
			       .class = LS_GPU_ADDRESS,
			       .handle = p->address,
			       .size = p->size,
			       .cuda_context = p->context,
			       .stream = ls_handle(stream),
			       .parent = ls_handle(exec),
			       .ordinal = p->ordinal,
			       .stack = p->stack,
			       .scope = p->scope};
	ls_gpu_created(&n, 0);
}

void ls_graph_launch_end(struct ls_launch *l, CUgraphExec exec, CUstream stream, CUresult result)
{
	for (unsigned i = 0; i < l->count; i++) {
		struct ls_graph_memory *m = &l->memory[i];
		if (m->freed)
			continue;
		/* before the first launch nothing is left */
		if (m->node.kind == FREE || m->release.record)
			ls_tell_released(result, &m->release);
		if (m->node.kind == ALLOC && result == LS_CU_SUCCESS)
			now_live(&m->node, exec, stream);
	}
	if (l->memory)
		ls_mem_free(l->memory, l->count * sizeof *l->memory);
}
