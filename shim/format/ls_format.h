/* SPDX-License-Identifier: MIT */
/*
 * The recording format: the only thing the shim and the reporter share.
 *
 * A recording is one file that the tracked process maps MAP_SHARED and keeps
 * true at every instant, so that it can be read while the process runs and
 * after it was killed.  It holds offsets and ids, never pointers.  Everything
 * is little-endian (the mark says so), and laid out as the structs below; the
 * static asserts at the end pin every size.  FORMAT.md next to this folder says
 * the same in prose, with the rules for readers.
 *
 * Sections.  Each section is a logical array of bytes made of chunks; a chunk
 * is a range of the file (or of an overflow file).  The chunk directory in the
 * header tells where they are.  Records never straddle two chunks.  A record is
 * published by its `state` word, written last; a reader skips records whose
 * state is 0.
 *
 * Ids.  Fixed-size records are numbered from 0 in the order of their chunks;
 * record 0 of every section is reserved and means "none".  A stack id is the
 * logical byte offset of its record / 8, a string id the logical byte offset.
 *
 * Depends on nothing but <stdint.h>.  Safe to include from C and C++.
 */
#ifndef LS_FORMAT_H
#define LS_FORMAT_H

#include <stdint.h>

#define LS_MAGIC "LEAKSCP\n"
#define LS_VERSION 1u
#define LS_ENDIAN_MARK 0x01020304u
#define LS_HEADER_SIZE 8192u
#define LS_DIR_ENTRIES 128u     /* in the header and in each directory chunk */
#define LS_PLACES 8u            /* overflow files */
#define LS_PLACE_MEMORY 0xffffu /* a place no reader can see: memory of the process */
#define LS_MAX_FRAMES 1024u     /* largest --depth */

/* Sections.  The numbers are part of the format. */
enum ls_section {
	LS_SEC_NONE = 0,
	LS_SEC_DIRECTORY = 1,  /* LS_DIR_ENTRIES more struct ls_chunk */
	LS_SEC_STRINGS = 2,    /* NUL-terminated, byte offset = id */
	LS_SEC_MODULES = 3,    /* struct ls_module */
	LS_SEC_THREADS = 4,    /* struct ls_thread */
	LS_SEC_STACKS = 5,     /* struct ls_stack, variable length, 8-aligned */
	LS_SEC_PATHS = 6,      /* struct ls_path; record 1 is "/" */
	LS_SEC_SCOPES = 7,     /* struct ls_scope, open instances */
	LS_SEC_CONTEXTS = 8,   /* struct ls_context */
	LS_SEC_SITES = 9,      /* struct ls_site */
	LS_SEC_LIVE = 10,      /* each chunk one hash table of struct ls_live */
	LS_SEC_CLOSES = 11,    /* struct ls_close, a ring of the latest */
	LS_SEC_TIMELINE = 12,  /* struct ls_sample */
	LS_SEC_SNAPSHOTS = 13, /* struct ls_snapshot */
	LS_SEC_NOTES = 14,     /* struct ls_note */
	LS_SEC_VERDICTS = 15,  /* struct ls_verdict, in sets that struct ls_scan names */
	LS_SEC_SCANS = 16,     /* struct ls_scan */
	LS_SEC_ROOTS = 17,     /* struct ls_root, in sets like the verdicts */
	LS_SEC_DEVICES = 18,   /* struct ls_device */
	LS_SEC_RESOURCES = 19, /* struct ls_resource: memory and handles of the CUDA driver */
	LS_SEC_COUNT = 20
};
#define LS_USED_COUNT 16u /* sections with a hint in ls_header.used */

