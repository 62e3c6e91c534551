/* SPDX-License-Identifier: MIT */
/*
 * Which files are used and which are not: changed, gone, not files at all,
 * damaged; separate debug files; limits on what is open at a time.
 */
#include "harness.h"

#include <dirent.h>
#include <dlfcn.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct probe probes[64];
static size_t probe_count;

static const struct probe *probe_of(const char *victim, const char *name)
{
	probe_count = run_victim(victim, probes, 64);
	return probe_named(probes, probe_count, name);
}

static char note[1024];

static void expect(const char *path, const char *id, uint64_t address, const char *function,
		   const char *in_note)
{
	assert_string_equal(function_at(path, id, address, note, sizeof(note)), function);
	if (!in_note)
		assert_string_equal(note, "");
	else if (!strstr(note, in_note))
		fail_msg("the note '%s' lacks '%s'", note, in_note);
}

/* Another build in the place of the recorded one is not used. */
static void changed(void **state)
{
	const struct probe *p = probe_of("full", "static");
	const char *path = in(scratch_dir, "program");
	char expected[2048];

	copy_file(in(victim_dir, "full"), path);
	expect(path, p->build_id, p->address, "static_function", NULL);
	copy_file(in(victim_dir, "other"), path);
	expect(path, p->build_id, p->address, "",
	       "changed on disk since it was recorded "
	       "(build-id differs): ");
	snprintf(expected, sizeof(expected), "%s changed on disk", path);
	assert_memory_equal(note, expected, strlen(expected));

	/* One without any build-id is not the recorded one either. */
	copy_file(in(victim_dir, "noid"), path);
	expect(path, p->build_id, p->address, "", "changed on disk");
	/* And something that is no program any more. */
	write_file(path, "#!/bin/sh\n", 10);
	expect(path, p->build_id, p->address, "", "not an ELF");
}

/* Upper-case hexadecimal digits are the same build-id. */
static void upper_case_id(void **state)
{
	struct probe p = *probe_of("full", "static");

	for (char *c = p.build_id; *c; c++)
		*c = *c >= 'a' ? *c - 'a' + 'A' : *c;
	expect(in(victim_dir, "full"), p.build_id, p.address, "static_function", NULL);
}

static void gone(void **state)
{
	const struct probe *p = probe_of("full", "static");

	expect(in(scratch_dir, "plugin.so"), p->build_id, p->address, "", "no longer there");
	expect("plugin.so", p->build_id, p->address, "", NULL); /* no name to look for */
	expect(NULL, p->build_id, p->address, "", NULL);
	expect(NULL, NULL, p->address, "", NULL);
}

/* Names of a changed or missing file come from its own debug file if that is installed. */
static void by_build_id(void **state)
{
	const struct probe *p = probe_of("stripped", "static");
	char directory[512], path[1024];

	lr_debug_root = scratch_dir;
	snprintf(directory, sizeof(directory), "%s/.build-id", scratch_dir);
	assert_int_equal(mkdir(directory, 0700), 0);
	snprintf(directory, sizeof(directory), "%s/.build-id/%.2s", scratch_dir, p->build_id);
	assert_int_equal(mkdir(directory, 0700), 0);
	snprintf(path, sizeof(path), "%s/%s.debug", directory, p->build_id + 2);

	expect(in(victim_dir, "stripped"), p->build_id, p->address, "", "no symbols");
	copy_file(in(victim_dir, "linked.dbg"), path);
	expect(in(victim_dir, "stripped"), p->build_id, p->address, "static_function", NULL);
	expect(in(scratch_dir, "gone"), p->build_id, p->address, "static_function", NULL);
	expect(NULL, p->build_id, p->address, "static_function", NULL);
	expect(in(victim_dir, "other"), p->build_id, p->address, "static_function",
	       "debug file was used instead");

	/* A file in that place with another build-id is not used. */
	copy_file(in(victim_dir, "other"), path);
	expect(in(victim_dir, "stripped"), p->build_id, p->address, "", "no symbols");
	expect(in(scratch_dir, "gone"), p->build_id, p->address, "", "no longer there");
	lr_debug_root = "/usr/lib/debug";
}

