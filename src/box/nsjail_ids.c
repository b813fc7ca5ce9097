/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nsjail's users, groups and id maps. Names are not looked up, but for three that all hosts have.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/num.h"
#include "base/text.h"
#include "box/nsjail.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int known_id(const char *name, uint32_t *ret)
{
	static const struct {
		const char *name;
		uint32_t id;
	} known[] = { { "root", 0 }, { "nobody", 65534 }, { "nogroup", 65534 } };

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (strcmp(name, known[i].name) == 0) {
			*ret = known[i].id;
			return 0;
		}
	}
	return num_u32(name, ret);
}

/* INSIDE[:OUTSIDE[:COUNT]]; what is left out is the caller's, and 1. Returns -ENOENT for a name. */
static int parse_ids(const char *text, uint32_t own, uint32_t ret[3])
{
	uint32_t ids[3] = { own, own, 1 };
	const char *cursor = text, *field;
	size_t len;

	for (unsigned i = 0; text_next_field(&cursor, ':', &field, &len); i++) {
		char word[40];

		if (i == 3)
			return -EINVAL;
		snprintf(word, sizeof(word), "%.*s", (int)(len < 39 ? len : 39), field);
		if (word[0] && known_id(word, &ids[i]) < 0)
			return word[0] >= '0' && word[0] <= '9' ? -EINVAL : -ENOENT;
	}
	memcpy(ret, ids, sizeof(ids));
	return 0;
}

static void add_map(struct buf *out, bool groups, const uint32_t ids[3])
{
	buf_addf(out, " --map %c:%u:%u:%u", groups ? 'g' : 'u', ids[0], ids[1], ids[2]);
}

static int ids_error(struct foreign *f, int r, const char *value, struct cove_error *err)
{
	if (r == -EINVAL)
		return err_usage(err, "'%s' is not INSIDE:OUTSIDE:COUNT", value);
	jail_none(&f->jail, foreign_asked(f), "give the number instead of the name; see: id %s",
		  value);
	return 0;
}

/* The first of all is who the command is; it and the others are mapped. */
static int add_ids(struct foreign *f, bool groups, bool range, const char *value,
		   struct cove_error *err)
{
	struct nsjail *n = nsjail_of(f);
	bool *set = groups ? &n->gid_set : &n->uid_set;
	uint32_t ids[3];
	int r = parse_ids(value, groups ? f->jail.facts->gid : f->jail.facts->uid, ids);

	if (r < 0)
		return ids_error(f, r, value, err);
	range |= ids[2] != 1 || *set;
	if (range)
		add_map(groups ? &n->gids : &n->uids, groups, ids);
	if (*set)
		return 0;
	*set = true;
	*(groups ? &f->jail.gid : &f->jail.uid) = ids[0];
	*(groups ? &n->gid_outside : &n->uid_outside) = range ? UINT32_MAX : ids[1];
	return 0;
}

int nsjail_ids(struct foreign *f, const struct foreign_option *option, const char *const *values,
	       struct cove_error *err)
{
	return add_ids(f, option->number, false, values[0], err);
}

int nsjail_map(struct foreign *f, const struct foreign_option *option, const char *const *values,
	       struct cove_error *err)
{
	return add_ids(f, option->number, true, values[0], err);
}

/* With ranges, the command's own id has to be among them; UINT32_MAX: it is. */
void nsjail_add_maps(struct foreign *f)
{
	const struct nsjail *n = nsjail_of(f);
	struct jail *jail = &f->jail;
	uint32_t uid[3] = { jail->uid, n->uid_outside, 1 },
		 gid[3] = { jail->gid, n->gid_outside, 1 };
	bool moved = (uid[1] != UINT32_MAX && uid[1] != jail->facts->uid) ||
		     (gid[1] != UINT32_MAX && gid[1] != jail->facts->gid);

	if (!n->uids.len && !n->gids.len && !moved)
		return;
	jail->says_user = true;
	if (uid[1] != UINT32_MAX)
		add_map(&jail->words, false, uid);
	buf_adds(&jail->words, buf_str(&n->uids));
	if (gid[1] != UINT32_MAX)
		add_map(&jail->words, true, gid);
	buf_adds(&jail->words, buf_str(&n->gids));
}
