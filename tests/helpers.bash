# SPDX-License-Identifier: GPL-3.0-or-later
# helpers.bash - shared by the end-to-end tests.

BUILD=${ISOCOST_BUILD:-$BATS_TEST_DIRNAME/../build}
export ISOCOST_SUITES=$BATS_TEST_DIRNAME/../bench
export ISOCOST_CACHE=${ISOCOST_CACHE:-$BUILD/guest}

isocost() { "$BUILD/isocost" "$@"; }

# Everything that a session makes on the host, as lines: control groups, mounts, work directories, processes.
traces() {
	find /sys/fs/cgroup -type d -name 'isocost-*' 2>/dev/null
	grep -o '/[^ ]*isocost-[0-9a-f]\{6\}[^ ]*' /proc/mounts
	find "${ISOCOST_WORK:-/var/tmp/isocost-$(id -u)}" -maxdepth 1 -name 'isocost-*' 2>/dev/null
	pgrep -a '^(isocost|isocost-init|isoload|qemu-system)' 2>/dev/null | grep -v "^$$ "
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

# Is the arm to be had here? Usage: need_arm ARM
need_arm() {
	local out
	out=$(isocost exec -a "$1" -- true 2>&1) || skip "arm $1 can't run here: $out"
}