/* The places .gnu_debuglink is looked up in, and what is refused there. */
static void by_link(void **state)
{
	const char *const victims[] = {"linked", "noid"};

	for (size_t i = 0; i < 2; i++) {
		struct probe p = *probe_of(victims[i], "static");
		const char *id = build_id_of(&p);
		const char *program = in(scratch_dir, victims[i]);
		char debug[300], name[64], link[300];

		snprintf(name, sizeof(name), "%s.dbg", victims[i]);
		copy_file(in(victim_dir, victims[i]), program);
		expect(program, id, p.address, "", name);

		snprintf(debug, sizeof(debug), "%s/.debug", scratch_dir);
		(void)mkdir(debug, 0700);
		snprintf(debug, sizeof(debug), "%s/.debug/%s", scratch_dir, name);
		copy_file(in(victim_dir, name), debug);
		expect(program, id, p.address, "static_function", NULL);
		/* Reached through a link elsewhere. */
		snprintf(link, sizeof(link), "%s/.debug/link-%zu", scratch_dir, i);
		assert_int_equal(symlink(program, link), 0);
		expect(link, id, p.address, "static_function", NULL);
		assert_int_equal(unlink(debug), 0);

		copy_file(in(victim_dir, name), in(scratch_dir, name));
		expect(program, id, p.address, "static_function", NULL);

		/* Another build's: wrong build-id or wrong CRC. */
		copy_file(in(victim_dir, "other"), in(scratch_dir, name));
		expect(program, id, p.address, "", name);
		/* A FIFO: must not block. */
		assert_int_equal(unlink(in(scratch_dir, name)), 0);
		assert_int_equal(mkfifo(in(scratch_dir, name), 0600), 0);
		expect(program, id, p.address, "", name);
	}
}

static void not_files(void **state)
{
	const char *fifo = in(scratch_dir, "fifo"), *loop = in(scratch_dir, "loop");
	const char *secret = in(scratch_dir, "secret\x1b[31m");

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(symlink(loop, loop), 0);
	expect("/dev/zero", NULL, 16, "", "not a regular file");
	expect("/dev/tty", "aabb", 16, "", "not a regular file");
	expect("/proc/self/mem", NULL, 16, "", "not an ELF");
	expect(scratch_dir, NULL, 16, "", "not a regular file");
	expect(fifo, NULL, 16, "", "not a regular file");
	expect(loop, NULL, 16, "", "no longer there");
	/* A note is plain text, whatever the name. */
	write_file(secret, "", 0);
	expect(secret, NULL, 16, "", "secret?[31m is not an ELF");
}

/* A file that this user may not read. */
static void no_right(void **state)
{
	const struct probe *p = probe_of("full", "static");
	const char *path = in(scratch_dir, "program");
	int status;
	pid_t child;

	copy_file(in(victim_dir, "full"), path);
	assert_int_equal(chmod(path, 0), 0);
	assert_int_equal(chmod(scratch_dir, 0711), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (getuid() == 0 && setuid(65534) != 0)
			_exit(1);
		if (function_at(path, p->build_id, p->address, note, sizeof(note))[0])
			_exit(2);
		_exit(strstr(note, "may not be read by this user") ? 0 : 3);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* Cut and damaged ELF files: anything but a crash or a hang; each in its own process. */
static void damaged(void **state)
{
	const struct probe *p = probe_of("c-gcc-O2", "inlined");
	const char *path = in(scratch_dir, "damaged");
	uint32_t random = 20240229;
	size_t length;
	char *data = lr_read_regular(in(victim_dir, "c-gcc-O2"), 0, &length);

	assert_non_null(data);
	for (unsigned round = 0; round < 96; round++) {
		size_t size = round < 32 ? length * round / 32 : length;
		char *copy = malloc(length);
		int status;

		assert_non_null(copy);
		memcpy(copy, data, length);
		for (unsigned i = 0; round >= 32 && i < 64; i++) {
			random = random * 1664525 + 1013904223;
			/* The tables at the end and the debug sections hold what is parsed. */
			copy[0x300 + random % (length - 0x300)] = (char)(random >> 24);
		}
		write_file(path, copy, size);
		free(copy);

		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0) {
			alarm(20);
			for (uint64_t a = 0; a < 64; a++)
				(void)function_at(path, NULL, p->address - 32 + a, NULL, 0);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		if (status != 0) {
			copy_file(path, "/tmp/leakscope-damaged");
			fail_msg("round %u: status %#x; the file is /tmp/leakscope-damaged", round,
				 status);
		}
	}
	free(data);
}

static unsigned open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* More modules than are kept open: all resolve, again after they were closed, and all is closed. */
static void many_modules(void **state)
{
	const struct probe *p = probe_of("c-gcc-O2", "inlined");
	struct lr_symbols_options options = {.debuginfod = false};
	struct lr_symbols *s = lr_symbols_new(&options);
	unsigned before = open_files();

	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 150; i++) {
			char path[300];
			struct lr_symbol frames[8];
			struct lr_symbols_module module = {.path = path,
							   .build_id_hex = p->build_id};

			snprintf(path, sizeof(path), "%s/link-%u", scratch_dir, i);
			if (round == 0)
				assert_int_equal(symlink(in(victim_dir, "c-gcc-O2"), path), 0);
			/* Another address each round, so that the second is not from the cache. */
			assert_int_equal(
				lr_symbols_resolve(s, &module, p->address - round, frames, 8), 3);
			assert_string_equal(frames[2].function, "outer");
		}
		assert_true(open_files() < before + 200);
	}
	lr_symbols_free(s);
	assert_int_equal(open_files(), before);
}

