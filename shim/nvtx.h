/* SPDX-License-Identifier: MIT */
/*
 * NVTX ranges as scopes.  The preloaded library is the injection library as well:
 * getenv tells the NVTX code in the program so (hooks_env.c), which loads us
 * (nvtx_attach.c) and calls our functions instead of its own (nvtx.c).  The
 * declarations here are ours: nothing of NVTX is needed to build.
 *
 * All functions keep errno and may be called by any thread at any time; what they
 * find inside the guard (signal handlers) makes no scope.
 */
#ifndef LS_NVTX_H
#define LS_NVTX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

/* ---- the protocol of injection ---- */

typedef void (*ls_nvtx_fn)(void);
typedef const void *(*ls_nvtx_get_table)(uint32_t id);
typedef int (*ls_nvtx_module_table)(int module, ls_nvtx_fn ***table, unsigned *size);
struct ls_nvtx_callbacks {
	size_t struct_size;
	ls_nvtx_module_table module_table;
};
enum { LS_NVTX_CALLBACKS = 1 };                                    /* tables */
enum { LS_NVTX_CORE = 1, LS_NVTX_CORE2 = 5, LS_NVTX_MODULES = 7 }; /* modules */

enum { LS_NVTX_ASCII = 1, LS_NVTX_UNICODE = 2, LS_NVTX_REGISTERED = 3 };
struct ls_nvtx_attributes {
	uint16_t version, size;
	uint32_t category;
	int32_t color_type;
	uint32_t color;
	int32_t payload_type, reserved;
	uint64_t payload;
	int32_t message_type;
	union {
		const char *ascii;
		const wchar_t *unicode;
		uint64_t registered;
	} message;
};
#define LS_NVTX_NO_TRACKING (-2) /* what push and pop return where no tool is */

/* ---- the functions that we take ---- */

/* X(slot, module, id in the module's table) */
#define LS_NVTX_FUNCTIONS(X)                                                                       \
	X(start_ex, LS_NVTX_CORE, 4)                                                               \
	X(start_a, LS_NVTX_CORE, 5)                                                                \
	X(start_w, LS_NVTX_CORE, 6)                                                                \
	X(end, LS_NVTX_CORE, 7)                                                                    \
	X(push_ex, LS_NVTX_CORE, 8)                                                                \
	X(push_a, LS_NVTX_CORE, 9)                                                                 \
	X(push_w, LS_NVTX_CORE, 10)                                                                \
	X(pop, LS_NVTX_CORE, 11)                                                                   \
	X(domain_start_ex, LS_NVTX_CORE2, 2)                                                       \
	X(domain_end, LS_NVTX_CORE2, 3)                                                            \
	X(domain_push_ex, LS_NVTX_CORE2, 4)                                                        \
	X(domain_pop, LS_NVTX_CORE2, 5)                                                            \
	X(string_a, LS_NVTX_CORE2, 10)                                                             \
	X(string_w, LS_NVTX_CORE2, 11)                                                             \
	X(create_a, LS_NVTX_CORE2, 12)                                                             \
	X(create_w, LS_NVTX_CORE2, 13)

enum ls_nvtx_slot {
#define X(slot, module, id) LS_NVTX_##slot,
	LS_NVTX_FUNCTIONS(X)
#undef X
		LS_NVTX_SLOTS
};

