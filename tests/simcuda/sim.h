/* SPDX-License-Identifier: MIT */
/*
 * Inside of the simulated driver: its state, handles and memory, shared by all its files.
 *
 * One lock guards everything here; kernels, copies and host functions run under a second
 * one (queue.c), never under the first.  Nothing is allocated by malloc: what the driver
 * keeps lies in mappings of its own, made by plain system calls, so that a tracker of the
 * host's memory sees none of it.  Addresses of device memory are kept as offsets, so that
 * a search for copies of them in the process does not find the driver's.
 */
#ifndef SIMCUDA_SIM_H
#define SIMCUDA_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CUDA_RAW_NAMES
#include "cuda_api.h"

#define SIM_MAX_DEVICES 16
#define SIM_MIB ((uint64_t)1 << 20)
#define SIM_GRANULE 512               /* device memory is handed out in multiples of this */
#define SIM_VMM_GRANULE (2 * SIM_MIB) /* physical memory and reserved ranges */

/* What is counted, logged and summed up; the names are in account.c. */
enum sim_kind {
	SIM_NONE,
	/* memory */
	SIM_DEVICE,
	SIM_PINNED,
	SIM_MANAGED,
	SIM_REGISTERED,
	SIM_POOLED,
	SIM_GRAPHMEM,
	SIM_VMM,
	SIM_RANGE,
	SIM_IPC,
	SIM_ARRAY,
	SIM_MIPMAP,
	/* handles */
	SIM_CONTEXT,
	SIM_PRIMARY,
	SIM_GREEN,
	SIM_STREAM,
	SIM_EVENT,
	SIM_MODULE,
	SIM_LIBRARY,
	SIM_LINK,
	SIM_TEXTURE,
	SIM_SURFACE,
	SIM_GRAPH,
	SIM_GRAPHEXEC,
	SIM_POOL,
	SIM_EXTMEM,
	SIM_EXTBUF,
	SIM_EXTSEM,
	SIM_COUNTED,
	/* not counted by themselves: parts of the above */
	SIM_FUNCTION = SIM_COUNTED,
	SIM_KERNEL,
	SIM_NODE,
	SIM_MAPPED,    /* a mapping of physical memory */
	SIM_GRAPHROOM, /* the address of a graph's allocation while that is not live */
	SIM_VARIABLE,  /* of a module */
	SIM_DESC,      /* of resources for a green context */
	SIM_KINDS
};

/* ---- account.c: what was created and released, for SIMCUDA_LOG and SIMCUDA_SUMMARY ---- */
struct sim_entry {
	uint64_t handle, bytes;
	uint64_t context, stream;
	int device;
};
void sim_account_create(enum sim_kind kind, const struct sim_entry *entry);
void sim_account_release(enum sim_kind kind, uint64_t handle, uint64_t bytes, const char *how);
void sim_account_error(void);
void sim_account_open(const char *log, const char *summary);
void sim_account_finish(void);

/* A line of SIMCUDA_TRACE. */
void sim_trace(const char *what, const char *name, int version, uint64_t flags);

/* ---- store.c: memory of the driver's own, and handles ---- */
void *sim_map(size_t bytes); /* zeroed, readable and writable; NULL if there is none */
void sim_unmap(void *p, size_t bytes);
void *sim_keep(size_t bytes);                /* zeroed small memory; under the lock */
void sim_drop(void *p);                      /* NULL is allowed */
void *sim_copy(const void *p, size_t bytes); /* a copy by sim_keep, NULL for NULL */
char *sim_string(const char *s);

struct sim_node_params;
struct simcuda_launch;
typedef void (*sim_twin)(const struct simcuda_launch *);

