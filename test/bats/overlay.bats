#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root user
# Overlays, the layers that are kept, and sources given as descriptors.

setup() {
	load helpers
	cove_setup
	mkdir low
	echo old >low/file
}

teardown() {
	cove_teardown
}

overlay_mounts() { # of this namespace: the box must leave none
	grep -c ' overlay overlay ' /proc/self/mountinfo || true
}

# A lower tree with something for every sort of change, and a box that makes them.
fill_lower() {
	mkdir -p low/dir/sub low/gone/deep low/opaque/sub low/copied
	echo a >low/deleted
	echo b >low/mode
	echo c >low/opaque/old
	echo c >low/opaque/sub/old
	echo d >low/copied/same
	echo e >low/to-dir
	mkdir low/to-file
	echo f >low/to-file/in
	ln -s a low/link
	sleep 0.05
}

change_all() {
	box "$@" -- sh -c 'set -e; cd low
		echo new >added
		echo more >>file
		rm deleted
		rm -r gone
		chmod 600 mode
		rm -r opaque; mkdir opaque; echo n >opaque/new; mkdir opaque/sub; echo n >opaque/sub/new
		touch copied/x; rm copied/x
		rm to-dir; mkdir to-dir; echo i >to-dir/in
		rm -r to-file; echo now a file >to-file
		ln -sfn b link
		mkfifo fifo
		mkdir -p "with blank/new
line"
		echo deep >dir/sub/deep' 2>note
}

# What the box's view of low would be after all changes.
all_changes() {
	local low=$PWD/low

	cat <<-END
		A $low/added
		C $low/copied/same-not
		D $low/deleted
		A $low/dir/sub/deep
		A $low/fifo
		C $low/file
		D $low/gone/
		C $low/link
		C $low/mode
		A $low/opaque/new
		D $low/opaque/old
		A $low/opaque/sub/new
		D $low/opaque/sub/old
		C $low/to-dir/
		A $low/to-dir/in
		C $low/to-file
		A '$low/with blank/'
		A \$'$low/with blank/new\\x0aline/'
	END
}

@test "a private layer: writes succeed and vanish, with it and its mounts" {
	before=$(hash_tree low)
	mounts=$(overlay_mounts)
	ends 0 box --overlay low -- sh -c 'echo x >low/new; echo y >low/file; ls low; rm low/file; ls low'
	equal $'file\nnew\nnew' "$(grep -x 'file\|new' <<<"$output")"
	equal "$before" "$(hash_tree low)"
	equal "$mounts" "$(overlay_mounts)"
}

@test "a private layer: a directory in the place of a removed file" {
	needs_kernel 6.6 # tmpfs has no extended attributes of users before
	ends 0 box --overlay low -- sh -c 'rm low/file; mkdir low/file; test -d low/file'
}

@test "a private layer is gone after kill -9, and so are its mounts" {
	before=$(hash_tree low)
	mounts=$(overlay_mounts)
	start_box --overlay low
	kill -KILL "$host"
	soon gone "$host" "$inner"
	equal "$before" "$(hash_tree low)"
	equal "$mounts" "$(overlay_mounts)"
	equal "low" "$(ls)"
}

@test "the layer's mount is nosuid and nodev, and nothing of the layer is seen" {
	ends 0 box --overlay low=keep -- sh -c 'grep " $PWD/low " /proc/self/mountinfo; ls -A keep; echo x >keep/y || true'
	holds "$output" "nosuid,nodev" "userxattr"
	holds "$error" "keep/y"
	equal $'layer\nupper' "$(ls -A keep)"
	lacks "$output" "upper"$'\n'
}

@test "a kept layer is there again in the next box" {
	box --overlay low=keep -- sh -c 'echo one >low/new; rm low/file' 2>note
	holds "$(<note)" "what is written to $PWD/low is kept in $PWD/keep"
	ends 0 box --overlay low=keep -- sh -c 'cat low/new; ls low'
	equal $'one\nnew' "$output"
	equal old "$(<low/file)"
}

@test "changes: each sort once, sorted, names quoted; what was only copied is none" {
	fill_lower
	change_all --overlay low=keep
	ends 0 "$cove" changes keep
	equal "$(all_changes | grep -v same-not)" "$output"
	ends 0 "$cove" changes --json keep
	echo "$output" | "$python" -c '
import json, sys
got = json.load(sys.stdin)
by = {c["path"].split("/low/")[1]: c for c in got["changes"]}
assert by["mode"]["what"] == ["mode"], by["mode"]
assert by["to-dir"] == {**by["to-dir"], "type": "directory", "was": "file", "what": ["type"]}
assert by["gone"]["was"] == "directory" and by["added"]["change"] == "added"
assert by["with blank/new\nline"]["type"] == "directory"
assert "content" in by["file"]["what"]
'
}

