#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root user
# Who the command is in the box, and what it may do.

load helpers

setup() {
	cove_setup
	uid=$(id -u)
	gid=$(id -g)
}

teardown() {
	cove_teardown
}

map() { # FILE OPTION...
	box "${@:2}" -- awk '{ print $1, $2, $3 }' "/proc/self/$1"
}

own() { # FIELD OPTION...: of /proc/self/status
	box "${@:2}" -- sed -n "s/^$1:[[:space:]]*//p" /proc/self/status
}

caps() { # OPTION...: inheritable permitted effective bounding ambient
	box "$@" -- awk '/^Cap/ { printf "%s ", $2 }' /proc/self/status | sed 's/ $//'
}

bits() { # NUMBER...: a mask as /proc writes it
	local mask=0 n

	for n; do
		mask=$((mask | 1 << n))
	done
	printf '%016x' "$mask"
}

none=0000000000000000

needs_subids() {
	grep -q "^$(id -un):" /etc/subuid 2>/dev/null && grep -q "^$(id -un):" /etc/subgid ||
		skip "no subordinate ids for $(id -un)"
	command -v newuidmap >/dev/null || skip "needs newuidmap"
}

# Directories of tests are closed to others; ids of a range are others.
open_to_all() {
	chmod 711 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" .
}

# ---- ids ----

@test "default: as you are" {
	equal "$uid $gid" "$(box -- sh -c 'echo $(id -u) $(id -g)')"
	equal "$uid $uid 1" "$(map uid_map)"
	equal "$gid $gid 1" "$(map gid_map)"
	equal "$uid $uid 1" "$(map uid_map --map own)"
	equal "$uid	$uid	$uid	$uid" "$(own Uid)"
	equal "$gid	$gid	$gid	$gid" "$(own Gid)"
}

@test "--map root: you are 0, without capabilities" {
	equal "0 0" "$(box --map root --user root -- sh -c 'echo $(id -u) $(id -g)')"
	equal "0 $uid 1" "$(map uid_map --map root)"
	equal "0 $gid 1" "$(map gid_map --map root)"
	equal "$none $none $none $none $none" "$(caps --map root --user 0)"
	equal "0 0" "$(box --map root -- sh -c 'echo $(id -u) $(id -g)')"
}

@test "--root, -r: 0, with eleven capabilities" {
	equal "0 0" "$(box --root -- sh -c 'echo $(id -u) $(id -g)')"
	equal "0 $uid 1" "$(map uid_map -r)"
	eleven=$(bits 0 1 3 4 5 6 7 8 10 18 31)
	equal "$none $eleven $eleven $eleven $none" "$(caps --root)"
	box --root -- sh -c 'echo x >file; chown 0:0 file'
	equal "$uid:$gid" "$(stat -c %u:%g file)"
}

@test "--root: what is not mapped is nobody's" {
	is_root && skip "root owns it"
	equal 65534 "$(box --root -- stat -c %u /etc/passwd)"
	ends 1 box --root -- chown 1:1 .
}

@test "--user: this number, which is you outside" {
	equal "5 6" "$(box --user 5:6 -- sh -c 'echo $(id -u) $(id -g)')"
	equal "5 5" "$(box --user 5 -- sh -c 'echo $(id -u) $(id -g)')"
	equal "5 $uid 1" "$(map uid_map --user 5:6)"
	equal "6 $gid 1" "$(map gid_map -u 5:6)"
	equal "4294967294" "$(box --user 4294967294 -- id -u)"
	box --user 5:6 -- touch file
	equal "$uid:$gid" "$(stat -c %u:%g file)"
}

@test "--user: exact decimal numbers only" {
	for wrong in "" +1 -1 " 1" "1 " 1x 0x1 1e3 1.5 4294967295 4294967296 99999999999999999999 1: :1 1:2:3 \
		nobody 1:x; do
		ends 2 box --user "$wrong" -- true
		equal "" "$output"
	done
}

@test "--user that the maps do not have" {
	ends 2 box --map root --user 5 -- true
	holds "$error" "user 5" hint:
	ends 2 box --map 0:"$uid":1 --user 0:7 -- true
}

@test "a user namespace that is shared keeps the ids" {
	equal "$(id)" "$(box --only uts -- id)"
	needs_root
	equal "0 0 4294967295" "$(map uid_map --share user)"
	equal "7 8" "$(box --share user --user 7:8 -- sh -c 'echo $(id -u) $(id -g)')"
}

