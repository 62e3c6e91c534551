/* SPDX-License-Identifier: MIT */
/* Streaming JSON writer, see json_write.h. */
#include "json_write.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void lr_json_start(struct lr_json *json, FILE *out)
{
	memset(json, 0, sizeof *json);
	json->out = out;
}

static void new_line(struct lr_json *json)
{
	fprintf(json->out, "\n%*s", json->depth * 2, "");
}

/* Everything that comes before a value or a key. */
static void separate(struct lr_json *json)
{
	if (json->keyed) {
		json->keyed = false;
		return;
	}
	if (json->depth == 0)
		return;
	if (json->some[json->depth])
		fputc(',', json->out);
	if (!json->compact[json->depth])
		new_line(json);
	else if (json->some[json->depth])
		fputc(' ', json->out);
	json->some[json->depth] = true;
}

void lr_json_open(struct lr_json *json, char bracket, bool compact)
{
	separate(json);
	fputc(bracket, json->out);
	json->depth++;
	assert(json->depth < LR_JSON_DEPTH);
	json->some[json->depth] = false;
	json->compact[json->depth] = compact || json->compact[json->depth - 1];
}

void lr_json_close(struct lr_json *json, char bracket)
{
	bool line = json->some[json->depth] && !json->compact[json->depth];

	json->depth--;
	if (line)
		new_line(json);
	fputc(bracket, json->out);
	if (json->depth == 0)
		fputc('\n', json->out);
}

/* Bytes of the well-formed UTF-8 character at P (not a surrogate), 0 if it is not one. */
static size_t utf8(const unsigned char *p)
{
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4 || (p[1] & 0xc0) != 0x80)
		return 0;
	if (p[0] < 0xe0)
		return 2;
	if ((p[2] & 0xc0) != 0x80)
		return 0;
	if (p[0] < 0xf0) {
		if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0))
			return 0;
		return 3;
	}
	if ((p[3] & 0xc0) != 0x80 || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] >= 0x90))
		return 0;
	return 4;
}

void lr_json_literal(FILE *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t step;

	fputc('"', out);
	for (; *p; p += step) {
		step = utf8(p);
		if (step == 0) {
			fputs("\xef\xbf\xbd", out);
			step = 1;
		} else if (*p == '"' || *p == '\\') {
			fprintf(out, "\\%c", *p);
		} else if (*p == '\n') {
			fputs("\\n", out);
		} else if (*p == '\t') {
			fputs("\\t", out);
		} else if (*p < 0x20 || *p == 0x7f) {
			fprintf(out, "\\u%04x", *p);
		} else {
			fwrite(p, 1, step, out);
		}
	}
	fputc('"', out);
}

void lr_json_key(struct lr_json *json, const char *key)
{
	separate(json);
	lr_json_literal(json->out, key);
	fputs(": ", json->out);
	json->keyed = true;
}

void lr_json_text(struct lr_json *json, const char *text)
{
	separate(json);
	if (text)
		lr_json_literal(json->out, text);
	else
		fputs("null", json->out);
}

void lr_json_number(struct lr_json *json, uint64_t number)
{
	separate(json);
	fprintf(json->out, "%llu", (unsigned long long)number);
}

void lr_json_signed(struct lr_json *json, int64_t number)
{
	separate(json);
	fprintf(json->out, "%lld", (long long)number);
}

void lr_json_real(struct lr_json *json, double number)
{
	separate(json);
	if (!isfinite(number))
		number = 0;
	/* milliseconds are what clocks here know; 15 digits always fit */
	fprintf(json->out, fabs(number) < 1e12 ? "%.3f" : "%.0f", number);
}

void lr_json_put_fine(struct lr_json *json, const char *key, double seconds)
{
	lr_json_key(json, key);
	separate(json);
	fprintf(json->out, "%.6f", isfinite(seconds) && fabs(seconds) < 1e9 ? seconds : 0);
}

void lr_json_bool(struct lr_json *json, bool value)
{
	separate(json);
	fputs(value ? "true" : "false", json->out);
}

void lr_json_null(struct lr_json *json)
{
	separate(json);
	fputs("null", json->out);
}

void lr_json_put_text(struct lr_json *json, const char *key, const char *text)
{
	lr_json_key(json, key);
	lr_json_text(json, text);
}

void lr_json_put_number(struct lr_json *json, const char *key, uint64_t number)
{
	lr_json_key(json, key);
	lr_json_number(json, number);
}

void lr_json_put_real(struct lr_json *json, const char *key, double number)
{
	lr_json_key(json, key);
	lr_json_real(json, number);
}

void lr_json_put_bool(struct lr_json *json, const char *key, bool value)
{
	lr_json_key(json, key);
	lr_json_bool(json, value);
}
