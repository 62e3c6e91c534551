/* SPDX-License-Identifier: MIT */
/* What the files of the reductions share.  Thread-safe. */
#ifndef NDK_REDUCE_H
#define NDK_REDUCE_H

#include "ndk_internal.h"

struct ndk_axes {
	int count; /* at least 1 */
	int64_t length[NDK_MAX_DIMS + 1], in[NDK_MAX_DIMS + 1], out[NDK_MAX_DIMS + 1];
};

struct ndk_reduction {
	struct ndk_axes kept, reduced;
	int64_t results, each; /* how many results, and elements for each */
};

/* ORDERED: the reduced axes stay in C order. */
enum ndk_status ndk_reduction_plan(struct ndk_reduction *plan, const struct ndk_view *out,
				   const struct ndk_view *in, unsigned axes, bool ordered);
/* The next position over the first COUNT axes; OUT may be NULL. */
bool ndk_axes_next(const struct ndk_axes *axes, int count, int64_t *index, const char **in,
		   char **out);
/* Is it better to go along the kept axis, if its elements lie closer together? */
bool ndk_by_columns(const struct ndk_reduction *plan);

enum ndk_status ndk_reduce_argument(enum ndk_reduce_op op, const struct ndk_reduction *plan,
				    const struct ndk_view *out, const struct ndk_view *in);
enum ndk_status ndk_reduce_median(const struct ndk_reduction *plan, const struct ndk_view *out,
				  const struct ndk_view *in, const struct ndk_scratch *scratch);

#endif
