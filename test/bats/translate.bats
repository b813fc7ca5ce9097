#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root user
# Lines for bubblewrap are run by it and, translated, by cove: a probe tells what it sees in each.

load helpers

setup() {
	cove_setup
	here=$BATS_TEST_TMPDIR
	help=$("$cove" box --help)
	export COVE_TRANSLATE=secret
	export HOME
}

teardown() {
	cove_teardown
}

# What a program finds out: KEY=VALUE lines. It writes nothing.
probe='
state() {
	if [ ! -d "$2" ]; then echo "$1=missing"; return; fi
	if [ -w "$2" ]; then w=writable; else w=read-only; fi
	if [ -n "$(ls -A "$2" 2>&1)" ]; then f=full; else f=empty; fi
	echo "$1=$f,$w"
}
state / /
state usr /usr
state etc /etc
state tmp /tmp
state run /run
state home "$PROBE_HOME"
state here "$PROBE_HERE"
state sys /sys
state data /data
echo "cwd=$(pwd)"
echo "ids=$(id -u):$(id -g)"
echo "secret=$COVE_TRANSLATE"
echo "path=$PATH"
echo "added=$PROBE_ADDED"
echo "devices=$(sed -n "s/^ *\([a-z0-9]*\):.*/\1/p" /proc/net/dev | sort | tr "\n" " ")"
n=0; for p in /proc/[0-9]*; do n=$((n + 1)); done
if [ $n -lt 8 ]; then echo "processes=own"; else echo "processes=all"; fi
while read -r key value; do
	case $key in CapEff:|NoNewPrivs:) echo "$key$value" ;; esac
done </proc/self/status
if [ -z "$( (echo x >/dev/null) 2>&1)" ]; then echo null=yes; else echo null=no; fi
'

# Takes out what this cove does not have yet.
this_build() { # LINE
	local line=$1 option

	for option in --new-session --die-with-parent; do
		[[ $help == *"$option"* ]] || line=${line/ $option/}
	done
	[[ $help == *"--time "* ]] || line=$(sed -E 's/ --time [0-9]+//' <<<"$line")
	echo "${line/cove box/\"\$cove\" box}"
}

translated() { # STATUS TOOL ARGUMENT...
	ends "$1" "$cove" box "--from-$2" "${@:3}"
	notes=$error
	line=$(this_build "$output")
}

# Runs both and compares: DIFFERENCES is what cove's probe says otherwise, in the probe's order.
compare() { # STATUS DIFFERENCES ARGUMENT...
	local told

	export PROBE_HOME=$HOME PROBE_HERE=$here
	translated "$1" bwrap "${@:3}" sh -c "$probe"
	bwrap "${@:3}" sh -c "$probe" >theirs
	eval "$line" >mine
	# Root keeps capabilities with bwrap: that is said.
	if grep -q '^CapEff:0*[1-9a-f]' theirs; then
		holds "$notes" "for root, bwrap leaves capabilities" || return
	fi
	holds "$(<mine)" CapEff:0000000000000000 || return
	sed -i /^CapEff/d theirs mine
	told=$(diff theirs mine | sed -n 's/^> //p')
	[ "$2" = "$told" ] || {
		printf '%s\nwanted: %s\ngot: %s\n' "$line" "$2" "$told"
		diff theirs mine
		return 1
	}
}

works() { # bwrap here at all?
	bwrap --ro-bind / / true 2>/dev/null || skip "bwrap cannot make a sandbox here"
}

# A list of this text's lines.
lines() {
	printf '%s\n' "$@"
}

@test "bwrap: the agent's wrapper" {
	works
	compare 0 "$(lines run=empty,writable home=empty,writable)" \
		--ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --bind "$PWD" "$PWD" --unshare-all \
		--die-with-parent --new-session
	holds "$notes" "all home directories, /run"
	ends 0 "$cove" box --from-bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --bind "$PWD" \
		"$PWD" --unshare-all --die-with-parent --new-session CMD
	equal "cove box --die-with-parent --new-session --env-pass '*' -- CMD" "$output"
}

@test "bwrap: the host's tree, read-only" {
	works
	compare 0 "$(lines tmp=full,writable run=empty,writable home=empty,writable null=yes)" --ro-bind / /
	holds "$line" "--share pid,net,ipc,uts,cgroup" "--ro $PWD"
}

@test "bwrap: the host's tree, read-only, in namespaces of its own" {
	works
	compare 0 "$(lines tmp=full,writable run=empty,writable home=empty,writable)" \
		--ro-bind / / --proc /proc --dev /dev --unshare-all
}

