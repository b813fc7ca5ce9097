/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/auto.h"
#include "base/num.h"

#include <errno.h>

static const char *const never_numbers[] = {
	NULL,   "",   " ",   "1 ",  " 1",  "+1",  "1x", "x",
	"0x10", "00", "007", "1e3", "1,0", "--1", "-",  "1_0",
};

/* Expects refusals that leave the result alone. */
#define REFUSES(parse, type, text, status)                                                         \
	do {                                                                                       \
		type untouched_ = 77;                                                              \
		assert_int_equal(parse((text), &untouched_), (status));                            \
		assert_int_equal(untouched_, 77);                                                  \
	} while (0)

#define ACCEPTS(parse, type, text, expected)                                                       \
	do {                                                                                       \
		type value_ = 77;                                                                  \
		assert_int_equal(parse((text), &value_), 0);                                       \
		assert_true(value_ == (expected));                                                 \
	} while (0)

static void refuses_what_is_no_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(never_numbers); i++) {
		REFUSES(num_u32, uint32_t, never_numbers[i], -EINVAL);
		REFUSES(num_u64, uint64_t, never_numbers[i], -EINVAL);
		REFUSES(num_i64, int64_t, never_numbers[i], -EINVAL);
		REFUSES(num_size, uint64_t, never_numbers[i], -EINVAL);
		REFUSES(num_duration_ns, int64_t, never_numbers[i], -EINVAL);
	}
}

static void unsigned_numbers(void **state)
{
	(void)state;
	ACCEPTS(num_u32, uint32_t, "0", 0);
	ACCEPTS(num_u32, uint32_t, "4294967295", UINT32_MAX);
	REFUSES(num_u32, uint32_t, "4294967296", -ERANGE);
	REFUSES(num_u32, uint32_t, "-1", -EINVAL);
	ACCEPTS(num_u64, uint64_t, "18446744073709551615", UINT64_MAX);
	REFUSES(num_u64, uint64_t, "18446744073709551616", -ERANGE);
	REFUSES(num_u64, uint64_t, "99999999999999999999999", -ERANGE);
	REFUSES(num_u64, uint64_t, "99999999999999999999999x", -EINVAL);
}

static void signed_numbers(void **state)
{
	(void)state;
	ACCEPTS(num_i64, int64_t, "0", 0);
	ACCEPTS(num_i64, int64_t, "-1", -1);
	ACCEPTS(num_i64, int64_t, "9223372036854775807", INT64_MAX);
	ACCEPTS(num_i64, int64_t, "-9223372036854775808", INT64_MIN);
	REFUSES(num_i64, int64_t, "9223372036854775808", -ERANGE);
	REFUSES(num_i64, int64_t, "-9223372036854775809", -ERANGE);
	REFUSES(num_i64, int64_t, "-0", -EINVAL);
	REFUSES(num_i64, int64_t, "-01", -EINVAL);
}

static void octal_modes(void **state)
{
	(void)state;
	ACCEPTS(num_octal, uint32_t, "0", 0);
	ACCEPTS(num_octal, uint32_t, "755", 0755);
	ACCEPTS(num_octal, uint32_t, "0755", 0755);
	ACCEPTS(num_octal, uint32_t, "07777", 07777);
	REFUSES(num_octal, uint32_t, "10000", -ERANGE);
	REFUSES(num_octal, uint32_t, "77777777777777777777", -ERANGE);
	REFUSES(num_octal, uint32_t, "77777777777777777778", -EINVAL);
	REFUSES(num_octal, uint32_t, "8", -EINVAL);
	REFUSES(num_octal, uint32_t, "", -EINVAL);
	REFUSES(num_octal, uint32_t, NULL, -EINVAL);
	REFUSES(num_octal, uint32_t, "-7", -EINVAL);
}

static void sizes(void **state)
{
	(void)state;
	ACCEPTS(num_size, uint64_t, "0", 0);
	ACCEPTS(num_size, uint64_t, "512", 512);
	ACCEPTS(num_size, uint64_t, "1K", 1024);
	ACCEPTS(num_size, uint64_t, "64M", UINT64_C(67108864));
	ACCEPTS(num_size, uint64_t, "2G", UINT64_C(2147483648));
	ACCEPTS(num_size, uint64_t, "16777215T", UINT64_C(16777215) << 40);
	REFUSES(num_size, uint64_t, "16777216T", -ERANGE);
	REFUSES(num_size, uint64_t, "99999999999999999999K", -ERANGE);
	REFUSES(num_size, uint64_t, "64MB", -EINVAL);
	ACCEPTS(num_size, uint64_t, "64m", UINT64_C(67108864));
	REFUSES(num_size, uint64_t, "M", -EINVAL);
	REFUSES(num_size, uint64_t, "1.5G", -EINVAL);
	REFUSES(num_size, uint64_t, "-1K", -EINVAL);
}

static void durations(void **state)
{
	(void)state;
	ACCEPTS(num_duration_ns, int64_t, "0", 0);
	ACCEPTS(num_duration_ns, int64_t, "10", INT64_C(10000000000));
	ACCEPTS(num_duration_ns, int64_t, "1.5s", INT64_C(1500000000));
	ACCEPTS(num_duration_ns, int64_t, "200ms", INT64_C(200000000));
	ACCEPTS(num_duration_ns, int64_t, "2m", INT64_C(120000000000));
	ACCEPTS(num_duration_ns, int64_t, "1h", INT64_C(3600000000000));
	ACCEPTS(num_duration_ns, int64_t, "1.5d", INT64_C(129600000000000));
	ACCEPTS(num_duration_ns, int64_t, "3us", 3000);
	ACCEPTS(num_duration_ns, int64_t, "7ns", 7);
	ACCEPTS(num_duration_ns, int64_t, "0.000000001", 1);
	ACCEPTS(num_duration_ns, int64_t, "-0.05s", -50000000);
	ACCEPTS(num_duration_ns, int64_t, "9223372036.854775807", INT64_MAX);
	ACCEPTS(num_duration_ns, int64_t, "-9223372036.854775808", INT64_MIN);
}

static void wrong_durations(void **state)
{
	(void)state;
	REFUSES(num_duration_ns, int64_t, "9223372036.854775808", -ERANGE);
	REFUSES(num_duration_ns, int64_t, "99999999999h", -ERANGE);
	REFUSES(num_duration_ns, int64_t, "99999999999999999999999", -ERANGE);
	REFUSES(num_duration_ns, int64_t, "99999999999999999999999.5x", -EINVAL);
	REFUSES(num_duration_ns, int64_t, "0.0000000001", -EINVAL);
	REFUSES(num_duration_ns, int64_t, "1.5ns", -EINVAL);
	REFUSES(num_duration_ns, int64_t, "1.", -EINVAL);
	REFUSES(num_duration_ns, int64_t, "1.s", -EINVAL);
	REFUSES(num_duration_ns, int64_t, ".5", -EINVAL);
	REFUSES(num_duration_ns, int64_t, "1.2.3", -EINVAL);
	REFUSES(num_duration_ns, int64_t, "1 s", -EINVAL);
	REFUSES(num_duration_ns, int64_t, "-0s", -EINVAL);
	REFUSES(num_duration_ns, int64_t, "1w", -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_no_number),
		cmocka_unit_test(unsigned_numbers),
		cmocka_unit_test(signed_numbers),
		cmocka_unit_test(octal_modes),
		cmocka_unit_test(sizes),
		cmocka_unit_test(durations),
		cmocka_unit_test(wrong_durations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
