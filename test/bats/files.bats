#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root user
# What the command sees of the host's files, what it can write, and what options put there.

load helpers

setup() {
	cove_setup
	here=$BATS_TEST_TMPDIR
}

teardown() {
	cove_teardown
}

# Options of the mount at a path, as the box sees it.
mount_options() { # PATH OPTION...
	box "${@:2}" -- awk -v at="$1" '$2 == at { found = $4 } END { print found }' /proc/mounts
}

busybox_root() { # DIR: a root with a shell and nothing else
	mkdir -p "$1"/{bin,proc,sys,dev,tmp,run}
	cp "$(command -v busybox)" "$1/bin/busybox"
	for tool in sh ls cat echo mkdir touch id true; do
		ln -s busybox "$1/bin/$tool"
	done
}

needs_static_busybox() {
	! LC_ALL=C grep -qaE '/ld-(linux|musl)' "$(command -v busybox || echo /bin/sh)" || skip "needs a static busybox"
}

# ---- the default view ----

@test "default: /, /usr and /etc cannot be written" {
	for dir in / /usr /etc /var /opt /bin; do
		ends 1 box -- touch "$dir/cove-test"
		holds "$error" "Read-only file system"
		[ ! -e "$dir/cove-test" ]
	done
	holds ",$(mount_options /)," ,ro, ,nosuid, ,nodev,
}

@test "default: no mount of the host is writable but the current directory" {
	box -- "$python" - >writable <<-'END'
		import os
		private = {"/tmp", "/run", "/dev", "/dev/shm", "/dev/pts", "/dev/mqueue", "/proc", "/home", "/root"}
		for line in open("/proc/self/mountinfo"):
		    at, options = line.split()[4:6]
		    if "rw" in options.split(",") and at not in private and not at.startswith("/dev/"):
		        print(at.encode().decode("unicode_escape"))
	END
	lacks "$(<writable)" /usr /var
	equal "$PWD" "$(grep -vxF "$HOME" writable)"
}

@test "default: /home and /root are empty" {
	ends 0 box -- find /home /root -mindepth 1
	equal "" "$(grep -vF "$HOME" <<<"$output" | grep -v '^$')"
	ends 0 box -- sh -c 'ls -A ~; cd ~'
	equal "" "$output"
}

@test "default: the current directory is writable, and what is written stays" {
	echo before >file
	box -- sh -c 'echo after >>file; mkdir new; echo x >new/file'
	equal "before after" "$(tr '\n' ' ' <file | sed 's/ $//')"
	equal x "$(<new/file)"
	equal "$(id -u):$(id -g)" "$(stat -c %u:%g new/file)"
	holds ",$(mount_options "$PWD")," ,rw, ,nosuid, ,nodev,
}

@test "default: below the home directory, too, and its siblings stay hidden" {
	home=$(mktemp -d "$HOME/cove-test.XXXXXX")
	mkdir "$home/work" "$home/secret"
	cd "$home/work"
	ends 0 box -- sh -c 'echo x >file; ls ..'
	result="$output $(<file)"
	cd "$here"
	rm -r "$home"
	equal "work x" "$result"
}

@test "default: in a whole home directory it is not shared, and this is said" {
	cd "$HOME"
	ends 0 box -- ls -A
	equal "" "$output"
	holds "$error" "note:" "--rw ."
	cd /
	ends 0 box -- true
	equal "" "$error"
}

@test "default: /tmp, /run are private" {
	name=cove-test-$$
	box -- sh -c "echo x >/tmp/$name && cat /tmp/$name && stat -c %a /tmp /run" >out
	equal "x 1777 755" "$(tr '\n' ' ' <out | sed 's/ $//')"
	[ ! -e "/tmp/$name" ]
	echo x >"/tmp/$name"
	ends 1 box -- test -e "/tmp/$name"
	rm "/tmp/$name"
	equal "" "$(box --cwd / -- sh -c 'ls -A /run')"
}

