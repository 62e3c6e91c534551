/* SPDX-License-Identifier: MIT */
/*
 * Arrays and other resources changing hands: attach, detach, ret, loans.  The
 * array is looked at and moved in one hold of the lock, so a closing manager
 * either has it or has it not.
 */
#include "internal.h"

/*
 * Move HANDLE's array to where MANAGER says, which is told first if it warns; LOAN:
 * remember where it was.
 */
static nd_status move(const char *operation, nd_array *handle, nd_manager *manager_handle,
		      struct ndi_loan *loan)
{
	struct ndi_remains remains;
	struct ndi_manager *manager;
	struct ndi_array *array;
	bool warned = false;
	nd_status status;

	ndi_remains_begin(&remains);
again:
	ndi_lock();
	if ((status = ndi_manager_find(operation, manager_handle, &manager)) ||
	    (status = ndi_array_find(operation, handle, &array)))
		goto out;
	if (array->owner == manager && !loan) {
		/* It is there: only a loan ends. */
		ndi_array_unplace_locked(array, &remains);
		ndi_array_place_locked(array, manager);
		goto out;
	}
	if ((status = ndi_manager_admits(operation, manager)))
		goto out;
	if (manager->warns && !warned) {
		ndi_unlock();
		ndi_manager_warned(operation, manager_handle);
		warned = true;
		goto again;
	}
	if (loan) {
		loan->from = array->owner ? ndi_manager_handle(array->owner) : NULL;
		loan->tag = array->tag;
		loan->next = array->loans;
		array->loans = NULL;
	}
	ndi_array_unplace_locked(array, &remains);
	array->loans = loan;
	if (!loan)
		ndi_scope_unregister_locked(array);
	ndi_array_place_locked(array, manager);
out:
	ndi_unlock();
	ndi_remains_finish(&remains);
	return status;
}

nd_status nd_manager_attach(nd_manager *manager, nd_array *array)
{
	NDI_SITE();
	return move("attach", array, manager, NULL);
}

nd_status nd_manager_temp_attach(nd_manager *manager, nd_array *array)
{
	struct ndi_manager *borrower;
	struct ndi_array *lent;
	struct ndi_loan *loan;
	nd_status status;

	NDI_SITE();
	/* Refusals come before the allocation. */
	ndi_lock();
	if (!(status = ndi_manager_find("temp_attach", manager, &borrower)) &&
	    !(status = ndi_array_find("temp_attach", array, &lent)))
		status = ndi_manager_admits("temp_attach", borrower);
	ndi_unlock();
	if (status)
		return status;
	loan = ndi_alloc(sizeof *loan);
	if (!loan)
		return ndi_no_memory("temp_attach", sizeof *loan);
	if (NDI_UNLIKELY(ndi_traced))
		leakscope_retag(loan, 0);
	status = move("temp_attach", array, manager, loan);
	if (status)
		ndi_release(loan);
	return status;
}

nd_status nd_manager_detach(nd_array *handle)
{
	struct ndi_remains remains;
	struct ndi_array *array;
	nd_status status;

	NDI_SITE();
	ndi_remains_begin(&remains);
	ndi_lock();
	status = ndi_array_find("detach", handle, &array);
	if (!status && array->owner) {
		ndi_array_unplace_locked(array, &remains);
		ndi_scope_unregister_locked(array);
		ndi_array_place_locked(array, NULL);
	}
	ndi_unlock();
	ndi_remains_finish(&remains);
	return status;
}

nd_status nd_manager_ret(nd_array *handle)
{
	struct ndi_array *array;
	nd_manager *parent = NULL;
	nd_status status;

	NDI_SITE();
	ndi_lock();
	status = ndi_array_find("ret", handle, &array);
	if (!status && !array->owner)
		status = ndi_fail(ND_ERR_ARGUMENT, "ret: the array is detached: nobody's parent");
	else if (!status && !array->owner->parent)
		status = ndi_fail(ND_ERR_ARGUMENT,
				  "ret: the array is the system manager's, which has no parent");
	else if (!status)
		parent = ndi_manager_handle(array->owner->parent);
	ndi_unlock();
	return status ? status : move("ret", handle, parent, NULL);
}

nd_status nd_manager_attach_resource(nd_manager *handle, void *pointer, nd_close_function close)
{
	struct ndi_resource *resource;
	struct ndi_manager *manager;
	nd_status status;

	NDI_SITE();
	if (!close)
		return ndi_fail(ND_ERR_ARGUMENT, "attach_resource: no function to close it");
	resource = ndi_alloc(sizeof *resource);
	if (!resource)
		return ndi_no_memory("attach_resource", sizeof *resource);
	*resource = (struct ndi_resource){{NULL, NULL, NDI_RESOURCE}, pointer, close};
	ndi_lock();
	status = ndi_manager_find("attach_resource", handle, &manager);
	if (!status)
		status = ndi_manager_admits("attach_resource", manager);
	if (!status) {
		ndi_list_add(&manager->held, &resource->node);
		if (NDI_UNLIKELY(ndi_traced))
			leakscope_retag(resource, manager->scope);
	}
	ndi_unlock();
	if (status)
		ndi_release(resource);
	return status;
}