/* Kinds of memory.  Numbers are part of the format; names are the reports'. */
enum ls_memory {
	LS_MEM_HOST = 0,
	LS_MEM_DEVICE = 1,
	LS_MEM_PINNED = 2,
	LS_MEM_MANAGED = 3,
	LS_MEM_VMM = 4,
	LS_MEM_POOL = 5,
	LS_MEM_ARRAY = 6,
	LS_MEM_REGISTERED = 7,
	LS_MEM_IPC = 8,
	LS_MEM_GRAPH = 9,
	LS_MEM_HANDLE = 10,
	/*
	 * Host blocks that the scan has to know and nobody is to hear of: made while
	 * recording was paused, declared to be no leak.  Never counted, never reported.
	 */
	LS_MEM_IGNORED = 15,
	LS_MEM_COUNT = 16
};
/* What is on devices: managed memory may be, but need not. */
#define LS_MEM_ON_DEVICES                                                                          \
	(1u << LS_MEM_DEVICE | 1u << LS_MEM_VMM | 1u << LS_MEM_POOL | 1u << LS_MEM_ARRAY |         \
	 1u << LS_MEM_GRAPH)

/* What a block is, once a scan has said so. */
enum ls_kind {
	LS_KIND_UNCLASSIFIED = 0,
	LS_KIND_DEFINITE = 1,
	LS_KIND_INDIRECT = 2,
	LS_KIND_POSSIBLE = 3,
	LS_KIND_REACHABLE = 4,
	LS_KIND_DEVICE = 5,
	LS_KIND_COUNT = 6
};

/* Where the pointer was found that a verdict rests on. */
enum ls_holder {
	LS_HOLDER_NONE = 0,      /* nowhere */
	LS_HOLDER_BLOCK = 1,     /* in another block of the same set */
	LS_HOLDER_MODULE = 2,    /* in the data of an executable or library */
	LS_HOLDER_STACK = 3,     /* on a thread's stack */
	LS_HOLDER_TLS = 4,       /* in a thread's thread-local storage */
	LS_HOLDER_REGISTER = 5,  /* in a register of a thread */
	LS_HOLDER_MAPPING = 6,   /* in memory the program has mapped itself */
	LS_HOLDER_KERNEL = 7,    /* the kernel keeps it for the program: epoll, timers */
	LS_HOLDER_DECLARED = 8,  /* in a region the program has declared a root */
	LS_HOLDER_UNTRACKED = 9, /* in heap memory that is not recorded */
	LS_HOLDER_COUNT = 10
};

/* Scope kinds, the same numbers as leakscope_kind_t of the public header. */
enum ls_scope_kind {
	LS_SCOPE_PROCESS = 0,
	LS_SCOPE_USER = 1,
	LS_SCOPE_MANAGER = 2,
	LS_SCOPE_NVTX = 3
};

enum ls_state {
	LS_STATE_RUNNING = 0,   /* or died without a last word: see the pid */
	LS_STATE_EXITED = 1,    /* exit_code is set */
	LS_STATE_SIGNALLED = 2, /* signal is set */
	LS_STATE_EXEC = 3       /* the image was replaced; its blocks are no leaks */
};

enum ls_header_flags {
	LS_F_LAUNCHER = 1u << 0, /* a launcher samples time and RSS */
	LS_F_FORKED = 1u << 1,   /* started in a forked child */
	LS_F_ROOT = 1u << 2,     /* the process that was launched */
	LS_F_FINISHED = 1u << 3, /* the shim wrote its last word */
	LS_F_DEGRADED = 1u << 4, /* something was lost; a note says what */
	LS_F_SAMPLED = 1u << 5,  /* sample > 0: counts are estimates */
	LS_F_KEEP = 1u << 6      /* never dropped as uninteresting */
};

/* One chunk of a section.  Published by `section`, written last. */
struct ls_chunk {
	uint32_t section; /* enum ls_section; 0 = free entry: the end of the list */
	uint32_t index;   /* 0, 1, … within the section */
	uint32_t place;   /* 0 = this file, else 1 + index into header.places */
	uint32_t aux;     /* LIVE: number of buckets; others 0 */
	uint64_t offset;  /* in its file */
	uint64_t length;  /* bytes */
	uint64_t start;   /* logical offset of its first byte within the section */
};

/* Exact running figures of one kind of memory (peak: see header comment in FORMAT.md). */
struct ls_peak {
	int64_t live_bytes;
	int64_t peak_bytes;
	uint32_t peak_tick;
	uint32_t reserved;
	uint64_t reserved2;
};

