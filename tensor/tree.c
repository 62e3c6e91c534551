/* SPDX-License-Identifier: MIT */
/*
 * The tree of managers under its lock: finding, placing and closing what it
 * holds.  Closing has two halves: under the lock everything is marked closed
 * and taken out; without it blocks are freed, callbacks called, scopes closed.
 */
#include "device.h"

#include <stdio.h>
#include <string.h>

struct ndi_table ndi_managers = {.kind = NDI_MANAGER, .object_size = sizeof(struct ndi_manager)};
struct ndi_table ndi_arrays = {.kind = NDI_ARRAY, .object_size = sizeof(struct ndi_array)};
struct ndi_table ndi_scopes = {.kind = NDI_SCOPE, .object_size = sizeof(struct ndi_thread_scope)};
struct ndi_table ndi_storages = {.kind = NDI_STORAGE, .object_size = sizeof(struct ndi_storage)};
struct ndi_list ndi_detached;
struct ndi_manager *ndi_root;
uint64_t ndi_storage_blocks;

/* The root is there before main. */
__attribute__((constructor)) static void start(void)
{
	static struct ndi_manager root = {.object = {.open = 1, .generation = 1}, .name = "system"};

	ndi_root = &root;
}

void ndi_list_add(struct ndi_list *list, struct ndi_node *node)
{
	node->next = NULL;
	node->prev = list->tail;
	if (list->tail)
		list->tail->next = node;
	else
		list->head = node;
	list->tail = node;
}

void ndi_list_remove(struct ndi_list *list, struct ndi_node *node)
{
	if (node->prev)
		node->prev->next = node->next;
	else
		list->head = node->next;
	if (node->next)
		node->next->prev = node->prev;
	else
		list->tail = node->prev;
	node->prev = node->next = NULL;
}

const char *ndi_array_text(const struct ndi_array *array, char buffer[NDI_NAME_TEXT])
{
	if (array->name[0])
		snprintf(buffer, NDI_NAME_TEXT, "array '%s'", array->name);
	else
		snprintf(buffer, NDI_NAME_TEXT, "array 'array-%u'", array->object.index + 1);
	return buffer;
}

/* ": created by F, closed by G" where the shim is there to have noted it. */
static void sites_text(const void *created, const void *closed, char *buffer, size_t size)
{
	char from[160], to[160];

	buffer[0] = '\0';
	if (!created && !closed)
		return;
	snprintf(buffer, size, ": created at %s, closed at %s",
		 created ? ndi_site_text(created, from, sizeof from) : "?",
		 closed ? ndi_site_text(closed, to, sizeof to) : "?");
}

nd_status ndi_manager_find(const char *operation, nd_manager *handle, struct ndi_manager **out)
{
	struct ndi_manager *manager;
	bool stale = false;
	char sites[360];

	if (handle == NDI_ROOT_HANDLE) {
		*out = ndi_root;
		return ND_OK;
	}
	if (!handle)
		return ndi_fail(ND_ERR_ARGUMENT, "%s: the manager is NULL", operation);
	manager = ndi_find(&ndi_managers, handle, &stale);
	if (!manager)
		return ndi_fail(ND_ERR_ARGUMENT, "%s: this is no manager", operation);
	*out = manager;
	if (!stale)
		return ND_OK;
	if (manager->object.generation != (uintptr_t)handle >> 32)
		return ndi_fail(ND_ERR_CLOSED, "%s: manager %u was closed some time ago", operation,
				ndi_handle_number(handle));
	sites_text(manager->created, manager->closed, sites, sizeof sites);
	return ndi_fail(ND_ERR_CLOSED, "%s: manager '%s' is closed%s", operation, manager->name,
			sites);
}

nd_status ndi_array_find(const char *operation, nd_array *handle, struct ndi_array **out)
{
	struct ndi_array *array;
	bool stale = false;
	char name[NDI_NAME_TEXT], sites[360];

	if (!handle)
		return ndi_fail(ND_ERR_ARGUMENT, "%s: an array is NULL", operation);
	array = ndi_find(&ndi_arrays, handle, &stale);
	if (!array)
		return ndi_fail(ND_ERR_ARGUMENT, "%s: this is no array", operation);
	*out = array;
	if (!stale)
		return ND_OK;
	if (array->object.generation != (uintptr_t)handle >> 32)
		return ndi_fail(ND_ERR_CLOSED, "%s: array 'array-%u' was closed some time ago",
				operation, ndi_handle_number(handle));
	sites_text(array->created, array->closed, sites, sizeof sites);
	return ndi_fail(ND_ERR_CLOSED, "%s: %s is closed%s", operation, ndi_array_text(array, name),
			sites);
}

