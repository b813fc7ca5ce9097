/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resources that free themselves at the end of their scope, and visible hand-over of ownership.
 */
#ifndef BASE_AUTO_H
#define BASE_AUTO_H

#include <stdlib.h>

static inline void auto_free_cleanup(void *pointer)
{
	free(*(void **)pointer);
}

#define auto_free __attribute__((cleanup(auto_free_cleanup)))

/* auto_(buf_done) struct buf b: calls buf_done(&b) at the end of the scope. */
#define auto_(done) __attribute__((cleanup(done)))

/* Gives the pointer away: the variable is NULL afterwards, its old value is the result. */
#define TAKE_PTR(pointer)                                                                          \
	({                                                                                         \
		__auto_type taken_ = (pointer);                                                    \
		(pointer) = NULL;                                                                  \
		taken_;                                                                            \
	})

/* A buffer that is written before it is read: not zeroed by -ftrivial-auto-var-init. */
#if defined(__has_attribute) && __has_attribute(uninitialized)
#define uninitialized __attribute__((uninitialized))
#else
#define uninitialized
#endif

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#endif
