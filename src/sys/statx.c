/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See statx.h.
 */
#include "sys/statx.h"

#include <linux/fcntl.h>
#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

bool statx_is_mount_root(const char *path)
{
	struct statx st;

	if (syscall(SYS_statx, AT_FDCWD, path, 0, 0, &st) < 0)
		return true;
	return !(st.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) ||
	       st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

uint64_t statx_mount_id(const char *path)
{
	struct statx st;

	if (syscall(SYS_statx, AT_FDCWD, path, 0, STATX_MNT_ID, &st) < 0)
		return 0;
	return st.stx_mask & STATX_MNT_ID ? st.stx_mnt_id : 0;
}