@test "apply: the directory becomes what the box saw, and the layer empty" {
	fill_lower
	change_all --overlay low=keep
	# shellcheck disable=SC2016
	look='cd low && find . ! -name . -printf "%p %y %m %s %l\n" | grep -v " d [0-7]* " | sort; find . -type d | sort; find . -type f | sort | xargs -d "\n" cat'
	wanted=$(box --overlay low=keep -- sh -c "$look" 2>note)
	mtime=$(box --overlay low=keep -- stat -c %y low/added 2>note)
	before=$(hash_tree low)
	ends 0 "$cove" apply --dry-run keep
	equal "$(all_changes | grep -v same-not)" "$output"
	equal "$before" "$(hash_tree low)"
	ends 0 "$cove" apply keep
	equal "" "$output$error"
	equal "$wanted" "$(sh -c "$look")"
	equal "$mtime" "$(stat -c %y low/added)"
	equal "" "$(ls -A keep)"
	ends 0 "$cove" changes keep
	equal "" "$output"
	after=$(hash_tree low)
	ends 0 "$cove" apply keep
	equal "$after" "$(hash_tree low)"
}

@test "discard: the layer is empty, the directory as before" {
	fill_lower
	before=$(hash_tree low)
	change_all --overlay low=keep
	ends 0 "$cove" discard keep
	equal "" "$(ls -A keep)"
	equal "$before" "$(hash_tree low)"
	box --overlay low=keep -- true 2>note
	ends 0 "$cove" changes keep
	equal "" "$output"
}

@test "apply: a file that changed meanwhile stops all, unless forced" {
	box --overlay low=keep -- sh -c 'echo box >low/file; echo a >low/other' 2>note
	sleep 0.05
	echo host >low/file
	ends 1 "$cove" apply keep
	equal "C $PWD/low/file  (has changed since the layer began)" "$output"
	holds "$error" "1 of 2 changes cannot be taken over, so none was"
	equal host "$(<low/file)"
	[ ! -e low/other ]
	ends 0 "$cove" apply --force keep
	equal box "$(<low/file)"
	equal a "$(<low/other)"
}

@test "apply: something new in a directory that the box deleted stops it" {
	mkdir low/d
	box --overlay low=keep -- rm -r low/d 2>note
	sleep 0.05
	echo precious >low/d/new
	ends 1 "$cove" apply keep
	holds "$output" "D $PWD/low/d/  (has changed since the layer began)"
	equal precious "$(<low/d/new)"
}

@test "apply: set-id bits are refused, and taken over when asked for" {
	box --overlay low=keep -- sh -c 'echo x >low/tool; chmod 4755 low/tool' 2>note
	ends 1 "$cove" apply keep
	equal "A $PWD/low/tool  (has a set-user-id or set-group-id bit)" "$output"
	[ ! -e low/tool ]
	ends 0 "$cove" apply --set-id keep
	equal 4755 "$(stat -c %a low/tool)"
}

@test "apply: a device is refused, a socket left out" {
	needs_root
	box --overlay low=keep -- true 2>note
	mknod keep/upper/dev c 1 3
	ends 1 "$cove" apply --force --set-id keep
	equal "A $PWD/low/dev  (a device is never made)" "$output"
	rm keep/upper/dev
	"$python" -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind("keep/upper/sock")'
	ends 0 "$cove" apply keep
	equal "A $PWD/low/sock  (a socket is left out)" "$output"
	[ ! -e low/sock ]
}

@test "apply: links in the layer and below it lead nowhere" {
	mkdir outside low/d
	echo secret >outside/file
	box --overlay low=keep -- sh -c 'echo evil >low/d/file; ln -s /etc/passwd low/pw' 2>note
	rmdir low/d
	ln -s ../outside low/d
	ends 0 "$cove" apply --force keep
	equal secret "$(<outside/file)"
	equal evil "$(<low/d/file)"
	[ ! -L low/d ]
	equal /etc/passwd "$(readlink low/pw)"
}

