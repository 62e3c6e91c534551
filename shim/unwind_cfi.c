/* SPDX-License-Identifier: MIT */
/* See unwind_cfi.h.  Relies on modules for where an object's tables are. */
#include "unwind_cfi.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include "ls_arch_unwind.h"
#include "modules.h"
#include "text.h"

/* Of one function; the longest that are met have a few thousand. */
#define MOST_BYTES 65536u
#define MOST_REMEMBERED 8u

/* Bytes that are read one after the other.  Past their end everything reads as zero. */
struct reader {
	uintptr_t at, end;
	bool bad;
};

static uint64_t take(struct reader *r, unsigned size)
{
	uint64_t v = 0;
	if (r->bad || r->end - r->at < size) {
		r->bad = true;
		return 0;
	}
	ls_copy(&v, (const void *)r->at,
		size); /* tables are in the machine's order: little-endian */
	r->at += size;
	return v;
}

static void skip(struct reader *r, uint64_t size)
{
	if (r->bad || r->end - r->at < size)
		r->bad = true;
	else
		r->at += size;
}

static uint64_t take_uleb(struct reader *r)
{
	uint64_t v = 0;
	for (unsigned shift = 0; shift < 63; shift += 7) {
		uint64_t byte = take(r, 1);
		v |= (byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return v;
	}
	r->bad = true;
	return 0;
}

static int64_t take_sleb(struct reader *r)
{
	uint64_t v = 0;
	for (unsigned shift = 0; shift < 63; shift += 7) {
		uint64_t byte = take(r, 1);
		v |= (byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return (int64_t)(byte & 0x40 ? v | ~0ull << (shift + 7) : v);
	}
	r->bad = true;
	return 0;
}

/* DW_EH_PE_*: a form in the low half, what it is relative to in the high. */
enum { PE_ABSOLUTE = 0x00, PE_U4 = 0x03, PE_U8 = 0x04, PE_S4 = 0x0b, PE_S8 = 0x0c };
enum { PE_PC_RELATIVE = 0x10, PE_HEADER_RELATIVE = 0x30, PE_OMIT = 0xff };

static unsigned encoded_size(unsigned encoding)
{
	switch (encoding & 0x0f) {
	case PE_ABSOLUTE:
	case PE_U8:
	case PE_S8: return 8;
	case PE_U4:
	case PE_S4: return 4;
	default: return 0;
	}
}

static uintptr_t take_encoded(struct reader *r, unsigned encoding)
{
	uintptr_t from = r->at;
	unsigned size = encoded_size(encoding);
	uint64_t v = take(r, size);
	if (!size || (encoding & 0xf0 & ~PE_PC_RELATIVE))
		r->bad = true;
	if ((encoding & 0x0f) == PE_S4)
		v = (uint64_t)(int32_t)v;
	return (encoding & PE_PC_RELATIVE) ? from + v : v;
}

/* ---- the tables ---- */

static const struct ls_cfi_area *area_of(const struct ls_cfi_area *area, unsigned areas,
					 uintptr_t at)
{
	for (unsigned i = 0; i < areas; i++)
		if (at >= area[i].start && at < area[i].end)
			return &area[i];
	return NULL;
}

/* A length and that many bytes: R then ends with them.  False: the end, or the 64-bit form. */
static bool enter_entry(struct reader *r)
{
	uint64_t length = take(r, 4);
	if (r->bad || !length || length > MOST_BYTES || r->end - r->at < length)
		return false;
	r->end = r->at + length;
	return true;
}

struct cie {
	uint64_t code_align;
	int64_t data_align;
	unsigned encoding; /* of the addresses in its FDEs */
	bool augmented;    /* they have a length of further data */
	struct reader program;
};

static bool read_cie(struct reader r, struct cie *c)
{
	char augmentation[8];
	unsigned n = 0;
	if (!enter_entry(&r) || take(&r, 4) != 0)
		return false;
	unsigned version = (unsigned)take(&r, 1);
	while (n < sizeof augmentation && (augmentation[n] = (char)take(&r, 1)) != 0)
		n++;
	if (n == sizeof augmentation || (version != 1 && version != 3))
		return false;
	c->code_align = take_uleb(&r);
	c->data_align = take_sleb(&r);
	if ((version == 1 ? take(&r, 1) : take_uleb(&r)) != LS_DWARF_RA)
		return false;
	c->encoding = PE_ABSOLUTE;
	c->augmented = augmentation[0] == 'z';
	if (!c->augmented && augmentation[0])
		return false;
	if (c->augmented) {
		uint64_t length = take_uleb(&r);
		struct reader data = r;
		skip(&r, length);
		data.end = r.at;
		for (unsigned i = 1; i < n; i++)
			switch (augmentation[i]) {
			case 'R': c->encoding = (unsigned)take(&data, 1); break;
			case 'L': skip(&data, 1); break;
			case 'P': {
				unsigned encoding = (unsigned)take(&data, 1);
				if (!encoded_size(encoding) || (encoding & 0x70) == 0x50)
					return false;
				skip(&data, encoded_size(encoding));
				break;
			}
			default: return false; /* 'S' above all: the frame of a signal */
			}
		if (data.bad)
			return false;
	}
	c->program = r;
	return !r.bad && c->code_align && c->code_align < 256 && c->data_align > -256 &&
	       c->data_align < 256;
}

/* The FDE that holds ADDRESS, or would: 0 if there is none. */
static uintptr_t find_fde(uintptr_t header, const struct ls_cfi_area *in, uintptr_t address)
{
	struct reader r = {header, in->end, false};
	uint64_t forms = take(&r, 4);
	/* version 1; the count is a word; the table pairs of words from the header: all linkers' choice */
	if ((forms & 0xff) != 1 || (forms >> 16 & 0xff) != PE_U4 ||
	    forms >> 24 != (PE_HEADER_RELATIVE | PE_S4))
		return 0;
	take_encoded(&r, forms >> 8 & 0xff);
	uint64_t count = take(&r, 4);
	if (r.bad || !count || count > (r.end - r.at) / 8)
		return 0;
	const int32_t(*table)[2] = (const void *)r.at;
	if (r.at % sizeof **table)
		return 0;
	uint64_t low = 0, high = count; /* the last one that begins at ADDRESS or before */
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;
		if (header + (uintptr_t)(intptr_t)table[middle][0] <= address)
			low = middle;
		else
			high = middle;
	}
	if (header + (uintptr_t)(intptr_t)table[low][0] > address)
		return 0;
	return header + (uintptr_t)(intptr_t)table[low][1];
}

/* ---- the programs ---- */

enum { SAME, SAVED, UNDEFINED, OTHER };
struct where {
	int kind;
	int64_t offset; /* SAVED: from the CFA */
};
struct row {
	bool by_expression;
	uint64_t cfa_register;
	int64_t cfa_offset;
	struct where fp, ra;
};
struct machine {
	struct row now, first; /* first: as the CIE leaves it */
	struct row remembered[MOST_REMEMBERED];
	unsigned depth;
	bool odd;
};

static void set(struct machine *m, uint64_t reg, struct where w)
{
	if (reg == LS_DWARF_FP)
		m->now.fp = w;
	else if (reg == LS_DWARF_RA)
		m->now.ra = w;
	else if (reg == LS_DWARF_SP)
		m->odd = true; /* a stack pointer that is not the CFA */
}

static void restore(struct machine *m, uint64_t reg)
{
	if (reg == LS_DWARF_FP)
		m->now.fp = m->first.fp;
	else if (reg == LS_DWARF_RA)
		m->now.ra = m->first.ra;
}

static struct where saved(int64_t offset)
{
	/* factored offsets multiply to this at most before they are looked at */
	return offset > -(1 << 28) && offset < 1 << 28 ? (struct where){SAVED, offset}
						       : (struct where){OTHER, 0};
}

static void define_cfa(struct machine *m, uint64_t reg, int64_t offset)
{
	m->now.by_expression = false;
	m->now.cfa_register = reg;
	m->now.cfa_offset = offset;
}

/* Factors are below 256: products of what passes here don't overflow. */
static int64_t small(struct machine *m, int64_t v)
{
	if (v > INT32_MAX || v < INT32_MIN) {
		m->odd = true;
		return 0;
	}
	return v;
}

static int64_t small_uleb(struct machine *m, struct reader *r)
{
	uint64_t v = take_uleb(r);
	return small(m, v > INT32_MAX ? INT64_MAX : (int64_t)v);
}

/* The instructions with an operand byte of their own; false: not known. */
static bool extended(struct machine *m, struct reader *r, const struct cie *c, unsigned op)
{
	uint64_t reg;
	switch (op) {
	case 0x00: return true;
	case 0x05: /* offset_extended */
		reg = take_uleb(r);
		set(m, reg, saved(small_uleb(m, r) * c->data_align));
		return true;
	case 0x06: restore(m, take_uleb(r)); return true;
	case 0x07: set(m, take_uleb(r), (struct where){UNDEFINED, 0}); return true;
	case 0x08: set(m, take_uleb(r), (struct where){SAME, 0}); return true;
	case 0x09: /* register */
		set(m, take_uleb(r), (struct where){OTHER, 0});
		take_uleb(r);
		return true;
	case 0x0a: /* remember_state */
		if (m->depth == MOST_REMEMBERED)
			return false;
		m->remembered[m->depth++] = m->now;
		return true;
	case 0x0b: /* restore_state */
		if (!m->depth)
			return false;
		m->now = m->remembered[--m->depth];
		return true;
	case 0x0c: /* def_cfa */
		reg = take_uleb(r);
		define_cfa(m, reg, small_uleb(m, r));
		return true;
	case 0x0d: /* def_cfa_register */
		m->odd |= m->now.by_expression;
		m->now.cfa_register = take_uleb(r);
		return true;
	case 0x0e: /* def_cfa_offset */
		m->odd |= m->now.by_expression;
		m->now.cfa_offset = small_uleb(m, r);
		return true;
	case 0x0f: /* def_cfa_expression */
		skip(r, take_uleb(r));
		m->now.by_expression = true;
		return true;
	case 0x10: /* expression */
	case 0x16: /* val_expression */
		set(m, take_uleb(r), (struct where){OTHER, 0});
		skip(r, take_uleb(r));
		return true;
	case 0x11: /* offset_extended_sf */
		reg = take_uleb(r);
		set(m, reg, saved(small(m, take_sleb(r)) * c->data_align));
		return true;
	case 0x12: /* def_cfa_sf */
		reg = take_uleb(r);
		define_cfa(m, reg, small(m, take_sleb(r)) * c->data_align);
		return true;
	case 0x13: /* def_cfa_offset_sf */
		m->odd |= m->now.by_expression;
		m->now.cfa_offset = small(m, take_sleb(r)) * c->data_align;
		return true;
	case 0x14: /* val_offset */
	case 0x15: /* val_offset_sf */
		set(m, take_uleb(r), (struct where){OTHER, 0});
		take_uleb(r);
		return true;
	case 0x2e: take_uleb(r); return true; /* GNU_args_size: for landing pads */
	default: return false;
	}
}

/* Run R's instructions as far as they are about ADDRESS, where those at LOCATION come first. */
static bool run(struct machine *m, struct reader r, const struct cie *c, uintptr_t location,
		uintptr_t address)
{
	while (r.at < r.end && !r.bad && !m->odd) {
		unsigned op = (unsigned)take(&r, 1), low = op & 0x3f;
		uint64_t delta;
		switch (op >> 6) {
		case 1: delta = low; break;
		case 2: set(m, low, saved(small_uleb(m, &r) * c->data_align)); continue;
		case 3: restore(m, low); continue;
		default:
			if (op < 0x02 || op > 0x04) {
				if (!extended(m, &r, c, op))
					return false;
				continue;
			}
			delta = take(&r, 1u << (op - 2)); /* advance_loc1, 2 and 4 */
		}
		delta *= c->code_align;
		if (delta > address - location)
			break; /* what follows is about later instructions */
		location += delta;
	}
	return !r.bad && !m->odd;
}

static ls_rule rule_of(const struct row *w)
{
	if (w->by_expression || (w->cfa_register != LS_DWARF_SP && w->cfa_register != LS_DWARF_FP))
		return LS_RULE_NONE;
	if (w->ra.kind == UNDEFINED)
		return LS_RULE_END;
	if (w->ra.kind != SAVED || w->ra.offset != LS_RETURN_AT)
		return LS_RULE_NONE;
	if (w->cfa_offset <= 0 || w->cfa_offset >= 1 << 28 || w->cfa_offset % 8)
		return LS_RULE_NONE;
	ls_rule rule = LS_RULE_STEP | (uint64_t)w->cfa_offset << 32;
	if (w->cfa_register == LS_DWARF_FP)
		rule |= LS_RULE_FROM_FP;
	if (w->fp.kind == SAVED) {
		if (w->fp.offset >= LS_RETURN_AT || w->fp.offset <= -(1 << 14) || w->fp.offset % 8)
			return LS_RULE_NONE;
		rule |= LS_RULE_FP_SAVED | (uint64_t)(uint16_t)w->fp.offset << 16;
	} else if (w->fp.kind != SAME) {
		return LS_RULE_NONE;
	}
	return rule;
}

ls_rule ls_cfi_evaluate(uintptr_t header, const struct ls_cfi_area *area, unsigned areas,
			uintptr_t address)
{
	const struct ls_cfi_area *in = area_of(area, areas, header);
	struct machine m = {0};
	struct cie c;
	uintptr_t at = in ? find_fde(header, in, address) : 0;
	in = at ? area_of(area, areas, at) : NULL;
	if (!in)
		return LS_RULE_NONE;

	struct reader r = {at, in->end, false};
	if (!enter_entry(&r))
		return LS_RULE_NONE;
	uintptr_t here = r.at;
	uint64_t back = take(&r, 4);
	if (r.bad || !back || back > here - in->start)
		return LS_RULE_NONE;
	if (!read_cie((struct reader){here - back, in->end, false}, &c))
		return LS_RULE_NONE;
	uintptr_t location = take_encoded(&r, c.encoding);
	uint64_t size = take(&r, encoded_size(c.encoding));
	if (r.bad || address < location || address - location >= size)
		return LS_RULE_NONE;
	if (c.augmented)
		skip(&r, take_uleb(&r));

	/* the CIE's program is not about addresses */
	if (!run(&m, c.program, &c, address, address))
		return LS_RULE_NONE;
	m.first = m.now;
	if (!run(&m, r, &c, location, address))
		return LS_RULE_NONE;
	return rule_of(&m.now);
}

ls_rule ls_cfi_rule(uintptr_t address)
{
	struct dl_find_object o;
	struct ls_module_info m;
	struct ls_cfi_area area[LS_CFI_AREAS];
	unsigned areas = 0;
	if (_dl_find_object((void *)address, &o) != 0 || !o.dlfo_eh_frame ||
	    !ls_module_find(address, &m) || !m.phdr)
		return LS_RULE_NONE;
	const ElfW(Phdr) *p = m.phdr;
	for (unsigned i = 0; i < m.phnum && areas < LS_CFI_AREAS; i++)
		if (p[i].p_type == PT_LOAD && (p[i].p_flags & PF_R)) {
			uintptr_t start = m.bias + p[i].p_vaddr;
			if (start < m.start || p[i].p_filesz > m.end - start)
				continue;
			area[areas++] = (struct ls_cfi_area){start, start + p[i].p_filesz};
		}
	return ls_cfi_evaluate((uintptr_t)o.dlfo_eh_frame, area, areas, address);
}
