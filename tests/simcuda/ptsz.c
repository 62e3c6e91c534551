/* SPDX-License-Identifier: MIT */
/*
 * The variants for programs whose default stream is one for each thread: NULL is another
 * stream there.  Calls without a stream wait for what they started either way.
 */
#include "sim.h"

#define S(stream) ((stream) ? (stream) : CU_STREAM_PER_THREAD)

CUresult cuEventRecord_ptsz(CUevent a, CUstream b)
{
	return cuEventRecord(a, S(b));
}

CUresult cuEventRecordWithFlags_ptsz(CUevent a, CUstream b, unsigned c)
{
	return cuEventRecordWithFlags(a, S(b), c);
}

CUresult cuGraphInstantiateWithParams_ptsz(CUgraphExec *a, CUgraph b,
					   CUDA_GRAPH_INSTANTIATE_PARAMS *c)
{
	return cuGraphInstantiateWithParams(a, b, c);
}

CUresult cuGraphLaunch_ptsz(CUgraphExec a, CUstream b)
{
	return cuGraphLaunch(a, S(b));
}

CUresult cuGraphUpload_ptsz(CUgraphExec a, CUstream b)
{
	return cuGraphUpload(a, S(b));
}

CUresult cuLaunchCooperativeKernel_ptsz(CUfunction a, unsigned b, unsigned c, unsigned d,
					unsigned e, unsigned f, unsigned g, unsigned h, CUstream i,
					void **j)
{
	return cuLaunchCooperativeKernel(a, b, c, d, e, f, g, h, S(i), j);
}

CUresult cuLaunchHostFunc_ptsz(CUstream a, CUhostFn b, void *c)
{
	return cuLaunchHostFunc(S(a), b, c);
}

CUresult cuLaunchKernel_ptsz(CUfunction a, unsigned b, unsigned c, unsigned d, unsigned e,
			     unsigned f, unsigned g, unsigned h, CUstream i, void **j, void **k)
{
	return cuLaunchKernel(a, b, c, d, e, f, g, h, S(i), j, k);
}

CUresult cuLaunchKernelEx_ptsz(const CUlaunchConfig *a, CUfunction b, void **c, void **d)
{
	if (!a)
		return CUDA_ERROR_INVALID_VALUE;
	CUlaunchConfig config = *a;
	config.hStream = S(config.hStream);
	return cuLaunchKernelEx(&config, b, c, d);
}

CUresult cuMemAllocAsync_ptsz(CUdeviceptr *a, size_t b, CUstream c)
{
	return cuMemAllocAsync(a, b, S(c));
}

CUresult cuMemAllocFromPoolAsync_ptsz(CUdeviceptr *a, size_t b, CUmemoryPool c, CUstream d)
{
	return cuMemAllocFromPoolAsync(a, b, c, S(d));
}

CUresult cuMemFreeAsync_ptsz(CUdeviceptr a, CUstream b)
{
	return cuMemFreeAsync(a, S(b));
}

CUresult cuMemPrefetchAsync_ptsz(CUdeviceptr a, size_t b, CUdevice c, CUstream d)
{
	return cuMemPrefetchAsync(a, b, c, S(d));
}

CUresult cuMemPrefetchAsync_v2_ptsz(CUdeviceptr a, size_t b, CUmemLocation c, unsigned d,
				    CUstream e)
{
	return cuMemPrefetchAsync_v2(a, b, c, d, S(e));
}

CUresult cuMemcpy_ptds(CUdeviceptr a, CUdeviceptr b, size_t c)
{
	return cuMemcpy(a, b, c);
}

CUresult cuMemcpy2D_v2_ptds(const CUDA_MEMCPY2D *a)
{
	return cuMemcpy2D_v2(a);
}

CUresult cuMemcpy2DAsync_v2_ptsz(const CUDA_MEMCPY2D *a, CUstream b)
{
	return cuMemcpy2DAsync_v2(a, S(b));
}

CUresult cuMemcpy2DUnaligned_v2_ptds(const CUDA_MEMCPY2D *a)
{
	return cuMemcpy2DUnaligned_v2(a);
}

CUresult cuMemcpy3D_v2_ptds(const CUDA_MEMCPY3D *a)
{
	return cuMemcpy3D_v2(a);
}

CUresult cuMemcpy3DAsync_v2_ptsz(const CUDA_MEMCPY3D *a, CUstream b)
{
	return cuMemcpy3DAsync_v2(a, S(b));
}

