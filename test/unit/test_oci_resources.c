/* SPDX-License-Identifier: Apache-2.0 */
#include "oci.h"

#include "oci/parts.h"

#include <errno.h>

/* The settings that resources become, "FILE=VALUE|" each. */
static const char *settings(const struct plan *plan)
{
	static char text[1024];

	text[0] = '\0';
	plan_each (plan, struct plan_cgroup_setting, s, plan->cgroup.settings) {
		strcat(text, plan_str(plan, s->file));
		strcat(text, "=");
		strcat(text, plan_str(plan, s->value));
		strcat(text, "|");
	}
	return text;
}

static void become(const char *resources, const char *wanted)
{
	char text[1024];
	struct plan *plan;

	snprintf(text, sizeof(text), ",'resources':{%s}", resources);
	plan = config("", text, "");
	assert_string_equal(settings(plan), wanted);
	plan_free(plan);
}

static void wrong(const char *resources, const char *said)
{
	char text[1024];

	snprintf(text, sizeof(text), ",'resources':{%s}", resources);
	refused("", text, "", said);
}

static void noted(const char *resources, const char *pointer)
{
	char text[1024];
	struct plan *plan;

	snprintf(text, sizeof(text), ",'resources':{%s}", resources);
	plan = config("", text, "");
	assert_string_equal(settings(plan), "");
	snprintf(text, sizeof(text), "%s: cgroup v2 has nothing like it", pointer);
	assert_true(has_note(plan, text));
	plan_free(plan);
}

static void weights(void **state)
{
	static const uint64_t rows[][2] = {
		{ 2, 1 }, { 1024, 100 }, { 262144, 10000 }, { 1, 1 }, { UINT64_MAX, 10000 },
		{ 3, 2 }, { 10, 4 }, { 100, 17 }, { 512, 59 }, { 1023, 100 }, { 1025, 101 },
		{ 2048, 174 }, { 100000, 4340 }, { 262143, 10000 },
	};
	uint64_t last = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (oci_cpu_weight(rows[i][0]) != rows[i][1])
			fail_msg("%llu becomes %llu", (unsigned long long)rows[i][0],
				 (unsigned long long)oci_cpu_weight(rows[i][0]));
	for (uint64_t shares = 2; shares < 262144; shares += 61) {
		assert_true(oci_cpu_weight(shares) >= last);
		last = oci_cpu_weight(shares);
	}
}

static void processors(void **state)
{
	(void)state;
	become("'cpu':{}", "");
	become("'cpu':{'shares':0,'quota':0,'period':0,'cpus':'','mems':''}", "");
	become("'cpu':{'shares':1024}", "cpu.weight=100|");
	become("'cpu':{'quota':50000}", "cpu.max=50000 100000|");
	become("'cpu':{'quota':50000,'period':20000}", "cpu.max=50000 20000|");
	become("'cpu':{'quota':-1}", "cpu.max=max 100000|");
	become("'cpu':{'period':20000}", "cpu.max=max 20000|");
	become("'cpu':{'quota':5000,'burst':100}", "cpu.max=5000 100000|cpu.max.burst=100|");
	become("'cpu':{'burst':0}", "cpu.max.burst=0|");
	become("'cpu':{'cpus':'0-3,7','mems':'0'}", "cpuset.cpus=0-3,7|cpuset.mems=0|");
	become("'cpu':{'idle':1,'shares':2}", "cpu.weight=1|cpu.idle=1|");
	become("'cpu':{'idle':0,'shares':2}", "cpu.idle=0|cpu.weight=1|");
	wrong("'cpu':{'cpus':'all'}",
	      "/linux/resources/cpu/cpus: a list such as '0-3,7' is expected");
	wrong("'cpu':{'shares':-1}", "/linux/resources/cpu/shares: -1 is not between 0 and "
				     "18446744073709551615");
	noted("'cpu':{'realtimeRuntime':5}", "/linux/resources/cpu/realtimeRuntime");
	noted("'cpu':{'realtimePeriod':5}", "/linux/resources/cpu/realtimePeriod");
}