@test "maps with ranges, as root" {
	needs_root
	open_to_all
	equal "0 100000 65536" "$(map uid_map --map 0:100000:65536 --user 0)"
	equal "0 100000 65536" "$(map gid_map --map 0:100000:65536 --user 0)"
	equal "0 100000 10|20 200000 5" "$(map uid_map --map 0:100000:10 --map 20:200000:5 --user 0 | paste -sd'|')"
	equal "0 100000 10" "$(map uid_map --map u:0:100000:10 --map g:0:200000:10 --user 0)"
	equal "0 200000 10" "$(map gid_map --map u:0:100000:10 --map g:0:200000:10 --user 0)"
	chmod 777 .
	box --map 0:100000:65536 --user 3:4 --cwd "$PWD" --rw . -- touch file
	equal "100003:100004" "$(stat -c %u:%g file)"
}

@test "what root can open can be shown to mapped ids" {
	needs_root
	mkdir -m 700 closed
	mkdir -m 755 closed/source
	echo x >closed/source/file
	cd /
	equal x "$(box --map 0:100000:65536 --user 0 --ro "$BATS_TEST_TMPDIR/closed/source:/mnt" -- cat /mnt/file)"
}

@test "maps with ranges: chown inside is chown outside" {
	needs_root
	open_to_all
	touch file
	chown 100000:100000 file
	chmod 777 .
	box --map 0:100000:65536 --root -- chown 1000:33 file
	equal "101000:100033" "$(stat -c %u:%g file)"
}

@test "foreign ranges are refused without privilege" {
	is_root && skip "root may"
	ends 125 box --map 0:300000000:10 --user 0 -- true
	holds "$error" ids.map "--map 0:300000000:10"
	ends 125 box --map 0:0:1 --user 0 -- true
	holds "$error" ids.map
}

@test "malformed and impossible maps" {
	for wrong in 0:1 0:1:2:3 a:b:c -1:0:1 u: g:0 "" x:0:1:2 rot 4294967296:0:1; do
		ends 2 box --map "$wrong" -- true
		holds "$error" "'$wrong'"
	done
	for wrong in 0:0:0 0:4294967295:2; do
		status=0
		box --map "$wrong" --user 0 -- true 2>err || status=$?
		[ "$status" -eq 2 ] || [ "$status" -eq 125 ]
		has_text err map
	done
}

@test "--map auto: yours as 0, subordinate ids from 1 on, chown works" {
	needs_subids
	IFS=: read -r _ start count < <(grep "^$(id -un):" /etc/subuid)
	equal "0 $uid 1|1 $start $count" "$(map uid_map --map auto --user 0 | paste -sd'|')"
	equal "0 $gid 1" "$(map gid_map --map auto --user 0 | head -n 1)"
	touch file
	box --map auto --root -- sh -c 'chown 33:44 file && [ "$(stat -c %u:%g file)" = 33:44 ]'
	equal "$((start + 32))" "$(stat -c %u file)"
	box --map auto --root -- sh -c 'chown 0:0 file'
	equal "$uid:$gid" "$(stat -c %u:%g file)"
	equal allow "$(box --map auto --user 0 -- cat /proc/self/setgroups)"
	equal "7 7" "$(box --map auto --user 7 -- sh -c 'echo $(id -u) $(id -g)')"
}

@test "--map auto without subordinate ids says how to get them" {
	grep -q "^$(id -un):" /etc/subuid 2>/dev/null && skip "$(id -un) has some"
	ends 125 box --map auto -- true
	holds "$error" "no subordinate ids" "--map auto" "usermod --add-subuids"
}

# ---- groups ----

@test "groups: none but the own, where they can be set" {
	if is_root; then
		equal "" "$(setpriv --groups 4,24,27 "$cove" box -- sed -n 's/^Groups:[[:space:]]*//p' /proc/self/status)"
		equal allow "$(box -- cat /proc/self/setgroups)"
	else
		equal deny "$(box -- cat /proc/self/setgroups)"
		equal deny "$(box --root -- cat /proc/self/setgroups)"
	fi
}

@test "groups: without setgroups, none can be left to gain by it" {
	is_root && skip "root may set groups"
	ends 1 box --root -- "$python" -c 'import os; os.setgroups([])'
	holds "$error" "Operation not permitted"
}

@test "groups: a supplementary group that was dropped opens nothing" {
	needs_root
	echo secret >file
	chown 0:27 file
	chmod 040 file
	open_to_all
	ends 1 setpriv --groups 27 "$cove" box --map 0:100000:65536 --user 1 --rw . -- cat file
}

# ---- capabilities ----