@test "bwrap: a root of pieces" {
	works
	compare 0 "$(lines /=full,read-only run=empty,writable)" \
		--ro-bind /usr /usr --symlink usr/lib64 /lib64 --symlink usr/lib /lib \
		--symlink usr/bin /bin --proc /proc --dev /dev --tmpfs /tmp --unshare-pid --new-session
	lacks "$(<mine)" etc=full home=full
}

@test "bwrap: a root of pieces, read-only, with work in it" {
	works
	mkdir -p data
	compare 0 sys=empty,writable \
		--ro-bind /usr /usr --symlink usr/lib64 /lib64 --symlink usr/lib /lib --symlink usr/bin /bin \
		--ro-bind /etc /etc --proc /proc --dev /dev --tmpfs /tmp --tmpfs /run --bind "$PWD" "$PWD" \
		--ro-bind data /data --remount-ro / --unshare-all --chdir "$PWD"
}

@test "bwrap: the writable host, without network" {
	works
	local differences=run=empty,writable

	! is_root || differences=$(lines run=empty,writable sys=full,read-only)
	compare 1 "$differences" --dev-bind / / --unshare-net
	holds "$notes" "no devices of the host"
	holds "$(<mine)" "devices=lo " processes=all
}

@test "bwrap: a root directory" {
	works
	mkdir -p root/{bin,proc,sys,dev,tmp,run,etc}
	cp "$(command -v busybox)" root/bin/busybox
	for tool in sh ls cat id sed sort tr true; do
		ln -s busybox root/bin/$tool
	done
	echo 'nameserver 127.0.0.1' >resolv.conf
	compare 0 "" \
		--bind root / --proc /proc --dev /dev --tmpfs /tmp --tmpfs /run \
		--ro-bind resolv.conf /etc/resolv.conf --unshare-all --share-net --uid 0 --gid 0
}

@test "bwrap: the environment" {
	works
	compare 0 "$(lines home=empty,writable)" --ro-bind / / --tmpfs /tmp --tmpfs /run --bind "$PWD" "$PWD" \
		--unshare-all --proc /proc --dev /dev --unsetenv COVE_TRANSLATE --setenv PROBE_ADDED 'a b' --chdir /etc
	holds "$(<mine)" secret= "added=a b" cwd=/etc
	lacks "$(<mine)" secret=secret
}

@test "bwrap: a cleared environment" {
	works
	translated 0 bwrap --ro-bind / / --unshare-all --clearenv --setenv A b env
	ends 0 bwrap --ro-bind / / --unshare-all --clearenv --setenv A b env
	equal "A=b" "$(grep -v ^PWD= <<<"$output")"
	equal "A=b" "$(eval "$line")"
}

@test "bwrap: other ids, a host name, the host's network" {
	works
	compare 0 "$(lines home=empty,writable)" --ro-bind / / --tmpfs /tmp --tmpfs /run --bind "$PWD" "$PWD" \
		--proc /proc --dev /dev --unshare-all --share-net --uid 1234 --gid 1235
	holds "$(<mine)" ids=1234:1235
	translated 0 bwrap --ro-bind / / --unshare-all --hostname elsewhere uname -n
	equal elsewhere "$(eval "$line")"
}

@test "bwrap: what comes later covers what came before" {
	works
	mkdir -p a b
	touch a/old b/new
	set -- --ro-bind / / --tmpfs /tmp --bind a /tmp/x --bind b /tmp/x --bind a /tmp/y/z --tmpfs /tmp/y \
		--unshare-all ls /tmp/x /tmp/y
	translated 0 bwrap "$@"
	ends 0 bwrap "$@"
	equal "$output" "$(eval "$line")"
	holds "$notes" "'--bind a /tmp/x' is left out" "'--bind a /tmp/y/z' is left out"
}

@test "bwrap: modes, sizes, directories, links and files from descriptors" {
	works
	set -- --ro-bind / / --tmpfs /tmp --perms 0700 --size 65536 --tmpfs /tmp/small --dir /tmp/made \
		--symlink made /tmp/link --ro-bind-data 9 /tmp/file --unshare-all \
		sh -c 'stat -c %a /tmp/small; df -k --output=size /tmp/small | tail -n 1; readlink /tmp/link; cat /tmp/file; echo x >/tmp/made/x && ls /tmp/link'
	echo content >text
	translated 0 bwrap "$@"
	ends 0 bwrap "$@" 9<text
	equal "$output" "$(eval "$line" 9<text)"
	holds "$output" 700 64 made content x
}