static void memory(void **state)
{
	(void)state;
	become("'memory':{'limit':0,'swap':0,'reservation':0,'kernel':0}", "");
	become("'memory':{'limit':100,'reservation':50}", "memory.max=100|memory.low=50|");
	become("'memory':{'limit':-1}", "memory.swap.max=max|memory.max=max|");
	become("'memory':{'limit':100,'swap':100}", "memory.swap.max=0|memory.max=100|");
	become("'memory':{'limit':100,'swap':250}", "memory.swap.max=150|memory.max=100|");
	become("'memory':{'limit':100,'swap':-1}", "memory.swap.max=max|memory.max=100|");
	become("'memory':{'limit':9223372036854771712}", "memory.max=9223372036854771712|");
	become("'memory':{'disableOOMKiller':false,'useHierarchy':false,'kernelTCP':0}", "");
	wrong("'memory':{'swap':100}",
	      "/linux/resources/memory/swap: a limit of memory and swap needs one of memory");
	wrong("'memory':{'limit':100,'swap':99}",
	      "/linux/resources/memory/swap: less than the limit of memory, which it includes");
	wrong("'memory':{'limit':-2}", "/linux/resources/memory/limit: neither an amount nor -1, "
				       "which means no limit");
	noted("'memory':{'kernel':5}", "/linux/resources/memory/kernel");
	noted("'memory':{'kernelTCP':5}", "/linux/resources/memory/kernelTCP");
	noted("'memory':{'swappiness':0}", "/linux/resources/memory/swappiness");
	noted("'memory':{'disableOOMKiller':true}", "/linux/resources/memory/disableOOMKiller");
	noted("'memory':{'useHierarchy':true}", "/linux/resources/memory/useHierarchy");
}

static void memory_is_checked(void **state)
{
	struct plan *plan = config("", ",'resources':{'memory':{'limit':5,'checkBeforeUpdate':true}}",
				   "");
	const struct plan_cgroup_setting *s = plan_at(plan, plan->cgroup.settings.first);

	(void)state;
	assert_int_equal(s->check_usage, 1);
	assert_int_equal(s->share, 0);
	assert_text(plan, s->item.origin, "/linux/resources/memory/limit");
	plan_free(plan);
}

static void processes(void **state)
{
	(void)state;
	become("'pids':{'limit':7}", "pids.max=7|");
	become("'pids':{'limit':-1}", "pids.max=max|");
	become("'pids':{'limit':0}", "pids.max=max|");
	become("'pids':{}", "");
}

static void block_devices(void **state)
{
	(void)state;
	become("'blockIO':{'weight':0,'leafWeight':0}", "");
	become("'blockIO':{'weight':10}", "io.bfq.weight=default 10|io.weight=default 1|");
	become("'blockIO':{'weight':1000}", "io.bfq.weight=default 1000|io.weight=default 10000|");
	become("'blockIO':{'weightDevice':[{'major':8,'minor':0,'weight':100}]}",
	       "io.bfq.weight=8:0 100|io.weight=8:0 910|");
	become("'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':1,'rate':5}],"
	       "'throttleWriteBpsDevice':[{'major':8,'minor':1,'rate':6}],"
	       "'throttleReadIOPSDevice':[{'major':8,'minor':1,'rate':7}],"
	       "'throttleWriteIOPSDevice':[{'major':8,'minor':1,'rate':0}]}",
	       "io.max=8:1 rbps=5|io.max=8:1 wbps=6|io.max=8:1 riops=7|io.max=8:1 wiops=max|");
	wrong("'blockIO':{'weight':5}",
	      "/linux/resources/blockIO/weight: a weight is between 10 and 1000");
	wrong("'blockIO':{'weight':70000}",
	      "/linux/resources/blockIO/weight: 70000 is not between 0 and 65535");
	wrong("'blockIO':{'throttleReadBpsDevice':[{'major':8,'rate':5}]}",
	      "/linux/resources/blockIO/throttleReadBpsDevice/0: 'minor' is missing");
	noted("'blockIO':{'leafWeight':5}", "/linux/resources/blockIO/leafWeight");
	noted("'blockIO':{'weightDevice':[{'major':8,'minor':0,'leafWeight':9}]}",
	      "/linux/resources/blockIO/weightDevice/0/leafWeight");
}

