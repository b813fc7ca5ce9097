#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# run as: root user
# Presets give what they say; box files; how files are shared and how much fits into private ones.

load helpers

setup() {
	cove_setup
	here=$BATS_TEST_TMPDIR
	below_home=
	unset PYENV_ROOT VIRTUAL_ENV CONDA_PREFIX NVM_DIR VOLTA_HOME
	mkdir work
	cd work
}

teardown() {
	[ -z "$below_home" ] || rm -r "$below_home"
	cove_teardown
}

# A directory below the home, which a box does not show.
make_below_home() {
	below_home=$(mktemp -d "$HOME/cove-test.XXXXXX")
}

same_plan() { # OPTION...: read from FILE as when given
	jq 'del(..|.origin?)' <("$cove" explain --json box --file-config "$1") >"$here/read"
	jq 'del(..|.origin?)' <("$cove" explain --json box "${@:2}") >"$here/given"
	[ -s "$here/given" ]
	diff "$here/given" "$here/read"
}

# ---- presets ----

@test "--preset list: all of them, as options that can be given" {
	ends 0 box --preset list
	equal "" "$error"
	for name in default build net paranoid bare python node; do
		holds "$output" "$name: "
	done
	list=$output
	for name in build paranoid python node; do
		options=$(awk -v name="$name:" '/^[a-z]/ { in_it = $1 == name } in_it && /^ *--/' <<<"$list" | tr '\n' ' ')
		"$cove" explain --json box --preset "$name" -- true | jq 'del(..|.origin?)' >"$here/preset"
		eval "\"\$cove\" explain --json box $options -- true" | jq 'del(..|.origin?)' >"$here/options"
		[ -s "$here/preset" ]
		diff "$here/preset" "$here/options"
	done
}

@test "--preset: an unknown one" {
	ends 2 box --preset pythn -- true
	holds "$error" "unknown preset 'pythn'" "did you mean 'python'?"
}

@test "--preset build: make -j2 of a small project, writing only here" {
	printf 'int one(void);\nint main(void) { return one() - 1; }\n' >main.c
	printf 'int one(void) { return ONE; }\n' >one.c
	printf 'prog: main.o one.o\n\t$(CC) -o $@ $^\n' >Makefile
	export CFLAGS='-O0 -DONE=1' SECRET=x
	ends 0 box --preset build -- make -j2
	lacks "$error" jobserver
	[ -x prog ]
	./prog
	ends 0 box --preset build -- sh -c 'echo "$CFLAGS,$SECRET"'
	equal "$CFLAGS," "$output"
	equal lo "$(box --preset build -- ls /sys/class/net)"
	ends 1 box --preset build -- touch /usr/new
}

@test "--preset build: caches are private, also when the home is shared" {
	make_below_home
	export XDG_CACHE_HOME=$below_home
	ends 0 box --preset build --rw "$HOME" -- sh -c 'echo x >"$XDG_CACHE_HOME/file"; stat -f -c %T "$XDG_CACHE_HOME"; stat -c %a "$XDG_CACHE_HOME"; echo $CCACHE_DIR'
	equal "tmpfs 700 /run/cache/ccache" "$(tr '\n' ' ' <<<"$output" | sed 's/ $//')"
	equal "" "$(ls -A "$below_home")"
}

@test "--preset net: the host's network and proxies" {
	export https_proxy=http://proxy:1 SECRET=x
	ends 0 box --preset net -- sh -c 'readlink /proc/self/ns/net; echo "$https_proxy,$SECRET"'
	equal "$(readlink /proc/self/ns/net) http://proxy:1," "$(tr '\n' ' ' <<<"$output" | sed 's/ $//')"
}

