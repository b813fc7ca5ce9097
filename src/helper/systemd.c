/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cove-systemd: has systemd make, change and remove the scope of a container. A program of its own
 * so that cove need not load libsystemd. Properties come on standard input, each ended by NUL:
 * "NAME VALUE" with the value as GVariant text, and a '?' in front of what is left out when this
 * systemd does not take it. What failed is told on standard error in two lines, see tell; for the
 * status see enum exit_status.
 */
#include "base/auto.h"
#include "helper/systemd_bus.h"
#include "helper/systemd_value.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INPUT_SIZE ((size_t)1 << 20)
#define MAX_PROPERTIES 512
#define MAX_TRIES 40
#define IN_USE_TRIES 5
#define IN_USE_PAUSE_MS 100

#define USAGE                                                                                      \
	"cove-systemd [--user] locate | start UNIT SLICE PID DESCRIPTION <PROPERTIES | "           \
	"set UNIT <PROPERTIES | attach UNIT SUBGROUP PID | stop UNIT"

struct property {
	char *name; /* NULL: left out */
	const char *value;
	bool is_optional;
};

struct request {
	const char *unit, *slice, *subgroup, *description;
	uint32_t pid;
	char *text; /* owned: properties point into it */
	struct property properties[MAX_PROPERTIES];
	unsigned count;
};

static void message_done(sd_bus_message **message)
{
	sd_bus_message_unref(*message);
}

static void bus_done(sd_bus **bus)
{
	sd_bus_flush_close_unref(*bus);
}

/* ---- properties ---- */

static int read_properties(struct request *request)
{
	size_t len = 0;
	ssize_t n = 0;

	request->text = malloc(INPUT_SIZE + 1);
	if (!request->text)
		return -ENOMEM;
	while (len < INPUT_SIZE && (n = read(STDIN_FILENO, request->text + len, INPUT_SIZE - len)) > 0)
		len += (size_t)n;
	request->text[len] = '\0';
	for (char *at = request->text; at < request->text + len; at += strlen(at) + 1) {
		struct property *property = &request->properties[request->count];
		char *blank = strchr(at, ' ');

		if (!blank || request->count == MAX_PROPERTIES)
			return -EINVAL;
		*blank = '\0';
		*property = (struct property){ at + (*at == '?'), blank + 1, *at == '?' };
		request->count++;
		at = blank + 1;
	}
	return 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len > end_len && strcmp(text + len - end_len, end) == 0;
}

/* Names in "Sec" are those of unit files; the bus knows the same in microseconds. */
static int append_property(sd_bus_message *call, const struct property *property)
{
	char name[160];
	bool is_seconds = ends_with(property->name, "Sec") && !ends_with(property->name, "USec");
	int r;

	if (is_seconds)
		snprintf(name, sizeof(name), "%.*sUSec", (int)strlen(property->name) - 3,
			 property->name);
	else
		snprintf(name, sizeof(name), "%s", property->name);
	r = sd_bus_message_open_container(call, 'r', "sv");
	if (r >= 0)
		r = sd_bus_message_append_basic(call, 's', name);
	if (r >= 0)
		r = is_seconds ? value_append_seconds(call, property->value)
			       : value_append(call, property->value);
	if (r < 0) {
		tell("not a value for the property", property->name, property->value,
		     "values are written as GVariant text: true, uint64 5, 'text', ['a', 'b']");
		return r;
	}
	return sd_bus_message_close_container(call);
}

static int append_properties(sd_bus_message *call, const struct request *request)
{
	int r = 0;

	for (unsigned i = 0; r >= 0 && i < request->count; i++)
		if (request->properties[i].name)
			r = append_property(call, &request->properties[i]);
	return r;
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
		if ((at == text || strchr(" '\"=", at[-1])) && strchr(" ,.=:'\"", at[len]))
			return true;
	return false;
}

/* The property that systemd complains about, if it can be left to the files of the cgroup. */
static bool leave_out(struct request *request, const sd_bus_error *error)
{
	for (unsigned i = 0; error->message && i < request->count; i++) {
		struct property *property = &request->properties[i];

		if (!property->name || !property->is_optional ||
		    !has_word(error->message, property->name))
			continue;
		for (unsigned j = request->count; j-- > 0;)
			if (request->properties[j].name && j != i &&
			    strcmp(request->properties[j].name, property->name) == 0)
				request->properties[j].name = NULL;
		property->name = NULL;
		return true;
	}
	return false;
}

