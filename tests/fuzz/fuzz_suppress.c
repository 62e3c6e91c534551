/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target: suppression files of both forms.  What is accepted must match
 * a leak without harm and survive being written and read back.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "suppress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct lr_frame frames[] = {
	{.function = "operator new(unsigned long)", .module = "/usr/lib/libstdc++.so.6"},
	{.function = "store::load(char const*, int) const",
	 .file = "/src/store.cc",
	 .line = 7,
	 .module = "/opt/libstore.so.2"},
	{.module = "/opt/plugins/libplug.so"},
	{.function = "main", .file = "main.c", .line = 9, .module = "/usr/bin/app"},
};

static void match(struct lr_suppressions *s)
{
	for (size_t first = 0; first < 4; first++) {
		struct lr_leak leak = {.scope = "/epoch/batch",
				       .blocks = 1,
				       .bytes = 8,
				       .kind = first % 2 ? LS_KIND_DEFINITE : LS_KIND_UNCLASSIFIED,
				       .frames = frames + first,
				       .frame_count = 4 - first};

		lr_suppressions_match(s, &leak);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lr_suppressions *s = lr_suppressions_new(), *again;
	struct lr_error err;
	char *text = NULL;
	size_t length;
	FILE *out;

	if (lr_suppressions_add_text(s, "input", (const char *)data, size, &err) != 0) {
		if (lr_suppressions_count(s) != 0)
			abort(); /* a refused file leaves nothing behind */
		lr_suppressions_free(s);
		return 0;
	}
	match(s);
	out = open_memstream(&text, &length);
	if (!out)
		abort();
	lr_suppressions_write(s, out);
	fclose(out);
	again = lr_suppressions_new();
	if (lr_suppressions_add_text(again, "written", text, length, &err) != 0 ||
	    lr_suppressions_count(again) != lr_suppressions_count(s))
		abort();
	lr_suppressions_free(again);
	lr_suppressions_free(s);
	free(text);
	return 0;
}
