/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors that go to whom the caller names: a terminal's master, and what listens to a system
 * call filter.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/json.h"
#include "engine/host_steps.h"
#include "plan/state.h"
#include "sys/fd.h"
#include "sys/tty.h"
#include "sys/unix.h"

#include <errno.h>
#include <stdio.h>

#define SOCKET_TIMEOUT_MS 10000

static int send_to(const char *path, const char *data, size_t len, int fd, struct cove_error *err)
{
	auto_fd int sock = unix_connect(path, SOCKET_TIMEOUT_MS, err);

	return sock < 0 ? sock : unix_send_fd(sock, data, len, fd, path, err);
}

static int listener_failed(const struct plan *plan, int r, struct cove_error *err)
{
	if (r < 0)
		err_origin(err, plan_str(plan, plan->seccomp.origin));
	return r;
}

int check_listener(const struct plan *plan, struct cove_error *err)
{
	const char *path = plan_str(plan, plan->seccomp.listener);

	if (!plan->seccomp.count || !path[0] || plan->hooks[PLAN_HOOK_PRESTART].count ||
	    plan->hooks[PLAN_HOOK_CREATE_RUNTIME].count ||
	    plan->hooks[PLAN_HOOK_CREATE_CONTAINER].count)
		return 0;
	return listener_failed(plan, unix_check(path, err), err);
}

int connect_listener(struct run *run, struct cove_error *err)
{
	const struct plan *plan = run->plan;

	if (!plan->seccomp.listener || run->listener >= 0)
		return 0;
	run->listener = unix_connect(plan_str(plan, plan->seccomp.listener), SOCKET_TIMEOUT_MS, err);
	return listener_failed(plan, run->listener < 0 ? run->listener : 0, err);
}

/* Without a socket the terminal stays here, to be relayed. */
int apply_console(struct run *run, struct cove_error *err)
{
	char name[32];
	int r;

	if (!run->console_socket)
		return 0;
	if (run->terminal < 0)
		return err_set(err, ENOTTY, NULL, NULL, "the box has no terminal of its own");
	r = snprintf(name, sizeof(name), "/dev/pts/%d", tty_number(run->terminal));
	r = send_to(run->console_socket, name, (size_t)r, run->terminal, err);
	fd_close(TAKE_FD(run->terminal));
	return r;
}

static void write_fds(struct json *json)
{
	json_open_array(json, "fds");
	json_string(json, NULL, "seccompFd");
	json_close_array(json);
}

int send_listener(struct run *run, int listener, struct cove_error *err)
{
	const struct plan *plan = run->plan;
	auto_(buf_done) struct buf text = { 0 };
	const char *status = run->begun ? "created" : plan->container.is ? "creating" : "running";
	struct json json;
	int r;

	json_init(&json, &text, false);
	json_open_object(&json, NULL);
	json_string(&json, "ociVersion", plan_str(plan, plan->container.version));
	write_fds(&json);
	json_int(&json, "pid", run->pid);
	json_string(&json, "metadata", plan_str(plan, plan->seccomp.listener_metadata));
	buf_adds(&text, ",\"state\":");
	plan_write_state(plan, status, run->pid, &text);
	buf_adds(&text, "}");
	if (text.failed)
		r = err_set(err, ENOMEM, "malloc", NULL, "out of memory");
	else
		r = unix_send_fd(run->listener, buf_str(&text), text.len, listener,
				 plan_str(plan, plan->seccomp.listener), err);
	if (run->listener >= 0)
		fd_close(TAKE_FD(run->listener));
	fd_close(listener);
	return listener_failed(plan, r, err);
}