/*
 * How a snapshot is asked for from outside: write label, add one to `requested`,
 * queue ls_header.scan_signal with the value LS_REQUEST_VALUE to a thread of the process.  `done` follows
 * `requested` when the scan has ended, whatever came of it.
 */
#define LS_REQUEST_VALUE 0x6c656b73 /* without it the signal does what it does bare */
struct ls_request {
	uint32_t requested;
	uint32_t done;
	uint32_t scan;  /* record in LS_SEC_SCANS that answers, 0 = it could not be made */
	uint32_t taken; /* the process has begun with it */
	char label[64]; /* NUL-terminated */
};

struct ls_header {
	char magic[8];
	uint32_t version;
	uint32_t endian;
	uint32_t header_size; /* LS_HEADER_SIZE */
	uint32_t page_size;
	uint8_t uuid[16]; /* random; overflow files carry the same */
	/* process */
	uint32_t pid;
	uint32_t ppid;
	uint64_t start_ticks;   /* field 22 of /proc/PID/stat: tells reused pids apart */
	uint64_t started_ns;    /* CLOCK_REALTIME */
	uint64_t mono_start_ns; /* CLOCK_MONOTONIC at the same instant */
	uint64_t ended_ns;      /* CLOCK_MONOTONIC at the last word, 0 = none */
	uint32_t state;         /* enum ls_state */
	int32_t exit_code;
	uint32_t signal;
	uint32_t flags;          /* enum ls_header_flags */
	uint32_t exe;            /* string ids */
	uint32_t cmdline;        /* argv joined: each argument NUL-terminated */
	uint32_t cmdline_length; /* bytes, all NULs included */
	uint32_t options;        /* effective options, key=value:key=value */
	uint32_t cwd;
	uint32_t session;        /* id given by the launcher, or 0 */
	uint32_t parent_pid;     /* tracked parent, 0 = none */
	uint32_t exec_index;     /* 0 = first image of this pid, 1 = after one exec … */
	uint8_t parent_uuid[16]; /* zero = no tracked parent */
	/* clocks */
	uint32_t tick;         /* ms since start, coarse: kept by whoever samples */
	uint32_t epoch;        /* snapshots and scans begun: the birth mark of blocks */
	uint32_t scan_signal;  /* what brings threads to a safe point, 0 = none is free */
	uint32_t depth;        /* frames kept per stack */
	uint64_t sample_bytes; /* 0 = every allocation */
	/* figures */
	struct ls_peak peaks[LS_MEM_COUNT];
	uint64_t inherited_frees; /* frees of blocks from before the fork */
	uint64_t unknown_frees;   /* frees of blocks nobody recorded */
	uint64_t lost_events;     /* allocations that could not be recorded */
	uint64_t pending_events;  /* recorded late: made inside a hook by a signal handler */
	uint64_t unwinds;
	uint64_t unwind_cache_hits; /* stacks already in the depot */
	uint64_t unwind_failures;
	uint64_t shim_bytes;          /* memory of the shim itself besides this file */
	uint64_t recording_bytes;     /* segments allocated, all places */
	uint64_t init_ns;             /* time spent starting up */
	uint64_t used[LS_USED_COUNT]; /* logical bytes handed out per section (hint) */
	uint32_t threads_seen;
	uint32_t load_generation; /* counts module loads and unloads */
	uint32_t reserved1[2];
	uint64_t scopes_opened;
	uint32_t places[LS_PLACES];      /* string ids: paths of overflow files */
	uint64_t scan_ns, scan_pause_ns; /* of the latest scan */
	struct ls_request request;
	uint32_t host_suppressions; /* string id: what __lsan_default_suppressions returned */
	uint32_t scans_failed;      /* scans that could not be made; a note says why */
	uint32_t scan_worker;       /* process that makes the latest scan, 0 = none was needed */
	uint32_t gpu_flags;         /* enum ls_gpu_flags */
	uint64_t late_device_frees; /* releases the driver refused because it was shutting down */
	uint64_t reserved[19];
	/* must stay last */
	struct ls_chunk directory[LS_DIR_ENTRIES];
};