@test "the host's network: the resolver's files below /run are there, and nothing else of it" {
	script='
		mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/resolve /run/resolvconf /run/other &&
		echo "nameserver 192.0.2.1" >/run/systemd/resolve/stub-resolv.conf &&
		"$0" box --net host -- sh -c "cat /run/systemd/resolve/stub-resolv.conf; ls /run; touch /run/systemd/resolve/x"'
	if is_root; then
		ends 1 unshare -m sh -c "$script" "$cove"
	else # with the box made by one without privilege, as outside
		ends 1 unshare -Umc --keep-caps sh -c "${script/\"\$0\"/setpriv --ambient-caps=-all --inh-caps=-all \"\$0\"}" "$cove"
	fi
	equal "nameserver 192.0.2.1 resolvconf systemd" "$(tr '\n' ' ' <<<"$output" | sed 's/ $//')"
	holds "$error" "Read-only file system"
	ends 0 box --net host -- true # where there are none, too
	equal "" "$(box -- sh -c 'ls -d /run/systemd 2>/dev/null')"
}

@test "--preset paranoid: sh and python3 run; what is here can be read" {
	echo text >file
	equal text "$(box --preset paranoid -- sh -c 'cat file')"
	ends 0 box --preset paranoid -- "$python" -c 'import json, socket, subprocess, threading, tempfile
print(json.dumps(open("file").read()), socket.gethostbyname("localhost"))
print(subprocess.run(["echo", "child"], capture_output=True).stdout)
with tempfile.TemporaryFile() as f: f.write(b"x")
t = threading.Thread(target=print, args=["thread"]); t.start(); t.join()'
	holds "$output" '"text\n" 127.0.0.1' child thread
	equal "" "$error"
}

@test "--preset paranoid: nothing is written but in memory, and nothing of that executed" {
	cp /bin/true ./program
	ln -s /bin/true link
	for path in new /usr/new /new /bin/new; do
		ends 1 box --preset paranoid -- touch "$path"
		holds "$error" "Read-only file system"
	done
	ends 126 box --preset paranoid -- ./program
	holds "$error" "Permission denied"
	for dir in /tmp /run /etc /dev /dev/shm "$HOME" /var; do
		ends 126 box --preset paranoid -- sh -c 'cp /bin/true "$1/program" && exec "$1/program"' sh "$dir"
		holds "$error" "Permission denied"
	done
	ends 1 box --preset paranoid -- cat link
	holds "$error" "Too many levels"
	"$python" - "$cove" <<-'END'
		import subprocess, sys
		code = """
		import mmap, os
		for dir in [".", "/tmp", "/run", "/etc", "/dev/shm"]:
		    try:
		        fd = os.open(dir + "/x", os.O_RDWR | os.O_CREAT)
		    except OSError:
		        continue
		    os.truncate(fd, 4096)
		    try:
		        mmap.mmap(fd, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC, flags=mmap.MAP_PRIVATE)
		        print(dir)
		    except OSError:
		        pass
		"""
		import textwrap
		done = subprocess.run([sys.argv[1], "box", "--preset", "paranoid", "--", "/usr/bin/python3", "-c", textwrap.dedent(code)], capture_output=True, text=True)
		sys.exit(done.stdout + done.stderr or 0)
	END
}

@test "--preset paranoid: little is seen of the machine" {
	equal "" "$(box --preset paranoid -- ls -A /sys)"
	equal "self thread-self" "$(box --preset paranoid -- sh -c 'cd /proc; ls | grep -v "^[0-9]"' | tr '\n' ' ' | sed 's/ $//')"
	equal "" "$(box --preset paranoid -- sh -c 'cd /etc; ls -A | grep -vx -e alternatives -e hosts -e ld.so.cache -e localtime')"
	for dir in /var /srv /opt /mnt /media /boot /home /root; do
		[ -d "$dir" ] || continue
		equal "" "$(box --preset paranoid -- find "$dir" -mindepth 1 ! -path "$HOME")"
	done
	equal lo "$(box --preset paranoid -- "$python" -c 'import socket; print(*[n for _, n in socket.if_nameindex()])')"
}

