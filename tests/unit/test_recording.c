/* SPDX-License-Identifier: MIT */
/* Reading recordings: what is refused and in which words, what is read in part. */
#include "reporter_helpers.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t code[] = {0x1000, 0x2000, 0x3000};

/* A good recording's bytes, with room for what a test does to them. */
static uint8_t *bytes(size_t *size)
{
	struct mr *mr = mr_sample_recording("/home/user/train", code, 3);
	uint8_t *data = mr_finish(mr, size);

	mr_free(mr);
	return data;
}

static void refused(const uint8_t *data, size_t size, const char *text)
{
	struct lr_recording *recording;
	struct lr_error err = {""};

	assert_int_equal(lr_recording_parse("a.rec", data, size, &recording, &err), -1);
	if (!strstr(err.text, text) || !strstr(err.text, "a.rec"))
		fail_msg("'%s' doesn't say '%s'", err.text, text);
	assert_null(strchr(err.text, '\n'));
}

/* Change BYTES of a good recording at AT, and it must be refused with TEXT. */
static void refused_with(size_t at, const void *change, size_t length, const char *text)
{
	size_t size;
	uint8_t *data = bytes(&size);

	memcpy(data + at, change, length);
	refused(data, size, text);
	free(data);
}

static void refuses_what_is_no_recording(void **state)
{
	uint32_t version = 7, swapped = 0x04030201, zero = 0;
	size_t size;
	uint8_t *data = bytes(&size);

	(void)state;
	refused(data, 0, "is empty");
	refused((const uint8_t *)"hello", 5, "not a leakscope recording");
	refused(data, 5, "cut off inside its header");
	refused(data, LS_HEADER_SIZE - 1, "cut off inside its header");
	refused(data, LS_HEADER_SIZE, "cut off before its section of strings");
	free(data);
	refused_with(0, "ELF", 3, "not a leakscope recording");
	refused_with(0, LS_MAGIC_OVERFLOW, 8, "overflow part");
	refused_with(offsetof(struct ls_header, version), &version, 4,
		     "has format version 7; this leakscope reads up to 1");
	refused_with(offsetof(struct ls_header, endian), &swapped, 4, "other byte order");
	refused_with(offsetof(struct ls_header, endian), &zero, 4, "header is damaged");
	refused_with(offsetof(struct ls_header, version), &zero, 4, "header is damaged");
	refused_with(offsetof(struct ls_header, header_size), &zero, 4, "header is damaged");
}

static void refuses_damaged_directories(void **state)
{
	size_t at = offsetof(struct ls_header, directory), entry = sizeof(struct ls_chunk);
	uint64_t offset = 16, odd = 8195, far = UINT64_MAX - 7;
	uint32_t section = 99, place = 9, none = 0;
	struct ls_chunk first;
	size_t size;
	uint8_t *data = bytes(&size);

	(void)state;
	refused_with(at, &none, 4, "no section of strings");
	refused_with(at, &section, 4, "unknown section");
	refused_with(at + offsetof(struct ls_chunk, place), &place, 4, "unknown file");
	refused_with(at + offsetof(struct ls_chunk, offset), &offset, 8, "impossible offset");
	refused_with(at + offsetof(struct ls_chunk, offset), &odd, 8, "impossible offset");
	refused_with(at + offsetof(struct ls_chunk, offset), &far, 8, "chunk beyond all bounds");
	refused_with(at + offsetof(struct ls_chunk, length), &far, 8, "chunk beyond all bounds");
	/* the second entry becomes the first one again */
	memcpy(&first, data + at, entry);
	memcpy(data + at + entry, &first, entry);
	refused(data, size, "overlap");
	free(data);
}

static void refuses_a_directory_that_loops(void **state)
{
	struct ls_chunk loop = {.section = LS_SEC_DIRECTORY, .length = sizeof loop, .start = 0};
	size_t size, used = 0, at = offsetof(struct ls_header, directory);
	uint8_t *data = bytes(&size), *more = calloc(1, size + 4096);
	struct ls_chunk entry;

	(void)state;
	memcpy(more, data, size);
	do {
		memcpy(&entry, more + at + used++ * sizeof entry, sizeof entry);
	} while (entry.section);
	loop.offset = size;
	memcpy(more + at + (used - 1) * sizeof loop, &loop, sizeof loop);
	memcpy(more + size, &loop, sizeof loop);
	refused(more, size + 4096, "leads back to itself");
	free(more);
	free(data);
}

