/* SPDX-License-Identifier: MIT */
/*
 * Names as the demangler prints them: namespaces, templates, members, lambdas.
 *
 * variants: gcc:-O0,clang:-O0
 * expect: leak member bytes=1 blocks=1 frames=zoo::cage::put:member,main
 * expect: leak template bytes=8 blocks=1 frames=~zoo::make<long>:template,main
 * expect: leak lambda bytes=3 blocks=1 frames=~lambda|operator\(\):lambda,main
 */
#include "victim.h"

namespace zoo
{
struct cage {
	NOINLINE void put(int n) { keep(malloc(static_cast<size_t>(n))); /* LEAK:member */ }
};

template <typename T> NOINLINE void make()
{
	keep(malloc(sizeof(T))); /* LEAK:template */
}
} // namespace zoo

int main()
{
	zoo::cage c;
	c.put(1);
	zoo::make<long>();
	auto f = [](size_t n) { keep(malloc(n)); }; /* LEAK:lambda */
	f(3);
	return 0;
}