@test "--preset paranoid: limits" {
	ends 0 box --preset paranoid -- sh -c 'ulimit -c; ulimit -n; ulimit -Hn; umask; cat /proc/self/oom_score_adj'
	equal "0 256 256 0077 500" "$(tr '\n' ' ' <<<"$output" | sed 's/ $//')"
	ends 0 box --preset paranoid -- grep -E 'processes|locked memory' /proc/self/limits
	holds "$(tr -s ' ' <<<"$output")" "Max processes 128 128" "Max locked memory 0 0"
	ends 153 box --preset paranoid --private size=128m -- sh -c 'exec head -c 70000000 /dev/zero >/tmp/big' # SIGXFSZ
	ends 1 box --preset paranoid --rlimit fsize=unlimited -- sh -c 'head -c 70000000 /dev/zero >/tmp/big'
	holds "$error" "No space left on device"
	equal 67108864 "$(box --preset paranoid -- "$python" -c 'import os
with open("/tmp/x", "wb") as f: f.truncate(1 << 26)
print(os.stat("/tmp/x").st_size)')"
}

@test "--preset paranoid: a fork bomb of a user stays small" {
	! is_root || skip "the kernel does not limit root's processes"
	ends 0 box --preset paranoid -- "$python" -c 'import os, time
n = 0
try:
    while n < 1000:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        n += 1
except BlockingIOError:
    pass
print(n)'
	[ "$output" -lt 128 ]
	[ "$output" -gt 64 ]
}

@test "--preset paranoid: an option takes single things back" {
	cp /bin/true program
	ends 0 box --preset paranoid --here rw -- sh -c './program && touch new'
	[ -e new ]
	equal root "$(box --preset paranoid --ro /etc/passwd -- sh -c 'head -n 1 /etc/passwd | cut -d: -f1')"
	equal 99 "$(box --rlimit nofile=99 --preset paranoid -- sh -c 'ulimit -n')"
}

@test "--preset bare: all namespaces are new, and nothing else" {
	export SECRET=x
	ends 0 box --preset bare -- sh -c 'for ns in user mnt pid net ipc uts cgroup time; do readlink /proc/self/ns/$ns; done; echo "$SECRET"; pwd; echo x >file; [ -e /proc/self/fd/7 ] && echo open' 7</dev/null
	for ns in user mnt net ipc uts cgroup time; do
		lacks "$output" "$(readlink /proc/self/ns/$ns)"
		holds "$output" "$ns:["
	done
	holds "$output" "x
$PWD
open"
	equal x "$(<file)"
	equal 2 "$(box --preset bare -- sh -c 'echo $$')"
}

@test "--preset python: a virtual environment elsewhere, read-only" {
	make_below_home
	"$python" -m venv --without-pip "$below_home/venv"
	echo 'value = 42' >"$below_home/venv/lib/$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')/site-packages/cove_test_module.py"
	export VIRTUAL_ENV=$below_home/venv PATH=$below_home/venv/bin:$PATH
	equal "$VIRTUAL_ENV 42" "$(box --preset python -- python3 -c 'import sys, cove_test_module as m; print(sys.prefix, m.value)')"
	ends 1 box --preset python -- touch "$VIRTUAL_ENV/new"
	holds "$error" "Read-only file system"
	ends 127 box -- "$VIRTUAL_ENV/bin/python3" # what it is for
	unset VIRTUAL_ENV
	ends 0 box --preset python -- "$python" -c 'pass'
}

@test "--preset python: a virtual environment here is writable as the rest" {
	"$python" -m venv --without-pip venv
	export VIRTUAL_ENV=$PWD/venv PATH=$PWD/venv/bin:$PATH
	equal "$VIRTUAL_ENV" "$(box --preset python -- python3 -c 'import sys; print(sys.prefix)')"
	box --preset python -- touch venv/new
	[ -e venv/new ]
}

