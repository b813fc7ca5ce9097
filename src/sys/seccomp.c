/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading a filter: see seccomp.h.
 */
#define _GNU_SOURCE
#include "sys/seccomp.h"
#include "base/err.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

int seccomp_load(const void *program, uint32_t count, uint32_t flags, struct cove_error *err)
{
	struct sock_fprog filter = {
		.len = (unsigned short)count,
		.filter = (struct sock_filter *)program,
	};

	long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);

	if (r >= 0)
		return (int)r;
	return err_set(err, errno, "seccomp", NULL, "the kernel refuses the system call filter");
}