/* First bytes of an overflow file; chunks follow. */
struct ls_overflow_header {
	char magic[8]; /* LS_MAGIC_OVERFLOW */
	uint32_t version;
	uint32_t place;
	uint8_t uuid[16];
	uint8_t reserved[32];
};
#define LS_MAGIC_OVERFLOW "LEAKSCO\n"

struct ls_module {
	uint32_t state;             /* 1 = valid */
	uint32_t path;              /* string id; "[vdso]" for the vdso */
	uint64_t bias;              /* address = bias + ELF virtual address */
	uint64_t start, end;        /* mapped range */
	uint32_t load_generation;   /* a stack of generation g lies in this module if */
	uint32_t unload_generation; /* load <= g and (unload == 0 or g < unload) */
	uint32_t load_tick, unload_tick;
	uint8_t build_id_length; /* 0 = none */
	uint8_t build_id[32];
	uint8_t is_shim; /* frames of it are never shown */
	uint8_t reserved[46];
};

/* One thread, or several one after the other that started at the same function. */
struct ls_thread {
	uint32_t state;     /* 1 = running, 2 = ended */
	uint32_t tid;       /* of the latest */
	uint64_t start_pc;  /* start function, 0 = main or unknown */
	uint32_t parent;    /* thread id (record) of the creator */
	uint32_t instances; /* threads that used this record */
	uint32_t started_tick, ended_tick;
	char name[16];
	uint32_t blocking; /* it is in a call that hides the scan's signal from the program */
	uint32_t reserved1;
	uint64_t reserved;
};

/* A distinct backtrace.  Frame 0 is the caller of the allocation function. */
struct ls_stack {
	uint64_t hash;
	uint32_t state;           /* 1 = valid, 3 = valid but not to be matched any more */
	uint32_t count;           /* frames */
	uint32_t flags;           /* enum ls_stack_flags */
	uint32_t load_generation; /* see struct ls_module */
	uint64_t pc[];            /* return addresses, innermost first */
};
enum ls_stack_flags {
	LS_STACK_CUT = 1,     /* deeper frames were cut at --depth */
	LS_STACK_PARTIAL = 2, /* the unwinder gave up before the outermost frame */
	LS_STACK_DYNAMIC = 4  /* a frame lies in a module that was opened at run time */
};

/* A distinct scope path, with what its closed instances left behind. */
struct ls_path {
	uint32_t state;  /* 1 = valid */
	uint32_t parent; /* path id, 0 for "/" */
	uint32_t name;   /* string id, '/' in it already written as %2F */
	uint32_t kind;   /* enum ls_scope_kind */
	uint64_t instances;
	uint64_t open_instances;
	uint32_t first_opened_tick, last_closed_tick;
	int64_t live_bytes; /* running, for the peak */
	int64_t peak_bytes;
	uint64_t outlived_bytes; /* survivors at closes, all of them */
	uint64_t outlived_blocks;
	uint64_t outlived_freed_bytes; /* of those: freed or moved since */
	uint64_t outlived_freed_blocks;
	uint64_t closes_with_survivors;
	uint64_t reserved[4];
};

/*
 * An open scope instance.  A closed one's record is free for another scope: what
 * survived it knows its path by itself (ls_context.path).
 */
struct ls_scope {
	uint32_t state;         /* 0 = free, 1 = open, 2 = closed */
	uint32_t parent;        /* scope id */
	uint32_t path;          /* path id */
	uint32_t first_context; /* list through ls_context.next */
	uint64_t serial;        /* never reused */
	uint32_t opened_tick, closed_tick;
	uint32_t thread; /* that opened it */
	uint32_t stack;  /* where it was opened */
	uint32_t first_child, next_sibling, previous_sibling;
	uint32_t parent_serial; /* low half of the parent's serial */
	uint32_t first_adopted; /* contexts of closed descendants that have survivors */
	uint32_t started;       /* 1 = an NVTX range of start and end, not of push and pop */
};

