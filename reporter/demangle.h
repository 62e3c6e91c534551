/* SPDX-License-Identifier: MIT */
/*
 * Mangled names to readable ones: C++ (Itanium), Rust legacy and v0.
 */
#ifndef LR_DEMANGLE_H
#define LR_DEMANGLE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Write the readable form of NAME to OUT.  Compilers' clone marks (".part.0",
 * ".constprop.1", ".cold"...) and symbol versions ("@@GLIBC_2.2.5") are left
 * out.  Returns true if NAME was mangled; otherwise OUT holds it as it is.
 * What does not fit is cut: a mangled name can stand for one of any length.
 */
bool lr_demangle(const char *name, char *out, size_t size);

#endif
