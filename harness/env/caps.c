/* SPDX-License-Identifier: GPL-3.0-or-later */
/* caps.c - capabilities by name, and dropping the others. */
#include "env/caps.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <cap-ng.h>
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const docker[] = {
	"chown", "dac_override", "fsetid", "fowner", "mknod", "net_raw", "setgid", "setuid", "setfcap", "setpcap",
	"net_bind_service", "sys_chroot", "kill", "audit_write", NULL,
};

int caps_named(const char *name, struct caps *ret, struct err *err)
{
	cleanup_free char *last = fs_read_line("/proc/sys/kernel/cap_last_cap");
	uint64_t n = CAP_LAST_CAP;
	if (last)
		parse_u64(last, &n);
	struct caps c = { .last = (int)n };
	bool known = strcmp(name, "none") == 0 || strcmp(name, "docker") == 0;
	if (!known)
		return err_setf(err, -EINVAL, "caps = %s: expected none or docker", name);
	for (size_t i = 0; strcmp(name, "docker") == 0 && docker[i]; i++) {
		int cap = capng_name_to_capability(docker[i]);
		if (cap < 0)
			return err_setf(err, -EINVAL, "libcap-ng does not know the capability %s", docker[i]);
		c.keep |= UINT64_C(1) << cap;
	}
	*ret = c;
	return 0;
}

char *caps_text(const struct caps *c)
{
	struct str b = { 0 };
	for (int i = 0; i <= c->last; i++)
		if (c->keep >> i & 1)
			str_addf(&b, "%s%s", b.len ? ", " : "", capng_capability_to_name((unsigned)i));
	return b.s ? b.s : xstrdup("none");
}

bool caps_have(int cap)
{
	capng_get_caps_process();
	return capng_have_capability(CAPNG_EFFECTIVE, (unsigned)cap);
}

/* capng_apply reads /proc and may allocate, which the child of a program with threads must not. */
int caps_apply(const struct caps *c)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };
	for (int i = 0; i <= c->last; i++)
		if (!(c->keep >> i & 1) && prctl(PR_CAPBSET_DROP, i) < 0)
			return -errno;
	/* No more than it has; nothing need be asked to keep nothing. */
	if (c->keep && syscall(SYS_capget, &head, data) < 0)
		return -errno;
	for (int i = 0; i < 2; i++) {
		uint32_t bits = (uint32_t)(c->keep >> (32 * i)) & data[i].permitted;
		data[i] = (struct __user_cap_data_struct){ .effective = bits, .permitted = bits };
	}
	/* Ambient ones go with the inheritable ones. */
	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}