struct sim_object {
	uint8_t kind; /* enum sim_kind, SIM_NONE = free */
	int8_t device;
	bool dying;   /* destroyed by the program, but still in use inside */
	uint32_t ctx; /* slot of the context it goes with, 0 = none */
	uint32_t refs;
	uint32_t next; /* of the free slots */
	uint64_t bytes;
	uint64_t id; /* unique in the process, never used again */
	union {
		struct {
			unsigned flags, version;
			bool active, green;
			uint32_t owner; /* slot of the green context */
		} context;
		struct {
			unsigned flags;
			int priority;
			uint64_t last;          /* number of its latest work */
			uint32_t graph;         /* being captured to, 0 = not */
			uint32_t *heads, count; /* the nodes that the next one depends on */
			CUstreamCaptureStatus status;
			uint64_t capture;
			bool origin, borrowed; /* began the capture; to a graph of the program */
			uint32_t green;
		} stream;
		struct {
			unsigned flags;
			uint64_t last; /* number of the work recorded, 0 = none */
			uint64_t time; /* ns */
			bool recorded;
			uint32_t graph, *heads, count; /* recorded in a capture */
			uint64_t capture;
		} event;
		struct {
			uint32_t library;  /* it is that library's, 0 = loaded as a module */
			void *image;       /* text of the PTX, NULL = not text */
			uint32_t function; /* first of its functions */
			uint32_t global;   /* block of its first variable */
		} module;
		struct {
			void *image;
			uint32_t kernel;                   /* first of its kernels */
			uint32_t modules[SIM_MAX_DEVICES]; /* by device */
		} library;
		struct {
			char *name;
			uint32_t owner, sibling; /* module or library, the next of the same */
			sim_twin run;
			int shared; /* CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES */
		} function;
		struct {
			uint64_t threshold, used, used_high, reserved_high, limit;
			bool standard, imported;
			uint32_t source;
			int handles;
			uint32_t reuse[3];
			uint64_t live; /* allocations */
		} pool;
		struct {
			uint32_t block; /* physical; 0: another process's */
			uint64_t maps;
			int pid, file;
			uint64_t start;
			CUmemAllocationProp prop;
		} vmm;
		struct {
			CUDA_ARRAY3D_DESCRIPTOR desc;
			uint32_t block, parent, *levels;
			unsigned count;
		} array;
		struct {
			CUDA_RESOURCE_DESC *resource;
			CUDA_TEXTURE_DESC *texture;
			CUDA_RESOURCE_VIEW_DESC *view;
		} texture;
		struct {
			int fd; /* the driver's from the import on, -1 = none */
		} external;
		struct {
			uint32_t first, last; /* nodes, linked by node.sibling */
			uint32_t count;
			uint32_t parent; /* it is a child graph: its node */
			uint32_t exec;   /* instantiated with its memory nodes */
			uint64_t exec_id;
			uint32_t memory; /* how many memory nodes */
		} graph;
		struct {
			uint32_t graph, sibling, previous;
			uint32_t *needs, count; /* nodes it depends on */
			CUgraphNodeType type;
			struct sim_node_params *params;
			uint64_t original;
			bool disabled;
		} node;
		struct {
			uint64_t flags;
			uint32_t *nodes, count; /* own copies, in an order to run them */
		} exec;
		struct {
			uint64_t address; /* complement of it */
			unsigned flags;
		} registered;
		struct {
			unsigned sms;
			uint32_t context;
		} green;
		struct {
			char *image;
			size_t length;
		} link;
	};
};

uint32_t sim_slot(const struct sim_object *object);
struct sim_object *sim_at(uint32_t slot); /* NULL for 0 or a free one */
/* The next live object of KIND after slot AFTER (0 = the first), NULL = no more. */
struct sim_object *sim_next(uint32_t after, enum sim_kind kind);
/* NULL: no slot is left. Its context is the one given, its device that of the context. */
struct sim_object *sim_new(enum sim_kind kind, const struct sim_object *context);
struct sim_object *sim_peek(const void *handle); /* a live one of any kind, or NULL */
/* NULL if HANDLE is no live one of that kind, which is counted as an error. */
struct sim_object *sim_find(const void *handle, enum sim_kind kind);
/*
 * Counted as released, unless HOW is NULL, and the slot is free again.  What it keeps by
 * itself goes too; what lies behind slots and blocks is its own file's to see to.
 */
void sim_delete(struct sim_object *object, const char *how);
void sim_count_new(const struct sim_object *object); /* counted as created */

