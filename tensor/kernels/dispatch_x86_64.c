/* SPDX-License-Identifier: MIT */
/* Which loops an x86-64 processor gets.  Thread-safe: reads what libgcc found out at start. */
#include "loops.h"

extern const struct ndk_loops ndk_loops_base, ndk_loops_v3, ndk_loops_v4;

static bool has_v3(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
	       __builtin_cpu_supports("bmi2");
}

static bool has_v4(void)
{
	return has_v3() && __builtin_cpu_supports("avx512f") &&
	       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
	       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
}

const struct ndk_loops *ndk_loops_at(unsigned level)
{
	switch (level) {
	case 0: return &ndk_loops_base;
	case 1: return has_v3() ? &ndk_loops_v3 : NULL;
	case 2: return has_v4() ? &ndk_loops_v4 : NULL;
	default: return NULL;
	}
}

const struct ndk_loops *ndk_loops(void)
{
	return has_v4() ? &ndk_loops_v4 : has_v3() ? &ndk_loops_v3 : &ndk_loops_base;
}
