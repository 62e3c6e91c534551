/* SPDX-License-Identifier: MIT */
/*
 * Where scans write in the recording: records of scans in a ring, verdicts and
 * roots in two areas used in turn, so that a thousand snapshots take no more room
 * than two.  Under the recording's lock.
 */
#ifndef LS_SCAN_AREAS_H
#define LS_SCAN_AREAS_H

#include "scan_internal.h"

/* A cleared record for the next scan; NULL: no memory. */
struct ls_scan *ls_areas_scan(uint32_t *id);
/* Room for BLOCKS verdicts and for roots, in J and its scan.  False: none that a reader sees. */
bool ls_areas_get(struct ls_job *j, uint32_t blocks, uint32_t roots);
/* The verdicts and roots of J, which are in memory of the job, into the recording. */
bool ls_areas_store(struct ls_job *j);
void ls_areas_reset(void);

#endif
