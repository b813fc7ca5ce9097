/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Presets: names for sets of ordinary options. A preset can do nothing that options cannot; two
 * things it may say that a command line has from its shell: "~/" at the start of a path, and
 * "$NAME", which stands for a whole path and for nothing when the variable is not set.
 */
#include "base/auto.h"
#include "base/err.h"
#include "base/text.h"
#include "box/setting.h"

#include <errno.h>
#include <string.h>

struct line {
	const char *name;
	const char *value; /* NULL: none */
};

struct preset {
	const char *name;
	const char *summary;
	const char *explanation;
	const struct line *lines; /* ended by a row without a name */
};

/* A place of its own for caches, which holds also when /tmp or the home is shared. */
#define CACHES { "tmpfs", "/run/cache:size=25%,nr_inodes=256k,mode=0700" }

#define TOOLS "CC,CXX,CPP,AS,AR,NM,LD,RANLIB,STRIP,OBJCOPY,OBJDUMP,HOSTCC,MAKE"
#define FLAGS                                                                                      \
	"MAKEFLAGS,CFLAGS,CXXFLAGS,CPPFLAGS,ASFLAGS,ARFLAGS,LDFLAGS,LDLIBS,LIBS,GOFLAGS,RUSTFLAGS"

static const struct line default_lines[] = { { 0 } };

static const struct line build_lines[] = {
	{ "net", "none" },
	{ "here", "rw" },
	CACHES,
	{ "env", "XDG_CACHE_HOME=/run/cache" },
	{ "env", "CCACHE_DIR=/run/cache/ccache" },
	{ "env-pass", TOOLS },
	{ "env-pass", FLAGS },
	{ "env-pass", "PKG_CONFIG*,CMAKE_*,SOURCE_DATE_EPOCH,V,VERBOSE,NINJA_STATUS" },
	{ 0 },
};

static const struct line net_lines[] = {
	{ "net", "host" },
	{ "env-pass", "http_proxy,https_proxy,ftp_proxy,all_proxy,no_proxy" },
	{ "env-pass", "HTTP_PROXY,HTTPS_PROXY,FTP_PROXY,ALL_PROXY,NO_PROXY" },
	{ "env-pass", "SSL_CERT_FILE,SSL_CERT_DIR" },
	{ 0 },
};

/* A covered directory needs room for mount points only. */
#define COVER(dir) { "tmpfs-try", dir ":size=64k,nr_inodes=256,mode=0755,noexec,nosymfollow" }

static const struct line paranoid_lines[] = {
	{ "net", "none" },
	{ "here", "ro:noexec,nosymfollow" },
	{ "private", "size=64m,nr_inodes=4k,noexec,nosymfollow" },
	{ "proc", "subset=pid,hidepid=invisible" },
	{ "hide", "/sys" },
	COVER("/boot"),
	COVER("/media"),
	COVER("/mnt"),
	COVER("/opt"),
	COVER("/srv"),
	COVER("/var"),
	/* Of /etc only what the dynamic linker, Debian's links to programs, and clocks need. */
	COVER("/etc"),
	{ "ro-try", "/etc/alternatives" },
	{ "ro-try", "/etc/ld.so.cache" },
	{ "ro-try", "/etc/localtime" },
	{ "file", "/etc/hosts=127.0.0.1 localhost\n::1 localhost\n" },
	{ "rlimit", "core=0" },
	{ "rlimit", "nofile=256" },
	{ "rlimit", "nproc=128" },
	{ "rlimit", "fsize=64M" },
	{ "rlimit", "memlock=0" },
	{ "oom-score-adj", "500" },
	{ "umask", "077" },
	{ 0 },
};

static const struct line bare_lines[] = {
	{ "only", "user,mnt,pid,net,ipc,uts,cgroup,time" },
	{ "init", NULL },
	{ 0 },
};

static const struct line python_lines[] = {
	{ "ro-try", "~/.local/bin" },
	{ "ro-try", "~/.local/lib" },
	{ "ro-try", "~/.local/share/uv/python" },
	{ "ro-try", "~/.pyenv" },
	{ "ro-try", "$PYENV_ROOT" },
	{ "ro-try", "$VIRTUAL_ENV" },
	{ "ro-try", "$CONDA_PREFIX" },
	{ "env-pass", "PYTHON*,VIRTUAL_ENV,CONDA_PREFIX,PYENV_ROOT,PYENV_VERSION" },
	CACHES,
	{ "env", "PIP_CACHE_DIR=/run/cache/pip" },
	{ "env", "UV_CACHE_DIR=/run/cache/uv" },
	{ 0 },
};

