/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as GVariant text, the way annotations spell them: true, 5, uint64 5, 1.5, 'text',
 * ['a', 'b'], ('a', uint64 1), @as []. Variants, dictionaries and byte strings are not among them.
 */
#ifndef HELPER_SYSTEMD_VALUE_H
#define HELPER_SYSTEMD_VALUE_H

#include <systemd/sd-bus.h>

/* Appends `text` as a variant. -EINVAL: it is no such value; nothing was appended then. */
int value_append(sd_bus_message *message, const char *text);

/* The same for a number of seconds, which becomes one of microseconds. */
int value_append_seconds(sd_bus_message *message, const char *text);

#endif