@test "apply: attributes of files come along, overlayfs's own do not" {
	mkdir low/d
	echo x >low/d/x
	sleep 0.05
	box --overlay low=keep -- "$python" -c '
import os, shutil
open("low/f", "w").close()
os.setxattr("low/f", "user.colour", b"red")
shutil.rmtree("low/d")
os.mkdir("low/d")' 2>note
	ends 0 "$cove" apply keep
	"$python" -c '
import os
assert os.getxattr("low/f", "user.colour") == b"red"
assert os.listxattr("low/d") == [], os.listxattr("low/d")
assert os.listdir("low/d") == []'
}

@test "the layer is locked while a box runs, for all but looking" {
	start_box_kept() {
		"$cove" box --overlay low=keep -- sh -c 'echo x >low/new; echo ready >low/../ready; exec sleep 600' 2>note 3>&- &
		host=$!
		started+=("$host")
		soon has_text ready
	}
	start_box_kept
	for verb in apply discard; do
		ends 1 "$cove" "$verb" keep
		holds "$error" "'keep' is in use by a running box"
	done
	ends 125 box --overlay low=keep -- true
	holds "$error" "'$PWD/keep' is in use by a running box" "step 1 'layers'" "--overlay low=keep"
	ends 0 "$cove" changes keep
	equal "A $PWD/low/new" "$output"
	kill -KILL "$host"
	wait "$host" || true
	soon "$cove" apply keep
	equal x "$(<low/new)"
}

@test "the whole root: writes in /etc, /usr and here, and the host has none of them" {
	mark=cove-test-$$
	before=$(hash_tree "$PWD/low")
	ends 0 box --overlay / -- sh -c "echo x >/etc/$mark; echo y >/usr/$mark; echo z >low/$mark; echo w >>low/file
		cat /etc/$mark /usr/$mark low/$mark low/file; ls -d /proc/self /dev/null /tmp"
	equal $'x\ny\nz\nold\nw\n/dev/null\n/proc/self\n/tmp' "$output"
	[ ! -e "/etc/$mark" ] && [ ! -e "/usr/$mark" ]
	equal "$before" "$(hash_tree "$PWD/low")"
}

@test "the whole root, kept: changes names them by their paths" {
	layer=$BATS_FILE_TMPDIR/keep-$BATS_TEST_NUMBER
	mark=cove-test-$$
	ends 0 box --overlay "/=$layer" -- sh -c "echo x >/etc/$mark; echo z >low/new; rm low/file"
	ends 0 "$cove" changes "$layer"
	equal "$(printf '%s\n' "A /etc/$mark" "D $PWD/low/file" "A $PWD/low/new" | sort -k 2)" "$output"
	ends 0 box --overlay "/=$layer" -- sh -c "cat /etc/$mark; ls low"
	equal $'x\nnew' "$output"
	[ ! -e "/etc/$mark" ]
	ends 0 "$cove" discard "$layer"
	equal "" "$(ls -A "$layer")"
}

@test "a root of its own below an overlay gets no write, and no mount point" {
	mkdir -p root/bin root/data
	cp "$(type -P busybox)" root/bin/sh
	echo f >root/data/f
	before=$(hash_tree root)
	ends 0 box --rootfs root --overlay / --ro low:/shown/here -- /bin/sh -c 'echo x >/new; echo y >/data/f; echo /*; read l </shown/here/file; echo $l'
	equal $'/bin /data /dev /new /proc /run /shown /sys /tmp\nold' "$output"
	ends 0 box --rootfs root:rw --overlay /data=keep -- /bin/sh -c 'echo y >/data/f'
	ends 0 "$cove" changes keep
	equal "C $PWD/root/data/f" "$output"
	rm -rf root/dev root/proc root/run root/sys root/tmp
	equal "f" "$(<root/data/f)"
	ends 0 box --rootfs root --overlay /=keep2 -- /bin/sh -c 'echo y >/data/g'
	equal "$(cd root && find . | sort)" "$(printf '%s\n' . ./bin ./bin/sh ./data ./data/f)"
	ends 0 "$cove" changes keep2
	holds "$output" "A $PWD/root/data/g" "A $PWD/root/tmp/"
	differ "$before" ""
}

