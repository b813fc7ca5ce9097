/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is written to /proc for the box: kernel settings and labels.
 */
#include "base/err.h"
#include "init/inside.h"
#include "sys/proc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LABEL_SIZE 4096

int apply_sysctl(struct inside *in, struct cove_error *err)
{
	const struct plan *plan = in->plan;

	plan_each (plan, struct plan_sysctl, s, plan->sysctls) {
		int r = proc_write_sys(plan_str(plan, s->name), plan_str(plan, s->value), err);

		if (r == 0)
			continue;
		err_origin(err, plan_str(plan, s->item.origin));
		if (r == -ENOENT)
			err_hint(err, "this kernel does not have it, or its module is not loaded");
		else if (r == -EACCES || r == -EPERM || r == -EROFS)
			err_hint(err, "the user namespace may not set it, or an outer "
				      "container protects /proc/sys");
		return r;
	}
	return 0;
}

/* The kernel says that nobody understands what is written there, or has no such file. */
static bool is_without(int r)
{
	return r == -ENOENT || r == -EINVAL || r == -EOPNOTSUPP;
}

/* Kernels with several security modules have a file for each; before 5.8 there was one for all. A
 * profile that is not loaded is ENOENT, too, but of the write. */
static int write_apparmor(const char *profile, struct cove_error *err)
{
	char text[LABEL_SIZE];
	int r;

	if ((size_t)snprintf(text, sizeof(text), "exec %s", profile) >= sizeof(text))
		return err_set(err, ENAMETOOLONG, NULL, NULL, "the AppArmor profile's name is too "
							      "long");
	r = proc_write_self("attr/apparmor/exec", text, err);
	if (r == -ENOENT && err && strcmp(err->call, "openat2") == 0)
		r = proc_write_self("attr/exec", text, err);
	return r;
}

static int apply_apparmor(const char *profile, struct cove_error *err)
{
	struct cove_error first = { 0 };
	int r = write_apparmor(profile, &first);
	bool loaded = r == -ENOENT && strcmp(first.call, "openat2") != 0;

	if (r == 0 || (strcmp(profile, "unconfined") == 0 && is_without(r)))
		return 0;
	if (is_without(r) && !loaded)
		return err_set(err, -r, first.call, profile,
			       "AppArmor is not enabled here: there is no profile '%.100s'",
			       profile);
	err_set(err, -r, "write", "/proc/self/attr/apparmor/exec",
		"cannot apply the AppArmor profile '%.100s'", profile);
	if (loaded)
		err_hint(err, "it is not loaded: see aa-status");
	return r;
}

static int apply_selinux(const char *label, struct cove_error *err)
{
	int r = proc_write_self("attr/exec", label, err);

	if (r == 0)
		return 0;
	return err_set(err, -r, "write", "/proc/self/attr/exec",
		       "cannot set the SELinux label '%.80s': write to `/proc/self/attr/exec`%s",
		       label, is_without(r) ? ": SELinux is not enabled here" : "");
}

int apply_label(struct inside *in, struct cove_error *err)
{
	const struct plan_label *label = &in->plan->label;
	int r = 0;

	if (label->apparmor)
		r = apply_apparmor(plan_str(in->plan, label->apparmor), err);
	if (r == 0 && label->selinux)
		r = apply_selinux(plan_str(in->plan, label->selinux), err);
	if (r < 0)
		err_origin(err, plan_str(in->plan, label->origin));
	return r;
}
