/* SPDX-License-Identifier: MIT */
/*
 * Functions that the program defines for itself and does not export: found in the
 * symbol table of its file.
 */
#ifndef LS_HOST_SYMBOLS_H
#define LS_HOST_SYMBOLS_H

/*
 * The function NAME of the program, exported or not; NULL if it has none, or was
 * stripped.  Reads the file: not for allocation hooks.
 */
void *ls_host_function(const char *name);

#endif
