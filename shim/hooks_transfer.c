/* SPDX-License-Identifier: MIT */
/*
 * Reads and writes.  The kernel takes them up again after the scan's signal, except
 * where something was transferred already, which it then returns, or where a socket
 * has a time limit.  A thread that sleeps in such a call is not sent the signal
 * (stop_look.c), but one that runs may be about to begin it.  When our signal came
 * meanwhile, the rest is transferred as if nothing had happened; a thread whose call
 * ends while others stand still waits with them, its registers on its stack.
 *
 * A few loads around the real call, no lock, nothing else.  Cancellation may leave
 * these functions in the midst of it.
 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "glue.h"
#include "hooks.h"
#include "stop.h"

static struct {
	ssize_t (*read)(int, void *, size_t);
	ssize_t (*read_chk)(int, void *, size_t, size_t);
	ssize_t (*readv)(int, const struct iovec *, int);
	ssize_t (*recv)(int, void *, size_t, int);
	ssize_t (*recv_chk)(int, void *, size_t, size_t, int);
	ssize_t (*recvfrom)(int, void *, size_t, int, struct sockaddr *, socklen_t *);
	ssize_t (*recvmsg)(int, struct msghdr *, int);
	int (*accept)(int, struct sockaddr *, socklen_t *);
	int (*accept4)(int, struct sockaddr *, socklen_t *, int);
	int (*connect)(int, const struct sockaddr *, socklen_t);
	ssize_t (*write)(int, const void *, size_t);
	ssize_t (*writev)(int, const struct iovec *, int);
	ssize_t (*send)(int, const void *, size_t, int);
	ssize_t (*sendto)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
	ssize_t (*sendmsg)(int, const struct msghdr *, int);
} real;

void ls_hooks_transfer_start(void)
{
#define FIND(name) *(void **)&real.name = ls_real_symbol(#name)
	*(void **)&real.read_chk = ls_real_symbol("__read_chk");
	*(void **)&real.recv_chk = ls_real_symbol("__recv_chk");
	FIND(readv);
	FIND(recv);
	FIND(recvfrom);
	FIND(recvmsg);
	FIND(accept);
	FIND(accept4);
	FIND(connect);
	FIND(write);
	FIND(writev);
	FIND(send);
	FIND(sendto);
	FIND(sendmsg);
	FIND(read);
#undef FIND
}

/*
 * Every wrapper starts with this: what the host keeps in registers is stored in the
 * wrapper's frame.  And something may call one of these before the constructor.
 */
#define READY()                                                                                    \
	do {                                                                                       \
		__builtin_unwind_init();                                                           \
		if (ls_unlikely(!real.read))                                                       \
			ls_hooks_transfer_start();                                                 \
	} while (0)

/* CALL, until it is not our signal that ends it. */
#define UNTIL_DONE(result, call)                                                                   \
	do {                                                                                       \
		int before = errno;                                                                \
		for (;;) {                                                                         \
			uint32_t interrupts = ls_stop_interrupts();                                \
			(result) = (call);                                                         \
			if (ls_unlikely(__atomic_load_n(&ls_stop_flag, __ATOMIC_ACQUIRE)))         \
				ls_stop_wait();                                                    \
			if (ls_likely((result) != -1 || errno != EINTR) ||                         \
			    interrupts == ls_stop_interrupts())                                    \
				break;                                                             \
			errno = before;                                                            \
		}                                                                                  \
	} while (0)

/* ---- reading ---- */

LS_EXPORT ssize_t read(int fd, void *buffer, size_t size)
{
	ssize_t r;
	READY();
	UNTIL_DONE(r, real.read(fd, buffer, size));
	return r;
}

/* What _FORTIFY_SOURCE makes of it: ROOM is the buffer's size, as far as it is known. */
LS_EXPORT ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room);
LS_EXPORT ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room)
{
	READY();
	if (room < size)
		return real.read_chk(fd, buffer, size, room); /* which says so and aborts */
	return read(fd, buffer, size);
}

LS_EXPORT ssize_t readv(int fd, const struct iovec *parts, int count)
{
	ssize_t r;
	READY();
	UNTIL_DONE(r, real.readv(fd, parts, count));
	return r;
}

LS_EXPORT ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
	ssize_t r, more;
	READY();
	uint32_t arrivals = ls_stop_arrivals();
	UNTIL_DONE(r, real.recv(fd, buffer, size, flags));
	while (ls_unlikely(r > 0 && (size_t)r < size && (flags & MSG_WAITALL) &&
			   !(flags & (MSG_PEEK | MSG_TRUNC)) && arrivals != ls_stop_arrivals())) {
		int saved = errno;
		arrivals = ls_stop_arrivals();
		UNTIL_DONE(more, real.recv(fd, (char *)buffer + r, size - (size_t)r, flags));
		errno = saved;
		if (more <= 0)
			break;
		r += more;
	}
	return r;
}

LS_EXPORT ssize_t __recv_chk(int fd, void *buffer, size_t size, size_t room, int flags);
LS_EXPORT ssize_t __recv_chk(int fd, void *buffer, size_t size, size_t room, int flags)
{
	READY();
	if (room < size)
		return real.recv_chk(fd, buffer, size, room, flags);
	return recv(fd, buffer, size, flags);
}