@test "an overlay around mounts: what hangs in the directory is covered by itself" {
	needs_root
	cat >inner.sh <<-'END'
		set -e
		mount --make-rprivate /
		mkdir -p low/a/mnt low/b
		mount -t tmpfs none low/a/mnt
		echo m >low/a/mnt/m
		"$1" box --overlay low -- sh -c 'cat low/file low/a/mnt/m; echo x >low/b/x; echo x >low/a/mnt/x; ls low/b low/a/mnt; echo x >low/top' || true
		ls low/b low/a/mnt
	END
	ends 0 unshare -m sh inner.sh "$cove"
	equal $'old\nm\nlow/a/mnt:\nm\nx\n\nlow/b:\nx\nlow/a/mnt:\nm\n\nlow/b:' "$output"
	holds "$error" "Read-only file system"
	cat >link.sh <<-'END'
		set -e
		mount --make-rprivate /
		mkdir -p low/a/mnt
		mount -t tmpfs none low/a/mnt
		ln -s low link
		"$1" box --overlay link -- true
	END
	ends 125 unshare -m sh link.sh "$cove"
	holds "$error" "cannot lay an overlay over '$PWD/link'" "by way of a symbolic link"
}

@test "apply: what was mounted since on a directory that the box deleted or replaced is kept" {
	needs_root
	cat >mounted.sh <<-'END'
		set -e
		mount --make-rprivate /
		mkdir low/a low/b disk
		echo precious >disk/data
		sleep 0.05
		"$1" box --overlay "low=$PWD/one" -- rmdir low/a
		"$1" box --overlay "low=$PWD/two" -- sh -c 'rmdir low/b; mkdir low/b'
		mount --bind disk low/a
		mount --bind disk low/b
		for layer in one two; do
			for force in "" --force; do
				! "$1" apply $force "$layer" || exit 9
			done
		done
		cat disk/data
	END
	ends 0 unshare -m sh mounted.sh "$cove"
	holds "$output" precious
	holds "$error" "something else is mounted at 'a'" "something else is mounted at 'b'"
}

@test "each rule that is broken is named, with the path" {
	ends 125 box --overlay missing -- true
	holds "$error" "cannot open '$PWD/missing'" "lies over a directory that exists" "--overlay missing"
	ends 125 box --overlay low/file -- true
	holds "$error" "'$PWD/low/file': Not a directory"
	ends 125 box --overlay missing=keep -- true
	holds "$error" "cannot open '$PWD/missing'" "make '$PWD/missing' first"
	ends 2 box --overlay low=low/keep -- true
	holds "$error" "the layer '$PWD/low/keep' lies in '$PWD/low'"
	ends 2 box --overlay low --overlay low/in -- true
	holds "$error" "an overlay cannot lie in another: '$PWD/low/in' is in '$PWD/low'"
	ends 2 box --overlay low --ro /etc:low -- true
	holds "$error" "is asked for in two ways: --overlay low, and --ro /etc:low"
	mkdir other
	ends 2 box --overlay low=keep --overlay other=keep -- true
	holds "$error" "cannot keep the changes of two directories"
	ends 125 box --overlay low=no/such/keep -- true
	holds "$error" "cannot make '$PWD/no/such/keep'" "its parent directory is missing"
	ends 125 box --overlay low=other/../low -- true || ends 2 box --overlay low=low -- true
	echo x >other/x
	ends 125 box --overlay low=other -- true
	holds "$error" "'$PWD/other' is neither empty nor a layer"
	ends 1 "$cove" apply other
	holds "$error" "'other' is no layer of a box"
	ends 1 "$cove" changes nothing
	holds "$error" "cannot open 'nothing'"
	ends 2 "$cove" apply
	holds "$error" "which directory?"
}

@test "a layer serves only the directory that it was made over" {
	mkdir other
	box --overlay low=keep -- true 2>note
	ends 125 box --overlay other=keep -- true
	holds "$error" "'$PWD/keep' keeps the changes of '$PWD/low', not of '$PWD/other'"
	mv low away
	mkdir low
	ends 1 "$cove" apply keep
	holds "$error" "'$PWD/low' is no longer the directory that 'keep' was made for"
	ends 0 "$cove" discard keep
}

@test "a filesystem that cannot keep a layer is named" {
	needs_root
	cat >inner.sh <<-'END'
		set -e
		mount --make-rprivate /
		mkdir l u w m on
		mount -t overlay none -o lowerdir=l,upperdir=u,workdir=w m
		"$1" box --overlay low=m/keep -- true
	END
	ends 125 unshare -m sh inner.sh "$cove"
	holds "$error" "cannot keep changes: it is on an overlay itself" "$PWD/m/keep"
	cat >ramfs.sh <<-'END'
		set -e
		mount --make-rprivate /
		mount -t ramfs none on
		"$1" box --overlay low=on/keep -- true
	END
	ends 125 unshare -m sh ramfs.sh "$cove"
	holds "$error" "its filesystem has no user attributes"
}

