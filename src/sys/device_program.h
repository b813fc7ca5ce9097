/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BPF program that decides which devices those in a cgroup may use. Made here, loaded by
 * cgroup_set_devices.
 */
#ifndef SYS_DEVICE_PROGRAM_H
#define SYS_DEVICE_PROGRAM_H

#include "sys/cgroup.h"
#include <linux/bpf.h>

#define DEVICE_PROGRAM_BEGIN 6u
#define DEVICE_PROGRAM_RULE 7u /* at most, for one rule */
#define DEVICE_PROGRAM_END 2u

/* Instructions that `count` rules take at most. */
static inline unsigned device_program_size(unsigned count)
{
	return DEVICE_PROGRAM_BEGIN + count * DEVICE_PROGRAM_RULE + DEVICE_PROGRAM_END;
}

/* Writes the program and returns its length: it returns 1 for what is allowed, 0 for all else. Of
 * each kind of access that is asked for, the last rule that fits decides. -EINVAL: a rule has a type
 * other than 'a', 'b' and 'c'. */
int device_program_make(const struct cgroup_device *rules, unsigned count,
			struct bpf_insn *ret_program);

#endif
