/* SPDX-License-Identifier: MIT */
/*
 * Modules, libraries and links.
 *
 * cuda: all
 * variants: gcc:-O0
 * expect: leak data kind=device memory=handle top=cuModuleLoad(Data)? bytes=0 blocks=1 frames=module:data,leak:leak_module,main
 * expect: leak ex kind=device memory=handle top=cuModuleLoad(DataEx)? bytes=0 blocks=1 frames=leak:ex,main
 * expect: leak fat kind=device memory=handle top=cuModuleLoad(FatBinary)? bytes=0 blocks=1 frames=leak:fat,main
 * expect: leak file kind=device memory=handle top=cuModuleLoad bytes=0 blocks=1 frames=leak:file,main
 * expect: leak library kind=device memory=handle top=cuLibraryLoad(Data)? bytes=0 blocks=1 frames=library:library,leak:leak_library,main
 * expect: leak library_file kind=device memory=handle top=cuLibraryLoad(Data|FromFile)? bytes=0 blocks=1 frames=leak:library_file,main
 * expect: leak link kind=device memory=handle top=cuLinkCreate bytes=0 blocks=1 frames=link_state:linked,leak:leak_link,main
 * expect: leak scoped kind=device memory=handle top=cuModuleLoad(Data)? bytes=0 blocks=1 scope=/work frames=module:data,leak_scoped,main
 * expect: leak gone kind=device memory=handle reclaimed=yes top=cuModuleLoad(Data)? bytes=0 blocks=1 frames=module:data,after_context:leak_gone,main
 */
#include "cuda_way.h"
#include <fcntl.h>
#include <leakscope/leakscope.h>

static const char ptx[] = ".version 7.0\n.target sm_52\n.address_size 64\n\n";

static NOINLINE CUmodule module(void)
{
	CUmodule made = NULL;
	OK(CU(cuModuleLoadData)(&made, ptx)); /* LEAK:data */
	CHECK(made);
	return made;
}

static NOINLINE CUlibrary library(void)
{
	CUlibrary made = NULL;
	OK(CU(cuLibraryLoadData)(&made, ptx, NULL, NULL, 0, NULL, NULL, 0)); /* LEAK:library */
	CHECK(made);
	return made;
}

static NOINLINE CUlinkState link_state(void)
{
	CUlinkState made = NULL;
	OK(CU(cuLinkCreate_v2)(0, NULL, NULL, &made)); /* LEAK:linked */
	CHECK(made);
	return made;
}

static NOINLINE void leak(void)
{
	CUmodule made = NULL;
	CUlibrary other = NULL;
	module();                                              /* AT:leak_module */
	OK(CU(cuModuleLoadDataEx)(&made, ptx, 0, NULL, NULL)); /* LEAK:ex */
	OK(CU(cuModuleLoadFatBinary)(&made, ptx));             /* LEAK:fat */
	OK(CU(cuModuleLoad)(&made, "kernels.ptx"));            /* LEAK:file */
	library();                                             /* AT:leak_library */
	const char *file = "kernels.ptx";
	OK(CU(cuLibraryLoadFromFile)(&other, file, NULL, NULL, 0, NULL, NULL,
				     0)); /* LEAK:library_file */
	link_state();                     /* AT:leak_link */
}

static NOINLINE void leak_scoped(void)
{
	leakscope_scope_t work = leakscope_scope_open("work");
	module();
	leakscope_scope_close(work);
}

static CUresult release(uint64_t made)
{
	return CU(cuModuleUnload)((CUmodule)(uintptr_t)made);
}

static CUresult release_library(uint64_t made)
{
	return CU(cuLibraryUnload)((CUlibrary)(uintptr_t)made);
}

static CUresult release_link(uint64_t made)
{
	return CU(cuLinkDestroy)((CUlinkState)(uintptr_t)made);
}

static NOINLINE void clean(void)
{
	OK(release((uintptr_t)module()));
	OK(release_library((uintptr_t)library()));
	OK(release_link((uintptr_t)link_state()));
}

static NOINLINE void twice(void)
{
	CUmodule made = module();
	OK(release((uintptr_t)made));
	CHECK(release((uintptr_t)made) != CUDA_SUCCESS);
	CUlibrary other = library();
	OK(release_library((uintptr_t)other));
	CHECK(release_library((uintptr_t)other) != CUDA_SUCCESS);
}

static NOINLINE void by_another(void)
{
	OK(elsewhere(release, (uintptr_t)module()));
	OK(elsewhere(release_library, (uintptr_t)library()));
	OK(elsewhere(release_link, (uintptr_t)link_state()));
}

static NOINLINE void after_context(void)
{
	CUcontext context = way_context(0);
	CUmodule made = module(); /* AT:leak_gone */
	OK(CU(cuCtxDestroy_v2)(context));
	OK(CU(cuCtxSetCurrent)(way_first));
	CHECK(release((uintptr_t)made) != CUDA_SUCCESS);
}

int main(void)
{
	int fd = open("kernels.ptx", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0 && write(fd, ptx, sizeof(ptx) - 1) == sizeof(ptx) - 1 && close(fd) == 0);
	leak();
	leak_scoped();
	clean();
	twice();
	by_another();
	after_context();
	return 0;
}
