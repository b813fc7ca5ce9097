/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every unit test needs: cmocka after the headers it asks for.
 */
#ifndef TEST_UNIT_H
#define TEST_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
