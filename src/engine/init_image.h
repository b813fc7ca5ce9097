/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program cove-init, carried inside (init_image.S).
 */
#ifndef ENGINE_INIT_IMAGE_H
#define ENGINE_INIT_IMAGE_H

#include <stddef.h>

extern const char init_image[] __attribute__((visibility("hidden")));
extern const char init_image_end[] __attribute__((visibility("hidden")));

static inline size_t init_image_size(void)
{
	return (size_t)(init_image_end - init_image);
}

#endif