/*
 * stack x scope instance x thread x memory, with counters.  live = allocations
 * - frees - foreign_frees.  A context of a closed scope stays as long as it has
 * live blocks; then it folds into its site.
 */
struct ls_context {
	uint32_t state; /* 0 = free, 1 = in use, 2 = its scope has closed */
	uint32_t stack;
	uint32_t scope; /* scope id */
	uint32_t path;  /* path id */
	uint32_t thread;
	uint32_t memory;                             /* enum ls_memory */
	uint32_t next;                               /* in the list of its scope or its adopter */
	uint32_t site;                               /* once closed */
	uint64_t allocations, allocated_bytes;       /* written by its own thread */
	uint64_t frees, freed_bytes;                 /* by its own thread */
	uint64_t foreign_frees, foreign_freed_bytes; /* atomically, by others */
	uint32_t first_tick, last_tick;
	uint64_t moved_in, moved_in_bytes;   /* retagged to it: not allocations */
	uint64_t moved_out, moved_out_bytes; /* retagged away: not frees */
	uint32_t adopter;  /* closed with survivors: the open scope in whose list it is */
	uint32_t previous; /* in that list; next is above */
};

/* path x stack x memory: what contexts of closed scopes have folded into. */
struct ls_site {
	uint32_t state; /* 1 = valid */
	uint32_t path;
	uint32_t stack;
	uint32_t memory;
	uint64_t allocations, allocated_bytes, frees, freed_bytes; /* of folded contexts */
	uint64_t outlived_bytes, outlived_blocks;
	uint64_t outlived_freed_bytes, outlived_freed_blocks;
	uint64_t closes; /* scope instances that left survivors here */
	uint32_t first_tick, last_tick;
	uint64_t reserved[4];
};

/*
 * A live block.  `word` holds the address (a multiple of 8, below 2^47) with
 * the state in bits 0-2, bit 47 = huge, and in bits 48-63 the birth epoch; a
 * huge block (4 GiB or more) has size bits 32-47 there instead.
 */
struct ls_live {
	uint64_t word;
	uint32_t size_low;
	uint32_t context;
};
#define LS_LIVE_STATE 7ull
#define LS_LIVE_ADDRESS 0x00007ffffffffff8ull
#define LS_LIVE_HUGE (1ull << 47)
#define LS_LIVE_SHIFT 48
enum ls_live_state {
	LS_LIVE_FREE = 0,
	LS_LIVE_WRITING = 1, /* being filled in: the block is uncertain */
	LS_LIVE_BLOCK = 2,
	LS_LIVE_MOVING = 3 /* inside realloc; void if the address also has a BLOCK */
};
#define LS_BUCKET_SLOTS 4u
#define LS_PROBE_BUCKETS 8u
/* A LIVE chunk: aux buckets of 4 slots (64 bytes each), then aux overflow bytes. */

static inline uint64_t ls_live_size(const struct ls_live *e)
{
	uint64_t high = e->word & LS_LIVE_HUGE ? e->word >> LS_LIVE_SHIFT : 0;
	return high << 32 | e->size_low;
}

static inline uint32_t ls_live_birth(const struct ls_live *e)
{
	return e->word & LS_LIVE_HUGE ? 0 : (uint32_t)(e->word >> LS_LIVE_SHIFT);
}

/* One close of a scope that left survivors. */
struct ls_close {
	uint32_t state; /* 1 = valid */
	uint32_t path;
	uint64_t serial; /* of the scope */
	uint64_t number; /* 0, 1, …: the ring keeps the latest */
	uint32_t tick;
	uint32_t reason; /* enum ls_close_reason */
	uint64_t blocks, bytes;
	uint64_t reserved[2];
};
enum ls_close_reason { LS_CLOSE_EXPLICIT = 1, LS_CLOSE_PARENT = 2, LS_CLOSE_EXIT = 3 };

struct ls_sample {
	uint32_t tick;  /* ms */
	uint32_t state; /* 1 = valid */
	uint64_t rss_bytes, host_bytes, device_bytes;
};

