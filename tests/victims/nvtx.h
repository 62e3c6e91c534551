/* SPDX-License-Identifier: MIT */
/*
 * A small stand-in for the header-only NVTX library, for machines that have none:
 * the same names, and the same way of finding and asking an injection library.
 * State is hidden in each object that includes it, as it is there.  With NVTX_REAL
 * it is the header itself.
 */
#ifndef VICTIM_NVTX_H
#define VICTIM_NVTX_H

#ifdef NVTX_REAL
#include <nvtx3/nvToolsExt.h>
#else

#include <dlfcn.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <wchar.h>

typedef uint64_t nvtxRangeId_t;
typedef struct nvtxDomain *nvtxDomainHandle_t;
typedef struct nvtxString *nvtxStringHandle_t;
typedef struct {
	uint16_t version, size;
	uint32_t category;
	int32_t colorType;
	uint32_t color;
	int32_t payloadType, reserved0;
	union {
		uint64_t ullValue;
		double dValue;
	} payload;
	int32_t messageType;
	union {
		const char *ascii;
		const wchar_t *unicode;
		nvtxStringHandle_t registered;
	} message;
} nvtxEventAttributes_t;
#define NVTX_VERSION 3
#define NVTX_EVENT_ATTRIB_STRUCT_SIZE ((uint16_t)sizeof(nvtxEventAttributes_t))
#define NVTX_NO_PUSH_POP_TRACKING (-2)
enum { NVTX_MESSAGE_TYPE_ASCII = 1, NVTX_MESSAGE_TYPE_UNICODE, NVTX_MESSAGE_TYPE_REGISTERED };

#define NVTX_UNUSED __attribute__((unused))
typedef void (*nvtx_pointer)(void);

/* name, module (1 or 5), id there, what it returns, without a tool, parameters, arguments */
#define NVTX_ALL(X)                                                                                \
	X(nvtxMarkEx, 1, 1, void, (void)0, (const nvtxEventAttributes_t *a), (a))                  \
	X(nvtxMarkA, 1, 2, void, (void)0, (const char *m), (m))                                    \
	X(nvtxMarkW, 1, 3, void, (void)0, (const wchar_t *m), (m))                                 \
	X(nvtxRangeStartEx, 1, 4, nvtxRangeId_t, 0, (const nvtxEventAttributes_t *a), (a))         \
	X(nvtxRangeStartA, 1, 5, nvtxRangeId_t, 0, (const char *m), (m))                           \
	X(nvtxRangeStartW, 1, 6, nvtxRangeId_t, 0, (const wchar_t *m), (m))                        \
	X(nvtxRangeEnd, 1, 7, void, (void)0, (nvtxRangeId_t i), (i))                               \
	X(nvtxRangePushEx, 1, 8, int, NVTX_NO_PUSH_POP_TRACKING, (const nvtxEventAttributes_t *a), \
	  (a))                                                                                     \
	X(nvtxRangePushA, 1, 9, int, NVTX_NO_PUSH_POP_TRACKING, (const char *m), (m))              \
	X(nvtxRangePushW, 1, 10, int, NVTX_NO_PUSH_POP_TRACKING, (const wchar_t *m), (m))          \
	X(nvtxRangePop, 1, 11, int, NVTX_NO_PUSH_POP_TRACKING, (void), ())                         \
	X(nvtxNameCategoryA, 1, 12, void, (void)0, (uint32_t c, const char *m), (c, m))            \
	X(nvtxNameOsThreadA, 1, 14, void, (void)0, (uint32_t t, const char *m), (t, m))            \
	X(nvtxDomainMarkEx, 5, 1, void, (void)0,                                                   \
	  (nvtxDomainHandle_t d, const nvtxEventAttributes_t *a), (d, a))                          \
	X(nvtxDomainRangeStartEx, 5, 2, nvtxRangeId_t, 0,                                          \
	  (nvtxDomainHandle_t d, const nvtxEventAttributes_t *a), (d, a))                          \
	X(nvtxDomainRangeEnd, 5, 3, void, (void)0, (nvtxDomainHandle_t d, nvtxRangeId_t i),        \
	  (d, i))                                                                                  \
	X(nvtxDomainRangePushEx, 5, 4, int, NVTX_NO_PUSH_POP_TRACKING,                             \
	  (nvtxDomainHandle_t d, const nvtxEventAttributes_t *a), (d, a))                          \
	X(nvtxDomainRangePop, 5, 5, int, NVTX_NO_PUSH_POP_TRACKING, (nvtxDomainHandle_t d), (d))   \
	X(nvtxDomainRegisterStringA, 5, 10, nvtxStringHandle_t, NULL,                              \
	  (nvtxDomainHandle_t d, const char *m), (d, m))                                           \
	X(nvtxDomainRegisterStringW, 5, 11, nvtxStringHandle_t, NULL,                              \
	  (nvtxDomainHandle_t d, const wchar_t *m), (d, m))                                        \
	X(nvtxDomainCreateA, 5, 12, nvtxDomainHandle_t, NULL, (const char *m), (m))                \
	X(nvtxDomainCreateW, 5, 13, nvtxDomainHandle_t, NULL, (const wchar_t *m), (m))             \
	X(nvtxDomainDestroy, 5, 14, void, (void)0, (nvtxDomainHandle_t d), (d))                    \
	X(nvtxInitialize, 5, 15, void, (void)0, (const void *r), (r))

