/* SPDX-License-Identifier: MIT */
/*
 * What the runtime's files share: the objects behind the handles, and each
 * file's functions under its name.
 *
 * Threads.  The tree of managers has one root, and one lock (ndi_lock) guards
 * all of it: managers, arrays, storages' counts, thread scopes' lists.  It is
 * held for a few pointer writes; never while elements are computed, storage is
 * allocated or freed, a callback runs or a file is written.  Order: ndi_lock,
 * then what leakscope_retag and leakscope_scope_new lock in the shim, which
 * never calls back.  The locks of metrics and of the profile are leaves, and
 * are never held together with it.  Fields marked [peek] are also read without
 * it, atomically, for early refusals; what they said is checked again under it.
 */
#ifndef ND_INTERNAL_H
#define ND_INTERNAL_H

#include "leakscope/nd.h"
#include "kernels/ndk.h"

#include <leakscope/leakscope.h>

#define NDI_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* ---- error.c: one line per failure, kept by thread ---- */

/* Keep the line for nd_last_error(). */
void ndi_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, as an expression that is STATUS: readers and analysers see that it is a failure. */
#define ndi_fail(status, ...) (ndi_say(__VA_ARGS__), (status))
#define ndi_no_memory(operation, bytes)                                                            \
	ndi_fail(ND_ERR_MEMORY, "%s: no memory for %zu bytes", operation, (size_t)(bytes))
/* "(3,4)" into BUFFER; at least NDI_SHAPE_TEXT bytes hold any shape.  Answers BUFFER. */
#define NDI_SHAPE_TEXT 192
const char *ndi_shape_text(int ndim, const int64_t *shape, char buffer[NDI_SHAPE_TEXT]);

/* ---- alloc.c: the one place that asks libc for memory ---- */

void *ndi_alloc(size_t size); /* NULL when there is none, or a test says so */
void *ndi_realloc(void *block, size_t size);
void ndi_release(void *block);
/* True once when a test lets this allocation fail; for allocators of their own (devices). */
bool ndi_allocation_fails(void);
extern const struct ndk_scratch ndi_scratch;

