/* SPDX-License-Identifier: MIT */
/* Below the head of a leak in the text report: who holds its blocks, and what they hold. */
#include <inttypes.h>
#include <string.h>

#include "arena.h"
#include "out_text_internal.h"
#include "units.h"

#define INDENT 4
#define HOLDER_INDENT 9

const char *lr_text_amount(struct lr_text *t, const struct lr_leak *leak,
			   const struct lr_amount *amount)
{
	char size[LR_UNIT_SIZE], count[LR_UNIT_SIZE];

	return lr_arena_printf(t->view->model->arena, "%s in %s %s", lr_size(size, amount->bytes),
			       lr_count(count, amount->blocks),
			       leak ? lr_text_noun(leak, amount->blocks)
				    : lr_plural(amount->blocks, "block", "blocks"));
}

static void sentence(struct lr_text *t, const char *text)
{
	lr_text_indent(t, INDENT);
	lr_text_wrap(t, LR_PLAIN, text, INDENT);
}

/* What became of a block whose scope is gone. */
static void outlived(struct lr_text *t, const struct lr_leak *leak)
{
	struct lr_arena *arena = t->view->model->arena;

	switch (leak->kind) {
	case LS_KIND_DEFINITE:
	case LS_KIND_INDIRECT:
		sentence(t, "outlived its scope, and nothing points to it any more");
		return;
	case LS_KIND_POSSIBLE:
	case LS_KIND_REACHABLE:
		if (!leak->referrer_count)
			sentence(t, "outlived its scope; still reachable");
		else
			sentence(t, lr_arena_printf(arena, "outlived its scope; still held by %s%s",
						    leak->referrers[0].where,
						    leak->referrer_count > 1 ? " and others" : ""));
		return;
	default: return; /* the head says that it outlived its scope, and nobody knows more */
	}
}

/* What is lost with it. */
static void leads_to(struct lr_text *t, const struct lr_leak *leak)
{
	struct lr_amount rest = {leak->retained.bytes - leak->bytes,
				 leak->retained.blocks - leak->blocks};

	if (leak->kind != LS_KIND_DEFINITE || t->view->retained ||
	    leak->retained.blocks <= leak->blocks || leak->retained.bytes < leak->bytes)
		return;
	sentence(t, lr_arena_printf(
			    t->view->model->arena, "plus %s %s", lr_text_amount(t, leak, &rest),
			    t->view->model->dominators ? "only it leads to" : "it leads to"));
}

static void referrers(struct lr_text *t, const struct lr_leak *leak)
{
	struct lr_arena *arena = t->view->model->arena;
	char count[LR_UNIT_SIZE];
	const char *text;
	size_t i, k;

	for (i = 0; i < leak->referrer_count; i++) {
		const struct lr_referrer *r = &leak->referrers[i];

		text = lr_arena_printf(arena, "by %s", r->where);
		if (leak->blocks > 1)
			text = lr_arena_printf(arena, "%s %s", lr_count(count, r->blocks), text);
		for (k = 0; k < r->chain_count; k++)
			text = lr_arena_printf(arena, "%s, held by %s", text, r->chain[k].where);
		lr_text_indent(t, INDENT);
		lr_text_cell(t, LR_DIM, i ? "" : "held", HOLDER_INDENT - INDENT, false);
		lr_text_wrap(t, LR_PLAIN, text, HOLDER_INDENT);
	}
	if (!leak->unnamed_referrers)
		return;
	lr_text_indent(t, HOLDER_INDENT);
	lr_text_wrap(t, LR_DIM,
		     lr_arena_printf(arena, "%s at other places",
				     lr_count(count, leak->unnamed_referrers)),
		     HOLDER_INDENT);
}

void lr_text_held(struct lr_text *t, const struct lr_leak *leak)
{
	if (leak->outlived)
		outlived(t, leak);
	if (leak->gpu)
		lr_text_gpu_sentences(t, leak);
	leads_to(t, leak);
	if (t->view->referrers)
		referrers(t, leak);
}
