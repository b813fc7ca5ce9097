/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clone3(2) for a child that runs a function on a stack of its own, as CLONE_VM needs it. The C
 * libraries offer this only for the older clone(2), which can neither put the child into a cgroup
 * nor make a time namespace.
 */
#ifndef SYS_CLONE_H
#define SYS_CLONE_H

#include <linux/sched.h>

/* Returns the child's number, or a negative errno. The child calls entry(argument) on args->stack
 * and exits with what that returns. Since Linux 5.3. */
long clone_call(struct clone_args *args, int (*entry)(void *argument), void *argument);

/* The same by clone(2), for filters that hide clone3(2) because they cannot see its flags. Only `flags`
 * of the first 32 bits, `pidfd`, the stack and the exit signal are used. */
long clone_call_old(const struct clone_args *args, int (*entry)(void *argument), void *argument);

#endif
