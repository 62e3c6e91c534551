/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target: baselines.  What is accepted must list each leak it counts.
 */
#include <stdint.h>
#include <stdlib.h>

#include "baseline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lr_baseline *b;
	struct lr_error err;

	if (lr_baseline_parse("input", (const char *)data, size, &b, &err) != 0) {
		if (b || !err.text[0])
			abort();
		return 0;
	}
	for (size_t i = 0; i < lr_baseline_count(b); i++) {
		const struct lr_accepted *leak = lr_baseline_get(b, i);

		if (lr_baseline_find(b, leak->fingerprint) != leak)
			abort();
		lr_accepted_blocks(leak);
	}
	lr_baseline_free(b);
	return 0;
}
