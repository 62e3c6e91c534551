/* SPDX-License-Identifier: MIT */
/* See options.h.  Runs once, in the constructor. */
#include "options.h"

#include <stddef.h>

#include "format/ls_format.h"
#include "glue.h"
#include "note.h"
#include "text.h"

struct ls_options ls_options;

enum type { TEXT, NUMBER, FLAG, CHILDREN };
static const struct key {
	const char *name;
	enum type type;
	size_t offset;
	uint64_t most; /* NUMBER: largest value */
	bool wide;     /* NUMBER: 64 bits */
} keys[] = {
#define AT(field) offsetof(struct ls_options, field)
	{"dir", TEXT, AT(dir), 0, false},
	{"store", TEXT, AT(store), 0, false},
	{"report", TEXT, AT(report), 0, false},
	{"reporter", TEXT, AT(reporter), 0, false},
	{"scope_report", TEXT, AT(scope_report), 0, false},
	{"sample", NUMBER, AT(sample), UINT64_MAX / 2, true},
	{"depth", NUMBER, AT(depth), LS_MAX_FRAMES, false},
	{"exitcode", NUMBER, AT(exitcode), 255, false},
	{"suppressions", TEXT, AT(suppressions), 0, false},
	{"children", CHILDREN, AT(children), 0, false},
	{"scan", FLAG, AT(scan), 0, false},
	{"inherit", FLAG, AT(inherit), 0, false},
	{"verify_unwind", FLAG, AT(verify_unwind), 0, false},
	{"verbose", FLAG, AT(verbose), 0, false},
	{"nvtx", FLAG, AT(nvtx), 0, false},
	{"timeline_ms", NUMBER, AT(timeline_ms), 86400000, false},
	{"tagged", FLAG, AT(tagged), 0, false},
};
#define KEYS (sizeof keys / sizeof *keys)

static bool parse_flag(const char *v, bool *out)
{
	if (ls_equal(v, "1") || ls_equal(v, "yes") || ls_equal(v, "true") || ls_equal(v, "on"))
		*out = true;
	else if (ls_equal(v, "0") || ls_equal(v, "no") || ls_equal(v, "false") ||
		 ls_equal(v, "off"))
		*out = false;
	else
		return false;
	return true;
}

static bool set(const struct key *k, const char *value)
{
	void *at = (char *)&ls_options + k->offset;
	struct ls_text t;
	uint64_t n;
	switch (k->type) {
	case TEXT:
		if (ls_length(value) >= LS_OPTION_TEXT)
			return false;
		ls_text_start(&t, at, LS_OPTION_TEXT);
		ls_text_add(&t, value);
		return true;
	case NUMBER:
		if (!ls_parse_number(&value, &n) || *value || n > k->most)
			return false;
		if (k->wide)
			*(uint64_t *)at = n;
		else
			*(uint32_t *)at = (uint32_t)n;
		return true;
	case FLAG: return parse_flag(value, at);
	case CHILDREN:
		if (ls_equal(value, "yes"))
			ls_options.children = LS_CHILDREN_YES;
		else if (ls_equal(value, "no"))
			ls_options.children = LS_CHILDREN_NO;
		else if (ls_equal(value, "all"))
			ls_options.children = LS_CHILDREN_ALL;
		else
			return false;
		return true;
	}
	return false;
}

/* Only the first process of a tree speaks: its children read the same text. */
static bool first_of_tree(void)
{
	if (ls_options.launched)
		return ls_options.root == ls_sys_getpid();
	return ls_options.previous_pid == 0;
}

static void complain(const char *what, const char *key, const char *value)
{
	char line[1024];
	struct ls_text t;
	if (!first_of_tree())
		return;
	ls_text_start(&t, line, sizeof line);
	ls_text_add(&t, "LEAKSCOPE_OPTIONS: ");
	ls_text_add(&t, what);
	ls_text_add(&t, " \"");
	ls_text_add(&t, key);
	if (value) {
		ls_text_add(&t, "=");
		ls_text_add(&t, value);
	}
	ls_text_add(&t, "\" is ignored; known keys:");
	for (unsigned i = 0; i < KEYS; i++) {
		ls_text_add(&t, i ? ", " : " ");
		ls_text_add(&t, keys[i].name);
	}
	ls_say(line);
}

static void apply(const char *key, const char *value)
{
	for (unsigned i = 0; i < KEYS; i++)
		if (ls_equal(key, keys[i].name)) {
			if (!set(&keys[i], value))
				complain("bad value in", key, value);
			return;
		}
	complain("unknown key", key, NULL);
}

/* Split TEXT at ':' outside quotes and hand each key and value to FN. */
static void split(const char *text, void (*fn)(const char *key, const char *value))
{
	char item[1024];
	while (*text) {
		bool quoted = false;
		size_t n = 0;
		const char *value = "";
		for (; *text && (quoted || *text != ':'); text++)
			if (*text == '"')
				quoted = !quoted;
			else if (n + 1 < sizeof item)
				item[n++] = *text;
		item[n] = 0;
		if (*text == ':')
			text++;
		for (size_t i = 0; i < n; i++)
			if (item[i] == '=') {
				item[i] = 0;
				value = item + i + 1;
				break;
			}
		if (item[0])
			fn(item, value);
	}
}

