/* SPDX-License-Identifier: MIT */
/* Managers: the tree, closing, caps, and arrays that change hands. */
#include "nd_test.h"

#include <pthread.h>

static void tree(void **state)
{
	nd_manager *base = new_base("base"), *sub = new_sub(base, "a/b"), *parent, *unnamed;
	char text[100];

	OK(nd_manager_path(sub, text, sizeof text));
	assert_string_equal(text, "/base/a\\/b");
	OK(nd_manager_path(nd_manager_system(), text, sizeof text));
	assert_string_equal(text, "/");
	OK(nd_manager_name(sub, text, sizeof text));
	assert_string_equal(text, "a/b");
	OK(nd_manager_parent(sub, &parent));
	assert_ptr_equal(parent, base);
	OK(nd_manager_parent(base, &parent));
	assert_ptr_equal(parent, nd_manager_system());
	OK(nd_manager_parent(nd_manager_system(), &parent));
	assert_null(parent);
	OK(nd_manager_new_sub(base, NULL, &unnamed));
	OK(nd_manager_name(unnamed, text, sizeof text));
	assert_memory_equal(text, "manager-", 8);
	OK(nd_manager_close(base));
	assert_false(nd_manager_is_open(sub));
	assert_false(nd_manager_is_open(base));
	assert_true(nd_manager_is_open(nd_manager_system()));
}

static void closing_the_system_is_refused(void **state)
{
	FAILS(nd_manager_close(nd_manager_system()), ND_ERR_UNSUPPORTED, "system manager");
	assert_true(nd_manager_is_open(nd_manager_system()));
	OK(nd_manager_close(NULL));
	FAILS(nd_manager_close((nd_manager *)0x1234), ND_ERR_ARGUMENT, "no manager");
}

static void closing_twice(void **state)
{
	nd_manager *base = new_base("twice");
	nd_array *array = ones(base), *out = (nd_array *)1;
	uint64_t blocks = nd_test_live_blocks();

	OK(nd_array_close(array));
	OK(nd_array_close(array));
	assert_int_equal(nd_test_live_blocks(), blocks - 1);
	FAILS(nd_add(array, array, &out), ND_ERR_CLOSED, "array 'array-");
	assert_null(out);
	array = ones(base);
	OK(nd_array_set_name(array, "weights"));
	OK(nd_manager_close(base));
	OK(nd_manager_close(base));
	FAILS(nd_neg(array, &out), ND_ERR_CLOSED, "neg: array 'weights' is closed");
	FAILS(nd_zeros(base, ND_F32, ND_SHAPE(1), &out), ND_ERR_CLOSED,
	      "manager 'twice' is closed");
	/* Long after, when others have taken its place. */
	base = new_base("many");
	for (int i = 0; i < 10000; i++)
		OK(nd_array_close(ones(base)));
	FAILS(nd_neg(array, &out), ND_ERR_CLOSED, "closed");
	OK(nd_manager_close(base));
}

static char order[100];

static nd_status note(void *resource)
{
	strcat(order, resource);
	return ((char *)resource)[0] == '!'   ? ND_ERR_IO
	       : ((char *)resource)[0] == '?' ? ND_ERR_DEVICE
					      : ND_OK;
}

static void closes_latest_first_and_goes_on(void **state)
{
	nd_manager *base = new_base("base"), *sub;
	nd_array *array;

	order[0] = '\0';
	OK(nd_manager_attach_resource(base, "1", note));
	sub = new_sub(base, "sub");
	OK(nd_manager_attach_resource(sub, "2", note));
	OK(nd_manager_attach_resource(sub, "!", note));
	OK(nd_manager_attach_resource(base, "?", note));
	OK(nd_manager_attach_resource(sub, "3", note));
	array = ones(base);
	assert_int_equal(nd_manager_close(base), ND_ERR_DEVICE);
	assert_string_equal(order, "?3!21");
	assert_false(nd_array_is_open(array));
}

static void deep_tree(void **state)
{
	nd_manager *top = new_base("top"), *at = top;

	for (int i = 0; i < 100000; i++)
		at = new_sub(at, "d");
	ones(at);
	OK(nd_manager_close(top));
	assert_false(nd_manager_is_open(at));
}

