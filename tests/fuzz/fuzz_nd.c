/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target: .npy and .npz files.  What is read must be written and read
 * again as the same array, and memory that was asked for be given back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "kernels/ndk.h"

enum { LARGEST = 1 << 20 };

static long live;

static void *count_alloc(void *context, size_t size)
{
	live++;
	return malloc(size);
}

static void count_free(void *context, void *block)
{
	live--;
	free(block);
}

static const struct ndk_scratch scratch = {count_alloc, count_free, NULL};

static void must(int condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "fuzz_nd: %s\n", what);
	abort();
}

struct memory {
	uint8_t *bytes;
	size_t size, capacity;
};

static int keep(void *context, const void *bytes, size_t size)
{
	struct memory *m = context;

	must(m->size + size <= m->capacity, "more is written than ndk_npy_size says");
	memcpy(m->bytes + m->size, bytes, size);
	m->size += size;
	return 0;
}

static struct ndk_view make(const struct ndk_npy *npy)
{
	struct ndk_view view = {.type = npy->type, .ndim = npy->ndim};

	memcpy(view.shape, npy->shape, sizeof view.shape);
	ndk_set_contiguous(&view);
	view.data = calloc((size_t)ndk_count(&view) + 1, ndk_type_size(view.type));
	must(view.data != NULL, "out of memory");
	return view;
}

static void again(const struct ndk_view *view)
{
	struct memory file = {.capacity = ndk_npy_size(view)};
	struct ndk_sink sink = {keep, &file};
	struct ndk_view copy;
	struct ndk_npy npy;

	file.bytes = malloc(file.capacity);
	must(file.bytes && ndk_npy_write(view, &sink) == NDK_OK, "cannot be written");
	must(file.size == file.capacity, "less is written than ndk_npy_size says");
	must(ndk_npy_read(file.bytes, file.size, &npy) == NDK_OK, "cannot be read again");
	must(npy.type == view->type && npy.ndim == view->ndim, "another type or shape");
	copy = make(&npy);
	must(ndk_npy_load(&npy, &copy) == NDK_OK, "cannot be loaded again");
	must(memcmp(copy.data, view->data, (size_t)ndk_count(view) * ndk_type_size(view->type)) ==
		     0,
	     "other elements");
	free(copy.data);
	free(file.bytes);
}

static void read_npy(const uint8_t *data, size_t size)
{
	struct ndk_view view;
	struct ndk_npy npy;

	if (ndk_npy_read(data, size, &npy) != NDK_OK)
		return;
	must(npy.data >= data && npy.data_size <= size - (size_t)(npy.data - data),
	     "data beyond the end");
	if (npy.data_size > LARGEST)
		return;
	view = make(&npy);
	if (ndk_npy_load(&npy, &view) == NDK_OK)
		again(&view);
	free(view.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ndk_npz_entry entry;
	struct ndk_npz npz;
	bool more = true;

	read_npy(data, size);
	if (ndk_npz_open(data, size, &npz) != NDK_OK)
		return 0;
	while (ndk_npz_next(&npz, &entry, &more) == NDK_OK && more) {
		const uint8_t *bytes;
		void *block;

		if (ndk_npz_unpack(&entry, LARGEST, &scratch, &bytes, &block) != NDK_OK)
			continue;
		read_npy(bytes, entry.size);
		if (block)
			scratch.free(NULL, block);
	}
	must(live == 0, "memory kept");
	return 0;
}
