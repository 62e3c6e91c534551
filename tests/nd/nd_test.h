/* SPDX-License-Identifier: MIT */
/* What the runtime's tests in C share. */
#ifndef ND_TEST_H
#define ND_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <leakscope/nd.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK(call)                                                                                   \
	do {                                                                                       \
		nd_status status_ = (call);                                                        \
		if (status_ != ND_OK)                                                              \
			print_message("%s: %s\n", #call, nd_last_error());                         \
		assert_int_equal(status_, ND_OK);                                                  \
	} while (0)
/* CALL fails with STATUS and says TEXT somewhere in its line. */
#define FAILS(call, status, text)                                                                  \
	do {                                                                                       \
		assert_int_equal(call, status);                                                    \
		if (!strstr(nd_last_error(), text))                                                \
			fail_msg("said '%s', not '%s'", nd_last_error(), text);                    \
	} while (0)

static inline nd_manager *new_base(const char *name)
{
	nd_manager *manager;

	OK(nd_manager_new_base(name, &manager));
	return manager;
}

static inline nd_manager *new_sub(nd_manager *parent, const char *name)
{
	nd_manager *manager;

	OK(nd_manager_new_sub(parent, name, &manager));
	return manager;
}

static inline nd_array *ones(nd_manager *manager)
{
	nd_array *array;

	OK(nd_ones(manager, ND_F32, ND_SHAPE(2, 3), &array));
	return array;
}

static inline nd_manager *owner(nd_array *array)
{
	nd_manager *manager;

	OK(nd_array_manager(array, &manager));
	return manager;
}

static inline size_t held(nd_manager *manager)
{
	size_t count;

	OK(nd_manager_managed_arrays(manager, NULL, 0, &count));
	return count;
}

#endif
