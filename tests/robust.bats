#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What goes wrong with one arm, one launch or one file system: a clear message, the documented status, and the run goes on.

bats_require_minimum_version 1.5.0
load helpers

setup_file() {
	assert_no_traces
}

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	isocost clean
	assert_no_traces
}

# A suite of starts. Usage: starts ARMS [LINE of [suite]]
starts() {
	printf '[suite]\nname = starts\narms = %s\nworkloads = startup\nlaunches = 2\ndeadline = 120s\n%s\n' "$1" "${2:-}" >starts.suite
}

# "arm ok" of every launch, sorted. Usage: outcomes RUN
outcomes() { jq -r '"\(.arm) \(.ok)"' "$1/journal.jsonl" | sort | tr '\n' ' '; }
errors() { jq -r 'select(.ok | not) | .error' "$1/journal.jsonl"; }

# Run SCRIPT in a mount namespace of its own, with a tmpfs of SIZE on ./small. Usage: with_tmpfs SIZE SCRIPT
with_tmpfs() {
	mkdir -p small
	unshare --mount --propagation private bash -euc 'mount -t tmpfs -o "size=$1" small "$PWD/small"; eval "$2"' small "$1" "$2"
}

need_tmpfs() {
	[ "$(id -u)" -eq 0 ] || skip "mounting a small file system needs root"
	with_tmpfs 1m true || skip "no tmpfs can be mounted here"
}

@test "one arm can't run, another one's guests panic: the others are measured, status 1" {
	need_arm vm
	starts "host, vm, vm-32bit, vm-panics" "cpus = 1"
	printf '[arm vm-32bit]\ndriver = vm\ncpu = qemu32\n[arm vm-panics]\ndriver = vm\ncmdline = rdinit=/nowhere\n' >>starts.suite
	run --separate-stderr isocost run -s starts.suite -n 1 --accel tcg
	echo "$output$stderr"
	[ "$status" -eq 1 ]
	[ "$(outcomes "$output")" = "host true vm true vm-panics false " ]
	[[ $stderr == *"arm vm-32bit can't run here: cpu = qemu32 has no long mode"*"take a 64-bit model"* ]]
	[[ $(errors "$output") == *"Kernel panic - not syncing"* ]]
	jq -e '.arms[] | select(.name == "vm-32bit") | .available == false and (.reason | contains("long mode"))' "$output/run.json"
	# Without the arm whose launches fail it is only the missing one that tells.
	run isocost run -s starts.suite -n 1 -a host,vm-32bit --accel tcg
	[ "$status" -eq 4 ]
}

@test "a workload that says it is there and never ends: killed at the deadline, the launches go on" {
	need_arm vm
	printf '[suite]\nname = hang\narms = host, vm\nworkloads = startup, timer-jitter\nlaunches = 1\ndeadline = 15s\n[workload timer-jitter]\ninterval = 1s\ncount = 2000\n' >hang.suite
	run --separate-stderr isocost run -s hang.suite --accel tcg
	echo "$output$stderr"
	[ "$status" -eq 1 ]
	dir=$output
	[ "$(jq -r '"\(.arm) \(.workload) \(.ok)"' "$dir/journal.jsonl" | sort | tr '\n' ' ')" = \
		"host startup true host timer-jitter false vm startup true vm timer-jitter false " ]
	jq -es 'map(select(.ok | not)) | all(.error | test("in time|deadline passed"))' "$dir/journal.jsonl"
	# It had been there.
	jq -es 'map(select(.workload == "timer-jitter")) | all(.ready_s > 0)' "$dir/journal.jsonl"
}

@test "QEMU is killed in mid-run: that launch fails, the others are measured" {
	need_arm vm
	starts "host, vm"
	"$BUILD/isocost" run -s starts.suite --accel tcg >out 2>err &
	pid=$!
	qemu() { grep -laF "$ISOCOST_WORK/" /proc/[0-9]*/cmdline 2>/dev/null | while read -r f; do grep -qa 'guest=isocost' "$f" && basename "$(dirname "$f")"; done | head -n 1; }
	until victim=$(qemu) && [ -n "$victim" ]; do kill -0 $pid; read -rt 0.05 <> <(:) || true; done
	read -rt 0.7 <> <(:) || true
	kill -KILL "$victim"
	status=0
	wait $pid || status=$?
	cat out err
	[ "$status" -eq 1 ]
	dir=$(cat out)
	[ "$(outcomes "$dir")" = "host true host true vm false vm true " ]
	errors "$dir" | grep -E "QEMU died while the guest ran|libvirt says"
}

