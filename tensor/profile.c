/* SPDX-License-Identifier: MIT */
/*
 * Operations as a Chrome trace ("Trace Event Format", complete events).  One
 * lock around the file, which is a leaf: nothing is called with it held.
 */
#include "internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

bool ndi_profiling;

static pthread_mutex_t profile_lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *trace;
static uint64_t trace_start;

uint64_t ndi_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static void put_json(const char *text)
{
	fputc('"', trace);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(trace, "\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			fprintf(trace, "\\u%04x", (unsigned char)*text);
		else
			fputc(*text, trace);
	}
	fputc('"', trace);
}

/* Microseconds, by whole numbers: a locale's decimal comma is not JSON. */
static void put_us(const char *key, uint64_t ns)
{
	fprintf(trace, ",\"%s\":%llu.%03u", key, (unsigned long long)(ns / 1000),
		(unsigned)(ns % 1000));
}

nd_status nd_profile_start(const char *path)
{
	nd_status status = ND_OK;

	if (!path)
		return ndi_fail(ND_ERR_ARGUMENT, "profile_start: no path");
	pthread_mutex_lock(&profile_lock);
	if (trace) {
		status = ndi_fail(ND_ERR_ARGUMENT, "profile_start: a profile is being written");
	} else {
		trace = ndi_allocation_fails() ? NULL : fopen(path, "we");
		if (!trace)
			status =
				ndi_fail(ND_ERR_IO, "profile_start: %s: %s", path, strerror(errno));
	}
	if (!status) {
		trace_start = ndi_now_ns();
		/* the first event says whose trace it is */
		fprintf(trace,
			"{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n"
			"{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":%ld,\"args\":{\"name\":",
			(long)getpid());
		put_json(program_invocation_short_name);
		fputs("}}", trace);
		__atomic_store_n(&ndi_profiling, true, __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&profile_lock);
	return status;
}

nd_status nd_profile_stop(void)
{
	nd_status status = ND_OK;
	int bad;

	pthread_mutex_lock(&profile_lock);
	__atomic_store_n(&ndi_profiling, false, __ATOMIC_RELAXED);
	if (!trace) {
		status = ndi_fail(ND_ERR_ARGUMENT, "profile_stop: no profile is being written");
	} else {
		fputs("\n]}\n", trace);
		bad = ferror(trace) | fflush(trace);
		bad |= fclose(trace);
		trace = NULL;
		if (bad)
			status = ndi_fail(ND_ERR_IO, "profile_stop: the trace is incomplete: %s",
					  strerror(errno));
	}
	pthread_mutex_unlock(&profile_lock);
	return status;
}

void ndi_profile_event(const char *operation, uint64_t started, const char *shapes,
		       const char *path, int64_t bytes)
{
	uint64_t now = ndi_now_ns();

	pthread_mutex_lock(&profile_lock);
	if (trace && started >= trace_start) {
		fprintf(trace, ",\n{\"name\":\"%s\",\"ph\":\"X\",\"pid\":%ld,\"tid\":%ld",
			operation, (long)getpid(), (long)gettid());
		put_us("ts", started - trace_start);
		put_us("dur", now - started);
		fputs(",\"args\":{\"shapes\":", trace);
		put_json(shapes);
		fputs(",\"scope\":", trace);
		put_json(path);
		fprintf(trace, ",\"bytes\":%lld}}", (long long)bytes);
	}
	pthread_mutex_unlock(&profile_lock);
}