LS_EXPORT ssize_t recvfrom(int fd, void *buffer, size_t size, int flags, struct sockaddr *from,
			   socklen_t *length)
{
	ssize_t r;
	READY();
	UNTIL_DONE(r, real.recvfrom(fd, buffer, size, flags, from, length));
	return r;
}

LS_EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t r;
	READY();
	UNTIL_DONE(r, real.recvmsg(fd, message, flags));
	return r;
}

LS_EXPORT int accept(int fd, struct sockaddr *from, socklen_t *length)
{
	int r;
	READY();
	UNTIL_DONE(r, real.accept(fd, from, length));
	return r;
}

LS_EXPORT int accept4(int fd, struct sockaddr *from, socklen_t *length, int flags)
{
	int r;
	READY();
	UNTIL_DONE(r, real.accept4(fd, from, length, flags));
	return r;
}

/* Called again, it waits for the connection that is being made. */
LS_EXPORT int connect(int fd, const struct sockaddr *to, socklen_t length)
{
	int r;
	READY();
	UNTIL_DONE(r, real.connect(fd, to, length));
	return r;
}

/* ---- writing ---- */

/* A transfer of which DONE bytes were made when our signal came: the rest of it. */
static LS_COLD ssize_t write_rest(int fd, const char *data, size_t size, ssize_t done, int flags,
				  bool socket)
{
	int saved = errno;
	uint32_t arrivals;
	ssize_t more;
	do {
		const char *p = data + done;
		size_t left = size - (size_t)done;
		arrivals = ls_stop_arrivals();
		UNTIL_DONE(more, socket ? real.send(fd, p, left, flags) : real.write(fd, p, left));
		done += more > 0 ? more : 0;
	} while (more > 0 && (size_t)done < size && arrivals != ls_stop_arrivals());
	errno = saved; /* an error will be met again by the next call */
	return done;
}

static LS_COLD ssize_t write_rest_of(int fd, const struct iovec *parts, size_t count, ssize_t done,
				     int flags, bool socket)
{
	size_t skip = (size_t)done;
	for (size_t i = 0; i < count; i++) {
		size_t size = parts[i].iov_len;
		if (skip >= size) {
			skip -= size;
			continue;
		}
		size_t now = (size_t)write_rest(fd, parts[i].iov_base, size, (ssize_t)skip, flags,
						socket);
		done += (ssize_t)(now - skip);
		skip = 0;
		if (now < size)
			break;
	}
	return done;
}

static LS_COLD size_t length_of(const struct iovec *parts, size_t count)
{
	size_t sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += parts[i].iov_len;
	return sum;
}

LS_EXPORT ssize_t write(int fd, const void *data, size_t size)
{
	ssize_t r;
	READY();
	uint32_t arrivals = ls_stop_arrivals();
	UNTIL_DONE(r, real.write(fd, data, size));
	if (ls_unlikely(arrivals != ls_stop_arrivals()) && r > 0 && (size_t)r < size)
		r = write_rest(fd, data, size, r, 0, false);
	return r;
}

LS_EXPORT ssize_t writev(int fd, const struct iovec *parts, int count)
{
	ssize_t r;
	READY();
	uint32_t arrivals = ls_stop_arrivals();
	UNTIL_DONE(r, real.writev(fd, parts, count));
	if (ls_unlikely(arrivals != ls_stop_arrivals()) && r > 0 &&
	    (size_t)r < length_of(parts, (size_t)count))
		r = write_rest_of(fd, parts, (size_t)count, r, 0, false);
	return r;
}

LS_EXPORT ssize_t send(int fd, const void *data, size_t size, int flags)
{
	ssize_t r;
	READY();
	uint32_t arrivals = ls_stop_arrivals();
	UNTIL_DONE(r, real.send(fd, data, size, flags));
	if (ls_unlikely(arrivals != ls_stop_arrivals()) && r > 0 && (size_t)r < size)
		r = write_rest(fd, data, size, r, flags, true);
	return r;
}

LS_EXPORT ssize_t sendto(int fd, const void *data, size_t size, int flags,
			 const struct sockaddr *to, socklen_t length)
{
	ssize_t r;
	READY();
	uint32_t arrivals = ls_stop_arrivals();
	UNTIL_DONE(r, real.sendto(fd, data, size, flags, to, length));
	if (ls_unlikely(arrivals != ls_stop_arrivals()) && r > 0 && (size_t)r < size)
		r = write_rest(fd, data, size, r, flags, true);
	return r;
}

/* What goes along with the data has gone with the first of it. */
LS_EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	ssize_t r;
	READY();
	uint32_t arrivals = ls_stop_arrivals();
	UNTIL_DONE(r, real.sendmsg(fd, message, flags));
	if (ls_unlikely(arrivals != ls_stop_arrivals()) && r > 0 &&
	    (size_t)r < length_of(message->msg_iov, message->msg_iovlen))
		r = write_rest_of(fd, message->msg_iov, message->msg_iovlen, r, flags, true);
	return r;
}