static void huge_pages_rdma_network(void **state)
{
	(void)state;
	become("'hugepageLimits':[{'pageSize':'2MB','limit':4194304}]",
	       "hugetlb.2MB.max=4194304|hugetlb.2MB.rsvd.max=4194304|");
	become("'rdma':{'mlx5_1':{'hcaHandles':3,'hcaObjects':100},'x':{'hcaObjects':1}}",
	       "rdma.max=mlx5_1 hca_handle=3 hca_object=100|rdma.max=x hca_object=1|");
	wrong("'hugepageLimits':[{'pageSize':'2mb','limit':1}]",
	      "/linux/resources/hugepageLimits/0/pageSize: a size such as '2MB' is expected");
	wrong("'hugepageLimits':[{'pageSize':'../x','limit':1}]",
	      "/linux/resources/hugepageLimits/0/pageSize: a size such as '2MB' is expected");
	wrong("'rdma':{'x y':{'hcaHandles':1}}",
	      "/linux/resources/rdma/x y: not the name of a device");
	wrong("'rdma':{'x':{}}", "/linux/resources/rdma/x: limits neither handles nor objects");
	noted("'network':{'classID':1}", "/linux/resources/network/classID");
	noted("'network':{'priorities':[{'name':'e','priority':1}]}",
	      "/linux/resources/network/priorities/0");
}

static void files_by_name(void **state)
{
	(void)state;
	/* The last that says something about a file counts. */
	become("'unified':{'memory.high':'5','cgroup.max.depth':'2'},'memory':{'limit':9}",
	       "memory.max=9|memory.high=5|cgroup.max.depth=2|");
	wrong("'unified':{'../x.y':'1'}",
	      "/linux/resources/unified/..~1x.y: not the name of a file of cgroup v2");
	wrong("'unified':{'cgroup.procs':'1'}",
	      "/linux/resources/unified/cgroup.procs: this file of a cgroup is not the container's to "
	      "set");
}

static void devices(void **state)
{
	struct plan *plan = config("", ",'resources':{'devices':[{'allow':false,'access':'rwm'},"
				       "{'allow':true,'type':'c','major':10,'minor':229,'access':'rw'},"
				       "{'allow':true,'type':'b','major':8,'access':'m'}]}", "");
	const struct plan_device_rule *rule = plan_at(plan, plan->cgroup.devices.first);

	(void)state;
	assert_int_equal(plan->cgroup.has_devices, 1);
	assert_int_equal(rule->allow, 0);
	assert_int_equal(rule->type, 'a');
	assert_int_equal(rule->access, 7);
	assert_int_equal(rule->major, -1);
	rule = plan_at(plan, rule->item.next);
	assert_int_equal(rule->allow, 1);
	assert_int_equal(rule->type, 'c');
	assert_int_equal(rule->access, PLAN_DEVICE_READ | PLAN_DEVICE_WRITE);
	assert_int_equal(rule->minor, 229);
	rule = plan_at(plan, rule->item.next);
	assert_int_equal(rule->type, 'b');
	assert_int_equal(rule->minor, -1);
	/* What every container may use comes last, for the last counts. */
	rule = plan_at(plan, plan->cgroup.devices.last);
	assert_int_equal(rule->allow, 1);
	assert_int_equal(rule->major, 136);
	plan_free(plan);
	/* Nobody asked: all the same nothing but those. */
	plan = config("", "", "");
	assert_int_equal(plan->cgroup.has_devices, 1);
	assert_int_equal(plan->cgroup.devices.count, 11);
	plan_free(plan);
	wrong("'devices':[{'allow':true,'access':'rwx'}]",
	      "/linux/resources/devices/0/access: only 'r', 'w' and 'm' are known");
	wrong("'devices':[{'allow':true,'type':'z'}]",
	      "/linux/resources/devices/0/type: only 'a', 'b' and 'c' are known");
	wrong("'devices':[{}]", "/linux/resources/devices/0: 'allow' is missing");
}

