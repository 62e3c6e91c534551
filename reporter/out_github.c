/* SPDX-License-Identifier: MIT */
/*
 * A report as GitHub workflow commands: one annotation per leak, at the program's
 * own line, and a summary line.
 */
#include "out_github.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fingerprint.h"
#include "gate.h"
#include "names.h"
#include "units.h"

/* Text of a command: what would end it or the line is percent-encoded. */
static void put_escaped(FILE *out, const char *text, const char *also)
{
	for (const char *p = text; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '%' || c == '\r' || c == '\n' || strchr(also, *p))
			fprintf(out, "%%%02X", c);
		else
			fputc(c < 0x20 || c == 0x7f ? '?' : c, out);
	}
}

static void put_property(FILE *out, const char *name, const char *value, bool *some)
{
	fprintf(out, "%s%s=", *some ? "," : " ", name);
	put_escaped(out, value, ":,");
	*some = true;
}

void lr_github_command(FILE *out, const char *level, const char *file, unsigned line,
		       const char *title, const char *text)
{
	bool some = false;
	char number[16];

	fprintf(out, "::%s", level);
	if (file) {
		put_property(out, "file", file, &some);
		if (line) {
			snprintf(number, sizeof(number), "%u", line);
			put_property(out, "line", number, &some);
		}
	}
	put_property(out, "title", title, &some);
	fputs("::", out);
	put_escaped(out, text, "");
	fputc('\n', out);
}

const char *lr_in_workspace(const char *file)
{
	const char *root = getenv("GITHUB_WORKSPACE");
	char here[4096];
	size_t length;

	if (!root || !*root)
		root = getcwd(here, sizeof(here));
	if (!root || root[0] != '/')
		return file;
	length = strlen(root);
	while (length > 1 && root[length - 1] == '/')
		length--;
	if (length > 1 && strncmp(file, root, length) == 0 && file[length] == '/' &&
	    file[length + 1])
		return file + length + 1;
	return file;
}

static void put_stack(FILE *text, const struct lr_leak *leak)
{
	for (size_t i = 0; i < leak->frame_count; i++) {
		const struct lr_frame *frame = &leak->frames[i];

		fputs("\n  ", text);
		if (frame->function)
			fputs(frame->function, text);
		else
			fprintf(text, "%s+0x%" PRIx64, lr_basename(frame->module), frame->offset);
		if (frame->file && frame->line)
			fprintf(text, "  %s:%u", lr_in_workspace(frame->file), frame->line);
	}
}

/* What is still held, and was asked for, is no error. */
static bool is_held(const struct lr_leak *leak)
{
	return leak->kind == LS_KIND_REACHABLE && !leak->outlived;
}

static const char *level_of(const struct lr_leak *leak)
{
	return is_held(leak) ? "notice" : leak->kind == LS_KIND_POSSIBLE ? "warning" : "error";
}

static const char *title_of(const struct lr_leak *leak)
{
	if (leak->memory == LS_MEM_HANDLE)
		return "leakscope: GPU handle leak";
	return is_held(leak) ? "leakscope: memory still reachable" : "leakscope: memory leak";
}

static int put_leak(FILE *out, const struct lr_leak *leak)
{
	const struct lr_frame *own = lr_own_frame(leak);
	char amount[LR_AMOUNT_SIZE], *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return -ENOMEM;
	fprintf(stream, "%s%s, %s, scope %s%s, fingerprint %s", leak->estimated ? "about " : "",
		lr_leak_text(amount, leak->bytes, leak->blocks, leak->memory,
			     leak->gpu ? leak->gpu->call : LS_RES_NONE),
		leak->memory == LS_MEM_HOST ? lr_kind_name(leak->kind)
					    : lr_memory_name(leak->memory),
		leak->scope, leak->outlived ? " (outlived it)" : "", leak->fingerprint);
	put_stack(stream, leak);
	if (fclose(stream) != 0) {
		free(text);
		return -ENOMEM;
	}
	lr_github_command(out, level_of(leak), own && own->file ? lr_in_workspace(own->file) : NULL,
			  own ? own->line : 0, title_of(leak), text);
	free(text);
	return 0;
}

int lr_out_github(FILE *out, const struct lr_view *view)
{
	const struct lr_model *model = view->model;
	char amount[LR_AMOUNT_SIZE], count[LR_UNIT_SIZE];
	int result = 0;

	for (size_t i = 0; i < view->leak_count && result == 0; i++)
		result = put_leak(out, view->leaks[i]);
	/* Plain text, but its first characters can't be taken for a command. */
	fputs("leakscope: ", out);
	put_escaped(out, lr_basename(model->exe), "");
	if (view->summary.leaked_blocks || view->summary.leaked_bytes)
		fprintf(out, " leaked %s",
			lr_amount_text(amount, view->summary.leaked_bytes,
				       view->summary.leaked_blocks, view->summary.leaked_handles));
	else
		fputs(": no leaks", out);
	if (view->hidden_count)
		fprintf(out, "; %s more not shown", lr_count(count, view->hidden_count));
	fputc('\n', out);
	if (result == 0 && ferror(out))
		result = -EIO;
	return result;
}