static void copy_text(char *to, size_t size, const char *from)
{
	struct ls_text t;
	ls_text_start(&t, to, size);
	ls_text_add(&t, from);
}

static void apply_run(const char *key, const char *value)
{
	uint64_t n;
	if (ls_equal(key, "session"))
		copy_text(ls_options.session, sizeof ls_options.session, value);
	else if (ls_equal(key, "root") && ls_parse_number(&value, &n))
		ls_options.root = (uint32_t)n;
	else if (ls_equal(key, "out"))
		copy_text(ls_options.out, sizeof ls_options.out, value);
}

static unsigned hex(char c)
{
	return c >= 'a' ? (unsigned)(c - 'a') + 10 : (unsigned)(c - '0');
}

/* pid:uuid:exec index:root:parent's parent:path, as ls_parent_text writes it */
static void read_parent(const char *s)
{
	uint64_t pid, index, root, up;
	if (!ls_parse_number(&s, &pid) || *s++ != ':')
		return;
	for (unsigned i = 0; i < 16; i++, s += 2) {
		for (unsigned k = 0; k < 2; k++)
			if (!((s[k] >= '0' && s[k] <= '9') || (s[k] >= 'a' && s[k] <= 'f')))
				return;
		ls_options.parent_uuid[i] = (uint8_t)(hex(s[0]) << 4 | hex(s[1]));
	}
	if (*s++ != ':' || !ls_parse_number(&s, &index) || *s++ != ':' ||
	    !ls_parse_number(&s, &root) || *s++ != ':' || !ls_parse_number(&s, &up) || *s++ != ':')
		return;
	bool same = pid == ls_sys_getpid(); /* an earlier image of this process */
	ls_options.previous_pid = (uint32_t)pid;
	ls_options.parent_pid = (uint32_t)(same ? up : pid);
	ls_options.parent_root = same && root;
	ls_options.parent_exec_index = (uint32_t)index;
	copy_text(ls_options.parent_path, sizeof ls_options.parent_path, s);
}

static void make_absolute(char *path)
{
	char whole[LS_OPTION_TEXT];
	struct ls_text t;
	if (path[0] == '/')
		return;
	ls_text_start(&t, whole, sizeof whole);
	if (ls_sys2(SYS_getcwd, whole, sizeof whole) > 0)
		t.used = ls_length(whole);
	if (path[0]) {
		ls_text_add(&t, "/");
		ls_text_add(&t, path);
	}
	copy_text(path, LS_OPTION_TEXT, whole);
}

void ls_options_read(void)
{
	struct ls_options *o = &ls_options;
	const char *run = ls_getenv("LEAKSCOPE_RUN"), *text = ls_getenv("LEAKSCOPE_OPTIONS"),
		   *parent = ls_getenv("LEAKSCOPE_PARENT");
	copy_text(o->report, sizeof o->report, "text");
	o->depth = 64;
	o->children = LS_CHILDREN_YES;
	o->scan = o->inherit = o->nvtx = true;
	o->timeline_ms = 100;
	if (parent)
		read_parent(parent);
	if (run && *run) {
		o->launched = true;
		split(run, apply_run);
	}
	if (text)
		split(text, apply);
	if (o->depth == 0)
		o->depth = 1;
	make_absolute(o->dir);
	if (o->store[0])
		make_absolute(o->store);
	if (o->scope_report[0] && !ls_equal(o->scope_report, "stderr") &&
	    !ls_equal(o->scope_report, "stdout"))
		make_absolute(o->scope_report);
	if (o->suppressions[0])
		make_absolute(o->suppressions);
	if (o->reporter[0])
		make_absolute(o->reporter);
}

void ls_options_text(char *buffer, uint32_t size)
{
	struct ls_text t;
	ls_text_start(&t, buffer, size);
	for (unsigned i = 0; i < KEYS; i++) {
		const void *at = (const char *)&ls_options + keys[i].offset;
		if (keys[i].type == TEXT && !*(const char *)at)
			continue;
		if (t.used)
			ls_text_add(&t, ":");
		ls_text_add(&t, keys[i].name);
		ls_text_add(&t, "=");
		if (keys[i].type == TEXT) {
			bool quote = false;
			for (const char *c = at; *c; c++)
				quote |= *c == ':';
			ls_text_add(&t, quote ? "\"" : "");
			ls_text_add(&t, at);
			ls_text_add(&t, quote ? "\"" : "");
		} else if (keys[i].type == FLAG) {
			ls_text_add(&t, *(const bool *)at ? "1" : "0");
		} else if (keys[i].type == CHILDREN) {
			static const char *const names[] = {"no", "yes", "all"};
			ls_text_add(&t, names[ls_options.children]);
		} else {
			ls_text_number(&t, keys[i].wide ? *(const uint64_t *)at
							: *(const uint32_t *)at);
		}
	}
}
