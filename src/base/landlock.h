/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's numbers for Landlock, which the headers of older systems lack. The ABI that knows
 * each: 1 is Linux 5.13, 2 is 5.19, 3 is 6.2, 4 is 6.7, 5 is 6.10, 6 is 6.12.
 */
#ifndef BASE_LANDLOCK_H
#define BASE_LANDLOCK_H

#include <stdint.h>

/* On files, ABI 1 */
#define LANDLOCK_FS_EXECUTE (UINT64_C(1) << 0)
#define LANDLOCK_FS_WRITE_FILE (UINT64_C(1) << 1)
#define LANDLOCK_FS_READ_FILE (UINT64_C(1) << 2)
#define LANDLOCK_FS_READ_DIR (UINT64_C(1) << 3)
#define LANDLOCK_FS_REMOVE_DIR (UINT64_C(1) << 4)
#define LANDLOCK_FS_REMOVE_FILE (UINT64_C(1) << 5)
#define LANDLOCK_FS_MAKE_CHAR (UINT64_C(1) << 6)
#define LANDLOCK_FS_MAKE_DIR (UINT64_C(1) << 7)
#define LANDLOCK_FS_MAKE_REG (UINT64_C(1) << 8)
#define LANDLOCK_FS_MAKE_SOCK (UINT64_C(1) << 9)
#define LANDLOCK_FS_MAKE_FIFO (UINT64_C(1) << 10)
#define LANDLOCK_FS_MAKE_BLOCK (UINT64_C(1) << 11)
#define LANDLOCK_FS_MAKE_SYM (UINT64_C(1) << 12)
#define LANDLOCK_FS_REFER (UINT64_C(1) << 13)     /* ABI 2: link and rename across directories */
#define LANDLOCK_FS_TRUNCATE (UINT64_C(1) << 14)  /* ABI 3 */
#define LANDLOCK_FS_IOCTL_DEV (UINT64_C(1) << 15) /* ABI 5 */
#define LANDLOCK_FS_ALL ((UINT64_C(1) << 16) - 1)
/* Those that a rule on a file, not a directory, may have. */
#define LANDLOCK_FS_OF_FILES                                                                       \
	(LANDLOCK_FS_EXECUTE | LANDLOCK_FS_WRITE_FILE | LANDLOCK_FS_READ_FILE |                    \
	 LANDLOCK_FS_TRUNCATE | LANDLOCK_FS_IOCTL_DEV)

/* On TCP ports, ABI 4 */
#define LANDLOCK_NET_BIND (UINT64_C(1) << 0)
#define LANDLOCK_NET_CONNECT (UINT64_C(1) << 1)

/* On processes outside the domain, ABI 6 */
#define LANDLOCK_SCOPE_SOCKETS (UINT64_C(1) << 0) /* abstract ones */
#define LANDLOCK_SCOPE_SIGNALS (UINT64_C(1) << 1)

#endif
