/* SPDX-License-Identifier: MIT */
/*
 * See glue.h.  The real functions are looked up with RTLD_NEXT, so that an
 * allocator that is preloaded or linked after the shim is the one that serves.
 * Async-signal-safe but for ls_real_ready and ls_real_symbol.
 */
#include "glue.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>

#include "text.h"

__thread struct ls_tls ls_tls __attribute__((tls_model("initial-exec")));
struct ls_real ls_real;
void *ls_real_dlopen, *ls_real_dlmopen, *ls_real_dlclose;
char **ls_initial_environ;

/* ---- system calls ---- */

int ls_sys_open(const char *path, int flags, int mode)
{
	return (int)ls_sys4(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, mode);
}

long ls_sys_read(int fd, void *buffer, size_t size)
{
	long n;
	do {
		n = ls_sys3(SYS_read, fd, buffer, size);
	} while (n == -EINTR);
	return n;
}

long ls_sys_write(int fd, const void *data, size_t size)
{
	const char *p = data;
	size_t left = size;
	while (left) {
		long n = ls_sys3(SYS_write, fd, p, left);
		if (n == -EINTR)
			continue;
		if (n <= 0)
			return n ? n : -EIO;
		p += n;
		left -= (size_t)n;
	}
	return (long)size;
}

void ls_sys_close(int fd)
{
	ls_sys1(SYS_close, fd);
}

void *ls_sys_mmap(size_t size, int prot, int flags, int fd, uint64_t offset)
{
	long r = ls_sys6(SYS_mmap, 0, size, prot, flags, fd, offset);
	return r < 0 && r > -4096 ? NULL : (void *)r;
}

void ls_sys_munmap(void *p, size_t size)
{
	ls_sys2(SYS_munmap, p, size);
}

uint32_t ls_sys_gettid(void)
{
	return (uint32_t)ls_sys0(SYS_gettid);
}

uint32_t ls_sys_getpid(void)
{
	return (uint32_t)ls_sys0(SYS_getpid);
}

static uint64_t clock_ns(clockid_t clock)
{
	/* clock_gettime is the vdso's: no system call, and it can't fail here */
	struct timespec t = {0, 0};
	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t ls_now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t ls_now_coarse_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC_COARSE) / 1000000u;
}

uint64_t ls_now_real_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

long ls_read_file(const char *path, char *buffer, size_t size)
{
	int fd = ls_sys_open(path, O_RDONLY, 0);
	if (fd < 0)
		return fd;
	size_t have = 0;
	long n = 0;
	while (have + 1 < size && (n = ls_sys_read(fd, buffer + have, size - 1 - have)) > 0)
		have += (size_t)n;
	ls_sys_close(fd);
	buffer[have] = 0;
	return n < 0 ? n : (long)have;
}

/* ---- memory before the real functions are known ---- */

static char boot_memory[1 << 16] __attribute__((aligned(64)));
static size_t boot_used;

