/* SPDX-License-Identifier: MIT */
/*
 * Rules from unwind tables: made-up ones of every sort, damaged ones that end at the edge
 * of what can be read, and those of libc.  Walks of several threads beside each other
 * while rules expire.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "depot.h"
#include "glue.h"
#include "options.h"
#include "process.h"
#include "random.h"
#include "storage.h"
#include "thread.h"
#include "unwind_cfi.h"
#include "unwind_walk.h"

/* ---- made-up tables ---- */

#define FUNCTION_SIZE 100u

static unsigned char *page; /* the one behind it can't be read */
static size_t used;
static unsigned char image[4096];

static void put(uint64_t v, unsigned size)
{
	memcpy(image + used, &v, size);
	used += size;
}

struct table {
	const char *augmentation, *data;
	unsigned data_size, version, encoding;
	const char *initial; /* the CIE's program, then the FDE's */
	unsigned initial_size;
	const char *program;
	unsigned program_size;
};

static const char usual_start[] = "\x0c\x07\x08\x90\x01"; /* CFA = rsp + 8, RA at CFA - 8 */
static const struct table usual = {.augmentation = "zR",
				   .data = "\x1b",
				   .data_size = 1,
				   .version = 1,
				   .encoding = 0x1b,
				   .initial = usual_start,
				   .initial_size = 5};

/*
 * Lay it out at the end of the readable page: header, one CIE, one FDE for a function
 * that begins at the page's first byte.  Returns the header's address.
 */
static uintptr_t lay_out(const struct table *t)
{
	for (int round = 0; round < 2; round++) {
		/* addresses depend on the size: known in the second round */
		uintptr_t base = (uintptr_t)page + 4096 - used;
		uintptr_t function = (uintptr_t)page;
		used = 0;
		put(0x3b031b01, 4);
		put(16, 4); /* .eh_frame: right behind the table */
		put(1, 4);
		put((uint32_t)(function - base), 4);
		size_t where = used;
		put(0, 4);
		size_t cie = used;
		put(0, 4);
		put(0, 4);
		put(t->version, 1);
		memcpy(image + used, t->augmentation, strlen(t->augmentation) + 1);
		used += strlen(t->augmentation) + 1;
		put(1, 1);    /* code alignment */
		put(0x78, 1); /* data alignment: -8 */
		put(16, 1);
		if (t->augmentation[0] == 'z') {
			put(t->data_size, 1);
			memcpy(image + used, t->data, t->data_size);
			used += t->data_size;
		}
		memcpy(image + used, t->initial, t->initial_size);
		used += t->initial_size;
		while (used % 4)
			put(0, 1);
		uint32_t length = (uint32_t)(used - cie - 4);
		memcpy(image + cie, &length, 4);
		size_t fde = used;
		uint32_t to_fde = (uint32_t)fde;
		memcpy(image + where, &to_fde, 4);
		put(0, 4);
		put(used - cie, 4);
		if (t->encoding == 0x1b)
			put((uint32_t)(function - (base + used)), 4);
		else
			put(function, 8);
		put(FUNCTION_SIZE, t->encoding == 0x1b ? 4 : 8);
		if (t->augmentation[0] == 'z')
			put(0, 1);
		memcpy(image + used, t->program, t->program_size);
		used += t->program_size;
		while (used % 8)
			put(0, 1);
		length = (uint32_t)(used - fde - 4);
		memcpy(image + fde, &length, 4);
	}
	memcpy(page + 4096 - used, image, used);
	return (uintptr_t)page + 4096 - used;
}

static ls_rule rule_at(const struct table *t, unsigned offset)
{
	uintptr_t header = lay_out(t);
	struct ls_cfi_area area = {(uintptr_t)page, (uintptr_t)page + 4096};
	return ls_cfi_evaluate(header, &area, 1, (uintptr_t)page + offset);
}

static ls_rule step(int cfa, int from_fp, int fp)
{
	return LS_RULE_STEP | (uint64_t)cfa << 32 | (from_fp ? LS_RULE_FROM_FP : 0) |
	       (fp ? LS_RULE_FP_SAVED | (uint64_t)(uint16_t)fp << 16 : 0);
}

#define PROGRAM(text)                                                                              \
	(struct table)                                                                             \
	{                                                                                          \
		.augmentation = "zR", .data = "\x1b", .data_size = 1, .version = 1,                \
		.encoding = 0x1b, .initial = usual_start, .initial_size = 5, .program = (text),    \
		.program_size = sizeof(text) - 1                                                   \
	}

static int start(void **state)
{
	(void)state;
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return page == MAP_FAILED || mprotect(page + 4096, 4096, PROT_NONE);
}

