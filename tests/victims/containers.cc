/* SPDX-License-Identifier: MIT */
/*
 * Containers nobody destroyed: the user's own line is in the frames.
 *
 * variants: gcc:-O0,clang:-O0
 * expect: leak vector bytes=24 blocks=1 top=operator%new frames=~init:vector
 * expect: leak string bytes=32 blocks=1 top=operator%new frames=~init:string
 * expect: leak map bytes=48 blocks=1 top=operator%new frames=~init:map
 * expect: leak elements bytes=4000 blocks=1 top=operator%new frames=fill_vector:reserve,main
 * expect: leak text bytes=101 blocks=1 top=operator%new frames=fill_string:assign,main
 * expect: leak nodes bytes=480 blocks=10 top=operator%new frames=fill_map:insert,main
 */
#include "victim.h"
#include <map>
#include <string>
#include <vector>

static std::vector<int> &numbers = *new std::vector<int>;          /* LEAK:vector */
static std::string &text = *new std::string;                       /* LEAK:string */
static std::map<long, double> &tree = *new std::map<long, double>; /* LEAK:map */

static NOINLINE void fill_vector()
{
	numbers.reserve(1000); /* AT:reserve */
}

static NOINLINE void fill_string()
{
	text.assign(100, 'x'); /* AT:assign */
}

static NOINLINE void fill_map()
{
	for (long i = 0; i < 10; i++)
		tree.emplace(i, 1.0); /* AT:insert */
}

int main()
{
	fill_vector();
	fill_string();
	fill_map();
	std::vector<std::string> gone(50, std::string(200, 'y'));
	keep(&gone);
	return 0;
}
