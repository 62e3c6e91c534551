/* SPDX-License-Identifier: MIT */
/*
 * What NVTX asks the environment for is answered without changing it: not in environ,
 * not for children, not after the program has emptied it; all else that getenv is
 * asked for is as bare.
 *
 * libs: -ldl
 * env: SOME=thing
 * expect: stdout="thing (null) changed\n(null) 1\n"
 * expect: leak range bytes=10 blocks=1 scope=/range frames=main:range
 */
#include "victim.h"
#include "nvtx.h"

int main(void)
{
	const char *some = getenv("SOME"), *none = getenv("NVTX_INJECTION64_PATHS");
	static char changed[] = "NVTX_INJECTION=changed";
	CHECK(putenv(changed) == 0);
	say("%s %s %s\n", some, none ? none : "(null)", getenv("NVTX_INJECTION"));
	for (char **e = environ; *e; e++)
		CHECK(strncmp(*e, "NVTX_INJECTION64_PATH", 21) != 0);
	int status = system("test -z \"$NVTX_INJECTION64_PATH\"");
	clearenv();
	none = getenv("SOME");
	say("%s %d\n", none ? none : "(null)", status == 0);
	nvtxRangePushA("range");
	keep(malloc(10)); /* LEAK:range */
	nvtxRangePop();
	return 0;
}