static void ordinary_programs(void **state)
{
	(void)state;
	struct table t = PROGRAM("");
	assert_int_equal(rule_at(&t, 0), step(8, 0, 0));
	/* push rbp; mov rbp, rsp; … leave */
	t = PROGRAM("\x41\x0e\x10\x86\x02\x43\x0d\x06\x4a\x0c\x07\x08\xc6");
	assert_int_equal(rule_at(&t, 0), step(8, 0, 0));
	assert_int_equal(rule_at(&t, 1), step(16, 0, -16));
	assert_int_equal(rule_at(&t, 3), step(16, 0, -16));
	assert_int_equal(rule_at(&t, 4), step(16, 1, -16));
	assert_int_equal(rule_at(&t, 13), step(16, 1, -16));
	assert_int_equal(rule_at(&t, 14), step(8, 0, 0));
	assert_int_equal(rule_at(&t, FUNCTION_SIZE - 1), step(8, 0, 0));
	assert_int_equal(rule_at(&t, FUNCTION_SIZE), LS_RULE_NONE);
	/* large frames, long advances, remembered states */
	t = PROGRAM("\x02\x10\x0e\xf0\x80\x01\x0a\x03\x10\x00\x0e\x08\x04\x02\x00\x00\x00\x0b");
	assert_int_equal(rule_at(&t, 15), step(8, 0, 0));
	assert_int_equal(rule_at(&t, 16), step(16496, 0, 0));
	assert_int_equal(rule_at(&t, 32), step(8, 0, 0));
	assert_int_equal(rule_at(&t, 34), step(16496, 0, 0));
	/* other registers are of no interest, wherever they are */
	t = PROGRAM("\x83\x03\x10\x0c\x02\x77\x10\x2e\x10\x16\x03\x01\x30\x09\x0e\x0f");
	assert_int_equal(rule_at(&t, 0), step(8, 0, 0));
	/* signed forms */
	t = PROGRAM("\x12\x07\x7e\x11\x06\x03\x13\x7c");
	assert_int_equal(rule_at(&t, 0), step(32, 0, -24));
	/* an absolute address, and nothing to say of personality and landing pads */
	t = PROGRAM("");
	t.augmentation = "zPLR";
	t.data = "\x03pppp\x1b\x00";
	t.data_size = 7;
	t.encoding = 0;
	assert_int_equal(rule_at(&t, 5), step(8, 0, 0));
	t = PROGRAM("");
	t.augmentation = "";
	t.encoding = 0;
	t.version = 3;
	assert_int_equal(rule_at(&t, 5), step(8, 0, 0));
}

static void ends(void **state)
{
	(void)state;
	struct table t = PROGRAM("\x07\x10");
	assert_int_equal(rule_at(&t, 0), LS_RULE_END);
	t = PROGRAM("\x41\x07\x10");
	assert_int_equal(rule_at(&t, 0), step(8, 0, 0));
	assert_int_equal(rule_at(&t, 1), LS_RULE_END);
}

