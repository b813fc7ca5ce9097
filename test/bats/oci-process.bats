#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root
# A container's process from its making to its execution: hooks, terminal, rights, the gate, exec.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cove_setup
	busybox=$(command -v busybox) || skip "needs busybox"
	store=$BATS_TEST_TMPDIR/store
	made=()
}

teardown() {
	local id

	for id in "${made[@]}"; do
		oci delete --force "$id" >/dev/null 2>&1 || true
	done
	cove_teardown
}

oci() {
	"$cove" --root "$store" --cgroup-manager disabled "$@"
}

# bundle [EDITS]: makes ./b; the edits are Python lines on the document "c", its process "p", its
# linux section "l" and its hooks "h".
bundle() {
	local name

	mkdir -p b/rootfs/bin b/rootfs/etc b/rootfs/proc b/rootfs/dev b/rootfs/sys b/rootfs/tmp
	cp "$busybox" b/rootfs/bin/busybox
	for name in sh ls cat id sleep true stty tty grep readlink pwd env umask mkdir hostname; do
		ln -sf busybox b/rootfs/bin/$name
	done
	"$python" - "$@" <<-'END'
		import json, os, sys

		caps = ["CAP_KILL", "CAP_CHOWN"]
		p = {"terminal": False, "user": {"uid": 0, "gid": 0}, "args": ["true"], "cwd": "/",
		     "env": ["PATH=/bin", "LD_PRELOAD=/evil.so"], "noNewPrivileges": True,
		     "capabilities": {k: list(caps) for k in ("bounding", "effective", "permitted")}}
		l = {"namespaces": [{"type": t} for t in ("pid", "mount", "ipc", "uts", "network")]}
		h = {}
		c = {"ociVersion": "1.0.2", "process": p, "root": {"path": "rootfs"}, "hostname": "boxed",
		     "mounts": [
		         {"destination": "/proc", "type": "proc", "source": "proc"},
		         {"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
		          "options": ["nosuid", "mode=755"]},
		         {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
		          "options": ["newinstance", "ptmxmode=0666", "mode=0620"]}],
		     "linux": l, "hooks": h, "annotations": {"org.example": "value"}}

		def sh(text):
		    p["args"] = ["sh", "-c", text]

		def hook(kind, text, **more):
		    h.setdefault(kind, []).append({"path": "/bin/sh", "args": ["sh", "-c", text], **more})

		exec(sys.argv[1] if len(sys.argv) > 1 else "")
		json.dump(c, open("b/config.json", "w"))
	END
}

create() { # ID [OPTION...]
	made+=("$1")
	oci create --bundle b "${@:2}" "$1" </dev/null
}

run_it() { # ID [OPTION...]
	made+=("$1")
	oci run --bundle b "${@:2}" "$1" </dev/null
}

pid_of() {
	oci state "$1" | "$python" -c 'import json, sys; print(json.load(sys.stdin)["pid"])'
}

is_status() { # ID STATUS
	equal "$2" "$(oci state "$1" | "$python" -c 'import json, sys; print(json.load(sys.stdin)["status"])')"
}

@test "run gives the status of the command" {
	bundle 'sh("exit 7")'
	run -7 run_it c
}

