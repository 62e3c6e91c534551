/* SPDX-License-Identifier: MIT */
/*
 * See nvtx.h.  The functions that NVTX code in the program calls instead of its
 * own: each opens or ends a scope, and passes the call on to the tool that is
 * chained, whose answer the program gets.  Without a tool the answers are ours.
 * A pair of push and pop takes the recording's lock twice, makes no system call
 * and allocates nothing once its path is known.
 */
#include "nvtx.h"

#include <errno.h>

#include "note.h"
#include "process.h"
#include "scope.h"
#include "text.h"
#include "timeline.h"
#include "track.h"

struct ls_nvtx_tool ls_nvtx_tools[LS_NVTX_SETS];

#define OWN_IDS UINT64_MAX     /* stands for the domain of ranges whose ids are ours */
#define MOST_PUSHED (1u << 16) /* on one thread; beyond it they are only counted */
#define CALLER ((uintptr_t)__builtin_return_address(0))

/* ---- names ---- */

/* What a name is put together in. */
struct name {
	char narrow[LS_NVTX_TEXT], whole[2 * LS_NVTX_TEXT];
};

/* A message in whatever form; only that of its type is looked at. */
struct message {
	int32_t type;
	const char *ascii;
	const wchar_t *wide;
	uint64_t registered;
};

static struct message of_attributes(const struct ls_nvtx_attributes *a)
{
	struct message m = {0, NULL, NULL, 0};
	if (!a || a->size < sizeof *a)
		return m;
	m.type = a->message_type;
	m.ascii = a->message.ascii;
	m.wide = a->message.unicode;
	m.registered = a->message.registered;
	return m;
}

/* The scope's name; ROOM may be used for it.  NULL: it has none. */
static const char *name_of(uint64_t domain, struct message m, struct name *room)
{
	const char *text = NULL, *prefix = ls_nvtx_name(LS_NVTX_DOMAIN, domain);
	struct ls_text t;
	if (m.type == LS_NVTX_ASCII)
		text = m.ascii;
	else if (m.type == LS_NVTX_UNICODE)
		text = ls_nvtx_narrow(m.wide, room->narrow);
	else if (m.type == LS_NVTX_REGISTERED)
		text = ls_nvtx_name(LS_NVTX_STRING, m.registered);
	if (!prefix || !*prefix)
		return text;
	ls_text_start(&t, room->whole, sizeof room->whole);
	ls_text_add(&t, prefix);
	ls_text_add(&t, ":");
	ls_text_add(&t, text && *text ? text : "unnamed");
	return room->whole;
}

/* ---- push and pop ---- */

static bool more_room(struct ls_thread_state *t)
{
	uint32_t room = t->pushed_room * 2;
	struct ls_pushed *fresh = NULL;
	if (room <= MOST_PUSHED)
		fresh = ls_mem_alloc(room * sizeof *fresh);
	if (!fresh)
		return false;
	ls_copy(fresh, t->pushed, t->pushed_count * sizeof *fresh);
	if (t->pushed != t->pushed_first)
		ls_mem_free(t->pushed, t->pushed_room * sizeof *fresh);
	t->pushed = fresh;
	t->pushed_room = room;
	return true;
}

/* The topmost range of a domain, plus one; 0: there is none. */
static uint32_t top_of(const struct ls_thread_state *t, uint64_t domain)
{
	uint32_t i = t->pushed_count;
	while (i && t->pushed[i - 1].domain != domain)
		i--;
	return i;
}

static int open_pushed(struct ls_thread_state *t, uint64_t domain, struct message m, uintptr_t pc)
{
	struct name room;
	uint32_t top = top_of(t, domain), level = top ? t->pushed[top - 1].level + 1 : 0;
	if (t->pushed_over || (t->pushed_count == t->pushed_room && !more_room(t)))
		return (int)(level + t->pushed_over++);
	ls_tick_now();
	ls_handle h =
		ls_scope_open_range(t, name_of(domain, m, &room), false, ls_track_stack(t, pc));
	/* without a scope as well: its pop must find it */
	t->pushed[t->pushed_count++] = (struct ls_pushed){domain, h, level};
	return (int)level;
}