CUresult cuMemcpy3DPeer_ptds(const CUDA_MEMCPY3D_PEER *a)
{
	return cuMemcpy3DPeer(a);
}

CUresult cuMemcpy3DPeerAsync_ptsz(const CUDA_MEMCPY3D_PEER *a, CUstream b)
{
	return cuMemcpy3DPeerAsync(a, S(b));
}

CUresult cuMemcpyAsync_ptsz(CUdeviceptr a, CUdeviceptr b, size_t c, CUstream d)
{
	return cuMemcpyAsync(a, b, c, S(d));
}

CUresult cuMemcpyAtoA_v2_ptds(CUarray a, size_t b, CUarray c, size_t d, size_t e)
{
	return cuMemcpyAtoA_v2(a, b, c, d, e);
}

CUresult cuMemcpyAtoD_v2_ptds(CUdeviceptr a, CUarray b, size_t c, size_t d)
{
	return cuMemcpyAtoD_v2(a, b, c, d);
}

CUresult cuMemcpyAtoH_v2_ptds(void *a, CUarray b, size_t c, size_t d)
{
	return cuMemcpyAtoH_v2(a, b, c, d);
}

CUresult cuMemcpyAtoHAsync_v2_ptsz(void *a, CUarray b, size_t c, size_t d, CUstream e)
{
	return cuMemcpyAtoHAsync_v2(a, b, c, d, S(e));
}

CUresult cuMemcpyDtoA_v2_ptds(CUarray a, size_t b, CUdeviceptr c, size_t d)
{
	return cuMemcpyDtoA_v2(a, b, c, d);
}

CUresult cuMemcpyDtoD_v2_ptds(CUdeviceptr a, CUdeviceptr b, size_t c)
{
	return cuMemcpyDtoD_v2(a, b, c);
}

CUresult cuMemcpyDtoDAsync_v2_ptsz(CUdeviceptr a, CUdeviceptr b, size_t c, CUstream d)
{
	return cuMemcpyDtoDAsync_v2(a, b, c, S(d));
}

CUresult cuMemcpyDtoH_v2_ptds(void *a, CUdeviceptr b, size_t c)
{
	return cuMemcpyDtoH_v2(a, b, c);
}

CUresult cuMemcpyDtoHAsync_v2_ptsz(void *a, CUdeviceptr b, size_t c, CUstream d)
{
	return cuMemcpyDtoHAsync_v2(a, b, c, S(d));
}

CUresult cuMemcpyHtoA_v2_ptds(CUarray a, size_t b, const void *c, size_t d)
{
	return cuMemcpyHtoA_v2(a, b, c, d);
}

CUresult cuMemcpyHtoAAsync_v2_ptsz(CUarray a, size_t b, const void *c, size_t d, CUstream e)
{
	return cuMemcpyHtoAAsync_v2(a, b, c, d, S(e));
}

CUresult cuMemcpyHtoD_v2_ptds(CUdeviceptr a, const void *b, size_t c)
{
	return cuMemcpyHtoD_v2(a, b, c);
}

CUresult cuMemcpyHtoDAsync_v2_ptsz(CUdeviceptr a, const void *b, size_t c, CUstream d)
{
	return cuMemcpyHtoDAsync_v2(a, b, c, S(d));
}

CUresult cuMemcpyPeer_ptds(CUdeviceptr a, CUcontext b, CUdeviceptr c, CUcontext d, size_t e)
{
	return cuMemcpyPeer(a, b, c, d, e);
}

CUresult cuMemcpyPeerAsync_ptsz(CUdeviceptr a, CUcontext b, CUdeviceptr c, CUcontext d, size_t e,
				CUstream f)
{
	return cuMemcpyPeerAsync(a, b, c, d, e, S(f));
}

CUresult cuMemsetD16_v2_ptds(CUdeviceptr a, unsigned short b, size_t c)
{
	return cuMemsetD16_v2(a, b, c);
}

CUresult cuMemsetD16Async_ptsz(CUdeviceptr a, unsigned short b, size_t c, CUstream d)
{
	return cuMemsetD16Async(a, b, c, S(d));
}

CUresult cuMemsetD2D16_v2_ptds(CUdeviceptr a, size_t b, unsigned short c, size_t d, size_t e)
{
	return cuMemsetD2D16_v2(a, b, c, d, e);
}