@test "a created container holds nothing of the host, and starts once" {
	bundle 'sh("echo started >/tmp/x; exec sleep 60")'
	exec 9</etc/passwd 8</
	create c >/dev/null
	pid=$(pid_of c)
	is_status c created
	equal cove-init "$(cat "/proc/$pid/comm")"
	for fd in /proc/"$pid"/fd/*; do
		case $(readlink "$fd") in
		/dev/null | pipe:* | "$BATS_TEST_TMPDIR"/* | /tmp/* | /dev/pts/*) ;;
		socket:*) sockets=$((${sockets:-0} + 1)) ;;
		*) readlink "$fd"; return 1 ;;
		esac
	done
	equal 1 "$sockets"
	equal 0000000000000021 "$(status_field "/proc/$pid/status" CapPrm)"
	oci start c
	is_status c running
	equal started "$(cat b/rootfs/tmp/x)"
	run -1 oci start c
	oci kill c KILL
}

@test "a created container can be killed" {
	bundle
	create c >/dev/null
	oci kill c KILL
	for _ in {1..50}; do
		is_status c stopped >/dev/null && break
		sleep 0.1
	done
	is_status c stopped
	run -1 oci start c
}

@test "of two starts at once one succeeds" {
	bundle 'sh("echo x >>/tmp/x; exec sleep 60")'
	create c >/dev/null
	starts=()
	for _ in 1 2 3 4; do
		(oci start c 2>/dev/null && echo ok >>ok; true) 3>&- &
		starts+=($!)
	done
	wait "${starts[@]}"
	equal ok "$(cat ok)"
	sleep 0.2
	equal x "$(cat b/rootfs/tmp/x)"
	oci kill c KILL
}

@test "a start that finds a stopped process says so, and a later one starts it" {
	bundle 'sh("exec sleep 60")'
	create c >/dev/null
	pid=$(pid_of c)
	kill -STOP "$pid"
	run -1 oci start c
	holds "$output" "does not answer"
	kill -CONT "$pid"
	oci start c
	is_status c running
	oci kill c KILL
}

@test "what cannot be executed is said by create, in the words that engines know" {
	while IFS='|' read -r args words; do
		bundle "p['args'] = ['$args']"
		run -1 create c
		holds "$output" "$words"
		run -1 oci state c
	done <<-'END'
		nosuch|exec: "nosuch": executable file not found in $PATH
		/nope|exec: "/nope": stat /nope: no such file or directory
		/etc|exec: "/etc": is a directory
		/etc/none/x|no such file or directory
		/bin/busybox/x|not a directory
	END
	bundle "p['args'] = ['/plain']"
	echo x >b/rootfs/plain
	run -1 create c
	holds "$output" 'exec: "/plain": permission denied'
}

@test "hooks of all kinds run in order, with the state, their own environment and no more" {
	bundle '
sh("exec sleep 60")
for kind in ("prestart", "createRuntime", "createContainer", "poststart", "poststop"):
    out = os.getcwd() + "/out"
    hook(kind, f"{{ echo {kind}; cat; echo; env; pwd; ls /proc/self/fd; }} >>{out}", env=["A=1"])
hook("startContainer", "{ echo startContainer; cat; echo; env; pwd; } >>/tmp/out")
h["startContainer"][0]["path"] = "/bin/sh"'
	create c >/dev/null
	pid=$(pid_of c)
	equal "prestart createRuntime createContainer" "$(grep -oE '^[a-z]+[A-Z]?[a-z]+$' out | xargs)"
	holds "$(cat out)" "\"status\":\"creating\",\"pid\":$pid,\"bundle\":\"$PWD/b\"" '"id":"c"' \
		'"ociVersion":"1.0.2"' '"org.example":"value"' '"pid":1,'
	oci start c
	oci kill c KILL
	sleep 0.2
	oci delete c
	holds "$(cat out)" "\"status\":\"running\",\"pid\":$pid" '"status":"stopped","pid":0' A=1
	holds "$(cat b/rootfs/tmp/out)" '"status":"created","pid":1,'
	lacks "$(cat out b/rootfs/tmp/out)" LD_PRELOAD
	lacks "$(cat b/rootfs/tmp/out)" A=1
	equal "$PWD/b" "$(grep "^/" out | sort -u)"
	equal "0 1 2 3" "$(grep '^[0-9]$' out | sort -u | xargs)" # 3 is that of ls
}

@test "a hook that fails undoes the container, and says what it wrote" {
	for kind in prestart createRuntime createContainer; do
		bundle "hook('$kind', 'echo because >&2; exit 3')"
		run -1 create c
		holds "$output" "$kind hook #0" "exit status 3" because
		run -1 oci state c
	done
	bundle "hook('startContainer', 'exit 4')"
	create c >/dev/null
	run -1 oci start c
	holds "$output" "startContainer hook #0" "exit status 4"
	oci delete --force c
}

@test "poststart and poststop hooks only warn" {
	bundle 'sh("exit 0")
hook("poststart", "exit 1")
hook("poststart", "echo second >>" + os.getcwd() + "/out")
hook("poststop", "exit 1")'
	run -0 run_it c
	equal second "$(cat out)"
	run -1 oci state c
}

@test "a hook that takes too long is killed with what it started" {
	for kind in prestart createContainer; do
		bundle "hook('$kind', 'sleep 1771 & sleep 1772', timeout=1)"
		run -1 create c
		holds "$output" "$kind hook #0" "did not end"
		run ! pgrep -x -f 'sleep 177[12]'
	done
}

@test "a hook's child that keeps its output open is not waited for" {
	bundle "hook('prestart', 'sleep 20 & echo >pid \$!')"
	SECONDS=0
	create c >/dev/null 2>&1
	[ "$SECONDS" -lt 10 ]
	kill "$(cat b/pid)"
}

@test "a signal while a hook runs undoes the container" {
	bundle "hook('createRuntime', 'echo >started; sleep 1773')"
	made+=(c)
	"$cove" --root "$store" --cgroup-manager disabled create --bundle b c </dev/null 2>err 3>&- &
	pid=$!
	until [ -e b/started ]; do sleep 0.05; done
	kill -TERM $pid
	wait $pid && return 1
	holds "$(cat err)" "signal 15"
	run ! pgrep -x -f 'sleep 1773'
	run -1 oci state c
}

@test "the terminal's master goes to the socket, whatever the length of its path" {
	deep=$PWD/$(printf 'x%.0s' {1..120})
	mkdir "$deep"
	bundle 'p["terminal"] = True
p["consoleSize"] = {"height": 33, "width": 77}
sh("tty; stty size; exec sleep 1")'
	"$python" - "$deep" >got <<-'END' &
		import array, os, socket, sys

		s = socket.socket(socket.AF_UNIX)
		os.chdir(sys.argv[1])
		s.bind("s")
		s.listen()
		c, _ = s.accept()
		data, extra, _, _ = c.recvmsg(4096, 1024)
		fd = array.array("i", extra[0][2])[0]
		print(data.decode())
		while True:
		    try:
		        text = os.read(fd, 4096)
		    except OSError:
		        break
		    sys.stdout.write(text.decode())
		    sys.stdout.flush()
	END
	listener=$!
	until [ -S "$deep/s" ]; do sleep 0.05; done
	create c --console-socket "$deep/s"
	oci start c
	wait $listener
	equal "/dev/pts/0 /dev/pts/0 33 77" "$(tr -d '\r' <got | xargs)"
}

@test "without a socket there is no detached terminal" {
	bundle 'p["terminal"] = True'
	run -1 create c --console-socket "$PWD/none"
	run -1 oci state c
}

@test "capabilities, no_new_privs, groups, umask and limits are those asked for" {
	bundle '
p["user"] = {"uid": 1000, "gid": 100, "additionalGids": [4, 27], "umask": 0o77}
p["capabilities"]["inheritable"] = p["capabilities"]["ambient"] = ["CAP_KILL"]
p["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}]
p["oomScoreAdj"] = 321
sh("id -u; id -g; umask; ulimit -Sn; ulimit -Hn; cat /proc/self/oom_score_adj; cat /proc/self/status")'
	run -0 run_it c
	equal "1000 100 0077 100 200 321" "$(head -n 6 <<<"$output" | xargs)"
	equal "4 27" "$(sed -n 's/^Groups:\t//p' <<<"$output" | xargs)"
	holds "$output" $'CapInh:\t0000000000000020' $'CapPrm:\t0000000000000020' \
		$'CapBnd:\t0000000000000021' $'CapAmb:\t0000000000000020' $'NoNewPrivs:\t1'
}

@test "nothing is inheritable that was not asked for" {
	bundle 'sh("cat /proc/self/status")'
	run -0 run_it c
	holds "$output" $'CapInh:\t0000000000000000' $'CapAmb:\t0000000000000000' \
		$'CapPrm:\t0000000000000021' $'CapEff:\t0000000000000021' $'Groups:\t \n'
}

@test "a filter without no_new_privs leaves no right behind" {
	[ -x "$tree/build/cove-seccomp" ] || skip "built without libseccomp"
	bundle '
p["noNewPrivileges"] = False
l["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW",
                "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}
sh("cat /proc/self/status; mkdir /tmp/d 2>/dev/null && echo made; exec sleep 60")'
	create c >out
	oci start c
	sleep 0.3
	holds "$(cat out)" $'NoNewPrivs:\t0' $'Seccomp:\t2' $'CapPrm:\t0000000000000021'
	lacks "$(cat out)" made
	run -0 oci exec c cat /proc/self/status
	holds "$output" $'NoNewPrivs:\t0' $'Seccomp:\t2' $'CapPrm:\t0000000000000021' \
		$'CapBnd:\t0000000000000021'
	oci kill c KILL
}

@test "cwd: a missing one is made, and none leads out" {
	bundle 'p["cwd"] = "/a/b"; sh("pwd")'
	run -0 run_it c
	equal /a/b "$output"
	for n in 3 4 5 6 7 8; do
		bundle "p['cwd'] = '/proc/self/fd/$n'; sh('pwd')"
		run run_it c
		lacks "$output" unreachable
		[ "$status" -ne 0 ]
	done
}

@test "descriptors of the caller stay outside" {
	exec 7</ 8</etc/passwd 9</sys/fs/cgroup
	bundle "sh('$open_fds')"
	run -0 run_it c
	equal "0 1 2" "$output"
	bundle 'sh("exec sleep 60")'
	create c >/dev/null
	oci start c
	run -0 oci exec c sh -c "$open_fds"
	equal "0 1 2" "$output"
	oci kill c KILL
}

@test "exec joins the container with its rights" {
	bundle 'sh("exec sleep 60")'
	create c >/dev/null
	oci start c
	run -0 oci exec c sh -c 'hostname; cat /proc/self/status; readlink /proc/self/ns/pid; readlink /proc/1/ns/pid'
	holds "$output" boxed $'CapPrm:\t0000000000000021' $'NoNewPrivs:\t1'
	equal 1 "$(tail -n 2 <<<"$output" | sort -u | wc -l)"
	run -7 oci exec c sh -c 'exit 7'
	run oci exec c nosuch
	differ 0 "$status"
	holds "$output" 'exec: "nosuch": executable file not found in $PATH'
	oci kill c KILL
}

@test "kernel settings of the container's namespaces, and no others" {
	bundle 'l["sysctl"] = {"net.ipv4.ip_forward": "1", "kernel.domainname": "d"}
sh("cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/domainname")'
	run -0 run_it c
	equal "1 d" "$(xargs <<<"$output")"
	before=$(cat /proc/sys/vm/swappiness)
	for name in vm.swappiness net/../vm/swappiness net.ipv4.....vm.swappiness; do
		bundle "l['sysctl'] = {'$name': '$before'}"
		run -1 create c
	done
}

@test "an AppArmor profile needs AppArmor" {
	[ ! -e /sys/kernel/security/apparmor ] || skip "AppArmor is there"
	bundle 'p["apparmorProfile"] = "some"'
	run -1 create c
	holds "$output" AppArmor
	bundle 'p["apparmorProfile"] = "unconfined"'
	run -0 run_it c
}

# Looks at every new process of its pid namespace, and says who has more rights than the container, or
# more than the standard descriptors.
write_watcher() {
	cat >watcher.c <<-'END'
		#include <dirent.h>
		#include <fcntl.h>
		#include <stdio.h>
		#include <stdlib.h>
		#include <string.h>
		#include <unistd.h>

		static void look(int pid)
		{
			char path[64], text[2048], link[256], *at;
			int fd, n;

			snprintf(path, sizeof(path), "/proc/%d/status", pid);
			fd = open(path, O_RDONLY);
			n = fd < 0 ? -1 : (int)read(fd, text, sizeof(text) - 1);
			close(fd);
			if (n <= 0)
				return;
			text[n] = 0;
			at = strstr(text, "CapPrm:");
			if (at && strtoull(at + 7, NULL, 16) & ~0x80023ull)
				printf("FULLCAPS %.40s\n", at);
			for (int i = 3; i < 16; i++) {
				snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, i);
				n = (int)readlink(path, link, sizeof(link) - 1);
				if (n > 0 && (link[n] = 0, strncmp(link, "socket:", 7) != 0))
					printf("ESCAPE %s\n", link);
			}
			snprintf(path, sizeof(path), "/proc/%d/exe", pid);
			fd = open(path, O_RDWR);
			if (fd >= 0)
				puts("WRITABLE");
			close(fd);
			printf("%s", "");
		}

		int main(void)
		{
			int last = getpid(), seen = 0;

			setvbuf(stdout, NULL, _IOLBF, 0);
			puts("ready");
			while (access("/tmp/stop", F_OK) != 0)
				for (int pid = last + 1; pid < last + 8; pid++) {
					char path[32];

					snprintf(path, sizeof(path), "/proc/%d", pid);
					if (access(path, F_OK) != 0)
						continue;
					seen++;
					for (int i = 0; i < 200; i++)
						look(pid);
					last = pid;
				}
			printf("seen %d\n", seen);
			return 0;
		}
	END
	cc -static -O1 -o b/rootfs/bin/watcher watcher.c
}

@test "who watches from inside never sees more than the command's rights" {
	command -v cc >/dev/null || skip "needs a compiler"
	bundle '
p["capabilities"] = {k: ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_KILL", "CAP_CHOWN"]
                     for k in ("bounding", "effective", "permitted")}
p["args"] = ["watcher"]'
	write_watcher
	sum=$(sha256sum "$cove")
	create c >out
	oci start c
	until grep -q ready out; do sleep 0.05; done
	for _ in {1..150}; do
		oci exec c true
	done
	touch b/rootfs/tmp/stop
	until grep -q seen out; do sleep 0.05; done
	lacks "$(cat out)" FULLCAPS ESCAPE WRITABLE
	[ "$(sed -n 's/^seen //p' out)" -gt 0 ] # or it proves nothing
	equal "$sum" "$(sha256sum "$cove")"
}

@test "a fault of any row leaves nothing" {
	bundle 'hook("prestart", "true"); hook("createContainer", "true")
hook("startContainer", "true"); l["sysctl"] = {"kernel.domainname": "d"}'
	for row in hooks.runtime hooks.container sysctl command created; do
		run create c --fault "$row:fail"
		[ "$status" -eq 0 ] || { run -1 oci state c; continue; }
		oci delete --force c
	done
}
