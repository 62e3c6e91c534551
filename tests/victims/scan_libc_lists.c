/* SPDX-License-Identifier: MIT */
/*
 * What libc still knows is reachable, although the program has forgotten it: an open
 * stream and its buffer, a string in the environment. A forgotten directory is lost.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * suppressions: none
 * gate: fail
 * expect: leak stream bytes=any blocks=1 kind=reachable top=.* frames=forget:stream,main
 * expect: leak buffer bytes=any blocks=1 kind=reachable top=.* frames=forget:buffer,main
 * expect: leak environ bytes=any blocks=1 kind=reachable top=.* frames=forget:put_environ,main
 * expect: leak put bytes=12 blocks=1 kind=reachable frames=forget:put,main
 * expect: leak set bytes=any blocks=any kind=reachable entries=any top=.* frames=forget:set,main
 * expect: leak dir bytes=any blocks=1 kind=definite top=.* frames=forget:dir,main
 */
#include "scan.h"
#include <dirent.h>

static NOINLINE void forget(void)
{
	FILE *stream = fopen("file", "w");          /* LEAK:stream */
	CHECK(stream && fputc('x', stream) == 'x'); /* LEAK:buffer */
	char *string = malloc(12);                  /* LEAK:put */
	strcpy(string, "VICTIM_A=ab");
	CHECK(setenv("VICTIM_B", "a longer text than that", 1) == 0); /* LEAK:set */
	CHECK(putenv(keep(string)) == 0);                             /* LEAK:put_environ */
	keep(opendir("."));                                           /* LEAK:dir */
}

int main(void)
{
	forget();
	wipe();
	return 0;
}
