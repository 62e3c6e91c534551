/* SPDX-License-Identifier: MIT */
/*
 * Run under leakscope by scopes.py: the scope that an array's storage is
 * tagged with follows the array, whatever scope the thread is in; and closed
 * arrays name where they were made and closed.
 */
#include <leakscope/leakscope.h>
#include <leakscope/nd.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int number;

static void check(int fact, const char *what)
{
	printf("%s %d - %s\n", fact ? "ok" : "not ok", ++number, what);
}

#define MUST(call)                                                                                 \
	do {                                                                                       \
		if ((call) != ND_OK) {                                                             \
			printf("not ok - %s: %s\n", #call, nd_last_error());                       \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

int main(void)
{
	nd_manager *outer, *entered, *sub;
	nd_array *array, *view, *out;
	leakscope_scope_t mine;
	void *side;
	char *text;

	MUST(nd_manager_new_base("outer", &outer));
	MUST(nd_manager_new_sub(outer, "entered", &entered));
	MUST(nd_manager_new_sub(outer, "sub", &sub));
	mine = leakscope_scope_open("mine");
	MUST(nd_zeros(sub, ND_U8, ND_SHAPE(1000), &array));
	check(leakscope_leaks_now(mine) == 0,
	      "created in another scope, tagged with its manager's");
	MUST(nd_manager_attach(entered, array));
	MUST(nd_manager_close(sub));
	MUST(nd_array_view(array, &view));
	MUST(nd_manager_ret(array));
	leakscope_scope_close(mine);

	MUST(nd_manager_enter(entered));
	side = malloc(333);
	MUST(nd_manager_leave(entered));
	printf("# %p\n", side);

	MUST(nd_manager_close(entered));
	check(!nd_array_is_open(view) && nd_array_is_open(array),
	      "the array was moved out in time");
	MUST(nd_manager_debug_dump(outer, ND_DUMP_TEXT, &text));
	check(strstr(text, "created at ") != NULL, "the dump says where it was created");
	nd_free(text);
	check(nd_neg(view, &out) == ND_ERR_CLOSED && strstr(nd_last_error(), ": created at ") &&
		      strstr(nd_last_error(), ", closed at "),
	      "use after close says where");
	printf("# %s\n", nd_last_error());
	MUST(nd_manager_close(outer));
	side = NULL;
	check(side == NULL, "done");
	return 0;
}
