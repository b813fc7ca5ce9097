/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Talking to systemd: connecting, calling, waiting for jobs. All of it together has a limit of time.
 */
#ifndef HELPER_SYSTEMD_BUS_H
#define HELPER_SYSTEMD_BUS_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

#define MAX_SECONDS 10

enum exit_status {
	EXIT_FAILED = 1,
	EXIT_WRONG_USAGE = 2,
	EXIT_NO_ANSWER = 3,
	EXIT_IS_THERE = 4, /* a unit of that name */
};

/* Prints why on standard error: one line for what failed, one for what helps (NULL: none). */
void tell(const char *what, const char *object, const char *why, const char *hint);

/* From here on this program ends with EXIT_NO_ANSWER, and names the step, when time is over. */
void begin_step(const char *step);

/* The user's systemd, or the machine's. Prints why when it fails. */
int open_bus(bool is_user, sd_bus **ret_bus);

/* A message for a method of the manager; call it with call_manager. */
int new_call(sd_bus *bus, const char *method, sd_bus_message **ret_call);
int call_manager(sd_bus *bus, sd_bus_message *call, sd_bus_error *error, sd_bus_message **ret_reply);

/* Called before the call that makes a job, whose end is waited for by wait_for_job. */
int watch_jobs(sd_bus *bus);
/* `reply` has the job. -EIO: its result was not "done", and is printed. */
int wait_for_job(sd_bus *bus, sd_bus_message *reply, const char *unit);

#endif
