/* SPDX-License-Identifier: MIT */
/*
 * nd_scope: what a thread creates while one is open is closed with it.  Its
 * list is under the tree's lock, since any thread may close what is in it.
 */
#include "internal.h"

static _Thread_local struct ndi_thread_scope *innermost;

void ndi_scope_register_locked(struct ndi_array *array)
{
	struct ndi_thread_scope *scope = innermost;

	array->scope = scope;
	array->scope_next = NULL;
	array->scope_prev = NULL;
	if (!scope)
		return;
	array->scope_prev = scope->last;
	if (scope->last)
		scope->last->scope_next = array;
	scope->last = array;
}

void ndi_scope_unregister_locked(struct ndi_array *array)
{
	if (!array->scope)
		return;
	if (array->scope_next)
		array->scope_next->scope_prev = array->scope_prev;
	else
		array->scope->last = array->scope_prev;
	if (array->scope_prev)
		array->scope_prev->scope_next = array->scope_next;
	array->scope = NULL;
}

nd_status nd_scope_open(nd_scope **out)
{
	struct ndi_thread_scope *scope;

	if (!out)
		return ndi_fail(ND_ERR_ARGUMENT, "scope_open: nowhere to put it");
	*out = NULL;
	ndi_lock();
	scope = ndi_table_take(&ndi_scopes);
	if (scope) {
		scope->outer = innermost;
		scope->last = NULL;
		*out = (nd_scope *)ndi_handle(&ndi_scopes, scope);
	}
	ndi_unlock();
	if (!scope)
		return ndi_no_memory("scope_open", sizeof *scope);
	innermost = scope;
	return ND_OK;
}

nd_status nd_scope_close(nd_scope *handle)
{
	struct ndi_remains remains;
	struct ndi_thread_scope *scope, *inner;
	bool stale = false;

	NDI_SITE();
	if (!handle)
		return ND_OK;
	ndi_remains_begin(&remains);
	ndi_lock();
	scope = ndi_find(&ndi_scopes, handle, &stale);
	if (!scope || stale) {
		ndi_unlock();
		return scope ? ND_OK : ndi_fail(ND_ERR_ARGUMENT, "scope_close: this is no scope");
	}
	/* In this thread's own chain: another's may be left over from one that ended. */
	for (inner = innermost; inner && inner != scope;)
		inner = inner->outer;
	if (!inner) {
		ndi_unlock();
		return ndi_fail(ND_ERR_ARGUMENT,
				"scope_close: a scope is closed by the thread that opened it");
	}
	do {
		inner = innermost;
		while (inner->last)
			ndi_array_close_locked(inner->last, &remains);
		innermost = inner->outer;
		ndi_table_put(&ndi_scopes, inner);
	} while (inner != scope);
	ndi_unlock();
	return ndi_remains_finish(&remains);
}

nd_status nd_scope_unregister(nd_array *handle)
{
	struct ndi_array *array;
	nd_status status;

	ndi_lock();
	status = ndi_array_find("scope_unregister", handle, &array);
	if (!status)
		ndi_scope_unregister_locked(array);
	ndi_unlock();
	return status;
}