@test "capabilities: none in any set, root or not, for good" {
	equal "$none $none $none $none $none" "$(caps)"
	equal "$none $none $none $none $none" "$(caps --user 0)"
	equal 1 "$(own NoNewPrivs)"
	# noroot, no_setuid_fixup, both locked
	equal 15 "$(box -- "$python" -c 'import ctypes; print(ctypes.CDLL(None).prctl(27, 0, 0, 0, 0))')"
}

@test "--cap-add: in all sets that the command needs, ambient for those who are not root" {
	bit=$(bits 13)
	equal "$none $bit $bit $bit $none" "$(caps --user 0 --cap-add net_raw)"
	equal "$bit $bit $bit $bit $bit" "$(caps --user 5 --cap-add net_raw)"
	equal "$bit $bit $bit $bit $bit" "$(caps --user 5 --cap-add CAP_NET_RAW)"
	both=$(bits 10 13)
	equal "$both $both $both $both $both" "$(caps --user 5 --cap-add net_raw,net_bind_service)"
	equal "$both $both $both $both $both" "$(caps --user 5 --cap-add net_raw --cap-add net_bind_service)"
}

@test "--cap-drop: after all additions" {
	bit=$(bits 13)
	equal "$none $bit $bit $bit $none" "$(caps --user 0 --cap-drop chown --cap-add net_raw,chown)"
	last=$(cat /proc/sys/kernel/cap_last_cap)
	everything=$(printf '%016x' $(((1 << (last + 1)) - 1)))
	equal "$none $everything $everything $everything $none" "$(caps --user 0 --cap-add all)"
	equal "$none $none $none $none $none" "$(caps --user 0 --cap-add all --cap-drop all)"
	lacks "$(caps --root --cap-drop chown,dac_override)" "$(bits 0 1)"
	equal "$(bits 3 4 5 6 7 8 10 18 31)" "$(caps --root --cap-drop chown,dac_override | cut -d' ' -f2)"
}

@test "--cap-add and --cap-drop: unknown names" {
	for option in --cap-add --cap-drop; do
		ends 2 box "$option" net_rav -- true
		holds "$error" "unknown capability 'net_rav'" "did you mean"
		ends 2 box "$option" 13x -- true
	done
}

@test "capabilities hold in the box's namespaces only" {
	ends 0 box --user 0 --cap-add all -- "$python" -c 'import socket
socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
socket.sethostname("changed"); print(socket.gethostname())'
	equal changed "$output"
	ends 1 box --user 0 --cap-add all --net host -- "$python" -c 'import socket
socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)'
	ends 1 box -- "$python" -c 'import socket; socket.sethostname("changed")'
	differ changed "$(uname -n)"
}

@test "what was hidden or read-only stays so, in a further user namespace as well" {
	ends 0 box -- unshare -Urm true || skip "no user namespaces below the box's"
	mkdir kept
	for target in / kept /usr; do
		[ "$target" = /usr ] && ! mountpoint -q /usr && continue
		ends 32 box --ro kept -- unshare -Urm mount -o remount,rw,bind "$target"
		ends 32 box --root --ro kept -- mount -o remount,rw,bind "$target"
	done
	for target in /home /tmp /proc; do
		ends 32 box -- unshare -Urm umount "$target"
		ends 32 box --root -- umount "$target"
	done
}

@test "--only keeps the capabilities of --cap-add only" {
	is_root || equal "$none $none $none" "$(caps --only uts | cut -d' ' -f 1,2,3)"
	equal "$(bits 13)" "$(caps --only uts,user --user 0 --cap-add net_raw | cut -d' ' -f2)"
	! is_root || equal "$(awk '/^CapBnd/ { print $2 }' /proc/self/status)" \
		"$(caps --only uts | cut -d' ' -f4)"
}