struct ls_snapshot {
	uint32_t state; /* 1 = valid */
	uint32_t label; /* string id */
	uint32_t tick;
	uint32_t epoch; /* blocks with birth >= epoch came after it */
	uint64_t live_bytes, live_blocks;
	uint64_t pause_ns;
	uint32_t scan;        /* record in LS_SEC_SCANS, 0 = none */
	uint32_t scan_number; /* ls_scan.number of it: the record may be another's by now */
	uint64_t reserved[2];
};

struct ls_note {
	uint32_t state; /* 1 = valid */
	uint32_t level; /* enum ls_note_level */
	uint32_t text;  /* string id */
	uint32_t tick;
	uint64_t count; /* times it happened */
	uint64_t reserved;
};
enum ls_note_level { LS_NOTE_INFO = 1, LS_NOTE_WARNING = 2, LS_NOTE_ERROR = 3 };

/*
 * One reachability scan.  Its verdicts are records first … first + count - 1 of
 * LS_SEC_VERDICTS, in the order of addresses, and hold for blocks whose birth is
 * below `epoch`; its roots likewise.  Records are used again by later scans.
 */
struct ls_scan {
	uint32_t state;  /* enum ls_scan_state */
	uint32_t number; /* 1, 2, …: later ones replace earlier ones */
	uint32_t epoch;
	uint32_t tick;
	uint32_t snapshot; /* record in LS_SEC_SNAPSHOTS, 0 = none */
	uint32_t flags;    /* enum ls_scan_flags */
	uint32_t first, count;
	uint32_t roots_first, roots_count;
	uint32_t threads;        /* of the process, the scanning one included */
	uint32_t threads_unseen; /* that did not come to a safe point: registers unknown */
	/* what the process noticed: its threads stood still for pause_ns, of which */
	uint64_t pause_ns;
	uint64_t stop_ns, copy_ns, clone_ns; /* … to come to a stop, copy the live table, clone */
	/* what it cost beside the process */
	uint64_t scan_ns;
	uint64_t memory_bytes;  /* largest extra memory, the verdicts included */
	uint64_t scanned_bytes; /* read in blocks */
	uint64_t root_bytes;    /* read in roots */
	struct {
		uint64_t blocks, bytes;
	} kinds[LS_KIND_COUNT];
	uint64_t reserved[6];
};
enum ls_scan_state {
	LS_SCAN_NONE = 0,
	LS_SCAN_DONE = 1,
	LS_SCAN_BUSY = 2,  /* under way, or its process was killed */
	LS_SCAN_FAILED = 3 /* no verdicts; a note says why */
};
enum ls_scan_flags {
	LS_SCAN_AT_EXIT = 1,    /* the process was ending */
	LS_SCAN_IN_PROCESS = 2, /* not in a copy: the process stood still for all of it */
	LS_SCAN_WHOLE_HEAP = 4, /* memory of the heap that is not recorded counted as a root */
	LS_SCAN_DOMINATORS = 8, /* ls_verdict.dominator is filled in */
	LS_SCAN_FINAL = 16      /* recording ended with it: what came later was under way */
};

/* What a scan says of one block. */
struct ls_verdict {
	uint64_t address;
	uint64_t holder;     /* address of the word that holds the pointer, 0 = none */
	uint32_t dominator;  /* 1 + index in the set of the block without which it would be lost */
	uint16_t root;       /* 1 + index in the scan's roots, 0 = held by a block or unknown */
	uint8_t kind;        /* enum ls_kind */
	uint8_t holder_type; /* enum ls_holder */
};

/* A region of memory in which a scan found pointers. */
struct ls_root {
	uint32_t state; /* 1 = valid */
	uint32_t type;  /* enum ls_holder */
	uint64_t start, end;
	uint32_t thread; /* record in LS_SEC_THREADS, 0 = none or unknown */
	uint32_t tid;
	char name[32]; /* the end of the mapping's name; may be unterminated */
};