/* ---- arena.c: address ranges ---- */
struct sim_block {
	uint32_t left, right, priority;
	uint32_t previous, next;       /* by address */
	uint64_t offset, length, room; /* room: the largest free length below and here */
	bool used;
	/* of a used one */
	bool freeing; /* a free in stream order waits */
	uint8_t kind; /* enum sim_kind */
	int8_t device;
	uint8_t arena;
	bool access; /* mapped memory: usable */
	bool imported;
	uint32_t ctx;   /* slots */
	uint32_t owner; /* pool, or physical memory that is mapped */
	uint32_t refs;
	uint32_t sibling;
	unsigned flags;
	uint64_t stream;
	uint64_t bytes; /* as asked for */
	uint64_t id;
	uint64_t start; /* memory of IPC: id of the exporter's; variables: hash of the name */
};
enum {
	SIM_ARENA_DEVICE = 0,             /* and the following, one for each device */
	SIM_ARENA_HOST = SIM_MAX_DEVICES, /* pinned and managed */
	SIM_ARENA_RANGES,                 /* reserved addresses */
	SIM_ARENA_MAPS,                   /* the same addresses: what is mapped there */
	SIM_ARENA_LOW,                    /* addresses of 32 bits, for the first variants */
	SIM_ARENAS
};
bool sim_arena_start(unsigned devices, uint64_t device_bytes);
/* A block of LENGTH, aligned; 0: none is left. Not counted. */
uint32_t sim_block_new(unsigned arena, uint64_t length, uint64_t align);
uint32_t sim_block_new_at(unsigned arena, uint64_t address, uint64_t length);
void sim_block_delete(uint32_t block);
struct sim_block *sim_block(uint32_t block); /* NULL for 0 */
uint32_t sim_block_index(const struct sim_block *block);
uint64_t sim_block_address(const struct sim_block *block);
/* The used block that has ADDRESS in it; of two the mapping, not the reserved range. */
struct sim_block *sim_block_at(uint64_t address);
struct sim_block *sim_block_in(unsigned arena, uint64_t address);
/* The next used block of an arena by address after BLOCK (0 = the first). */
uint32_t sim_block_next(unsigned arena, uint32_t block);
/* Makes TO show the same pages as FROM; usable or not. */
bool sim_pages_alias(uint64_t from, uint64_t to, uint64_t length, bool usable);
void sim_pages_hide(uint64_t at, uint64_t length); /* nothing is there any more */
bool sim_pages_access(uint64_t at, uint64_t length, bool usable);
void sim_pages_plain(uint64_t at, uint64_t length);  /* pages of their own, zeroed */
void sim_pages_forget(uint64_t at, uint64_t length); /* gives a device's pages back */
bool sim_ours(uint64_t address);                     /* of an arena, used or not */
bool sim_pages_shared(int pid, int fd, uint64_t start, uint64_t to, uint64_t length);
int sim_device_file(int device); /* its memory as a file, for other processes */

/* ---- state.c ---- */
struct sim_device {
	uint64_t total, used; /* used: physical memory of allocations, contexts, modules, others */
	uint64_t graph_idle, graph_used, graph_used_high, graph_high; /* memory of graphs */
	uint32_t primary; /* slot of its primary context */
	unsigned primary_flags;
	uint32_t standard_pool, pool;
};
struct sim_state {
	int version;
	unsigned devices;
	uint64_t context_bytes;
	bool mig, async;
	struct sim_device device[SIM_MAX_DEVICES];
};
extern struct sim_state sim;

