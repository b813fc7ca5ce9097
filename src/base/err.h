/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filling a struct cove_error. All functions accept err == NULL and allocate nothing, so they may
 * be used between fork and exec.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <cove/error.h>

/* Starts a new error: clears `err`, sets number (a positive errno), call and object (either may be
 * NULL) and the phrase. The exit status becomes COVE_STATUS_SETUP. Returns -num. */
int err_set(struct cove_error *err, int num, const char *call, const char *object,
	    const char *what, ...) __attribute__((format(printf, 5, 6)));

/* A wrong request: as err_set with EINVAL and COVE_STATUS_USAGE. Returns -EINVAL. */
int err_usage(struct cove_error *err, const char *what, ...) __attribute__((format(printf, 2, 3)));

/* Add to an error that is set already. An origin or hint that is there stays. */
void err_origin(struct cove_error *err, const char *origin);
void err_hint(struct cove_error *err, const char *hint, ...) __attribute__((format(printf, 2, 3)));

#endif
