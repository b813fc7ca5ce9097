#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root
# The files and mounts of a container: option words, kinds, propagation, ids; and that no file of its
# root can lead one of them out of it.

load helpers

setup() {
	cove_setup
	! LC_ALL=C grep -qaE '/ld-(linux|musl)' "$(command -v busybox || echo /bin/sh)" || skip "needs a static busybox"
	root=$PWD/bundle/rootfs
	out=$PWD/out
	mkdir -p "$root"/{bin,proc,sys,dev,tmp,etc} "$out/sub"
	echo marker >"$out/ptmx"
	echo marker >"$out/sub/x"
	cp "$(command -v busybox)" "$root/bin/busybox"
	for tool in sh ls cat echo mkdir touch id true stat mount grep awk readlink tty; do
		ln -s busybox "$root/bin/$tool"
	done
	before=$(hash_tree "$out")
}

teardown() {
	"$cove" --root "$PWD/state" delete --force c 2>/dev/null || true
	cove_teardown
}

# Makes config.json from lines of Python that change `c`; add(destination, type, source, options) adds
# a mount, run(shell) sets the command.
config() { # LINES
	"$python" - "$PWD/bundle" "$1" <<-'END'
		import json, sys
		DEFAULT = [("/proc", "proc", "proc", []), ("/dev", "tmpfs", "tmpfs", ["nosuid", "mode=755"]),
		           ("/dev/pts", "devpts", "devpts", ["newinstance", "ptmxmode=0666", "mode=0620"]),
		           ("/sys", "sysfs", "sysfs", ["ro"])]
		def mount(to, kind, source, options):
		    return dict(destination=to, type=kind, source=source, options=options)
		def add(to, kind, source, options=(), **more):
		    c["mounts"].append(dict(mount(to, kind, source, list(options)), **more))
		def without(to):
		    c["mounts"] = [m for m in c["mounts"] if m["destination"] != to]
		def run(shell):
		    c["process"]["args"] = ["sh", "-c", shell]
		def user():
		    ids = [dict(containerID=0, hostID=100000, size=65536)]
		    c["linux"].update(uidMappings=ids, gidMappings=ids)
		    c["linux"]["namespaces"].append(dict(type="user"))
		kinds = ["pid", "mount", "ipc", "network"]
		c = dict(ociVersion="1.2.0", root=dict(path="rootfs"), mounts=[mount(*m) for m in DEFAULT],
		         process=dict(cwd="/", env=["PATH=/bin"], args=["true"], user=dict(uid=0, gid=0)),
		         linux=dict(namespaces=[dict(type=kind) for kind in kinds]))
		exec(sys.argv[2])
		json.dump(c, open(sys.argv[1] + "/config.json", "w"))
	END
}

contain() {
	"$cove" --root "$PWD/state" run --bundle bundle "$@" c
}

# The configuration, run; then nothing of the host may have changed.
contains() { # STATUS LINES
	config "$2"
	ends "$1" contain || return
	unharmed
}

unharmed() {
	equal "$before" "$(hash_tree "$out")" || return
	lacks "$(</proc/self/mountinfo)" "$PWD"
}

# Of the mount at a path, from the text of a mountinfo: its options and those of its filesystem.
options_of() { # PATH TEXT
	awk -v at="$1" '$5 == at { found = "," $6 "," $NF "," } END { print found }' <<<"$2"
}

show='run("cat /proc/self/mountinfo")'

# ---- option words ----

@test "attributes of a bind are those of the mount itself" {
	mkdir vol
	contains 0 "
for word in 'ro rw nosuid suid nodev dev noexec exec noatime nodiratime strictatime relatime nosymfollow'.split():
    add('/w/' + word, 'bind', '$PWD/vol', ['bind', word])
$show"
	for word in ro nosuid nodev noexec noatime nodiratime nosymfollow relatime; do
		holds "$(options_of "/w/$word" "$output")" ",$word," || return
	done
	for word in suid dev exec rw; do
		lacks "$(options_of "/w/$word" "$output")" ",ro," ",nosuid," ",nodev," ",noexec," || return
	done
	lacks "$(options_of /w/strictatime "$output")" relatime noatime
}

