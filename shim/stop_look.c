/* SPDX-License-Identifier: MIT */
/* See stop_look.h. */
#include "stop_look.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "glue.h"
#include "ls_arch_stop.h"
#include "stop.h"
#include "text.h"

static void path_of(char *buffer, size_t size, uint32_t tid, const char *file)
{
	struct ls_text t;
	ls_text_start(&t, buffer, size);
	ls_text_add(&t, "/proc/self/task/");
	ls_text_number(&t, tid);
	ls_text_add(&t, file);
}

static uint64_t parse_hex(const char **s)
{
	uint64_t v = 0;
	const char *p = *s;
	if (p[0] == '0' && p[1] == 'x')
		p += 2;
	for (;; p++) {
		unsigned digit = *p >= '0' && *p <= '9'   ? (unsigned)(*p - '0')
				 : *p >= 'a' && *p <= 'f' ? (unsigned)(*p - 'a' + 10)
							  : 16;
		if (digit == 16)
			break;
		v = v << 4 | digit;
	}
	*s = p;
	return v;
}

static bool is_one_of(long number, const uint16_t *list, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (list[i] == number)
			return true;
	return false;
}
#define ONE_OF(number, ...)                                                                        \
	is_one_of(number, (const uint16_t[]){__VA_ARGS__},                                         \
		  sizeof((const uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t))

/* A call on a socket that has a time limit fails when it is broken off. */
static bool has_limit(uintptr_t fd, int option)
{
	struct timeval limit = {0, 0};
	uint32_t size = sizeof limit;
	return ls_sys6(SYS_getsockopt, (int)fd, SOL_SOCKET, option, &limit, &size, 0) == 0 &&
	       (limit.tv_sec || limit.tv_usec);
}

/* Would the program see that a signal came during this call? */
static bool would_be_noticed(long number, const uintptr_t *arg)
{
	if (ONE_OF(number, LS_NEVER_RESTARTED) || ONE_OF(number, LS_VFORKS))
		return true;
	/* what has been written or received by then is returned, and is less than was asked for */
	if (ONE_OF(number, SYS_write, SYS_writev, SYS_pwrite64, SYS_pwritev, SYS_pwritev2,
		   SYS_sendto, SYS_sendmsg, SYS_sendmmsg, SYS_sendfile, SYS_splice, SYS_vmsplice,
		   SYS_tee, SYS_copy_file_range, SYS_recvmmsg))
		return true;
	if ((number == SYS_recvfrom && (arg[3] & MSG_WAITALL)) ||
	    (number == SYS_recvmsg && (arg[2] & MSG_WAITALL)))
		return true;
	if (ONE_OF(number, SYS_recvfrom, SYS_recvmsg, SYS_accept, SYS_accept4, SYS_read, SYS_readv))
		return has_limit(arg[0], SO_RCVTIMEO);
	return number == SYS_connect && has_limit(arg[0], SO_SNDTIMEO);
}

void ls_look_at(uint32_t tid, struct ls_look *l)
{
	char path[64], text[256];
	const char *p = text;
	ls_zero(l, sizeof *l);
	path_of(path, sizeof path, tid, "/syscall");
	long n = ls_read_file(path, text, sizeof text);
	if (n <= 0) {
		/* gone, or a /proc that doesn't tell: then it is treated as if it ran */
		bool gone = ls_sys3(SYS_tgkill, ls_sys_getpid(), tid, 0) == -ESRCH;
		l->kind = gone ? LS_LOOK_GONE : LS_LOOK_RUNS;
		return;
	}
	/* "running", "-1 SP PC", or "NUMBER ARG … ARG SP PC" */
	uint64_t number = 0;
	if (ls_parse_number(&p, &number)) {
		l->call = true;
		for (unsigned i = 0; i < 6; i++) {
			p += *p == ' ';
			l->arg[i] = parse_hex(&p);
		}
	} else if (p[0] == '-') {
		p += 2;
	} else {
		l->kind = LS_LOOK_RUNS;
		return;
	}
	p += *p == ' ';
	l->sp = parse_hex(&p);
	if (!l->sp)
		l->kind = LS_LOOK_NONE;
	else if (l->call && number == SYS_futex && l->arg[0] == (uintptr_t)&ls_stop_flag)
		l->kind = LS_LOOK_WAITS;
	else if (l->call && would_be_noticed((long)number, l->arg))
		l->kind = LS_LOOK_LEAVE;
	else
		l->kind = LS_LOOK_RUNS;
}

bool ls_look_blocks(uint32_t tid, uint32_t signal)
{
	static char text[8192]; /* the groups of the user come before the signals */
	static const char key[] = "\nSigBlk:\t";
	char path[64];
	path_of(path, sizeof path, tid, "/status");
	if (ls_read_file(path, text, sizeof text) <= 0)
		return false;
	for (const char *p = text; *p; p++)
		if (*p == '\n' && ls_starts(p, key)) {
			p += sizeof key - 1;
			return parse_hex(&p) >> (signal - 1) & 1;
		}
	return false;
}

/* As the kernel gives it; libc's struct has no fixed name for it. */
struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

bool ls_look_each(void (*fn)(uint32_t tid, void *arg), void *arg)
{
	static char buffer[4096] __attribute__((aligned(8)));
	int fd = ls_sys_open("/proc/self/task", O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return false;
	long n;
	while ((n = ls_sys3(SYS_getdents64, fd, buffer, sizeof buffer)) > 0)
		for (long at = 0; at < n;) {
			const struct entry *e = (const void *)(buffer + at);
			const char *name = e->name;
			uint64_t tid;
			if (ls_parse_number(&name, &tid))
				fn((uint32_t)tid, arg);
			at += e->length;
		}
	ls_sys_close(fd);
	return n == 0;
}
