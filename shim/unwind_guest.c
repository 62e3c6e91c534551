/* SPDX-License-Identifier: MIT */
/*
 * See unwind_guest.h.  libunwind 1.6.2 opens a pipe to probe pages, blocks all
 * signals around its caches and walks the loader's list under its lock; each of
 * these harms a host it is a stranger in.  A host may use the same libunwind
 * itself: outside ls_guest_run the real functions are called.
 */
#include "unwind_guest.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "glue.h"
#include "modules.h"
#include "text.h"

#define KNOWN_PAGES 1024u
#define FORGET_AFTER 16384u
enum { NO = 1, YES = 2 };
/* All threads share them: page | age << 2 | YES or NO, see on_known_page. */
static uintptr_t pages[KNOWN_PAGES];
static uint32_t page_uses;

static __thread struct {
	bool active, ends;               /* ends: the thread will say so */
	void *cache;                     /* of the guest, to be freed then */
	uintptr_t stack_low, stack_high; /* readable, in whole pages */
	void *back[5]; /* __builtin_setjmp: a jump without the signal mask and libc's checks */
} guest __attribute__((tls_model("initial-exec")));

bool ls_guest_active(void)
{
	return guest.active;
}

uintptr_t ls_guest_state(unsigned *size)
{
	*size = sizeof guest;
	return (uintptr_t)&guest;
}

void ls_guest_abandon(void)
{
	guest.active = false;
}

__attribute__((noreturn)) static void break_off(void)
{
	__builtin_longjmp(guest.back, 1);
}

/* ---- the tame versions ---- */

static int (*real_sigprocmask)(int, const sigset_t *, sigset_t *);
static int guest_sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	/* nothing to block: a nested hook sees the guard and stays out of the guest */
	return guest.active ? 0 : real_sigprocmask(how, set, old);
}

static int (*real_pipe2)(int *, int);
static int guest_pipe2(int *fds, int flags)
{
	if (!guest.active)
		return real_pipe2(fds, flags);
	fds[0] = fds[1] = -1;
	return 0;
}

static int (*real_close)(int);
static int guest_close(int fd)
{
	return guest.active ? 0 : real_close(fd);
}

static ssize_t (*real_read)(int, void *, size_t);
static ssize_t guest_read(int fd, void *buffer, size_t size)
{
	if (!guest.active)
		return real_read(fd, buffer, size);
	errno = EAGAIN; /* "the pipe is empty"; it loops while errno is EINTR */
	return -1;
}

long ls_guest_probe(uintptr_t address)
{
	char byte;
	struct iovec local = {&byte, 1}, remote = {(void *)address, 1};
	return ls_sys6(SYS_process_vm_readv, ls_sys_getpid(), &local, 1, &remote, 1, 0);
}

static bool readable(uintptr_t address)
{
	return ls_guest_probe(address) == 1;
}

#define PAGE ((uintptr_t)4096)
/* Farther apart than this, two places are not taken for the same stack. */
#define STACK_GAP ((uintptr_t)1 << 20)

/*
 * Nearly all the guest asks about is this thread's stack: the part of it that
 * was found readable is remembered, and grows page by page.  Above a live
 * stack pointer a stack never shrinks; another stack starts another range.
 */
static bool on_known_stack(uintptr_t address)
{
	uintptr_t sp = (uintptr_t)__builtin_frame_address(0) & ~(PAGE - 1);
	if (sp < guest.stack_low && guest.stack_low - sp <= STACK_GAP)
		guest.stack_low = sp; /* grown down: all of it up to here is in use */
	if (sp >= guest.stack_high && sp - guest.stack_high <= STACK_GAP)
		guest.stack_high =
			sp + PAGE; /* shrunk past what was known: its lower part was used */
	if (sp < guest.stack_low || sp >= guest.stack_high) {
		guest.stack_low = sp;
		guest.stack_high = sp + PAGE;
	}
	if (address < guest.stack_low || address >= guest.stack_high + STACK_GAP)
		return false;
	while (address >= guest.stack_high) {
		if (!readable(guest.stack_high))
			return false;
		guest.stack_high += PAGE;
	}
	return true;
}

/*
 * The rest is code around return addresses, read to recognise signal frames and
 * PLT entries.  A page that holds code of a live frame stays; to be safe from
 * one that doesn't, what is remembered is forgotten again soon.
 */