@test "every word that features names is taken" {
	"$cove" features >features 2>/dev/null || skip "it names none"
	mkdir vol
	contains 0 "
words = json.load(open('features'))['mountOptions']
for word in words:
    if word in ('idmap', 'ridmap', 'remount', 'mand'):
        continue
    add('/bind/' + word, 'bind', '$PWD/vol', ['rbind', word])
    if word not in ('bind', 'rbind'):
        add('/new/' + word, 'tmpfs', 'tmpfs', [word])
$show"
	holds "$(options_of /new/sync "$output")" ",sync,"
	holds "$(options_of /new/dirsync "$output")" ",dirsync,"
	holds "$(options_of /new/lazytime "$output")" ",lazytime,"
	holds "$(options_of /new/noexec "$output")" ",noexec,"
	holds "$(options_of /bind/rnosuid "$output")" ",nosuid,"
	holds "$(options_of /bind/rro "$output")" ",ro,"
}

@test "a word that nobody knows is the filesystem's, whose refusal names it" {
	contains 1 "add('/x', 'tmpfs', 'tmpfs', ['no-such-word=3'])"
	holds "$error" "no-such-word"
}

@test "ro is of the mount, rro of all below it; bind leaves out what is below" {
	mkdir -p vol/in
	config "
add('/ro', 'bind', '$PWD/vol', ['rbind', 'ro'])
add('/rro', 'bind', '$PWD/vol', ['rbind', 'rro'])
add('/alone', 'bind', '$PWD/vol', ['bind'])
$show"
	ends 0 unshare -m sh -c 'mount -t tmpfs in vol/in && exec "$@"' sh "$cove" --root "$PWD/state" run --bundle bundle c
	holds "$(options_of /ro "$output")" ",ro,"
	lacks "$(options_of /ro/in "$output")" ",ro,"
	holds "$(options_of /rro "$output")" ",ro,"
	holds "$(options_of /rro/in "$output")" ",ro,"
	equal "" "$(options_of /alone/in "$output")"
}

@test "remount changes what is mounted there, and only that" {
	contains 0 "add('/dev/pts', 'devpts', 'x', ['remount', 'noexec', 'ro']); $show"
	holds "$(options_of /dev/pts "$output")" ",ro," ",noexec,"
	lacks "$(options_of /dev "$output")" ",ro," ",noexec,"
	contains 1 "add('/etc', '', '', ['remount', 'ro'])"
	holds "$error" "/etc"
}

@test "a tmpfs has the mode of the directory it covers, or the one that is asked for" {
	mkdir -m 1777 "$root/a"
	mkdir -m 0700 "$root/b"
	contains 0 "
add('/a', 'tmpfs', 'tmpfs')
add('/b', 'tmpfs', 'tmpfs', ['mode=0711', 'uid=7'])
run('stat -c %a:%u /a /b')"
	equal $'1777:0\n711:7' "$output"
}

@test "a read-only tmpfs has what is put into it" {
	contains 0 "
for m in c['mounts']:
    if m['destination'] == '/dev':
        m['options'].append('ro')
add('/run', 'tmpfs', 'tmpfs', ['ro'])
add('/run/secrets/x', 'bind', '$out/ptmx', ['bind', 'ro'])
run('cat /run/secrets/x; echo x >/dev/null; touch /run/y /dev/y || true')"
	equal marker "$output"
	equal 2 "$(grep -c "Read-only file system" <<<"$error")"
}

@test "tmpcopyup: a tmpfs begins with what it covers" {
	mkdir -p "$root/t/deep/er"
	echo text >"$root/t/deep/er/file"
	ln -s deep "$root/t/link"
	mkfifo -m 640 "$root/t/fifo"
	chmod 2751 "$root/t/deep"
	chmod 4755 "$root/t/deep/er/file"
	chown -R 7:8 "$root/t"
	chmod 4755 "$root/t/deep/er/file"
	chmod 2751 "$root/t/deep"
	contains 0 "
add('/t', 'tmpfs', 'tmpfs', ['tmpcopyup', 'ro'])
run('cat /t/deep/er/file; stat -c %A:%u:%g /t/deep /t/deep/er/file /t/fifo; readlink /t/link; ! touch /t/x 2>/dev/null')"
	equal $'text\ndrwxr-s--x:7:8\n-rwsr-xr-x:7:8\nprw-r-----:7:8\ndeep' "$output"
	contains 1 "
open('$root/t/big', 'w').write('x' * 100000)
add('/t', 'tmpfs', 'tmpfs', ['tmpcopyup', 'size=8k'])"
	holds "$error" "no space left on device"
}

