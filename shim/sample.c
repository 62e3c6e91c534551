/* SPDX-License-Identifier: MIT */
/* See sample.h.  Pure arithmetic, without libm. */
#include "sample.h"

#include "recording.h"

static uint64_t next_random(struct ls_thread_state *t)
{
	uint64_t x = t->random;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return t->random = x;
}

/* Natural logarithm of x > 0, to about 1e-9: mantissa series of atanh. */
static double ln(double x)
{
	union {
		double d;
		uint64_t u;
	} v = {x};
	int e = (int)(v.u >> 52 & 0x7ff) - 1023;
	v.u = (v.u & 0xfffffffffffffull) | 0x3ff0000000000000ull;
	double z = (v.d - 1) / (v.d + 1), z2 = z * z, term = z, sum = 0;
	for (int k = 1; k < 30; k += 2) {
		sum += term / k;
		term *= z2;
	}
	return 2 * sum + e * 0.69314718055994530942;
}

/* exp(-x) for x >= 0: series on x / 2^k, then squared back. */
static double exp_minus(double x)
{
	if (x > 40)
		return 0;
	int k = 0;
	while (x > 0.5) {
		x /= 2;
		k++;
	}
	double term = 1, sum = 1;
	for (int i = 1; i < 14; i++) {
		term *= -x / i;
		sum += term;
	}
	while (k-- > 0)
		sum *= sum;
	return sum;
}

bool ls_sample_take(struct ls_thread_state *t, uint64_t size)
{
	double mean = (double)ls_header->sample_bytes;
	if (!t->sample_left) {
		/* a thread starts at a random point of its first interval */
		double u = ((double)(next_random(t) >> 11) + 1) / 9007199254740993.0;
		t->sample_left = (int64_t)(-ln(u) * mean) + 1;
	}
	if (size > INT64_MAX / 2)
		size = INT64_MAX / 2;
	t->sample_left -= (int64_t)size;
	if (t->sample_left > 0)
		return false;
	t->sample_left = 0;
	return true;
}

void ls_sample_weight(uint64_t size, uint64_t *blocks, uint64_t *bytes)
{
	double mean = (double)ls_header->sample_bytes;
	double s = size ? (double)size : 1;
	double p = 1 - exp_minus(s / mean);
	*bytes = size ? (uint64_t)(s / p + 0.5) : 0;
	*blocks = (uint64_t)(1 / p + 0.5);
	if (!*blocks)
		*blocks = 1;
}
