/* SPDX-License-Identifier: MIT */
/*
 * A child inherits blocks, loses some of them and has its own: what it inherited is never
 * its leak, and what only an inherited block holds is reachable. The parent is
 * judged by itself.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * children: 1
 * gate: fail
 * expect: leak list bytes=320 blocks=10 kind=reachable entries>=1 frames=main:list
 * expect: leak parent bytes=70 blocks=1 kind=definite frames=lose:lost,main:parent
 * expect: leak holder bytes=60 blocks=1 kind=definite frames=hide:holder,main
 * expect@child: leak child bytes=80 blocks=1 kind=definite frames=lose:lost,in_child:child,main
 * expect@child: leak hung bytes=90 blocks=1 kind=reachable frames=in_child:hung,main
 * expect@child: leak under bytes=91 blocks=1 kind=reachable frames=in_child:under,main
 * expect@child: leak own bytes=95 blocks=1 kind=reachable frames=in_child:own,main
 * expect@child: leak pair bytes=40 blocks=1 kind=definite frames=in_child:pair,main
 * expect@child: leak second bytes=41 blocks=1 kind=indirect frames=in_child:second,main
 */
#include "scan.h"
#include <sys/wait.h>

static void **volatile list, *volatile own;
static volatile uint64_t hidden;

static NOINLINE void lose(size_t size)
{
	keep(malloc(size)); /* LEAK:lost */
}

static NOINLINE void hide(void)
{
	hidden = HIDE(calloc(1, 60)); /* LEAK:holder */
}

static NOINLINE void in_child(void)
{
	void **last = list;
	while (last[0])
		last = last[0];
	last[1] = malloc(90); /* LEAK:hung */
	/* What holds it has been lost by the parent, which is not the child's fault. */
	((void **)SHOW(hidden))[2] = malloc(91); /* LEAK:under */
	own = malloc(95);                        /* LEAK:own */
	lose(80);                                /* AT:child */
	void **pair = malloc(40);                /* LEAK:pair */
	void **second = malloc(41);              /* LEAK:second */
	pair[1] = second;
	second[2] = pair;
	keep(pair);
}

int main(void)
{
	int status = 0;
	for (int i = 0; i < 10; i++) {
		void **node = calloc(1, 32); /* LEAK:list */
		node[0] = list;
		list = node;
	}
	hide();
	lose(70); /* AT:parent */
	pid_t child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		in_child();
		wipe();
		exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	return 0;
}
