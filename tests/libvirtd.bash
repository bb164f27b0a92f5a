# SPDX-License-Identifier: GPL-3.0-or-later
# libvirtd.bash - a real libvirtd in mount and PID namespaces of its own: nothing on the machine is touched, and all of it dies
# with the test. Whatever the daemon writes under /etc, /run and /var/{lib,cache,log} lies on a tmpfs above the machine's own.

# Run SCRIPT (bash, with the functions below) there, where no daemon runs yet. Usage: with_private_host SCRIPT
with_private_host() {
	unshare --mount --pid --fork --mount-proc --kill-child --propagation private \
		bash -euc '. "$1"; private_host; eval "$2"' private "$BATS_TEST_DIRNAME/libvirtd.bash" "$1"
}

need_libvirtd() {
	[ "$(id -u)" -eq 0 ] || skip "a libvirtd of its own needs root"
	[ -x /usr/sbin/libvirtd ] && [ -x /usr/sbin/virtlogd ] || skip "there is no libvirtd: install the package libvirt-daemon"
	local out
	out=$(with_private_host 'true' 2>&1) || skip "no private place for a libvirtd can be made here: $out"
}

private_host() {
	local dir layer
	shadow=/run/shadow
	mount -t tmpfs shadow /run
	mkdir $shadow
	for dir in /etc /var/lib /var/cache /var/log; do
		layer=$shadow/${dir//\//_}
		mkdir -p "$layer/upper" "$layer/work"
		mount -t overlay shadow -o "lowerdir=$dir,upperdir=$layer/upper,workdir=$layer/work" $dir
	done
	# What Debian's libvirt-daemon-system sets up: the account of the daemon's QEMU, which may use KVM.
	grep -q ^kvm: /etc/group || echo 'kvm:x:64054:' >>/etc/group
	grep -q ^libvirt: /etc/group || echo 'libvirt:x:64056:' >>/etc/group
	grep -q ^libvirt-qemu: /etc/group || echo 'libvirt-qemu:x:64055:' >>/etc/group
	grep -q ^libvirt-qemu: /etc/passwd ||
		echo "libvirt-qemu:x:64055:$(getent group kvm | cut -d: -f3)::/var/lib/libvirt:/usr/sbin/nologin" >>/etc/passwd
	allow_kvm
	mkdir -p /etc/libvirt /run/user/0 /var/log/libvirt /var/lib/libvirt /var/cache/libvirt
	chmod 700 /run/user/0
	# Its guests stay in the control groups of the test.
	echo 'cgroup_controllers = []' >/etc/libvirt/qemu.conf
}

# As udev has it elsewhere: /dev/kvm belongs to the group kvm.
allow_kvm() {
	[ -c /dev/kvm ] || return 0
	mknod -m 660 $shadow/kvm c 10 232
	chgrp kvm $shadow/kvm
	mount --bind $shadow/kvm /dev/kvm
}

# Returns when it serves. PROBES, where that is set, is a directory that keeps what a daemon found out about QEMU, for the next one: it takes
# seconds. The daemon itself decides whether that still holds.
start_libvirtd() {
	local cache=/var/cache/libvirt/qemu/capabilities
	[ -z "${PROBES:-}" ] || [ ! -d "$PROBES" ] || { mkdir -p $cache && cp -p "$PROBES"/* $cache; }
	[ -e /run/virtlogd.pid ] || /usr/sbin/virtlogd -d
	/usr/sbin/libvirtd -d
}

# What PROBES is to hold. Usage: keep_probes
keep_probes() {
	cp -rp /var/cache/libvirt/qemu/capabilities "$PROBES"
}

# End it and wait until it is gone. Usage: end_libvirtd SIGNAL
end_libvirtd() {
	local pid
	pid=$(cat /run/libvirtd.pid)
	kill "-$1" "$pid"
	while [ -e "/proc/$pid" ] && ! grep -qs '^State:.Z' "/proc/$pid/status"; do read -rt 0.05 <> <(:) || true; done
}

# The domains that QEMU processes here run, one a line.
guests() {
	grep -la qemu-system /proc/[0-9]*/cmdline 2>/dev/null | while read -r file; do
		tr '\0' '\n' 2>/dev/null <"$file" | sed -n 's/^guest=\([^,]*\).*/\1/p'
	done
}

# Wait for COMMAND to succeed, up to SECONDS. Usage: await SECONDS COMMAND...
await() {
	local until=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $until ] || { echo "waited in vain for: $*"; return 1; }
		read -rt 0.05 <> <(:) || true
	done
}