# ---- propagation ----

@test "propagation: a shared volume shows each side's mounts to the other, a private one none" {
	mkdir -p vol/inside vol/outside
	cat >try <<-'END'
		mount --bind vol vol
		mount --make-shared vol
		"$cove" --root "$PWD/state" run --bundle bundle --detach --pid-file pid c >/dev/null 2>&1
		mount -t tmpfs outside vol/outside
		nsenter -t "$(cat pid)" -m /bin/mount -t tmpfs inside /v/inside
		grep -c ' - tmpfs inside ' /proc/self/mountinfo
		grep -c ' - tmpfs outside ' "/proc/$(cat pid)/mountinfo"
		"$cove" --root "$PWD/state" delete --force c
		grep -c "$PWD/vol " /proc/self/mountinfo
	END
	export cove
	local wanted
	for wanted in rshared:1:1 rslave:0:1 rprivate:0:0; do
		config "
c['linux']['rootfsPropagation'] = '${wanted%%:*}'
add('/v', 'bind', '$PWD/vol', ['rbind', '${wanted%%:*}'])
c['process']['args'] = ['busybox', 'sleep', '60']"
		equal "${wanted#*:}:1" "$(unshare -m --propagation private sh try | paste -sd:)" || return
		unharmed || return
	done
}

# ---- devices ----

@test "nodes have the mode, owner and kind that is asked for" {
	contains 0 "
c['linux']['devices'] = [
    dict(path='/dev/mem0', type='c', major=1, minor=3, fileMode=0o640, uid=3, gid=4),
    dict(path='/srv/pipe', type='p', fileMode=0o622)]
run('stat -c %A:%t:%T:%u:%g /dev/mem0 /srv/pipe /dev/null /dev/full')"
	equal $'crw-r-----:1:3:3:4\nprw--w--w-:0:0:0:0\ncrw-rw-rw-:1:3:0:0\ncrw-rw-rw-:1:7:0:0' "$output"
}

@test "a node that is there already stays; anything else in its place is refused" {
	mknod -m 600 "$root/dev/null" c 1 3
	contains 0 "without('/dev'); without('/dev/pts'); run('stat -c %a:%t:%T /dev/null')"
	equal 600:1:3 "$output"
	rm "$root/dev/zero"
	ln -s "$out/x" "$root/dev/zero"
	contains 1 "without('/dev'); without('/dev/pts')"
	holds "$error" /dev/zero
}

@test "user namespace: devices are the host's, and files have the box's owners" {
	chown -R 100000:100000 bundle
	contains 0 "user(); run('echo x >/dev/null && stat -c %t:%T:%u /dev/null /dev/zero; stat -c %u /dev /bin/busybox')"
	equal $'1:3:65534\n1:5:65534\n0\n0' "$output"
}

# ---- the terminal ----

@test "console: the terminal is at /dev/console" {
	contains 0 "
c['process']['terminal'] = True
run('tty; stat -c %t /dev/console; test -c /dev/console && echo device')"
	holds "$output" /dev/pts/0 88 device
}

@test "console: a link in its place is not followed" {
	local link
	for link in "$out/new" "$out/ptmx" /proc/sys/kernel/domainname; do
		ln -sfn "$link" "$root/dev/console"
		config "
c['process']['terminal'] = True
without('/dev')
c['root']['readonly'] = $([ "$link" = "$out/new" ] && echo True || echo False)"
		ends 1 contain || return
		holds "$error" /dev/console || return
		unharmed || return
		rm -rf "$root"/dev/[a-bd-z]* "$root/dev/core"
	done
}