static int end_pushed(struct ls_thread_state *t, uint64_t domain)
{
	uint32_t top = top_of(t, domain);
	if (t->pushed_over)
		return (int)((top ? t->pushed[top - 1].level + 1 : 0) + --t->pushed_over);
	if (!top)
		return -1;
	struct ls_pushed p = t->pushed[top - 1];
	for (; top < t->pushed_count; top++)
		t->pushed[top - 1] = t->pushed[top];
	t->pushed_count--;
	ls_tick_now();
	if (p.scope)
		ls_scope_end_range(t, p.scope);
	return (int)p.level;
}

static int push(uint64_t domain, struct message m, uintptr_t pc)
{
	int saved = errno, level = LS_NVTX_NO_TRACKING;
	struct ls_thread_state *t = ls_guard_enter();
	if (t) {
		level = open_pushed(t, domain, m, pc);
		ls_guard_leave();
	}
	errno = saved;
	return level;
}

static int pop(uint64_t domain)
{
	int saved = errno, level = LS_NVTX_NO_TRACKING;
	struct ls_thread_state *t = ls_guard_enter();
	if (t) {
		level = end_pushed(t, domain);
		ls_guard_leave();
	}
	errno = saved;
	return level;
}

/* ---- start and end ---- */

static void start(uint64_t domain, uint64_t id, struct message m, uintptr_t pc, bool own)
{
	struct name room;
	int saved = errno;
	struct ls_thread_state *t = id ? ls_guard_enter() : NULL;
	if (t) {
		ls_tick_now();
		ls_handle h = ls_scope_open_range(t, name_of(domain, m, &room), true,
						  ls_track_stack(t, pc));
		/* ids of ours are unique without their domain, and may be ended without it */
		ls_handle old = h ? ls_nvtx_range_put(own ? OWN_IDS : domain, id, h) : 0;
		if (old)
			ls_scope_end_range(t, old);
		ls_guard_leave();
	}
	errno = saved;
}

static void end(uint64_t domain, uint64_t id)
{
	int saved = errno;
	struct ls_thread_state *t = id ? ls_guard_enter() : NULL;
	if (t) {
		ls_handle h = ls_nvtx_range_take(domain, id);
		ls_tick_now();
		if (h)
			ls_scope_end_range(t, h);
		ls_guard_leave();
	}
	errno = saved;
}

/* ---- handles ---- */

static uint64_t make(enum ls_nvtx_kind kind, uint64_t domain, const char *text)
{
	int saved = errno;
	uint64_t handle = ls_nvtx_name_make(kind, domain, text);
	struct ls_thread_state *t = handle ? NULL : ls_guard_enter();
	if (t) {
		ls_note_locked(LS_NOTE_WARNING, "more than 6000 names of NVTX domains and strings: "
						"ranges of the others are \"unnamed\"");
		ls_guard_leave();
	}
	errno = saved;
	return handle;
}

static void set(enum ls_nvtx_kind kind, uint64_t handle, const char *text)
{
	int saved = errno;
	ls_nvtx_name_set(kind, handle, text);
	errno = saved;
}

/* ---- each function once for all sets ---- */

#define ASCII(text) ((struct message){LS_NVTX_ASCII, (text), NULL, 0})
#define WIDE(text) ((struct message){LS_NVTX_UNICODE, NULL, (text), 0})

/* Read once: the tool may take it back at any time.  Never set where there is none. */
#define THEIR(tool, function) __atomic_load_n(&(tool)->function, __ATOMIC_RELAXED)

/* The tool is told of a beginning before, of an end after us: what it allocates then is not the range's. */
#define PUSH(k, function, arguments, domain, message)                                              \
	const struct ls_nvtx_tool *tool = &ls_nvtx_tools[k];                                       \
	__typeof__(tool->function) call = THEIR(tool, function);                                   \
	int theirs = call ? call arguments : LS_NVTX_NO_TRACKING;                                  \
	int ours = push((domain), (message), pc);                                                  \
	return tool->there ? theirs : ours

#define START(k, function, arguments, domain, message)                                             \
	const struct ls_nvtx_tool *tool = &ls_nvtx_tools[k];                                       \
	__typeof__(tool->function) call = THEIR(tool, function);                                   \
	uint64_t id = call ? call arguments : 0;                                                   \
	if (!tool->there)                                                                          \
		id = ls_nvtx_range_id();                                                           \
	start((domain), id, (message), pc, !tool->there);                                          \
	return id

