#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The CPU time that the host spends by what is moved, of real launches: told, or why it is not, in journal, report, summary and export.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
	assert_no_traces
}

teardown() {
	isocost clean
	assert_no_traces
}

schema() {
	/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || return 0
	"$BATS_TEST_DIRNAME/schema_check.py" "$@"
}

# Not more than the CPUs of the envelope can do between two records; the kernel counts some of it in ticks. Usage: assert_cpu DIR ARM
assert_cpu() {
	jq -es --arg arm "$2" '[.[] | select(.arm == $arm and .work)] | length > 0 and all(.work.unknown == null and .work.cpu_s > 0 and
		.work.cpu_s < .done_s - .begin_s + 0.05)' "$1/journal.jsonl"
}

@test "host, container and command: what moves tells how much, and the host what that took" {
	need_arm container
	cat >work.suite <<-END
		[suite]
		name = work
		arms = host, container, plain, loose
		workloads = syscall, net-rr, net-stream, net-connect, file-seq
		launches = 2
		[arm plain]
		driver = command
		run = env {cmd}
		[arm loose]
		driver = command
		cgroup = off
		run = env {cmd}
		[workload syscall]
		time = 20ms
		[workload net-rr]
		count = 500
		warmup = 100
		[workload net-connect]
		count = 100
		warmup = 20
		[workload net-stream]
		time = 50ms
		[workload file-seq]
		size = 4MiB
		cache = buffered
		passes = 3
	END
	run --separate-stderr isocost run -s ./work.suite --seed 5
	[ "$status" -eq 0 ]
	dir=$output
	jq -es 'all(.ok)' "$dir/journal.jsonl"
	jq -es '[.[] | select(.workload == "syscall")] | all(has("work") | not)' "$dir/journal.jsonl"
	amounts() { jq -r "select(.workload == \"$1\") | .work.amount" "$dir/journal.jsonl" | sort -u | paste -sd ' '; }
	[ "$(amounts file-seq)" = $((3 * 2 * 4 << 20)) ]
	[ "$(amounts net-rr)" = 600 ]
	[ "$(amounts net-connect)" = 120 ]
	# In whole pieces of the stream.
	jq -es '[.[] | select(.workload == "net-stream")] | all(.work.amount % 2097152 == 0 and .work.amount > 0)' "$dir/journal.jsonl"
	assert_cpu "$dir" host
	assert_cpu "$dir" container
	# Where no control group counts, an engine's processes could be anywhere: not known, and not zero.
	jq -es '[.[] | select(.arm == "loose" and .work)] | length == 8 and all(.work.cpu_s == null and
		(.work.unknown | startswith("no control group counts")))' "$dir/journal.jsonl"
	jq -es '[.[] | select(.arm == "plain" and .work)] | all((.work.cpu_s == null) != (.work.unknown == null))' "$dir/journal.jsonl"
	schema "$dir"
	isocost report "$dir"
	[ "$(grep -c '^\*\*host CPU per ' "$dir/REPORT.md")" -eq 4 ]
	grep -q '^\*\*host CPU per GB\*\*' "$dir/REPORT.md"
	grep -q '^\*\*host CPU per million requests\*\*' "$dir/REPORT.md"
	grep -q '^\*\*host CPU per million connections\*\*' "$dir/REPORT.md"
	[ "$(grep -c '^Not known of loose: no control group counts' "$dir/REPORT.md")" -eq 4 ]
	run isocost show "$dir"
	[[ $output == *"net-stream: host CPU per GB  lower is better"*"  host "*"  container "*"  loose: not known: no control group"* ]]
	[ "$(isocost export "$dir" -f json | jq -r '[.host_cpu[] | select(.arm == "container")] | length')" -eq 4 ]
}

@test "a guest: what QEMU spends is known while the workload runs, its boot left out" {
	need_arm vm
	cat >guest.suite <<-END
		[suite]
		name = guest
		arms = host, vm
		workloads = net-stream, outside
		launches = 1
		deadline = 120s
		memory = 256MiB
		[arm vm]
		network = hub
		[workload net-stream]
		time = 100ms
		[workload outside]
		workload = net-stream
		peer = outside
		time = 100ms
	END
	run --separate-stderr isocost run -s ./guest.suite --accel tcg
	echo "$stderr"
	[ "$status" -eq 0 ]
	dir=$output
	jq -es 'length == 4 and all(.ok and .work.unknown == null and .work.cpu_s > 0 and .work.amount > 0)' "$dir/journal.jsonl"
	# A part of what the whole launch took, whose boot came before.
	jq -es '[.[] | select(.arm == "vm")] | all(.work.cpu_s < .footprint.cpu_s)' "$dir/journal.jsonl"
	schema "$dir"
	isocost report "$dir"
	[ "$(grep -A8 '^\*\*host CPU per GB' "$dir/REPORT.md" | grep -cE '^\| vm \(TCG\) \| 1 \| [0-9.]+ (m|µ)?s ')" -eq 2 ]
}