@test "console: links in the place of terminals are not followed" {
	mkdir "$root/dev/pts"
	for n in 0 1 2 3 4 5; do
		ln -s /proc/sys/kernel/domainname "$root/dev/pts/$n"
	done
	contains 0 "c['process']['terminal'] = True; without('/dev'); run('stat -L -c %t /dev/console')"
	equal 88 "${output%$'\r'}"
	ln -sf /etc/passwd "$root/dev/ptmx"
	echo none >"$root/etc/passwd"
	contains 1 "c['process']['terminal'] = True; without('/dev')"
}

# ---- masks, read-only paths ----

@test "masks: files are behind the host's /dev/null, directories behind one empty filesystem" {
	mkdir -p "$root/secret/a" "$root/other"
	echo x >"$root/file"
	contains 0 "
c['linux']['maskedPaths'] = ['/proc/keys', '/file', '/secret', '/other', '/none', '/file/below']
c['linux']['readonlyPaths'] = ['/proc/sys', '/nothing']
run('cat /proc/self/mountinfo; cat /file /proc/keys; ls /secret; touch /secret/x /proc/sys/x || true')"
	holds "$output" " /null /proc/keys ro," " /null /file ro,"
	equal 1 "$(awk '$5 == "/secret" || $5 == "/other" { print $3 }' <<<"$output" | sort -u | wc -l)"
	holds "$(options_of /secret "$output")" ",ro,"
	holds "$(options_of /proc/sys "$output")" ",ro,"
	holds "$error" "Read-only file system"
}

@test "masks: the root's /dev/null is not used" {
	ln -s /proc/sys/kernel/domainname "$root/null"
	ln -s /proc/sys/kernel/domainname "$root/dev/null"
	config "
c['linux']['maskedPaths'] = ['/proc/keys', '/etc/passwd']
add('/dev', 'bind', '$root/dev', ['rbind'])
without('/dev/pts')
$show"
	echo x >"$root/etc/passwd"
	ends 0 contain
	holds "$output" " /null /proc/keys ro," " /null /etc/passwd ro,"
	unharmed
}

# ---- where things may be put ----

@test "targets behind links of the root stay inside it" {
	local leaf shape deep=""
	deep=$(printf '../%.0s' {1..12})
	for leaf in m m/x m/sub/x; do
		for shape in "$out" "$deep$out" "/missing/place" "../out" "../../out" chain "./../../..$out"; do
			rm -rf "$root"/m "$root"/l* "$root/missing" "${root:?}$out" "$root/out"
			ln -s "$shape" "$root/m"
			if [ "$shape" = chain ]; then
				rm "$root/m"
				ln -s l1 "$root/m"
				for n in {1..30}; do ln -s "l$((n + 1))" "$root/l$n"; done
				ln -s "$out" "$root/l31"
			fi
			for kind in tmpfs bind file; do
				case $kind in
				tmpfs) config "add('/$leaf', 'tmpfs', 'tmpfs'); $show" ;;
				bind) config "add('/$leaf', 'bind', '$out/sub', ['bind', 'ro']); $show" ;;
				file) config "add('/$leaf', 'bind', '$out/ptmx', ['bind', 'ro']); $show" ;;
				esac
				ends 0 contain || holds "$error" "in the box" || return
				equal "$before" "$(hash_tree "$out")" || return
			done
		done
	done
	unharmed
}

@test "loops, dangling ends and files on the way are errors that name the mount" {
	ln -s loop "$root/loop"
	contains 1 "add('/loop/x', 'tmpfs', 'tmpfs')"
	holds "$error" /loop
	echo >"$root/plain"
	contains 1 "add('/plain', 'tmpfs', 'tmpfs')"
	holds "$error" /plain
	contains 1 "add('/tmp', 'bind', '$out/ptmx', ['bind'])"
	holds "$error" "/tmp"
	contains 1 "add('/x', 'bind', '$PWD/missing', ['bind'])"
	holds "$error" "$PWD/missing"
}

