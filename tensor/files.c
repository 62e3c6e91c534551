/* SPDX-License-Identifier: MIT */
/*
 * Arrays in NumPy's .npy and .npz files.  A file is written beside its name
 * and moved there when it is whole, so a failure leaves what was there before.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* No file of arrays unpacks to more than this. */
#define UNPACK_LIMIT ((size_t)1 << 40)

static nd_status io_failed(const char *operation, const char *path)
{
	return ndi_fail(ND_ERR_IO, "%s: %s: %s", operation, path, strerror(errno));
}

static int file_sink(void *context, const void *bytes, size_t size)
{
	return fwrite(bytes, 1, size, context) == size ? 0 : -1;
}

/* Open the file that will become PATH; its own name in *NEW, the caller's. */
static FILE *open_new(const char *operation, const char *path, char **new, nd_status *status)
{
	struct ndi_text name = {NULL, 0, 0, false};
	FILE *file;

	ndi_text_bytes(&name, path, strlen(path));
	ndi_text_add(&name, ".%ld.new", (long)getpid());
	*new = name.bytes;
	if (name.failed) {
		*status = ndi_no_memory(operation, strlen(path));
		return NULL;
	}
	file = fopen(name.bytes, "wbe");
	if (!file)
		*status = io_failed(operation, path);
	return file;
}

/* Close FILE and move it to PATH, or remove it if STATUS is a failure already. */
static nd_status close_new(const char *operation, const char *path, char *new, FILE *file,
			   nd_status status)
{
	if (file) {
		int bad = ferror(file) | fflush(file);

		bad |= fclose(file);
		if (bad && !status)
			status = io_failed(operation, path);
		if (!status && rename(new, path))
			status = io_failed(operation, path);
		if (status)
			unlink(new);
	}
	ndi_release(new);
	return status;
}

nd_status nd_save_npy(nd_array *array, const char *path)
{
	struct ndi_call call;
	struct ndi_hosted h;
	struct ndk_sink sink = {file_sink, NULL};
	char *new = NULL;
	FILE *file;
	nd_status status;

	NDI_SITE();
	if (!path)
		return ndi_fail(ND_ERR_ARGUMENT, "save_npy: no path");
	if ((status = ndi_call_begin(&call, "save_npy", &array, 1, false)))
		return status;
	status = ndi_host_begin(&h, &call, (const struct ndk_view *[]){&call.in[0].view}, 1, 0);
	if (status)
		return ndi_call_end(&call, status);
	file = open_new("save_npy", path, &new, &status);
	if (file) {
		enum ndk_status answer;

		sink.context = file;
		answer = ndk_npy_write(&h.view[0], &sink);
		status = answer == NDK_STOPPED ? io_failed("save_npy", path)
					       : ndi_call_kernel(&call, answer);
	}
	status = close_new("save_npy", path, new, file, status);
	return ndi_call_end(&call, ndi_host_end(&h, status));
}

nd_status nd_save_npz(nd_array *const *arrays, const char *const *names, size_t count,
		      const char *path)
{
	struct ndi_call call;
	struct ndi_hosted h;
	struct ndk_npz_writer writer;
	struct ndk_sink sink = {file_sink, NULL};
	enum ndk_status answer = NDK_OK;
	char *new = NULL;
	FILE *file;
	size_t i;
	nd_status status;

	NDI_SITE();
	if (!path || !arrays || !count)
		return ndi_fail(ND_ERR_ARGUMENT, "save_npz: no path, or no arrays");
	for (i = 0; names && i < count; i++) {
		if (!names[i] || !ndi_name_ok(names[i]))
			return ndi_fail(ND_ERR_ARGUMENT, "save_npz: a name has 1 to %d bytes",
					ND_NAME_MAX);
	}
	if ((status = ndi_call_begin(&call, "save_npz", arrays, count, false)))
		return status;
	file = open_new("save_npz", path, &new, &status);
	if (file) {
		sink.context = file;
		ndk_npz_begin(&writer, &sink, &ndi_scratch);
		for (i = 0; i < count && answer == NDK_OK && !status; i++) {
			char own[ND_NAME_MAX + 1] = "";

			if (!names)
				status = nd_array_name(arrays[i], own, sizeof own);
			if (!status)
				status = ndi_host_begin(
					&h, &call, (const struct ndk_view *[]){&call.in[i].view}, 1,
					0);
			if (status)
				break;
			answer = ndk_npz_add(&writer, names ? names[i] : own, &h.view[0]);
			status = ndi_host_end(&h, ND_OK);
		}
		if (answer == NDK_OK && !status)
			answer = ndk_npz_end(&writer, false);
		else
			ndk_npz_end(&writer, true);
		if (!status)
			status = answer == NDK_STOPPED ? io_failed("save_npz", path)
						       : ndi_call_kernel(&call, answer);
	}
	status = close_new("save_npz", path, new, file, status);
	return ndi_call_end(&call, status);
}

