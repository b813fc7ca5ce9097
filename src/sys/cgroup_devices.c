/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device rules of a cgroup: the program is loaded and takes the place of the one before. See
 * cgroup.h.
 */
#define _GNU_SOURCE
#include "base/auto.h"
#include "base/err.h"
#include "sys/cgroup.h"
#include "sys/device_program.h"
#include "sys/fd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAME "cove_devices" /* by which ours is known from that of systemd */
#define MANY 64             /* programs on one cgroup; the kernel allows no more */

static int bpf(enum bpf_cmd command, union bpf_attr *attr)
{
	long r = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return r >= 0 ? (int)r : -errno;
}

static uint64_t address(const void *pointer)
{
	return (uint64_t)(uintptr_t)pointer;
}

static int load(const struct bpf_insn *program, unsigned len)
{
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE };
	int r, tries = 5;

	attr.insns = address(program);
	attr.insn_cnt = len;
	attr.license = address("Apache-2.0");
	memcpy(attr.prog_name, NAME, sizeof(NAME));
	/* The verifier gives up when a signal comes. */
	do
		r = bpf(BPF_PROG_LOAD, &attr);
	while (r == -EAGAIN && --tries > 0);
	return r;
}

static int open_program(uint32_t id)
{
	union bpf_attr attr = { .prog_id = id };

	return bpf(BPF_PROG_GET_FD_BY_ID, &attr);
}

static bool is_ours(int program)
{
	struct bpf_prog_info info = { .type = 0 };
	union bpf_attr attr = { .info.bpf_fd = (uint32_t)program };

	attr.info.info_len = sizeof(info);
	attr.info.info = address(&info);
	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) >= 0 && strcmp(info.name, NAME) == 0;
}

/* The programs that we attached before: one, or more if a detaching was cut short. */
static int find_ours(int cgroup, int *programs, unsigned *ret_count)
{
	uint32_t ids[MANY] = { 0 };
	union bpf_attr attr = { .query.target_fd = (uint32_t)cgroup };
	int r;

	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = address(ids);
	attr.query.prog_cnt = MANY;
	*ret_count = 0;
	r = bpf(BPF_PROG_QUERY, &attr);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < attr.query.prog_cnt && i < MANY; i++) {
		int program = open_program(ids[i]);

		if (program < 0)
			return program;
		if (is_ours(program))
			programs[(*ret_count)++] = program;
		else
			close(program);
	}
	return 0;
}

static int attach(int cgroup, int program, int old)
{
	union bpf_attr attr = { .target_fd = (uint32_t)cgroup };

	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	if (old >= 0) {
		attr.attach_flags |= BPF_F_REPLACE; /* Linux 5.6 */
		attr.replace_bpf_fd = (uint32_t)old;
	}
	return bpf(BPF_PROG_ATTACH, &attr);
}

static void detach(int cgroup, int program)
{
	union bpf_attr attr = { .target_fd = (uint32_t)cgroup };

	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	bpf(BPF_PROG_DETACH, &attr);
}

static int replace(int cgroup, int program)
{
	int old[MANY];
	unsigned count = 0;
	int r = find_ours(cgroup, old, &count);

	if (r == 0)
		r = attach(cgroup, program, count ? old[0] : -1);
	for (unsigned i = 0; i < count; i++) {
		if (r >= 0 && i > 0)
			detach(cgroup, old[i]);
		close(old[i]);
	}
	return r;
}

int cgroup_set_devices(int cgroup, const struct cgroup_device *rules, unsigned count,
		       struct cove_error *err)
{
	auto_free struct bpf_insn *program =
		calloc(device_program_size(count), sizeof(struct bpf_insn));
	auto_fd int fd = -1;
	int len = program ? device_program_make(rules, count, program) : -ENOMEM;
	int r;

	if (len < 0)
		return err_set(err, -len, NULL, NULL, "cannot make a program of the device rules");
	fd = load(program, (unsigned)len);
	if (fd < 0)
		return err_set(err, -fd, "bpf", "BPF_PROG_LOAD",
			       "cannot load the device rules of the cgroup");
	r = replace(cgroup, fd);
	if (r >= 0)
		return 0;
	return err_set(err, -r, "bpf", "BPF_PROG_ATTACH",
		       "cannot attach the device rules to the cgroup");
}