/* A GPU, or a MIG instance, by its UUID. */
struct ls_device {
	uint32_t state;   /* 1 = valid */
	uint32_t ordinal; /* CUdevice when it was first seen */
	uint8_t uuid[16]; /* zero = the driver did not say */
	uint32_t name;    /* string id, 0 = unknown */
	uint32_t flags;   /* enum ls_device_flags */
	uint64_t total_bytes;
	/* memory on it that is tracked, of the kinds device, vmm, pool, array and graph: exact */
	struct ls_peak memory;
	/* taken by the driver when a context ended or the device was reset, unreleased till then */
	uint64_t reclaimed_bytes, reclaimed_blocks;
	/* what cuMemGetInfo last said, beside what was tracked at that moment */
	uint32_t measured_tick; /* 0 = never */
	uint32_t snapshot;      /* record in LS_SEC_SNAPSHOTS it was measured for, 0 = none */
	uint64_t used_bytes;    /* of the whole device, other processes included */
	uint64_t tracked_bytes; /* memory.live_bytes then, and managed memory is not in it */
	uint64_t own_bytes;     /* by which contexts and modules of this process made it grow */
	uint64_t reserved;
};
enum ls_device_flags { LS_DEVICE_MIG = 1u << 0 };
enum ls_gpu_flags {
	LS_GPU_SEEN = 1u << 0,     /* the CUDA driver was reached */
	LS_GPU_UNTRACKED = 1u << 1 /* something of it could not be tracked; a note says what */
};

/* Which call of the driver made a resource.  Numbers are part of the format. */
enum ls_resource_type {
	LS_RES_NONE = 0,
	LS_RES_ALLOC = 1,         /* cuMemAlloc */
	LS_RES_ALLOC_PITCH = 2,   /* cuMemAllocPitch */
	LS_RES_ALLOC_MANAGED = 3, /* cuMemAllocManaged */
	LS_RES_ALLOC_ASYNC = 4,   /* cuMemAllocAsync */
	LS_RES_ALLOC_POOL = 5,    /* cuMemAllocFromPoolAsync */
	LS_RES_POOL_POINTER = 6,  /* cuMemPoolImportPointer */
	LS_RES_ALLOC_HOST = 7,    /* cuMemAllocHost */
	LS_RES_HOST_ALLOC = 8,    /* cuMemHostAlloc */
	LS_RES_HOST_REGISTER = 9, /* cuMemHostRegister */
	LS_RES_VMM = 10,          /* cuMemCreate, cuMemImportFromShareableHandle */
	LS_RES_RESERVATION = 11,  /* cuMemAddressReserve; size is address space, not memory */
	LS_RES_POOL = 12,         /* cuMemPoolCreate, cuMemPoolImportFromShareableHandle */
	LS_RES_ARRAY = 13,        /* cuArrayCreate, cuArray3DCreate */
	LS_RES_MIPMAP = 14,       /* cuMipmappedArrayCreate */
	LS_RES_EXTERNAL_MEMORY = 15,
	LS_RES_EXTERNAL_SEMAPHORE = 16,
	LS_RES_EXTERNAL_BUFFER = 17, /* cuExternalMemoryGetMappedBuffer */
	LS_RES_EXTERNAL_MIPMAP = 18, /* cuExternalMemoryGetMappedMipmappedArray */
	LS_RES_IPC = 19,             /* cuIpcOpenMemHandle */
	LS_RES_CONTEXT = 20,         /* cuCtxCreate */
	LS_RES_GREEN_CONTEXT = 21,
	LS_RES_PRIMARY_CONTEXT = 22, /* cuDevicePrimaryCtxRetain */
	LS_RES_STREAM = 23,
	LS_RES_EVENT = 24,
	LS_RES_MODULE = 25,
	LS_RES_LIBRARY = 26,
	LS_RES_LINK = 27,
	LS_RES_TEXTURE = 28,
	LS_RES_SURFACE = 29,
	LS_RES_GRAPH = 30,
	LS_RES_GRAPH_EXEC = 31,
	LS_RES_GRAPH_MEMORY = 32, /* a memory node of a graph, live from the launch */
	LS_RES_COUNT = 33
};

/*
 * Memory or a handle of the CUDA driver that has not been released.  Its context is
 * a struct ls_context like that of a host block; nothing of it is in the live table.
 */
