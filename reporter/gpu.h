/* SPDX-License-Identifier: MIT */
/*
 * What the reporter knows of CUDA: what the driver's functions are called and what they
 * make, which frames of a backtrace are NVIDIA's own, whose memory it is.  No file and no
 * library of NVIDIA's is needed for it.
 */
#ifndef LR_GPU_H
#define LR_GPU_H

#include "model.h"

#define LR_DRIVER "libcuda.so.1" /* the module of the frame that stands for a driver's function */

/* The function that makes resources of TYPE; NULL: none that is known. */
const char *lr_gpu_call(enum ls_resource_type type);
/* "buffer(s)", "stream(s)", … ; "handle(s)" for several types or an unknown one. */
const char *lr_gpu_noun(enum ls_memory memory, enum ls_resource_type type, uint64_t count);
/* The kind of memory that resources of TYPE are, for those whose context is lost. */
enum ls_memory lr_gpu_memory(enum ls_resource_type type);
/* Whether MEMORY lies on a device; pinned and registered memory is the host's. */
bool lr_gpu_is_on_device(enum ls_memory memory);

/* Whether MODULE (a path, or NULL) is a library of NVIDIA's. */
bool lr_gpu_is_nvidia(const char *module);
/* Whether the file of a source line is one of the toolkit's headers. */
bool lr_gpu_is_header(const char *file);
/* Whether FRAME is inside the CUDA runtime: not a function that a program calls. */
bool lr_gpu_is_internal(const struct lr_frame *frame);
/*
 * How many of the frames after the first, which stands for the driver's function, are the
 * CUDA runtime's: those inside it, and the function of its own that the program has called.
 */
size_t lr_gpu_runtime_frames(const struct lr_frame *frames, size_t count);
/* Whether a handle with these frames was made by NVIDIA's libraries for themselves. */
bool lr_gpu_is_theirs(const struct lr_frame *frames, size_t count);

/* Whose memory it is by its frames: LR_LABEL_TORCH, or NULL. */
const char *lr_gpu_label(const struct lr_frame *frames, size_t count);
#define LR_LABEL_TORCH "pytorch-cached-segment"

/* "GPU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" or "MIG-…"; "" if UUID is all zero. */
#define LR_UUID_SIZE 44
char *lr_gpu_uuid(char text[LR_UUID_SIZE], const uint8_t uuid[16], bool mig);

#endif
