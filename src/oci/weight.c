/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpu.shares of cgroup v1 as cpu.weight of v2: 10 to the power of (l*l + 125*l) / 612 - 7/34, with
 * l = log2(shares), rounded up. It maps 2, 1024 and 262144 to 1, 100 and 10000: least, default and
 * most stay what they are. Without libm, which libcove is not linked with.
 */
#include "oci/parts.h"

#define LN2 0.693147180559945309417
#define LOG2_10 3.32192809488736234787
#define TOLERANCE 1e-9 /* what is a whole number must not be rounded up */

/* The digits of a binary logarithm come from squaring. */
static double log2_of(uint64_t value)
{
	double result = 0, rest = (double)value, digit = 0.5;

	for (; rest >= 2; rest /= 2)
		result++;
	for (int i = 0; i < 52; i++, digit /= 2) {
		rest *= rest;
		if (rest < 2)
			continue;
		rest /= 2;
		result += digit;
	}
	return result;
}

/* For exponents from 0 on. */
static double exp2_of(double exponent)
{
	double whole = (double)(unsigned)exponent;
	double power = (exponent - whole) * LN2;
	double term = 1, sum = 1;

	for (int i = 1; i < 24; i++) {
		term *= power / i;
		sum += term;
	}
	return sum * (double)(UINT64_C(1) << (unsigned)whole);
}

uint64_t oci_cpu_weight(uint64_t shares)
{
	double l, exponent, weight;

	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	l = log2_of(shares);
	exponent = (l * l + 125 * l) / 612 - 7.0 / 34;
	weight = exp2_of(exponent * LOG2_10);
	return (uint64_t)(weight - TOLERANCE) + 1;
}
