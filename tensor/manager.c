/* SPDX-License-Identifier: MIT */
/* Managers: opening, asking, capping, entering.  Closing is in tree.c. */
#include "device.h"

#include <execinfo.h>
#include <stdio.h>
#include <string.h>

nd_manager *nd_manager_system(void)
{
	return NDI_ROOT_HANDLE;
}

bool ndi_name_ok(const char *name)
{
	return name[0] && strlen(name) <= ND_NAME_MAX;
}

/* A manager under PARENT; DEVICE NULL: the parent's. */
static nd_status new_manager(const char *operation, nd_manager *parent_handle, const char *name,
			     const nd_device *device, nd_manager **out)
{
	struct ndi_manager *parent, *manager;
	const struct ndi_device_ops *ops;
	leakscope_scope_t scope;
	nd_status status;

	if (!out)
		return ndi_fail(ND_ERR_ARGUMENT, "%s: nowhere to put the manager", operation);
	*out = NULL;
	if (name && !ndi_name_ok(name))
		return ndi_fail(ND_ERR_ARGUMENT, "%s: a name has 1 to %d bytes, not %zu", operation,
				ND_NAME_MAX, strlen(name));
	if (device && (status = ndi_device_find(operation, *device, &ops)))
		return status;
	ndi_lock();
	status = ndi_manager_find(operation, parent_handle, &parent);
	if (status)
		goto out;
	manager = ndi_table_take(&ndi_managers);
	if (!manager) {
		status = ndi_no_memory(operation, sizeof *manager);
		goto out;
	}
	manager->parent = parent;
	manager->node.kind = NDI_MANAGER;
	manager->held = (struct ndi_list){NULL, NULL};
	manager->device = device ? *device : parent->device;
	__atomic_store_n(&manager->device_bits,
			 (uint64_t)manager->device.kind << 32 | (uint32_t)manager->device.index,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&manager->capped, false, __ATOMIC_RELAXED);
	__atomic_store_n(&manager->warns, false, __ATOMIC_RELAXED);
	manager->created = ndi_traced ? ndi_site : NULL;
	manager->closed = NULL;
	if (name)
		memcpy(manager->name, name, strlen(name) + 1);
	else
		snprintf(manager->name, sizeof manager->name, "manager-%u",
			 manager->object.index + 1);
	scope = NDI_UNLIKELY(ndi_traced)
			? leakscope_scope_new(parent->scope, manager->name, LEAKSCOPE_MANAGER)
			: 0;
	__atomic_store_n(&manager->scope, scope, __ATOMIC_RELAXED);
	ndi_list_add(&parent->held, &manager->node);
	*out = ndi_manager_handle(manager);
out:
	ndi_unlock();
	return status;
}

nd_status nd_manager_new_base(const char *name, nd_manager **out)
{
	NDI_SITE();
	return new_manager("manager_new_base", nd_manager_system(), name, NULL, out);
}

nd_status nd_manager_new_sub(nd_manager *parent, const char *name, nd_manager **out)
{
	NDI_SITE();
	return new_manager("manager_new_sub", parent, name, NULL, out);
}

nd_status nd_manager_new_sub_on(nd_manager *parent, const char *name, nd_device device,
				nd_manager **out)
{
	NDI_SITE();
	return new_manager("manager_new_sub_on", parent, name, &device, out);
}

nd_status nd_manager_name(nd_manager *handle, char *buffer, size_t size)
{
	struct ndi_manager *manager = ndi_root;
	bool stale = false;
	nd_status status = ND_OK;

	if (!buffer || !size)
		return ndi_fail(ND_ERR_ARGUMENT, "manager_name: no buffer");
	ndi_lock();
	if (handle != NDI_ROOT_HANDLE) {
		manager = ndi_find(&ndi_managers, handle, &stale);
		/* A closed one's name is known until another takes its place. */
		if (!manager || manager->object.generation != (uintptr_t)handle >> 32)
			status = ndi_manager_find("manager_name", handle, &manager);
	}
	if (!status)
		snprintf(buffer, size, "%s", manager->name);
	ndi_unlock();
	return status;
}

void ndi_manager_path_locked(const struct ndi_manager *manager, char *buffer, size_t size)
{
	size_t at = size - 1;

	/* From the end of the buffer, leaf first, then moved to its start. */
	buffer[at] = '\0';
	for (; manager && manager != ndi_root; manager = manager->parent) {
		size_t i = strlen(manager->name);

		while (i-- > 0 && at > 2) {
			buffer[--at] = manager->name[i];
			if (manager->name[i] == '/')
				buffer[--at] = '\\';
		}
		if (at)
			buffer[--at] = '/';
	}
	if (at == size - 1 && at)
		buffer[--at] = '/';
	memmove(buffer, buffer + at, size - at);
}

nd_status nd_manager_path(nd_manager *handle, char *buffer, size_t size)
{
	struct ndi_manager *manager;
	nd_status status;

	if (!buffer || size < 2)
		return ndi_fail(ND_ERR_ARGUMENT, "manager_path: no buffer");
	ndi_lock();
	status = ndi_manager_find("manager_path", handle, &manager);
	if (!status)
		ndi_manager_path_locked(manager, buffer, size);
	ndi_unlock();
	return status;
}