/* The storage is tagged as the array that accounts for it. */
static void tag_storage(const struct ndi_storage *storage)
{
	if (NDI_UNLIKELY(ndi_traced) && storage->block && storage->arrays)
		leakscope_retag(storage->block, storage->arrays->tag);
}

void ndi_array_place_locked(struct ndi_array *array, struct ndi_manager *owner)
{
	array->owner = owner;
	ndi_list_add(owner ? &owner->held : &ndi_detached, &array->node);
	if (owner)
		array->tag = owner->scope;
	if (array->storage->arrays == array)
		tag_storage(array->storage);
}

static void drop_loans(struct ndi_array *array, struct ndi_remains *remains)
{
	struct ndi_loan *loan;

	while ((loan = array->loans)) {
		array->loans = loan->next;
		loan->next = remains->loans;
		remains->loans = loan;
	}
}

void ndi_array_unplace_locked(struct ndi_array *array, struct ndi_remains *remains)
{
	ndi_list_remove(array->owner ? &array->owner->held : &ndi_detached, &array->node);
	drop_loans(array, remains);
}

/* STORAGE may have lost its last user. */
static void storage_check(struct ndi_storage *storage, struct ndi_remains *remains)
{
	if (storage->arrays || storage->pins)
		return;
	remains->bytes += (int64_t)storage->bytes;
	ndi_storage_blocks -= storage->block != NULL;
	if (!remains->ordered && remains->blocks < NDI_FEW_BLOCKS) {
		if (storage->block)
			remains->few[remains->blocks++] =
				(struct ndi_block){storage->block, storage->bytes, storage->ops,
						   storage->device.index};
		ndi_table_put(&ndi_storages, storage);
		return;
	}
	storage->node.kind = NDI_STORAGE;
	ndi_list_add(&remains->items, &storage->node);
}

void ndi_storage_unpin_locked(struct ndi_storage *storage, struct ndi_remains *remains)
{
	storage->pins--;
	storage_check(storage, remains);
}

/* ARRAY, in no list any more, is closed. */
static void end_array(struct ndi_array *array, struct ndi_remains *remains)
{
	struct ndi_storage *storage = array->storage;
	bool first = storage->arrays == array;

	drop_loans(array, remains);
	ndi_scope_unregister_locked(array);
	if (array->share_prev)
		array->share_prev->share_next = array->share_next;
	else
		storage->arrays = array->share_next;
	if (array->share_next)
		array->share_next->share_prev = array->share_prev;
	array->share_prev = array->share_next = NULL;
	if (first)
		tag_storage(storage);
	array->storage = NULL;
	array->closed = ndi_traced ? ndi_site : NULL;
	ndi_table_put(&ndi_arrays, array);
	storage_check(storage, remains);
}

void ndi_array_close_locked(struct ndi_array *array, struct ndi_remains *remains)
{
	ndi_list_remove(array->owner ? &array->owner->held : &ndi_detached, &array->node);
	end_array(array, remains);
}

/*
 * ARRAY leaves a closing manager: back along its loans to the latest place that
 * is still open.  Without one it is closed.
 */
static void leave_array(struct ndi_array *array, struct ndi_remains *remains)
{
	while (array->loans) {
		struct ndi_loan *loan = array->loans;
		struct ndi_manager *home;
		bool stale = false;

		array->loans = loan->next;
		loan->next = remains->loans;
		remains->loans = loan;
		if (!loan->from) {
			array->tag = loan->tag;
			ndi_array_place_locked(array, NULL);
			return;
		}
		home = ndi_manager_peek(loan->from, &stale);
		if (home && !stale) {
			ndi_array_place_locked(array, home);
			return;
		}
	}
	end_array(array, remains);
}

static void mark_manager(struct ndi_manager *manager)
{
	__atomic_store_n(&manager->object.open, 0, __ATOMIC_RELAXED);
	manager->closed = ndi_traced ? ndi_site : NULL;
}

/* MANAGER and all under it, latest first; without recursion, for trees of any depth. */
static void close_tree(struct ndi_manager *manager, struct ndi_remains *remains)
{
	struct ndi_manager *at = manager;

	mark_manager(at);
	for (;;) {
		struct ndi_node *last = at->held.tail;

		if (!last) {
			struct ndi_manager *parent = at->parent;

			ndi_list_remove(&parent->held, &at->node);
			ndi_list_add(&remains->items, &at->node);
			if (at == manager)
				return;
			at = parent;
		} else if (last->kind == NDI_MANAGER) {
			at = NDI_OF(struct ndi_manager, node, last);
			mark_manager(at);
		} else {
			ndi_list_remove(&at->held, last);
			if (last->kind == NDI_ARRAY)
				leave_array(NDI_OF(struct ndi_array, node, last), remains);
			else
				ndi_list_add(&remains->items, last);
		}
	}
}

