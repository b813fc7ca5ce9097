/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See early.h. The numbers of system calls are only compared with what a filter says of them.
 */
#define _GNU_SOURCE
#include "plan/early.h"
#include "base/err.h"
#include "plan/filter.h"
#include "plan/steps.h"

#include <errno.h>
#include <linux/sched.h>
#include <sys/syscall.h>

/* What cove-init calls from the last fork on, whatever the plan. */
static const int needed[] = {
	SYS_prctl,	SYS_ppoll,     SYS_setsid,  SYS_setpgid,  SYS_ioctl,	   SYS_prlimit64,
	SYS_newfstatat, SYS_faccessat2, SYS_sendmsg, SYS_recvmsg,  SYS_accept4,	   SYS_umask,
	SYS_pipe2,	SYS_close,     SYS_read,    SYS_execve,	  SYS_rt_sigprocmask, SYS_exit,
	SYS_exit_group,
#ifdef SYS_poll
	SYS_poll,	SYS_stat,
#endif
};

static uint32_t answer(const struct plan *plan, int number, uint64_t argument)
{
	struct seccomp_data data = {
		.nr = number,
		.arch = FILTER_NATIVE_ARCH,
		.args = { argument },
	};

	return filter_answer(plan_at(plan, plan->seccomp.program), plan->seccomp.count, &data);
}

static bool allows(const struct plan *plan, int number, uint64_t argument)
{
	return (answer(plan, number, argument) & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ALLOW;
}

/* The newer call is often said to be unknown, for a filter cannot look into its flags. */
static bool allows_fork(const struct plan *plan)
{
	const uint64_t shared = CLONE_VFORK | CLONE_PIDFD | CLONE_VM | CLONE_PARENT;
	const uint64_t alone = CLONE_PIDFD | CLONE_PARENT;

	if (allows(plan, SYS_clone3, 0))
		return true;
	return answer(plan, SYS_clone3, 0) == (SECCOMP_RET_ERRNO | ENOSYS) &&
	       allows(plan, SYS_clone, plan->container.is ? alone : shared);
}

static bool allows_the_rest(const struct plan *plan)
{
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!allows(plan, needed[i], 0))
			return false;
	if (plan->personality.set &&
	    !allows(plan, SYS_personality, (uint32_t)plan->personality.value))
		return false;
	if (plan->mempolicy.set && !allows(plan, SYS_set_mempolicy, plan->mempolicy.mode))
		return false;
	return allows_fork(plan);
}

static int refuse(const struct plan *plan, struct cove_error *err)
{
	err_set(err, EPERM, NULL, NULL,
		"a system call filter without no_new_privs takes CAP_SYS_ADMIN");
	err_origin(err, plan_str(plan, plan->seccomp.origin));
	return -EPERM;
}

/* The descriptor goes out when the filter is in force already. */
static int check_listener(const struct plan *plan, struct cove_error *err)
{
	if (!plan->seccomp.listener || allows(plan, SYS_sendmsg, 0))
		return 0;
	err_set(err, EINVAL, NULL, NULL,
		"a system call filter with a listener must allow 'sendmsg', which hands it over");
	err_origin(err, plan_str(plan, plan->seccomp.origin));
	return -EINVAL;
}

/* Whatever the command is, it could not be executed. */
static int check_execution(const struct plan *plan, struct cove_error *err)
{
	const struct plan_seccomp *seccomp = &plan->seccomp;

	if (plan->container.amend ||
	    filter_may_allow(plan_at(plan, seccomp->program), seccomp->count, SYS_execve))
		return 0;
	err_usage(err, "the system call filter forbids 'execve', which executes the command");
	err_origin(err, plan_str(plan, seccomp->origin));
	return -EINVAL;
}

int plan_resolve_filter(struct plan *plan, const struct facts *facts, struct cove_error *err)
{
	struct plan_seccomp *seccomp = &plan->seccomp;
	int r = seccomp->count ? check_execution(plan, err) : 0;

	if (r == 0 && seccomp->count)
		r = check_listener(plan, err);
	if (r < 0 || !seccomp->count || plan->process.no_new_privs)
		return r;
	if (!facts_is_admin(facts) && plan->ns[COVE_NS_USER].mode == PLAN_NS_HOST)
		return refuse(plan, err);
	seccomp->as_admin = 1;
	seccomp->forbids_capset = !allows(plan, SYS_capset, 0);
	seccomp->early = plan->ns[COVE_NS_PID].mode == PLAN_NS_JOIN && !seccomp->forbids_capset &&
			 !seccomp->listener && !plan->hooks[PLAN_HOOK_START_CONTAINER].count &&
			 allows_the_rest(plan);
	return 0;
}