@test "a layer of somebody else is not touched" {
	needs_root
	box --overlay low=keep -- true 2>note
	chown "$COVE_USER" keep/layer
	ends 1 "$cove" apply keep
	holds "$error" "'keep' is the layer of user $(id -u "$COVE_USER"), not yours"
}

@test "--bind-fd: a directory or file by its descriptor, writable or not" {
	ends 0 box --tmpfs /mnt --bind-fd 7:/mnt/d --bind-fd 8:/mnt/f:ro -- \
		sh -c 'cat /mnt/d/file /mnt/f; echo new >/mnt/d/new; echo x >/mnt/f || true' 7<low 8<low/file
	equal $'old\nold' "$output"
	holds "$error" "Read-only file system"
	equal new "$(<low/new)"
}

@test "--bind-fd: the command does not get the descriptor, unless it is kept" {
	equal "0 1 2" "$(box --tmpfs /mnt --bind-fd 7:/mnt/d -- sh -c "$open_fds" 7<low)"
	equal "0 1 2 7" "$(box --tmpfs /mnt --bind-fd 7:/mnt/d --keep-fd 7 -- sh -c "$open_fds" 7<low)"
	ends 0 box --only mnt --bind-fd 7:"$PWD/low" -- sh -c '[ ! -e /proc/self/fd/7 ]' 7<low
}

@test "--bind-fd: what is not where it was is an error, and so is what is no file" {
	mkdir moved
	exec 7<moved
	mv moved elsewhere
	mkdir moved2
	rmdir elsewhere
	ends 125 box --tmpfs /mnt --bind-fd 7:/mnt/d -- true
	holds "$error" "what descriptor 7 stands for is no longer at '$PWD/elsewhere" "--bind-fd 7:/mnt/d"
	exec 7<&-
	ends 125 box --tmpfs /mnt --bind-fd 7:/mnt/d -- true
	holds "$error" "descriptor 7 is not open"
	ends 125 box --tmpfs /mnt --bind-fd 7:/mnt/d -- true 7< <(:)
	holds "$error" "descriptor 7 is no file or directory: 'pipe:"
	ends 2 box --bind-fd x:/mnt -- true
	holds "$error" "'x:/mnt' is not N:DST"
}

@test "a layer with files of other ids is taken over where these exist" {
	is_root && skip "for a user with subordinate ids"
	mkdir low/d
	box --map auto --root --overlay low=keep -- sh -c 'echo x >low/d/y; chown 5:5 low/d/y' 2>note
	ends 1 "$cove" apply keep
	holds "$error" "cannot give '.cove-apply-0' to" "--map auto --root" "$PWD/low/d/y"
	equal "" "$(ls -A low/d)"
	# The leak check of a sanitized cove needs ptrace.
	ends 0 box --map auto --root --rw . --ro "$cove" --env ASAN_OPTIONS=detect_leaks=0 -- "$cove" apply keep
	equal x "$(<low/d/y)"
	differ "$(id -u)" "$(stat -c %u low/d/y)"
	box --map auto --root -- rm -r low/d
}

@test "a layer whose directory is nobody's of the box is named" {
	needs_root
	ends 125 box --map 0:100000:65536 --overlay low=keep -- true
	holds "$error" "cannot write to '$PWD/keep'" "must belong to a user of the box"
}

@test "without a user namespace the layers work the same" {
	needs_root
	mkdir low/d
	echo x >low/d/x
	sleep 0.05
	ends 0 box --share user --overlay low -- sh -c 'rm -r low/d; mkdir low/d; ls -A low/d; grep " $PWD/low " /proc/self/mountinfo'
	lacks "$output" userxattr
	holds "$output" overlay
	ends 0 box --share user --overlay low=keep -- sh -c 'rm -r low/d; mkdir low/d; touch low/d/y'
	ends 0 "$cove" changes keep
	equal "D $PWD/low/d/x"$'\n'"A $PWD/low/d/y" "$output"
	ends 0 "$cove" apply keep
	equal y "$(ls low/d)"
}

@test "a layer in a directory that the box may write to is hidden in it" {
	mkdir here
	ends 0 box --overlay low=here/keep -- sh -c 'ls -A here/keep; echo x >low/x; rmdir here/keep || true; mv here there; ls -A there/keep'
	equal "" "$output"
	ends 0 "$cove" changes there/keep
	equal "A $PWD/low/x" "$output"
}
