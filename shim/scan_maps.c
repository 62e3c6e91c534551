/* SPDX-License-Identifier: MIT */
/* The mappings of this process, from /proc/self/maps, for the scan. */
#include <fcntl.h>

#include "scan_internal.h"
#include "text.h"

#define SPARE 16u  /* mappings that the scan makes meanwhile */
#define LINE 4608u /* a path may be 4096 bytes long */

/* "start-end rwxp offset dev inode   path" */
static bool parse_line(const char *line, struct ls_region *r)
{
	const char *p = line;
	if (!ls_parse_hex(&p, &r->start) || *p++ != '-' || !ls_parse_hex(&p, &r->end) ||
	    *p++ != ' ')
		return false;
	r->flags = (p[0] == 'r' ? LS_R : 0) | (p[1] == 'w' ? LS_W : 0) | (p[2] == 'x' ? LS_X : 0) |
		   (p[3] == 's' ? LS_SHARED : 0);
	/* the inode is the fifth field, the path the sixth */
	for (unsigned field = 0; field < 3; field++) {
		while (*p && *p != ' ')
			p++;
		while (*p == ' ')
			p++;
	}
	bool inode = *p != '0' || (p[1] != ' ' && p[1] != 0);
	while (*p && *p != ' ')
		p++;
	while (*p == ' ')
		p++;
	if (inode)
		r->flags |= LS_FILE;
	size_t n = ls_length(p), room = sizeof r->name - 1;
	if (n > room)
		p += n - room;
	ls_copy(r->name, p, n < room ? n : room);
	r->name[n < room ? n : room] = 0;
	return true;
}

/* Read the list; where REGIONS is NULL only count its lines.  False: it cannot be read. */
static bool read_maps(struct ls_region *regions, unsigned room, unsigned *count)
{
	static char line[LINE];
	char buffer[4096];
	size_t used = 0;
	long n;
	int fd = ls_sys_open("/proc/self/maps", O_RDONLY, 0);
	*count = 0;
	if (fd < 0)
		return false;
	while ((n = ls_sys_read(fd, buffer, sizeof buffer)) > 0)
		for (long i = 0; i < n; i++) {
			if (buffer[i] != '\n') {
				if (used + 1 < sizeof line)
					line[used++] = buffer[i];
				continue;
			}
			line[used] = 0;
			used = 0;
			if (!regions)
				++*count;
			else if (*count < room && parse_line(line, &regions[*count]))
				++*count;
		}
	ls_sys_close(fd);
	return n == 0 && *count > 0;
}

bool ls_space_read(struct ls_job *j)
{
	unsigned count;
	if (!read_maps(NULL, 0, &count))
		return false;
	count += SPARE;
	j->region = ls_job_alloc(j, count * sizeof *j->region);
	return j->region && read_maps(j->region, count, &j->region_count);
}

const struct ls_region *ls_space_find(struct ls_job *j, uintptr_t address)
{
	unsigned low = 0, high = j->region_count;
	if (j->recent && address - j->recent->start < j->recent->end - j->recent->start)
		return j->recent;
	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		if (j->region[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	const struct ls_region *r = &j->region[low];
	if (low == j->region_count || address < r->start || !(r->flags & LS_R))
		return NULL;
	j->recent = r;
	return r;
}
