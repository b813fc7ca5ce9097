/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table, sorted by name.
 */
#include "plan/mount_words.h"
#include "base/auto.h"

#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>

static const struct mount_word words[] = {
	{ "async", WORD_SUPER, 0, 0 },
	{ "atime", WORD_CLEAR, MOUNT_ATTR__ATIME, 0 },
	{ "bind", WORD_BIND, 0, 0 },
	{ "copy-symlink", WORD_REFUSED, 0, 1 },
	{ "defaults", WORD_NOTHING, 0, 0 },
	{ "dest-nofollow", WORD_NO_FOLLOW, 0, 1 },
	{ "dev", WORD_CLEAR, MOUNT_ATTR_NODEV, 0 },
	{ "diratime", WORD_CLEAR, MOUNT_ATTR_NODIRATIME, 0 },
	{ "dirsync", WORD_SUPER, 0, 0 },
	{ "exec", WORD_CLEAR, MOUNT_ATTR_NOEXEC, 0 },
	{ "idmap", WORD_IDMAP, 0, 0 },
	{ "iversion", WORD_NOTHING, 0, 0 },
	{ "lazytime", WORD_SUPER, 0, 0 },
	{ "loud", WORD_NOTHING, 0, 0 },
	{ "mand", WORD_SUPER, 0, 0 },
	{ "noatime", WORD_SET, MOUNT_ATTR_NOATIME, 0 },
	{ "nodev", WORD_SET, MOUNT_ATTR_NODEV, 0 },
	{ "nodiratime", WORD_SET, MOUNT_ATTR_NODIRATIME, 0 },
	{ "noexec", WORD_SET, MOUNT_ATTR_NOEXEC, 0 },
	{ "noiversion", WORD_NOTHING, 0, 0 },
	{ "nolazytime", WORD_SUPER, 0, 0 },
	{ "nomand", WORD_SUPER, 0, 0 },
	{ "norelatime", WORD_CLEAR, MOUNT_ATTR__ATIME, 0 },
	{ "nostrictatime", WORD_CLEAR, MOUNT_ATTR__ATIME, 0 },
	{ "nosuid", WORD_SET, MOUNT_ATTR_NOSUID, 0 },
	{ "nosymfollow", WORD_SET, MOUNT_ATTR_NOSYMFOLLOW, 0 },
	{ "private", WORD_PROPAGATION, MS_PRIVATE, 0 },
	{ "ratime", WORD_CLEAR_BELOW, MOUNT_ATTR__ATIME, 0 },
	{ "rbind", WORD_BIND, 1, 0 },
	{ "rdev", WORD_CLEAR_BELOW, MOUNT_ATTR_NODEV, 0 },
	{ "rdiratime", WORD_CLEAR_BELOW, MOUNT_ATTR_NODIRATIME, 0 },
	{ "relatime", WORD_CLEAR, MOUNT_ATTR__ATIME, 0 },
	{ "remount", WORD_REMOUNT, 0, 0 },
	{ "rexec", WORD_CLEAR_BELOW, MOUNT_ATTR_NOEXEC, 0 },
	{ "ridmap", WORD_IDMAP, 1, 0 },
	{ "rnoatime", WORD_SET_BELOW, MOUNT_ATTR_NOATIME, 0 },
	{ "rnodev", WORD_SET_BELOW, MOUNT_ATTR_NODEV, 0 },
	{ "rnodiratime", WORD_SET_BELOW, MOUNT_ATTR_NODIRATIME, 0 },
	{ "rnoexec", WORD_SET_BELOW, MOUNT_ATTR_NOEXEC, 0 },
	{ "rnorelatime", WORD_CLEAR_BELOW, MOUNT_ATTR__ATIME, 0 },
	{ "rnostrictatime", WORD_CLEAR_BELOW, MOUNT_ATTR__ATIME, 0 },
	{ "rnosuid", WORD_SET_BELOW, MOUNT_ATTR_NOSUID, 0 },
	{ "rnosymfollow", WORD_SET_BELOW, MOUNT_ATTR_NOSYMFOLLOW, 0 },
	{ "ro", WORD_SET, MOUNT_ATTR_RDONLY, 0 },
	{ "rprivate", WORD_PROPAGATION, MS_PRIVATE | MS_REC, 0 },
	{ "rrelatime", WORD_CLEAR_BELOW, MOUNT_ATTR__ATIME, 0 },
	{ "rro", WORD_SET_BELOW, MOUNT_ATTR_RDONLY, 0 },
	{ "rrw", WORD_CLEAR_BELOW, MOUNT_ATTR_RDONLY, 0 },
	{ "rshared", WORD_PROPAGATION, MS_SHARED | MS_REC, 0 },
	{ "rslave", WORD_PROPAGATION, MS_SLAVE | MS_REC, 0 },
	{ "rstrictatime", WORD_SET_BELOW, MOUNT_ATTR_STRICTATIME, 0 },
	{ "rsuid", WORD_CLEAR_BELOW, MOUNT_ATTR_NOSUID, 0 },
	{ "rsymfollow", WORD_CLEAR_BELOW, MOUNT_ATTR_NOSYMFOLLOW, 0 },
	{ "runbindable", WORD_PROPAGATION, MS_UNBINDABLE | MS_REC, 0 },
	{ "rw", WORD_CLEAR, MOUNT_ATTR_RDONLY, 0 },
	{ "shared", WORD_PROPAGATION, MS_SHARED, 0 },
	{ "silent", WORD_NOTHING, 0, 0 },
	{ "slave", WORD_PROPAGATION, MS_SLAVE, 0 },
	{ "src-nofollow", WORD_REFUSED, 0, 1 },
	{ "strictatime", WORD_SET, MOUNT_ATTR_STRICTATIME, 0 },
	{ "suid", WORD_CLEAR, MOUNT_ATTR_NOSUID, 0 },
	{ "symfollow", WORD_CLEAR, MOUNT_ATTR_NOSYMFOLLOW, 0 },
	{ "sync", WORD_SUPER, 0, 0 },
	{ "tmpcopyup", WORD_COPY_UP, 0, 0 },
	{ "unbindable", WORD_PROPAGATION, MS_UNBINDABLE, 0 },
};

static int compare(const void *name, const void *word)
{
	return strcmp(name, ((const struct mount_word *)word)->name);
}

const struct mount_word *mount_word_find(const char *name)
{
	return bsearch(name, words, ARRAY_LEN(words), sizeof(words[0]), compare);
}

const struct mount_word *mount_word_at(size_t n)
{
	return n < ARRAY_LEN(words) ? &words[n] : NULL;
}
