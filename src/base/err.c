/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filling and rendering struct cove_error. Also part of cove-init: nothing is allocated, and what a
 * box sends is not trusted, so fields may lack their NUL and contain anything.
 */
#include "base/err.h"

#include "base/auto.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Like snprintf: counts everything, keeps what fits. */
struct sink {
	char *buf;
	size_t size;
	size_t len;
};

/* A field of fixed size, which need not be terminated. */
struct field {
	const char *text;
	size_t len;
};

#define FIELD(array) ((struct field){ (array), strnlen((array), sizeof(array)) })

struct errno_name {
	int num;
	const char *name;
};

#define NAME(num)                                                                                  \
	{                                                                                          \
		num, #num                                                                          \
	}

static const struct errno_name errno_names[] = {
	NAME(EPERM),        NAME(ENOENT),       NAME(ESRCH),           NAME(EINTR),
	NAME(EIO),          NAME(ENXIO),        NAME(E2BIG),           NAME(ENOEXEC),
	NAME(EBADF),        NAME(ECHILD),       NAME(EAGAIN),          NAME(ENOMEM),
	NAME(EACCES),       NAME(EFAULT),       NAME(ENOTBLK),         NAME(EBUSY),
	NAME(EEXIST),       NAME(EXDEV),        NAME(ENODEV),          NAME(ENOTDIR),
	NAME(EISDIR),       NAME(EINVAL),       NAME(ENFILE),          NAME(EMFILE),
	NAME(ENOTTY),       NAME(ETXTBSY),      NAME(EFBIG),           NAME(ENOSPC),
	NAME(ESPIPE),       NAME(EROFS),        NAME(EMLINK),          NAME(EPIPE),
	NAME(EDOM),         NAME(ERANGE),       NAME(EDEADLK),         NAME(ENAMETOOLONG),
	NAME(ENOSYS),       NAME(ENOTEMPTY),    NAME(ELOOP),           NAME(ENODATA),
	NAME(EPROTO),       NAME(EBADMSG),      NAME(EOVERFLOW),       NAME(EUSERS),
	NAME(ENOTSOCK),     NAME(EMSGSIZE),     NAME(EPROTONOSUPPORT), NAME(EOPNOTSUPP),
	NAME(EAFNOSUPPORT), NAME(EADDRINUSE),   NAME(EADDRNOTAVAIL),   NAME(ENETDOWN),
	NAME(ENETUNREACH),  NAME(ECONNRESET),   NAME(ENOBUFS),         NAME(ENOTCONN),
	NAME(ETIMEDOUT),    NAME(ECONNREFUSED), NAME(EALREADY),        NAME(EINPROGRESS),
	NAME(ESTALE),       NAME(EDQUOT),       NAME(ECANCELED),       NAME(ENOKEY),
	NAME(EKEYEXPIRED),  NAME(EKEYREVOKED),  NAME(EKEYREJECTED),    NAME(ELIBBAD),
	NAME(ENOTUNIQ),
};

#undef NAME

/* A text that was cut ends in "...", not in the middle of a character. */
static void mark_cut(char *field, size_t size)
{
	size_t end = size - sizeof("...");

	while (end > 0 && ((unsigned char)field[end] & 0xc0) == 0x80)
		end--;
	memcpy(field + end, "...", sizeof("..."));
}

static void format_field(char *field, size_t size, const char *format, va_list args)
{
	int len = vsnprintf(field, size, format, args);

	if (len < 0)
		field[0] = '\0';
	else if ((size_t)len >= size)
		mark_cut(field, size);
}

static void copy_field(char *field, size_t size, const char *text)
{
	if (!text)
		return;

	size_t len = strnlen(text, size);

	if (len < size) {
		memcpy(field, text, len + 1);
		return;
	}
	memcpy(field, text, size);
	mark_cut(field, size);
}

