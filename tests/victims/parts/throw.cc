/* SPDX-License-Identifier: MIT */
/* A C++ library that throws through its own frames; for exception_dlopen. */
#include "../victim.h"
#include <string>

static NOINLINE void thrower(int n)
{
	void *p = keep(malloc(64)); /* LEAK:inside */
	if (n >= 0)
		throw std::string(60, static_cast<char>('0' + n));
	free(p);
}

extern "C" __attribute__((visibility("default"))) int catcher(int n)
{
	try {
		thrower(n); /* AT:call */
	} catch (const std::string &s) {
		return s[59] - '0';
	}
	return -1;
}
