/* SPDX-License-Identifier: MIT */
/*
 * What managers hold, listed: handles, bytes, and the whole tree as text or
 * JSON.  The tree stands still (its lock is held) while it is written down.
 */
#include "device.h"

#include <stdio.h>

nd_status nd_manager_managed_arrays(nd_manager *handle, nd_array **arrays, size_t capacity,
				    size_t *count)
{
	struct ndi_manager *manager;
	struct ndi_node *node;
	nd_status status;

	if (!count || (capacity && !arrays))
		return ndi_fail(ND_ERR_ARGUMENT, "managed_arrays: nowhere to put them");
	*count = 0;
	ndi_lock();
	status = ndi_manager_find("managed_arrays", handle, &manager);
	for (node = status ? NULL : manager->held.head; node; node = node->next) {
		if (node->kind != NDI_ARRAY)
			continue;
		if (*count < capacity)
			arrays[*count] = ndi_array_handle(NDI_OF(struct ndi_array, node, node));
		++*count;
	}
	ndi_unlock();
	return status;
}

/* Of the arrays in LIST that account for their storage. */
static size_t list_bytes(const struct ndi_list *list, size_t *arrays)
{
	const struct ndi_node *node;
	size_t bytes = 0;

	*arrays = 0;
	for (node = list->head; node; node = node->next) {
		const struct ndi_array *array;

		if (node->kind != NDI_ARRAY)
			continue;
		array = NDI_OF(const struct ndi_array, node, node);
		++*arrays;
		if (array->storage->arrays == array)
			bytes += array->storage->bytes;
	}
	return bytes;
}

nd_status nd_manager_bytes(nd_manager *handle, size_t *bytes)
{
	struct ndi_manager *manager;
	size_t arrays;
	nd_status status;

	if (!bytes)
		return ndi_fail(ND_ERR_ARGUMENT, "manager_bytes: nowhere to put them");
	ndi_lock();
	status = ndi_manager_find("manager_bytes", handle, &manager);
	if (!status)
		*bytes = list_bytes(&manager->held, &arrays);
	ndi_unlock();
	return status;
}

static void indent(struct ndi_text *text, int depth)
{
	ndi_text_add(text, "%*s", 2 * depth, "");
}

static void text_array(struct ndi_text *text, const struct ndi_array *array, int depth)
{
	const struct ndk_view *view = &array->view;
	char name[NDI_NAME_TEXT], shape[NDI_SHAPE_TEXT], site[256], device[NDI_DEVICE_TEXT];

	indent(text, depth);
	ndi_text_add(text, "%s %s%s %zu bytes %s", ndi_array_text(array, name),
		     ndk_type_name(view->type), ndi_shape_text(view->ndim, view->shape, shape),
		     (size_t)ndk_count(view) * ndk_type_size(view->type),
		     ndi_device_text(array->storage->device, device));
	if (array->storage->arrays != array)
		ndi_text_add(text, ", view");
	if (array->loans)
		ndi_text_add(text, ", on loan");
	if (array->created)
		ndi_text_add(text, ", created at %s",
			     ndi_site_text(array->created, site, sizeof site));
	ndi_text_add(text, "\n");
}

static void json_array(struct ndi_text *text, const struct ndi_array *array)
{
	const struct ndk_view *view = &array->view;
	char site[256], name[ND_NAME_MAX + 1], device[NDI_DEVICE_TEXT];
	int i;

	if (array->name[0])
		snprintf(name, sizeof name, "%s", array->name);
	else
		snprintf(name, sizeof name, "array-%u", array->object.index + 1);
	ndi_text_add(text, "{\"name\":");
	ndi_text_json(text, name);
	ndi_text_add(text, ",\"dtype\":\"%s\",\"shape\":[", ndk_type_name(view->type));
	for (i = 0; i < view->ndim; i++)
		ndi_text_add(text, i ? ",%lld" : "%lld", (long long)view->shape[i]);
	ndi_text_add(text, "],\"bytes\":%zu,\"device\":\"%s\",\"view\":%s,\"on_loan\":%s",
		     (size_t)ndk_count(view) * ndk_type_size(view->type),
		     ndi_device_text(array->storage->device, device),
		     array->storage->arrays == array ? "false" : "true",
		     array->loans ? "true" : "false");
	if (array->created) {
		ndi_text_add(text, ",\"created\":");
		ndi_text_json(text, ndi_site_text(array->created, site, sizeof site));
	}
	ndi_text_add(text, "}");
}

