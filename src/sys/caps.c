/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities: see caps.h.
 */
#define _GNU_SOURCE
#include "sys/caps.h"
#include "base/err.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HIGHEST 63

static int get(struct __user_cap_data_struct data[2])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capget, &header, data) == 0 ? 0 : -errno;
}

static int set(const struct __user_cap_data_struct data[2])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capset, &header, data) == 0 ? 0 : -errno;
}

uint64_t caps_effective(void)
{
	struct __user_cap_data_struct data[2] = { 0 };

	get(data);
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

uint64_t caps_permitted(void)
{
	struct __user_cap_data_struct data[2] = { 0 };

	get(data);
	return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

uint64_t caps_all(void)
{
	int last = CAP_LAST_CAP;

	while (last < HIGHEST && prctl(PR_CAPBSET_READ, last + 1, 0, 0, 0) >= 0)
		last++;
	while (last > 0 && prctl(PR_CAPBSET_READ, last, 0, 0, 0) < 0)
		last--;
	return (UINT64_C(2) << last) - 1;
}

void caps_make_ambient(uint64_t wanted)
{
	struct __user_cap_data_struct data[2] = { 0 };
	uint64_t permitted;

	if (get(data) < 0)
		return;
	permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	data[0].inheritable = data[0].permitted;
	data[1].inheritable = data[1].permitted;
	set(data);
	for (int cap = 0; cap <= HIGHEST; cap++)
		if (permitted & wanted & (UINT64_C(1) << cap))
			prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
}

bool caps_come_with_root(void)
{
	int bits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);

	return geteuid() == 0 && bits >= 0 && !(bits & SECBIT_NOROOT);
}

int caps_keep(struct cove_error *err)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0)
		return 0;
	return err_set(err, errno, "prctl", "PR_SET_KEEPCAPS", "cannot keep capabilities");
}

int caps_set_bounding(uint64_t keep, struct cove_error *err)
{
	for (int cap = 0; cap <= HIGHEST; cap++) {
		if (keep & (UINT64_C(1) << cap))
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL) /* past the last one that the kernel knows */
			return 0;
		return err_set(err, errno, "prctl", "PR_CAPBSET_DROP",
			       "cannot drop capability %d from the bounding set", cap);
	}
	return 0;
}

int caps_set(uint64_t effective, uint64_t permitted, uint64_t inheritable, struct cove_error *err)
{
	struct __user_cap_data_struct data[2] = {
		{ (uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable },
		{ (uint32_t)(effective >> 32), (uint32_t)(permitted >> 32),
		  (uint32_t)(inheritable >> 32) },
	};
	int r = set(data);

	return r == 0 ? 0 : err_set(err, -r, "capset", NULL, "cannot set the capabilities");
}

int caps_set_ambient(uint64_t ambient, struct cove_error *err)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_set(err, errno, "prctl", "PR_CAP_AMBIENT",
			       "cannot clear the ambient set");
	for (int cap = 0; ambient >> cap && cap <= HIGHEST; cap++) {
		if (!(ambient & (UINT64_C(1) << cap)))
			continue;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return err_set(err, errno, "prctl", "PR_CAP_AMBIENT",
				       "cannot make capability %d ambient", cap);
	}
	return 0;
}

int caps_set_securebits(uint32_t bits, struct cove_error *err)
{
	if (prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) == 0)
		return 0;
	return err_set(err, errno, "prctl", "PR_SET_SECUREBITS", "cannot set the secure bits");
}

int caps_set_no_new_privs(struct cove_error *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		return 0;
	return err_set(err, errno, "prctl", "PR_SET_NO_NEW_PRIVS", "cannot set no_new_privs");
}