@test "set-user-id programs give nothing" {
	cp "$(command -v id)" suid-id
	chmod 4755 suid-id
	equal "$uid" "$(box -- ./suid-id -u)"
	equal "$none $none $none $none $none" "$(box -- sh -c 'exec awk "/^Cap/ { printf \"%s \", \$2 }" /proc/self/status' | sed 's/ $//')"
	if is_root; then
		open_to_all
		chown root: suid-id
		equal 1 "$(box --map 0:100000:65536 --user 1 --rw . -- ./suid-id -u)"
		equal 1 "$(box --share user --user 1 --rw . -- ./suid-id -u)"
	fi
	lacks "$(box -- sh -c 'su root -c id 2>&1 </dev/null; :')" "uid=0(root) gid=0(root) groups=0(root),"
}

@test "file capabilities give nothing" {
	needs_root
	cp "$(command -v awk)" awk
	setcap cap_net_raw+ep awk
	open_to_all
	equal "$none" "$(box -- ./awk '/^CapPrm/ { print $2 }' /proc/self/status)"
	equal "$none" "$(box --map 0:0:65536 --user 5 --rw . -- ./awk '/^CapPrm/ { print $2 }' /proc/self/status)"
	equal "$none" "$(box --share user --user 5 --rw . -- ./awk '/^CapPrm/ { print $2 }' /proc/self/status)"
}

# ---- limits and such ----

@test "--rlimit: soft and hard" {
	equal "100 200" "$(box --rlimit nofile=100:200 -- sh -c 'echo $(ulimit -n) $(ulimit -Hn)')"
	equal "100 100" "$(box --rlimit nofile=100 -- sh -c 'echo $(ulimit -n) $(ulimit -Hn)')"
	equal 0 "$(box --rlimit core=0 -- sh -c 'ulimit -c')"
	ends 0 box --rlimit as=512M --rlimit cpu=7 -- cat /proc/self/limits
	equal "536870912 536870912" "$(awk '/^Max address space/ { print $4, $5 }' <<<"$output")"
	equal "7 7" "$(awk '/^Max cpu time/ { print $4, $5 }' <<<"$output")"
	equal 10 "$(box --rlimit nofile=100 --rlimit nofile=10 -- sh -c 'ulimit -n')"
	equal "$(ulimit -n)" "$(box -- sh -c 'ulimit -n')"
	box --rlimit fsize=1K -- sh -c 'head -c 2000 /dev/zero >big' && false
	[ "$(stat -c %s big)" -le 1024 ]
}

@test "--rlimit: wrong ones" {
	ends 2 box --rlimit nofiles=1 -- true
	holds "$error" "unknown resource limit 'nofiles'" "did you mean 'nofile'"
	for wrong in nofile nofile= nofile=x nofile=1:x nofile=2:1 nofile=-1 nofile=1:2:3 =5 nofile=99999999999999999999; do
		ends 2 box --rlimit "$wrong" -- true
	done
}

@test "--rlimit above the hard limit: only root" {
	ulimit -Sn 4000
	ulimit -Hn 5000
	if has_cap 24; then
		equal "6000 7000" "$(box --rlimit nofile=6000:7000 -- sh -c 'echo $(ulimit -n) $(ulimit -Hn)')"
		equal unlimited "$(ulimit -Hu 1000; box --rlimit nproc=unlimited -- sh -c 'cat /proc/self/limits' | awk '/^Max processes/ { print $4 }')"
	elif ! is_root; then
		ends 125 box --rlimit nofile=6000:7000 -- true
		holds "$error" "--rlimit nofile=6000:7000" limits.raise CAP_SYS_RESOURCE
		equal "4000 5000" "$(box --rlimit nofile=4000:5000 -- sh -c 'echo $(ulimit -n) $(ulimit -Hn)')"
	fi
}

@test "--rlimit so low that cove-init could not have worked" {
	[ -z "${COVE_SANITIZED-}" ] || skip "the sanitized cove is not static"
	cp "$cove" static
	ends 0 box --rlimit nofile=3 --rlimit nproc=1 --rlimit stack=256K -- ./static version
	holds "$output" cove
	status=0
	box --rlimit as=1 -- true 2>err || status=$?
	[ "$status" -ne 0 ]
}

@test "--nice" {
	equal 7 "$(box --nice 7 -- nice)"
	equal "$(nice)" "$(box -- nice)"
	if has_cap 23; then
		equal -3 "$(box --nice -3 -- nice)"
	else
		ends 125 box --nice -3 -- true
		holds "$error" "--nice -3" "CAP_SYS_NICE"
	fi
	for wrong in 20 -21 x "" 1.5; do
		ends 2 box --nice "$wrong" -- true
	done
}

@test "--oom-score-adj" {
	equal 500 "$(box --oom-score-adj 500 -- cat /proc/self/oom_score_adj)"
	equal "$(cat /proc/self/oom_score_adj)" "$(box -- cat /proc/self/oom_score_adj)"
	if has_cap 24; then
		equal -500 "$(box --oom-score-adj -500 -- cat /proc/self/oom_score_adj)"
	elif ! is_root; then
		ends 125 box --oom-score-adj -500 -- true
		holds "$error" "--oom-score-adj -500" "CAP_SYS_RESOURCE"
	fi
	ends 2 box --oom-score-adj 1001 -- true
}

@test "--umask, and the caller's without" {
	equal 0077 "$(box --umask 077 -- sh -c umask)"
	equal 0000 "$(box --umask 0 -- sh -c umask)"
	equal 0027 "$(umask 027; box -- sh -c umask)"
	equal 0027 "$(umask 027; box --no-init -- sh -c umask)"
	equal 755 "$(umask 077; box -- stat -c %a /run)"
	for wrong in 8 01000 x "" -1; do
		ends 2 box --umask "$wrong" -- true
	done
}

@test "keyring: a new session keyring of its own" {
	id_of='import ctypes; print(ctypes.CDLL(None).syscall(250, 0, -3, 0))'
	[ "$(uname -m)" = x86_64 ] || skip "numbers of x86_64"
	mine=$("$python" -c "$id_of")
	[ "$mine" -gt 0 ] || skip "no keyrings here"
	inside=$(box --allow keyring -- "$python" -c "$id_of")
	other=$(box --allow keyring -- "$python" -c "$id_of")
	[ "$inside" -gt 0 ]
	differ "$mine" "$inside"
	differ "$inside" "$other"
	! is_root || equal "$mine" "$(box --only uts -- "$python" -c "$id_of")"
}

# ---- seccomp ----

@test "seccomp: a profile denies what it says" {
	cat >profile.json <<-'END'
		{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
			{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95},
			{"names": ["personality"], "action": "SCMP_ACT_KILL_PROCESS"}]}
	END
	ends 1 box --seccomp profile.json -- mkdir dir
	holds "$error" "Operation not supported"
	[ ! -e dir ]
	ends 159 box --seccomp profile.json -- setarch -R true
	equal "2" "$(own Seccomp --seccomp profile.json)"
	equal "0" "$(own Seccomp --seccomp profile.json --seccomp off)"
	box --seccomp off -- mkdir dir
}

