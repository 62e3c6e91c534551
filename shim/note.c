/* SPDX-License-Identifier: MIT */
/* See note.h.  Relies on recording for storage. */
#include "note.h"

#include <errno.h>

#include "recording.h"
#include "storage.h"
#include "text.h"

#define MAX_NOTES 200

/* Texts already noted, to count repetitions without reading the recording back. */
static struct {
	uint32_t hash, id;
} seen[MAX_NOTES];
static unsigned seen_count;
static bool storage_pending;

static uint32_t hash_text(const char *s)
{
	uint32_t h = 2166136261u;
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h;
}

void ls_note_reset(void)
{
	seen_count = 0;
	storage_pending = false;
}

void ls_note(enum ls_note_level level, const char *text)
{
	if (!ls_header)
		return;
	uint32_t hash = hash_text(text);
	struct ls_note *n;
	for (unsigned i = 0; i < seen_count; i++)
		if (seen[i].hash == hash) {
			n = ls_table_at(&ls_notes_table, seen[i].id);
			n->count++;
			return;
		}
	if (seen_count == MAX_NOTES)
		return;
	uint32_t string = ls_string_add(text);
	uint32_t id = string ? ls_table_add(&ls_notes_table, (void **)&n) : 0;
	if (!id)
		return;
	n->level = level;
	n->text = string;
	n->tick = ls_tick_read();
	n->count = 1;
	__atomic_store_n(&n->state, 1, __ATOMIC_RELEASE);
	seen[seen_count].hash = hash;
	seen[seen_count++].id = id;
}

void ls_note_locked(enum ls_note_level level, const char *text)
{
	if (ls_lock(&ls_recording_lock)) {
		ls_note(level, text);
		ls_unlock(&ls_recording_lock);
	}
}

void ls_note_storage(void)
{
	/* a chunk is being made: writing a string now would need another */
	storage_pending = true;
}

void ls_note_flush(void)
{
	char line[256];
	struct ls_text t;
	if (!storage_pending)
		return;
	storage_pending = false;
	ls_text_start(&t, line, sizeof line);
	ls_text_add(&t, "the recording could not grow in its file (");
	ls_text_add(&t, ls_error_text(ls_storage_last_error()));
	ls_text_add(&t, "): it goes on in an overflow file, or in memory that is lost at the end");
	ls_note(LS_NOTE_WARNING, line);
}

void ls_say(const char *text)
{
	char line[1200];
	struct ls_text t;
	ls_text_start(&t, line, sizeof line);
	ls_text_add(&t, "leakscope: ");
	ls_text_add(&t, text);
	ls_text_add(&t, "\n");
	ls_sys_write(2, line, t.used);
}

const char *ls_error_text(int error)
{
	switch (error) {
	case EACCES:
	case EPERM: return "permission denied";
	case ENOENT: return "no such directory";
	case ENOTDIR: return "not a directory";
	case ENOSPC:
	case EDQUOT: return "no space left";
	case EFBIG: return "file size limit";
	case EROFS: return "read-only file system";
	case ENOMEM:
	case EAGAIN: return "no memory";
	case EMFILE:
	case ENFILE: return "too many open files";
	case ENAMETOOLONG: return "name too long";
	case EEXIST: return "name taken";
	case ESTALE: return "file was replaced";
	default: return "input/output error";
	}
}