@test "default: a cwd below /tmp shows nothing beside it" {
	mkdir -p a/b beside
	cd a/b
	equal "b" "$(box -- ls ..)"
	ends 1 box -- test -e ../../beside
}

@test "default: /dev holds working devices and no others" {
	box -- sh -c '
		echo gone >/dev/null &&
		head -c 3 /dev/zero | od -An -tx1 &&
		[ "$(head -c 64 /dev/urandom | wc -c)" = 64 ] && [ "$(head -c 8 /dev/random | wc -c)" = 8 ] &&
		! echo x 2>/dev/null >/dev/full &&
		echo through | cat /dev/stdin /dev/fd/0 >/dev/stdout' | cat >out
	equal " 00 00 00through" "$(tr -d '\n' <out)"
	names=$(box -- sh -c 'cd /dev; echo *')
	equal "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero" "$names"
	equal "1:3 character special file" "$(box -- stat -c '%t:%T %F' /dev/null)"
}

@test "default: a pseudo-terminal can be made" {
	box -- "$python" -c 'import os, tty
master, slave = os.openpty()
tty.setraw(slave)
name = os.ttyname(slave)
assert name.startswith("/dev/pts/"), name
os.write(master, b"x")
assert os.read(slave, 1) == b"x"'
}

@test "default: /proc is fresh, /sys is read-only" {
	equal proc "$(box -- stat -f -c %T /proc)"
	equal sysfs "$(box -- stat -f -c %T /sys)"
	holds ",$(mount_options /sys)," ,ro, ,nosuid, ,nodev, ,noexec,
	holds ",$(mount_options /proc)," ,nosuid, ,nodev, ,noexec,
	equal "lo" "$(box -- ls /sys/class/net)"
}

@test "default: the host's kernel cannot be set through /proc" {
	open='import os, sys
for path in sys.argv[1:]:
    try:
        os.close(os.open(path, os.O_WRONLY))  # and nothing is written
        print(path)
    except OSError:
        pass'
	paths=(kernel/core_pattern kernel/panic kernel/modprobe kernel/printk vm/drop_caches fs/file-max)
	paths=("${paths[@]/#//proc/sys/}" /proc/sysrq-trigger /proc/irq/default_smp_affinity /proc/bus/pci/00/00.0)
	equal "" "$(box -- "$python" -c "$open" "${paths[@]}")"
	equal "" "$(box --root -- "$python" -c "$open" "${paths[@]}")"
	equal "" "$(box --rootfs / -- "$python" -c "$open" "${paths[@]}")"
}

@test "default: nothing that is mounted in the box is seen outside, nor left" {
	before=$(</proc/self/mountinfo)
	start_box --tmpfs /mnt
	equal "$before" "$(</proc/self/mountinfo)"
	kill -KILL "$host"
	soon gone "$inner"
	equal "$before" "$(</proc/self/mountinfo)"
}

# ---- options ----

@test "--ro: shown, at its place or another, not writable" {
	mkdir source
	echo content >source/file
	cd /
	equal content "$(box --ro "$here/source" -- cat "$here/source/file")"
	equal content "$(box --ro "$here/source:/mnt" -- cat /mnt/file)"
	equal content "$(box --ro "$here/source/file:/run/deep/er/file" -- cat /run/deep/er/file)"
	ends 1 box --ro "$here/source:/mnt" -- touch /mnt/new
	holds "$error" "Read-only file system"
	ends 2 box --ro "$here/source:/mnt" -- sh -c 'echo x >/mnt/file'
	equal content "$(<"$here/source/file")"
}

@test "--ro inside the writable current directory" {
	mkdir kept
	echo x >kept/file
	ends 1 box --ro kept -- touch kept/new
	holds "$error" "Read-only file system"
	box --ro kept -- touch beside
	[ -e beside ]
}