@test "seccomp: it also holds for what the command starts, and cannot be undone" {
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}' >profile.json
	ends 1 box --root --cap-add all --seccomp profile.json -- sh -c 'sh -c "mkdir dir; exit"'
	ends 1 box --no-init --seccomp profile.json -- mkdir dir
	ends 1 box --only uts --seccomp profile.json -- mkdir dir
	[ ! -e dir ]
}

@test "seccomp: a realistic profile runs programs" {
	profile=$tree/test/seccomp/realistic.json
	equal "through" "$(box --seccomp "$profile" -- sh -c 'echo through | cat')"
	equal 2 "$(own Seccomp --seccomp "$profile")"
	ends 1 box --root --seccomp "$profile" -- unshare -U true
	holds "$error" "Operation not permitted"
}

@test "seccomp: a profile that is missing, or wrong, is refused with its place" {
	ends 2 box --seccomp "$PWD/nowhere" -- true
	holds "$error" "$PWD/nowhere" "--seccomp" "No such file"
	ends 2 box --seccomp "$tree/test/seccomp/duplicate-key.json" -- true
	holds "$error" "duplicate-key.json" "--seccomp"
	ends 2 box --seccomp "$tree/test/seccomp/unknown-action.json" -- true
	holds "$error" "unknown-action.json"
	echo garbage >profile.json
	status=0
	box --seccomp profile.json -- true 2>err || status=$?
	[ "$status" -eq 2 ] || [ "$status" -eq 125 ]
	has_text err profile.json
}

@test "seccomp: a compiled filter" {
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}]}' >profile.json
	"${COVE_BUILD:-$(dirname "$cove")}/cove-seccomp" <profile.json >program
	ends 1 box --seccomp program -- mkdir dir
	holds "$error" "Operation not supported"
	head -c -3 program >cut
	status=0
	box --seccomp cut -- true 2>err || status=$?
	[ "$status" -eq 2 ] || [ "$status" -eq 125 ]
	has_text err cut
}

@test "seccomp: one that denies what starting takes is an error, or a death, never silence" {
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["execve", "execveat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}' >profile.json
	ends 2 box --seccomp profile.json -- true
	holds "$error" "forbids 'execve'" "--seccomp"
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{"names": ["execve", "execveat"], "action": "SCMP_ACT_KILL_PROCESS"}]}' >profile.json
	for init in --init --no-init; do
		ends 2 box "$init" --seccomp profile.json -- true
	done
	echo '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
		{"names": ["execve"], "action": "SCMP_ACT_ALLOW", "args": [
			{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]}' >profile.json
	for init in --init --no-init; do
		status=0
		timeout 15 "$cove" box "$init" --seccomp profile.json -- true 2>err || status=$?
		[ "$status" -ne 0 ] && [ "$status" -ne 124 ]
	done
}
