/* SPDX-License-Identifier: MIT */
/*
 * An allocation counter for LD_PRELOAD: the second opinion on leakscope's
 * totals.  It knows nothing of leakscope; it only counts the calls of the malloc
 * family that reach it and passes them on.  Preloaded after the shim it sees what
 * the shim passes on, and, since a function the shim failed to hook resolves
 * straight to this library, also what the shim misses.
 *
 * Each process image that allocates keeps one small file in $LS_COUNT_DIR,
 * mapped shared, so that the figures survive _exit, exec and SIGKILL.  A forked
 * child starts a file of its own at its first event (a page that reads zero after
 * fork tells it); a vfork child counts in its parent's, whose heap it uses.
 *
 * Counting: a successful realloc of a block is one allocation and one free, as
 * in Valgrind's "total heap usage".  Thread-safe by atomics; no locks, no TLS.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define RECORD_BYTES 4096
#define EARLY_BYTES (64 * 1024)

/* The layout is read by harness.py (struct format "<8sIIQQQ256s"). */
struct record {
	char magic[8]; /* "LSCOUNT\n" */
	uint32_t pid;
	uint32_t image; /* 0, 1, …: images and forks started with the same pid */
	_Atomic uint64_t allocations, frees, bytes;
	char exe[256];
};

static struct record nowhere; /* counts go here when no file can be made */
static _Atomic(struct record *) current;
static _Atomic uint32_t *owner; /* one page, wiped to zero by fork */
static char directory[512];

static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static void (*next_free)(void *);
static void *(*next_memalign)(size_t, size_t);
static void *(*next_aligned_alloc)(size_t, size_t);
static int (*next_posix_memalign)(void **, size_t, size_t);
static void *(*next_valloc)(size_t);
static void *(*next_pvalloc)(size_t);
static _Atomic int resolving; /* 0 = not begun, 1 = under way, 2 = done */

/* dlsym may allocate while the real functions are being looked up. */
static _Alignas(16) char early[EARLY_BYTES];
static _Atomic size_t early_used;

static void *early_alloc(size_t n)
{
	size_t at = atomic_fetch_add(&early_used, (n + 31) & ~(size_t)15);
	if (at + n + 16 > EARLY_BYTES)
		return NULL;
	*(size_t *)(early + at) = n;
	return early + at + 16;
}

static int is_early(const void *p)
{
	return (const char *)p >= early && (const char *)p < early + EARLY_BYTES;
}

static void resolve(void)
{
	int idle = 0;
	if (!atomic_compare_exchange_strong(&resolving, &idle, 1))
		return;
	next_calloc = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
	next_realloc = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
	next_free = (void (*)(void *))dlsym(RTLD_NEXT, "free");
	next_memalign = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "memalign");
	next_aligned_alloc = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "aligned_alloc");
	next_posix_memalign = (int (*)(void **, size_t, size_t))dlsym(RTLD_NEXT, "posix_memalign");
	next_valloc = (void *(*)(size_t))dlsym(RTLD_NEXT, "valloc");
	next_pvalloc = (void *(*)(size_t))dlsym(RTLD_NEXT, "pvalloc");
	next_malloc = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
	atomic_store(&resolving, 2);
}

static inline int ready(void)
{
	if (__builtin_expect(atomic_load(&resolving) == 2, 1))
		return 1;
	resolve();
	return atomic_load(&resolving) == 2;
}

/*
 * The directory is read from /proc: getenv is blind when the first allocation
 * comes before libc has set its environment.
 */
static void find_directory(void)
{
	static const char key[] = "LS_COUNT_DIR=";
	char c, value[sizeof(directory)];
	size_t matched = 0, used = 0;
	int fd = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	while (read(fd, &c, 1) == 1) {
		if (matched < sizeof(key) - 1) {
			if (c == key[matched])
				matched++;
			else /* not this variable: pass over the rest of it */
				matched = c ? sizeof(key) : 0;
		} else if (matched == sizeof(key)) {
			if (!c)
				matched = 0;
		} else {
			if (used < sizeof(value) - 1)
				value[used++] = c;
			if (!c) {
				memcpy(directory, value, used);
				break;
			}
		}
	}
	close(fd);
}

static char *put_number(char *to, uint32_t n)
{
	char digits[10];
	int i = 0;
	do
		digits[i++] = (char)('0' + n % 10);
	while (n /= 10);
	while (i)
		*to++ = digits[--i];
	return to;
}

