/* SPDX-License-Identifier: MIT */
/*
 * Capture: work given to a stream becomes nodes of a graph instead.  Other streams join by
 * waiting for an event that was recorded in a capturing one.
 */
#include <string.h>

#include "sim.h"

static __thread __attribute__((tls_model("initial-exec"))) CUstreamCaptureMode thread_mode;
/* What the last question of this thread was answered with. */
enum { TOLD = 32 };
static __thread __attribute__((tls_model("initial-exec"))) CUgraphNode told[TOLD];

bool sim_capturing(const struct sim_where *where)
{
	return where->stream && where->stream->stream.graph;
}

static bool set_heads(struct sim_object *s, const uint32_t *heads, uint32_t count)
{
	uint32_t *copy = count ? sim_copy(heads, count * sizeof *heads) : NULL;
	if (count && !copy)
		return false;
	sim_drop(s->stream.heads);
	s->stream.heads = copy;
	s->stream.count = count;
	return true;
}

static bool add_head(struct sim_object *s, uint32_t node)
{
	for (uint32_t i = 0; i < s->stream.count; i++) {
		if (s->stream.heads[i] == node)
			return true;
	}
	uint32_t *more = sim_keep((s->stream.count + 1) * sizeof *more);
	if (!more)
		return false;
	if (s->stream.count)
		memcpy(more, s->stream.heads, s->stream.count * sizeof *more);
	more[s->stream.count] = node;
	sim_drop(s->stream.heads);
	s->stream.heads = more;
	s->stream.count++;
	return true;
}

static void leave(struct sim_object *s)
{
	sim_drop(s->stream.heads);
	s->stream.heads = NULL;
	s->stream.count = 0;
	s->stream.graph = 0;
	s->stream.origin = s->stream.borrowed = false;
	s->stream.status = CU_STREAM_CAPTURE_STATUS_NONE;
}

/* Every stream of a capture leaves it. */
static void dissolve(uint64_t capture)
{
	struct sim_object *s = NULL;
	for (uint32_t at = 0; (s = sim_next(at, SIM_STREAM)); at = sim_slot(s)) {
		if (s->stream.graph && s->stream.capture == capture)
			leave(s);
	}
}

