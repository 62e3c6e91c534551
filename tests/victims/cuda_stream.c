/* SPDX-License-Identifier: MIT */
/*
 * Streams and events, handles without bytes.
 *
 * cuda: all
 * variants: gcc:-O0
 * expect: leak stream kind=device memory=handle top=cuStreamCreate bytes=0 blocks=2 frames=stream:created,leak:leak_stream,main
 * expect: leak priority kind=device memory=handle top=cuStreamCreate(WithPriority)? bytes=0 blocks=1 frames=leak:priority,main
 * expect: leak event kind=device memory=handle top=cuEventCreate bytes=0 blocks=1 frames=event:event,leak:leak_event,main
 * expect: leak scoped kind=device memory=handle top=cuStreamCreate bytes=0 blocks=1 scope=/work frames=stream:created,leak_scoped,main
 * expect: leak gone kind=device memory=handle reclaimed=yes top=cuStreamCreate bytes=0 blocks=1 frames=stream:created,after_context:gone_stream,main
 * expect: leak gone_event kind=device memory=handle reclaimed=yes top=cuEventCreate bytes=0 blocks=1 frames=event:event,after_context:gone_event,main
 */
#include "cuda_way.h"
#include <leakscope/leakscope.h>

static NOINLINE CUstream stream(void)
{
	CUstream made = NULL;
	OK(CU(cuStreamCreate)(&made, CU_STREAM_DEFAULT)); /* LEAK:created */
	CHECK(made);
	return made;
}

static NOINLINE CUevent event(void)
{
	CUevent made = NULL;
	OK(CU(cuEventCreate)(&made, CU_EVENT_DISABLE_TIMING)); /* LEAK:event */
	CHECK(made);
	return made;
}

static NOINLINE void leak(void)
{
	CUstream made = NULL;
	for (int i = 0; i < 2; i++)
		stream();                                                     /* AT:leak_stream */
	OK(CU(cuStreamCreateWithPriority)(&made, CU_STREAM_NON_BLOCKING, 0)); /* LEAK:priority */
	event();                                                              /* AT:leak_event */
}

static NOINLINE void leak_scoped(void)
{
	leakscope_scope_t work = leakscope_scope_open("work");
	stream();
	leakscope_scope_close(work);
}

static CUresult release(uint64_t made)
{
	return CU(cuStreamDestroy_v2)((CUstream)(uintptr_t)made);
}

static CUresult release_event(uint64_t made)
{
	return CU(cuEventDestroy_v2)((CUevent)(uintptr_t)made);
}

static NOINLINE void clean(void)
{
	CUstream made = NULL;
	OK(release((uintptr_t)stream()));
	OK(CU(cuStreamDestroy)(stream()));
	OK(CU(cuStreamCreateWithPriority)(&made, CU_STREAM_NON_BLOCKING, 0));
	OK(release((uintptr_t)made));
	OK(release_event((uintptr_t)event()));
	OK(CU(cuEventDestroy)(event()));
}

static NOINLINE void twice(void)
{
	CUstream made = stream();
	OK(release((uintptr_t)made));
	CHECK(release((uintptr_t)made) != CUDA_SUCCESS);
	CUevent other = event();
	OK(release_event((uintptr_t)other));
	CHECK(release_event((uintptr_t)other) != CUDA_SUCCESS);
}

static NOINLINE void by_another(void)
{
	OK(elsewhere(release, (uintptr_t)stream()));
	OK(elsewhere(release_event, (uintptr_t)event()));
}

static NOINLINE void after_context(void)
{
	CUcontext context = way_context(0);
	CUstream made = stream(); /* AT:gone_stream */
	CUevent other = event();  /* AT:gone_event */
	OK(CU(cuCtxDestroy_v2)(context));
	OK(CU(cuCtxSetCurrent)(way_first));
	CHECK(release((uintptr_t)made) != CUDA_SUCCESS);
	CHECK(release_event((uintptr_t)other) != CUDA_SUCCESS);
}

int main(void)
{
	leak();
	leak_scoped();
	clean();
	twice();
	by_another();
	after_context();
	return 0;
}