static void attach_detach_ret(void **state)
{
	nd_manager *a = new_base("a"), *b = new_sub(a, "b");
	nd_array *array = ones(b), *sum;
	char *text;

	OK(nd_manager_ret(array));
	assert_ptr_equal(owner(array), a);
	OK(nd_manager_attach(b, array));
	assert_ptr_equal(owner(array), b);
	OK(nd_add(array, array, &sum));
	assert_ptr_equal(owner(sum), b);
	OK(nd_array_set_name(array, "kept"));
	OK(nd_manager_detach(array));
	OK(nd_manager_detach(array));
	assert_null(owner(array));
	OK(nd_manager_close(a));
	assert_false(nd_array_is_open(sum));
	assert_true(nd_array_is_open(array));
	OK(nd_manager_debug_dump(nd_manager_system(), ND_DUMP_TEXT, &text));
	assert_non_null(strstr(strstr(text, "\ndetached: "), "array 'kept' f32(2,3) 24 bytes cpu"));
	nd_free(text);
	/* Nobody's results are nobody's. */
	OK(nd_neg(array, &sum));
	assert_null(owner(sum));
	FAILS(nd_manager_ret(sum), ND_ERR_ARGUMENT, "detached");
	OK(nd_array_close(sum));
	OK(nd_array_close(array));
	array = ones(nd_manager_system());
	FAILS(nd_manager_ret(array), ND_ERR_ARGUMENT, "no parent");
	FAILS(nd_manager_attach(a, array), ND_ERR_CLOSED, "manager 'a' is closed");
	assert_ptr_equal(owner(array), nd_manager_system());
	OK(nd_array_close(array));
}