/* ---- start ---- */

static int append_scope(sd_bus_message *call, const struct request *request)
{
	int r = sd_bus_message_append(call, "(sv)(sv)(sv)(sv)(sv)(sv)", "Description", "s",
				      request->description, "Slice", "s", request->slice, "Delegate",
				      "b", 1, "DefaultDependencies", "b", 0, "CollectMode", "s",
				      "inactive-or-failed", "PIDs", "au", 1, request->pid);

	/* Without accounting a slice does not hand the controllers down. */
	if (r >= 0)
		r = sd_bus_message_append(call, "(sv)(sv)(sv)(sv)", "CPUAccounting", "b", 1,
					  "MemoryAccounting", "b", 1, "IOAccounting", "b", 1,
					  "TasksAccounting", "b", 1);
	return r;
}

static int try_start(sd_bus *bus, const struct request *request, sd_bus_error *error,
		     sd_bus_message **ret_reply)
{
	auto_(message_done) sd_bus_message *call = NULL;
	int r = new_call(bus, "StartTransientUnit", &call);

	if (r >= 0)
		r = sd_bus_message_append(call, "ss", request->unit, "fail");
	if (r >= 0)
		r = sd_bus_message_open_container(call, 'a', "(sv)");
	if (r >= 0)
		r = append_scope(call, request);
	if (r >= 0)
		r = append_properties(call, request);
	if (r >= 0)
		r = sd_bus_message_close_container(call);
	if (r >= 0)
		r = sd_bus_message_append(call, "a(sa(sv))", 0);
	return r < 0 ? r : call_manager(bus, call, error, ret_reply);
}

static void reset_failed(sd_bus *bus, const char *unit)
{
	auto_(message_done) sd_bus_message *call = NULL;

	if (new_call(bus, "ResetFailedUnit", &call) >= 0 &&
	    sd_bus_message_append(call, "s", unit) >= 0)
		call_manager(bus, call, NULL, NULL);
}

/* What had the name and is ending, or failed, makes room. */
static int make_room(sd_bus *bus, const char *unit, unsigned tries)
{
	if (tries >= IN_USE_TRIES) {
		tell("systemd has a unit of that name already:", unit, NULL,
		     "it is another container's, or of another program: see systemctl status");
		return -EEXIST;
	}
	reset_failed(bus, unit);
	usleep(IN_USE_PAUSE_MS * 1000);
	return 0;
}

static int refused(const char *what, const char *unit, int r, const sd_bus_error *error)
{
	tell(what, unit, error->message ? error->message : strerror(-r),
	     sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED) ||
			     sd_bus_error_has_name(error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED)
		     ? "systemd does not let this user make one there"
		     : NULL);
	return r;
}

static int start(sd_bus *bus, struct request *request)
{
	unsigned in_use = 0;
	int r = watch_jobs(bus);

	for (unsigned i = 0; r >= 0 && i < MAX_TRIES; i++) {
		auto_(message_done) sd_bus_message *reply = NULL;
		sd_bus_error error = SD_BUS_ERROR_NULL;

		r = try_start(bus, request, &error, &reply);
		if (r >= 0)
			return wait_for_job(bus, reply, request->unit);
		if (sd_bus_error_has_name(&error, "org.freedesktop.systemd1.UnitExists"))
			r = make_room(bus, request->unit, in_use++);
		else if (leave_out(request, &error))
			r = 0;
		else if (sd_bus_error_is_set(&error))
			refused("systemd makes no", request->unit, r, &error);
		sd_bus_error_free(&error);
	}
	return r;
}

/* ---- set ---- */

static int try_set(sd_bus *bus, const struct request *request, sd_bus_error *error)
{
	auto_(message_done) sd_bus_message *call = NULL;
	int r = new_call(bus, "SetUnitProperties", &call);

	if (r >= 0)
		r = sd_bus_message_append(call, "sb", request->unit, 1);
	if (r >= 0)
		r = sd_bus_message_open_container(call, 'a', "(sv)");
	if (r >= 0)
		r = append_properties(call, request);
	if (r >= 0)
		r = sd_bus_message_close_container(call);
	return r < 0 ? r : call_manager(bus, call, error, NULL);
}