nd_status nd_manager_parent(nd_manager *handle, nd_manager **parent)
{
	struct ndi_manager *manager;
	nd_status status;

	if (!parent)
		return ndi_fail(ND_ERR_ARGUMENT, "manager_parent: nowhere to put it");
	*parent = NULL;
	ndi_lock();
	status = ndi_manager_find("manager_parent", handle, &manager);
	if (!status && manager->parent)
		*parent = ndi_manager_handle(manager->parent);
	ndi_unlock();
	return status;
}

bool nd_manager_is_open(nd_manager *handle)
{
	bool stale = false;

	return ndi_manager_peek(handle, &stale) && !stale;
}

nd_status nd_manager_device(nd_manager *handle, nd_device *device)
{
	struct ndi_manager *manager;
	nd_status status;

	if (!device)
		return ndi_fail(ND_ERR_ARGUMENT, "manager_device: nowhere to put it");
	ndi_lock();
	status = ndi_manager_find("manager_device", handle, &manager);
	if (!status)
		*device = manager->device;
	ndi_unlock();
	return status;
}

nd_status nd_manager_cap(nd_manager *handle)
{
	struct ndi_manager *manager;
	nd_status status;

	ndi_lock();
	status = ndi_manager_find("manager_cap", handle, &manager);
	if (!status)
		__atomic_store_n(&manager->capped, true, __ATOMIC_RELAXED);
	ndi_unlock();
	return status;
}

nd_status nd_manager_warn_cap(nd_manager *handle, nd_warn_callback callback, void *context)
{
	struct ndi_manager *manager;
	nd_status status;

	ndi_lock();
	status = ndi_manager_find("manager_warn_cap", handle, &manager);
	if (!status) {
		manager->warn = callback;
		manager->warn_context = context;
		__atomic_store_n(&manager->warns, true, __ATOMIC_RELAXED);
	}
	ndi_unlock();
	return status;
}

bool nd_manager_is_capped(nd_manager *handle)
{
	bool stale = false;
	struct ndi_manager *manager = ndi_manager_peek(handle, &stale);

	return manager && !stale && __atomic_load_n(&manager->capped, __ATOMIC_RELAXED);
}

nd_status ndi_manager_admits(const char *operation, const struct ndi_manager *manager)
{
	if (__atomic_load_n(&manager->capped, __ATOMIC_RELAXED))
		return ndi_fail(ND_ERR_CAPPED,
				"%s: manager '%s' is capped: it takes no more arrays", operation,
				manager->name);
	return ND_OK;
}

static __attribute__((cold, noinline)) void warn_of(const char *operation, nd_manager *handle)
{
	struct ndi_manager *manager;
	nd_warn_callback callback = NULL;
	void *context = NULL;
	bool stale = false, warns = false;
	void *stack[32];
	char line[256];
	int depth, own;

	ndi_lock();
	manager = ndi_manager_peek(handle, &stale);
	if (manager && !stale && manager->warns) {
		warns = true;
		callback = manager->warn;
		context = manager->warn_context;
		snprintf(line, sizeof line,
			 "%s: an array comes into manager '%s', which warns of it", operation,
			 manager->name);
	}
	ndi_unlock();
	if (!warns)
		return;
	depth = backtrace(stack, (int)(sizeof stack / sizeof *stack));
	/* This function and its caller are of no use to anybody. */
	own = depth < 2 ? depth : 2;
	if (callback) {
		callback(context, line, stack + own, depth - own);
		return;
	}
	fprintf(stderr, "leakscope-nd: %s\n", line);
	for (int i = own; i < depth; i++) {
		char site[256];

		fprintf(stderr, "    %s\n", ndi_site_text(stack[i], site, sizeof site));
	}
}

void ndi_manager_warned(const char *operation, nd_manager *handle)
{
	bool stale = false;
	const struct ndi_manager *manager = ndi_manager_peek(handle, &stale);

	if (NDI_UNLIKELY(manager && __atomic_load_n(&manager->warns, __ATOMIC_RELAXED)))
		warn_of(operation, handle);
}

nd_status nd_manager_enter(nd_manager *handle)
{
	struct ndi_manager *manager;
	leakscope_scope_t scope = 0;
	nd_status status;

	ndi_lock();
	status = ndi_manager_find("manager_enter", handle, &manager);
	if (!status)
		scope = manager->scope;
	ndi_unlock();
	if (!status && scope)
		leakscope_scope_enter(scope);
	return status;
}

nd_status nd_manager_leave(nd_manager *handle)
{
	struct ndi_manager *manager;
	leakscope_scope_t scope = 0;
	nd_status status;

	ndi_lock();
	status = ndi_manager_find("manager_leave", handle, &manager);
	if (!status)
		scope = manager->scope;
	ndi_unlock();
	/* A closed one was left when it closed. */
	if (status == ND_ERR_CLOSED)
		return ND_OK;
	if (!status && scope)
		leakscope_scope_leave(scope);
	return status;
}