/* Until the first call each function is one that initialises; then the tool's, or none. */
#define NVTX_DECLARE(name, module, id, result, none, parameters, arguments)                        \
	static NVTX_UNUSED result name parameters;                                                 \
	static result name##_first parameters;                                                     \
	static result(*name##_pointer) parameters = name##_first;
NVTX_ALL(NVTX_DECLARE)

#define NVTX_ENTRY(name, module, id, result, none, parameters, arguments)                          \
	[module == 5][id] = (nvtx_pointer *)&name##_pointer,
static nvtx_pointer *nvtx_tables[2][17] = {NVTX_ALL(NVTX_ENTRY)};

static int nvtx_module_table(int module, nvtx_pointer ***table, unsigned *size)
{
	if (module != 1 && module != 5)
		return 0;
	if (size)
		*size = 16;
	if (table)
		*table = nvtx_tables[module == 5];
	return 1;
}

static const void *nvtx_get_table(uint32_t id)
{
	static const struct {
		size_t size;
		int (*module_table)(int, nvtx_pointer ***, unsigned *);
	} callbacks = {sizeof(callbacks), nvtx_module_table};
	return id == 1 ? &callbacks : NULL;
}

static int nvtx_load(void)
{
	const char *path = getenv("NVTX_INJECTION64_PATH");
	void *library = path ? dlopen(path, RTLD_LAZY) : NULL;
	int (*initialize)(const void *(*)(uint32_t)) = NULL;
	if (library)
		*(void **)&initialize = dlsym(library, "InitializeInjectionNvtx2");
	if (initialize && initialize(nvtx_get_table))
		return 1;
	if (library)
		dlclose(library);
	return 0;
}

static void nvtx_once(void)
{
	static int state; /* 1 = somebody is at it, 2 = done */
	int fresh = 0;
	if (__atomic_load_n(&state, __ATOMIC_ACQUIRE) == 2)
		return;
	if (__atomic_compare_exchange_n(&state, &fresh, 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		int loaded = nvtx_load();
#define NVTX_NONE(name, module, id, result, none, parameters, arguments)                           \
	if (!loaded || name##_pointer == name##_first)                                             \
		name##_pointer = NULL;
		NVTX_ALL(NVTX_NONE)
		__atomic_store_n(&state, 2, __ATOMIC_RELEASE);
	}
	while (__atomic_load_n(&state, __ATOMIC_ACQUIRE) != 2)
		sched_yield();
}

#define NVTX_DEFINE(name, module, id, result, none, parameters, arguments)                         \
	static result name##_first parameters                                                      \
	{                                                                                          \
		nvtx_once();                                                                       \
		return name arguments;                                                             \
	}                                                                                          \
	static result name parameters                                                              \
	{                                                                                          \
		result(*f) parameters = __atomic_load_n(&name##_pointer, __ATOMIC_RELAXED);        \
		return f ? f arguments : (none);                                                   \
	}
NVTX_ALL(NVTX_DEFINE)

#endif

/* What most of them say: a message, in a form of its own. */
static inline __attribute__((unused)) nvtxEventAttributes_t nvtx_ascii(const char *text)
{
	nvtxEventAttributes_t a = {0};
	a.version = NVTX_VERSION;
	a.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
	a.messageType = NVTX_MESSAGE_TYPE_ASCII;
	a.message.ascii = text;
	return a;
}

static inline __attribute__((unused)) nvtxEventAttributes_t nvtx_wide(const wchar_t *text)
{
	nvtxEventAttributes_t a = nvtx_ascii(NULL);
	a.messageType = NVTX_MESSAGE_TYPE_UNICODE;
	a.message.unicode = text;
	return a;
}

static inline __attribute__((unused)) nvtxEventAttributes_t nvtx_string(nvtxStringHandle_t handle)
{
	nvtxEventAttributes_t a = nvtx_ascii(NULL);
	a.messageType = NVTX_MESSAGE_TYPE_REGISTERED;
	a.message.registered = handle;
	return a;
}

#endif