@test "--rw: written through, with relative paths and files" {
	mkdir source
	echo old >file
	cd /
	box --rw "$here/source:/mnt" -- sh -c 'echo x >/mnt/new'
	equal x "$(<"$here/source/new")"
	cd "$here/source"
	box --rw ../file:/run/file -- sh -c 'echo new >/run/file'
	equal new "$(<../file)"
	holds ",$(mount_options /mnt --rw .:/mnt)," ,rw, ,nosuid, ,nodev,
}

@test "--rw . shares a home that would not be shared" {
	cd "$HOME"
	before=$(find . -maxdepth 1 | sort)
	ends 0 box --rw . -- find . -maxdepth 1
	equal "$before" "$(sort <<<"$output")"
	equal "" "$error"
}

@test "--ro of a tree is read-only in all its mounts" {
	ends 0 box --ro /dev:/mnt --hide /sys -- awk '$2 ~ "^/mnt" { print $4 }' /proc/mounts
	[ -n "$output" ]
	equal "" "$(grep -v '^ro\b' <<<"$output")"
}

@test "a source that is missing is refused by name" {
	for option in --ro --rw; do
		ends 125 box "$option" "$here/nowhere" -- true
		holds "$error" "$here/nowhere" mount.open "$option $here/nowhere" "No such file"
		ends 125 box "$option" "nowhere/a/b:/mnt" -- true
		holds "$error" "$here/nowhere/a/b"
	done
	ends 125 box --rootfs "$here/nowhere" -- true
	holds "$error" "$here/nowhere" "--rootfs"
	ends 125 box --dev /dev/cove-nowhere -- true
	holds "$error" /dev/cove-nowhere
	ends 2 box --ro "" -- true
}

@test "a mount point that is missing in a read-only tree is refused by name" {
	for option in "--tmpfs /usr/cove-test" "--ro $here:/usr/cove-test/x" "--symlink x:/usr/cove-test" \
		"--file /usr/cove-test=x" "--tmpfs /cove-test"; do
		# shellcheck disable=SC2086
		ends 125 box $option -- true
		holds "$error" cove-test mount.attach "${option%% *}" "Read-only file system"
	done
	[ ! -e /usr/cove-test ]
	[ ! -e /cove-test ]
}

@test "--hide: directories and files, also below a shown one" {
	mkdir -p show/secret
	echo x >show/secret/key
	echo x >show/file
	equal "" "$(box --hide show/secret --hide show/file -- sh -c 'ls -A show/secret; cat show/file')"
	ends 1 box --hide show/secret -- touch show/secret/new
	ends 0 box --hide /etc/passwd --hide /usr/share -- sh -c 'cat /etc/passwd; ls -A /usr/share'
	equal "" "$output"
	equal "" "$(box --hide /proc/cpuinfo -- cat /proc/cpuinfo)"
	ends 125 box --hide /nowhere/at/all -- true
	holds "$error" "cannot hide '/nowhere/at/all'"
	equal x "$(<show/secret/key)"
}

@test "--tmpfs: empty, writable, private, with options" {
	echo x >file
	mkdir sub
	box --tmpfs sub -- sh -c 'echo x >sub/new'
	[ ! -e sub/new ]
	equal "700 1024" "$(box --tmpfs sub:size=1M,mode=0700 -- sh -c 'stat -c %a sub; df -k sub | awk "NR == 2 { print \$2 }"' | tr '\n' ' ' | sed 's/ $//')"
	ends 1 box --tmpfs sub:size=64k -- sh -c 'head -c 200000 /dev/zero 2>/dev/null >sub/big'
	ends 1 box --tmpfs sub:nr_inodes=2 -- touch sub/1 sub/2 sub/3
	ends 125 box --tmpfs sub:sise=1M -- true
	holds "$error" sise "--tmpfs sub:sise=1M"
	ends 125 box --tmpfs sub:size=much -- true
	holds "$error" size
	holds ",$(mount_options "$here/sub" --tmpfs sub)," ,rw, ,nosuid, ,nodev,
}

