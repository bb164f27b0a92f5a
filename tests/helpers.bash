# SPDX-License-Identifier: GPL-3.0-or-later
# helpers.bash - shared by the end-to-end tests.

BUILD=${ISOCOST_BUILD:-$BATS_TEST_DIRNAME/../build}
export ISOCOST_SUITES=$BATS_TEST_DIRNAME/../bench
export ISOCOST_CACHE=${ISOCOST_CACHE:-$BUILD/guest}

isocost() { "$BUILD/isocost" "$@"; }

# Sessions of these tests work in a directory of their own, so that another isocost on this machine is not mistaken for
# theirs. Short, and on a disk: the sockets of guests lie in it, and O_DIRECT must work.
export ISOCOST_WORK=${ISOCOST_TEST_WORK:-/var/tmp/isocost-test-$(id -u)}

# What the sessions of these tests have on the host, as lines: work directories, mounts, loop devices, processes (and with them
# their namespaces, which nothing else holds), control groups.
traces() {
	find "$ISOCOST_WORK" -mindepth 1 -maxdepth 1 2>/dev/null
	grep -o "$ISOCOST_WORK[^ ]*" /proc/mounts
	grep -s "$ISOCOST_WORK/" /sys/block/loop*/loop/backing_file
	# Whose mounts come from there: what runs in a container has neither environment nor arguments of ours.
	grep -slF " $ISOCOST_WORK/" /proc/[0-9]*/mountinfo | while IFS=/ read -r _ _ pid _; do
		echo "process $pid ($(cat "/proc/$pid/comm" 2>/dev/null)) has mounts of $ISOCOST_WORK"
	done
	# By environment, or by a path in the command line: libvirt starts QEMU with an environment of its own.
	grep -slE "ISOCOST_WORK=$ISOCOST_WORK|$ISOCOST_WORK/" /proc/[0-9]*/environ /proc/[0-9]*/cmdline |
		cut -d/ -f3 | sort -u | while read -r pid; do
		case $(cat "/proc/$pid/comm" 2>/dev/null) in
		isocost* | isoload | qemu-system*) ps -o pid=,args= -p "$pid" | cut -c1-150 ;;
		esac
	done
	# A control group whose session has no directory, here or where others work, belongs to nobody.
	# (Unit tests have ids of another form, and look after them.)
	find /sys/fs/cgroup -type d -name 'isocost-??????*' 2>/dev/null | while read -r dir; do
		id=$(grep -oE '^isocost-[0-9a-f]{6}' <<<"${dir##*/}") || continue
		[ -n "$(find /var/tmp /tmp -maxdepth 4 -name "$id" -print -quit 2>/dev/null)" ] || grep -qs "@$id\$" /proc/net/unix || ! [ -d "$dir" ] ||
			echo "$dir"
	done
	true
}

assert_no_traces() {
	local left
	left=$(traces)
	[ -z "$left" ] || { echo "left behind:"; echo "$left"; return 1; }
}

# A suite file that takes a few seconds on any machine. Usage: small_suite FILE ARMS LAUNCHES
small_suite() {
	cat >"$1" <<-END
		[suite]
		name = small
		arms = $2
		workloads = startup, syscall, file-fsync
		launches = $3
		deadline = 60s
		[workload syscall]
		time = 0.02s
		[workload file-fsync]
		count = 20
	END
}

# Is the arm to be had here? Asked once for all files that run-e2e runs: of a guest the answer takes a boot. The reason why not is printed.
# Usage: has_arm ARM [OPTION…]
has_arm() {
	local known
	known=${ISOCOST_TEST_KNOWN:-$BATS_RUN_TMPDIR}/arm-$(tr -c 'a-z0-9\n' - <<<"$*")
	[ -e "$known" ] || { isocost exec -a "$@" -- true && touch "$known"; }
}

# The same, for tests that can't be without it.
need_arm() {
	local out
	out=$(has_arm "$@" 2>&1) || skip "arm $* can't run here: $out"
}

# What root has fetched already for guests need not be fetched again by another user. Usage: give_cache DIR
give_cache() {
	local part
	for part in "$ISOCOST_CACHE"/{guest,libvirt,accel-*.txt}; do
		[ ! -e "$part" ] || cp -r "$part" "$1"
	done
}