static void paths(void **state)
{
	static const struct {
		enum plan_cgroup_manager manager;
		const char *path, *wanted;
	} rows[] = {
		{ PLAN_CGROUP_FS, "/a//b/", "/a/b" },
		{ PLAN_CGROUP_FS, "/a/../../b", "/b" },
		{ PLAN_CGROUP_FS, "a/b", "a/b" },
		{ PLAN_CGROUP_FS, "../../a", "a" },
		{ PLAN_CGROUP_FS, "", "" },
		{ PLAN_CGROUP_SYSTEMD, "system.slice:docker:ID", "system.slice:docker:ID" },
		{ PLAN_CGROUP_SYSTEMD, "::x", "::x" },
		{ PLAN_CGROUP_NONE, "/a", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct plan *plan;
		char text[128];

		request.manager = (uint8_t)rows[i].manager;
		snprintf(text, sizeof(text), ",'cgroupsPath':'%s'", rows[i].path);
		plan = config("", text, "");
		assert_text(plan, plan->cgroup.path, rows[i].wanted);
		assert_int_equal(plan->cgroup.manager, rows[i].manager);
		assert_int_equal(plan->cgroup.has_devices, rows[i].manager != PLAN_CGROUP_NONE);
		plan_free(plan);
	}
	request.manager = PLAN_CGROUP_SYSTEMD;
	refused("", ",'cgroupsPath':'/a/b'", "",
		"/linux/cgroupsPath: expected 'slice:prefix:name' for systemd");
	refused("", ",'cgroupsPath':'a:b'", "",
		"/linux/cgroupsPath: expected 'slice:prefix:name' for systemd");
	refused("", ",'cgroupsPath':'a:b:../c'", "",
		"/linux/cgroupsPath: expected 'slice:prefix:name' for systemd");
	request.manager = PLAN_CGROUP_FS;
}

/* What `update` is given. */
static void resources_alone(void **state)
{
	struct plan *plan = plan_new();
	struct oci_text text;

	(void)state;
	strcpy(document, "{'cpu':{'shares':1024},'pids':{'limit':9},'network':{'classID':3}}");
	quote();
	text = as_text("-");
	assert_int_equal(oci_read_resources(plan, &text, &request, &error), 0);
	assert_string_equal(settings(plan), "cpu.weight=100|pids.max=9|");
	assert_int_equal(plan->cgroup.has_devices, 0);
	assert_true(has_note(plan, "/network/classID: cgroup v2 has nothing like it"));
	request.strict = true;
	assert_int_equal(oci_read_resources(plan, &text, &request, &error), -EINVAL);
	request.strict = false;
	assert_string_equal(error.what, "-:1:64: /network/classID: cgroup v2 has nothing like it");
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weights),
		cmocka_unit_test(processors),
		cmocka_unit_test(memory),
		cmocka_unit_test(memory_is_checked),
		cmocka_unit_test(processes),
		cmocka_unit_test(block_devices),
		cmocka_unit_test(huge_pages_rdma_network),
		cmocka_unit_test(files_by_name),
		cmocka_unit_test(devices),
		cmocka_unit_test(paths),
		cmocka_unit_test(resources_alone),
	};

	return cmocka_run_group_tests_name("oci_resources", tests, NULL, NULL);
}
