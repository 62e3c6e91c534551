/* SPDX-License-Identifier: MIT */
/*
 * Interior pointers that compilers and libraries make where the program itself
 * holds the whole block.  The four shapes are those that Valgrind's manual
 * describes for --leak-check-heuristics; what they look like in memory follows
 * from the Itanium C++ ABI (array cookies, virtual tables) and libstdc++'s former
 * string.  Each is told from a chance value by what stands in the block itself.
 */
#include "scan_internal.h"

#define WORD sizeof(uintptr_t)
#define LARGEST_ALIGNMENT 4096u

/* The block can be read from its start on for BYTES. */
static bool readable(struct ls_job *j, uintptr_t at, size_t bytes)
{
	const struct ls_region *r = ls_space_find(j, at);
	return r && r->end - at >= bytes;
}

LS_INLINE uintptr_t word_at(uintptr_t at)
{
	return *(const volatile uintptr_t *)at;
}

/* Something of the program's image that isn't written to: where virtual tables lie. */
static bool in_constants(struct ls_job *j, uintptr_t address)
{
	const struct ls_region *r = address % WORD ? NULL : ls_space_find(j, address);
	return r && r->flags & LS_FILE && !(r->flags & LS_SHARED) && r->end - address >= 2 * WORD;
}

/*
 * The virtual table of a part that lies OFFSET bytes into its object: functions
 * follow its address point, and two words before it stands how far back the object
 * begins.
 */
static bool is_virtual_table(struct ls_job *j, uintptr_t address, uintptr_t offset)
{
	if (!address || !in_constants(j, address) || !in_constants(j, address - 2 * WORD) ||
	    word_at(address - 2 * WORD) != 0 - offset)
		return false;
	const struct ls_region *code = ls_space_find(j, word_at(address));
	return code && code->flags & LS_X && !(code->flags & LS_W);
}

/* std::string before C++11: length, capacity and count of references, then the characters. */
static bool is_string(uintptr_t start, uintptr_t size)
{
	uintptr_t length = word_at(start), capacity = word_at(start + WORD);
	int references = (int)word_at(start + 2 * WORD);
	return length <= capacity && capacity < size && size - 3 * WORD - 1 == capacity &&
	       references >= -1;
}

bool ls_heuristic(struct ls_job *j, const struct ls_scan_block *b, uintptr_t pointer)
{
	uintptr_t start = b->start, size = b->size & ~LS_BLOCK_FLAGS, offset = pointer - start;
	if (size < 2 * WORD || offset % WORD || offset >= size || !readable(j, start, 4 * WORD))
		return false;
	/* length64: the number of bytes that follow stands in front (sqlite) */
	if (offset == WORD && word_at(start) == size - WORD)
		return true;
	/* newarray: the number of elements stands in front, behind as much as their alignment asks for */
	if ((offset & (offset - 1)) == 0 && offset <= LARGEST_ALIGNMENT &&
	    readable(j, pointer - WORD, WORD)) {
		uintptr_t count = word_at(pointer - WORD);
		if (count && count <= size - offset && (size - offset) % count == 0 &&
		    (offset == WORD || (size - offset) / count % offset == 0))
			return true;
	}
	if (offset == 3 * WORD && size > 3 * WORD && is_string(start, size))
		return true;
	/* multipleinheritance: the block and the part pointed to each begin with a virtual table */
	uintptr_t own = word_at(start), part = readable(j, pointer, WORD) ? word_at(pointer) : 0;
	return own != part && is_virtual_table(j, own, 0) && is_virtual_table(j, part, offset);
}