/* Lent from A to B to C, closed in each of the six orders. */
static void loans_come_back(void **state)
{
	static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
					 {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

	for (int i = 0; i < 6; i++) {
		nd_manager *m[3] = {new_base("A"), new_base("B"), new_base("C")};
		bool open[3] = {true, true, true};
		nd_array *array = ones(m[0]);
		int at = 2;

		OK(nd_manager_temp_attach(m[1], array));
		OK(nd_manager_temp_attach(m[2], array));
		assert_ptr_equal(owner(array), m[2]);
		for (int j = 0; j < 3; j++) {
			OK(nd_manager_close(m[orders[i][j]]));
			open[orders[i][j]] = false;
			while (at >= 0 && !open[at])
				at--;
			assert_int_equal(nd_array_is_open(array), at >= 0);
			if (at >= 0)
				assert_ptr_equal(owner(array), m[at]);
		}
	}
}

static void loans_of_others(void **state)
{
	nd_manager *a = new_base("a"), *b = new_sub(a, "b"), *c = new_base("c");
	nd_array *array = ones(a), *free_one = ones(a), *taken = ones(a);

	/* To a sub-manager of its own home, which closes as a whole. */
	OK(nd_manager_temp_attach(b, array));
	OK(nd_manager_detach(free_one));
	OK(nd_manager_temp_attach(b, free_one));
	/* Attaching ends a loan. */
	OK(nd_manager_temp_attach(b, taken));
	OK(nd_manager_attach(c, taken));
	OK(nd_manager_close(a));
	assert_false(nd_array_is_open(array));
	assert_null(owner(free_one));
	assert_ptr_equal(owner(taken), c);
	OK(nd_array_close(free_one));
	OK(nd_manager_close(c));
	assert_false(nd_array_is_open(taken));
}

static void caps(void **state)
{
	nd_manager *base = new_base("base"), *capped = new_sub(base, "capped");
	nd_manager *sub, *other = new_base("other");
	nd_array *in = ones(capped), *lent = ones(capped), *outside = ones(base), *out;
	uint64_t blocks;

	OK(nd_manager_temp_attach(other, lent));
	OK(nd_manager_cap(capped));
	assert_true(nd_manager_is_capped(capped));
	blocks = nd_test_live_blocks();
	FAILS(nd_ones(capped, ND_F32, ND_SHAPE(1000), &out), ND_ERR_CAPPED, "'capped' is capped");
	FAILS(nd_add(in, outside, &out), ND_ERR_CAPPED, "add: manager 'capped'");
	FAILS(nd_array_view(in, &out), ND_ERR_CAPPED, "capped");
	FAILS(nd_manager_attach(capped, outside), ND_ERR_CAPPED, "attach");
	assert_ptr_equal(owner(outside), base);
	FAILS(nd_manager_temp_attach(capped, outside), ND_ERR_CAPPED, "temp_attach");
	FAILS(nd_manager_attach_resource(capped, "1", note), ND_ERR_CAPPED, "attach_resource");
	assert_int_equal(nd_test_live_blocks(), blocks);
	sub = new_sub(capped, "sub");
	out = ones(sub);
	FAILS(nd_manager_ret(out), ND_ERR_CAPPED, "ret");
	assert_ptr_equal(owner(out), sub);
	/* Allowed: in place, with temporaries of its own; as the second operand; back from a loan. */
	OK(nd_add_in_place(in, in));
	OK(nd_array_assign(in, outside));
	OK(nd_mul(outside, in, &out));
	assert_ptr_equal(owner(out), base);
	OK(nd_manager_close(other));
	assert_ptr_equal(owner(lent), capped);
	OK(nd_manager_close(base));
}

static int warnings;

static void warned(void *context, const char *line, void *const *stack, int depth)
{
	assert_string_equal(context, "ctx");
	assert_non_null(strstr(line, "manager 'watched'"));
	assert_true(depth > 1);
	warnings++;
}

static void warn_cap_only_reports(void **state)
{
	nd_manager *watched = new_base("watched");
	nd_array *array, *out;

	OK(nd_manager_warn_cap(watched, warned, "ctx"));
	warnings = 0;
	array = ones(watched);
	OK(nd_neg(array, &out));
	OK(nd_manager_detach(out));
	OK(nd_manager_attach(watched, out));
	assert_int_equal(warnings, 3);
	assert_int_equal(held(watched), 2);
	/* What is there already does not come in, nor does what is refused. */
	OK(nd_manager_attach(watched, out));
	OK(nd_array_close(out));
	FAILS(nd_manager_attach(watched, out), ND_ERR_CLOSED, "closed");
	assert_int_equal(warnings, 3);
	OK(nd_manager_close(watched));
}

static void views_share_storage(void **state)
{
	nd_manager *a = new_base("a"), *b = new_base("b");
	nd_array *array, *view, *slice;
	uint64_t blocks = nd_test_live_blocks();
	size_t bytes;
	double value;

	OK(nd_arange(a, ND_F64, 0, 12, 1, &array));
	OK(nd_reshape(array, ND_SHAPE(3, -1), &view));
	OK(nd_array_slice(view, 2, (nd_range[]){ND_AT(-1), ND_STEP(ND_FROM_START, ND_TO_END, 2)},
			  &slice));
	assert_int_equal(nd_test_live_blocks(), blocks + 1);
	OK(nd_manager_bytes(a, &bytes));
	assert_int_equal(bytes, 96);
	OK(nd_manager_attach(b, slice));
	OK(nd_manager_bytes(b, &bytes));
	assert_int_equal(bytes, 0);
	OK(nd_array_set_f64(array, 1, (int64_t[]){10}, 77));
	OK(nd_array_get_f64(slice, 1, (int64_t[]){1}, &value));
	assert_true(value == 77);
	OK(nd_manager_close(a));
	/* The last view accounts for it, and keeps it. */
	OK(nd_manager_bytes(b, &bytes));
	assert_int_equal(bytes, 96);
	OK(nd_array_get_f64(slice, 1, (int64_t[]){0}, &value));
	assert_true(value == 8);
	OK(nd_manager_close(b));
	assert_int_equal(nd_test_live_blocks(), blocks);
}

static void thread_scopes(void **state)
{
	nd_manager *base = new_base("base");
	nd_array *before = ones(base), *a, *b, *c, *d, *inner_one;
	nd_scope *outer, *inner;

	OK(nd_scope_open(&outer));
	a = ones(base);
	OK(nd_add(before, a, &b));
	c = ones(base);
	OK(nd_scope_unregister(c));
	OK(nd_scope_open(&inner));
	inner_one = ones(base);
	d = ones(base);
	OK(nd_manager_detach(d));
	OK(nd_scope_close(inner));
	OK(nd_scope_close(inner));
	assert_false(nd_array_is_open(inner_one));
	assert_true(nd_array_is_open(a));
	OK(nd_array_close(a));
	OK(nd_scope_open(&inner));
	inner_one = ones(base);
	OK(nd_scope_close(outer));
	assert_false(nd_array_is_open(b));
	assert_false(nd_array_is_open(inner_one));
	assert_true(nd_array_is_open(before) && nd_array_is_open(c) && nd_array_is_open(d));
	assert_int_equal(held(base), 2);
	OK(nd_array_close(d));
	OK(nd_manager_close(base));
}

static void *open_and_go(void *out)
{
	OK(nd_scope_open(out));
	return NULL;
}

static void scopes_of_other_threads(void **state)
{
	pthread_t thread;
	nd_scope *theirs, *ours;

	assert_int_equal(pthread_create(&thread, NULL, open_and_go, &theirs), 0);
	pthread_join(thread, NULL);
	FAILS(nd_scope_close(theirs), ND_ERR_ARGUMENT, "by the thread that opened it");
	OK(nd_scope_open(&ours));
	FAILS(nd_scope_close(theirs), ND_ERR_ARGUMENT, "by the thread that opened it");
	OK(nd_scope_close(ours));
}

static void dumps(void **state)
{
	nd_manager *base = new_base("dump \"me\""), *sub = new_sub(base, "sub");
	nd_array *array, *view;
	char *text;

	OK(nd_zeros(base, ND_I64, ND_SHAPE(2, 5), &array));
	OK(nd_array_set_name(array, "x"));
	OK(nd_transpose(array, 0, NULL, &view));
	OK(nd_array_set_name(view, "xt"));
	OK(nd_manager_cap(sub));
	OK(nd_manager_debug_dump(base, ND_DUMP_TEXT, &text));
	assert_string_equal(text, "dump \"me\": 2 arrays, 80 bytes\n"
				  "  array 'x' i64(2,5) 80 bytes cpu\n"
				  "  array 'xt' i64(5,2) 80 bytes cpu, view\n"
				  "  sub: 0 arrays, 0 bytes, capped\n");
	nd_free(text);
	OK(nd_manager_debug_dump(base, ND_DUMP_JSON, &text));
	assert_string_equal(
		text,
		"{\"name\":\"dump \\\"me\\\"\",\"path\":\"/dump \\\"me\\\"\",\"capped\":false,"
		"\"bytes\":80,\"arrays\":[{\"name\":\"x\",\"dtype\":\"i64\",\"shape\":[2,5],"
		"\"bytes\":80,\"device\":\"cpu\",\"view\":false,\"on_loan\":false},"
		"{\"name\":\"xt\",\"dtype\":\"i64\",\"shape\":[5,2],\"bytes\":80,"
		"\"device\":\"cpu\",\"view\":true,\"on_loan\":false}],\"managers\":["
		"{\"name\":\"sub\",\"path\":\"/dump \\\"me\\\"/sub\",\"capped\":true,\"bytes\":0,"
		"\"arrays\":[],\"managers\":[]}]}\n");
	nd_free(text);
	OK(nd_manager_close(base));
}

static void enter_and_leave(void **state)
{
	nd_manager *base = new_base("base");

	OK(nd_manager_enter(base));
	OK(nd_manager_leave(base));
	OK(nd_manager_close(base));
	FAILS(nd_manager_enter(base), ND_ERR_CLOSED, "manager 'base'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree),
		cmocka_unit_test(closing_the_system_is_refused),
		cmocka_unit_test(closing_twice),
		cmocka_unit_test(closes_latest_first_and_goes_on),
		cmocka_unit_test(deep_tree),
		cmocka_unit_test(attach_detach_ret),
		cmocka_unit_test(loans_come_back),
		cmocka_unit_test(loans_of_others),
		cmocka_unit_test(caps),
		cmocka_unit_test(warn_cap_only_reports),
		cmocka_unit_test(views_share_storage),
		cmocka_unit_test(thread_scopes),
		cmocka_unit_test(scopes_of_other_threads),
		cmocka_unit_test(dumps),
		cmocka_unit_test(enter_and_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
