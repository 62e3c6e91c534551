/* SPDX-License-Identifier: MIT */
/* Digits of floating-point numbers, see format.h and ndk.h.  Thread-safe. */
#include "format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "half.h"

/* Does TEXT read as VALUE in TYPE? */
static bool reads_back(enum ndk_type type, const char *text, double value)
{
	switch (type) {
	case NDK_F64: return strtod(text, NULL) == value;
	case NDK_F32: return strtof(text, NULL) == (float)value;
	case NDK_F16:
		return ndk_f32_to_f16(ndk_f64_to_f32_odd(strtod(text, NULL))) ==
		       ndk_f32_to_f16((float)value);
	default:
		return ndk_f32_to_bf16(ndk_f64_to_f32_odd(strtod(text, NULL))) ==
		       ndk_f32_to_bf16((float)value);
	}
}

/*
 * How many digits after the first are needed, and the number so written:
 * "-1.25e+03".  Below a power of two numbers lie closer together than above, so
 * that of two decimals equally near only the larger may read back: *PRINTED is
 * then a little more than VALUE, to be printed to that many digits.
 */
static int shortest(enum ndk_type type, double value, double *printed, char *text, size_t size)
{
	int digits;

	for (digits = 0; digits < 17; digits++) {
		*printed = value;
		snprintf(text, size, "%.*e", digits, value);
		if (reads_back(type, text, value))
			break;
		*printed = nextafter(value, value < 0 ? -INFINITY : INFINITY);
		snprintf(text, size, "%.*e", digits, *printed);
		if (reads_back(type, text, value))
			break;
	}
	return digits;
}

/* Zeros at the end of the fraction, but for the first KEPT of its digits. */
static void trim(char *text, size_t kept)
{
	char *point = strchr(text, '.'), *end = text + strlen(text);

	while (end - 1 > point + kept && end[-1] == '0')
		end--;
	*end = '\0';
}

void ndk_positional(enum ndk_type type, double value, int precision, bool units, char *buffer)
{
	char text[48];
	double printed;
	int digits = shortest(type, value, &printed, text, sizeof text);
	int exponent = atoi(strchr(text, 'e') + 1);
	int fraction = digits - exponent;

	if (fraction > 0) {
		snprintf(buffer, NDK_DIGITS_SIZE, "%.*f",
			 fraction < precision ? fraction : precision, value);
		if (!strchr(buffer, '.'))
			strcat(buffer, ".");
		trim(buffer, 0);
		return;
	}
	if (units) {
		snprintf(buffer, NDK_DIGITS_SIZE, "%.0f.", value);
		return;
	}
	/* a whole number: its digits, then zeros */
	*buffer = '\0';
	if (text[0] == '-')
		*buffer++ = '-';
	for (const char *p = text; *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			*buffer++ = *p;
	for (; fraction < 0; fraction++)
		*buffer++ = '0';
	*buffer++ = '.';
	*buffer = '\0';
}

void ndk_scientific(enum ndk_type type, double value, int precision, int minimum, int exponent,
		    char *buffer)
{
	char text[48], *e;
	double printed;
	int digits = shortest(type, value, &printed, text, sizeof text), power;

	if (digits > precision || digits < minimum)
		snprintf(text, sizeof text, "%.*e", digits > precision ? precision : minimum,
			 value);
	e = strchr(text, 'e');
	power = atoi(e + 1);
	*e = '\0';
	strcpy(buffer, text);
	if (!strchr(buffer, '.'))
		strcat(buffer, ".");
	trim(buffer, (size_t)minimum);
	sprintf(buffer + strlen(buffer), exponent > 2 ? "e%c%03d" : "e%c%02d",
		power < 0 ? '-' : '+', abs(power));
}

static size_t put_float(enum ndk_type type, double value, char *buffer)
{
	double size = fabs(value);
	char text[NDK_DIGITS_SIZE];
	char *point;

	if (isnan(value))
		return (size_t)snprintf(buffer, NDK_NUMBER_SIZE, "nan");
	if (isinf(value))
		return (size_t)snprintf(buffer, NDK_NUMBER_SIZE, "%s", value < 0 ? "-inf" : "inf");
	if (value == 0 || (size >= 1e-4 && size < 1e16)) {
		ndk_positional(type, value, 40, false, text);
		if (text[strlen(text) - 1] == '.')
			strcat(text, "0");
	} else {
		ndk_scientific(type, value, 40, 0, 2, text);
		point = strchr(text, '.');
		if (point[1] == 'e')
			memmove(point, point + 1, strlen(point));
	}
	return (size_t)snprintf(buffer, NDK_NUMBER_SIZE, "%s", text);
}

size_t ndk_format_element(enum ndk_type type, const void *element, char *buffer)
{
	if (ndk_is_float(type))
		return put_float(type, ndk_load_f64(type, element), buffer);
	if (type == NDK_BOOL)
		return (size_t)snprintf(buffer, NDK_NUMBER_SIZE, "%s",
					ndk_load_i64(type, element) ? "True" : "False");
	return (size_t)snprintf(buffer, NDK_NUMBER_SIZE, "%lld",
				(long long)ndk_load_i64(type, element));
}
