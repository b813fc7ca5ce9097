/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All of libcove.
 */
#ifndef COVE_COVE_H
#define COVE_COVE_H

#include <cove/box.h>
#include <cove/error.h>
#include <cove/ns.h>
#include <cove/plan.h>

#endif