/* PATH's bytes, mapped; *SIZE 0 and an address for an empty file. */
static nd_status map_file(const char *operation, const char *path, void **bytes, size_t *size)
{
	struct stat st;
	int fd;

	if (!path)
		return ndi_fail(ND_ERR_ARGUMENT, "%s: no path", operation);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return io_failed(operation, path);
	if (fstat(fd, &st)) {
		close(fd);
		return io_failed(operation, path);
	}
	*size = (size_t)st.st_size;
	if (!S_ISREG(st.st_mode) || !*size) {
		close(fd);
		return ndi_fail(ND_ERR_FORMAT, "%s: %s is empty or no file", operation, path);
	}
	*bytes = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	return *bytes == MAP_FAILED ? io_failed(operation, path) : ND_OK;
}

static nd_status bad_file(const char *operation, const char *path, enum ndk_status answer)
{
	if (answer == NDK_NO_MEMORY)
		return ndi_no_memory(operation, 0);
	return ndi_fail(answer == NDK_UNSUPPORTED ? ND_ERR_UNSUPPORTED : ND_ERR_FORMAT,
			"%s: %s: %s", operation, path, ndk_status_text(answer));
}

/* The .npy of SIZE bytes at BYTES as a new array of MANAGER. */
static nd_status load(const char *operation, nd_manager *manager, const char *path,
		      const void *bytes, size_t size, nd_array **out)
{
	struct ndi_call call;
	struct ndi_hosted h;
	struct ndk_npy npy;
	enum ndk_status answer;
	nd_status status;

	if ((status = ndi_call_create(&call, operation, manager)))
		return status;
	answer = ndk_npy_read(bytes, size, &npy);
	if (answer != NDK_OK)
		return ndi_call_end(&call, bad_file(operation, path, answer));
	status = ndi_call_output(&call, out, npy.type, npy.ndim, npy.shape, false);
	if (!status)
		status = ndi_host_begin(&h, &call, (const struct ndk_view *[]){&call.out[0].view},
					1, 1);
	if (!status) {
		answer = ndk_npy_load(&npy, &h.view[0]);
		if (answer != NDK_OK)
			status = bad_file(operation, path, answer);
		status = ndi_host_end(&h, status);
	}
	return ndi_call_end(&call, status);
}

nd_status nd_load_npy(nd_manager *manager, const char *path, nd_array **out)
{
	void *bytes;
	size_t size;
	nd_status status;

	NDI_SITE();
	if (!out)
		return ndi_fail(ND_ERR_ARGUMENT, "load_npy: nowhere to put the array");
	*out = NULL;
	if ((status = map_file("load_npy", path, &bytes, &size)))
		return status;
	status = load("load_npy", manager, path, bytes, size, out);
	munmap(bytes, size);
	return status;
}

/* One entry of a .npz, named after it. */
static nd_status load_entry(nd_manager *manager, const char *path,
			    const struct ndk_npz_entry *entry, nd_array **out)
{
	char name[ND_NAME_MAX + 1];
	const uint8_t *bytes;
	void *block = NULL;
	enum ndk_status answer = ndk_npz_unpack(entry, UNPACK_LIMIT, &ndi_scratch, &bytes, &block);
	nd_status status;

	if (answer != NDK_OK)
		return bad_file("load_npz", path, answer);
	status = load("load_npz", manager, path, bytes, entry->size, out);
	ndi_release(block);
	if (status)
		return status;
	snprintf(name, sizeof name, "%.*s", (int)entry->name_length, entry->name);
	if (name[0])
		nd_array_set_name(*out, name);
	return ND_OK;
}

nd_status nd_load_npz(nd_manager *manager, const char *path, nd_array **out, size_t capacity,
		      size_t *count)
{
	struct ndk_npz npz;
	struct ndk_npz_entry entry;
	enum ndk_status answer;
	void *bytes;
	size_t size, loaded = 0;
	bool more = false;
	nd_status status;

	NDI_SITE();
	if (!count || (capacity && !out))
		return ndi_fail(ND_ERR_ARGUMENT, "load_npz: nowhere to put the arrays");
	*count = 0;
	if ((status = map_file("load_npz", path, &bytes, &size)))
		return status;
	answer = ndk_npz_open(bytes, size, &npz);
	if (answer == NDK_OK && npz.count > capacity) {
		status = ndi_fail(ND_ERR_ARGUMENT, "load_npz: %s has %llu arrays, room is for %zu",
				  path, (unsigned long long)npz.count, capacity);
	} else {
		while (answer == NDK_OK && !status) {
			answer = ndk_npz_next(&npz, &entry, &more);
			if (answer != NDK_OK || !more)
				break;
			if (loaded == capacity)
				answer = NDK_BAD_FORMAT;
			else if (!(status = load_entry(manager, path, &entry, &out[loaded])))
				loaded++;
		}
	}
	if (answer != NDK_OK && !status)
		status = bad_file("load_npz", path, answer);
	munmap(bytes, size);
	if (status) {
		while (loaded-- > 0) {
			nd_array_close(out[loaded]);
			out[loaded] = NULL;
		}
		return status;
	}
	*count = loaded;
	return ND_OK;
}