/* The start of each entry: an error to return at once, or CUDA_SUCCESS. */
CUresult sim_enter(const char *name, bool slow);
CUresult sim_enter_early(const char *name); /* for what works before cuInit */
#define SIM_CALL(name)                                                                             \
	do {                                                                                       \
		CUresult early_ = sim_enter(#name, false);                                         \
		if (early_)                                                                        \
			return early_;                                                             \
	} while (0)
#define SIM_CALL_SLOW(name)                                                                        \
	do {                                                                                       \
		CUresult early_ = sim_enter(#name, true);                                          \
		if (early_)                                                                        \
			return early_;                                                             \
	} while (0)
void sim_lock(void);
void sim_unlock(const int *unused);
/*
 * Holds the lock to the end of the block.  The cleanup attribute is there because almost
 * every call has several ways out, each an error that its caller tests for.
 */
#define SIM_LOCKED                                                                                 \
	__attribute__((cleanup(sim_unlock))) int locked_ = 0;                                      \
	(void)locked_;                                                                             \
	sim_lock()
uint64_t sim_now(void);     /* ns */
uint64_t sim_id(void);      /* a number not given before */
CUresult sim_unknown(void); /* counts an error: CUDA_ERROR_INVALID_VALUE */

/* ---- contexts.c ---- */
/* The thread's context; NULL with the error to return in *RESULT. */
struct sim_object *sim_current(CUresult *result);
struct sim_object *sim_context(CUcontext context, CUresult *result); /* NULL = the current one */
CUcontext sim_context_handle(uint32_t slot);
void sim_context_teardown(struct sim_object *context);
uint32_t sim_thread(void); /* number of the calling thread, from 1 */

/* ---- memory.c ---- */
/* Takes physical memory; tries what is given back late first. */
bool sim_device_take(int device, uint64_t bytes);
void sim_device_give(int device, uint64_t bytes);
/* A counted allocation of the device's. */
CUresult sim_memory_new(enum sim_kind kind, int device, const struct sim_object *context,
			uint64_t bytes, uint64_t align, uint64_t stream, struct sim_block **block);
/* The reverse, whatever its kind; HOW is for the log. */
void sim_memory_delete(struct sim_block *block, const char *how);
/* Live device memory (or host memory known or not) of that length: may be read and written. */
bool sim_reachable(uint64_t address, uint64_t bytes);
/* LATER: when a graph runs, whose own memory is live then. */
bool sim_usable(uint64_t address, uint64_t bytes, bool later);
struct sim_block *sim_memory_exact(uint64_t address); /* the live block that starts there */
struct sim_object *sim_registered(uint64_t address);  /* what covers it */
/*
 * A second address for memory of a device, of this process or of another one, counted as
 * KIND.  What lets another process find it is told by what sim_share fills in.
 */
struct sim_shared {
	char magic[8];
	int pid, file, device, kind;
	uint64_t start, bytes, length, id;
	union {
		CUmemAllocationProp vmm;
		int pool_handles;
	} prop;
};
bool sim_share(struct sim_shared *shared, const struct sim_block *block);
bool sim_shared_valid(const struct sim_shared *shared, int kind);
CUresult sim_alias_new(enum sim_kind kind, const struct sim_shared *shared,
		       const struct sim_object *context, struct sim_block **block);
int sim_shared_file(const struct sim_shared *shared); /* a file that says it, -1 = failed */
bool sim_shared_read(struct sim_shared *shared, int fd, int kind);

/* ---- pools.c, graph_memory.c ---- */
void sim_pool_gave(uint32_t pool, uint64_t bytes, const char *how);
uint32_t sim_pool_new(int device, bool standard);
/* Graph memory: its address reserved, live, and back. */
CUresult sim_graph_reserve(int device, uint64_t bytes, struct sim_block **block);
CUresult sim_graph_live(struct sim_block *block, const struct sim_object *context, uint64_t stream);
void sim_graph_idle(struct sim_block *block, const char *how);
void sim_graph_unref(uint32_t block);
void sim_graph_trim(int device);

/* ---- queue.c: work in streams ---- */
struct sim_where {
	struct sim_object *context, *stream; /* stream NULL: one of the default ones */
	uint64_t key;
};
CUresult sim_where(CUstream stream, struct sim_where *where);
typedef void (*sim_work)(void *data);
/*
 * Work with a copy of its data.  Done now, or when something waits for it if LATE or the
 * driver is asynchronous.  Called with the lock held, which is released meanwhile.
 */
CUresult sim_submit(const struct sim_where *where, sim_work run, const void *data, size_t bytes,
		    bool late);
uint64_t sim_submitted(const struct sim_where *where); /* number of the stream's latest */
struct sim_host_call {
	CUhostFn function;
	CUstreamCallback callback; /* instead of it */
	CUstream stream;
	void *data;
};
void sim_host_run(void *data);
uint64_t sim_submitted_last(void);   /* of all streams */
void sim_run_until(uint64_t number); /* UINT64_MAX: all; the lock is released meanwhile */
bool sim_done(uint64_t number);
/* The frees that wait in a stream whose next allocation may have their memory. */
void sim_run_frees(uint64_t key);
/* Work of a call that returns when it is done: after all before it, without the lock. */
void sim_run_now(sim_work run, void *data);

/* ---- events.c ---- */
/* It stands for the work up to NUMBER, and for no node of a capture any more. */
void sim_event_recorded(struct sim_object *event, uint64_t number);

/* ---- capture.c ---- */
bool sim_capturing(const struct sim_where *where);
/* Adds a node to what the stream is being captured to; PARAMS are its from then on. */
CUresult sim_capture_add(const struct sim_where *where, CUgraphNodeType type,
			 struct sim_node_params *params);
CUresult sim_capture_event(struct sim_object *event, const struct sim_where *where);
CUresult sim_capture_wait(const struct sim_where *where, struct sim_object *event);
void sim_capture_forget(struct sim_object *stream);

/* ---- graphs.c, graph_nodes.c ---- */
struct sim_node_params {
	sim_work run; /* kernels, copies, fills and host functions: with DATA, by sim_keep */
	void *data;
	size_t bytes;
	uint32_t block; /* memory nodes */
	uint32_t graph; /* child graphs: a copy of their own */
	uint32_t event;
	uint64_t event_id;
	CUgraphNodeParams given; /* as the program told it, without addresses */
};
struct sim_object *sim_graph_new(void); /* not counted */
/* NEEDS are slots of nodes of the same graph.  Has its own copy of PARAMS, data included. */
struct sim_object *sim_node_new(struct sim_object *graph, CUgraphNodeType type,
				const uint32_t *needs, size_t count,
				const struct sim_node_params *params, CUresult *result);
void sim_node_delete(struct sim_object *node);
void sim_graph_delete(struct sim_object *graph, const char *how);
struct sim_object *sim_graph_copy(const struct sim_object *graph, CUresult *result);
void sim_node_params_drop(struct sim_node_params *params);

/* ---- ptx.c ---- */
bool sim_ptx(const void *image); /* it is text */
/* The parameters of an entry: their number, places and sizes; -1 = no entry of that name. */
int sim_ptx_entry(const char *ptx, const char *name, uint32_t *offsets, uint32_t *sizes, int most);
uint64_t sim_ptx_global(const char *ptx, const char *name); /* bytes, 0 = none of that name */
unsigned sim_ptx_entries(const char *ptx, unsigned number, char *name, size_t size);

/* ---- modules.c, libraries.c ---- */
CUresult sim_image(const void *given, void **image, bool *text); /* a copy, NULL if no text */
void *sim_file(const char *path, size_t *mapped); /* for sim_unmap; without the lock */
struct sim_object *sim_module_new(struct sim_object *context, void *image, uint32_t library,
				  CUresult *result);
void sim_module_delete(struct sim_object *module, const char *how);
struct sim_object *sim_function_new(struct sim_object *owner, enum sim_kind kind, const char *name,
				    CUresult *result);
/* That of the entry NUMBER of its text, NULL = none. */
struct sim_object *sim_function_number(struct sim_object *owner, enum sim_kind kind,
				       unsigned number);
CUresult sim_global(struct sim_object *module, const char *name, struct sim_block **block);
void sim_functions_drop(uint32_t first);

/* ---- launches.c ---- */
void sim_twins_load(void);              /* the libraries of SIMCUDA_KERNELS; without the lock */
sim_twin sim_twin_of(const char *name); /* NULL = none */
enum { SIM_PARAMETERS = 128 };
struct sim_launch {
	sim_twin run;
	unsigned grid[3], block[3];
	uint64_t shared;
	void **given;          /* of an image that does not tell how long they are */
	uint32_t count, bytes; /* else so many, in the bytes that follow */
	uint32_t offsets[SIM_PARAMETERS];
	_Alignas(16) unsigned char values[];
};
struct sim_object *sim_function(CUfunction handle); /* or a kernel in its place */
/* Made by sim_keep. */
CUresult sim_launch_new(struct sim_launch **launch, CUfunction function, const unsigned grid[3],
			const unsigned block[3], unsigned shared, void **params, void **extra);
void sim_launch_run(void *data);
/* For a graph, which runs when what the program passed is gone. */
void sim_launch_keep(struct sim_launch *launch);
const char *sim_function_text(const struct sim_object *function); /* its PTX, NULL = none */
static inline size_t sim_launch_bytes(const struct sim_launch *launch)
{
	return sizeof *launch + launch->bytes;
}

/* ---- copies.c ---- */
struct sim_fill {
	uint64_t to, pitch, width, height;
	unsigned value, size;
};
struct sim_copy3d {
	uint64_t to, from;
	uint64_t to_pitch, to_slice, from_pitch, from_slice;
	uint64_t width, height, depth;
};
void sim_fill_run(void *data);
void sim_copy3d_run(void *data);
CUresult sim_copy3d_data(struct sim_copy3d *data, const CUDA_MEMCPY3D *copy, bool later);
CUresult sim_fill_data(struct sim_fill *fill, bool later);
uint64_t sim_array_address(const struct sim_object *array, uint64_t *pitch);

/* ---- arrays.c, graph_exec.c ---- */
void sim_array_delete(struct sim_object *array, const char *how);
CUresult sim_mipmap_new(CUmipmappedArray *array, const CUDA_ARRAY3D_DESCRIPTOR *d, unsigned levels,
			struct sim_object *context);
void sim_exec_delete(struct sim_object *exec, const char *how);
/* EXEC's copy of NODE, NULL if it has none. */
struct sim_object *sim_exec_node(CUgraphExec exec, CUgraphNode node);

#endif
