/* SPDX-License-Identifier: MIT */
/* Streams, events and graphs in the stand-in for NVIDIA's runtime library. */
#include "replay_cudart.h"
#include "replay_start.h"

int cudaStreamCreate(CUstream *stream)
{
	CALL("cuStreamCreate", 2000, 0, cuStreamCreate, stream, CU_STREAM_DEFAULT);
}

int cudaStreamCreateWithFlags(CUstream *stream, unsigned flags)
{
	CALL("cuStreamCreate", 2000, 0, cuStreamCreate, stream, flags);
}

int cudaStreamDestroy(CUstream stream)
{
	CALL("cuStreamDestroy", 4000, 0, cuStreamDestroy_v2, stream);
}

int cudaStreamSynchronize(CUstream stream)
{
	CALL("cuStreamSynchronize", 2000, 0, cuStreamSynchronize, stream);
}

int cudaStreamSynchronize_ptsz(CUstream stream)
{
	CALL("cuStreamSynchronize", 7000, 2, cuStreamSynchronize, stream);
}

int cudaStreamBeginCapture(CUstream stream, int mode)
{
	CALL("cuStreamBeginCapture", 10010, 0, cuStreamBeginCapture_v2, stream,
	     (CUstreamCaptureMode)mode);
}

int cudaStreamBeginCapture_ptsz(CUstream stream, int mode)
{
	CALL("cuStreamBeginCapture", 10010, 2, cuStreamBeginCapture_v2, stream,
	     (CUstreamCaptureMode)mode);
}

int cudaStreamEndCapture(CUstream stream, CUgraph *graph)
{
	CALL("cuStreamEndCapture", 10000, 0, cuStreamEndCapture, stream, graph);
}

int cudaStreamEndCapture_ptsz(CUstream stream, CUgraph *graph)
{
	CALL("cuStreamEndCapture", 10000, 2, cuStreamEndCapture, stream, graph);
}

int cudaEventCreate(CUevent *event)
{
	CALL("cuEventCreate", 2000, 0, cuEventCreate, event, CU_EVENT_DEFAULT);
}

int cudaEventCreateWithFlags(CUevent *event, unsigned flags)
{
	CALL("cuEventCreate", 2000, 0, cuEventCreate, event, flags);
}

int cudaEventRecord(CUevent event, CUstream stream)
{
	CALL("cuEventRecord", 2000, 0, cuEventRecord, event, stream);
}

int cudaEventRecord_ptsz(CUevent event, CUstream stream)
{
	CALL("cuEventRecord", 7000, 2, cuEventRecord, event, stream);
}

int cudaEventDestroy(CUevent event)
{
	CALL("cuEventDestroy", 4000, 0, cuEventDestroy_v2, event);
}

int cudaGraphCreate(CUgraph *graph, unsigned flags)
{
	CALL("cuGraphCreate", 10000, 0, cuGraphCreate, graph, flags);
}

int cudaGraphInstantiate(CUgraphExec *exec, CUgraph graph, unsigned long long flags)
{
	CALL("cuGraphInstantiateWithFlags", 11040, 0, cuGraphInstantiateWithFlags, exec, graph,
	     flags);
}

int cudaGraphLaunch(CUgraphExec exec, CUstream stream)
{
	CALL("cuGraphLaunch", 10000, 0, cuGraphLaunch, exec, stream);
}

int cudaGraphLaunch_ptsz(CUgraphExec exec, CUstream stream)
{
	CALL("cuGraphLaunch", 10000, 2, cuGraphLaunch, exec, stream);
}

int cudaGraphExecDestroy(CUgraphExec exec)
{
	CALL("cuGraphExecDestroy", 10000, 0, cuGraphExecDestroy, exec);
}

int cudaGraphDestroy(CUgraph graph)
{
	CALL("cuGraphDestroy", 10000, 0, cuGraphDestroy, graph);
}
