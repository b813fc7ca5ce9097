/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict parsing of numbers. The whole text must be the number, in one spelling: no blanks, no '+',
 * no leading zeros, nothing behind it. All return 0, -EINVAL when it is not such a number (or
 * NULL), -ERANGE when it does not fit; *ret is untouched on failure.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdint.h>

int num_u32(const char *text, uint32_t *ret);
int num_u64(const char *text, uint64_t *ret);

/* A '-' in front is allowed, but not for 0. */
int num_i64(const char *text, int64_t *ret);

/* A file mode in octal digits, at most 07777. Leading zeros are allowed. */
int num_octal(const char *text, uint32_t *ret);

/* Bytes: an integer, and K, M, G or T for powers of 1024, such as "64M". */
int num_size(const char *text, uint64_t *ret);

/* Nanoseconds from "10" (seconds), "1.5s", "200ms", "2m", "1h", also us, ns and d. A '-' in front
 * is allowed, but not for 0. A fraction of a nanosecond is -EINVAL. */
int num_duration_ns(const char *text, int64_t *ret);

#endif