@test "--preset python: user packages, pyenv, and private caches" {
	make_below_home
	mkdir -p "$below_home"/.local/lib/x "$below_home"/.pyenv/shims "$below_home"/.cache "$below_home"/.config
	export HOME=$below_home
	ends 0 box --preset python -- sh -c 'cd; ls -A; ls -A .local; stat -f -c %T "${PIP_CACHE_DIR%/*}"'
	equal ".local .pyenv lib tmpfs" "$(tr '\n' ' ' <<<"$output" | sed 's/ $//')"
	ends 1 box --preset python -- touch "$HOME/.local/lib/new"
}

@test "--preset node: nvm is there, tokens are not, npm's cache is private" {
	make_below_home
	mkdir -p "$below_home"/.nvm/versions/bin "$below_home"/.npm
	printf '#!/bin/sh\necho "node $npm_config_cache $NPM_TOKEN"\n' >"$below_home/.nvm/versions/bin/node"
	chmod +x "$below_home/.nvm/versions/bin/node"
	echo token >"$below_home/.npmrc"
	export HOME=$below_home NVM_DIR=$below_home/.nvm NVM_BIN=$below_home/.nvm/versions/bin NPM_TOKEN=x
	PATH=$NVM_BIN:$PATH
	equal "node /run/cache/npm" "$(box --preset node -- node | sed 's/ $//')"
	equal ".nvm" "$(box --preset node -- ls -A "$HOME")"
	ends 1 box --preset node -- cat "$HOME/.npmrc"
}

@test "presets add up, and the later one wins" {
	equal "$(readlink /proc/self/ns/net)" "$(box --preset build,net -- readlink /proc/self/ns/net)"
	differ "$(readlink /proc/self/ns/net)" "$(box --preset net --preset build -- readlink /proc/self/ns/net)"
	differ "$(readlink /proc/self/ns/net)" "$(box --net none --preset net -- readlink /proc/self/ns/net)"
	equal "/run/cache /run/cache/pip" "$(box --preset build --preset python -- sh -c 'echo $XDG_CACHE_HOME $PIP_CACHE_DIR')"
}

# ---- how files are shared ----

@test "--ro and --rw with options" {
	mkdir share
	cp /bin/true share/program
	ln -s program share/link
	cd /
	box --ro "$here/work/share:/mnt" -- /mnt/link
	ends 126 box --ro "$here/work/share:/mnt:noexec" -- /mnt/program
	ends 126 box --rw "$here/work/share::noexec" -- "$here/work/share/program"
	box --rw "$here/work/share:/mnt:nosymfollow" -- /mnt/program
	ends 1 box --rw "$here/work/share:/mnt:nosymfollow" -- cat /mnt/link
	holds "$error" "Too many levels"
	ends 126 box --tmpfs /mnt:noexec -- sh -c 'cp /bin/true /mnt && exec /mnt/true'
	holds ",$(box --ro "$here/work/share:/mnt:noexec" -- awk '$2 == "/mnt" { print $4 }' /proc/mounts)," ,ro, ,nosuid, ,nodev, ,noexec,
}

@test "--ro-try and --rw-try: shown when it is there" {
	mkdir share
	echo x >share/file
	cd /
	equal x "$(box --ro-try "$here/work/share:/mnt" -- cat /mnt/file)"
	ends 1 box --ro-try "$here/work/share:/mnt" -- touch /mnt/new
	box --rw-try "$here/work/share:/mnt" -- touch /mnt/new
	[ -e "$here/work/share/new" ]
	for missing in "$here/nowhere" "$here/nowhere/a/b" "$here/work/share/file/x" ''; do
		ends 0 box --ro-try "$missing" --rw-try "$missing:/mnt" -- true
		ends 125 box --ro "$missing/x" -- true
	done
	if ! is_root; then # what one cannot reach one could not read either
		mkdir -p "$here/closed/inner"
		chmod 000 "$here/closed"
		ends 0 box --ro-try "$here/closed/inner" -- true
		chmod 700 "$here/closed"
	fi
	# What is missing does not uncover what is covered.
	equal "" "$(box --ro-try "$here/nowhere:/tmp" -- ls -A /tmp)"
}