@test "/proc and /sys must be ordinary directories" {
	local name
	for name in proc sys; do
		rmdir "$root/$name"
		ln -s /tmp "$root/$name"
		contains 1 "run('true')" || return
		holds "$error" "/$name" "ordinary directory" || return
		rm "$root/$name"
		mkdir "$root/$name"
	done
}

@test "nothing is mounted inside /proc but what is known to be harmless" {
	ln -s /proc/self/attr "$root/data"
	contains 1 "add('/data', 'tmpfs', 'tmpfs')"
	holds "$error" "/data" "/proc"
	contains 1 "add('/proc/self', 'tmpfs', 'tmpfs')"
	contains 1 "add('/proc/sysrq-trigger', 'bind', '$out/ptmx', ['bind'])"
	ln -s /proc/uptime "$root/up"
	contains 1 "add('/up', 'bind', '$out/ptmx', ['bind'])"
	contains 0 "add('/proc/uptime', 'bind', '$out/ptmx', ['bind', 'ro']); run('cat /proc/uptime')"
	equal marker "$output"
}

@test "a /dev that is a link gets nothing of ours outside the root" {
	local to
	rmdir "$root/dev"
	for to in "$out" "../../out"; do
		ln -sfn "$to" "$root/dev"
		config "without('/dev'); without('/dev/pts')"
		ends 0 contain || ends 1 contain || return
		unharmed || return
	done
}

@test "a target that is exchanged all the time is never outside" {
	mkdir -p vol/d/sub
	ln -s "$out" vol/l
	"$python" - vol >/dev/null 2>&1 3>&- <<-'END' &
		import ctypes, os, sys
		libc = ctypes.CDLL(None)
		one, other = (os.fsencode(sys.argv[1] + name) for name in ("/d", "/l"))
		while True:
		    libc.renameat2(-100, one, -100, other, 2)
	END
	started+=("$!")
	config "
add('/v', 'bind', '$PWD/vol', ['rbind'])
add('/v/d/sub/x', 'tmpfs', 'tmpfs')"
	for _ in {1..60}; do
		contain >/dev/null 2>&1 || true
		[ ! -e "$out/sub/x/" ] && [ ! -d "$out/sub/x" ] || return
	done
	kill -KILL "${started[0]}"
	unharmed
}

# ---- the root ----

@test "read-only root: mount points and the working directory are made first" {
	contains 0 "
c['root']['readonly'] = True
c['process']['cwd'] = '/made/for/work'
add('/also/made', 'tmpfs', 'tmpfs')
run('echo \$PWD; ! touch /x 2>/dev/null && touch /also/made/x && stat -c %a:%u /made/for/work')"
	equal $'/made/for/work\n755:0' "$output"
}

@test "a root that nobody can write to: the missing path is named" {
	config "c['root']['readonly'] = True; add('/missing/place', 'tmpfs', 'tmpfs')"
	ends 1 unshare -m sh -c 'mount --bind bundle/rootfs bundle/rootfs && mount -o remount,bind,ro bundle/rootfs && exec "$@"' \
		sh "$cove" --root "$PWD/state" run --bundle bundle c
	holds "$error" /missing "read-only file system"
}

@test "the working directory is inside the root" {
	local fd
	for fd in 3 4 5 6 7 8 9 12 16; do
		contains 1 "c['process']['cwd'] = '/proc/self/fd/$fd'" || return
	done
	ln -s /proc/self/fd/7 "$root/w"
	contains 1 "c['process']['cwd'] = '/w'"
}

@test "--no-pivot: nothing of the host's tree is left in sight" {
	config "
add('/v', 'bind', '$out', ['bind', 'ro'])
run('cat /proc/self/mountinfo; ls /; cat /v/ptmx')"
	ends 0 contain --no-pivot
	holds "$output" marker
	equal "" "$(awk '$5 !~ "^/(v|proc|sys|dev.*)?$" && NF > 5' <<<"$output")"
	unharmed
}

@test "hooks find the root at its path, with what is mounted in it" {
	mkdir hook
	cat >hook/look <<-END
		#!/bin/sh
		{ cat "$root/v/ptmx"; grep -c " $root/v " /proc/self/mountinfo; } >"$PWD/seen"
	END
	chmod +x hook/look
	config "
add('/v', 'bind', '$out', ['bind', 'ro'])
c['hooks'] = dict(createContainer=[dict(path='$PWD/hook/look')])
run('cat /v/ptmx')"
	ends 0 contain
	equal marker "$output"
	equal $'marker\n1' "$(<seen)"
	unharmed
}