struct ls_resource {
	uint32_t state;        /* enum ls_resource_state, written last */
	uint32_t context;      /* record in LS_SEC_CONTEXTS */
	uint64_t handle;       /* address, or the driver's handle */
	uint64_t size;         /* bytes as asked for; 0 for handles */
	uint64_t cuda_context; /* CUcontext it was made in, 0 = none */
	uint64_t stream;       /* CUstream of stream-ordered memory */
	uint64_t parent;       /* handle of the pool, graph, module … it came from, 0 = none */
	uint16_t type;         /* enum ls_resource_type */
	uint16_t device;       /* record in LS_SEC_DEVICES, 0 = unknown */
	uint32_t flags;        /* enum ls_resource_flags */
	uint32_t references;   /* retains not yet released, mappings included */
	uint32_t birth;        /* ls_header.epoch */
	uint32_t tick;         /* when it was made */
	/* ls_scan.number that looked for its address, 0 = none; void if birth >= that scan's epoch */
	uint32_t scan;
	uint32_t mappings; /* VMM: how many of the references are mappings */
	uint32_t reserved1;
	uint64_t reserved[6];
};
enum ls_resource_state {
	LS_RESOURCE_FREE = 0,
	LS_RESOURCE_LIVE = 1,
	LS_RESOURCE_RECLAIMED = 2, /* went with its context or device: still counted as a leak */
	LS_RESOURCE_RELEASING = 3  /* the release is under way: uncertain after a kill */
};
enum ls_resource_flags {
	LS_RESOURCE_HELD = 1u << 0,        /* the scan found its address somewhere */
	LS_RESOURCE_HELD_BY_LEAK = 1u << 1 /* … but only in host blocks that are lost */
};

#ifdef __cplusplus
#define LS_ASSERT static_assert
#else
#define LS_ASSERT _Static_assert
#endif
LS_ASSERT(sizeof(struct ls_chunk) == 40, "format");
/* Bytes on devices by a recording's header, which may be in use. */
static inline uint64_t ls_device_bytes(const struct ls_header *h)
{
	int64_t bytes = 0;
	for (unsigned memory = 0; memory < LS_MEM_COUNT; memory++)
		if (LS_MEM_ON_DEVICES >> memory & 1)
			bytes += __atomic_load_n(&h->peaks[memory].live_bytes, __ATOMIC_RELAXED);
	return bytes > 0 ? (uint64_t)bytes : 0;
}

LS_ASSERT(sizeof(struct ls_peak) == 32, "format");
LS_ASSERT(sizeof(struct ls_header) <= LS_HEADER_SIZE, "format");
LS_ASSERT(sizeof(struct ls_overflow_header) == 64, "format");
LS_ASSERT(sizeof(struct ls_module) == 128, "format");
LS_ASSERT(sizeof(struct ls_thread) == 64, "format");
LS_ASSERT(sizeof(struct ls_stack) == 24, "format");
LS_ASSERT(sizeof(struct ls_path) == 128, "format");
LS_ASSERT(sizeof(struct ls_scope) == 64, "format");
LS_ASSERT(sizeof(struct ls_context) == 128, "format");
LS_ASSERT(sizeof(struct ls_site) == 128, "format");
LS_ASSERT(sizeof(struct ls_live) == 16, "format");
LS_ASSERT(sizeof(struct ls_close) == 64, "format");
LS_ASSERT(sizeof(struct ls_sample) == 32, "format");
LS_ASSERT(sizeof(struct ls_snapshot) == 64, "format");
LS_ASSERT(sizeof(struct ls_note) == 32, "format");
LS_ASSERT(sizeof(struct ls_verdict) == 24, "format");
LS_ASSERT(sizeof(struct ls_scan) == 256, "format");
LS_ASSERT(sizeof(struct ls_root) == 64, "format");
LS_ASSERT(sizeof(struct ls_request) == 80, "format");
LS_ASSERT(sizeof(struct ls_device) == 128, "format");
LS_ASSERT(sizeof(struct ls_resource) == 128, "format");

#endif