static const struct line node_lines[] = {
	{ "ro-try", "~/.nvm" },
	{ "ro-try", "$NVM_DIR" },
	{ "ro-try", "~/.volta" },
	{ "ro-try", "$VOLTA_HOME" },
	{ "ro-try", "~/.local/share/fnm" },
	{ "ro-try", "~/.cache/node/corepack" },
	{ "env-pass", "NODE_ENV,NODE_OPTIONS,NODE_PATH,NVM_DIR,NVM_BIN,NVM_INC,VOLTA_HOME" },
	CACHES,
	{ "env", "npm_config_cache=/run/cache/npm" },
	{ "env", "npm_config_update_notifier=false" },
	{ "env", "YARN_CACHE_FOLDER=/run/cache/yarn" },
	{ 0 },
};

static const struct preset presets[] = {
	{ "default", "What a box is when nothing is said.",
	  "It adds no option; a box file or script may name it to say so.", default_lines },
	{ "build", "Build software offline, writing only here.",
	  "Caches begin empty and vanish; compilers and their flags are passed on.", build_lines },
	{ "net", "Use the host's network.",
	  "With it come the host's resolver and abstract sockets, and settings of proxies.",
	  net_lines },
	{ "paranoid", "Read what is here, and as little else as runs a program.",
	  "Nothing that can be written can be executed, nor outlives the box.", paranoid_lines },
	{ "bare", "New namespaces of all kinds; nothing else is touched.",
	  "No sandbox: files, environment and descriptors stay yours.", bare_lines },
	{ "python", "Read your Python: virtual environment, pyenv, uv, user packages.",
	  "An environment below the current directory is shared with that. pip's cache is private.",
	  python_lines },
	{ "node", "Read your Node.js: nvm, Volta, fnm.",
	  "npm's cache is private, and ~/.npmrc, where tokens are, is not shown.", node_lines },
};

static int unknown(const char *name, struct cove_error *err)
{
	const char *names[ARRAY_LEN(presets)];
	const char *near;

	for (size_t i = 0; i < ARRAY_LEN(presets); i++)
		names[i] = presets[i].name;
	near = text_nearest(name, names, ARRAY_LEN(presets));
	err_usage(err, "unknown preset '%s'", name);
	if (near)
		err_hint(err, "did you mean '%s'?", near);
	else
		err_hint(err, "--preset list shows them");
	return -EINVAL;
}

int box_preset_add(const char *name, const struct box_setting *from, struct box_settings *list,
		   struct cove_error *err)
{
	const struct preset *preset = NULL;
	struct box_setting setting = { .file = from->file, .line = from->line };

	for (size_t i = 0; i < ARRAY_LEN(presets); i++)
		if (strcmp(presets[i].name, name) == 0)
			preset = &presets[i];
	if (!preset)
		return unknown(name, err);
	setting.preset = preset->name;
	for (const struct line *line = preset->lines; line->name; line++) {
		int r;

		setting.opt = opt_find(&box_command, line->name);
		setting.value = line->value;
		if (!setting.opt)
			return err_usage(err, "preset '%s' has an unknown option '%s'", name,
					 line->name);
		r = box_settings_add(list, &setting, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* As a shell would expand it to the same. */
static void add_value(const char *value, struct buf *out)
{
	if (value[0] == '$') {
		buf_addf(out, "\"%s\"", value);
	} else if (value[0] == '~' && value[1] == '/') {
		buf_adds(out, "~/");
		text_quote(value + 2, out);
	} else {
		text_quote(value, out);
	}
}

void box_presets_text(struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(presets); i++) {
		const struct preset *preset = &presets[i];

		buf_addf(out, "%s%s: %s\n", i ? "\n" : "", preset->name, preset->summary);
		buf_addf(out, "  %s\n", preset->explanation);
		for (const struct line *line = preset->lines; line->name; line++) {
			buf_addf(out, "      --%s%s", line->name, line->value ? " " : "");
			if (line->value)
				add_value(line->value, out);
			buf_addc(out, '\n');
		}
	}
}