static bool on_known_page(uintptr_t address)
{
	uintptr_t page = address & ~(PAGE - 1);
	uintptr_t *slot = &pages[page * 0x9e3779b97f4a7c15ull >> 54 & (KNOWN_PAGES - 1)];
	uint32_t age = __atomic_fetch_add(&page_uses, 1, __ATOMIC_RELAXED) / FORGET_AFTER & 1023;
	uintptr_t seen = __atomic_load_n(slot, __ATOMIC_RELAXED);
	if ((seen & ~(PAGE - 1)) != page || (seen & (PAGE - 1)) >> 2 != age) {
		seen = page | age << 2 | (readable(address) ? YES : NO);
		__atomic_store_n(slot, seen, __ATOMIC_RELAXED);
	}
	return seen & YES;
}

/* The guest writes one byte from ADDRESS to a pipe to find out whether it can be read. */
static long probe(const void *address)
{
	bool ok = on_known_stack((uintptr_t)address) || on_known_page((uintptr_t)address);
	errno = ok ? 0 : EFAULT;
	return ok ? 1 : -1;
}

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t guest_write(int fd, const void *data, size_t size)
{
	return guest.active ? probe(data) : real_write(fd, data, size);
}

static long (*real_syscall)(long, ...);
static long guest_syscall(long number, ...)
{
	long a[6];
	va_list ap;
	va_start(ap, number);
	for (unsigned i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (guest.active && number == SYS_write)
		return probe((const void *)a[1]);
	return real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static int (*real_mincore)(void *, size_t, unsigned char *);
static int guest_mincore(void *address, size_t length, unsigned char *vec)
{
	if (!guest.active)
		return real_mincore(address, length, vec);
	vec[0] = 1; /* the probe that follows decides */
	return 0;
}

static int (*real_msync)(void *, size_t, int);
static int guest_msync(void *address, size_t length, int flags)
{
	return guest.active ? 0 : real_msync(address, length, flags);
}

static int (*real_mutex_lock)(pthread_mutex_t *);
static int guest_mutex_lock(pthread_mutex_t *m)
{
	if (!guest.active)
		return real_mutex_lock(m);
	/* after a fork its owner may not exist: rather no backtrace than no progress */
	for (unsigned round = 0; round < 100000; round++) {
		if (pthread_mutex_trylock(m) == 0)
			return 0;
		ls_sys0(SYS_sched_yield);
	}
	break_off();
}

static void (*real_abort)(void);
static void guest_abort(void)
{
	if (!guest.active)
		real_abort();
	break_off();
}

static void *(*real_guest_malloc)(size_t);
static void *guest_malloc(size_t size)
{
	return guest.active ? ls_real.malloc(size) : real_guest_malloc(size);
}

static void (*real_guest_free)(void *);
static void guest_free(void *p)
{
	if (guest.active)
		ls_real.free(p);
	else
		real_guest_free(p);
}

/*
 * One key less for the host would be seen: it can count them.  The guest's only one
 * is for freeing a thread's cache at its end.
 */
#define CACHE_KEY 0x7fff4b01u
static void (*free_cache)(void *);
static int (*real_key_create)(pthread_key_t *, void (*)(void *));
static int guest_key_create(pthread_key_t *key, void (*destructor)(void *))
{
	*key = CACHE_KEY;
	free_cache = destructor;
	return 0;
}

static int (*real_setspecific)(pthread_key_t, const void *);
static int guest_setspecific(pthread_key_t key, const void *value)
{
	if (key != CACHE_KEY)
		return real_setspecific(key, value);
	guest.cache = (void *)value;
	return 0;
}

static void free_caches(void *unused)
{
	(void)unused;
	/* it asks to be called again for as often as libc would */
	for (unsigned i = 0; guest.cache && i < PTHREAD_DESTRUCTOR_ITERATIONS; i++) {
		void *cache = guest.cache;
		guest.cache = NULL;
		free_cache(cache);
	}
}

void ls_guest_thread_begin(void)
{
	guest.ends = true;
}

void ls_guest_thread_end(void)
{
	guest.ends = false;
	if (guest.cache && free_cache)
		ls_guest_run(free_caches, NULL);
}

bool ls_guest_thread_ends(void)
{
	return guest.ends;
}

static int (*real_iterate)(int (*)(struct dl_phdr_info *, size_t, void *), void *);
static int guest_iterate(int (*callback)(struct dl_phdr_info *, size_t, void *), void *data)
{
	struct ls_module_info m;
	if (!guest.active)
		return real_iterate(callback, data);
	/*
	 * The one caller looks for the module of an address and passes it as the
	 * first word of its data: show it just that module, found without a lock.
	 */
	uintptr_t address;
	ls_copy(&address, data, sizeof address);
	if (!ls_module_find(address, &m))
		return 0;
	struct dl_phdr_info info = {.dlpi_addr = m.bias,
				    .dlpi_name = m.name,
				    .dlpi_phdr = m.phdr,
				    .dlpi_phnum = m.phnum};
	return callback(&info, sizeof info, data);
}

static const struct import {
	const char *name;
	void *tame;
	void *real;
} imports[] = {
	{"sigprocmask", guest_sigprocmask, &real_sigprocmask},
	{"pipe2", guest_pipe2, &real_pipe2},
	{"close", guest_close, &real_close},
	{"read", guest_read, &real_read},
	{"write", guest_write, &real_write},
	{"syscall", guest_syscall, &real_syscall},
	{"mincore", guest_mincore, &real_mincore},
	{"msync", guest_msync, &real_msync},
	{"pthread_mutex_lock", guest_mutex_lock, &real_mutex_lock},
	{"abort", guest_abort, &real_abort},
	{"malloc", guest_malloc, &real_guest_malloc},
	{"free", guest_free, &real_guest_free},
	{"pthread_key_create", guest_key_create, &real_key_create},
	{"pthread_setspecific", guest_setspecific, &real_setspecific},
	{"dl_iterate_phdr", guest_iterate, &real_iterate},
};
#define IMPORTS (sizeof imports / sizeof *imports)

/* ---- re-pointing ---- */

static void set_word(uintptr_t at, void *value)
{
	static uintptr_t writable;
	uintptr_t page = at & ~(PAGE - 1);
	/* GLOB_DAT entries lie in pages that ld.so has made read-only */
	if (page != writable)
		ls_sys3(SYS_mprotect, page, PAGE, PROT_READ | PROT_WRITE);
	writable = page;
	*(void **)at = value;
}

static void repoint(const ElfW(Rela) * r, size_t size, const ElfW(Sym) * symbols, const char *names,
		    uintptr_t bias)
{
	for (size_t i = 0; r && i < size / sizeof *r; i++) {
		const ElfW(Sym) *symbol = &symbols[ELF64_R_SYM(r[i].r_info)];
		uint32_t type = ELF64_R_TYPE(r[i].r_info);
		if (!ELF64_R_SYM(r[i].r_info) || (type != LS_R_JUMP_SLOT && type != LS_R_GLOB_DAT))
			continue;
		if (symbol->st_shndx != SHN_UNDEF) {
			/* its own: a program that exports the same name must not come between */
			set_word(bias + r[i].r_offset, (void *)(bias + symbol->st_value));
			continue;
		}
		for (unsigned k = 0; k < IMPORTS; k++)
			if (ls_equal(names + symbol->st_name, imports[k].name))
				set_word(bias + r[i].r_offset, imports[k].tame);
	}
}

bool ls_guest_tame(uintptr_t address)
{
	struct dl_find_object o;
	const ElfW(Sym) *symbols = NULL;
	const char *names = NULL;
	const ElfW(Rela) *plt = NULL, *other = NULL;
	size_t plt_size = 0, other_size = 0;
	if (_dl_find_object((void *)address, &o) != 0 || !o.dlfo_link_map)
		return false;
	for (unsigned k = 0; k < IMPORTS; k++) {
		void *real = dlsym(RTLD_NEXT, imports[k].name);
		if (!real)
			return false;
		*(void **)imports[k].real = real;
	}
	for (const ElfW(Dyn) *d = o.dlfo_link_map->l_ld; d->d_tag != DT_NULL; d++)
		switch (d->d_tag) {
		case DT_SYMTAB: symbols = (const void *)d->d_un.d_ptr; break;
		case DT_STRTAB: names = (const void *)d->d_un.d_ptr; break;
		case DT_JMPREL: plt = (const void *)d->d_un.d_ptr; break;
		case DT_PLTRELSZ: plt_size = d->d_un.d_val; break;
		case DT_RELA: other = (const void *)d->d_un.d_ptr; break;
		case DT_RELASZ: other_size = d->d_un.d_val; break;
		default: break;
		}
	if (!symbols || !names)
		return false;
	repoint(plt, plt_size, symbols, names, o.dlfo_link_map->l_addr);
	repoint(other, other_size, symbols, names, o.dlfo_link_map->l_addr);
	return true;
}

/* noinline: the frame that __builtin_setjmp returns to must be this one. */
__attribute__((noinline)) bool ls_guest_run(void (*fn)(void *), void *arg)
{
	if (__builtin_setjmp(guest.back)) {
		guest.active = false;
		return false;
	}
	guest.active = true;
	fn(arg);
	guest.active = false;
	return true;
}
