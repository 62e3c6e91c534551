/* SPDX-License-Identifier: MIT */
/*
 * A regular expression nobody freed leaks; one that was freed does not.
 *
 * expect: leak regex bytes>=500 blocks>=5 entries>=2 top=.* frames=compile:compile,main:leaked
 */
#include "victim.h"
#include <regex.h>

static NOINLINE void compile(regex_t *r)
{
	CHECK(regcomp(r, "^a(b|c)*d+$", REG_EXTENDED | REG_NOSUB) == 0); /* AT:compile */
}

int main(void)
{
	static regex_t leaked, freed;
	compile(&leaked); /* AT:leaked */
	compile(&freed);
	regfree(&freed);
	return 0;
}