CUresult cuMemsetD2D16Async_ptsz(CUdeviceptr a, size_t b, unsigned short c, size_t d, size_t e,
				 CUstream f)
{
	return cuMemsetD2D16Async(a, b, c, d, e, S(f));
}

CUresult cuMemsetD2D32_v2_ptds(CUdeviceptr a, size_t b, unsigned c, size_t d, size_t e)
{
	return cuMemsetD2D32_v2(a, b, c, d, e);
}

CUresult cuMemsetD2D32Async_ptsz(CUdeviceptr a, size_t b, unsigned c, size_t d, size_t e,
				 CUstream f)
{
	return cuMemsetD2D32Async(a, b, c, d, e, S(f));
}

CUresult cuMemsetD2D8_v2_ptds(CUdeviceptr a, size_t b, unsigned char c, size_t d, size_t e)
{
	return cuMemsetD2D8_v2(a, b, c, d, e);
}

CUresult cuMemsetD2D8Async_ptsz(CUdeviceptr a, size_t b, unsigned char c, size_t d, size_t e,
				CUstream f)
{
	return cuMemsetD2D8Async(a, b, c, d, e, S(f));
}

CUresult cuMemsetD32_v2_ptds(CUdeviceptr a, unsigned b, size_t c)
{
	return cuMemsetD32_v2(a, b, c);
}

CUresult cuMemsetD32Async_ptsz(CUdeviceptr a, unsigned b, size_t c, CUstream d)
{
	return cuMemsetD32Async(a, b, c, S(d));
}

CUresult cuMemsetD8_v2_ptds(CUdeviceptr a, unsigned char b, size_t c)
{
	return cuMemsetD8_v2(a, b, c);
}

CUresult cuMemsetD8Async_ptsz(CUdeviceptr a, unsigned char b, size_t c, CUstream d)
{
	return cuMemsetD8Async(a, b, c, S(d));
}

CUresult cuSignalExternalSemaphoresAsync_ptsz(const CUexternalSemaphore *a,
					      const CUDA_EXTERNAL_SEMAPHORE_SIGNAL_PARAMS *b,
					      unsigned c, CUstream d)
{
	return cuSignalExternalSemaphoresAsync(a, b, c, S(d));
}

CUresult cuStreamAddCallback_ptsz(CUstream a, CUstreamCallback b, void *c, unsigned d)
{
	return cuStreamAddCallback(S(a), b, c, d);
}

CUresult cuStreamAttachMemAsync_ptsz(CUstream a, CUdeviceptr b, size_t c, unsigned d)
{
	return cuStreamAttachMemAsync(S(a), b, c, d);
}

CUresult cuStreamBeginCapture_ptsz(CUstream a)
{
	return cuStreamBeginCapture(S(a));
}

CUresult cuStreamBeginCapture_v2_ptsz(CUstream a, CUstreamCaptureMode b)
{
	return cuStreamBeginCapture_v2(S(a), b);
}

CUresult cuStreamBeginCaptureToGraph_ptsz(CUstream a, CUgraph b, const CUgraphNode *c,
					  const CUgraphEdgeData *d, size_t e, CUstreamCaptureMode f)
{
	return cuStreamBeginCaptureToGraph(S(a), b, c, d, e, f);
}

CUresult cuStreamCopyAttributes_ptsz(CUstream a, CUstream b)
{
	return cuStreamCopyAttributes(S(a), S(b));
}

CUresult cuStreamEndCapture_ptsz(CUstream a, CUgraph *b)
{
	return cuStreamEndCapture(S(a), b);
}

CUresult cuStreamGetAttribute_ptsz(CUstream a, CUstreamAttrID b, CUstreamAttrValue *c)
{
	return cuStreamGetAttribute(S(a), b, c);
}

CUresult cuStreamGetCaptureInfo_ptsz(CUstream a, CUstreamCaptureStatus *b, uint64_t *c)
{
	return cuStreamGetCaptureInfo(S(a), b, c);
}

CUresult cuStreamGetCaptureInfo_v2_ptsz(CUstream a, CUstreamCaptureStatus *b, uint64_t *c,
					CUgraph *d, const CUgraphNode **e, size_t *f)
{
	return cuStreamGetCaptureInfo_v2(S(a), b, c, d, e, f);
}