@test "no room for the guest's images: the arm can't run, and the message says where room is wanted" {
	need_tmpfs
	need_arm vm
	starts "host, vm"
	run --separate-stderr with_tmpfs 3m 'ISOCOST_WORK=$PWD/small "'"$BUILD"'/isocost" run -s starts.suite --accel tcg'
	echo "$output$stderr"
	[ "$status" -eq 4 ]
	[ "$(outcomes "$output")" = "host true host true " ]
	[[ $stderr == *"arm vm can't run here"*"$PWD/small"*"is full"*ISOCOST_WORK* ]]
}

@test "no room for a launch's scratch disk: the launch fails, and the message says where room is wanted" {
	need_tmpfs
	need_arm vm
	printf '[suite]\nname = disk\narms = vm\nworkloads = startup, file-fsync\nlaunches = 1\ndeadline = 120s\n[workload file-fsync]\ncount = 5\n' >disk.suite
	run --separate-stderr with_tmpfs 120m 'ISOCOST_WORK=$PWD/small "'"$BUILD"'/isocost" run -s disk.suite --accel tcg'
	echo "$output$stderr"
	[ "$status" -eq 1 ]
	[ "$(jq -r '"\(.workload) \(.ok)"' "$output/journal.jsonl" | sort | tr '\n' ' ')" = "file-fsync false startup true " ]
	[[ $(errors "$output") == *"384 MiB"*"is full: make room"*ISOCOST_WORK* ]]
}

@test "no room for the journal: the run ends and says so; what was written is kept, and resumed" {
	need_tmpfs
	small_suite small.suite host 60
	run with_tmpfs 200k '
		status=0
		"'"$BUILD"'/isocost" run -s small.suite -o small/results --seed 5 2>err || status=$?
		cat err
		[ $status -eq 1 ]
		grep -q "journal.jsonl: No space left on device" err
		grep -q "go on with: isocost run --resume" err
		dir=$(echo small/results/*)
		before=$(grep -c "^{.*}$" "$dir/journal.jsonl")
		[ "$before" -ge 1 ] && [ "$before" -lt 180 ]
		mount -o remount,size=50m "$PWD/small"
		"'"$BUILD"'/isocost" run --resume "$dir"
		[ "$(wc -l <"$dir/journal.jsonl")" -eq 180 ]
		[ "$(jq -r "\"\(.arm) \(.workload) \(.launch)\"" "$dir/journal.jsonl" | sort -u | wc -l)" -eq 180 ]
	'
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "no room for a run at all: status 1, and no empty run is left" {
	need_tmpfs
	small_suite small.suite host 1
	run with_tmpfs 64k '
		mkdir small/results
		head -c 1m /dev/zero >small/filler || true
		status=0
		"'"$BUILD"'/isocost" run -s small.suite -o small/results || status=$?
		[ $status -eq 1 ]
		[ -z "$(ls -A small/results)" ]
	'
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"No space left on device"* ]]
}

@test "memory and CPUs that can't be: status 2, with file and line" {
	starts host "memory = 0"
	run isocost run -s starts.suite
	[ "$status" -eq 2 ]
	[[ $output == *"starts.suite:7: memory = 0: expected a size of at least 64MiB"* ]]
	starts host "memory = 1000000GiB"
	run isocost run -s starts.suite
	[ "$status" -eq 2 ]
	[[ $output == *"starts.suite:7: memory = 1024000000MiB: this host has "*"MiB in all; set it to less"* ]]
	starts host "cpus = 1000"
	run isocost run -s starts.suite
	[ "$status" -eq 2 ]
	[[ $output == *"starts.suite:7: cpus = 1000: this host has "*"set it to "*" or less"* ]]
}

@test "memory too little for the guest's kernel: the arm can't run, said before anything boots" {
	need_arm vm
	starts "host, vm" "memory = 64MiB"
	run --separate-stderr isocost run -s starts.suite -n 1 --accel tcg
	echo "$output$stderr"
	[ "$status" -eq 4 ] || { [ "$status" -eq 0 ] && skip "this guest kernel does with 64 MiB"; }
	[[ $stderr == *"memory = 64MiB is too little for the guest"*"set 'memory' in [suite] to at least"* ]]
	[ "$(outcomes "$output")" = "host true " ]
}