static void arrays_of(struct ndi_text *text, const struct ndi_list *list, nd_dump_format format,
		      int depth)
{
	const struct ndi_node *node;
	bool first = true;

	for (node = list->head; node; node = node->next) {
		const struct ndi_array *array = NDI_OF(const struct ndi_array, node, node);

		if (node->kind != NDI_ARRAY)
			continue;
		if (format == ND_DUMP_TEXT) {
			text_array(text, array, depth);
		} else {
			ndi_text_add(text, "%s", first ? "" : ",");
			json_array(text, array);
		}
		first = false;
	}
}

/* The line, or the opening of the object, of MANAGER; with its arrays. */
static void open_manager(struct ndi_text *text, const struct ndi_manager *manager,
			 nd_dump_format format, int depth)
{
	size_t arrays, bytes = list_bytes(&manager->held, &arrays);
	char path[1024], site[256];

	if (format == ND_DUMP_TEXT) {
		indent(text, depth);
		ndi_text_add(text, "%s: %zu arrays, %zu bytes%s", manager->name, arrays, bytes,
			     manager->capped ? ", capped" : "");
		if (manager->created)
			ndi_text_add(text, ", created at %s",
				     ndi_site_text(manager->created, site, sizeof site));
		ndi_text_add(text, "\n");
		arrays_of(text, &manager->held, format, depth + 1);
		return;
	}
	ndi_manager_path_locked(manager, path, sizeof path);
	ndi_text_add(text, "{\"name\":");
	ndi_text_json(text, manager->name);
	ndi_text_add(text, ",\"path\":");
	ndi_text_json(text, path);
	ndi_text_add(text, ",\"capped\":%s,\"bytes\":%zu", manager->capped ? "true" : "false",
		     bytes);
	if (manager->created) {
		ndi_text_add(text, ",\"created\":");
		ndi_text_json(text, ndi_site_text(manager->created, site, sizeof site));
	}
	ndi_text_add(text, ",\"arrays\":[");
	arrays_of(text, &manager->held, format, 0);
	ndi_text_add(text, "],\"managers\":[");
}

static const struct ndi_manager *next_manager(const struct ndi_node *node)
{
	while (node && node->kind != NDI_MANAGER)
		node = node->next;
	return node ? NDI_OF(const struct ndi_manager, node, node) : NULL;
}

/* Depth first without recursion. */
static void dump_tree(struct ndi_text *text, const struct ndi_manager *top, nd_dump_format format)
{
	const struct ndi_manager *at = top, *next;
	bool json = format == ND_DUMP_JSON;
	size_t arrays, bytes;
	int depth = 0;

	open_manager(text, at, format, depth);
	for (;;) {
		next = next_manager(at->held.head);
		if (next) {
			depth++;
		} else {
			for (;;) {
				ndi_text_add(text, "%s", json ? "]" : "");
				/* The root also knows what nobody owns. */
				if (json && at == ndi_root) {
					ndi_text_add(text, ",\"detached\":[");
					arrays_of(text, &ndi_detached, format, 0);
					ndi_text_add(text, "]");
				}
				ndi_text_add(text, "%s", json ? "}" : "");
				if (at == top)
					goto end;
				next = next_manager(at->node.next);
				if (next)
					break;
				at = at->parent;
				depth--;
			}
			ndi_text_add(text, "%s", json ? "," : "");
		}
		at = next;
		open_manager(text, at, format, depth);
	}
end:
	if (!json && top == ndi_root) {
		bytes = list_bytes(&ndi_detached, &arrays);
		ndi_text_add(text, "detached: %zu arrays, %zu bytes\n", arrays, bytes);
		arrays_of(text, &ndi_detached, format, 1);
	}
	ndi_text_add(text, "%s", json ? "\n" : "");
}

nd_status nd_manager_debug_dump(nd_manager *handle, nd_dump_format format, char **out)
{
	struct ndi_text text = {NULL, 0, 0, false};
	struct ndi_manager *manager;
	nd_status status;

	if (!out)
		return ndi_fail(ND_ERR_ARGUMENT, "debug_dump: nowhere to put the text");
	*out = NULL;
	if (format != ND_DUMP_TEXT && format != ND_DUMP_JSON)
		return ndi_fail(ND_ERR_ARGUMENT, "debug_dump: no such format: %d", (int)format);
	ndi_lock();
	status = ndi_manager_find("debug_dump", handle, &manager);
	if (!status)
		dump_tree(&text, manager, format);
	ndi_unlock();
	if (!status && text.failed)
		status = ndi_no_memory("debug_dump", 0);
	if (!status)
		*out = text.bytes;
	return status;
}
