/* SPDX-License-Identifier: MIT */
/*
 * The tables behind NVTX ranges: open ranges against a model, names of handles, wide
 * strings as UTF-8.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "glue.h"
#include "note.h"
#include "nvtx.h"
#include "random.h"

static unsigned notes;

void ls_note_locked(enum ls_note_level level, const char *text)
{
	(void)level;
	(void)text;
	notes++;
}

static void open_ranges(void **state)
{
	enum { IDS = 3000, DOMAINS = 3 };
	static uint64_t model[DOMAINS][IDS];
	(void)state;
	assert_int_equal(ls_nvtx_range_take(0, 1), 0);
	for (unsigned i = 0; i < 400000; i++) {
		uint64_t d = below(DOMAINS), id = 1 + below(IDS), domain = d * 0xffff8000ull;
		uint64_t *known = &model[d][id - 1];
		if (one_in(2)) {
			assert_int_equal(ls_nvtx_range_put(domain, id, i + 1), *known);
			*known = i + 1;
		} else {
			assert_int_equal(ls_nvtx_range_take(domain, id), *known);
			*known = 0;
		}
	}
	ls_nvtx_reset();
	for (uint64_t d = 0; d < DOMAINS; d++)
		for (uint64_t id = 1; id <= IDS; id++)
			assert_int_equal(ls_nvtx_range_take(d * 0xffff8000ull, id), 0);
	assert_int_equal(notes, 0);
	assert_true(ls_nvtx_range_id() < ls_nvtx_range_id());
}

static void too_many_ranges(void **state)
{
	uint64_t refused = 0;
	(void)state;
	for (uint64_t id = 1; id <= 200000 && !refused; id++)
		if (ls_nvtx_range_put(0, id, id))
			refused = id;
	assert_in_range(refused, 60000, 140000);
	assert_int_equal(notes, 1);
	for (uint64_t id = 1; id < refused; id++)
		assert_int_equal(ls_nvtx_range_take(0, id), id);
	assert_int_equal(ls_nvtx_range_put(0, 1, 1), 0);
	ls_nvtx_reset();
}

static void handles(void **state)
{
	uint64_t lib = ls_nvtx_name_make(LS_NVTX_DOMAIN, 0, "lib");
	uint64_t text = ls_nvtx_name_make(LS_NVTX_STRING, lib, "text");
	(void)state;
	assert_null(ls_nvtx_name(LS_NVTX_DOMAIN, 0));
	assert_null(ls_nvtx_name(LS_NVTX_DOMAIN, 1));
	assert_null(ls_nvtx_name(LS_NVTX_DOMAIN, lib + 24 * 17 + 1));
	assert_string_equal(ls_nvtx_name(LS_NVTX_DOMAIN, lib), "lib");
	assert_string_equal(ls_nvtx_name(LS_NVTX_STRING, text), "text");
	assert_int_equal(ls_nvtx_name_make(LS_NVTX_DOMAIN, 0, "lib"), lib);
	assert_int_equal(ls_nvtx_name_make(LS_NVTX_STRING, lib, "text"), text);
	assert_int_not_equal(ls_nvtx_name_make(LS_NVTX_STRING, 0, "text"), text);
	assert_int_not_equal(ls_nvtx_name_make(LS_NVTX_STRING, lib, "lib"), lib);
	assert_int_not_equal(ls_nvtx_name_make(LS_NVTX_DOMAIN, 0, NULL), 0);

	/* a tool's: a small number, an address, the same for both kinds; it may be used again */
	const uint64_t theirs[] = {1, 0x5555deadbee0, UINT64_MAX};
	for (unsigned i = 0; i < 3; i++) {
		ls_nvtx_name_set(LS_NVTX_DOMAIN, theirs[i], "domain");
		ls_nvtx_name_set(LS_NVTX_STRING, theirs[i], "string");
		assert_string_equal(ls_nvtx_name(LS_NVTX_DOMAIN, theirs[i]), "domain");
		assert_string_equal(ls_nvtx_name(LS_NVTX_STRING, theirs[i]), "string");
		ls_nvtx_name_set(LS_NVTX_DOMAIN, theirs[i], "another");
		assert_string_equal(ls_nvtx_name(LS_NVTX_DOMAIN, theirs[i]), "another");
	}
	assert_string_equal(ls_nvtx_name(LS_NVTX_DOMAIN, lib), "lib");
}

