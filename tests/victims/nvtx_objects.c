/* SPDX-License-Identifier: MIT */
/*
 * The program and two libraries, one of them loaded later, each with NVTX code and a
 * hidden state of its own: their ranges nest, and a range of one is popped by another.
 *
 * part: libone.so from=nvtx_object.c cflags="-DOBJECT=one" libs=-ldl
 * part: libtwo.so from=nvtx_object.c cflags="-DOBJECT=two" libs=-ldl
 * libs: {build}/libone.so -Wl,-rpath,{build} -ldl
 * run: {build}/libtwo.so
 * expect: leak one bytes=10 blocks=1 scope=/main/object:one frames=one_leak:object
 * expect: leak two bytes=20 blocks=1 scope=/main/object:two frames=two_leak:object
 * expect: leak crossed bytes=3 blocks=1 scope=/main/object:one frames=main:crossed
 * expect: leak main bytes=5 blocks=1 scope=/main frames=main:main
 * expect: scope /main/object:one instances=2 open_instances=0
 */
#include "victim.h"
#include "nvtx.h"

void one_leak(size_t n);
void one_push(void);

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	void *two = dlopen(argv[1], RTLD_NOW);
	CHECK(two);
	void (*two_leak)(size_t) = (void (*)(size_t))dlsym(two, "two_leak");
	void (*two_pop)(void) = (void (*)(void))dlsym(two, "two_pop");
	CHECK(two_leak && two_pop);
	nvtxRangePushA("main");
	one_leak(10);
	two_leak(20);
	one_push();
	keep(malloc(3)); /* LEAK:crossed */
	two_pop();
	keep(malloc(5)); /* LEAK:main */
	nvtxRangePop();
	return 0;
}