/* Text that grows.  After a failed allocation it stays NULL and further calls do nothing. */
struct ndi_text {
	char *bytes;
	size_t length, capacity;
	bool failed;
};
void ndi_text_add(struct ndi_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void ndi_text_bytes(struct ndi_text *text, const void *bytes, size_t size);
/* TEXT as a JSON string with its quotes. */
void ndi_text_json(struct ndi_text *text, const char *value);

/* ---- trace.c: leakscope, seen through its header only ---- */

extern bool ndi_traced; /* the process runs under leakscope; set before main */
/* Where user code called the interface, on this thread; kept only when traced. */
extern _Thread_local void *ndi_site;
#define NDI_SITE()                                                                                 \
	do {                                                                                       \
		if (NDI_UNLIKELY(ndi_traced))                                                      \
			ndi_site = __builtin_return_address(0);                                    \
	} while (0)
/* "function+0x12 (module)" for ADDRESS into BUFFER; "" for NULL.  Answers BUFFER. */
const char *ndi_site_text(const void *address, char *buffer, size_t size);

/* ---- handles.c: objects that are never freed, and handles that go stale ---- */

enum ndi_kind { NDI_MANAGER = 1, NDI_ARRAY = 2, NDI_SCOPE = 3, NDI_STORAGE = 4, NDI_RESOURCE = 5 };

/* What every object begins with.  A closed one keeps its contents until it is taken again. */
struct ndi_object {
	uint32_t index;
	uint32_t generation; /* [peek] */
	uint8_t open;        /* [peek] */
	uint8_t retired;     /* its generations are used up */
	struct ndi_object *next_free;
};

/* Chunk K holds NDI_FIRST_CHUNK << K objects, so that an index finds its chunk by its top bit. */
#define NDI_FIRST_CHUNK 256
#define NDI_CHUNKS 21

struct ndi_table {
	enum ndi_kind kind;
	size_t object_size;
	char *chunks[NDI_CHUNKS]; /* [peek] */
	uint32_t used;            /* [peek] objects handed out at least once */
	struct ndi_object *first_free, *last_free;
	uint32_t free_count;
};

/* A closed object, to be taken only after the lock is released: ndi_table_put. */
void *ndi_table_take(struct ndi_table *table);             /* locked; NULL: no memory */
void ndi_table_put(struct ndi_table *table, void *object); /* locked */
#define NDI_KIND_BITS 3
static inline void *ndi_object_at(const struct ndi_table *table, uint32_t index)
{
	int chunk = 31 - __builtin_clz(index / NDI_FIRST_CHUNK + 1);
	uint32_t first = (uint32_t)NDI_FIRST_CHUNK * ((1U << chunk) - 1);
	char *base = __atomic_load_n(&table->chunks[chunk], __ATOMIC_ACQUIRE);

	return base + (size_t)(index - first) * table->object_size;
}

/* Bits of a handle of OBJECT. */
static inline uintptr_t ndi_handle(const struct ndi_table *table, const void *pointer)
{
	const struct ndi_object *object = pointer;

	return (uintptr_t)object->generation << 32 | (uintptr_t)object->index << NDI_KIND_BITS |
	       (uintptr_t)table->kind;
}

/*
 * The object of HANDLE, open or not, or NULL if the handle is none of this
 * table's.  *STALE: the object has been closed since, or is another by now.
 */
static inline void *ndi_find(const struct ndi_table *table, const void *handle, bool *stale)
{
	uintptr_t bits = (uintptr_t)handle;
	uint32_t index = (uint32_t)bits >> NDI_KIND_BITS;
	const struct ndi_object *object;

	if ((bits & ((1U << NDI_KIND_BITS) - 1)) != (uintptr_t)table->kind || !(bits >> 32) ||
	    index >= __atomic_load_n(&table->used, __ATOMIC_ACQUIRE))
		return NULL;
	object = ndi_object_at(table, index);
	*stale = __atomic_load_n(&object->generation, __ATOMIC_RELAXED) != bits >> 32 ||
		 !__atomic_load_n(&object->open, __ATOMIC_RELAXED);
	return (void *)(uintptr_t)object;
}

/* The number in an object's default name, from its handle alone. */
unsigned ndi_handle_number(const void *handle);

/* ---- the objects ---- */

struct ndi_node { /* a place in a manager's list, oldest first */
	struct ndi_node *prev, *next;
	enum ndi_kind kind;
};

struct ndi_list {
	struct ndi_node *head, *tail;
};

struct ndi_manager {
	struct ndi_object object;
	struct ndi_node node;
	struct ndi_manager *parent; /* NULL: the root */
	struct ndi_list held;
	leakscope_scope_t scope; /* [peek] */
	nd_device device;
	uint64_t device_bits; /* [peek] the same */
	bool capped;          /* [peek] */
	bool warns;           /* [peek] */
	nd_warn_callback warn;
	void *warn_context;
	void *created, *closed; /* sites */
	char name[ND_NAME_MAX + 1];
};

struct ndi_storage {
	struct ndi_object object;
	struct ndi_node node;
	struct ndi_array *arrays; /* that see it; the first accounts for it */
	int pins;                 /* operations at work on it */
	size_t bytes;
	void *block; /* NULL for 0 bytes */
	const struct ndi_device_ops *ops;
	nd_device device;
};

struct ndi_loan { /* where a borrowed array was before, latest first */
	struct ndi_loan *next;
	nd_manager *from; /* NULL: detached */
	leakscope_scope_t tag;
};

struct ndi_array {
	struct ndi_object object;
	struct ndi_node node;
	struct ndi_manager *owner; /* NULL: detached */
	struct ndi_storage *storage;
	struct ndi_array *share_prev, *share_next; /* of one storage */
	struct ndi_loan *loans;
	struct ndi_thread_scope *scope;
	struct ndi_array *scope_prev, *scope_next;
	leakscope_scope_t tag;  /* of its manager, or the one it was detached from */
	void *created, *closed; /* sites */
	struct ndk_view view;
	char name[ND_NAME_MAX + 1]; /* "": the default */
};

struct ndi_resource {
	struct ndi_node node;
	void *resource;
	nd_close_function close;
};

struct ndi_thread_scope {
	struct ndi_object object;
	struct ndi_thread_scope *outer;
	struct ndi_array *last; /* latest first through scope_prev */
};

#define NDI_OF(type, member, pointer) ((type *)((char *)(pointer)-offsetof(type, member)))

/* ---- lock.c: the tree's lock ---- */

struct ndi_lock {
	uint32_t held;   /* 1: by some thread */
	uint32_t wanted; /* 1: some thread may sleep until it is given back */
	uint32_t wakes;  /* the word that they sleep on */
};
extern struct ndi_lock ndi_tree_lock;
void ndi_lock_wait(void);
void ndi_lock_wake(void);

static inline void ndi_lock(void)
{
	if (NDI_UNLIKELY(__atomic_exchange_n(&ndi_tree_lock.held, 1, __ATOMIC_ACQUIRE)))
		ndi_lock_wait();
}

static inline void ndi_unlock(void)
{
	__atomic_store_n(&ndi_tree_lock.held, 0, __ATOMIC_RELEASE);
	/* for the compiler only: lock.c says who keeps the processor in order */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (NDI_UNLIKELY(__atomic_load_n(&ndi_tree_lock.wanted, __ATOMIC_RELAXED)))
		ndi_lock_wake();
}

/* ---- tree.c: the tables, lists, opening and closing under the lock ---- */

extern struct ndi_table ndi_managers, ndi_arrays, ndi_scopes, ndi_storages;
extern struct ndi_manager *ndi_root;
extern struct ndi_list ndi_detached; /* arrays of nobody */

/* The root is in no table: its handle has no generation. */
#define NDI_ROOT_HANDLE ((nd_manager *)(uintptr_t)NDI_MANAGER)
static inline nd_manager *ndi_manager_handle(const struct ndi_manager *manager)
{
	return manager == ndi_root ? NDI_ROOT_HANDLE
				   : (nd_manager *)ndi_handle(&ndi_managers, manager);
}
static inline nd_array *ndi_array_handle(const struct ndi_array *array)
{
	return (nd_array *)ndi_handle(&ndi_arrays, array);
}
/* As ndi_find, with the root. */
static inline struct ndi_manager *ndi_manager_peek(nd_manager *handle, bool *stale)
{
	return handle == NDI_ROOT_HANDLE ? ndi_root : ndi_find(&ndi_managers, handle, stale);
}
void ndi_list_add(struct ndi_list *list, struct ndi_node *node);
void ndi_list_remove(struct ndi_list *list, struct ndi_node *node);
/* The open object of a handle, or a failure that names it; locked. */
nd_status ndi_manager_find(const char *operation, nd_manager *handle, struct ndi_manager **out);
nd_status ndi_array_find(const char *operation, nd_array *handle, struct ndi_array **out);
/* A name for messages: "array 'x'"; locked or its own. */
#define NDI_NAME_TEXT (ND_NAME_MAX + 17)
const char *ndi_array_text(const struct ndi_array *array, char buffer[NDI_NAME_TEXT]);

/*
 * What closing leaves to be done without the lock: blocks to free, callbacks,
 * scopes to close.  A manager's go in the order of closing; a few blocks by
 * themselves need no second hold of the lock.
 */
#define NDI_FEW_BLOCKS 4
struct ndi_remains {
	struct ndi_list items; /* storages, resources, managers, in the order of closing */
	struct ndi_loan *loans;
	int64_t bytes; /* of storages */
	bool ordered;  /* all into ITEMS */
	int blocks;
	struct ndi_block {
		void *block;
		size_t bytes;
		const struct ndi_device_ops *ops;
		int index;
	} few[NDI_FEW_BLOCKS];
};
static inline void ndi_remains_begin(struct ndi_remains *remains)
{
	remains->items.head = remains->items.tail = NULL;
	remains->loans = NULL;
	remains->bytes = 0;
	remains->ordered = false;
	remains->blocks = 0;
}
void ndi_array_close_locked(struct ndi_array *array, struct ndi_remains *remains);
void ndi_storage_unpin_locked(struct ndi_storage *storage, struct ndi_remains *remains);
/* Unlocked: do it.  Answers the first failure. */
nd_status ndi_remains_finish(struct ndi_remains *remains);
/* Put ARRAY, in no list, under OWNER (NULL: nobody, tag kept), and tag its storage. */
void ndi_array_place_locked(struct ndi_array *array, struct ndi_manager *owner);
void ndi_array_unplace_locked(struct ndi_array *array, struct ndi_remains *remains);
extern uint64_t ndi_storage_blocks; /* that exist; locked */

/* ---- thread_scope.c ---- */

void ndi_scope_register_locked(struct ndi_array *array);
void ndi_scope_unregister_locked(struct ndi_array *array);

/* ---- manager.c ---- */

/* May an array come in?  Locked or not (a peek); warns are the caller's: ndi_manager_warned. */
nd_status ndi_manager_admits(const char *operation, const struct ndi_manager *manager);
/* Report the array about to come in, if MANAGER warns.  Unlocked. */
void ndi_manager_warned(const char *operation, nd_manager *manager);
bool ndi_name_ok(const char *name);
/* "/a/b" of MANAGER; locked.  Cut to fit. */
void ndi_manager_path_locked(const struct ndi_manager *manager, char *buffer, size_t size);

/* ---- device.h's look-up ---- */

struct ndi_device_ops;
nd_status ndi_device_find(const char *operation, nd_device device,
			  const struct ndi_device_ops **ops);

/* ---- call.c: one operation from its operands to its results ---- */

#define NDI_CALL_INPUTS 4
#define NDI_CALL_OUTPUTS 2

struct ndi_input {
	struct ndi_storage *storage; /* pinned */
	struct ndk_view view;
};

struct ndi_output {
	nd_array **target; /* where its handle goes */
	void *block;
	size_t bytes;
	const struct ndi_storage *shares; /* a view of this operand's storage: nothing allocated */
	struct ndk_view view;
};

struct ndi_call {
	const char *operation;
	size_t inputs;
	struct ndi_input *in; /* `few`, or allocated */
	struct ndi_input few[NDI_CALL_INPUTS];
	int outputs;
	struct ndi_output out[NDI_CALL_OUTPUTS];
	bool has_home;
	nd_manager *home; /* of the results; NULL: detached */
	struct ndi_manager
		*manager; /* what HOME named then; publishing looks whether it still does */
	leakscope_scope_t tag;
	nd_device device;                 /* of the operands; then of the results */
	const struct ndi_device_ops *ops; /* of it, once there is an operand or an output */
	void *work;                       /* of ndi_work_begin, NULL: none */
	uint64_t started;                 /* ns, when profiled */
};

/*
 * Find and pin the operands.  RESULT: the first one's manager must admit a new
 * array.  On failure nothing is held.
 */
nd_status ndi_call_begin(struct ndi_call *call, const char *operation, nd_array *const *arrays,
			 size_t count, bool result);
/* The same for creation in MANAGER. */
nd_status ndi_call_create(struct ndi_call *call, const char *operation, nd_manager *manager);
/*
 * Allocate a result, in C order; its view is call->out[…].view.  *TARGET is set to
 * NULL now and to the handle by ndi_call_end.  ZEROED: all bits 0.
 */
nd_status ndi_call_output(struct ndi_call *call, nd_array **target, enum ndk_type type, int ndim,
			  const int64_t *shape, bool zeroed);
/* The same for a shape that ndi_check_shape found to be BYTES. */
nd_status ndi_call_output_checked(struct ndi_call *call, nd_array **target, enum ndk_type type,
				  int ndim, const int64_t *shape, size_t bytes, bool zeroed);
/* A result that is VIEW of operand INPUT's storage. */
void ndi_call_view(struct ndi_call *call, nd_array **target, size_t input,
		   const struct ndk_view *view);
/* Publish the results if STATUS is ND_OK, else drop them; let the operands go. */
nd_status ndi_call_end(struct ndi_call *call, nd_status status);
/* A kernel's answer as a status, with a message that names types and shapes. */
nd_status ndi_call_kernel(const struct ndi_call *call, enum ndk_status status);
/* AXIS of NDIM, made non-negative. */
nd_status ndi_axis(const char *operation, int ndim, int axis, int *out);
/* The bit mask of COUNT axes (all for 0), each once. */
nd_status ndi_axes(const char *operation, int ndim, int count, const int *axes, unsigned *mask);
/* NDIM and SHAPE as a caller gives them; *COUNT elements, *BYTES of DTYPE, no overflow. */
nd_status ndi_check_shape(const char *operation, nd_dtype dtype, int ndim, const int64_t *shape,
			  int64_t *count, size_t *bytes);

/* ---- profile.c ---- */

extern bool ndi_profiling; /* atomically read */
uint64_t ndi_now_ns(void);
/* One event; SHAPES as "(2,3)f32 (3)f32"; PATH of the manager; BYTES signed. */
void ndi_profile_event(const char *operation, uint64_t started, const char *shapes,
		       const char *path, int64_t bytes);

#endif
