/* SPDX-License-Identifier: MIT */
/*
 * What the files of the stand-in for NVIDIA's runtime library share: the driver's functions
 * as the look-ups of its start gave them.
 */
#ifndef SIMCUDA_REPLAY_START_H
#define SIMCUDA_REPLAY_START_H

#define CUDA_RAW_NAMES
#include "cuda_api.h"

/* The function that was looked up by that name, version and flags; it is of PROTOTYPE's type. */
#define DRIVER(name, version, flags, prototype)                                                    \
	((__typeof__(&(prototype)))replay_function(name, version, flags))
void *replay_function(const char *name, int version, unsigned flags);

/* What each call begins with: the driver is there, and the thread's device current. */
int replay_ready(void);
#define READY()                                                                                    \
	do {                                                                                       \
		int error_ = replay_ready();                                                       \
		if (error_)                                                                        \
			return error_;                                                             \
	} while (0)
int replay_result(int error); /* returns it, kept for cudaGetLastError if it is one */
/* All that most of them do. */
#define CALL(name, version, flags, prototype, ...)                                                 \
	do {                                                                                       \
		READY();                                                                           \
		return replay_result((int)DRIVER(name, version, flags, prototype)(__VA_ARGS__));   \
	} while (0)
void replay_forget_kernels(void);

#endif
