/* SPDX-License-Identifier: MIT */
/* A library of many functions, for test_loaded.c. */
#include <stdlib.h>

#define ONE(n)                                                                                     \
	__attribute__((visibility("default"))) int loaded_##n(void);                               \
	int loaded_##n(void)                                                                       \
	{                                                                                          \
		return 1 + __LINE__ + n;                                                           \
	}
/* clang-format off */
/* without leading zeros */
#define TEN(n) \
	ONE(n##0) ONE(n##1) ONE(n##2) ONE(n##3) ONE(n##4) \
	ONE(n##5) ONE(n##6) ONE(n##7) ONE(n##8) ONE(n##9)
#define HUNDRED(n) \
	TEN(n##0) TEN(n##1) TEN(n##2) TEN(n##3) TEN(n##4) \
	TEN(n##5) TEN(n##6) TEN(n##7) TEN(n##8) TEN(n##9)
ONE(0) ONE(1) ONE(2) ONE(3) ONE(4) ONE(5) ONE(6) ONE(7) ONE(8) ONE(9)
TEN(1) TEN(2) TEN(3) TEN(4) TEN(5) TEN(6) TEN(7) TEN(8) TEN(9)
HUNDRED(1) HUNDRED(2)
__attribute__((visibility("default"))) extern int loaded_data;
/* clang-format on */
int loaded_data = 1;
int loaded_hidden(void);
int loaded_hidden(void)
{
	abort();
}

/* an old version, which only programs of its time want */
__attribute__((visibility("default"))) int loaded_old_1(void);
int loaded_old_1(void)
{
	return loaded_data ? 1 : loaded_hidden();
}
__asm__(".symver loaded_old_1, loaded_old@LOADED_1");
