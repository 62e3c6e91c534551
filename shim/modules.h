/* SPDX-License-Identifier: MIT */
/*
 * The modules (executable, libraries, plugins) whose code appears in stacks.
 * A stack stores plain return addresses and the load generation it was first
 * seen in; a module stores the generations between which it was mapped.
 *
 * Modules are found without the loader's lock: through _dl_find_object, for
 * each frame of each new stack.  Unloads are noticed before the next dlopen
 * or dlclose and whenever a new stack finds another module at an old place.
 */
#ifndef LS_MODULES_H
#define LS_MODULES_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

/* What the unwinder needs to know of the module that holds an address. */
struct ls_module_info {
	uintptr_t start, end, bias;
	const void *phdr;
	uint16_t phnum;
	const char *name;
};

/* The program's path, as /proc/self/exe gives it; "" if unknown. */
const char *ls_exe_path(void);

/* Record the modules that are loaded now, in a new recording. */
void ls_modules_start(void);

/*
 * Make sure that the module of each of COUNT return addresses is recorded.
 * True if one of them was opened at run time.  Under the lock.
 */
bool ls_modules_note(const uintptr_t *pc, unsigned count);

/* True if every frame of the stack lies where it lay when it was taken.  Under the lock. */
struct ls_stack;
bool ls_modules_still(const struct ls_stack *s);

/*
 * Look for modules that are gone.  Called before dlopen and dlclose; takes the
 * lock.  CLOSING: one may be going now, so that no stack through modules opened
 * at run time is matched again before it was looked at.
 */
void ls_modules_sweep(bool closing);

/* Find the module of ADDRESS, lock-free; false: in none. */
bool ls_module_find(uintptr_t address, struct ls_module_info *out);

/* The program itself; false: not known yet. */
bool ls_module_program(struct ls_module_info *out);

/* True once code of a different module has appeared where an unloaded one was. */
extern bool ls_modules_replaced;

/* Name of the function at ADDRESS from the module's dynamic symbols, or NULL. */
const char *ls_module_symbol(uintptr_t address, uintptr_t *offset);

#endif
