#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The A/A control: arms against themselves in a selftest and in a run, the noise floor in what follows.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
	cat >aa.suite <<-END
		[suite]
		name = aa
		arms = host, container
		aa = host
		workloads = startup, syscall
		launches = 6
		[workload syscall]
		time = 2ms
	END
}

teardown() {
	isocost clean
}

@test "selftest --aa: every arm is interleaved with its twin, told in a table, and kept as a run" {
	need_arm container
	run --separate-stderr isocost selftest --aa -s ./aa.suite -a host -a container --seed 3
	[ "$status" -eq 0 ]
	[ "$(grep -cE '^(host|container) +(startup|syscall) +6 .*× .*%.*%' <<<"$output")" -eq 4 ]
	[[ $output == *"noise floor"*"Of its 4 comparisons of equal things "*"Holm"* ]]
	dir=$(echo results/*-aa)
	jq -e '[.arms[] | [.name, .twin_of]] == [["host", null], ["container", null], ["host-aa", "host"], ["container-aa", "container"]]' \
		"$dir/run.json"
	# Each block has each cell once, in the order that the runner gives to those four arms.
	[ "$(wc -l <"$dir/journal.jsonl")" -eq 48 ]
	isocost run -s ./aa.suite --aa host,container --seed 3 --dry-run | grep -v '^#' | cut -d' ' -f1-4 >plan
	jq -r '"\(.block) \(.launch) \(.arm) \(.workload)"' "$dir/journal.jsonl" | cmp - plan
	[ "$(cut -d' ' -f1,3,4 plan | sort -u | wc -l)" -eq 48 ]
	# What is written down is what the readers compute.
	floor=$(jq -r '.aa[] | select(.arm == "container" and .metric == "syscall") | .floor' "$dir/run.json")
	[ "$(jq '.aa | length' "$dir/run.json")" -eq 4 ]
	shown=$(awk -v f="$floor" 'BEGIN { printf f < 0.0995 ? "%.2g %%" : "%.0f %%", 100 * f }')
	grep -E '^container +syscall' <<<"$output" | grep -qF "$shown"
	run isocost show "$dir"
	[ "$status" -eq 0 ]
	[[ $output == *"noise floor "*"A/A control, host, container against themselves"* ]]
	[[ $output != *host-aa* ]]
	isocost report "$dir"
	grep -q '^## A/A control' "$dir/REPORT.md"
	grep -q 'How far to trust the figures:\*\* A/A control' "$dir/REPORT.md"
}

@test "run: the suite's A/A control, --aa and --no-aa" {
	isocost run -s ./aa.suite --dry-run >with
	isocost run -s ./aa.suite --dry-run --no-aa >without
	isocost run -s ./aa.suite --dry-run --aa container >other
	isocost run -s ./aa.suite --dry-run -a container >alone
	[ "$(grep -c ' host-aa ' with)" -eq 12 ]
	[ "$(grep -vc '^#' without)" -eq 24 ]
	[ "$(grep -c ' container-aa ' other)" -eq 12 ]
	run ! grep -q -- ' host-aa ' other
	run ! grep -q -- '-aa ' alone
	isocost run -s standard --dry-run -n 1 | grep -q ' host-aa '
	run isocost run -s ./aa.suite --dry-run --aa vm
	[ "$status" -eq 2 ]
	[[ $output == *"no arm 'vm'; it has: host container"* ]]
	run isocost run -s ./aa.suite --dry-run --aa host --no-aa
	[ "$status" -eq 2 ]
}

@test "an interrupted run goes on with its twin" {
	run --separate-stderr isocost run -s ./aa.suite -a host --seed 4 -t 1ms
	[ "$status" -eq 0 ]
	dir=$output
	[ "$(wc -l <"$dir/journal.jsonl")" -lt 24 ]
	run isocost run --resume "$dir" --no-aa
	[ "$status" -eq 2 ]
	run --separate-stderr isocost run --resume "$dir"
	[ "$status" -eq 0 ]
	[ "$(wc -l <"$dir/journal.jsonl")" -eq 24 ]
	[ "$(grep -c '"arm":"host-aa"' "$dir/journal.jsonl")" -eq 12 ]
	jq -e '(.aa | length) == 2 and .ended != null and ([.arms[] | select(.twin_of == "host")] | length) == 1' "$dir/run.json"
}

@test "selftest: usage errors, and --strict when nothing can be compared" {
	run isocost selftest
	[ "$status" -eq 2 ]
	[[ $output == *"expected --aa"* ]]
	run isocost selftest --aa -s ./aa.suite -a nowhere
	[ "$status" -eq 2 ]
	run isocost selftest --aa -s ./aa.suite -n 0
	[ "$status" -eq 2 ]
	run --separate-stderr isocost selftest --aa --strict -s ./aa.suite -a host -w startup -n 2
	[ "$status" -eq 5 ]
	[[ $output == *"no noise floor, which takes at least 6 launches"* ]]
}
