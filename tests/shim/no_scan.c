/* SPDX-License-Identifier: MIT */
/* The parts of the shim that are tested by themselves have no threads to stop and nothing to scan. */
#include "scan.h"

bool ls_scan_child;
uint32_t ls_stop_signal;

bool ls_scan_requested(void)
{
	return false;
}

void ls_scan_answer(const struct ls_registers *self)
{
	(void)self;
}

void ls_scan_reap(void) {}

void ls_scan_reset(void) {}

void ls_stop_reset(void) {}

void ls_registers_here(struct ls_registers *r)
{
	r->sp = (uintptr_t)r;
}
