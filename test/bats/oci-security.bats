#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root
# What a hostile container, configuration or neighbour could do to the host, and faults of the host in
# the middle of things: that nothing is gained by them, and nothing left.

load helpers
load oci

setup() {
	oci_setup
	group=
}

teardown() {
	oci_teardown
	[ ! -d "$group" ] || rmdir "$group"
}

v2_tree() {
	awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo
}

other() { # a second root
	"$cove" --root "$BATS_TEST_TMPDIR/other" "$@"
}

@test "a container of the same name under another root is not deleted" {
	create
	kill -KILL "$(pid_of)"
	soon status_is stopped
	other run --detach --bundle "$bundle" "$id" >/dev/null 2>&1 </dev/null 3>&-
	oci delete --force "$id"
	equal running "$(other state "$id" | jq -r .status)"
	other delete --force "$id"
	nothing_left
}

@test "a cgroup in which all were killed once takes a container" {
	group=$(v2_tree)/$id
	mkdir "$group" || skip "no cgroup of our own"
	echo 1 >"$group/cgroup.kill"
	configure "$bundle" '.linux.cgroupsPath = $path' --arg path "/$id"
	command_is "$bundle" true
	oci run --bundle "$bundle" "$id"
}

@test "nothing is left where descriptors are short" {
	for limit in 6 8 10 12 14 16 18; do
		sh -c 'ulimit -n "$1"; shift; exec "$@"' sh "$limit" \
			"$cove" --root "$root" create --bundle "$bundle" "$id" \
			</dev/null >out 2>errors 3>&- || has_text errors descriptors
		oci delete --force "$id"
		nothing_left
	done
}

@test "a record that is damaged does not make a living container a stopped one" {
	start
	pid=$(pid_of)
	echo junk >"$root/$id/record"
	ends 1 oci delete "$id"
	exists "$pid"
	oci delete --force "$id"
	nothing_left
}

@test "a start that was killed before it was written down is not done twice" {
	create
	cp "$root/$id/record" record
	oci start "$id"
	cp record "$root/$id/record"
	ends 1 oci start "$id"
	holds "$error" "already running"
	status_is running
}

@test "what is joined by a path and is the host's own is not changed" {
	before=$(cat /proc/sys/kernel/msgmax)
	configure "$bundle" '.linux.sysctl = {"kernel.msgmax": "1"} | .linux.namespaces |=
		map(if .type == "ipc" then .path = "/proc/self/ns/ipc" else . end)'
	ends 1 oci create --bundle "$bundle" "$id"
	holds "$error" "host's own"
	equal "$before" "$(cat /proc/sys/kernel/msgmax)"
	nothing_left
}

# Runs a command on a terminal, and says whether what it starts can reach that.
on_terminal() {
	"$python" - "$@" <<-'END'
		import os, pty, sys
		pid, master = pty.fork()
		if pid == 0:
		    os.execvp(sys.argv[1], sys.argv[1:])
		text = b""
		try:
		    while True:
		        part = os.read(master, 4096)
		        if not part:
		            break
		        text += part
		except OSError:
		    pass
		os.waitpid(pid, 0)
		sys.stdout.write(text.decode())
	END
}

@test "without a terminal of its own a command has not the caller's" {
	look='(: </dev/tty) 2>/dev/null && echo mine || echo none'
	command_is "$bundle" sh -c "$look"
	holds "$(on_terminal "$cove" --root "$root" run --bundle "$bundle" "$id")" none
	command_is "$bundle" sleep 600
	start
	holds "$(on_terminal "$cove" --root "$root" exec "$id" sh -c "$look")" none
}

# Looks at all processes that come, and says who has more capabilities than itself, or another root.
write_watcher() {
	cat >watcher.c <<-'END'
		#include <fcntl.h>
		#include <stdio.h>
		#include <stdlib.h>
		#include <string.h>
		#include <unistd.h>

		static unsigned long long own;

		static unsigned long long permitted(int pid)
		{
			char path[64], text[4096], *at;
			int fd, n;

			snprintf(path, sizeof(path), "/proc/%d/status", pid);
			fd = open(path, O_RDONLY);
			n = fd < 0 ? -1 : (int)read(fd, text, sizeof(text) - 1);
			close(fd);
			text[n < 0 ? 0 : n] = 0;
			at = strstr(text, "CapPrm:");
			return at ? strtoull(at + 7, NULL, 16) : 0;
		}

		static int look(int pid)
		{
			char path[64], link[256];
			int n;

			snprintf(path, sizeof(path), "/proc/%d/root/host-only", pid);
			if (access(path, F_OK) == 0)
				puts("HOSTROOT");
			if (permitted(pid) & ~own)
				puts("FULLCAPS");
			for (int fd = 3; fd < 16; fd++) {
				snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
				n = (int)readlink(path, link, sizeof(link) - 1);
				if (n > 0 && link[0] == '/')
					printf("DESCRIPTOR %.*s\n", n, link);
			}
			snprintf(path, sizeof(path), "/proc/%d", pid);
			return access(path, F_OK) == 0;
		}

		int main(void)
		{
			int seen = 0;

			own = permitted(getpid());
			setvbuf(stdout, NULL, _IOLBF, 0);
			puts("ready");
			while (access("/tmp/stop", F_OK) != 0)
				for (int pid = seen + 2; pid < seen + 8; pid++)
					for (int i = 0; i < 300 && look(pid); i++)
						seen = pid - 1;
			printf("seen %d\n", seen);
			return 0;
		}
	END
	cc -static -O1 -o "$bundle/rootfs/bin/watcher" watcher.c
}

@test "who watches a pid namespace does not see a container being made in it with the host's rights" {
	command -v cc >/dev/null || skip "needs a compiler"
	needs_kernel 6.18 # before, a procfs for a joined pid namespace is opened by a process in it
	write_watcher
	configure "$bundle" '.process.capabilities |= map_values(["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"])'
	command_is "$bundle" watcher
	start
	soon has_text out ready
	cp -r "$bundle" second
	configure second '.linux.namespaces |= map(if .type == "pid" then .path = $path else . end)' \
		--arg path "/proc/$(pid_of)/ns/pid"
	command_is second true
	for _ in {1..40}; do
		oci run --bundle second "$id-2"
	done
	touch "$bundle/rootfs/tmp/stop"
	soon has_text out seen
	lacks "$(cat out)" FULLCAPS HOSTROOT DESCRIPTOR
	[ "$(sed -n 's/^seen //p' out)" -gt 10 ]
}

@test "no file of the state directory is for others" {
	umask 0
	create --pid-file pid
	equal "" "$(find "$root" ! -type s -perm /077)"
	umask 022
}