@test "--tmpfs-try: only where there is a directory" {
	ends 0 box --tmpfs-try /cove-nowhere --tmpfs-try /usr/share -- sh -c 'ls -A /usr/share; [ ! -e /cove-nowhere ]'
	equal "" "$output"
}

@test "--here: rw, ro, none" {
	echo text >file
	box --here rw -- touch new
	[ -e new ]
	ends 1 box --here ro -- touch other
	holds "$error" "Read-only file system"
	equal text "$(box --here ro -- cat file)"
	ends 0 box --here none -- pwd
	equal / "$output"
	equal "" "$error"
	ends 1 box --here none -- test -e "$PWD"
	cp /bin/true program
	ends 126 box --here rw:noexec -- ./program
	cd /usr/share
	equal /usr/share "$(box --here none -- pwd)"
	ends 1 box --here none -- touch new
}

@test "a full private directory: no space left" {
	total=$(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo)
	for dir in /tmp "$HOME" /dev/shm; do
		size=$(box --cwd / -- df -k --output=size "$dir" | tail -n 1)
		[ "$size" -ge $((total / 4 - 64)) ] && [ "$size" -le $((total / 4 + 64)) ]
	done
	ends 1 box -- sh -c 'head -c 17000000 /dev/zero >/run/big'
	holds "$error" "No space left on device"
	ends 1 box -- "$python" -c 'for i in range(5000): open(f"/run/{i}", "w")'
	holds "$error" "No space left on device" "/run/4"
	ends 1 box -- sh -c 'head -c 100000 /dev/zero >/dev/big'
	holds "$error" "No space left on device"
	ends 1 box -- "$python" -c 'for i in range(1000): open(f"/dev/{i}", "w")'
	holds "$error" "No space left on device"
	ends 1 box -- "$python" -c 'for i in range(20000): open(f"/dev/shm/{i}", "w")'
	holds "$error" "No space left on device"
}

@test "--private: sizes, inodes, attributes" {
	for dir in /tmp /run "$HOME" /dev/shm; do
		ends 1 box --private size=1m -- sh -c 'head -c 2000000 /dev/zero >"$1/big"' sh "$dir"
		holds "$error" "No space left on device"
	done
	ends 1 box --private nr_inodes=8 -- sh -c 'cd /tmp && touch 1 2 3 4 5 6 7 8 9'
	holds "$error" "No space left on device"
	ends 126 box --private noexec -- sh -c 'cp /bin/true /tmp && exec /tmp/true'
	ends 125 box --private size=much -- true
	holds "$error" "size" "--private size=much"
}

@test "--proc: processes only" {
	ends 0 box --proc subset=pid -- sh -c 'ls /proc | grep -v "^[0-9]"'
	equal "self thread-self" "$(tr '\n' ' ' <<<"$output" | sed 's/ $//')"
	equal "$$ is hidden" "$(box --proc hidepid=invisible -- sh -c "[ -e /proc/self/stat ] && echo '$$ is hidden'")"
	holds "$(box --proc hidepid=invisible,subset=pid -- cat /proc/self/mounts | grep ' /proc ')" "hidepid=invisible" "subset=pid"
}

@test "HOME and USER are given when the environment lacks them" {
	equal "$(getent passwd "$(id -u)" | cut -d: -f6) $(id -un)" "$(env -i "$cove" box -- /bin/sh -c 'echo "$HOME $USER"')"
	equal "x" "$(env -i USER=x "$cove" box -- /bin/sh -c 'echo "$USER"')"
	equal "," "$(env -i "$cove" box --env-clear -- /usr/bin/env sh -c 'echo "$HOME,$USER"')"
}