@test "--symlink" {
	equal "hello target" "$(box --symlink target:/tmp/link -- sh -c 'echo hello >/tmp/target; cat /tmp/link; readlink /tmp/link' | tr '\n' ' ' | sed 's/ $//')"
	equal /no/where "$(box --symlink /no/where:/run/deep/link -- readlink /run/deep/link)"
	ends 2 box --symlink nothing -- true
	ends 125 box --symlink x:/etc/passwd -- true
}

@test "--file from text: its content, read-only" {
	equal "some = text" "$(box --file "/run/a/file=some = text" -- cat /run/a/file)"
	equal "" "$(box --file /run/empty= -- cat /run/empty)"
	equal 'no\nescape' "$(box --file '/run/x=no\nescape' -- cat /run/x)"
	ends 2 box --file /run/x -- true
	ends 0 box --file /run/x=text -- sh -c 'echo other 2>/dev/null >/run/x; cat /run/x'
	equal text "$output"
}

@test "--file over a file that is there; the host's stays" {
	echo mine >file
	equal other "$(box --file file=other -- cat file)"
	equal mine "$(<file)"
	equal 127.9.9.9 "$(box --file /etc/hosts=127.9.9.9 -- cat /etc/hosts)"
	lacks "$(</etc/hosts)" 127.9.9.9
	equal other "$(box --file new=other -- cat new)"
}

@test "--file from a descriptor: files and pipes" {
	head -c 300000 /dev/urandom >big
	wanted=$(sha256sum <big)
	equal "$wanted" "$(box --file /run/big=fd:7 -- sh -c 'sha256sum </run/big' 7<big)"
	equal "$wanted" "$(cat big | box --file /run/big=fd:0 -- sh -c 'sha256sum </run/big')"
	equal "0 1 2" "$(box --file /run/big=fd:7 -- sh -c "$open_fds" 7<big)"
	ends 125 box --file /run/big=fd:77 -- true
	holds "$error" "fd:77"
	ends 2 box --file /run/big=fd:x -- true
}

@test "--dev: a device of the host" {
	ends 2 box --dev /etc/passwd -- true
	holds "$error" "not in /dev"
	ends 125 box --dev /dev/pts -- true
	holds "$error" "not a device"
	ends 2 box --dev /dev/../etc/passwd -- true
	[ -c /dev/kmsg ] || skip "no /dev/kmsg"
	equal "$(stat -c %t:%T /dev/kmsg)" "$(box --dev /dev/kmsg -- stat -c %t:%T /dev/kmsg)"
	ends 1 box -- test -e /dev/kmsg
}

@test "device nodes on shared trees are no devices" {
	needs_root
	mkdir source
	mknod source/null c 1 3
	ends 2 box --rw source:/mnt -- sh -c 'echo x >/mnt/null'
	holds "$error" "Permission denied"
}

@test "mounts go parents first, in whatever order they are given" {
	mkdir -p outer/inner
	echo x >outer/inner/file
	equal x "$(box --ro outer/inner:/mnt/inner --tmpfs /mnt -- cat /mnt/inner/file)"
	equal x "$(box --tmpfs /mnt --ro outer/inner:/mnt/inner -- cat /mnt/inner/file)"
}

@test "of two mounts at one place the default gives way, and two options are refused" {
	mkdir one two
	echo 1 >one/file
	echo 2 >two/file
	ends 2 box --ro one:/mnt --ro two:/mnt -- cat /mnt/file
	holds "$error" "'/mnt' is asked for in two ways" "--ro one:/mnt" "--ro two:/mnt"
	cd /
	equal 1 "$(box --ro "$here/one:/tmp" -- cat /tmp/file)"
}

@test "paths with spaces, newlines and UTF-8" {
	name=$'a b\nc\té'
	mkdir "$name"
	echo x >"$name/file"
	cd "$name"
	equal x "$(box -- cat file)"
	cd "$here"
	equal x "$(box --ro "$name:/mnt" -- cat /mnt/file)"
}

@test "a directory that was removed is no current directory to share" {
	mkdir gone
	cd gone
	rmdir ../gone
	status=0
	box --cwd / -- true 2>"$here/err" || status=$?
	cd "$here"
	equal 0 "$status"
}

