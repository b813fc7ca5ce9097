/* SPDX-License-Identifier: Apache-2.0 */
#include "oci.h"

#include "base/landlock.h"

#include <errno.h>
#include <linux/mount.h>
#include <sys/stat.h>

/* ---- the whole ---- */

static void the_least_that_runs(void **state)
{
	struct plan *plan = config("", "", "");

	(void)state;
	assert_text(plan, plan->container.id, "box1");
	assert_text(plan, plan->container.bundle, "/bundle");
	assert_text(plan, plan->container.version, "1.3.0");
	assert_int_equal(plan->container.is, 1);
	assert_int_equal(plan->process.outlives, 1);
	assert_int_equal(plan->process.init, 0);
	assert_int_equal(plan->process.check_command, 1);
	assert_int_equal(plan->process.make_cwd, 1);
	assert_int_equal(plan->last, PLAN_LAST_DIRECT);
	assert_int_equal(plan->root.kind, PLAN_ROOT_DIR);
	assert_text(plan, plan->root.path, "/bundle/rootfs");
	assert_int_equal(plan->root.read_only, 0);
	assert_text(plan, plan->root.origin, "/root");
	assert_int_equal(plan->propagation, MS_SLAVE | MS_REC);
	assert_int_equal(plan->keyring, PLAN_KEYRING_NEW);
	assert_text(plan, plan->process.keyring, "_ses.box1");
	assert_text(plan, plan->process.search,
		    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	assert_int_equal(plan->ns[COVE_NS_USER].mode, PLAN_NS_HOST);
	for (enum cove_ns ns = 0; ns < COVE_NS_COUNT; ns++)
		if (ns != COVE_NS_USER)
			assert_int_equal(plan->ns[ns].mode, PLAN_NS_NEW);
	assert_int_equal(plan->notes.count, 0);
	assert_int_equal(profile.len, 0);
	plan_free(plan);
}

static void root_names_version(void **state)
{
	struct plan *plan;

	(void)state;
	strcpy(document, "{'ociVersion':'1.0.2-dev','root':{'path':'/a/../r/','readonly':true},"
			 "'process':{'cwd':'/','args':['sh']},'hostname':'h','domainname':'d',"
			 "'linux':{'namespaces':[{'type':'mount'},{'type':'uts'}]}}");
	plan = read_document();
	assert_non_null(plan);
	assert_text(plan, plan->root.path, "/r");
	assert_int_equal(plan->root.read_only, 1);
	assert_text(plan, plan->hostname, "h");
	assert_text(plan, plan->hostname_origin, "/hostname");
	assert_text(plan, plan->domainname, "d");
	plan_free(plan);
}

static void requests(void **state)
{
	struct plan *plan;

	(void)state;
	request.no_new_keyring = true;
	request.no_pivot = true;
	request.preserve_fds = 2;
	request.listen_fds = 1;
	plan = config("", "", "");
	request.no_new_keyring = request.no_pivot = false;
	request.preserve_fds = request.listen_fds = 0;
	assert_int_equal(plan->keyring, PLAN_KEYRING_KEEP);
	assert_int_equal(plan->root.no_pivot, 1);
	assert_int_equal(plan->process.keep_fds.count, 3);
	assert_string_equal(joined(plan, plan->process.env), "LISTEN_FDS=1|LISTEN_PID=1|");
	plan_free(plan);
}

/* ---- namespaces, ids ---- */

static void namespaces_by_path(void **state)
{
	struct plan *plan;

	(void)state;
	strcpy(document, "{'ociVersion':'1.3.0','root':{'path':'r'},'hostname':'pod',"
			 "'process':{'cwd':'/','args':['sh']},'linux':{'namespaces':["
			 "{'type':'mount'},{'type':'network','path':'/run/netns/x'},"
			 "{'type':'uts','path':'/proc/7/ns/uts'}],"
			 "'sysctl':{'net.core.somaxconn':'1'}}}");
	plan = read_document();
	assert_non_null(plan);
	assert_int_equal(plan_seal(plan, &host, &error), 0);
	assert_int_equal(plan->ns[COVE_NS_NET].mode, PLAN_NS_JOIN);
	assert_text(plan, plan->ns[COVE_NS_NET].path, "/run/netns/x");
	assert_text(plan, plan->ns[COVE_NS_NET].origin, "/linux/namespaces/1");
	assert_int_equal(plan->ns[COVE_NS_PID].mode, PLAN_NS_HOST);
	plan_free(plan);
	refused("", ",'namespaces':[]", "", "/linux/namespaces: duplicate key 'namespaces'");
}

static struct plan *with_namespaces(const char *list, const char *rest)
{
	snprintf(document, sizeof(document),
		 "{'ociVersion':'1.3.0','root':{'path':'r'},'process':{'cwd':'/','args':['sh']},"
		 "'linux':{'namespaces':[%s]%s}}", list, rest);
	return read_document();
}

static void id_mappings(void **state)
{
	struct plan *plan = with_namespaces(
		"{'type':'mount'},{'type':'user'}",
		",'uidMappings':[{'containerID':0,'hostID':1000,'size':1},"
		"{'containerID':1,'hostID':100000,'size':65535}],"
		"'gidMappings':[{'containerID':0,'hostID':2000,'size':10}]");
	const struct plan_map *map;

	(void)state;
	assert_non_null(plan);
	assert_int_equal(plan->maps.kind, PLAN_MAP_RANGES);
	assert_int_equal(plan->maps.uids.count, 2);
	map = plan_at(plan, plan->maps.uids.last);
	assert_int_equal(map->inside, 1);
	assert_int_equal(map->outside, 100000);
	assert_int_equal(map->count, 65535);
	assert_text(plan, map->item.origin, "/linux/uidMappings/1");
	map = plan_at(plan, plan->maps.gids.first);
	assert_int_equal(map->outside, 2000);
	assert_int_equal(plan_seal(plan, &host, &error), 0);
	plan_free(plan);

	/* A joined one has its maps; the document may repeat them. */
	plan = with_namespaces("{'type':'mount'},{'type':'user','path':'/proc/7/ns/user'}",
			       ",'uidMappings':[{'containerID':0,'hostID':1,'size':1}],"
			       "'gidMappings':[{'containerID':0,'hostID':1,'size':1}]");
	assert_non_null(plan);
	assert_int_equal(plan_seal(plan, &host, &error), 0);
	plan_free(plan);
}

static void mappings_and_namespaces_belong_together(void **state)
{
	(void)state;
	assert_null(with_namespaces("{'type':'mount'},{'type':'user'}", ""));
	assert_string_equal(error.what, "config.json:1:87: /linux: a user namespace needs "
					"'uidMappings' and 'gidMappings'");
	assert_null(with_namespaces("{'type':'mount'}",
				    ",'uidMappings':[{'containerID':0,'hostID':1,'size':1}]"));
	assert_string_equal(error.what,
			    "config.json:1:87: /linux: id mappings need a user namespace");
	assert_null(with_namespaces("{'type':'mount'},{'type':'user'}",
				    ",'uidMappings':[{'containerID':0,'hostID':1,'size':1}]"));
	assert_string_equal(error.what, "config.json:1:87: /linux: 'uidMappings' and 'gidMappings' "
					"go together");
	assert_null(with_namespaces("{'type':'pid'},{'type':'pid'}", ""));
	assert_string_equal(error.what, "config.json:1:117: /linux/namespaces/1: a second 'pid' "
					"namespace");
	assert_null(with_namespaces("{'type':'moon'}", ""));
	assert_string_equal(error.what, "config.json:1:110: /linux/namespaces/0/type: no namespace "
					"'moon' is known");
}

static void an_ordinary_user_becomes_root_of_its_own(void **state)
{
	struct plan *plan;

	(void)state;
	host.caps = 0;
	host.uid = 1000;
	host.gid = 100;
	plan = with_namespaces("{'type':'mount'},{'type':'pid'}", "");
	assert_non_null(plan);
	assert_int_equal(plan_seal(plan, &host, &error), 0);
	assert_int_equal(plan->ns[COVE_NS_USER].mode, PLAN_NS_NEW);
	assert_int_equal(((const struct plan_map *)plan_at(plan, plan->maps.uids.first))->outside,
			 1000);
	assert_int_equal(((const struct plan_map *)plan_at(plan, plan->maps.gids.first))->outside,
			 100);
	assert_int_equal(plan->uid_inside, 0);
	assert_int_equal(plan->uid_outside, 1000);
	plan_free(plan);
	plan = config(",'user':{'additionalGids':[7]}", "", "");
	assert_int_equal(plan->process.set_groups, 0);
	assert_int_equal(plan->notes.count, 1);
	plan_free(plan);
	host.caps = ALL_CAPS;
	host.uid = host.gid = 0;
}

static void clocks(void **state)
{
	struct plan *plan = config("", ",'timeOffsets':{'monotonic':{'secs':-5,'nanosecs':7},"
				       "'boottime':{'secs':2}}", "");

	(void)state;
	assert_int_equal(plan->monotonic.ns, -5000000000 + 7);
	assert_int_equal(plan->boottime.ns, 2000000000);
	assert_text(plan, plan->boottime.origin, "/linux/timeOffsets/boottime");
	plan_free(plan);
	refused("", ",'timeOffsets':{'monotonic':{'secs':9300000000}}", "",
		"/linux/timeOffsets/monotonic: the clock would leave its range");
	refused("", ",'timeOffsets':{'monotonic':{'nanosecs':1000000000}}", "",
		"/linux/timeOffsets/monotonic/nanosecs: a second has fewer nanoseconds");
	assert_null(with_namespaces("{'type':'mount'}", ",'timeOffsets':{'boottime':{'secs':1}}"));
	assert_string_equal(error.what, "config.json:1:146: /linux/timeOffsets/boottime: clock "
					"offsets need a new time namespace");
}

/* ---- mounts ---- */

#define MOUNT(rest) ",'mounts':[{" rest "}]"

static void a_filesystem(void **state)
{
	struct plan *plan = config("", "", MOUNT("'destination':'/t/','type':'tmpfs','source':'shm',"
						 "'options':['nosuid','strictatime','mode=1777',"
						 "'size=65536k','sync','ro','rw','inode64','rnodev',"
						 "'defaults','silent','shared','rslave']"));
	const struct plan_mount *m = mount_at(plan, "/t");
	const struct plan_data *data = plan_at(plan, m->data.first);
	const struct plan_number *number = plan_at(plan, m->propagation.first);

	(void)state;
	assert_int_equal(m->kind, PLAN_MOUNT_FS);
	assert_text(plan, m->fstype, "tmpfs");
	assert_text(plan, m->source, "shm");
	assert_text(plan, m->item.origin, "/mounts/0");
	assert_int_equal(m->attr, MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME | MOUNT_ATTR_NODEV);
	assert_int_equal(m->clear, MOUNT_ATTR__ATIME | MOUNT_ATTR_RDONLY);
	assert_text(plan, data->key, "mode");
	assert_text(plan, data->value, "1777");
	data = plan_at(plan, data->item.next);
	assert_text(plan, data->key, "size");
	data = plan_at(plan, data->item.next);
	assert_text(plan, data->key, "sync");
	assert_int_equal(data->value, 0);
	data = plan_at(plan, data->item.next);
	assert_text(plan, data->key, "inode64");
	assert_int_equal(data->item.next, 0);
	assert_int_equal(number->value, MS_SHARED);
	number = plan_at(plan, number->item.next);
	assert_int_equal(number->value, MS_SLAVE | MS_REC);
	plan_free(plan);
}

static void a_bind(void **state)
{
	static const struct {
		const char *type, *options;
		int alone;
	} rows[] = {
		{ "", "'bind'", 1 },
		{ "'type':'none',", "'rbind'", 0 },
		{ "'type':'bind',", "'rbind'", 0 },
		{ "'type':'bind',", "", 1 },
		{ "'type':'tmpfs',", "'bind'", 1 },
		{ "'type':'rbind',", "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct plan_mount *m;
		struct plan *plan;
		char text[256];

		snprintf(text, sizeof(text), ",'mounts':[{'destination':'/d',%s'source':'s/../x',"
			 "'options':[%s]}]", rows[i].type, rows[i].options);
		plan = config("", "", text);
		m = mount_at(plan, "/d");
		assert_int_equal(m->kind, PLAN_MOUNT_BIND);
		assert_text(plan, m->source, "/bundle/x");
		assert_int_equal(m->alone, rows[i].alone);
		plan_free(plan);
	}
}

static void attributes_of_a_bind(void **state)
{
	struct plan *plan = config("", "", MOUNT("'destination':'/d','source':'/s','options':["
						 "'rbind','ro','noexec','exec','suid','noatime',"
						 "'rro','rnosymfollow','rrelatime','rdiratime']"));
	const struct plan_mount *m = mount_at(plan, "/d");

	(void)state;
	assert_int_equal(m->top_only, 1);
	assert_int_equal(m->attr, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME);
	assert_int_equal(m->clear, MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID | MOUNT_ATTR__ATIME);
	assert_int_equal(m->below_attr, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSYMFOLLOW);
	assert_int_equal(m->below_clear, MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME);
	plan_free(plan);
}

static void kinds_of_mounts(void **state)
{
	struct plan *plan = config(
		"", "", ",'mounts':[{'destination':'/proc','type':'proc'},"
			"{'destination':'/sys/fs/cgroup','type':'cgroup','source':'cgroup',"
			"'options':['ro','nosuid']},{'destination':'/c2','type':'cgroup2'},"
			"{'destination':'/x','type':'none','options':['remount','bind','ro']},"
			"{'destination':'/y','options':['rshared']},"
			"{'destination':'/z','type':'tmpfs','options':['tmpcopyup','dest-nofollow']},"
			"{'destination':'rel/./p','type':'tmpfs'}]");

	(void)state;
	assert_int_equal(mount_at(plan, "/proc")->no_follow, 1);
	assert_int_equal(mount_at(plan, "/sys/fs/cgroup")->kind, PLAN_MOUNT_CGROUP);
	assert_int_equal(mount_at(plan, "/sys/fs/cgroup")->attr,
			 MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
	assert_int_equal(mount_at(plan, "/c2")->kind, PLAN_MOUNT_CGROUP);
	assert_int_equal(mount_at(plan, "/x")->kind, PLAN_MOUNT_REMOUNT);
	assert_int_equal(mount_at(plan, "/x")->attr, MOUNT_ATTR_RDONLY);
	assert_int_equal(mount_at(plan, "/y")->kind, PLAN_MOUNT_REMOUNT);
	assert_int_equal(mount_at(plan, "/z")->copy_up, 1);
	assert_int_equal(mount_at(plan, "/z")->no_follow, 1);
	assert_int_equal(mount_at(plan, "/rel/p")->kind, PLAN_MOUNT_FS);
	assert_true(has_note(plan, "/mounts/6/destination: not an absolute path: taken from / on"));
	plan_free(plan);
}

static void idmapped_mounts(void **state)
{
	struct plan *plan = config("", "", MOUNT("'destination':'/d','source':'/s','options':["
						 "'bind','ridmap'],'uidMappings':[{'containerID':0,"
						 "'hostID':5,'size':2}],'gidMappings':["
						 "{'containerID':1,'hostID':6,'size':3}]"));
	const struct plan_mount *m = mount_at(plan, "/d");
	const struct plan_map *map = plan_at(plan, m->gids.first);

	(void)state;
	assert_int_equal(m->idmap, PLAN_IDMAP_OWN);
	assert_int_equal(m->idmap_below, 1);
	assert_int_equal(m->uids.count, 1);
	assert_int_equal(map->inside, 1);
	assert_int_equal(map->outside, 6);
	assert_int_equal(map->count, 3);
	plan_free(plan);
	refused("", "", MOUNT("'destination':'/d','source':'/s','options':['bind','idmap']"),
		"/mounts/0: an idmapped mount needs mappings of its own, or a user namespace");
	refused("", "", MOUNT("'destination':'/d','source':'/s','options':['bind'],"
			      "'uidMappings':[{'containerID':0,'hostID':5,'size':2}]"),
		"/mounts/0: 'uidMappings' and 'gidMappings' go together");
}

static void wrong_mounts(void **state)
{
	(void)state;
	refused("", "", MOUNT("'type':'tmpfs'"), "/mounts/0: 'destination' is missing");
	refused("", "", MOUNT("'destination':'','type':'tmpfs'"),
		"/mounts/0/destination: the path is empty");
	refused("", "", MOUNT("'destination':'/a/..','type':'tmpfs'"),
		"/mounts/0/destination: the root itself cannot be a mount point");
	refused("", "", MOUNT("'destination':'/a','options':['bind']"),
		"/mounts/0: 'source' of a bind mount is missing");
	refused("", "", MOUNT("'destination':'/a','source':'/b'"),
		"/mounts/0: 'type' is missing, and no option is 'bind'");
	refused("", "", MOUNT("'destination':'/a','type':'bind','source':'/b','options':"
			      "['copy-symlink']"),
		"/mounts/0/options/0: 'copy-symlink' is not supported");
	refused("", "", MOUNT("'destination':'/a','type':'bind','source':'/b','options':[7]"),
		"/mounts/0/options/0: expected a string, found a number");
	refused("", "", ",'mounts':{}", "/mounts: expected an array of objects, found an object");
}

/* ---- what is made beside them ---- */

static void what_every_container_has(void **state)
{
	struct plan *plan = config(",'terminal':true",
				   ",'devices':[{'path':'/dev/fuse','type':'c','major':10,"
				   "'minor':229,'fileMode':384,'uid':1,'gid':2},"
				   "{'path':'/dev/full','type':'u','major':1,'minor':7},"
				   "{'path':'/run/pipe','type':'p'}],"
				   "'maskedPaths':['/proc/kcore'],'readonlyPaths':['/proc/sys']",
				   MOUNT("'destination':'/dev','type':'tmpfs'"));
	static const char *const order[] = {
		"/dev", "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/tty",
		"/dev/fd", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/core", "/dev/ptmx",
		"/dev/console", "/dev/fuse", "/dev/full", "/run/pipe", "/proc/kcore", "/proc/sys",
	};
	const struct plan_mount *m;
	size_t n = 0;

	(void)state;
	plan_each (plan, struct plan_mount, each, plan->mounts)
		assert_text(plan, each->target, order[n++]);
	assert_int_equal(n, sizeof(order) / sizeof(order[0]));
	m = mount_at(plan, "/dev/null");
	assert_int_equal(m->kind, PLAN_MOUNT_NODE);
	assert_int_equal(m->node_type, S_IFCHR);
	assert_int_equal(m->mode, 0666);
	assert_int_equal(m->major * 1000 + m->minor, 1003);
	m = mount_at(plan, "/dev/fuse");
	assert_int_equal(m->mode, 0600);
	assert_int_equal(m->uid * 10 + m->gid, 12);
	assert_text(plan, m->source, "/dev/fuse");
	assert_text(plan, m->item.origin, "/linux/devices/0");
	assert_int_equal(mount_at(plan, "/run/pipe")->node_type, S_IFIFO);
	assert_int_equal(mount_at(plan, "/dev/console")->kind, PLAN_MOUNT_CONSOLE);
	assert_int_equal(mount_at(plan, "/proc/kcore")->kind, PLAN_MOUNT_MASK);
	assert_int_equal(mount_at(plan, "/proc/kcore")->optional, 1);
	assert_int_equal(mount_at(plan, "/proc/sys")->kind, PLAN_MOUNT_PROTECT);
	assert_int_equal(mount_at(plan, "/proc/sys")->attr, MOUNT_ATTR_RDONLY);
	plan_free(plan);
	/* Nothing is made in the host's own /dev. */
	plan = config("", "", MOUNT("'destination':'/dev/','type':'bind','source':'/dev'"));
	assert_int_equal(plan->mounts.count, 1);
	plan_free(plan);
}

static void wrong_devices(void **state)
{
	(void)state;
	refused("", ",'devices':[{'path':'/dev/x','type':'x'}]", "",
		"/linux/devices/0/type: only 'c', 'b', 'u' and 'p' are known");
	refused("", ",'devices':[{'path':'/dev/x','type':'c','major':1}]", "",
		"/linux/devices/0: 'minor' is missing");
	refused("", ",'devices':[{'path':'/dev/x','type':'c','major':-1,'minor':0}]", "",
		"/linux/devices/0: no such numbers of a device");
	refused("", ",'devices':[{'path':'dev/x','type':'p'}]", "",
		"/linux/devices/0/path: must be an absolute path");
	request.strict = true;
	refused("", ",'devices':[{'path':'/x','type':'p'},{'path':'//x','type':'p'}]", "",
		"/linux/devices/1: a second device of this path");
	request.strict = false;
	refused("", ",'maskedPaths':['proc/x']", "",
		"/linux/maskedPaths/0: must be an absolute path");
	refused("", ",'readonlyPaths':['/']", "",
		"/linux/readonlyPaths/0: the root itself cannot be one");
}

static void network_devices(void **state)
{
	struct plan *plan = config("", ",'netDevices':{'eth7':{'name':'eth0'},'ib0':{}}", "");
	const struct plan_net_device *device = plan_at(plan, plan->net_devices.first);

	(void)state;
	assert_text(plan, device->name, "eth7");
	assert_text(plan, device->new_name, "eth0");
	device = plan_at(plan, device->item.next);
	assert_text(plan, device->name, "ib0");
	assert_int_equal(device->new_name, 0);
	plan_free(plan);
	refused("", ",'netDevices':{'a/b':{}}", "",
		"/linux/netDevices/a~1b: not the name of a network device");
	refused("", ",'netDevices':{'a':{'name':'b'},'b':{}}", "",
		"/linux/netDevices/b: a second device of this name");
	assert_null(with_namespaces("{'type':'mount'}", ",'netDevices':{'eth0':{}}"));
	assert_string_equal(error.what, "config.json:1:134: /linux/netDevices/eth0: a network device "
					"needs a network namespace to go to");
}

static void sysctls(void **state)
{
	struct plan *plan = config("", ",'sysctl':{'net.ipv4.ip_forward':'1','kernel.shmmax':'9',"
				       "'fs.mqueue.msg_max':'10','kernel.domainname':'x',"
				       "'net.ipv4.conf.eth0/1.forwarding':'0',"
				       "'net/ipv4/conf/eth0.2/mtu':'5'}", "");
	static const char *const names[] = {
		"net/ipv4/ip_forward", "kernel/shmmax", "fs/mqueue/msg_max", "kernel/domainname",
		"net/ipv4/conf/eth0.1/forwarding", "net/ipv4/conf/eth0.2/mtu",
	};
	size_t n = 0;

	(void)state;
	plan_each (plan, struct plan_sysctl, s, plan->sysctls)
		assert_text(plan, s->name, names[n++]);
	assert_int_equal(n, 6);
	plan_free(plan);
	refused("", ",'sysctl':{'kernel.core_pattern':'|/x'}", "",
		"/linux/sysctl/kernel.core_pattern: kernel parameter 'kernel.core_pattern' is not in a "
		"namespace of its own");
	refused("", ",'sysctl':{'kernel.hostname':'x'}", "",
		"/linux/sysctl/kernel.hostname: the field 'hostname' is there for this");
	refused("", ",'sysctl':{'net/../kernel/core_pattern':'x'}", "",
		"/linux/sysctl/net~1..~1kernel~1core_pattern: not the name of a kernel parameter");
	refused("", ",'sysctl':{'net.core.x':'1\\n2'}", "",
		"/linux/sysctl/net.core.x: the value must be one line");
	refused("", ",'sysctl':{'user.max_user_namespaces':'1'}", "",
		"/linux/sysctl/user.max_user_namespaces: this kernel parameter would be the host's: it "
		"needs a user namespace");
	assert_null(with_namespaces("{'type':'mount'}", ",'sysctl':{'net.core.somaxconn':'1'}"));
}

/* ---- the rest of linux ---- */

static void filters(void **state)
{
	struct plan *plan = config(
		"", ",'seccomp': {'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':1,"
		    "'architectures':['SCMP_ARCH_X86_64'],'flags':['SECCOMP_FILTER_FLAG_LOG',"
		    "'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'],'listenerPath':'/run/l.sock',"
		    "'listenerMetadata':'who','syscalls':[{'names':['read'],'action':"
		    "'SCMP_ACT_NOTIFY','args':[{'index':0,'value':1,'op':'SCMP_CMP_EQ'}]}]}", "");

	(void)state;
	assert_int_equal(document[profile.at], '{');
	assert_int_equal(document[profile.at + profile.len - 1], '}');
	assert_memory_equal(document + profile.at, "{\"defaultAction\"", 16);
	assert_int_equal(plan->seccomp.flags, 2 | 1 << 5);
	assert_text(plan, plan->seccomp.listener, "/run/l.sock");
	assert_text(plan, plan->seccomp.listener_metadata, "who");
	assert_text(plan, plan->seccomp.origin, "/linux/seccomp");
	plan_free(plan);
	refused("", ",'seccomp':{}", "", "/linux/seccomp: 'defaultAction' is missing");
	refused("", ",'seccomp':{'defaultAction':'x','flags':['F']}", "",
		"/linux/seccomp/flags/0: no filter flag 'F' is known");
	refused("", ",'seccomp':{'defaultAction':'x','listenerMetadata':'m'}", "",
		"/linux/seccomp/listenerMetadata: 'listenerMetadata' without 'listenerPath'");
}

static void propagation_label_persona_memory(void **state)
{
	struct plan *plan = config("", ",'rootfsPropagation':'shared','mountLabel':'c1',"
				       "'personality':{'domain':'LINUX32','flags':["
				       "'ADDR_NO_RANDOMIZE','X']},"
				       "'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0-2,5',"
				       "'flags':['MPOL_F_STATIC_NODES']}", "");

	(void)state;
	assert_int_equal(plan->propagation, MS_SHARED);
	assert_int_equal(plan->root.propagation, MS_SHARED);
	assert_text(plan, plan->label.mount, "c1");
	assert_int_equal(plan->personality.set, 1);
	assert_int_equal(plan->personality.value, 0x40008);
	assert_true(has_note(plan, "/linux/personality/flags/1: no flag 'X' is known"));
	assert_int_equal(plan->mempolicy.set, 1);
	assert_int_equal(plan->mempolicy.mode, 2);
	assert_int_equal(plan->mempolicy.nodes[0], 0x27);
	assert_int_equal(plan->mempolicy.flags, 1 << 15);
	assert_text(plan, plan->mempolicy.text, "0-2,5");
	plan_free(plan);
	refused("", ",'rootfsPropagation':'up'", "",
		"/linux/rootfsPropagation: no propagation 'up' is known");
	refused("", ",'personality':{'domain':'BSD'}", "",
		"/linux/personality/domain: no domain 'BSD' is known");
	refused("", ",'memoryPolicy':{'mode':'MPOL_BIND'}", "",
		"/linux/memoryPolicy: the memory policy bind needs nodes, such as bind:0-1");
	refused("", ",'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0-x'}", "",
		"/linux/memoryPolicy/nodes: a list of memory nodes such as '0-3,7' is expected, up to "
		"1023");
}

static void mounts_get_their_label(void **state)
{
	struct plan *plan = config("", ",'mountLabel':'a:b:c,d','maskedPaths':['/proc/kcore']",
				   ",'annotations':{'run.oci.mount_context_type':'rootcontext'},"
				   "'mounts':[{'destination':'/proc','type':'proc'},"
				   "{'destination':'/t','type':'tmpfs','options':['mode=1']},"
				   "{'destination':'/b','source':'/b','options':['bind']}]");
	const struct plan_data *data = plan_at(plan, mount_at(plan, "/t")->data.last);

	(void)state;
	assert_text(plan, data->key, "rootcontext");
	assert_text(plan, data->value, "a:b:c,d");
	data = plan_at(plan, mount_at(plan, "/proc/kcore")->data.last);
	assert_text(plan, data->key, "rootcontext");
	assert_int_equal(mount_at(plan, "/proc")->data.count, 0);
	assert_int_equal(mount_at(plan, "/b")->data.count, 0);
	plan_free(plan);
}

static void rdt(void **state)
{
	struct plan *plan = config("", ",'intelRdt':{'closID':'gold','schemata':['L2:0=f'],"
				       "'memBwSchema':'MB:0=20','l3CacheSchema':'L3:0=7f',"
				       "'enableMonitoring':true,'enableCMT':true}", "");

	(void)state;
	assert_int_equal(plan->rdt.set, 1);
	assert_text(plan, plan->rdt.clos_id, "gold");
	assert_string_equal(joined(plan, plan->rdt.schemata), "L3:0=7f|MB:0=20|L2:0=f|");
	assert_int_equal(plan->rdt.monitoring, 1);
	plan_free(plan);
	refused("", ",'intelRdt':{'closID':'../x'}", "",
		"/linux/intelRdt/closID: not the name of a directory");
	refused("", ",'intelRdt':{'memBwSchema':'L3:0=f'}", "",
		"/linux/intelRdt/memBwSchema: must begin with 'MB:'");
	refused("", ",'intelRdt':{'schemata':['a\\nb']}", "",
		"/linux/intelRdt/schemata/0: must be one line");
}

/* ---- hooks, annotations ---- */

static void hooks(void **state)
{
	static const char *const kinds[] = { "prestart", "createRuntime", "createContainer",
					     "startContainer", "poststart", "poststop" };

	(void)state;
	for (size_t i = 0; i < PLAN_HOOK_COUNT; i++) {
		const struct plan_hook *hook;
		struct plan *plan;
		char text[300];

		snprintf(text, sizeof(text), ",'hooks':{'%s':[{'path':'/h','args':['h','a'],"
			 "'env':['X=1'],'timeout':5},{'path':'/g'}]}", kinds[i]);
		plan = config("", "", text);
		assert_int_equal(plan->hooks[i].count, 2);
		hook = plan_at(plan, plan->hooks[i].first);
		assert_text(plan, hook->path, "/h");
		assert_string_equal(joined(plan, hook->args), "h|a|");
		assert_string_equal(joined(plan, hook->env), "X=1|");
		assert_int_equal(hook->timeout, 5000000000);
		hook = plan_at(plan, hook->item.next);
		assert_int_equal(hook->timeout, 0);
		assert_int_equal(plan->root.at_path, i < PLAN_HOOK_START_CONTAINER);
		plan_free(plan);
	}
	refused("", "", ",'hooks':{'poststop':[{}]}", "/hooks/poststop/0: 'path' is missing");
	refused("", "", ",'hooks':{'poststop':[{'path':'h'}]}",
		"/hooks/poststop/0/path: must be an absolute path");
	refused("", "", ",'hooks':{'poststop':[{'path':'/h','timeout':0}]}",
		"/hooks/poststop/0/timeout: must be at least one second");
}

static void annotations(void **state)
{
	struct plan *plan = config(
		",'user':{'additionalGids':[7]}", ",'seccomp':{'defaultAction':'SCMP_ACT_ALLOW'}",
		",'annotations':{'a':'b','run.oci.keep_original_groups':'1',"
		"'org.systemd.property.TimeoutStopUSec':'uint64 123','run.oci.hooks.stdout':'/o',"
		"'run.oci.hooks.stderr':'/e','run.oci.seccomp.receiver':'/s',"
		"'run.oci.mount_context_type':'fscontext'}");
	const struct plan_data *data = plan_at(plan, plan->container.annotations.first);

	(void)state;
	assert_int_equal(plan->container.annotations.count, 7);
	assert_text(plan, data->key, "a");
	assert_text(plan, data->value, "b");
	assert_int_equal(plan->process.set_groups, 0);
	assert_int_equal(plan->process.groups.count, 0);
	data = plan_at(plan, plan->cgroup.properties.first);
	assert_text(plan, data->key, "TimeoutStopUSec");
	assert_text(plan, data->value, "uint64 123");
	assert_text(plan, plan->hooks_stdout, "/o");
	assert_text(plan, plan->hooks_stderr, "/e");
	assert_text(plan, plan->seccomp.listener, "/s");
	assert_text(plan, plan->label.mount_word, "fscontext");
	plan_free(plan);
	refused("", "", ",'annotations':{'org.systemd.property.a b':'1'}",
		"/annotations/org.systemd.property.a b: not the name of a systemd property");
	refused("", "", ",'annotations':{'':'1'}", "/annotations/: an annotation has a name");
	refused("", "", ",'annotations':{'a':1}", "/annotations/a: expected a string, found a number");
}

static void landlock(void **state)
{
	struct plan *plan = config("", "", ",'annotations':{'cove.landlock':'ro=/usr,tcp-bind=80'}");

	(void)state;
	assert_int_equal(plan->landlock.rules.count, 2);
	assert_int_equal(plan->landlock.handled[PLAN_LANDLOCK_NET], LANDLOCK_NET_BIND);
	assert_int_equal(plan->process.no_new_privs, 1);
	assert_text(plan, plan->landlock.origin, "/annotations/cove.landlock");
	plan_free(plan);
	refused("", "", ",'annotations':{'cove.landlock':'ro=usr'}",
		"/annotations/cove.landlock: 'usr' is not an absolute path");
}

/* ---- documents that are wrong as a whole ---- */

static void wrong_documents(void **state)
{
	static const struct {
		const char *text, *what;
	} rows[] = {
		{ "", "config.json:1:1: text ends too early" },
		{ "[]", "config.json:1:1: expected an object, found an array" },
		{ "{", "config.json:1:2: expected a key in double quotes" },
		{ "{}", "config.json:1:1: 'ociVersion' is missing" },
		{ "{'ociVersion':'1.0.0'}", "config.json:1:1: 'root' is missing" },
		{ "{'ociVersion':1}",
		  "config.json:1:15: /ociVersion: expected a string, found a number" },
		{ "{'ociVersion':'2.0.0'}", "config.json:1:15: /ociVersion: version '2.0.0' of the "
					    "specification is not 1.x" },
		{ "{'ociVersion':'1.0.0','ociVersion':'1.0.0'}",
		  "config.json:1:23: /ociVersion: duplicate key 'ociVersion'" },
		{ "{'ociVersion':'1.0.0',\n 'root':{'path':''}}",
		  "config.json:2:17: /root/path: the path is empty" },
		{ "{'ociVersion':'1.0.0',\n 'root':{'path':null}}",
		  "config.json:2:9: /root: 'path' is missing" },
		{ "{'ociVersion':'1.0.0','root':{'path':'\xff'}}",
		  "config.json:1:39: /root/path: string is not valid UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		strcpy(document, rows[i].text);
		assert_null(read_document());
		assert_string_equal(error.what, rows[i].what);
		assert_int_equal(error.status, 1);
	}
}

/* What `mounts` is given. */
static void mounts_alone(void **state)
{
	static const char text[] = "[{\"destination\": \"/a/../b\", \"source\": \"x\", \"options\": "
				   "[\"rbind\", \"ro\"]}, {\"destination\": \"/t\", \"type\": \"tmpfs\"}]";
	const struct oci_text list = { "-", text, sizeof(text) - 1 };
	const struct oci_text object = { "-", "{}", 2 };
	struct plan *plan = plan_new(), *other = plan_new();

	(void)state;
	assert_int_equal(oci_read_mounts(plan, &list, false, &request, &error), 0);
	assert_int_equal(plan->mounts.count, 2);
	assert_int_equal(mount_at(plan, "/b")->kind, PLAN_MOUNT_BIND);
	assert_int_equal(mount_at(plan, "/t")->kind, PLAN_MOUNT_FS);
	assert_string_equal(plan_str(plan, mount_at(plan, "/t")->item.origin), "/1");
	assert_int_equal(oci_read_mounts(other, &list, true, &request, &error), 0);
	assert_int_equal(mount_at(other, "/b")->kind, PLAN_MOUNT_REMOVE);
	assert_int_equal(mount_at(other, "/t")->kind, PLAN_MOUNT_REMOVE);
	assert_int_equal(oci_read_mounts(plan, &object, false, &request, &error), -EINVAL);
	assert_string_equal(error.what, "-:1:1: expected an array of objects, found an object");
	plan_free(plan);
	plan_free(other);
}

static void too_large(void **state)
{
	char *text = calloc(1, OCI_TEXT_LIMIT + 2);
	const struct oci_text large = { "config.json", text, OCI_TEXT_LIMIT + 1 };
	struct plan *plan = plan_new();

	(void)state;
	assert_int_equal(oci_read_config(plan, &large, &request, &profile, &error), -E2BIG);
	assert_string_equal(error.what, "config.json: larger than 16 MiB");
	plan_free(plan);
	free(text);
}

static void names_need_uts(void **state)
{
	(void)state;
	strcpy(document, "{'ociVersion':'1.3.0','root':{'path':'r'},'hostname':'x',"
			 "'process':{'cwd':'/','args':['sh']},"
			 "'linux':{'namespaces':[{'type':'mount'}]}}");
	assert_null(read_document());
	assert_string_equal(error.what, "config.json:1:1: 'hostname' needs a 'uts' namespace");
	refused("", "", ",'hostname':'1234567890123456789012345678901234567890"
			"1234567890123456789012345'", "/hostname: a host name has at most 64 bytes");
}

/* What nobody knows is passed over, and told; when strict, it is refused. */
static void unknown_fields(void **state)
{
	struct plan *plan = config(",'argz':[]", "", ",'x':{'y':[1]},'windows':{'a':1}");

	(void)state;
	assert_true(has_note(plan, "/x: no field 'x' is known"));
	assert_true(has_note(plan, "/process/argz: no field 'argz' is known; did you mean 'args'?"));
	assert_int_equal(plan->notes.count, 2);
	plan_free(plan);
	request.strict = true;
	refused(",'argz':[]", "", "",
		"/process/argz: no field 'argz' is known; did you mean 'args'?");
	request.strict = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_least_that_runs),
		cmocka_unit_test(root_names_version),
		cmocka_unit_test(requests),
		cmocka_unit_test(namespaces_by_path),
		cmocka_unit_test(id_mappings),
		cmocka_unit_test(mappings_and_namespaces_belong_together),
		cmocka_unit_test(an_ordinary_user_becomes_root_of_its_own),
		cmocka_unit_test(clocks),
		cmocka_unit_test(a_filesystem),
		cmocka_unit_test(a_bind),
		cmocka_unit_test(attributes_of_a_bind),
		cmocka_unit_test(kinds_of_mounts),
		cmocka_unit_test(idmapped_mounts),
		cmocka_unit_test(wrong_mounts),
		cmocka_unit_test(what_every_container_has),
		cmocka_unit_test(wrong_devices),
		cmocka_unit_test(network_devices),
		cmocka_unit_test(sysctls),
		cmocka_unit_test(filters),
		cmocka_unit_test(propagation_label_persona_memory),
		cmocka_unit_test(mounts_get_their_label),
		cmocka_unit_test(rdt),
		cmocka_unit_test(hooks),
		cmocka_unit_test(annotations),
		cmocka_unit_test(landlock),
		cmocka_unit_test(wrong_documents),
		cmocka_unit_test(mounts_alone),
		cmocka_unit_test(too_large),
		cmocka_unit_test(names_need_uts),
		cmocka_unit_test(unknown_fields),
	};

	return cmocka_run_group_tests_name("oci_config", tests, NULL, NULL);
}