static void reads_a_cut_recording_with_a_note(void **state)
{
	struct mr *mr = mr_sample_recording("/home/user/train", code, 3);
	struct lr_build_options options = {0};
	struct lr_recording *recording;
	struct lr_model *model;
	struct lr_error err;
	size_t size;
	uint8_t *data;

	(void)state;
	mr_chunk_size(mr, 4096);
	data = mr_finish(mr, &size);
	mr_free(mr);
	/* the last chunks are notes and snapshots: a tail that can be missed */
	assert_int_equal(lr_recording_parse("a.rec", data, size - 40, &recording, &err), 0);
	assert_int_equal(lr_model_build(recording, "a.rec", &options, &model, &err), 0);
	assert_true(has_note(model, "cut short"));
	assert_non_null(find_leak(model, "/trainer/epoch/batch", 120 * 4096));
	lr_model_free(model);
	lr_recording_close(recording);
	free(data);
}

/* Every length of a cut file is either refused in one line or read. */
static void survives_every_cut(void **state)
{
	size_t size, cut;
	uint8_t *data = bytes(&size);
	struct lr_build_options options = {0};

	(void)state;
	for (cut = 0; cut < size; cut += cut < LS_HEADER_SIZE ? 509 : 61) {
		struct lr_recording *recording;
		struct lr_model *model;
		struct lr_error err = {""};
		uint8_t *copy = malloc(cut + 1); /* its end is a redzone's beginning */

		memcpy(copy, data, cut);
		if (lr_recording_parse("a.rec", copy, cut, &recording, &err) == 0) {
			assert_int_equal(lr_model_build(recording, "a", &options, &model, &err), 0);
			assert_true(has_note(model, "cut short"));
			lr_model_free(model);
			lr_recording_close(recording);
		} else {
			assert_string_not_equal(err.text, "");
		}
		free(copy);
	}
	free(data);
}

static void follows_chained_directories(void **state)
{
	struct mr *mr = mr_new();
	struct lr_recording *recording;
	struct lr_error err = {""};
	uint32_t id = 0, position;
	int i;

	(void)state;
	mr_chunk_size(mr, 128);
	for (i = 0; i < 400; i++)
		id = mr_context(mr, 0, 1, 0, 1, LS_MEM_HOST);
	((struct ls_context *)mr_at(mr, LS_SEC_CONTEXTS, id))->allocations = 77;
	recording = parse_recording(mr, &err);
	assert_non_null(recording);
	assert_int_equal(lr_recording_count(recording, LS_SEC_CONTEXTS), id + 1);
	assert_int_equal(((const struct ls_context *)lr_recording_get(recording, LS_SEC_CONTEXTS,
								      id, &position))
				 ->allocations,
			 77);
	assert_int_equal(position, id);
	assert_null(lr_recording_get(recording, LS_SEC_CONTEXTS, id + 1, NULL));
	assert_null(lr_recording_get(recording, LS_SEC_CONTEXTS, 0, NULL));
	lr_recording_close(recording);
}

static void look_ups_stay_inside(void **state)
{
	struct mr *mr = mr_new();
	uint64_t pc[] = {1, 2, 3};
	uint32_t stack = mr_stack(mr, pc, 3), text = mr_string(mr, "hello");
	struct lr_recording *recording;
	struct lr_error err;
	uint32_t id;

	(void)state;
	recording = parse_recording(mr, &err);
	assert_non_null(recording);
	assert_string_equal(lr_recording_string(recording, text), "hello");
	assert_string_equal(lr_recording_string(recording, text + 1), "ello");
	assert_null(lr_recording_string(recording, 0));
	assert_null(lr_recording_string(recording, UINT32_MAX));
	assert_non_null(lr_recording_bytes(recording, text, 6));
	assert_null(lr_recording_bytes(recording, text, 1000000));
	assert_int_equal(lr_recording_stack(recording, stack)->count, 3);
	assert_null(lr_recording_stack(recording, 0));
	assert_null(lr_recording_stack(recording, UINT32_MAX));
	assert_null(lr_recording_at(recording, LS_SEC_PATHS, 100, &id));
	assert_null(lr_recording_at(recording, LS_SEC_PATHS, 0, &id));
	lr_recording_close(recording);
}

static void a_stack_longer_than_its_chunk_is_none(void **state)
{
	struct mr *mr = mr_new();
	uint64_t pc[] = {1, 2, 3};
	uint32_t stack = mr_stack(mr, pc, 3);
	struct lr_recording *recording;
	struct lr_error err;
	size_t size, i;
	uint8_t *data;

	(void)state;
	data = mr_finish(mr, &size);
	mr_free(mr);
	for (i = LS_HEADER_SIZE; i + 40 < size; i += 8) {
		struct ls_stack *s = (void *)(data + i);

		if (s->state == 1 && s->count == 3 && s->pc[0] == 1 && s->pc[2] == 3)
			s->count = 900;
	}
	assert_int_equal(lr_recording_parse("a.rec", data, size, &recording, &err), 0);
	assert_null(lr_recording_stack(recording, stack));
	lr_recording_close(recording);
	free(data);
}