int err_set(struct cove_error *err, int num, const char *call, const char *object, const char *what,
	    ...)
{
	/* Not filled in place: the arguments may point into the error that is replaced. */
	struct cove_error fresh = { .num = num, .status = COVE_STATUS_SETUP };
	va_list args;

	if (!err)
		return -num;
	copy_field(fresh.call, sizeof(fresh.call), call);
	copy_field(fresh.object, sizeof(fresh.object), object);
	va_start(args, what);
	format_field(fresh.what, sizeof(fresh.what), what, args);
	va_end(args);
	*err = fresh;
	return -num;
}

int err_usage(struct cove_error *err, const char *what, ...)
{
	struct cove_error fresh = { .num = EINVAL, .status = COVE_STATUS_USAGE };
	va_list args;

	if (!err)
		return -EINVAL;
	va_start(args, what);
	format_field(fresh.what, sizeof(fresh.what), what, args);
	va_end(args);
	*err = fresh;
	return -EINVAL;
}

void err_origin(struct cove_error *err, const char *origin)
{
	if (err && !err->origin[0])
		copy_field(err->origin, sizeof(err->origin), origin);
}

void err_hint(struct cove_error *err, const char *hint, ...)
{
	va_list args;

	if (!err || err->hint[0])
		return;
	va_start(args, hint);
	format_field(err->hint, sizeof(err->hint), hint, args);
	va_end(args);
}

static void put(struct sink *sink, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++, sink->len++)
		if (sink->len + 1 < sink->size)
			sink->buf[sink->len] = text[i];
}

static void puts_plain(struct sink *sink, const char *text)
{
	put(sink, text, strlen(text));
}

static void put_number(struct sink *sink, int number)
{
	char digits[16];

	snprintf(digits, sizeof(digits), "%d", number);
	puts_plain(sink, digits);
}

static size_t finish(const struct sink *sink)
{
	if (sink->size > 0)
		sink->buf[sink->len < sink->size ? sink->len : sink->size - 1] = '\0';
	return sink->len;
}

static bool is_control(const char *text, size_t len)
{
	unsigned char first = (unsigned char)text[0];

	if (len == 2)
		return first == 0xc2 && (unsigned char)text[1] < 0xa0;
	return len == 1 && (first < 0x20 || first == 0x7f);
}

static void put_hex(struct sink *sink, const char *bytes, size_t len)
{
	char escape[8];

	for (size_t i = 0; i < len; i++) {
		snprintf(escape, sizeof(escape), "\\x%02x", (unsigned char)bytes[i]);
		puts_plain(sink, escape);
	}
}

/* For terminals: whatever could drive one is shown as \xNN. */
static void put_escaped(struct sink *sink, struct field field)
{
	size_t step;

	for (size_t at = 0; at < field.len; at += step) {
		size_t len = utf8_char_len(field.text + at, field.len - at);

		step = len ? len : 1;
		if (len == 0 || is_control(field.text + at, len))
			put_hex(sink, field.text + at, step);
		else
			put(sink, field.text + at, step);
	}
}

static void put_message(struct sink *sink, const struct cove_error *err)
{
	puts_plain(sink, "cove: ");
	put_escaped(sink, FIELD(err->what));
	if (err->num != 0 && (err->num != EINVAL || err->status != COVE_STATUS_USAGE)) {
		puts_plain(sink, ": ");
		puts_plain(sink, strerror(err->num));
	}
	puts_plain(sink, "\n");
}

static const char *side_name(enum cove_side side)
{
	switch (side) {
	case COVE_SIDE_HOST:
		return "host";
	case COVE_SIDE_INSIDE:
		return "inside";
	case COVE_SIDE_NONE:
	default:
		return NULL;
	}
}

static void put_step(struct sink *sink, const struct cove_error *err)
{
	const char *side = side_name(err->side);

	puts_plain(sink, "step");
	if (err->step_number != 0) {
		puts_plain(sink, " ");
		put_number(sink, err->step_number);
	}
	puts_plain(sink, " '");
	put_escaped(sink, FIELD(err->step));
	puts_plain(sink, "'");
	if (!side)
		return;
	puts_plain(sink, " (");
	puts_plain(sink, side);
	puts_plain(sink, ")");
}