/* How many objects at most; X(0) … X(LS_NVTX_SETS - 1). */
#define LS_NVTX_SETS 33u
#define LS_NVTX_EACH_SET(X)                                                                        \
	X(0)                                                                                       \
	X(1)                                                                                       \
	X(2)                                                                                       \
	X(3)                                                                                       \
	X(4)                                                                                       \
	X(5)                                                                                       \
	X(6)                                                                                       \
	X(7)                                                                                       \
	X(8)                                                                                       \
	X(9)                                                                                       \
	X(10)                                                                                      \
	X(11)                                                                                      \
	X(12)                                                                                      \
	X(13)                                                                                      \
	X(14)                                                                                      \
	X(15)                                                                                      \
	X(16)                                                                                      \
	X(17)                                                                                      \
	X(18)                                                                                      \
	X(19)                                                                                      \
	X(20)                                                                                      \
	X(21)                                                                                      \
	X(22)                                                                                      \
	X(23)                                                                                      \
	X(24)                                                                                      \
	X(25)                                                                                      \
	X(26)                                                                                      \
	X(27)                                                                                      \
	X(28)                                                                                      \
	X(29)                                                                                      \
	X(30)                                                                                      \
	X(31)                                                                                      \
	X(32)

/*
 * Another tool that was to be injected gets, for each shared object with NVTX code
 * in it, function slots of its own; ours forward to them.  The functions are not
 * told which object calls, so there is a set of them for each; set 0 has no tool.
 * Objects beyond the last set share it.
 */
struct ls_nvtx_tool {
	bool there;
	/* the tool writes them, at any time; NULL: it does not want that function */
	union {
		ls_nvtx_fn next[LS_NVTX_SLOTS];
		struct {
			uint64_t (*start_ex)(const struct ls_nvtx_attributes *);
			uint64_t (*start_a)(const char *);
			uint64_t (*start_w)(const wchar_t *);
			void (*end)(uint64_t id);
			int (*push_ex)(const struct ls_nvtx_attributes *);
			int (*push_a)(const char *);
			int (*push_w)(const wchar_t *);
			int (*pop)(void);
			uint64_t (*domain_start_ex)(uint64_t domain,
						    const struct ls_nvtx_attributes *);
			void (*domain_end)(uint64_t domain, uint64_t id);
			int (*domain_push_ex)(uint64_t domain, const struct ls_nvtx_attributes *);
			int (*domain_pop)(uint64_t domain);
			uint64_t (*string_a)(uint64_t domain, const char *);
			uint64_t (*string_w)(uint64_t domain, const wchar_t *);
			uint64_t (*create_a)(const char *);
			uint64_t (*create_w)(const wchar_t *);
		};
	};
};
extern struct ls_nvtx_tool ls_nvtx_tools[LS_NVTX_SETS];
extern const ls_nvtx_fn ls_nvtx_sets[LS_NVTX_SETS][LS_NVTX_SLOTS];

/* ---- names behind handles (nvtx_names.c) ---- */

enum ls_nvtx_kind { LS_NVTX_STRING = 1, LS_NVTX_DOMAIN = 2 };
#define LS_NVTX_TEXT 256u

/* A handle of ours for TEXT, the same one for the same text; 0: no room. */
uint64_t ls_nvtx_name_make(enum ls_nvtx_kind kind, uint64_t domain, const char *text);
/* HANDLE, which another tool has made, means TEXT. */
void ls_nvtx_name_set(enum ls_nvtx_kind kind, uint64_t handle, const char *text);
/* The text of a handle of either sort, NULL if it is not known.  Without a lock. */
const char *ls_nvtx_name(enum ls_nvtx_kind kind, uint64_t handle);
/* WIDE as UTF-8 in BUFFER, cut where it does not fit; "" for NULL. */
const char *ls_nvtx_narrow(const wchar_t *wide, char buffer[LS_NVTX_TEXT]);

/* ---- ranges of start and end, which any thread may end (nvtx_ranges.c) ---- */

/* Never the same twice in a process. */
uint64_t ls_nvtx_range_id(void);
/* Both inside the guard.  Put: the scope that had the same id before, or 0.  Take: the scope, or 0. */
uint64_t ls_nvtx_range_put(uint64_t domain, uint64_t id, uint64_t scope);
uint64_t ls_nvtx_range_take(uint64_t domain, uint64_t id);
/* In a forked child. */
void ls_nvtx_reset(void);

#endif