void *ls_boot_alloc(size_t size, size_t alignment)
{
	if (alignment < 16)
		alignment = 16;
	if (size > sizeof boot_memory || alignment > 4096)
		return NULL;
	size_t old = __atomic_load_n(&boot_used, __ATOMIC_RELAXED), start, end;
	do {
		/* the arena itself is only 64-aligned: align the address */
		uintptr_t base = (uintptr_t)boot_memory;
		start = ((base + old + alignment - 1) & ~(alignment - 1)) - base;
		end = start + ((size + 15) & ~(size_t)15);
		if (end > sizeof boot_memory)
			return NULL;
	} while (!__atomic_compare_exchange_n(&boot_used, &old, end, true, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return boot_memory + start;
}

bool ls_boot_owns(const void *p)
{
	return (uintptr_t)p - (uintptr_t)boot_memory < sizeof boot_memory;
}

size_t ls_boot_size(const void *p)
{
	return sizeof boot_memory - ((uintptr_t)p - (uintptr_t)boot_memory);
}

void *ls_boot_arena(size_t *size)
{
	*size = sizeof boot_memory;
	return boot_memory;
}

/* ---- real functions ---- */

static int real_done; /* 1 = ls_real is filled in */

static LS_COLD bool real_resolve(void)
{
	if (ls_tls.resolving)
		return false;
	ls_tls.resolving = 1;
	struct ls_real r;
	*(void **)&r.malloc = dlsym(RTLD_NEXT, "malloc");
	*(void **)&r.calloc = dlsym(RTLD_NEXT, "calloc");
	*(void **)&r.realloc = dlsym(RTLD_NEXT, "realloc");
	*(void **)&r.free = dlsym(RTLD_NEXT, "free");
	*(void **)&r.posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
	*(void **)&r.aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
	*(void **)&r.memalign = dlsym(RTLD_NEXT, "memalign");
	*(void **)&r.valloc = dlsym(RTLD_NEXT, "valloc");
	*(void **)&r.pvalloc = dlsym(RTLD_NEXT, "pvalloc");
	*(void **)&r.malloc_usable_size = dlsym(RTLD_NEXT, "malloc_usable_size");
	ls_real_dlopen = dlsym(RTLD_NEXT, "dlopen");
	ls_real_dlmopen = dlsym(RTLD_NEXT, "dlmopen");
	ls_real_dlclose = dlsym(RTLD_NEXT, "dlclose");
	ls_real = r;
	__atomic_store_n(&real_done, 1, __ATOMIC_RELEASE);
	ls_tls.resolving = 0;
	return true;
}

bool ls_real_ready(void)
{
	if (ls_likely(__atomic_load_n(&real_done, __ATOMIC_ACQUIRE)))
		return true;
	return real_resolve();
}

void *ls_real_symbol(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* ---- locks ---- */

#define SPINS_BEFORE_YIELD 200u
/* Yields between two looks at whether the owner still exists, and how many such looks. */
#define YIELDS_A_LOOK 20000u
#define LOOKS 100u

static bool thread_is_gone(uint32_t tid)
{
	return tid && ls_sys3(SYS_tgkill, ls_sys_getpid(), tid, 0) == -ESRCH;
}

static LS_COLD bool lock_slow(struct ls_lock *lock, uintptr_t self)
{
	for (uint32_t round = 0; round < YIELDS_A_LOOK * LOOKS; round++) {
		uintptr_t owner = 0;
		if (__atomic_compare_exchange_n(&lock->owner, &owner, self, false, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return true;
		if (owner == self)
			return false;
		if (round % YIELDS_A_LOOK == YIELDS_A_LOOK - 1 &&
		    thread_is_gone(__atomic_load_n(&lock->tid, __ATOMIC_RELAXED)) &&
		    __atomic_compare_exchange_n(&lock->owner, &owner, self, false, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return true; /* it was cancelled inside */
		if (round < SPINS_BEFORE_YIELD)
			ls_cpu_relax();
		else
			ls_sys0(SYS_sched_yield);
	}
	return false;
}

bool ls_lock(struct ls_lock *lock)
{
	uintptr_t self = (uintptr_t)&ls_tls, owner = 0; /* unique among the threads, and free */
	bool ok = __atomic_compare_exchange_n(&lock->owner, &owner, self, false, __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED) ||
		  lock_slow(lock, self);
	if (ok)
		__atomic_store_n(&lock->tid, ls_tls.tid, __ATOMIC_RELAXED);
	return ok;
}

void ls_unlock(struct ls_lock *lock)
{
	__atomic_store_n(&lock->owner, 0, __ATOMIC_RELEASE);
}

/* ---- memory of the shim's own ---- */

/* Blocks up to 64 KiB come from powers of two with free lists, larger ones from mmap. */
#define SMALLEST_SHIFT 5
#define CLASSES 12
#define REGION ((size_t)256 << 10)

struct free_block {
	struct free_block *next;
};
static struct ls_lock mem_lock;
static struct free_block *mem_free[CLASSES];
static char *mem_at, *mem_end;
static uint64_t mem_bytes;
/* The first region is static: a process that does little maps nothing. */
static char mem_first[64 << 10] __attribute__((aligned(64)));
static bool mem_first_used;

/* Nothing in them is a root of the host: the scan has to know them.  Without a place they look like its. */
static struct {
	void *p;
	size_t size;
} mem_maps[LS_MEM_MAPPINGS];

static void *mem_map(size_t size)
{
	void *p = ls_sys_mmap(size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (unsigned i = 0; p && i < LS_MEM_MAPPINGS; i++) {
		void *none = NULL;
		if (!__atomic_load_n(&mem_maps[i].p, __ATOMIC_RELAXED) &&
		    __atomic_compare_exchange_n(&mem_maps[i].p, &none, p, false, __ATOMIC_ACQ_REL,
						__ATOMIC_RELAXED)) {
			mem_maps[i].size = size;
			break;
		}
	}
	return p;
}

static void mem_unmap(void *p, size_t size)
{
	for (unsigned i = 0; i < LS_MEM_MAPPINGS; i++)
		if (__atomic_load_n(&mem_maps[i].p, __ATOMIC_RELAXED) == p) {
			__atomic_store_n(&mem_maps[i].p, NULL, __ATOMIC_RELEASE);
			break;
		}
	ls_sys_munmap(p, size);
}

void *ls_mem_mapping(unsigned i, size_t *size)
{
	*size = mem_maps[i].size;
	return mem_maps[i].p;
}

static unsigned class_of(size_t size)
{
	unsigned c = 0;
	while (((size_t)1 << (c + SMALLEST_SHIFT)) < size)
		c++;
	return c;
}

void *ls_mem_alloc(size_t size)
{
	unsigned c = class_of(size);
	if (c >= CLASSES) {
		size = (size + 4095) & ~(size_t)4095;
		void *p = mem_map(size);
		if (p)
			__atomic_fetch_add(&mem_bytes, size, __ATOMIC_RELAXED);
		return p;
	}
	if (!ls_lock(&mem_lock))
		return NULL;
	size_t bytes = (size_t)1 << (c + SMALLEST_SHIFT);
	void *p = mem_free[c];
	if (p) {
		mem_free[c] = mem_free[c]->next;
	} else {
		if (!mem_first_used) {
			mem_first_used = true;
			mem_at = mem_first;
			mem_end = mem_first + sizeof mem_first;
		}
		if ((size_t)(mem_end - mem_at) < bytes) {
			char *region = mem_map(REGION);
			if (region) {
				mem_at = region;
				mem_end = region + REGION;
				mem_bytes += REGION;
			}
		}
		if ((size_t)(mem_end - mem_at) >= bytes) {
			p = mem_at;
			mem_at += bytes;
		}
	}
	ls_unlock(&mem_lock);
	if (p)
		ls_zero(p, bytes);
	return p;
}

void ls_mem_free(void *p, size_t size)
{
	if (!p)
		return;
	unsigned c = class_of(size);
	if (c >= CLASSES) {
		size = (size + 4095) & ~(size_t)4095;
		mem_unmap(p, size);
		__atomic_fetch_sub(&mem_bytes, size, __ATOMIC_RELAXED);
		return;
	}
	if (!ls_lock(&mem_lock))
		return; /* lost, not harmful */
	struct free_block *b = p;
	b->next = mem_free[c];
	mem_free[c] = b;
	ls_unlock(&mem_lock);
}

void ls_mem_reset(void)
{
	/* what the parent had is abandoned in the child's copy, except the first region */
	mem_lock.owner = 0;
	for (unsigned c = 0; c < CLASSES; c++)
		mem_free[c] = NULL;
	mem_first_used = false;
	mem_at = mem_end = NULL;
	mem_bytes = 0;
}

uint64_t ls_mem_bytes(void)
{
	return __atomic_load_n(&mem_bytes, __ATOMIC_RELAXED) + sizeof mem_first;
}

const char *ls_getenv(const char *name)
{
	size_t n = ls_length(name);
	for (char **e = ls_initial_environ; e && *e; e++)
		if (ls_starts(*e, name) && (*e)[n] == '=')
			return *e + n + 1;
	return NULL;
}
