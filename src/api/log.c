/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log that engines ask for: a file, the system's log, or the journal.
 */
#include "api/container.h"
#include "base/auto.h"
#include "base/err.h"
#include "life/record.h"
#include "sys/channel.h"
#include "sys/fd.h"
#include "sys/local.h"
#include "sys/process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define SYSLOG "/dev/log"
#define JOURNAL "/run/systemd/journal/socket"
#define DAEMON_ERROR (3 << 3 | 3) /* facility and severity of syslog(3) */

uint64_t api_clock(void)
{
	return process_clock();
}

void api_time(char *text, size_t size)
{
	record_time(channel_now(), text, size);
}

static int append(const char *path, const char *text, struct cove_error *err)
{
	auto_fd int fd = fd_append(path, err);

	return fd < 0 ? fd : fd_write(fd, text, strlen(text), path, err);
}

static int send(const char *socket, const struct buf *message, struct cove_error *err)
{
	int r = message->failed ? -ENOMEM : local_send_text(socket, message->data, message->len);

	return r == 0 ? 0 : err_set(err, -r, "send", socket, "cannot write to the log at '%s'",
				    socket);
}

static int send_line(const char *target, const char *line, int len, struct cove_error *err)
{
	auto_(buf_done) struct buf message = { 0 };

	if (strncmp(target, "syslog:", 7) == 0) {
		buf_addf(&message, "<%d>%s: %.*s", DAEMON_ERROR, target[7] ? target + 7 : "cove",
			 len, line);
		return send(SYSLOG, &message, err);
	}
	buf_addf(&message, "PRIORITY=3\nSYSLOG_IDENTIFIER=%s\nMESSAGE=%.*s\n",
		 target[9] ? target + 9 : "cove", len, line);
	return send(JOURNAL, &message, err);
}

/* A message each: the end of a line belongs to the file. */
int api_log(const char *target, const char *text, struct cove_error *err)
{
	int r = 0;

	if (strncmp(target, "syslog:", 7) != 0 && strncmp(target, "journald:", 9) != 0)
		return append(strncmp(target, "file:", 5) == 0 ? target + 5 : target, text, err);
	while (r == 0 && *text) {
		size_t len = strcspn(text, "\n");

		r = send_line(target, text, (int)len, err);
		text += len + (text[len] == '\n');
	}
	return r;
}