static void no_rules(void **state)
{
	(void)state;
	static const struct {
		const char *program;
		unsigned size;
	} odd[] = {
#define ODD(text) {text, sizeof(text) - 1}
		ODD("\x0f\x02\x77\x08"),         /* CFA by expression */
		ODD("\x0d\x0a"),                 /* from r10 */
		ODD("\x90\x02"),                 /* return address elsewhere */
		ODD("\x08\x10"),                 /* in its register */
		ODD("\x10\x06\x02\x76\x00"),     /* rbp by expression */
		ODD("\x07\x06"),                 /* rbp undefined */
		ODD("\x09\x06\x03"),             /* rbp in rbx */
		ODD("\x87\x02"),                 /* rsp saved */
		ODD("\x86\x01"),                 /* rbp where the return address is */
		ODD("\x0e\x0c"),                 /* not a multiple of eight */
		ODD("\x0e\x00"),                 /* no frame at all */
		ODD("\x0e\xff\xff\xff\xff\x7f"), /* gigabytes of it */
		ODD("\x0b"),                     /* nothing remembered */
		ODD("\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a\x0a"),
		ODD("\x01\x00\x00\x00\x00"), /* set_loc */
		ODD("\x3f"),                 /* no instruction */
		ODD("\x2f\x06\x02"),
		ODD("\x0e\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),
		ODD("\x0c\x07"), /* cut: the padding is its operand, 0 */
		ODD("\x0f\x7f"),
#undef ODD
	};
	for (unsigned i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct table t = usual;
		t.program = odd[i].program;
		t.program_size = odd[i].size;
		if (rule_at(&t, 50) != LS_RULE_NONE)
			fail_msg("a rule for program %u", i);
	}
	struct table t = PROGRAM("");
	t.augmentation = "zRS"; /* a signal's */
	assert_int_equal(rule_at(&t, 0), LS_RULE_NONE);
	t.augmentation = "eh";
	assert_int_equal(rule_at(&t, 0), LS_RULE_NONE);
	t = PROGRAM("");
	t.version = 4;
	assert_int_equal(rule_at(&t, 0), LS_RULE_NONE);
	t = PROGRAM("");
	t.data = "\x9b"; /* indirect */
	assert_int_equal(rule_at(&t, 0), LS_RULE_NONE);
}

/* Whatever the bytes are, and wherever they end: no fault, no endless loop. */
static void damaged_tables(void **state)
{
	(void)state;
	struct table t =
		PROGRAM("\x41\x0e\x10\x86\x02\x43\x0d\x06\x0a\x02\x10\x0c\x07\x08\x0b\x2e\x10");
	uintptr_t header = lay_out(&t);
	size_t size = used;
	unsigned char *at = (unsigned char *)header;
	unsigned found = 0;
	for (unsigned round = 0; round < 400000; round++) {
		struct ls_cfi_area area = {(uintptr_t)page, (uintptr_t)page + 4096};
		memcpy(at, image, size);
		for (unsigned n = (unsigned)below(4); n > 0; n--)
			at[below(size)] = (unsigned char)next_random();
		if (one_in(3)) { /* a word that points somewhere */
			uint32_t far = (uint32_t)next_random() >> below(32);
			memcpy(at + below(size - 4), &far, 4);
		}
		if (one_in(4))
			area.end -= below(size);
		if (one_in(8))
			area.start = header + below(size);
		found += ls_cfi_evaluate(header, &area, 1, (uintptr_t)page + below(120)) !=
			 LS_RULE_NONE;
	}
	assert_int_not_equal(found, 0);
}

static void real_tables(void **state)
{
	(void)state;
	/* ordinary functions, and memory without any */
	assert_int_equal(ls_cfi_rule((uintptr_t)&qsort) & LS_RULE_KIND, LS_RULE_STEP);
	assert_int_equal(ls_cfi_rule((uintptr_t)&lay_out) & LS_RULE_KIND, LS_RULE_STEP);
	assert_int_equal(ls_cfi_rule((uintptr_t)page), LS_RULE_NONE);
	assert_int_equal(ls_cfi_rule(0), LS_RULE_NONE);
	assert_int_equal(ls_cfi_rule(UINTPTR_MAX), LS_RULE_NONE);
}

/* ---- walks ---- */

#define DEPTH 24u
#define THREADS 4
static char folder[] = "/tmp/shim-unwind-XXXXXX";
static char options[128];
static char *environment[] = {options, NULL};

static int start_recording(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(options, sizeof(options), "LEAKSCOPE_OPTIONS=dir=%s:report=none", folder);
	ls_initial_environ = environment;
	assert_true(ls_real_ready());
	ls_options_read();
	assert_true(ls_process_start(false));
	ls_threads_many = true;
	return 0;
}

static int end_recording(void **state)
{
	(void)state;
	ls_storage_unlink();
	return rmdir(folder);
}

struct walker {
	struct ls_walk *walk;
	uint32_t id;
	unsigned count;
	uint32_t flags;
	uintptr_t pc[DEPTH];
	uint64_t taken;
};

static __attribute__((noinline)) void hook(struct walker *w)
{
	ls_tls.depth = 1;
	w->id = ls_walk(w->walk, (uintptr_t)__builtin_return_address(0));
	ls_tls.depth = 0;
	if (w->id) {
		const uintptr_t *pc = ls_walk_frames(w->walk, &w->count, &w->flags);
		memcpy(w->pc, pc, w->count * sizeof(*pc));
		w->taken++;
	}
}

static __attribute__((noinline)) void dig(struct walker *w, unsigned left, unsigned every)
{
	volatile char pad[56] = {0};
	if (left > 0)
		dig(w, left - 1, every);
	if (left % every == (unsigned char)pad[3])
		hook(w);
	__asm__ volatile("" ::: "memory");
}

static void *walk_often(void *argument)
{
	struct walker *w = argument;
	uint32_t last = 0;
	for (unsigned i = 0; i < 3000; i++) {
		dig(w, i % 40, i % 3 + 1);
		/* the outermost call of each: one stack */
		if (i && w->id && i % 3 == 0) {
			if (last && last != w->id)
				return "one stack has two ids";
			last = w->id;
		}
		if (i % 100 == 0)
			ls_walk_expire();
	}
	return w->taken ? NULL : "no walk came to an end";
}

static void threads_beside_each_other(void **state)
{
	(void)state;
	static struct walker walkers[THREADS];
	pthread_t id[THREADS];
	for (int i = 0; i < THREADS; i++) {
		walkers[i].walk = calloc(1, ls_walk_size(DEPTH));
		assert_non_null(walkers[i].walk);
		void *scratch = calloc(DEPTH, LS_WALK_SCRATCH * sizeof(uintptr_t));
		assert_non_null(scratch);
		ls_walk_init(walkers[i].walk, DEPTH, scratch);
		assert_int_equal(pthread_create(&id[i], NULL, walk_often, &walkers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		void *wrong;
		pthread_join(id[i], &wrong);
		if (wrong)
			fail_msg("%s", (const char *)wrong);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_programs),
		cmocka_unit_test(ends),
		cmocka_unit_test(no_rules),
		cmocka_unit_test(damaged_tables),
		cmocka_unit_test(real_tables),
		cmocka_unit_test_setup_teardown(threads_beside_each_other, start_recording,
						end_recording),
	};
	return cmocka_run_group_tests_name("unwind", tests, start, NULL);
}