@test "bwrap: a filter from a descriptor" {
	works
	# mkdirat and mkdir fail with EBADMSG (74), all else is allowed
	"$python" - >filter <<-'END'
		import platform, struct, sys
		numbers = {"x86_64": [83, 258], "aarch64": [34]}[platform.machine()]
		code = [(0x20, 0, 0, 0)]
		for i, number in enumerate(numbers):
		    code.append((0x15, len(numbers) - i, 0, number))
		code += [(0x06, 0, 0, 0x7fff0000), (0x06, 0, 0, 0x00050000 | 74)]
		sys.stdout.buffer.write(b"".join(struct.pack("=HBBI", *c) for c in code))
	END
	set -- --ro-bind / / --tmpfs /tmp --unshare-all --seccomp 9 mkdir /tmp/x
	translated 0 bwrap "$@"
	ends 1 bwrap "$@" 9<filter
	holds "$error" "Bad message"
	ends 1 bash -c "cove=$cove; $line" 9<filter
	holds "$error" "Bad message"
}

@test "bwrap: arguments from a descriptor" {
	works
	printf '%s\0' --ro-bind / / --unshare-all --setenv PROBE 'x y' >arguments
	ends 0 "$cove" box --from-bwrap --args 9 printenv PROBE 9<arguments
	line=$(this_build "$output")
	ends 0 bwrap --args 9 printenv PROBE 9<arguments
	equal "x y" "$output"
	equal "x y" "$(eval "$line")"
	ends 125 "$cove" box --from-bwrap --args 9 true 9<&-
	holds "$error" "--args 9"
}

@test "bwrap: a descriptor stays open as long as the box" {
	works
	mkfifo held
	translated 0 bwrap --ro-bind / / --unshare-all --sync-fd 9 sleep 1
	eval "$line" 9>held 3>&- &
	ends 0 timeout 20 cat held
	wait $!
	# The reader ends when the last writer has: not before the command.
	[ "$SECONDS" -ge 1 ]
}

@test "bwrap: what it refuses is refused" {
	for list in "--ro-bnd / / true" "--ro-bind /" "--ro-bind / /" "--uid x true"; do
		# shellcheck disable=SC2086 # words
		ends 2 "$cove" box --from-bwrap $list
		# shellcheck disable=SC2086
		ends 1 bwrap $list
	done
	ends 2 "$cove" box --rw /tmp --from-bwrap --ro-bind / / true
	ends 2 "$cove" box --from-bwrap=x
}

@test "nsjail: a judge's line" {
	mkdir -p work
	echo 'echo "$(pwd) $A $(ulimit -n) $(ulimit -f)"; env | wc -l; ls /; : >made' >work/x.sh
	translated 0 nsjail -Mo -q -R /usr -s usr/lib:/lib -s usr/lib64:/lib64 -s usr/bin:/bin -T /tmp \
		-B "$PWD/work" --cwd "$PWD/work" -t 10 --rlimit_as 512 -E A=b -- /bin/bash x.sh
	ends 0 bash -c "cove=$cove; $line"
	holds "$output" "$PWD/work b 32 1024"
	lacks "$output" etc home
	[ -e work/made ]
}

@test "nsjail: the host's tree, for someone else" {
	translated 0 nsjail -q -Mo --chroot / --disable_rlimits --user 99999 --group 99999 -- /bin/sh -c \
		'id -u; id -g; pwd; env; nice; touch x 2>&1'
	ends 1 bash -c "cove=$cove; $line"
	holds "$output" "99999"$'\n'"99999"$'\n'"/" $'\n'19$'\n' "Read-only file system"
	lacks "$output" HOME= COVE_TRANSLATE
}

@test "empty root: nothing of the host but what is named" {
	ends 0 box --empty-root --ro /usr --symlink usr/lib:/lib --symlink usr/lib64:/lib64 --symlink usr/bin:/bin -- \
		sh -c 'ls -A /; touch /x 2>&1 || true; cat /etc/passwd 2>&1 || true; grep " / " /proc/mounts'
	equal "bin dev lib lib64 proc run sys tmp usr" "$(head -n 9 <<<"$output" | xargs)"
	holds "$output" "'/x': Read-only file system" "/etc/passwd: No such file" "tmpfs / tmpfs ro,nosuid,nodev"
	ends 127 box --empty-root -- true
}