static void put_place(struct sink *sink, const struct cove_error *err)
{
	if (!err->step[0] && !err->call[0])
		return;
	puts_plain(sink, "  ");
	if (err->step[0])
		put_step(sink, err);
	if (err->step[0] && err->call[0])
		puts_plain(sink, ": ");
	if (err->call[0])
		put_escaped(sink, FIELD(err->call));
	if (err->call[0] && err->object[0]) {
		puts_plain(sink, " on '");
		put_escaped(sink, FIELD(err->object));
		puts_plain(sink, "'");
	}
	puts_plain(sink, "\n");
}

static void put_line(struct sink *sink, const char *label, struct field field)
{
	if (field.len == 0)
		return;
	puts_plain(sink, label);
	put_escaped(sink, field);
	puts_plain(sink, "\n");
}

size_t cove_error_text(const struct cove_error *err, char *buf, size_t size)
{
	struct sink sink = { .buf = buf, .size = size };

	put_message(&sink, err);
	put_place(&sink, err);
	put_line(&sink, "  asked for by ", FIELD(err->origin));
	put_line(&sink, "  hint: ", FIELD(err->hint));
	return finish(&sink);
}

static void put_json_char(struct sink *sink, const char *text, size_t len)
{
	char escape[8];

	if (len == 0) {
		puts_plain(sink, "\xef\xbf\xbd");
	} else if (is_control(text, len) && len == 1) {
		snprintf(escape, sizeof(escape), "\\u%04x", (unsigned char)*text);
		puts_plain(sink, escape);
	} else {
		if (*text == '"' || *text == '\\')
			puts_plain(sink, "\\");
		put(sink, text, len);
	}
}

static void put_json_string(struct sink *sink, struct field field)
{
	size_t step;

	if (field.len == 0) {
		puts_plain(sink, "null");
		return;
	}
	puts_plain(sink, "\"");
	for (size_t at = 0; at < field.len; at += step) {
		size_t len = utf8_char_len(field.text + at, field.len - at);

		step = len ? len : 1;
		put_json_char(sink, field.text + at, len);
	}
	puts_plain(sink, "\"");
}

static void put_member(struct sink *sink, const char *key, struct field value)
{
	puts_plain(sink, ",\"");
	puts_plain(sink, key);
	puts_plain(sink, "\":");
	put_json_string(sink, value);
}

static void put_number_member(struct sink *sink, const char *key, int number)
{
	puts_plain(sink, ",\"");
	puts_plain(sink, key);
	puts_plain(sink, "\":");
	if (number == 0)
		puts_plain(sink, "null");
	else
		put_number(sink, number);
}

static struct field plain_field(const char *text)
{
	return (struct field){ text, text ? strlen(text) : 0 };
}

static void put_errno_members(struct sink *sink, int num)
{
	char name[24] = "";

	for (size_t i = 0; i < ARRAY_LEN(errno_names); i++)
		if (errno_names[i].num == num)
			copy_field(name, sizeof(name), errno_names[i].name);
	if (num != 0 && !name[0])
		snprintf(name, sizeof(name), "%d", num);
	put_member(sink, "errno", plain_field(name));
	put_member(sink, "message", plain_field(num != 0 ? strerror(num) : NULL));
}

size_t cove_error_json(const struct cove_error *err, char *buf, size_t size)
{
	struct sink sink = { .buf = buf, .size = size };

	puts_plain(&sink, "{\"error\":");
	put_json_string(&sink, FIELD(err->what));
	put_errno_members(&sink, err->num);
	put_number_member(&sink, "status", err->status);
	put_member(&sink, "step", FIELD(err->step));
	put_number_member(&sink, "number", err->step_number);
	put_member(&sink, "side", plain_field(side_name(err->side)));
	put_member(&sink, "call", FIELD(err->call));
	put_member(&sink, "object", FIELD(err->object));
	put_member(&sink, "origin", FIELD(err->origin));
	put_member(&sink, "hint", FIELD(err->hint));
	puts_plain(&sink, "}");
	return finish(&sink);
}
