/* SPDX-License-Identifier: MIT */
/*
 * Interior pointers that C++ itself makes hold their blocks: to the elements of an array
 * with destructors behind its count, to the second base of an object, to the text
 * behind an old string's head, to data behind its length.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: pass
 * expect: leak array bytes=808 blocks=1 kind=reachable top=operator%new.* frames=build:array,main
 * expect: leak bases bytes=48 blocks=1 kind=reachable top=operator%new frames=build:bases,main
 * expect: leak string bytes=125 blocks=1 kind=reachable frames=build:string,main
 * expect: leak length bytes=72 blocks=1 kind=reachable frames=build:length,main
 * expect: leak none bytes=73 blocks=1 kind=possible frames=build:none,main
 */
#include "scan.h"

struct element {
	element() : value(nullptr) {}
	~element() { keep(value); }
	void *value;
};

struct first {
	virtual ~first() {}
	long a[2] = {0, 0};
};
struct second {
	virtual ~second() {}
	long b = 0;
};
struct both : first, second {
	~both() override {}
	long c = 0;
};

static element *volatile array;
static second *volatile base;
static char *volatile text, *volatile data, *volatile other;

static NOINLINE void build()
{
	array = new element[100]; /* LEAK:array */
	base = new both;          /* LEAK:bases */
	/* Length, capacity and count of references, then the characters. */
	size_t *string = (size_t *)malloc(3 * sizeof(size_t) + 101); /* LEAK:string */
	string[0] = 60;
	string[1] = 100;
	string[2] = 0;
	text = (char *)(string + 3);
	memset(text, 'x', 60);
	text[60] = 0;
	size_t *length = (size_t *)calloc(1, 72); /* LEAK:length */
	length[0] = 64;
	data = (char *)(length + 1);
	length = (size_t *)calloc(1, 73); /* LEAK:none */
	length[0] = 17;
	other = (char *)(length + 1);
}

int main()
{
	build();
	wipe();
	return 0;
}
