#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The guest without an operating system, in a run: its startup is measured, all else is stated as what it can't do.

bats_require_minimum_version 1.5.0
load helpers

SUITE=$BATS_TEST_DIRNAME/data/micro.suite

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	assert_no_traces
}

# Run the suite in $dir, or skip with the reason. Usage: run_micro ACCEL
run_micro() {
	run --separate-stderr isocost run -s "$SUITE" --seed 5 --accel "$1"
	[ "$status" -ne 4 ] || skip "arm micro can't run here: $stderr"
	[ "$status" -eq 0 ]
	dir=$output
}

@test "by TCG: startup is measured, the rest can't run; report and show say what it is" {
	run_micro tcg
	[ "$(grep -c "arm micro can't run syscall: it has no operating system" <<<"$stderr")" -eq 1 ]
	[ "$(jq -c 'select(.arm == "micro") | [.workload, .ok, .cannot]' "$dir/journal.jsonl" | sort | uniq -c | tr -s ' \n' ' ')" = \
		' 2 ["footprint",true,false] 2 ["startup",true,false] ' ]
	# A startup time and phases that end with it and behind it, and nothing that only a program could have seen.
	jq -se 'map(select(.arm == "micro")) | all(.startup_s > 0 and .startup_s == .ready_s and .begin_s == null and .seen == {})' \
		"$dir/journal.jsonl"
	[ "$(jq -r 'select(.arm == "micro") | [.phases[].name] | join(" ")' "$dir/journal.jsonl" | sort -u)" = \
		"prepare libvirt qemu main exit destroyed" ]
	jq -se 'map(select(.arm == "micro")) | all(.startup_s == (.phases[] | select(.name == "main") | .end_s) and .footprint.memory_peak > 1e6)' \
		"$dir/journal.jsonl"
	[ "$(jq -r '.arms[] | select(.name == "micro") | "\(.label) \(.accel) \(.facts["guest.system"])"' "$dir/run.json")" = \
		"micro (TCG) TCG (software emulation) none" ]
	# It is there and halted while it is looked at: QEMU, and the little that its firmware touched.
	jq -se 'map(select(.arm == "micro" and .workload == "footprint") | .footprint) |
		all(.pss > 1e6 and .guest_pages > 0 and .guest_pages < 32e6 and .cpu_ready_s > 0)' "$dir/journal.jsonl"
	grep -q "<domain type='qemu'" "$dir/vm-micro.xml"
	run isocost show "$dir"
	[[ $output == *"micro (TCG)"*"can't run"* ]]
	[[ $output == *"micro (TCG) has no operating system: its startup ends with the first byte of its own code."* ]]
	[[ $output != *failed* && $output != *"not complete"* && $output != *"No timing"* ]]
	isocost report "$dir"
	grep -q '^\*\*micro (TCG)\*\* has no operating system and runs no program' "$dir/REPORT.md"
	grep -q '^| micro (TCG) | syscall | it has no operating system' "$dir/REPORT.md"
	grep -q '^| micro (TCG) | nothing: no program runs in it |' "$dir/REPORT.md"
	[ "$(isocost run --resume "$dir" --accel tcg)" = "$dir" ]
	[ "$(wc -l <"$dir/journal.jsonl")" -eq 10 ]
}

@test "by what runs here: the label names it" {
	run_micro auto
	case $(jq -r '.arms[] | select(.name == "micro") | "\(.label): \(.accel)"' "$dir/run.json") in
	"micro (TCG): TCG (software emulation)") grep -q "arm micro: TCG, because" <<<"$stderr" ;;
	"micro (KVM"*"): KVM with"*) grep -q "<domain type='kvm'" "$dir/vm-micro.xml" ;;
	*) false ;;
	esac
	[ "$(jq -c 'select(.arm == "micro") | .ok' "$dir/journal.jsonl" | sort -u)" = true ]
}

@test "what needs a command is refused, before anything is started" {
	for verb in "exec -a micro -- true" "density -a micro -n 2"; do
		run isocost $verb
		[ "$status" -eq 4 ]
		[[ $output == *"arm micro runs no commands: it has no operating system"* ]]
	done
	run isocost isolation -a micro
	[ "$status" -eq 4 ]
	[[ $output == *"it has no operating system"* ]]
	run isocost run -s "$SUITE" -a micro -w startup --dry-run
	[ "$status" -eq 0 ]
}

@test "options that don't go together are a usage error" {
	printf '[suite]\nname = m\narms = micro\nworkloads = startup\n[arm micro]\nmachine = microvm\nfirmware = seabios\n' >m.suite
	run isocost run -s ./m.suite
	[ "$status" -eq 2 ]
	[[ $output == *"microvm boots by qboot"* ]]
}
