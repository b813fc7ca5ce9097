/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the command can be executed, while `create` can still say so: it is looked for with the
 * command's rights, as the last step does. Engines read the phrases.
 */
#include "base/err.h"
#include "init/inside.h"
#include "sys/fd.h"

#include <errno.h>
#include <string.h>

const char *inside_words(int num)
{
	switch (num) {
	case ENOENT:
		return "no such file or directory";
	case ENOTDIR:
		return "not a directory";
	case EISDIR:
		return "is a directory";
	case EACCES:
		return "permission denied";
	case EPERM:
		return "operation not permitted";
	case ENOEXEC:
		return "exec format error";
	case E2BIG:
		return "argument list too long";
	case ELOOP:
		return "too many levels of symbolic links";
	case ENAMETOOLONG:
		return "file name too long";
	default:
		return "cannot be executed";
	}
}

static bool is_missing(int num)
{
	return num == ENOENT || num == ENOTDIR || num == ELOOP || num == ENAMETOOLONG;
}

/* A name is cut, so that it leaves room for what follows. */
int inside_refuse_command(struct inside *in, int num, struct cove_error *err)
{
	const char *name = in->args[0];

	if (num == ENOENT && !strchr(name, '/'))
		err_set(err, num, "execve", name,
			"exec: \"%.120s\": executable file not found in $PATH", name);
	else if (is_missing(num))
		err_set(err, num, "stat", name, "exec: \"%.60s\": stat %.60s: %s", name, name,
			inside_words(num));
	else
		err_set(err, num, "execve", name, "exec: \"%.120s\": %s", name, inside_words(num));
	if (err)
		err->status = is_missing(num) ? COVE_STATUS_NOT_FOUND : COVE_STATUS_NO_EXEC;
	return -num;
}

static int search(struct inside *in, struct cove_error *err)
{
	const char *path = plan_str(in->plan, in->plan->process.search);

	while (inside_next_candidate(in, &path, in->args[0]))
		if (fd_may_execute(in->path))
			return 0;
	return inside_refuse_command(in, ENOENT, err);
}

int apply_command(struct inside *in, struct cove_error *err)
{
	const char *name = in->args[0];
	enum fd_path kind = FD_PATH_MISSING;
	int r;

	if (!strchr(name, '/'))
		return search(in, err);
	r = fd_look(name, &kind);
	if (r < 0)
		return inside_refuse_command(in, -r, err);
	if (kind == FD_PATH_DIRECTORY)
		return inside_refuse_command(in, EISDIR, err);
	return fd_may_execute(name) ? 0 : inside_refuse_command(in, EACCES, err);
}