# ---- another root ----

@test "--rootfs: its files only, read-only, working directory /" {
	needs_static_busybox
	busybox_root root
	equal / "$(box --rootfs root -- sh -c 'echo $PWD')"
	equal "bin dev proc run sys tmp" "$(box --rootfs root -- sh -c 'cd /; echo *')"
	ends 1 box --rootfs root -- touch /new
	holds "$error" "Read-only file system"
	[ ! -e root/new ]
	equal "/bin/sh" "$(echo 'echo $0' | box --rootfs root | sed 's/^sh$/\/bin\/sh/')"
	equal "PATH=$host_path" "$(box --rootfs root -- /bin/busybox env | grep ^PATH)"
}

@test "--rootfs DIR:rw: written through" {
	needs_static_busybox
	busybox_root root
	box --rootfs root:rw -- sh -c 'echo x >/new'
	equal x "$(<root/new)"
	ends 2 box --rootfs root:rx -- true
}

@test "--rootfs: private /tmp, /run, /dev, /proc, with the mount points made" {
	needs_static_busybox
	busybox_root root
	rm -r root/{proc,sys,dev,tmp,run}
	before=$(ls root)
	ends 0 box --rootfs root:rw -- sh -c 'echo x >/tmp/file; [ -c /dev/null ] && cat /proc/1/comm'
	equal cove-init "$output"
	[ ! -e root/tmp/file ]
}

@test "--rootfs with mounts of the host, options and a user" {
	needs_static_busybox
	busybox_root root
	mkdir share root/mnt
	echo x >share/file
	equal "x 0" "$(box --rootfs root --ro share:/mnt --root -- sh -c 'cat /mnt/file; id -u' | tr '\n' ' ' | sed 's/ $//')"
	box --rootfs root --rw share:/mnt -- touch /mnt/new
	[ -e share/new ]
}

@test "--rootfs: no way back to the host's root" {
	needs_static_busybox
	busybox_root root
	inode=$(stat -c %i root)
	ends 0 box --rootfs root -- sh -c 'ls -id / /../.. /proc/self/root/ /proc/self/cwd/..'
	equal "$inode" "$(awk '{ print $1 }' <<<"$output" | sort -u)"
	equal "" "$(box --rootfs root -- sh -c 'cat /proc/mounts' | grep -F "$here")"
	ends 1 box --rootfs root -- ls /proc/1/root/ # nor a look into process 1
}

@test "--rootfs that is no directory" {
	echo x >file
	ends 125 box --rootfs file -- true
	holds "$error" "$here/file" "--rootfs file"
}

# ---- roots that want out (T1, T3, T5, T12) ----

# Each target of a mount of the box is a link that leads outside, of several shapes. Whatever
# happens, outside nothing changes, and what ran saw nothing of it.
outside_stays() { # LINK-TEXT LINK BOX-OPTION...
	local text=$1 link=$2 before after status=0

	shift 2
	rm -rf root outside
	busybox_root root
	mkdir -p outside/sub
	echo marker >outside/ptmx
	echo marker >outside/file
	chmod 777 outside outside/sub
	rm -rf "root/$link"
	mkdir -p "$(dirname "root/$link")"
	ln -s "$text" "root/$link"
	before=$(hash_tree outside)
	box --rootfs root:rw "$@" -- /bin/sh -c 'echo ran; ls -R /m 2>/dev/null; cat /m/file /m/ptmx 2>/dev/null; :' >out 2>err || status=$?
	after=$(hash_tree outside)
	equal "$before" "$after" || {
		echo "link: $link -> $text, options: $*"
		return 1
	}
	if grep -q marker out; then
		echo "saw the outside: $link -> $text, options: $*"
		return 1
	fi
	[ "$status" -eq 0 ] || [ "$status" -eq 125 ] || {
		echo "status $status: $link -> $text, options: $*"
		cat err
		return 1
	}
	[ "$status" -ne 125 ] || holds "$(<err)" "step "
}