static int set(sd_bus *bus, struct request *request)
{
	int r = 0;

	for (unsigned i = 0; i < MAX_TRIES; i++) {
		sd_bus_error error = SD_BUS_ERROR_NULL;
		bool again;

		r = try_set(bus, request, &error);
		again = r < 0 && leave_out(request, &error);
		if (r < 0 && !again && sd_bus_error_is_set(&error))
			refused("systemd does not change", request->unit, r, &error);
		sd_bus_error_free(&error);
		if (!again)
			break;
	}
	return r;
}

/* ---- attach, stop, locate ---- */

static int attach(sd_bus *bus, struct request *request)
{
	auto_(message_done) sd_bus_message *call = NULL;
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = new_call(bus, "AttachProcessesToUnit", &call);

	if (r >= 0)
		r = sd_bus_message_append(call, "ssau", request->unit, request->subgroup, 1,
					  request->pid);
	if (r >= 0)
		r = call_manager(bus, call, &error, NULL);
	if (r < 0)
		refused("systemd moves no process to", request->unit, r, &error);
	sd_bus_error_free(&error);
	return r;
}

static int stop(sd_bus *bus, struct request *request)
{
	auto_(message_done) sd_bus_message *call = NULL, *reply = NULL;
	sd_bus_error error = SD_BUS_ERROR_NULL;
	int r = watch_jobs(bus);

	if (r >= 0)
		r = new_call(bus, "StopUnit", &call);
	if (r >= 0)
		r = sd_bus_message_append(call, "ss", request->unit, "replace");
	if (r >= 0)
		r = call_manager(bus, call, &error, &reply);
	if (sd_bus_error_has_name(&error, "org.freedesktop.systemd1.NoSuchUnit"))
		r = 0;
	else if (r < 0)
		refused("systemd does not stop", request->unit, r, &error);
	else
		r = wait_for_job(bus, reply, request->unit);
	sd_bus_error_free(&error);
	if (r >= 0)
		reset_failed(bus, request->unit);
	return r;
}

static int locate(sd_bus *bus, struct request *request)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	char *group = NULL;
	int r;

	(void)request;
	begin_step("asking for its cgroup");
	r = sd_bus_get_property_string(bus, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
				       "org.freedesktop.systemd1.Manager", "ControlGroup", &error,
				       &group);
	if (r < 0)
		refused("systemd does not tell where its cgroups are", NULL, r, &error);
	else
		printf("%s\n", group);
	sd_bus_error_free(&error);
	free(group);
	return r;
}

/* ---- the command line ---- */

static const struct {
	const char *name;
	int words;
	bool has_properties;
	int (*run)(sd_bus *bus, struct request *request);
} verbs[] = {
	{ "locate", 0, false, locate },
	{ "start", 4, true, start },
	{ "set", 1, true, set },
	{ "attach", 3, false, attach },
	{ "stop", 1, false, stop },
};

static int run(size_t verb, bool is_user, char **words)
{
	static struct request request;
	auto_(bus_done) sd_bus *bus = NULL;
	int r = 0;

	request.unit = verbs[verb].words ? words[0] : "";
	if (verbs[verb].words > 2) {
		request.slice = request.subgroup = words[1];
		request.pid = (uint32_t)strtoul(words[2], NULL, 10);
		request.description = words[3];
	}
	if (verbs[verb].has_properties)
		r = read_properties(&request);
	if (r < 0)
		tell("cannot read the properties", NULL, strerror(-r), NULL);
	if (r >= 0)
		r = open_bus(is_user, &bus);
	if (r >= 0)
		r = verbs[verb].run(bus, &request);
	free(request.text);
	return r;
}

int main(int argc, char **argv)
{
	bool is_user = argc > 1 && strcmp(argv[1], "--user") == 0;
	char **words = argv + 1 + is_user;
	int count = argc - 1 - is_user;

	for (size_t i = 0; count > 0 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		int r;

		if (strcmp(words[0], verbs[i].name) != 0 || count - 1 != verbs[i].words)
			continue;
		r = run(i, is_user, words + 1);
		return r >= 0 ? 0 : r == -EEXIST ? EXIT_IS_THERE : r == -ETIMEDOUT ? EXIT_NO_ANSWER
										   : EXIT_FAILED;
	}
	tell("usage:", USAGE, NULL, NULL);
	return EXIT_WRONG_USAGE;
}
