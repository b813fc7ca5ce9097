/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict numbers, digit by digit: strtoul accepts blanks, signs and wrap-around.
 */
#include "base/num.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit sizes[] = {
	{ "", 1 },
	{ "K", UINT64_C(1) << 10 },
	{ "M", UINT64_C(1) << 20 },
	{ "G", UINT64_C(1) << 30 },
	{ "T", UINT64_C(1) << 40 },
	{ "k", UINT64_C(1) << 10 },
	{ "m", UINT64_C(1) << 20 },
	{ "g", UINT64_C(1) << 30 },
	{ "t", UINT64_C(1) << 40 },
	{ NULL, 0 },
};

static const struct unit durations[] = {
	{ "", UINT64_C(1000000000) },
	{ "ns", 1 },
	{ "us", 1000 },
	{ "ms", 1000000 },
	{ "s", UINT64_C(1000000000) },
	{ "m", UINT64_C(60000000000) },
	{ "h", UINT64_C(3600000000000) },
	{ "d", UINT64_C(86400000000000) },
	{ NULL, 0 },
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Takes the digits at *text and moves behind them. */
static int take_digits(const char **text, uint64_t *ret)
{
	const char *at = *text;
	uint64_t value = 0;
	bool fits = true;

	if (!is_digit(*at) || (at[0] == '0' && is_digit(at[1])))
		return -EINVAL;
	for (; is_digit(*at); at++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
			fits = false;
	*text = at;
	*ret = value;
	return fits ? 0 : -ERANGE;
}

static const struct unit *find_unit(const struct unit *units, const char *name)
{
	for (; units->name; units++)
		if (!strcmp(units->name, name))
			return units;
	return NULL;
}

int num_u64(const char *text, uint64_t *ret)
{
	uint64_t value;

	if (!text)
		return -EINVAL;

	int r = take_digits(&text, &value);

	if (r == -EINVAL || *text != '\0')
		return -EINVAL;
	if (r < 0)
		return r;
	*ret = value;
	return 0;
}

int num_u32(const char *text, uint32_t *ret)
{
	uint64_t value;
	int r = num_u64(text, &value);

	if (r < 0)
		return r;
	if (value > UINT32_MAX)
		return -ERANGE;
	*ret = (uint32_t)value;
	return 0;
}

static int apply_sign(bool negative, uint64_t value, int64_t *ret)
{
	if (negative && value == 0)
		return -EINVAL;
	if (value > (uint64_t)INT64_MAX + negative)
		return -ERANGE;
	/* The modulus makes 2^63 INT64_MIN without an overflow on the way. */
	*ret = (int64_t)(negative ? 0 - value : value);
	return 0;
}

int num_i64(const char *text, int64_t *ret)
{
	uint64_t value;

	if (!text)
		return -EINVAL;

	bool negative = *text == '-';
	int r = num_u64(text + negative, &value);

	return r < 0 ? r : apply_sign(negative, value, ret);
}

int num_octal(const char *text, uint32_t *ret)
{
	uint32_t value = 0;

	if (!text || !*text)
		return -EINVAL;
	for (const char *at = text; *at; at++)
		if (*at < '0' || *at > '7')
			return -EINVAL;
	for (; *text; text++) {
		value = value * 8 + (uint32_t)(*text - '0');
		if (value > 07777)
			return -ERANGE;
	}
	*ret = value;
	return 0;
}

int num_size(const char *text, uint64_t *ret)
{
	uint64_t value;

	if (!text)
		return -EINVAL;

	int r = take_digits(&text, &value);
	const struct unit *unit = find_unit(sizes, text);

	if (r == -EINVAL || !unit)
		return -EINVAL;
	if (r < 0 || __builtin_mul_overflow(value, unit->factor, &value))
		return -ERANGE;
	*ret = value;
	return 0;
}

/* Adds the digits of a fraction, from `text` up to `end`; each is worth a tenth of the one before
 * and must be whole nanoseconds. */
static int add_fraction(const char *text, const char *end, uint64_t factor, uint64_t *value)
{
	bool fits = true;

	for (; text < end; text++) {
		if (factor % 10 != 0)
			return -EINVAL;
		factor /= 10;
		if (__builtin_add_overflow(*value, factor * (uint64_t)(*text - '0'), value))
			fits = false;
	}
	return fits ? 0 : -ERANGE;
}

static int parse_duration(const char *text, uint64_t *ret)
{
	uint64_t value;
	int r = take_digits(&text, &value);

	if (r == -EINVAL)
		return r;

	const char *fraction = *text == '.' ? text + 1 : text;
	const char *end = fraction;

	while (is_digit(*end))
		end++;

	const struct unit *unit = find_unit(durations, end);

	if (!unit || (*text == '.' && end == fraction))
		return -EINVAL;
	if (r == 0 && __builtin_mul_overflow(value, unit->factor, &value))
		r = -ERANGE;

	int added = add_fraction(fraction, end, unit->factor, &value);

	if (added == -EINVAL || r == 0)
		r = added;
	if (r == 0)
		*ret = value;
	return r;
}

int num_duration_ns(const char *text, int64_t *ret)
{
	uint64_t value = 0;

	if (!text)
		return -EINVAL;

	bool negative = *text == '-';
	int r = parse_duration(text + negative, &value);

	return r < 0 ? r : apply_sign(negative, value, ret);
}
