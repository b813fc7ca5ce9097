/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See ps.h. Which column has the number, the first line says.
 */
#include "api/ps.h"
#include "base/auto.h"
#include "base/err.h"
#include "sys/fd.h"
#include "sys/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OUTPUT_LIMIT ((size_t)64 << 20)
#define TIMEOUT_MS 15000
#define BLANKS " \t"

/* Where distributions put it; PATH is the caller's and may be missing. */
static const char *find_ps(struct cove_error *err)
{
	static const char *const paths[] = { "/usr/bin/ps", "/bin/ps", "/usr/local/bin/ps" };

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		if (fd_path_exists(paths[i]))
			return paths[i];
	err_set(err, ENOENT, NULL, "ps", "cannot find 'ps' on this host");
	err_hint(err, "--format json tells the numbers alone");
	return NULL;
}

/* The array is the caller's, what it points to is not. */
static char **make_arguments(const char *path, char *const *args)
{
	static char *const everything[] = { "-ef", NULL };
	char *const *from = args && *args ? args : everything;
	size_t count = 0;
	char **argv;

	while (from[count])
		count++;
	argv = calloc(count + 2, sizeof(*argv));
	if (!argv)
		return NULL;
	argv[0] = (char *)path;
	memcpy(argv + 1, from, count * sizeof(*argv));
	return argv;
}

static int run_ps(char *const *args, char **ret_text, struct cove_error *err)
{
	const char *path = find_ps(err);
	auto_free char **argv = path ? make_arguments(path, args) : NULL;
	auto_fd int output = argv ? fd_memfd("ps", err) : -1;
	char said[512];
	long len;
	int r;

	if (path && !argv)
		return err_set(err, ENOMEM, "calloc", NULL, "out of memory");
	if (output < 0)
		return -err->num;
	r = process_run_helper(&(struct process_helper){ .argv = argv,
							 .input = -1,
							 .output = output,
							 .timeout_ms = TIMEOUT_MS,
							 .text = said,
							 .size = sizeof(said) },
			       err);
	if (r > 0) {
		said[strcspn(said, "\n")] = '\0';
		r = err_set(err, EINVAL, NULL, path, "ps failed with status %d: %s", r, said);
	}
	if (r == 0)
		r = fd_rewind(output, err);
	len = r < 0 ? r : fd_read_all(output, OUTPUT_LIMIT, ret_text, err);
	return len < 0 ? (int)len : 0;
}

/* The field in that column; its length. */
static size_t find_field(const char *line, int column, const char **ret_field)
{
	const char *field = line + strspn(line, BLANKS);

	while (column-- > 0) {
		field += strcspn(field, BLANKS);
		field += strspn(field, BLANKS);
	}
	*ret_field = field;
	return strcspn(field, BLANKS);
}

/* -1: it has none. */
static int find_column(const char *header)
{
	const char *field;
	size_t len;

	for (int column = 0; (len = find_field(header, column, &field)) > 0; column++)
		if (len == 3 && strncmp(field, "PID", 3) == 0)
			return column;
	return -1;
}

static bool is_listed(const char *numbers, const char *number, size_t len)
{
	for (; len && *numbers; numbers += strcspn(numbers, "\n") + 1)
		if (strcspn(numbers, "\n") == len && strncmp(numbers, number, len) == 0)
			return true;
	return false;
}

static int pick(char *text, const char *numbers, struct buf *out, struct cove_error *err)
{
	char *next, *line = strsep(&text, "\n");
	int column = line ? find_column(line) : -1;

	if (column < 0)
		return err_set(err, EINVAL, NULL, "ps", "ps does not show a column PID with these "
							"arguments");
	buf_addf(out, "%s\n", line);
	while ((next = strsep(&text, "\n"))) {
		const char *number;
		size_t len = find_field(next, column, &number);

		if (is_listed(numbers, number, len))
			buf_addf(out, "%s\n", next);
	}
	return out->failed ? err_set(err, ENOMEM, "malloc", NULL, "out of memory") : 0;
}

int ps_print(const struct buf *numbers, char *const *args, struct buf *out, struct cove_error *err)
{
	auto_free char *text = NULL;
	struct cove_error scratch = { 0 };
	int r = run_ps(args, &text, err ? err : &scratch);

	return r < 0 ? r : pick(text, buf_str(numbers), out, err);
}