CUresult sim_capture_add(const struct sim_where *where, CUgraphNodeType type,
			 struct sim_node_params *params)
{
	struct sim_object *s = where->stream;
	CUresult r;
	params->given.type = type;
	if (params->block && type == CU_GRAPH_NODE_TYPE_MEM_FREE)
		sim_block(params->block)->refs++;
	struct sim_object *n = sim_node_new(sim_at(s->stream.graph), type, s->stream.heads,
					    s->stream.count, params, &r);
	sim_node_params_drop(params);
	if (!n)
		return r;
	uint32_t slot = sim_slot(n);
	return set_heads(s, &slot, 1) ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult sim_capture_event(struct sim_object *event, const struct sim_where *where)
{
	const struct sim_object *s = where->stream;
	uint32_t count = s->stream.count;
	uint32_t *heads = count ? sim_copy(s->stream.heads, count * sizeof *heads) : NULL;
	if (count && !heads)
		return CUDA_ERROR_OUT_OF_MEMORY;
	event->event.graph = s->stream.graph;
	event->event.capture = s->stream.capture;
	event->event.heads = heads;
	event->event.count = count;
	return CUDA_SUCCESS;
}

static bool capture_active(uint64_t capture)
{
	const struct sim_object *s = NULL;
	for (uint32_t at = 0; (s = sim_next(at, SIM_STREAM)); at = sim_slot(s)) {
		if (s->stream.graph && s->stream.capture == capture)
			return true;
	}
	return false;
}

CUresult sim_capture_wait(const struct sim_where *where, struct sim_object *event)
{
	struct sim_object *s = where->stream;
	if (!capture_active(event->event.capture))
		return CUDA_ERROR_INVALID_VALUE;
	if (!s)
		return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
	if (!s->stream.graph) {
		s->stream.graph = event->event.graph;
		s->stream.capture = event->event.capture;
		s->stream.status = CU_STREAM_CAPTURE_STATUS_ACTIVE;
	} else if (s->stream.capture != event->event.capture) {
		return CUDA_ERROR_STREAM_CAPTURE_MERGE;
	}
	for (uint32_t i = 0; i < event->event.count; i++) {
		if (!add_head(s, event->event.heads[i]))
			return CUDA_ERROR_OUT_OF_MEMORY;
	}
	return CUDA_SUCCESS;
}

void sim_capture_forget(struct sim_object *s)
{
	if (!s->stream.graph)
		return;
	struct sim_object *graph = sim_at(s->stream.graph);
	bool own = s->stream.origin && !s->stream.borrowed;
	if (s->stream.origin)
		dissolve(s->stream.capture);
	else
		leave(s);
	if (own)
		sim_graph_delete(graph, NULL);
}

/* ---- begin and end ---- */
static CUresult begin(CUstream stream, CUgraph graph, const CUgraphNode *needs, size_t count,
		      CUstreamCaptureMode mode)
{
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	struct sim_object *s = where.stream, *g;
	if (r)
		return r;
	if ((unsigned)mode > CU_STREAM_CAPTURE_MODE_RELAXED || (count && !needs))
		return CUDA_ERROR_INVALID_VALUE;
	if (!s) /* the default streams can't be captured here */
		return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
	if (s->stream.graph)
		return CUDA_ERROR_ILLEGAL_STATE;
	g = graph ? sim_find(graph, SIM_GRAPH) : sim_graph_new();
	if (!g)
		return graph ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_OUT_OF_MEMORY;
	for (size_t i = 0; i < count; i++) {
		const struct sim_object *n = sim_find(needs[i], SIM_NODE);
		if (!n || !add_head(s, sim_slot(n))) {
			leave(s);
			return CUDA_ERROR_INVALID_VALUE;
		}
	}
	s->stream.graph = sim_slot(g);
	s->stream.capture = sim_id();
	s->stream.origin = true;
	s->stream.borrowed = graph != NULL;
	s->stream.status = CU_STREAM_CAPTURE_STATUS_ACTIVE;
	return CUDA_SUCCESS;
}

CUresult cuStreamBeginCapture(CUstream stream)
{
	SIM_CALL(cuStreamBeginCapture);
	return begin(stream, NULL, NULL, 0, CU_STREAM_CAPTURE_MODE_GLOBAL);
}

CUresult cuStreamBeginCapture_v2(CUstream stream, CUstreamCaptureMode mode)
{
	SIM_CALL(cuStreamBeginCapture);
	return begin(stream, NULL, NULL, 0, mode);
}

CUresult cuStreamBeginCaptureToGraph(CUstream stream, CUgraph graph, const CUgraphNode *needs,
				     const CUgraphEdgeData *data, size_t count,
				     CUstreamCaptureMode mode)
{
	SIM_CALL(cuStreamBeginCaptureToGraph);
	(void)data;
	return graph ? begin(stream, graph, needs, count, mode) : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuStreamEndCapture(CUstream stream, CUgraph *graph)
{
	SIM_CALL_SLOW(cuStreamEndCapture);
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	struct sim_object *s = where.stream;
	if (r || !graph)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	*graph = NULL;
	if (!s || !s->stream.graph)
		return CUDA_ERROR_ILLEGAL_STATE;
	if (!s->stream.origin)
		return CUDA_ERROR_STREAM_CAPTURE_UNMATCHED;
	struct sim_object *g = sim_at(s->stream.graph);
	bool borrowed = s->stream.borrowed;
	dissolve(s->stream.capture);
	if (!borrowed)
		sim_count_new(g);
	*graph = (CUgraph)(void *)g;
	return CUDA_SUCCESS;
}

CUresult cuStreamIsCapturing(CUstream stream, CUstreamCaptureStatus *status)
{
	SIM_CALL(cuStreamIsCapturing);
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	if (r || !status)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	*status = where.stream ? where.stream->stream.status : CU_STREAM_CAPTURE_STATUS_NONE;
	return CUDA_SUCCESS;
}

static CUresult information(CUstream stream, CUstreamCaptureStatus *status, uint64_t *id,
			    CUgraph *graph, const CUgraphNode **needs, size_t *count)
{
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	const struct sim_object *s = where.stream;
	if (r || !status)
		return r ? r : CUDA_ERROR_INVALID_VALUE;
	bool active = s && s->stream.graph;
	*status = active ? s->stream.status : CU_STREAM_CAPTURE_STATUS_NONE;
	if (id)
		*id = active ? s->stream.capture : 0;
	if (graph)
		*graph = active ? (CUgraph)(void *)sim_at(s->stream.graph) : NULL;
	uint32_t n = active ? s->stream.count : 0;
	for (uint32_t i = 0; i < n && i < TOLD; i++)
		told[i] = (CUgraphNode)(void *)sim_at(s->stream.heads[i]);
	if (needs)
		*needs = active ? told : NULL;
	if (count)
		*count = n < TOLD ? n : TOLD;
	return CUDA_SUCCESS;
}

CUresult cuStreamGetCaptureInfo(CUstream stream, CUstreamCaptureStatus *status, uint64_t *id)
{
	SIM_CALL(cuStreamGetCaptureInfo);
	return information(stream, status, id, NULL, NULL, NULL);
}

CUresult cuStreamGetCaptureInfo_v2(CUstream stream, CUstreamCaptureStatus *status, uint64_t *id,
				   CUgraph *graph, const CUgraphNode **needs, size_t *count)
{
	SIM_CALL(cuStreamGetCaptureInfo);
	return information(stream, status, id, graph, needs, count);
}

CUresult cuStreamGetCaptureInfo_v3(CUstream stream, CUstreamCaptureStatus *status, uint64_t *id,
				   CUgraph *graph, const CUgraphNode **needs,
				   const CUgraphEdgeData **data, size_t *count)
{
	SIM_CALL(cuStreamGetCaptureInfo);
	if (data)
		*data = NULL;
	return information(stream, status, id, graph, needs, count);
}

static CUresult change(CUstream stream, CUgraphNode *needs, size_t count, unsigned flags)
{
	SIM_LOCKED;
	struct sim_where where;
	CUresult r = sim_where(stream, &where);
	struct sim_object *s = where.stream;
	if (r)
		return r;
	if (!s || !s->stream.graph)
		return CUDA_ERROR_ILLEGAL_STATE;
	if (flags > CU_STREAM_SET_CAPTURE_DEPENDENCIES || (count && !needs))
		return CUDA_ERROR_INVALID_VALUE;
	if (flags == CU_STREAM_SET_CAPTURE_DEPENDENCIES)
		set_heads(s, NULL, 0);
	for (size_t i = 0; i < count; i++) {
		const struct sim_object *n = sim_find(needs[i], SIM_NODE);
		if (!n || !add_head(s, sim_slot(n)))
			return CUDA_ERROR_INVALID_VALUE;
	}
	return CUDA_SUCCESS;
}

CUresult cuStreamUpdateCaptureDependencies(CUstream stream, CUgraphNode *needs, size_t count,
					   unsigned flags)
{
	SIM_CALL(cuStreamUpdateCaptureDependencies);
	return change(stream, needs, count, flags);
}

CUresult cuStreamUpdateCaptureDependencies_v2(CUstream stream, CUgraphNode *needs,
					      const CUgraphEdgeData *data, size_t count,
					      unsigned flags)
{
	SIM_CALL(cuStreamUpdateCaptureDependencies);
	(void)data;
	return change(stream, needs, count, flags);
}

CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode *mode)
{
	SIM_CALL(cuThreadExchangeStreamCaptureMode);
	if (!mode || (unsigned)*mode > CU_STREAM_CAPTURE_MODE_RELAXED)
		return CUDA_ERROR_INVALID_VALUE;
	CUstreamCaptureMode before = thread_mode;
	thread_mode = *mode;
	*mode = before;
	return CUDA_SUCCESS;
}