CUresult cuStreamGetCaptureInfo_v3_ptsz(CUstream a, CUstreamCaptureStatus *b, uint64_t *c,
					CUgraph *d, const CUgraphNode **e,
					const CUgraphEdgeData **f, size_t *g)
{
	return cuStreamGetCaptureInfo_v3(S(a), b, c, d, e, f, g);
}

CUresult cuStreamGetCtx_ptsz(CUstream a, CUcontext *b)
{
	return cuStreamGetCtx(S(a), b);
}

CUresult cuStreamGetCtx_v2_ptsz(CUstream a, CUcontext *b, CUgreenCtx *c)
{
	return cuStreamGetCtx_v2(S(a), b, c);
}

CUresult cuStreamGetDevice_ptsz(CUstream a, CUdevice *b)
{
	return cuStreamGetDevice(S(a), b);
}

CUresult cuStreamGetFlags_ptsz(CUstream a, unsigned *b)
{
	return cuStreamGetFlags(S(a), b);
}

CUresult cuStreamGetId_ptsz(CUstream a, unsigned long long *b)
{
	return cuStreamGetId(S(a), b);
}

CUresult cuStreamGetPriority_ptsz(CUstream a, int *b)
{
	return cuStreamGetPriority(S(a), b);
}

CUresult cuStreamIsCapturing_ptsz(CUstream a, CUstreamCaptureStatus *b)
{
	return cuStreamIsCapturing(S(a), b);
}

CUresult cuStreamQuery_ptsz(CUstream a)
{
	return cuStreamQuery(S(a));
}

CUresult cuStreamSetAttribute_ptsz(CUstream a, CUstreamAttrID b, const CUstreamAttrValue *c)
{
	return cuStreamSetAttribute(S(a), b, c);
}

CUresult cuStreamSynchronize_ptsz(CUstream a)
{
	return cuStreamSynchronize(S(a));
}

CUresult cuStreamUpdateCaptureDependencies_ptsz(CUstream a, CUgraphNode *b, size_t c, unsigned d)
{
	return cuStreamUpdateCaptureDependencies(S(a), b, c, d);
}

CUresult cuStreamUpdateCaptureDependencies_v2_ptsz(CUstream a, CUgraphNode *b,
						   const CUgraphEdgeData *c, size_t d, unsigned e)
{
	return cuStreamUpdateCaptureDependencies_v2(S(a), b, c, d, e);
}

CUresult cuStreamWaitEvent_ptsz(CUstream a, CUevent b, unsigned c)
{
	return cuStreamWaitEvent(S(a), b, c);
}

CUresult cuStreamWaitValue32_ptsz(CUstream a, CUdeviceptr b, uint32_t c, unsigned d)
{
	return cuStreamWaitValue32(S(a), b, c, d);
}

CUresult cuStreamWaitValue32_v2_ptsz(CUstream a, CUdeviceptr b, uint32_t c, unsigned d)
{
	return cuStreamWaitValue32_v2(S(a), b, c, d);
}

CUresult cuStreamWaitValue64_ptsz(CUstream a, CUdeviceptr b, uint64_t c, unsigned d)
{
	return cuStreamWaitValue64(S(a), b, c, d);
}

CUresult cuStreamWaitValue64_v2_ptsz(CUstream a, CUdeviceptr b, uint64_t c, unsigned d)
{
	return cuStreamWaitValue64_v2(S(a), b, c, d);
}

CUresult cuStreamWriteValue32_ptsz(CUstream a, CUdeviceptr b, uint32_t c, unsigned d)
{
	return cuStreamWriteValue32(S(a), b, c, d);
}

CUresult cuStreamWriteValue32_v2_ptsz(CUstream a, CUdeviceptr b, uint32_t c, unsigned d)
{
	return cuStreamWriteValue32_v2(S(a), b, c, d);
}

CUresult cuStreamWriteValue64_ptsz(CUstream a, CUdeviceptr b, uint64_t c, unsigned d)
{
	return cuStreamWriteValue64(S(a), b, c, d);
}

CUresult cuStreamWriteValue64_v2_ptsz(CUstream a, CUdeviceptr b, uint64_t c, unsigned d)
{
	return cuStreamWriteValue64_v2(S(a), b, c, d);
}

CUresult cuWaitExternalSemaphoresAsync_ptsz(const CUexternalSemaphore *a,
					    const CUDA_EXTERNAL_SEMAPHORE_WAIT_PARAMS *b,
					    unsigned c, CUstream d)
{
	return cuWaitExternalSemaphoresAsync(a, b, c, S(d));
}
