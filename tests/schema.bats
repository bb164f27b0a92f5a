#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What a run writes is what docs/run.schema.json and docs/journal.schema.json describe, by a validator that is not ours.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
	results=$BATS_TEST_DIRNAME/../results
	/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"
}

check() { "$BATS_TEST_DIRNAME/schema_check.py" "$@"; }

@test "a fresh run of every driver is as the schemas have it, failures and what can't run included" {
	cat >all.suite <<-END
		[suite]
		name = all
		arms = host, container, nonet, command, refused, vm, micro
		workloads = startup, footprint, syscall, net-rr
		ladder = host, container
		memory = 128MiB
		launches = 1
		deadline = 60s
		[workload startup]
		launches = 2
		[workload footprint]
		settle = 10ms
		[workload syscall]
		time = 1ms
		[workload net-rr]
		count = 20
		peer = outside
		[arm container]
		adds = everything
		[arm nonet]
		driver = container
		network = none
		[arm command]
		run = env {cmd}
		[arm refused]
		driver = command
		run = false {cmd}
	END
	run --separate-stderr isocost run -s all.suite -o .
	echo "$stderr"
	[ "$status" -le 1 ] || [ "$status" -eq 4 ]      # one fails, and some can't run where there is no KVM
	dir=$output
	isocost isolation --run "$dir" || [ $? -eq 4 ]
	[ -s "$dir/isolation.json" ]
	run -0 check "$dir"
	[ "$(jq -r 'select(.ok).arm' "$dir/journal.jsonl" | sort -u | grep -cE '^(host|container|nonet|command)$')" -eq 4 ]
}

@test "every committed run is as the schemas have it" {
	run -0 check "$results"/2*
	[[ $output == *" 0 complaints" ]]
}

@test "what is not as described is found, in either file" {
	cp -r "$results"/*-vm-guest good
	run -0 check good
	for change in '.margin = "2 %"' 'del(.seed)' '.arms[0].available = null' '.arms[0].surprise = 1' '.schema = 2' '.host.before = []'; do
		cp -r good bad
		jq -c "$change" good/run.json >bad/run.json
		run -1 check bad
		[[ $output == *bad/run.json:* ]] || { echo "$change: $output"; false; }
		rm -r bad
	done
	for change in 'del(.digest)' '.ok = "yes"' '.metrics = {}' '.marks = ["unheard-of"]' '.launch = -1' '.surprise = 1' '.phases = [{"name": "exec"}]'; do
		cp -r good bad
		jq -c "if input_line_number == 3 then $change else . end" good/journal.jsonl >bad/journal.jsonl
		run -1 check bad
		[[ $output == *bad/journal.jsonl:3:* ]] || { echo "$change: $output"; false; }
		rm -r bad
	done
}
