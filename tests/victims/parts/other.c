/* SPDX-License-Identifier: MIT */
/* A library that somebody else preloads; for preload_other. */
int other_value(void);
__attribute__((visibility("default"))) int other_value(void)
{
	return 42;
}