# ---- box files ----

@test "--file-config: options, a preset, paths, a command" {
	make_below_home
	mkdir share
	echo x >share/file
	cat >box.conf <<-END
		# what we build in
		preset = build

		hostname = "from file"
		ro = share:/mnt
		rw = ~/${below_home##*/}
		env = GREETING = hello
		command = sh
		arg = -c
		arg = "hostname; cat /mnt/file; echo \$GREETING; touch $below_home/new"
	END
	printf '\357\273\277hostname = dos\r\n' >dos.conf
	sed -i 's/hostname = .*/hostname = file/; s/GREETING = /GREETING=/' box.conf
	equal "file x hello" "$(box --file-config box.conf | tr '\n' ' ' | sed 's/ $//')"
	[ -e "$below_home/new" ]
	equal dos "$(box --file-config dos.conf -- hostname)"
	equal cli "$(box --file-config box.conf --hostname cli -- hostname)"
	equal dos "$(box --file-config box.conf --file-config dos.conf -- hostname)"
	equal file "$(box --hostname cli --file-config box.conf --hostname file -- hostname)"
	ends 0 "$cove" explain box --file-config box.conf
	holds "$output" "[box.conf:5: --ro share:/mnt]" "[box.conf:2: --preset build: --net none]"
}

@test "--file-config -: standard input" {
	equal "in" "$(echo 'hostname = in' | box --file-config - -- hostname)"
}

@test "--file-config: what is wrong is named with its line" {
	printf 'net = host\n\nhostnam = x\n' >bad.conf
	ends 2 box --file-config bad.conf -- true
	holds "$error" "bad.conf:3: unknown option 'hostnam'" "did you mean 'hostname'?"
	printf 'rw = nowhere\n' >bad.conf
	ends 125 box --file-config bad.conf -- true
	holds "$error" "$PWD/nowhere" "bad.conf:1: --rw nowhere"
	printf 'file-config = bad.conf\n' >bad.conf
	ends 2 box --file-config bad.conf -- true
	printf 'a\0b\n' >bad.conf
	ends 2 box --file-config bad.conf -- true
	holds "$error" "bad.conf:1: a NUL byte"
	ends 2 box --file-config . -- true
	holds "$error" "'.'" "Is a directory"
	ends 2 box --file-config nowhere.conf -- true
	holds "$error" "nowhere.conf" "No such file"
	head -c 2000000 /dev/zero | tr '\0' '#' >bad.conf
	ends 2 box --file-config bad.conf -- true
	holds "$error" bad.conf
	ends 2 box --file-config /dev/zero -- true
	! is_root || return 0
	echo 'net = host' >secret.conf
	chmod 000 secret.conf
	ends 2 box --file-config secret.conf -- true
	holds "$error" "Permission denied"
}

@test "--save: read back, it is the same box" {
	mkdir share
	options=(--preset build --ro share:/mnt:noexec --env 'A= b "c" \d' --env $'E=1\n2\t' --tmpfs /opt:size=1M
		--rlimit nofile=100:200 --hostname x --net host --root --no-init --file $'/run/f=a\nb' --env-pass 'X*')
	ends 0 box --save saved.conf "${options[@]}" -- printf '%s' '' ' a ' $'b\n"' -- -x
	holds "$error" "saved.conf" "nothing was run"
	equal "" "$output"
	same_plan saved.conf "${options[@]}" -- printf '%s' '' ' a ' $'b\n"' -- -x
	ends 0 box --save none.conf
	same_plan none.conf
	ends 0 box --save - --net host --explain --json
	equal "net = host" "$output"
	ends 2 box --save no.conf --only utz -- true
	[ ! -e no.conf ]
	ends 2 box --save no.conf --file-config saved.conf
	ends 125 box --save nowhere/x.conf -- true
	holds "$error" "nowhere/x.conf"
}
