/* SPDX-License-Identifier: MIT */
/*
 * Work in streams.  All streams share one queue: the order in which work was given is one
 * that every wait for an event allows.  Waiting for a piece of work runs the queue up to it.
 *
 * Order of locks: the one under which work runs (recursive, since a host function may call
 * the driver) before the driver's.
 */
#include <pthread.h>
#include <string.h>

#include "sim.h"

struct op {
	struct op *next;
	uint64_t number, key;
	sim_work run;
	bool late;
	_Alignas(16) unsigned char data[];
};
static struct op *first, *last;
static uint64_t numbers, running;

static pthread_mutex_t engine = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

CUresult sim_where(CUstream stream, struct sim_where *where)
{
	CUresult r;
	memset(where, 0, sizeof *where);
	if (!stream || stream == CU_STREAM_LEGACY || stream == CU_STREAM_PER_THREAD) {
		where->context = sim_current(&r);
		if (!where->context)
			return r;
		where->key = where->context->id;
		if (stream == CU_STREAM_PER_THREAD)
			where->key |= (uint64_t)1 << 62 | (uint64_t)sim_thread() << 40;
		return CUDA_SUCCESS;
	}
	where->stream = sim_find(stream, SIM_STREAM);
	if (!where->stream)
		return CUDA_ERROR_INVALID_HANDLE;
	where->context = sim_at(where->stream->ctx);
	where->key = where->stream->id | (uint64_t)1 << 63;
	return CUDA_SUCCESS;
}

/* Both locks are held; the driver's is released while it runs. */
static void run_first(void)
{
	struct op *op = first;
	first = op->next;
	if (!first)
		last = NULL;
	uint64_t before = running;
	running = op->number;
	sim_unlock(NULL);
	op->run(op->data);
	sim_lock();
	running = before;
	sim_drop(op);
}

static void engine_lock(void)
{
	sim_unlock(NULL);
	pthread_mutex_lock(&engine);
	sim_lock();
}

void sim_run_until(uint64_t number)
{
	if (sim_done(number))
		return;
	engine_lock();
	while (first && first->number <= number)
		run_first();
	pthread_mutex_unlock(&engine);
}

bool sim_done(uint64_t number)
{
	return (!first || first->number > number) && (!running || running > number);
}

uint64_t sim_submitted(const struct sim_where *where)
{
	uint64_t number = 0;
	for (const struct op *op = first; op; op = op->next) {
		if (op->key == where->key)
			number = op->number;
	}
	return number;
}

uint64_t sim_submitted_last(void)
{
	return last ? last->number : 0;
}

CUresult sim_submit(const struct sim_where *where, sim_work run, const void *data, size_t bytes,
		    bool late)
{
	struct op *op = sim_keep(sizeof *op + bytes);
	if (!op)
		return CUDA_ERROR_OUT_OF_MEMORY;
	memcpy(op->data, data, bytes);
	op->run = run;
	op->key = where->key;
	op->late = late;
	if (!late && !sim.async) {
		engine_lock();
		sim_unlock(NULL);
		run(op->data);
		sim_lock();
		pthread_mutex_unlock(&engine);
		sim_drop(op);
		return CUDA_SUCCESS;
	}
	op->number = ++numbers;
	if (last)
		last->next = op;
	else
		first = op;
	last = op;
	return CUDA_SUCCESS;
}

void sim_run_frees(uint64_t key)
{
	if (sim.async || !first) /* other work may come before them */
		return;
	struct op *previous = NULL, *taken = NULL;
	for (struct op *op = first, *next; op; op = next) {
		next = op->next;
		if (op->key != key || !op->late) {
			previous = op;
			continue;
		}
		if (previous)
			previous->next = next;
		else
			first = next;
		if (last == op)
			last = previous;
		op->next = taken;
		taken = op;
	}
	if (!taken)
		return;
	engine_lock();
	while (taken) {
		struct op *op = taken;
		taken = op->next;
		sim_unlock(NULL);
		op->run(op->data);
		sim_lock();
		sim_drop(op);
	}
	pthread_mutex_unlock(&engine);
}

void sim_run_now(sim_work run, void *data)
{
	sim_run_until(UINT64_MAX);
	engine_lock();
	sim_unlock(NULL);
	run(data);
	sim_lock();
	pthread_mutex_unlock(&engine);
}