shapes() { # absolute, relative, beyond the root, dangling, in a loop, to a file
	printf '%s\n' "$here/outside" ../outside ../../../../../../../../../../"$here/outside" \
		"$here/outside/new" "/../../../$here/outside" "$here/outside/file" \
		"/proc/1/root$here/outside" "/proc/self/cwd/outside" "/oldroot$here/outside" "/.old$here/outside"
}

@test "links for /proc, /sys, /dev, /tmp, /run lead nowhere" {
	needs_static_busybox
	for link in proc sys dev tmp run; do
		while read -r text; do
			outside_stays "$text" "$link"
		done < <(shapes)
	done
}

@test "links below /dev lead nowhere" {
	needs_static_busybox
	for link in dev/null dev/ptmx dev/shm dev/pts dev/mqueue dev/fd; do
		outside_stays "$here/outside" "$link"
		outside_stays "../../outside/file" "$link"
	done
}

@test "links in the way of --ro, --rw, --tmpfs, --hide, --file, --symlink lead nowhere" {
	needs_static_busybox
	mkdir share
	for at in /m /m/new /m/a/b /m/sub /m/file /m/../m/new; do
		while read -r text; do
			outside_stays "$text" m --ro "$here/share:$at"
			outside_stays "$text" m --tmpfs "$at"
			outside_stays "$text" m --file "$at=text"
			outside_stays "$text" m --symlink "/x:$at"
		done < <(shapes | head -n 4)
		outside_stays ../outside m --rw "$here/share:$at"
		outside_stays ../outside m --hide "$at"
	done
}

@test "links for the current directory and the command lead nowhere" {
	needs_static_busybox
	outside_stays "$here/outside" m --cwd /m
	outside_stays ../outside m --cwd /m/sub
	ends 125 box --rootfs root --cwd /m -- true
	for n in 3 4 5 6 7 8 9; do
		ends 125 box --rootfs root --cwd "/proc/self/fd/$n" -- true
		holds "$error" cwd
		ends 127 box --rootfs root -- "/proc/self/fd/$n/bin/sh"
	done
}

@test "links that turn in a circle, or go on for long, are an error" {
	needs_static_busybox
	busybox_root root
	ln -s b root/a
	ln -s a root/b
	ends 125 box --rootfs root --tmpfs /a -- true
	grep -qE "'/a'.*(Too many levels|link loop)" <<<"$error" # glibc's words, or musl's
	ends 125 box --rootfs root --tmpfs /a/x -- true
	rm -r root/proc
	ln -s proc root/proc
	ends 125 box --rootfs root -- true
	holds "$error" /proc
}

@test "a link inside the root is followed inside" {
	needs_static_busybox
	busybox_root root
	mkdir -p root/real share
	echo x >share/file
	ln -s /real root/m
	equal x "$(box --rootfs root --ro share:/m -- cat /real/file)"
}

@test "targets within /proc and /sys are refused, but for --hide" {
	mkdir share
	for at in /proc/1 /proc/sys /proc/self/attr /sys/kernel; do
		ends 125 box --ro "share:$at" -- true
		holds "$error" "$at"
		ends 125 box --file "$at/x=y" -- true
	done
	for at in /proc/1/attr /proc/self /proc/sys; do
		ends 125 box --tmpfs "$at" -- true
	done
	busybox_root root
	ln -s /proc/self/attr root/m
	ends 125 box --rootfs root --tmpfs /m -- true
	ends 0 box --hide /proc/sys -- ls -A /proc/sys
	equal "" "$output"
}

@test "files made in a writable root belong to the caller" {
	needs_static_busybox
	busybox_root root
	rm -r root/{proc,sys,dev,tmp,run}
	box --rootfs root:rw --ro /etc/hostname:/a/b/hostname -- true
	equal "$(id -u):$(id -g)" "$(stat -c %u:%g root/a/b/hostname)"
	equal "$(id -u):$(id -g)" "$(stat -c %u:%g root/proc)"
}