#define HANDLE(k, function, arguments, kind, domain, text)                                         \
	const struct ls_nvtx_tool *tool = &ls_nvtx_tools[k];                                       \
	__typeof__(tool->function) call = THEIR(tool, function);                                   \
	if (!tool->there)                                                                          \
		return make((kind), (domain), (text));                                             \
	uint64_t handle = call ? call arguments : 0;                                               \
	set((kind), handle, (text));                                                               \
	return handle

/* One body each; the sets' functions are entries to them. */
#define BODY __attribute__((noinline)) static

BODY uint64_t start_ex(unsigned k, uintptr_t pc, const struct ls_nvtx_attributes *a)
{
	START(k, start_ex, (a), 0, of_attributes(a));
}

BODY uint64_t start_a(unsigned k, uintptr_t pc, const char *text)
{
	START(k, start_a, (text), 0, ASCII(text));
}

BODY uint64_t start_w(unsigned k, uintptr_t pc, const wchar_t *text)
{
	START(k, start_w, (text), 0, WIDE(text));
}

BODY uint64_t domain_start_ex(unsigned k, uintptr_t pc, uint64_t domain,
			      const struct ls_nvtx_attributes *a)
{
	START(k, domain_start_ex, (domain, a), domain, of_attributes(a));
}

BODY void end_range(unsigned k, uint64_t id)
{
	const struct ls_nvtx_tool *tool = &ls_nvtx_tools[k];
	void (*call)(uint64_t) = THEIR(tool, end);
	end(tool->there ? 0 : OWN_IDS, id);
	if (call)
		call(id);
}

BODY void domain_end(unsigned k, uint64_t domain, uint64_t id)
{
	const struct ls_nvtx_tool *tool = &ls_nvtx_tools[k];
	void (*call)(uint64_t, uint64_t) = THEIR(tool, domain_end);
	end(tool->there ? domain : OWN_IDS, id);
	if (call)
		call(domain, id);
}

BODY int push_ex(unsigned k, uintptr_t pc, const struct ls_nvtx_attributes *a)
{
	PUSH(k, push_ex, (a), 0, of_attributes(a));
}

BODY int push_a(unsigned k, uintptr_t pc, const char *text)
{
	PUSH(k, push_a, (text), 0, ASCII(text));
}

BODY int push_w(unsigned k, uintptr_t pc, const wchar_t *text)
{
	PUSH(k, push_w, (text), 0, WIDE(text));
}

BODY int domain_push_ex(unsigned k, uintptr_t pc, uint64_t domain,
			const struct ls_nvtx_attributes *a)
{
	PUSH(k, domain_push_ex, (domain, a), domain, of_attributes(a));
}

BODY int pop_range(unsigned k)
{
	const struct ls_nvtx_tool *tool = &ls_nvtx_tools[k];
	int (*call)(void) = THEIR(tool, pop);
	int ours = pop(0);
	if (!tool->there)
		return ours;
	return call ? call() : LS_NVTX_NO_TRACKING;
}

BODY int domain_pop(unsigned k, uint64_t domain)
{
	const struct ls_nvtx_tool *tool = &ls_nvtx_tools[k];
	int (*call)(uint64_t) = THEIR(tool, domain_pop);
	int ours = pop(domain);
	if (!tool->there)
		return ours;
	return call ? call(domain) : LS_NVTX_NO_TRACKING;
}

BODY uint64_t string_a(unsigned k, uint64_t domain, const char *text)
{
	HANDLE(k, string_a, (domain, text), LS_NVTX_STRING, domain, text);
}

BODY uint64_t string_w(unsigned k, uint64_t domain, const wchar_t *text)
{
	char buffer[LS_NVTX_TEXT];
	HANDLE(k, string_w, (domain, text), LS_NVTX_STRING, domain, ls_nvtx_narrow(text, buffer));
}

BODY uint64_t create_a(unsigned k, const char *text)
{
	HANDLE(k, create_a, (text), LS_NVTX_DOMAIN, 0, text);
}

