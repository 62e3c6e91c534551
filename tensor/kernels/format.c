/* SPDX-License-Identifier: MIT */
/*
 * Arrays as text, laid out as NumPy's array2string documents it: one style for
 * all elements, found from those that will be shown; lines broken at the width
 * given.  Thread-safe.
 */
#include "ndk_internal.h"

#include <math.h>
#include <string.h>

#include "format.h"
#include "numbers.h"

/* The style common to all elements. */
struct style {
	bool exponents;
	int precision, minimum; /* digits after the point */
	int exponent_digits;
	int left, right; /* columns before and after the point */
	int width;       /* of whole elements, where there is no point */
};

struct printer {
	const struct ndk_view *view;
	const struct ndk_format_options *options;
	const struct ndk_sink *sink;
	bool summarise;
	struct style style;
	enum ndk_status status;
	int column, spaces; /* spaces wait: a line that is broken there loses them */
};

void ndk_format_defaults(struct ndk_format_options *options)
{
	*options = (struct ndk_format_options){
		.precision = 8,
		.threshold = 1000,
		.edge_items = 3,
		.line_width = 75,
		.separator = " ",
	};
}

static void put(struct printer *p, const char *text, size_t length)
{
	if (!p->status && length && p->sink->write(p->sink->context, text, length) != 0)
		p->status = NDK_STOPPED;
}

static void put_spaces(struct printer *p, int count)
{
	for (; count > 0; count -= 16)
		put(p, "                ", count < 16 ? (size_t)count : 16);
}

/* Calls EACH with the elements that will be shown, in no matter what order. */
static void for_shown(const struct printer *p, int axis, const char *at,
		      void (*each)(void *context, const char *element), void *context)
{
	int64_t length, edge = p->options->edge_items;

	if (axis == p->view->ndim) {
		each(context, at);
		return;
	}
	length = p->view->shape[axis];
	for (int64_t i = 0; i < length; i++) {
		if (p->summarise && 2 * edge < length && i == edge)
			i = length - edge;
		if (i < length)
			for_shown(p, axis + 1, at + i * p->view->stride[axis], each, context);
	}
}

/* What the style is found from. */
struct survey {
	enum ndk_type type;
	struct style *style;
	double largest, smallest; /* sizes of those neither 0 nor infinite */
	bool finite, special, minus_infinity;
	int left, right, exponent;
};

static void measure(void *context, const char *element)
{
	struct survey *s = context;
	double value;

	if (!ndk_is_float(s->type)) {
		char text[NDK_NUMBER_SIZE];
		int width = (int)ndk_format_element(s->type, element, text);

		if (s->type == NDK_BOOL)
			width = 5;
		if (width > s->style->width)
			s->style->width = width;
		return;
	}
	value = ndk_load_f64(s->type, element);
	if (!isfinite(value)) {
		s->special = true;
		s->minus_infinity |= value < 0;
		return;
	}
	s->finite = true;
	if (value == 0)
		return;
	value = fabs(value);
	s->largest = value > s->largest ? value : s->largest;
	s->smallest = value < s->smallest ? value : s->smallest;
}

static void measure_digits(void *context, const char *element)
{
	struct survey *s = context;
	double value = ndk_load_f64(s->type, element);
	char text[NDK_DIGITS_SIZE], *point, *e;
	int left, right, exponent = 0;

	if (!isfinite(value))
		return;
	if (s->style->exponents)
		ndk_scientific(s->type, value, s->style->precision, 0, 2, text);
	else
		ndk_positional(s->type, value, s->style->precision, true, text);
	point = strchr(text, '.');
	e = strchr(point, 'e');
	left = (int)(point - text);
	right = (int)(e ? e - point : (int)strlen(point)) - 1;
	if (e)
		exponent = (int)strlen(e) - 2;
	s->left = left > s->left ? left : s->left;
	s->right = right > s->right ? right : s->right;
	s->exponent = exponent > s->exponent ? exponent : s->exponent;
}

/* The quotient as the type itself has it. */
static double ratio_in(enum ndk_type type, double a, double b)
{
	union ndk_chunk quotient;

	if (type == NDK_F64)
		return a / b;
	if (type != NDK_F16)
		return (float)a / (float)b;
	ndk_store_f64(type, &quotient, a / b);
	return ndk_load_f64(type, &quotient);
}

static void find_style(struct printer *p)
{
	struct style *style = &p->style;
	struct survey s = {.type = p->view->type, .style = style, .smallest = INFINITY};
	int needed = 0;

	style->precision = p->options->precision;
	for_shown(p, 0, p->view->data, measure, &s);
	if (!ndk_is_float(s.type))
		return;
	style->exponents = s.largest > 0 && (s.largest >= 1e8 || s.smallest < 1e-4 ||
					     ratio_in(s.type, s.largest, s.smallest) > 1000);
	for_shown(p, 0, p->view->data, measure_digits, &s);
	style->left = s.left;
	style->right = s.right;
	if (style->exponents) {
		style->precision = style->minimum = s.right;
		style->exponent_digits = s.exponent;
		style->right = s.exponent + 2 + s.right;
	}
	if (!s.special)
		return;
	needed = 3 + s.minus_infinity - (style->right + 1);
	style->left = needed > style->left ? needed : style->left;
}

