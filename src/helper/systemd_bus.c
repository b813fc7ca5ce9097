/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See systemd_bus.h. systemd's own socket is tried first: it asks no broker for help, which is
 * faster, and whatever session bus the user has may know nothing of systemd.
 */
#include "helper/systemd_bus.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "org.freedesktop.systemd1"
#define PATH "/org/freedesktop/systemd1"
#define MANAGER NAME ".Manager"

/* A job that has ended, and how. */
static struct {
	char path[256];
	char result[32];
	bool ended;
} job;

static const char *volatile step = "";

void tell(const char *what, const char *object, const char *why, const char *hint)
{
	fprintf(stderr, "%s%s%s%s%s\n%s\n", what, object ? " " : "", object ? object : "",
		why ? ": " : "", why ? why : "", hint ? hint : "");
}

static void put(const char *text)
{
	ssize_t unused = write(STDERR_FILENO, text, strlen(text));

	(void)unused;
}

static void give_up(int number)
{
	(void)number;
	put("systemd did not answer within 10 s: ");
	put(step);
	put("\nis it overloaded? see systemctl list-jobs, or use --cgroup-manager cgroupfs\n");
	_exit(EXIT_NO_ANSWER);
}

void begin_step(const char *name)
{
	if (!*step) {
		signal(SIGALRM, give_up);
		alarm(MAX_SECONDS);
	}
	step = name;
}

/* ---- connecting ---- */

/* In an address what is not plain is written as %XX. */
static void put_address(char *address, size_t size, const char *dir, const char *socket)
{
	char path[512];
	size_t len = (size_t)snprintf(address, size, "unix:path=");

	snprintf(path, sizeof(path), "%s/%s", dir, socket);
	for (const char *c = path; *c && len + 4 < size; c++) {
		bool is_plain = isalnum((unsigned char)*c) || strchr("-_/.", *c);

		len += (size_t)snprintf(address + len, size - len, is_plain ? "%c" : "%%%02x",
					(unsigned char)*c);
	}
}

static int connect_to(const char *dir, const char *socket, bool is_broker, sd_bus **ret_bus)
{
	char address[1700];
	sd_bus *bus = NULL;
	int r = sd_bus_new(&bus);

	put_address(address, sizeof(address), dir, socket);
	if (r >= 0)
		r = sd_bus_set_address(bus, address);
	if (r >= 0 && is_broker)
		r = sd_bus_set_bus_client(bus, true);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r < 0) {
		sd_bus_close_unref(bus);
		return r;
	}
	*ret_bus = bus;
	return 0;
}

/* Of the user we are: whoever goes on as another user has the directory of the one before. */
static const char *runtime_dir(char *path, size_t size)
{
	const char *said = getenv("XDG_RUNTIME_DIR");
	struct stat st;

	if (said && said[0] == '/' && stat(said, &st) == 0 && st.st_uid == geteuid())
		return said;
	snprintf(path, size, "/run/user/%u", (unsigned)geteuid());
	return path;
}

int open_bus(bool is_user, sd_bus **ret_bus)
{
	char room[64];
	const char *dir = is_user ? runtime_dir(room, sizeof(room)) : "/run";
	int r;

	begin_step(is_user ? "connecting to the user's systemd" : "connecting to systemd");
	r = connect_to(dir, "systemd/private", false, ret_bus);
	if (r < 0)
		r = connect_to(dir, is_user ? "bus" : "dbus/system_bus_socket", true, ret_bus);
	if (r < 0)
		tell(is_user ? "cannot connect to the user's systemd in" : "cannot connect to systemd in",
		     dir, strerror(-r),
		     is_user ? "it needs a session of the user: log in, or loginctl enable-linger, "
			       "and XDG_RUNTIME_DIR set; or use --cgroup-manager cgroupfs"
			     : "use --cgroup-manager cgroupfs where systemd does not run");
	return r;
}

/* ---- calling ---- */

int new_call(sd_bus *bus, const char *method, sd_bus_message **ret_call)
{
	return sd_bus_message_new_method_call(bus, ret_call, NAME, PATH, MANAGER, method);
}

int call_manager(sd_bus *bus, sd_bus_message *call, sd_bus_error *error, sd_bus_message **ret_reply)
{
	begin_step(sd_bus_message_get_member(call));
	return sd_bus_call(bus, call, (uint64_t)MAX_SECONDS * 2 * 1000000, error, ret_reply);
}

/* ---- jobs ---- */

static int job_removed(sd_bus_message *message, void *context, sd_bus_error *error)
{
	const char *path, *unit, *result;
	uint32_t number;

	(void)context;
	(void)error;
	if (sd_bus_message_read(message, "uoss", &number, &path, &unit, &result) < 0 ||
	    strcmp(path, job.path) != 0)
		return 0;
	snprintf(job.result, sizeof(job.result), "%s", result);
	job.ended = true;
	return 0;
}

int watch_jobs(sd_bus *bus)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r;

	begin_step("subscribing to its signals");
	r = sd_bus_match_signal(bus, NULL, NULL, PATH, MANAGER, "JobRemoved", job_removed, NULL);
	if (r >= 0)
		r = sd_bus_call_method(bus, NAME, PATH, MANAGER, "Subscribe", &error, NULL, NULL);
	if (r < 0)
		tell("cannot hear of systemd's jobs", NULL,
		     error.message ? error.message : strerror(-r), NULL);
	sd_bus_error_free(&error);
	return r;
}

/* Signals that came while the call waited for its reply are kept by libsystemd until here. */
int wait_for_job(sd_bus *bus, sd_bus_message *reply, const char *unit)
{
	static char waiting[400];
	const char *path;
	int r = sd_bus_message_read(reply, "o", &path);

	snprintf(waiting, sizeof(waiting), "waiting for the job of %s", unit);
	begin_step(waiting);
	if (r >= 0)
		snprintf(job.path, sizeof(job.path), "%s", path);
	job.ended = false;
	while (r >= 0 && !job.ended) {
		r = sd_bus_process(bus, NULL);
		if (r == 0 && !job.ended)
			r = sd_bus_wait(bus, UINT64_MAX);
	}
	if (r < 0) {
		tell("lost the connection to systemd while", waiting, strerror(-r), NULL);
		return r;
	}
	if (strcmp(job.result, "done") == 0)
		return 0;
	tell("the job of systemd for", unit, job.result, "see journalctl -u, or systemctl status");
	return -EIO;
}