/* The kernel's vdso, by its build-id only. */
static void vdso(void **state)
{
	const char *image = (const char *)getauxval(AT_SYSINFO_EHDR);
	const Elf64_Ehdr *header = (const void *)image;
	char id[136] = "";
	void *handle = dlopen("linux-vdso.so.1", RTLD_NOW | RTLD_NOLOAD);
	const char *function = handle ? dlsym(handle, "__vdso_clock_gettime") : NULL;

	assert_non_null(image);
	assert_non_null(function);
	for (unsigned i = 0; i < header->e_phnum; i++) {
		const Elf64_Phdr *p = (const void *)(image + header->e_phoff + i * sizeof(*p));
		const char *n = image + p->p_offset, *end = n + p->p_filesz;

		while (p->p_type == PT_NOTE && n < end) {
			const Elf64_Nhdr *h = (const void *)n;
			const unsigned char *text =
				(const void *)(n + sizeof(*h) + ((h->n_namesz + 3) & ~3u));

			for (unsigned k = 0;
			     h->n_type == NT_GNU_BUILD_ID && k < h->n_descsz && k < 64; k++)
				sprintf(id + 2 * k, "%02x", text[k]);
			n = (const char *)text + ((h->n_descsz + 3) & ~3u);
		}
	}
	assert_string_not_equal(id, "");
	expect("[vdso]", id, (uint64_t)(function - image), "clock_gettime", NULL);
	expect("[vdso]", NULL, (uint64_t)(function - image), "", NULL);
	expect("[vdso]", "0123456789abcdef", (uint64_t)(function - image), "", NULL);
	dlclose(handle);
}

/* Thousands of addresses in a large library must not take a scan of its tables each. */
static void fast_enough(void **state)
{
	struct lr_symbols_options options = {.debuginfod = false};
	struct lr_symbols *s = lr_symbols_new(&options);
	struct timespec a, b;
	Dl_info info;
	unsigned found = 0;

	assert_true(dladdr((void *)qsort, &info) != 0);

	char *real = realpath(info.dli_fname, NULL);
	struct lr_symbols_module module = {.path = real};
	uint64_t middle = (uint64_t)((const char *)qsort - (const char *)info.dli_fbase);

	clock_gettime(CLOCK_MONOTONIC, &a);
	for (unsigned i = 0; i < 10000; i++) {
		struct lr_symbol frames[16];
		size_t n = lr_symbols_resolve(s, &module, middle + 61 * i, frames, 16);

		found += n > 0 && frames[n - 1].function;
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	lr_symbols_free(s);
	free(real);
	assert_true(found > 5000);
	/* It takes half a second; a scan of the tables each time would take minutes. */
	assert_true(b.tv_sec - a.tv_sec < 20);
}

/* Ask with and without leave, where the environment names a server (see meson.build). */
static void debuginfod(void **state)
{
	const struct probe *p = probe_of("stripped", "inlined");
	const char *cache = in(scratch_dir, "cache");
	struct lr_symbols_module module = {.path = in(victim_dir, "stripped"),
					   .build_id_hex = p->build_id};
	struct stat st;

	assert_non_null(getenv("DEBUGINFOD_URLS"));
	/* libdw wants this very library, and does without where there is none. */
	void *library = dlopen("libdebuginfod.so.1", RTLD_NOW);

	if (!library)
		fail_msg("libdebuginfod.so.1 is missing: apt-get install libdebuginfod1");
	dlclose(library);
	setenv("DEBUGINFOD_CACHE_PATH", cache, 1);
	for (int leave = 0; leave < 2; leave++) {
		struct lr_symbols_options options = {.debuginfod = leave};
		struct lr_symbols *s = lr_symbols_new(&options);
		struct lr_symbol frames[8];

		assert_int_equal(lr_symbols_resolve(s, &module, p->address, frames, 8),
				 leave ? 3 : 1);
		assert_string_equal(frames[0].function, leave ? "innermost" : "outer");
		assert_int_equal(stat(cache, &st), leave ? 0 : -1); /* it caches what it asked */
		lr_symbols_free(s);
	}
}

int run_debuginfod_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(debuginfod, make_scratch, remove_scratch),
	};

	return cmocka_run_group_tests_name("debuginfod", tests, NULL, NULL);
}

int run_file_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(changed, make_scratch, remove_scratch),
		cmocka_unit_test(upper_case_id),
		cmocka_unit_test_setup_teardown(gone, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(by_build_id, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(by_link, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(not_files, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(no_right, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(damaged, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(many_modules, make_scratch, remove_scratch),
		cmocka_unit_test(vdso),
		cmocka_unit_test(fast_enough),
	};

	return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