/* Readers take no lock: what they find is a whole name, the old or the new one. */
static void *read_names(void *stop)
{
	while (!__atomic_load_n((int *)stop, __ATOMIC_ACQUIRE))
		for (uint64_t h = 1000; h < 1100; h++) {
			const char *text = ls_nvtx_name(LS_NVTX_STRING, h);
			if (text && strcmp(text, "one") != 0 && strcmp(text, "two") != 0)
				return stop;
		}
	return NULL;
}

static void *write_names(void *base)
{
	for (unsigned i = 0; i < 20000; i++) {
		uint64_t h = (uint64_t)(uintptr_t)base + i % 100;
		ls_nvtx_name_set(LS_NVTX_STRING, h, i / 100 % 2 ? "one" : "two");
		if (ls_nvtx_range_put((uint64_t)(uintptr_t)base, i + 1, i + 1) != 0 ||
		    ls_nvtx_range_take((uint64_t)(uintptr_t)base, i + 1) != i + 1)
			return base;
	}
	return NULL;
}

static void at_once(void **state)
{
	pthread_t readers[2], writers[2];
	int stop = 0;
	void *wrong;
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(pthread_create(&readers[i], NULL, read_names, &stop), 0);
		assert_int_equal(pthread_create(&writers[i], NULL, write_names,
						(void *)(uintptr_t)(1000 + i)),
				 0);
	}
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(writers[i], &wrong), 0);
		assert_null(wrong);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(readers[i], &wrong), 0);
		assert_null(wrong);
	}
}

static void long_names(void **state)
{
	char name[1000];
	(void)state;
	memset(name, 'x', sizeof name);
	name[999] = 0;
	const char *kept = ls_nvtx_name(LS_NVTX_STRING, ls_nvtx_name_make(LS_NVTX_STRING, 0, name));
	assert_int_equal(strlen(kept), 200);
	/* no half character: the last of three bytes would be the 201st */
	memcpy(name + 198, "\xe2\x82\xac", 3);
	kept = ls_nvtx_name(LS_NVTX_STRING, ls_nvtx_name_make(LS_NVTX_STRING, 0, name));
	assert_int_equal(strlen(kept), 198);
}

static void narrow(void **state)
{
	char out[LS_NVTX_TEXT];
	static wchar_t lasting[1000];
	static const wchar_t odd[] = {0x7f,    0x80,     0x7ff,    0x800,  0xffff,
				      0x10000, 0x10ffff, 0x110000, 0xdfff, (wchar_t)0xffffffffu,
				      0};
	(void)state;
	assert_string_equal(ls_nvtx_narrow(NULL, out), "");
	assert_string_equal(ls_nvtx_narrow(L"", out), "");
	assert_string_equal(ls_nvtx_narrow(L"plain", out), "plain");
	assert_string_equal(ls_nvtx_narrow(odd, out),
			    "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80"
			    "\xf4\x8f\xbf\xbf\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	for (unsigned i = 0; i < 999; i++)
		lasting[i] = 0x1f600;
	size_t n = strlen(ls_nvtx_narrow(lasting, out));
	assert_in_range(n, LS_NVTX_TEXT - 8, LS_NVTX_TEXT - 1);
	assert_int_equal(n % 4, 0);
}

/* The last one: afterwards there is no room. */
static void too_many_names(void **state)
{
	char name[32];
	unsigned made = 0;
	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(name, sizeof name, "name %u", i);
		uint64_t h = ls_nvtx_name_make(LS_NVTX_STRING, 0, name);
		if (h) {
			assert_string_equal(ls_nvtx_name(LS_NVTX_STRING, h), name);
			made++;
		}
	}
	assert_in_range(made, 6000, 8000);
	assert_int_not_equal(ls_nvtx_name_make(LS_NVTX_STRING, 0, "name 0"), 0);
	ls_nvtx_name_set(LS_NVTX_STRING, 0x1111, "no room");
	assert_null(ls_nvtx_name(LS_NVTX_STRING, 0x1111));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_ranges),    cmocka_unit_test(too_many_ranges),
		cmocka_unit_test(handles),        cmocka_unit_test(at_once),
		cmocka_unit_test(long_names),     cmocka_unit_test(narrow),
		cmocka_unit_test(too_many_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