nd_status nd_manager_close(nd_manager *handle)
{
	struct ndi_remains remains;
	struct ndi_manager *manager;
	bool stale = false;
	uint64_t started = 0;
	char path[512];
	int64_t bytes;
	nd_status status;

	NDI_SITE();
	if (!handle)
		return ND_OK;
	if (NDI_UNLIKELY(__atomic_load_n(&ndi_profiling, __ATOMIC_RELAXED)))
		started = ndi_now_ns();
	if (handle == NDI_ROOT_HANDLE)
		return ndi_fail(ND_ERR_UNSUPPORTED, "manager_close: the system manager stays open");
	ndi_remains_begin(&remains);
	ndi_lock();
	manager = ndi_find(&ndi_managers, handle, &stale);
	remains.ordered = true;
	if (manager && !stale) {
		if (NDI_UNLIKELY(started))
			ndi_manager_path_locked(manager, path, sizeof path);
		close_tree(manager, &remains);
	}
	ndi_unlock();
	if (!manager)
		return ndi_fail(ND_ERR_ARGUMENT, "manager_close: this is no manager");
	if (stale)
		return ND_OK;
	bytes = remains.bytes;
	status = ndi_remains_finish(&remains);
	if (NDI_UNLIKELY(started))
		ndi_profile_event("manager_close", started, "", path, -bytes);
	return status;
}

/* What is behind NODE goes; the object itself is given back by the caller, if it is one. */
static nd_status finish_item(struct ndi_node *node)
{
	struct ndi_storage *storage;
	struct ndi_resource *resource;
	nd_status status = ND_OK;

	switch (node->kind) {
	case NDI_STORAGE:
		storage = NDI_OF(struct ndi_storage, node, node);
		if (storage->block)
			status = storage->ops->free(storage->device.index, storage->block,
						    storage->bytes);
		break;
	case NDI_RESOURCE:
		resource = NDI_OF(struct ndi_resource, node, node);
		status = resource->close(resource->resource);
		if (status != ND_OK)
			ndi_say("manager_close: a resource failed to close: %s",
				nd_status_name(status));
		ndi_release(resource);
		break;
	case NDI_MANAGER:
		leakscope_scope_close(NDI_OF(struct ndi_manager, node, node)->scope);
		break;
	default: break;
	}
	return status;
}

static nd_status finish_all(struct ndi_remains *remains)
{
	struct ndi_list objects = {NULL, NULL};
	struct ndi_node *node;
	struct ndi_loan *loan;
	nd_status first = ND_OK;
	char line[512];
	int i;

	for (i = 0; i < remains->blocks; i++) {
		const struct ndi_block *few = &remains->few[i];
		nd_status status = few->ops->free(few->index, few->block, few->bytes);

		if (status != ND_OK && first == ND_OK) {
			first = status;
			snprintf(line, sizeof line, "%s", nd_last_error());
		}
	}
	remains->blocks = 0;
	while ((loan = remains->loans)) {
		remains->loans = loan->next;
		ndi_release(loan);
	}
	if (!remains->items.head)
		return first == ND_OK ? ND_OK : ndi_fail(first, "%s", line);
	while ((node = remains->items.head)) {
		bool is_object = node->kind != NDI_RESOURCE;
		nd_status status;

		ndi_list_remove(&remains->items, node);
		status = finish_item(node);
		if (is_object)
			ndi_list_add(&objects, node);
		if (status != ND_OK && first == ND_OK) {
			first = status;
			snprintf(line, sizeof line, "%s", nd_last_error());
		}
	}
	ndi_lock();
	while ((node = objects.head)) {
		ndi_list_remove(&objects, node);
		if (node->kind == NDI_STORAGE)
			ndi_table_put(&ndi_storages, NDI_OF(struct ndi_storage, node, node));
		else
			ndi_table_put(&ndi_managers, NDI_OF(struct ndi_manager, node, node));
	}
	ndi_unlock();
	return first == ND_OK ? ND_OK : ndi_fail(first, "%s", line);
}

nd_status ndi_remains_finish(struct ndi_remains *remains)
{
	const struct ndi_block *one = &remains->few[0];

	if (remains->blocks > 1 || remains->loans || remains->items.head)
		return finish_all(remains);
	if (!remains->blocks)
		return ND_OK;
	remains->blocks = 0;
	return one->ops->free(one->index, one->block, one->bytes);
}
