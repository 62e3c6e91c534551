/* SPDX-License-Identifier: MIT */
/* make-seeds FOLDER: the recordings that fuzzing starts from. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "make_recording.h"

static const uint64_t code[] = {0x1010, 0x2020, 0x3030};
static const char *folder;

static void save(struct mr *mr, const char *name)
{
	char path[4096];
	int status;

	snprintf(path, sizeof path, "%s/%s.rec", folder, name);
	status = mr_write(mr, path);
	mr_free(mr);
	if (status) {
		fprintf(stderr, "make-seeds: %s: %s\n", path, strerror(-status));
		exit(2);
	}
}

static struct mr *in_state(uint32_t state)
{
	struct mr *mr = mr_sample_recording("/home/user/train", code, 3);

	mr_header(mr)->state = state;
	mr_header(mr)->signal = 9;
	return mr;
}

/* Many small chunks: a chained directory. */
static struct mr *chopped(void)
{
	struct mr *mr;

	mr = mr_new();
	mr_chunk_size(mr, 128);
	while (mr_context(mr, 0, 1, 0, 1, LS_MEM_HOST) < 200)
		;
	mr_block(mr, 0x1000, 16, 150);
	return mr;
}

/* What a shim leaves when it is killed in the middle of things. */
static struct mr *killed(void)
{
	const uint64_t pc[] = {0x555555554010, 0x7f0000000010, 0x10};
	struct mr *mr = mr_new();
	uint32_t path, scope, context, stack, id;

	mr_header(mr)->state = LS_STATE_RUNNING;
	mr_header(mr)->ended_ns = 0;
	mr_header(mr)->lost_events = 3;
	mr_module(mr, "/home/user/train", 0x555555554000, 0x555555564000, 0x555555554000);
	mr_module(mr, "/usr/lib/libc.so.6", 0x7f0000000000, 0x7f0000010000, 0x7f0000000000);
	stack = mr_stack(mr, pc, 3);
	path = mr_path(mr, 1, "request");
	scope = mr_scope(mr, path, 1);
	context = mr_context(mr, stack, path, scope, 1, LS_MEM_HOST);
	mr_block(mr, 0x1000, 5ull << 32, context);
	mr_slot(mr, 0x2000 | LS_LIVE_MOVING, 10, context);
	mr_slot(mr, 0x2000 | LS_LIVE_BLOCK, 20, context);
	mr_slot(mr, 0x3000 | LS_LIVE_WRITING, 30, context);
	mr_slot(mr, 0x4000 | LS_LIVE_BLOCK, 40, 999);
	id = mr_record(mr, LS_SEC_SITES);
	((struct ls_site *)mr_at(mr, LS_SEC_SITES, id))->path = path;
	return mr;
}

/* After a scan, its dominators and holders there or not. */
static struct mr *scanned(uint32_t flags)
{
	struct mr *mr = mr_scanned_recording("/home/user/train", code, 3, 0x4000);

	((struct ls_scan *)mr_at(mr, LS_SEC_SCANS, 1))->flags = flags;
	mr_header(mr)->host_suppressions = mr_string(mr, "leak:a\nwrong\nleak:*b$\n");
	return mr;
}

/* Snapshots with scans, one of which failed, and a process that was killed after them. */
static struct mr *snapshots(void)
{
	struct mr *mr = in_state(LS_STATE_SIGNALLED);
	struct ls_scan *scan;
	uint32_t id, i;

	for (i = 0; i < 3; i++) {
		id = mr_scan(mr, i == 2 ? LS_SCAN_DOMINATORS : 0, i + 1);
		mr_verdict(mr, id, 0x20000000, LS_KIND_POSSIBLE);
		mr_verdict(mr, id, 0x20001000, LS_KIND_INDIRECT);
		scan = mr_at(mr, LS_SEC_SCANS, id);
		scan->snapshot = 1;
		scan->state = i == 1 ? LS_SCAN_FAILED : LS_SCAN_DONE;
	}
	return mr;
}

/* The scanned one in chunks that its sets run across. */
static struct mr *chopped_scan(void)
{
	struct mr *mr = scanned(LS_SCAN_AT_EXIT | LS_SCAN_DOMINATORS);

	mr_chunk_size(mr, 256);
	return mr;
}

/* Memory and handles of the CUDA driver: of every type, in every state, on several devices. */
static struct mr *gpu(uint32_t bytes)
{
	const uint64_t pc[] = {0x7f0000000010, 0x555555554010};
	struct mr *mr = mr_new();
	uint32_t devices[3], contexts[LS_MEM_COUNT], stack, scan, id, i;
	struct ls_resource *r;
	struct ls_device *d;

	mr_chunk_size(mr, bytes);
	mr_module(mr, "/home/user/train", 0x555555554000, 0x555555564000, 0x555555554000);
	mr_module(mr, "/usr/local/cuda/lib64/libcudart.so.13", 0x7f0000000000, 0x7f0000010000,
		  0x7f0000000000);
	stack = mr_stack(mr, pc, 2);
	for (i = 0; i < 3; i++)
		devices[i] = mr_device(mr, 2 - i, i ? "H100" : "", 80ull << 30);
	d = mr_at(mr, LS_SEC_DEVICES, devices[1]);
	d->flags = LS_DEVICE_MIG;
	d->measured_tick = 7;
	d->snapshot = mr_snapshot(mr, "warm", 7, 1);
	d->used_bytes = 1 << 30;
	d->tracked_bytes = d->own_bytes = 1 << 20;
	for (i = 0; i < LS_MEM_COUNT; i++)
		contexts[i] = mr_context(mr, stack, 1, 0, 1, i);
	scan = mr_scan(mr, LS_SCAN_AT_EXIT, 2);
	for (i = 0; i < 2 * LS_RES_COUNT; i++) {
		id = mr_resource(mr, i % LS_RES_COUNT, 0x1000 * i, i % 7 ? 100 * i : 0,
				 contexts[i % LS_MEM_COUNT], i % 5 < 3 ? devices[i % 5] : 0);
		r = mr_at(mr, LS_SEC_RESOURCES, id);
		r->stream = i % 3;
		r->cuda_context = i % 4;
		r->scan = i % 6 ? scan : 0;
		r->flags = i % 4;
		if (i % 8 == 5)
			mr_reclaim(mr, id);
		else if (i % 8 == 7)
			r->state = LS_RESOURCE_RELEASING;
	}
	mr_header(mr)->late_device_frees = 2;
	return mr;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make-seeds FOLDER\n");
		return 2;
	}
	folder = argv[1];
	if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
		perror(folder);
		return 2;
	}
	save(mr_new(), "empty");
	save(in_state(LS_STATE_EXITED), "exited");
	save(in_state(LS_STATE_SIGNALLED), "signalled");
	save(in_state(LS_STATE_EXEC), "exec");
	save(chopped(), "chopped");
	save(killed(), "killed");
	save(scanned(LS_SCAN_AT_EXIT | LS_SCAN_DOMINATORS), "scanned");
	save(scanned(LS_SCAN_AT_EXIT), "scanned-holders");
	save(snapshots(), "snapshots");
	save(chopped_scan(), "scanned-chopped");
	save(gpu(0), "gpu");
	save(gpu(256), "gpu-chopped");
	return 0;
}