@test "targets over links that lead nowhere yet: made where they lead, in the root" {
	mkdir -p vol bundle/rootfs/var bundle/rootfs/etc
	echo there >vol/file
	ln -s /run bundle/rootfs/var/run
	ln -s ../run/stub/resolv.conf bundle/rootfs/etc/resolv.conf
	ln -s ../../../../../../stolen bundle/rootfs/var/up
	contains 0 "
add('/var/run/secrets', 'bind', '$PWD/vol', ['bind'])
add('/etc/resolv.conf', 'bind', '$PWD/vol/file', ['bind'])
add('/var/up/x', 'tmpfs', 'tmpfs')
run('cat /run/secrets/file /run/stub/resolv.conf; mount | grep -c /stolen/x')"
	equal $'there\nthere\n1' "$output"
	[ -d bundle/rootfs/run/secrets ]
	[ ! -e /stolen ]
	ln -s /loop bundle/rootfs/loop
	contains 1 "add('/loop/x', 'tmpfs', 'tmpfs')"
}

# ---- kernel filesystems ----

@test "cgroup: the tree of this host, and nothing in it can be written" {
	local own
	for own in '' "c['linux']['namespaces'].append(dict(type='cgroup'))"; do
		contains 0 "
add('/sys/fs/cgroup', 'cgroup', 'cgroup', ['ro', 'nosuid', 'noexec', 'nodev'])
$own
run('cat /proc/self/mountinfo; touch /sys/fs/cgroup/x || true')" || return
		holds "$(options_of /sys/fs/cgroup "$output")" ",ro," || return
		equal "" "$(awk '$5 ~ "^/sys/fs/cgroup" && $6 !~ "^ro" { print $5 }' <<<"$output")" || return
		holds "$error" /sys/fs/cgroup/x || return
	done
}

@test "sysfs in a user namespace without its own net namespace: the host's, read-only with all in it" {
	chown -R 100000:100000 bundle
	contains 0 "
user()
c['linux']['namespaces'] = [n for n in c['linux']['namespaces'] if n['type'] != 'network']
for m in c['mounts']:
    if m['type'] == 'sysfs':
        m['options'] = []
$show"
	holds "$(options_of /sys "$output")" ",ro,"
	equal "" "$(awk '$5 ~ "^/sys/" && $6 !~ "^ro" { print $5 }' <<<"$output")"
}

# ---- ids ----

@test "idmap: a volume has the ids of the box, or of its own maps" {
	mkdir -m 777 vol
	chown 5:6 vol
	chown -R 100000:100000 bundle
	contains 0 "
user()
add('/box', 'bind', '$PWD/vol', ['bind', 'idmap'])
add('/all', 'bind', '$PWD/vol', ['rbind', 'ridmap', 'ro'])
add('/plain', 'bind', '$PWD/vol', ['bind'])
run('stat -c %u:%g /box /all /plain; touch /box/new; stat -c %u /box/new')" || {
		[[ $error != *"this kernel cannot"* ]] || skip "this filesystem cannot be idmapped"
		return 1
	}
	equal $'5:6\n5:6\n65534:65534\n0' "$output"
	equal 0 "$(stat -c %u vol/new)"
	chown -R 0:0 bundle
	contains 0 "
ids = [dict(containerID=0, hostID=1000, size=10)]
add('/own', 'bind', '$PWD/vol', ['bind'], uidMappings=ids, gidMappings=ids)
run('stat -c %u:%g /own')"
	equal 1005:1006 "$output"
}

@test "idmap: what cannot be is an error that names mount and filesystem" {
	contains 1 "add('/v', 'bind', '$out', ['bind', 'idmap'])"
	chown -R 100000:100000 bundle
	contains 1 "user(); add('/v', 'bind', '/proc', ['bind', 'idmap'])"
	holds "$error" /proc
}
