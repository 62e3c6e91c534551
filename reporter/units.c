/* SPDX-License-Identifier: MIT */
/* Numbers for people, see units.h. */
#include "units.h"

#include <stdio.h>
#include <string.h>

char *lr_size(char *buffer, uint64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double value = (double)bytes;
	unsigned unit = 0;

	if (bytes < 1024) {
		snprintf(buffer, LR_UNIT_SIZE, "%u B", (unsigned)bytes);
		return buffer;
	}
	/* 1023.95 would be written as 1024.0 of the smaller unit */
	while (value >= 1023.95 && unit < 6) {
		value /= 1024;
		unit++;
	}
	snprintf(buffer, LR_UNIT_SIZE, "%.1f %s", value, units[unit]);
	return buffer;
}

char *lr_count(char *buffer, uint64_t number)
{
	char digits[24];
	size_t length, i, at = 0;

	snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
	length = strlen(digits);
	for (i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			buffer[at++] = ' ';
		buffer[at++] = digits[i];
	}
	buffer[at] = '\0';
	return buffer;
}

char *lr_seconds(char *buffer, double seconds)
{
	if (seconds < 0)
		seconds = 0;
	if (seconds > 0 && seconds < 0.01)
		snprintf(buffer, LR_UNIT_SIZE, "%.1f ms", seconds * 1e3);
	else if (seconds < 1)
		snprintf(buffer, LR_UNIT_SIZE, "%.2f s", seconds);
	else if (seconds < 1e15)
		snprintf(buffer, LR_UNIT_SIZE, "%.1f s", seconds);
	else
		snprintf(buffer, LR_UNIT_SIZE, "%.3g s", seconds);
	return buffer;
}

const char *lr_plural(uint64_t count, const char *one, const char *many)
{
	return count == 1 ? one : many;
}
