/* SPDX-License-Identifier: MIT */
/*
 * Each export that nothing else in the driver defines: CUDA_ERROR_NOT_SUPPORTED.  Weak
 * definitions, so that the table of exports is all there is to keep; they take whatever
 * arguments, which the calling convention allows.
 */
#pragma GCC visibility push(default)
#define SIM_EXPORT(base, symbol, version, mode)                                                    \
	int symbol(void);                                                                          \
	__attribute__((weak)) int symbol(void)                                                     \
	{                                                                                          \
		return 801;                                                                        \
	}
#include "exports.h"
