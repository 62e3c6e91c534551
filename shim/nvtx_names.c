/* SPDX-License-Identifier: MIT */
/*
 * See nvtx.h.  Names of domains and registered strings, in one block of memory of
 * fixed size that a forked child goes on using: the program keeps its handles.
 * They are never removed; a handle of ours is the address of its place.  Readers
 * take no lock, since a place is filled before its key is published.
 */
#include "glue.h"
#include "nvtx.h"
#include "text.h"

#define PLACES 8192u /* a power of two */
#define MOST (PLACES / 4 * 3)
#define LONGEST 200u /* names of scopes are cut there as well */
#define TEXT_BYTES ((size_t)384 << 10)

struct place {
	uint64_t key; /* 0 = free */
	uint64_t domain;
	const char *text;
};
static struct names {
	uint32_t used;
	size_t text_used;
	struct place places[PLACES];
	char text[TEXT_BYTES];
} * names;
static struct ls_lock lock;
static const char nothing[LONGEST + 1]; /* what NULL is taken for */

static uint64_t mix(uint64_t h)
{
	h *= 0xff51afd7ed558ccdull;
	return h ^ h >> 32;
}

/* How much of TEXT is kept: never half a character of UTF-8. */
static size_t kept(const char *text)
{
	size_t n = 0;
	while (n < LONGEST && text[n])
		n++;
	if (text[n])
		while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	return n;
}

static const char *keep(const char *text, size_t n)
{
	if (names->text_used + n + 1 > TEXT_BYTES)
		return NULL;
	char *copy = names->text + names->text_used;
	ls_copy(copy, text, n);
	copy[n] = 0;
	names->text_used += n + 1;
	return copy;
}

static bool same(const char *kept_text, const char *text, size_t n)
{
	return ls_length(kept_text) == n && !__builtin_memcmp(kept_text, text, n);
}

/* The place with KEY (and, where TEXT is given, DOMAIN and TEXT), or the free one. */
static struct place *find(uint64_t key, uint64_t domain, const char *text, size_t n)
{
	for (uint32_t i = (uint32_t)mix(key);; i++) {
		struct place *p = &names->places[i & (PLACES - 1)];
		uint64_t k = __atomic_load_n(&p->key, __ATOMIC_ACQUIRE);
		if (!k || (k == key && (!text || (p->domain == domain && same(p->text, text, n)))))
			return p;
	}
}

/* Handles of tools and our own keys never meet: ours have the top bit. */
static uint64_t key_of_handle(enum ls_nvtx_kind kind, uint64_t handle)
{
	return ((handle << 2) | kind) & ~(1ull << 63);
}

static uint64_t key_of_text(enum ls_nvtx_kind kind, uint64_t domain, const char *text, size_t n)
{
	uint64_t h = mix(domain + kind);
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)text[i]) * 0x100000001b3ull;
	return mix(h) | 1ull << 63;
}

static struct place *put(uint64_t key, uint64_t domain, const char *text, bool by_text)
{
	size_t n = kept(text);
	struct place *p = NULL;
	bool full = false;
	if (!ls_lock(&lock))
		return NULL;
	if (!names)
		__atomic_store_n(&names, (struct names *)ls_mem_alloc(sizeof *names),
				 __ATOMIC_RELEASE);
	if (names) {
		p = find(key, domain, by_text ? text : NULL, n);
		const char *copy = p->key && same(p->text, text, n) ? p->text : keep(text, n);
		full = !copy || (!p->key && names->used >= MOST);
		if (full) {
			p = NULL;
		} else {
			__atomic_store_n(&p->text, copy, __ATOMIC_RELEASE);
			if (!p->key) {
				p->domain = domain;
				names->used++;
				__atomic_store_n(&p->key, key, __ATOMIC_RELEASE);
			}
		}
	}
	ls_unlock(&lock);
	return p;
}

/* Inside the guard of the locks, without a recording being begun for it. */
static struct place *put_guarded(uint64_t key, uint64_t domain, const char *text, bool by_text)
{
	uint32_t depth = ls_tls.depth;
	ls_tls.depth = depth + 1;
	struct place *p = put(key, domain, text, by_text);
	ls_tls.depth = depth;
	return p;
}

uint64_t ls_nvtx_name_make(enum ls_nvtx_kind kind, uint64_t domain, const char *text)
{
	if (!text)
		text = nothing;
	uint64_t key = key_of_text(kind, domain, text, kept(text));
	return (uint64_t)(uintptr_t)put_guarded(key, domain, text, true);
}

void ls_nvtx_name_set(enum ls_nvtx_kind kind, uint64_t handle, const char *text)
{
	if (handle)
		put_guarded(key_of_handle(kind, handle), 0, text ? text : nothing, false);
}

const char *ls_nvtx_name(enum ls_nvtx_kind kind, uint64_t handle)
{
	const struct names *all = __atomic_load_n(&names, __ATOMIC_ACQUIRE);
	if (!all || !handle)
		return NULL;
	uint64_t at = handle - (uint64_t)(uintptr_t)all->places;
	bool own = at < sizeof all->places && at % sizeof(struct place) == 0;
	const struct place *p = own ? &all->places[at / sizeof(struct place)]
				    : find(key_of_handle(kind, handle), 0, NULL, 0);
	uint64_t key = __atomic_load_n(&p->key, __ATOMIC_ACQUIRE);
	/* an address in the table that is nobody's handle finds a place of another sort, or none */
	return key && key >> 63 == own ? __atomic_load_n(&p->text, __ATOMIC_ACQUIRE) : NULL;
}

const char *ls_nvtx_narrow(const wchar_t *wide, char buffer[LS_NVTX_TEXT])
{
	static const uint8_t first[] = {0, 0xc0, 0xe0, 0xf0};
	size_t n = 0;
	for (; wide && *wide && n + 5 < LS_NVTX_TEXT; wide++) {
		uint32_t c = (uint32_t)*wide;
		if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
			c = 0xfffd;
		if (c < 0x80) {
			buffer[n++] = (char)c;
			continue;
		}
		unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
		buffer[n++] = (char)(first[more] | c >> 6 * more);
		while (more--)
			buffer[n++] = (char)(0x80 | (c >> 6 * more & 0x3f));
	}
	buffer[n] = 0;
	return buffer;
}
