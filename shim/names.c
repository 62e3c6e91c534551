/* SPDX-License-Identifier: MIT */
/* See names.h.  Relies on options, recording and storage. */
#include "names.h"

#include <fcntl.h>

#include "glue.h"
#include "modules.h"
#include "options.h"
#include "process.h"
#include "recording.h"
#include "storage.h"
#include "text.h"

void ls_name_recording(char *out, size_t size)
{
	struct ls_text t, e;
	char exe[1024];
	ls_text_start(&e, exe, sizeof exe);
	ls_text_add(&e, ls_exe_path());
	long n = (long)e.used;
	/* a program that was replaced while it ran */
	static const char deleted[] = " (deleted)";
	if (n > (long)sizeof deleted && ls_equal(exe + n - (sizeof deleted - 1), deleted))
		exe[n - (long)(sizeof deleted - 1)] = 0;
	const char *base = ls_basename(exe);
	size_t length = ls_length(base);
	ls_text_start(&t, out, size);
	ls_text_add(&t, "leakscope.");
	ls_text_add_n(&t, length ? base : "program", length ? (length < 100 ? length : 100) : 7);
	ls_text_add(&t, ".");
	ls_text_number(&t, ls_sys_getpid());
	ls_text_add(&t, ".rec");
}

bool ls_name_exact(char *out, size_t size, bool forked)
{
	struct ls_text t;
	uint32_t pid = ls_sys_getpid();
	if (!ls_options.out[0])
		return false;
	ls_text_start(&t, out, size);
	ls_text_add(&t, ls_options.out);
	if (forked || pid != ls_options.root) {
		ls_text_add(&t, ".");
		ls_text_number(&t, pid);
	}
	return true;
}

static char name_before[LS_PATH_MAX];

void ls_name_before_exec(void)
{
	char to[LS_PATH_MAX];
	struct ls_text t;
	name_before[0] = 0;
	if (!ls_options.out[0] || !(ls_header->flags & LS_F_ROOT))
		return;
	ls_text_start(&t, name_before, sizeof name_before);
	ls_text_add(&t, ls_storage_path());
	for (unsigned n = ls_header->exec_index + 1; n < ls_header->exec_index + 1000; n++) {
		ls_text_start(&t, to, sizeof to);
		ls_text_add(&t, name_before);
		ls_text_add(&t, ".exec");
		ls_text_number(&t, n);
		if (ls_storage_rename(to) != -17 /* EEXIST */)
			return;
	}
}

void ls_name_after_exec(void)
{
	if (name_before[0])
		ls_storage_rename(name_before);
	name_before[0] = 0;
}

void ls_name_drop_previous(void)
{
	struct ls_header h;
	const struct ls_options *o = &ls_options;
	if (o->previous_pid != ls_sys_getpid() || !o->parent_path[0] ||
	    o->children == LS_CHILDREN_ALL)
		return;
	if (o->out[0] && o->launched && o->root == o->previous_pid)
		return; /* PATH.exec<n> was asked for */
	int fd = ls_sys_open(o->parent_path, O_RDONLY | O_NOFOLLOW, 0);
	if (fd < 0)
		return;
	long n = ls_sys_read(fd, &h, sizeof h);
	ls_sys_close(fd);
	if (n == (long)sizeof h && !__builtin_memcmp(h.magic, LS_MAGIC, 8) &&
	    !__builtin_memcmp(h.uuid, o->parent_uuid, 16) && h.state == LS_STATE_EXEC &&
	    h.scopes_opened == 0)
		ls_sys3(SYS_unlinkat, AT_FDCWD, o->parent_path, 0);
}