BODY uint64_t create_w(unsigned k, const wchar_t *text)
{
	char buffer[LS_NVTX_TEXT];
	HANDLE(k, create_w, (text), LS_NVTX_DOMAIN, 0, ls_nvtx_narrow(text, buffer));
}

/* ---- the sets ---- */

#define SET(k)                                                                                     \
	static uint64_t start_ex_##k(const struct ls_nvtx_attributes *a)                           \
	{                                                                                          \
		return start_ex(k, CALLER, a);                                                     \
	}                                                                                          \
	static uint64_t start_a_##k(const char *text)                                              \
	{                                                                                          \
		return start_a(k, CALLER, text);                                                   \
	}                                                                                          \
	static uint64_t start_w_##k(const wchar_t *text)                                           \
	{                                                                                          \
		return start_w(k, CALLER, text);                                                   \
	}                                                                                          \
	static void end_##k(uint64_t id)                                                           \
	{                                                                                          \
		end_range(k, id);                                                                  \
	}                                                                                          \
	static int push_ex_##k(const struct ls_nvtx_attributes *a)                                 \
	{                                                                                          \
		return push_ex(k, CALLER, a);                                                      \
	}                                                                                          \
	static int push_a_##k(const char *text)                                                    \
	{                                                                                          \
		return push_a(k, CALLER, text);                                                    \
	}                                                                                          \
	static int push_w_##k(const wchar_t *text)                                                 \
	{                                                                                          \
		return push_w(k, CALLER, text);                                                    \
	}                                                                                          \
	static int pop_##k(void)                                                                   \
	{                                                                                          \
		return pop_range(k);                                                               \
	}                                                                                          \
	static uint64_t domain_start_ex_##k(uint64_t domain, const struct ls_nvtx_attributes *a)   \
	{                                                                                          \
		return domain_start_ex(k, CALLER, domain, a);                                      \
	}                                                                                          \
	static void domain_end_##k(uint64_t domain, uint64_t id)                                   \
	{                                                                                          \
		domain_end(k, domain, id);                                                         \
	}                                                                                          \
	static int domain_push_ex_##k(uint64_t domain, const struct ls_nvtx_attributes *a)         \
	{                                                                                          \
		return domain_push_ex(k, CALLER, domain, a);                                       \
	}                                                                                          \
	static int domain_pop_##k(uint64_t domain)                                                 \
	{                                                                                          \
		return domain_pop(k, domain);                                                      \
	}                                                                                          \
	static uint64_t string_a_##k(uint64_t domain, const char *text)                            \
	{                                                                                          \
		return string_a(k, domain, text);                                                  \
	}                                                                                          \
	static uint64_t string_w_##k(uint64_t domain, const wchar_t *text)                         \
	{                                                                                          \
		return string_w(k, domain, text);                                                  \
	}                                                                                          \
	static uint64_t create_a_##k(const char *text)                                             \
	{                                                                                          \
		return create_a(k, text);                                                          \
	}                                                                                          \
	static uint64_t create_w_##k(const wchar_t *text)                                          \
	{                                                                                          \
		return create_w(k, text);                                                          \
	}

#define FUNCTIONS(k)                                                                               \
	{                                                                                          \
		(ls_nvtx_fn) start_ex_##k, (ls_nvtx_fn)start_a_##k, (ls_nvtx_fn)start_w_##k,       \
			(ls_nvtx_fn)end_##k, (ls_nvtx_fn)push_ex_##k, (ls_nvtx_fn)push_a_##k,      \
			(ls_nvtx_fn)push_w_##k, (ls_nvtx_fn)pop_##k,                               \
			(ls_nvtx_fn)domain_start_ex_##k, (ls_nvtx_fn)domain_end_##k,               \
			(ls_nvtx_fn)domain_push_ex_##k, (ls_nvtx_fn)domain_pop_##k,                \
			(ls_nvtx_fn)string_a_##k, (ls_nvtx_fn)string_w_##k,                        \
			(ls_nvtx_fn)create_a_##k, (ls_nvtx_fn)create_w_##k                         \
	}

LS_NVTX_EACH_SET(SET)

#define ENTRY(k) [k] = FUNCTIONS(k),
const ls_nvtx_fn ls_nvtx_sets[LS_NVTX_SETS][LS_NVTX_SLOTS] = {LS_NVTX_EACH_SET(ENTRY)};
