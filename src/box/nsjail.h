/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of nsjail on ids and limits, and what is known of its list before the line is made.
 */
#ifndef BOX_NSJAIL_H
#define BOX_NSJAIL_H

#include "box/foreign.h"

enum { NSJAIL_LIMITS = 10 };

struct nsjail {
	const char *chroot, *hostname;
	bool writable, keep_env, no_limits, keeps_session, listens;
	const char *time, *nice;
	const char *limits[NSJAIL_LIMITS]; /* as given; NULL: not */
	struct buf uids, gids;             /* words --map of further ranges */
	bool uid_set, gid_set;
	uint32_t uid_outside, gid_outside;
	bool no_proc;
	const char *proc;
};

static inline struct nsjail *nsjail_of(const struct foreign *f)
{
	return f->state;
}

/* The row's number: 0 for users, 1 for groups. */
foreign_apply nsjail_ids;
foreign_apply nsjail_map;
/* The row's number: which limit, as rlimit_as, _core, _cpu, _fsize, _nofile, _nproc, _stack,
 * _memlock, _rtprio, _msgqueue. */
foreign_apply nsjail_limit;
foreign_apply nsjail_nice;
foreign_apply nsjail_time;

/* Add the words when the whole list is known. */
void nsjail_add_maps(struct foreign *f);
void nsjail_add_limits(struct foreign *f);

#endif