/* Start the file of this process image, DIR/PID.N with the first free N. */
static struct record *begin(void)
{
	char path[sizeof(directory) + 32], *end;
	uint32_t pid = (uint32_t)getpid(), image = 0;
	int fd = -1;
	if (!directory[0])
		find_directory();
	if (!directory[0])
		return &nowhere;
	size_t length = strlen(directory);
	memcpy(path, directory, length);
	path[length] = '/';
	end = put_number(path + length + 1, pid);
	*end++ = '.';
	for (; image < 1000; image++) {
		*put_number(end, image) = '\0';
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd >= 0 || errno != EEXIST)
			break;
	}
	if (fd < 0)
		return &nowhere;
	struct record *r = MAP_FAILED;
	if (!ftruncate(fd, RECORD_BYTES))
		r = mmap(NULL, RECORD_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (r == MAP_FAILED)
		return &nowhere;
	r->pid = pid;
	r->image = image;
	ssize_t n = readlink("/proc/self/exe", r->exe, sizeof(r->exe) - 1);
	if (n > 0)
		r->exe[n] = '\0';
	memcpy(r->magic, "LSCOUNT\n", 8);
	return r;
}

/*
 * Several threads may arrive here at once in a new process; the one that claims
 * the owner word makes the file, the others wait for it.
 */
static struct record *record(void)
{
	struct record *r = atomic_load(&current);
	if (__builtin_expect(owner && atomic_load(owner) == 2, 1))
		return r;
	int saved = errno;
	if (!owner) { /* the first event of a process comes from its only thread */
		_Atomic uint32_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
					      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (page == MAP_FAILED)
			return &nowhere;
		madvise((void *)page, 4096, MADV_WIPEONFORK);
		owner = page;
	}
	uint32_t none = 0;
	if (atomic_compare_exchange_strong(owner, &none, 1)) {
		/* the parent's page stays mapped: unmapping it here would be no gain */
		atomic_store(&current, begin());
		atomic_store(owner, 2);
	}
	while (atomic_load(owner) != 2)
		usleep(50);
	errno = saved;
	return atomic_load(&current);
}

static inline void count_alloc(size_t n)
{
	struct record *r = record();
	atomic_fetch_add_explicit(&r->allocations, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&r->bytes, n, memory_order_relaxed);
}

static inline void count_free(void)
{
	atomic_fetch_add_explicit(&record()->frees, 1, memory_order_relaxed);
}

EXPORT void *malloc(size_t n)
{
	if (!ready())
		return early_alloc(n);
	void *p = next_malloc(n);
	if (p)
		count_alloc(n);
	return p;
}

EXPORT void *calloc(size_t n, size_t size)
{
	if (!ready())
		return early_alloc(n * size); /* static memory: zero already */
	void *p = next_calloc(n, size);
	if (p)
		count_alloc(n * size);
	return p;
}

EXPORT void free(void *p)
{
	if (!p || is_early(p))
		return;
	if (!ready())
		return;
	count_free();
	next_free(p);
}

EXPORT void *realloc(void *p, size_t n)
{
	if (!ready() || is_early(p)) {
		void *q = ready() ? malloc(n) : early_alloc(n);
		size_t old = p ? ((size_t *)p)[-2] : 0;
		if (p && q)
			memcpy(q, p, old < n ? old : n);
		return q;
	}
	void *q = next_realloc(p, n);
	if (p && (q || !n))
		count_free();
	if (q)
		count_alloc(n);
	return q;
}

EXPORT void *reallocarray(void *p, size_t n, size_t size)
{
	size_t total;
	if (__builtin_mul_overflow(n, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, total);
}

EXPORT void *memalign(size_t alignment, size_t n)
{
	void *p = ready() ? next_memalign(alignment, n) : NULL;
	if (p)
		count_alloc(n);
	return p;
}

EXPORT void *aligned_alloc(size_t alignment, size_t n)
{
	void *p = ready() ? next_aligned_alloc(alignment, n) : NULL;
	if (p)
		count_alloc(n);
	return p;
}

EXPORT int posix_memalign(void **to, size_t alignment, size_t n)
{
	int status = ready() ? next_posix_memalign(to, alignment, n) : ENOMEM;
	if (!status)
		count_alloc(n);
	return status;
}

EXPORT void *valloc(size_t n)
{
	void *p = ready() ? next_valloc(n) : NULL;
	if (p)
		count_alloc(n);
	return p;
}

EXPORT void *pvalloc(size_t n)
{
	void *p = ready() ? next_pvalloc(n) : NULL;
	if (p)
		count_alloc(n);
	return p;
}