/* Writes what a test wants as a file and opens it. */
static int open_file(const char *path, struct lr_recording **recording, struct lr_error *err)
{
	err->text[0] = '\0';
	return lr_recording_open(path, recording, err);
}

static void files_that_are_none(void **state)
{
	char folder[] = "/tmp/ls-unit-XXXXXX", path[64];
	struct lr_recording *recording;
	struct lr_error err;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/fifo", folder);
	assert_int_equal(open_file(path, &recording, &err), -1);
	assert_non_null(strstr(err.text, "No such file"));
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(open_file(path, &recording, &err), -1);
	assert_non_null(strstr(err.text, "not a regular file"));
	unlink(path);
	assert_int_equal(open_file(folder, &recording, &err), -1);
	assert_non_null(strstr(err.text, "is a directory"));
	rmdir(folder);
}

/* One chunk of an overflow file: found by the path in the header, only if the uuid is right. */
static void overflow_files(void **state)
{
	char folder[] = "/tmp/ls-unit-XXXXXX", path[64], over[64];
	struct ls_overflow_header head = {.version = LS_VERSION, .place = 1};
	struct lr_build_options options = {0};
	struct mr *mr = mr_sample_recording("/home/user/train", code, 3);
	struct lr_recording *recording;
	struct ls_chunk *entry;
	struct lr_model *model;
	struct ls_header *h;
	struct lr_error err;
	size_t size;
	uint8_t *data;
	FILE *f;
	int wrong;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/a.rec", folder);
	snprintf(over, sizeof over, "%s/a.over", folder);
	mr_header(mr)->places[0] = mr_string(mr, over);
	data = mr_finish(mr, &size);
	mr_free(mr);
	h = (void *)data;
	for (entry = h->directory; entry->section != LS_SEC_NOTES;)
		entry++;
	memcpy(head.magic, LS_MAGIC_OVERFLOW, sizeof head.magic);
	for (wrong = 0; wrong < 3; wrong++) {
		memcpy(head.uuid, h->uuid, sizeof head.uuid);
		head.uuid[3] ^= (uint8_t)(wrong == 1);
		f = fopen(over, "w");
		fwrite(&head, sizeof head, 1, f);
		if (entry->place == 0) {
			fwrite(data + entry->offset, entry->length, 1, f);
			entry->place = 1;
		} else {
			fwrite(data + LS_HEADER_SIZE, 1, 1, f);
		}
		fclose(f);
		if (wrong == 2)
			unlink(over);
		entry->offset = sizeof head;
		f = fopen(path, "w");
		fwrite(data, size, 1, f);
		fclose(f);
		assert_int_equal(open_file(path, &recording, &err), 0);
		assert_int_equal(lr_model_build(recording, path, &options, &model, &err), 0);
		assert_int_equal(has_note(model, "a note of the shim"), wrong == 0);
		assert_int_equal(has_note(model, "not the overflow file of this recording"),
				 wrong == 1);
		assert_int_equal(has_note(model, "No such file"), wrong == 2);
		lr_model_free(model);
		lr_recording_close(recording);
	}
	unlink(path);
	rmdir(folder);
	free(data);
}

static void header_alone(void **state)
{
	char path[] = "/tmp/ls-unit-XXXXXX";
	struct mr *mr = mr_new();
	struct ls_header header;
	struct lr_error err;
	int fd = mkstemp(path);

	(void)state;
	close(fd);
	assert_int_equal(mr_write(mr, path), 0);
	mr_free(mr);
	assert_int_equal(lr_recording_header(path, &header, &err), 0);
	assert_int_equal(header.pid, 4711);
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(lr_recording_header(path, &header, &err), -1);
	unlink(path);
}

static void tells_live_processes_from_reused_pids(void **state)
{
	struct ls_header header = {.pid = (uint32_t)getpid()};
	uint64_t ticks = own_start_ticks();

	(void)state;
	header.start_ticks = ticks;
	assert_true(lr_process_alive(&header));
	header.start_ticks = ticks + 1;
	assert_false(lr_process_alive(&header));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_no_recording),
		cmocka_unit_test(refuses_damaged_directories),
		cmocka_unit_test(refuses_a_directory_that_loops),
		cmocka_unit_test(reads_a_cut_recording_with_a_note),
		cmocka_unit_test(survives_every_cut),
		cmocka_unit_test(follows_chained_directories),
		cmocka_unit_test(look_ups_stay_inside),
		cmocka_unit_test(a_stack_longer_than_its_chunk_is_none),
		cmocka_unit_test(files_that_are_none),
		cmocka_unit_test(overflow_files),
		cmocka_unit_test(header_alone),
		cmocka_unit_test(tells_live_processes_from_reused_pids),
	};

	return cmocka_run_group_tests_name("recording", tests, NULL, NULL);
}
