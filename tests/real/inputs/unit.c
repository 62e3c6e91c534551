/* SPDX-License-Identifier: MIT */
/* Something for gcc -O2 to chew on: many small functions made by macros. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct item {
	int key;
	char name[24];
	struct item *next;
};

#define FAMILY(n)                                                                                  \
	static int hash_##n(const char *s)                                                         \
	{                                                                                          \
		int h = n;                                                                         \
		while (*s)                                                                         \
			h = h * (31 + n) + *s++;                                                   \
		return h;                                                                          \
	}                                                                                          \
	static struct item *add_##n(struct item *list, const char *name)                           \
	{                                                                                          \
		struct item *i = malloc(sizeof(*i));                                               \
		if (!i)                                                                            \
			return list;                                                               \
		snprintf(i->name, sizeof(i->name), "%s-%d", name, n);                              \
		i->key = hash_##n(i->name);                                                        \
		i->next = list;                                                                    \
		return i;                                                                          \
	}                                                                                          \
	int sum_##n(const char *const *names, size_t count)                                        \
	{                                                                                          \
		struct item *list = NULL;                                                          \
		int sum = 0;                                                                       \
		for (size_t k = 0; k < count; k++)                                                 \
			list = add_##n(list, names[k]);                                            \
		while (list) {                                                                     \
			struct item *next = list->next;                                            \
			sum += list->key % (n + 3);                                                \
			free(list);                                                                \
			list = next;                                                               \
		}                                                                                  \
		return sum;                                                                        \
	}

FAMILY(1) FAMILY(2) FAMILY(3) FAMILY(4) FAMILY(5) FAMILY(6) FAMILY(7) FAMILY(8)