/* One element as it will stand: padded on both sides. */
static size_t put_element(const struct printer *p, const char *element, char *text)
{
	const struct style *style = &p->style;
	enum ndk_type type = p->view->type;
	char number[NDK_DIGITS_SIZE];
	int before, after = 0, length;
	double value;

	if (!ndk_is_float(type)) {
		length = (int)ndk_format_element(type, element, number);
		before = style->width - length;
	} else {
		value = ndk_load_f64(type, element);
		if (!isfinite(value)) {
			length = (int)ndk_format_element(type, element, number);
			before = style->left + style->right + 1 - length;
		} else {
			char *point;

			if (style->exponents)
				ndk_scientific(type, value, style->precision, style->minimum,
					       style->exponent_digits, number);
			else
				ndk_positional(type, value, style->precision, true, number);
			point = strchr(number, '.');
			length = (int)strlen(number);
			before = style->left - (int)(point - number);
			after = style->exponents ? 0 : style->right - (int)strlen(point + 1);
		}
	}
	before = before > 0 ? before : 0;
	after = after > 0 ? after : 0;
	memset(text, ' ', (size_t)before);
	memcpy(text + before, number, (size_t)length);
	memset(text + before + length, ' ', (size_t)after);
	return (size_t)before + (size_t)length + (size_t)after;
}

static size_t trimmed(const char *text, size_t length)
{
	while (length && text[length - 1] == ' ')
		length--;
	return length;
}

/* A word of a line of elements; INDENT is where lines begin, WIDTH where they end. */
static void put_word(struct printer *p, const char *word, size_t length, int indent, int width)
{
	size_t kept = trimmed(word, length);

	if (p->column + p->spaces + (int)length > width && p->column + p->spaces > indent) {
		put(p, "\n", 1);
		put_spaces(p, indent);
		p->column = indent;
		p->spaces = 0;
	}
	put_spaces(p, p->spaces);
	put(p, word, kept);
	p->column += p->spaces + (int)kept;
	p->spaces = (int)(length - kept);
}

static void put_separator(struct printer *p)
{
	const char *separator = p->options->separator;
	size_t length = strlen(separator), kept = trimmed(separator, length);

	if (kept) {
		put_spaces(p, p->spaces);
		put(p, separator, kept);
		p->column += p->spaces + (int)kept;
		p->spaces = 0;
	}
	p->spaces += (int)(length - kept);
}

/* The last axis: elements in lines. */
static void put_row(struct printer *p, const char *at, int indent, int width, bool shorten)
{
	int axis = p->view->ndim - 1;
	int64_t length = p->view->shape[axis], edge = p->options->edge_items;
	const char *separator = p->options->separator;
	int trailing = (int)trimmed(separator, strlen(separator));
	char text[2 * NDK_DIGITS_SIZE];

	width -= trailing > 1 ? trailing : 1;
	p->column = indent;
	p->spaces = 0;
	for (int64_t i = 0; i < length && !p->status; i++) {
		if (shorten && i == edge) {
			put_word(p, "...", 3, indent, width);
			put_separator(p);
			i = length - edge;
			if (i >= length)
				break;
		}
		put_word(p, text, put_element(p, at + i * p->view->stride[axis], text), indent,
			 width);
		if (i + 1 < length)
			put_separator(p);
	}
	put_spaces(p, p->spaces);
	p->spaces = 0;
}

static void put_axis(struct printer *p, int axis, const char *at, int indent, int width)
{
	int64_t length = p->view->shape[axis], edge = p->options->edge_items;
	bool shorten = p->summarise && 2 * edge < length;
	int left = p->view->ndim - axis;
	const char *separator = p->options->separator;

	put(p, "[", 1);
	if (left == 1) {
		put_row(p, at, indent, width, shorten);
		put(p, "]", 1);
		return;
	}
	for (int64_t i = 0; i < length && !p->status; i++) {
		bool gap = shorten && i == edge;

		if (i)
			put_spaces(p, indent);
		if (gap) {
			put(p, "...", 3);
			i = length - edge - 1;
		} else {
			put_axis(p, axis + 1, at + i * p->view->stride[axis], indent + 1,
				 width - 1);
		}
		if (i + 1 < length) {
			put(p, separator, trimmed(separator, strlen(separator)));
			for (int j = 0; j < left - 1; j++)
				put(p, "\n", 1);
		}
	}
	put(p, "]", 1);
}

static void put_all(struct printer *p)
{
	const struct ndk_view *view = p->view;
	char text[NDK_NUMBER_SIZE];

	if (view->ndim == 0) {
		put(p, text, ndk_format_element(view->type, view->data, text));
	} else if (ndk_count(view) == 0) {
		put(p, "[]", 2);
	} else {
		p->summarise = ndk_count(view) > p->options->threshold;
		find_style(p);
		put_axis(p, 0, view->data, p->options->indent + 1, p->options->line_width);
	}
}

enum ndk_status ndk_format(const struct ndk_view *view, const struct ndk_format_options *options,
			   const struct ndk_sink *sink, const struct ndk_scratch *scratch)
{
	struct printer p = {.view = view, .options = options, .sink = sink};
	locale_t before;

	if (options->precision < 0 || options->precision > 40 || options->edge_items < 0)
		return NDK_BAD_VALUE;
	before = ndk_numbers_begin();
	put_all(&p);
	ndk_numbers_end(before);
	return p.status;
}
