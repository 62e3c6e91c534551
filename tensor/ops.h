/* SPDX-License-Identifier: MIT */
/* What the files of operations share; the rules are TYPES.md's. */
#ifndef ND_OPS_H
#define ND_OPS_H

#include "run.h"

#define ndi_no_target(operation)                                                                   \
	ndi_fail(ND_ERR_ARGUMENT, "%s: nowhere to put the result", operation)
/* A and B spread to their common shape, which is NDIM and SHAPE (ND_MAX_DIMS). */
nd_status ndi_broadcast_pair(const char *operation, struct ndk_view *a, struct ndk_view *b,
			     int *ndim, int64_t *shape);
/* The type that the number VALUE brings to an operation with an array of type ARRAY. */
enum ndk_type ndi_scalar_type(enum ndk_type array, double value);
/* VALUE as an operand of TYPE, kept at ELEMENT, in LIKE's shape. */
struct ndk_view ndi_scalar_view(double value, enum ndk_type type, uint64_t *element,
				const struct ndk_view *like);

#endif
