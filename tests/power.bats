#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# isocost power: how many launches find a change, on made-up runs whose scatter is known.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
	"$BATS_TEST_DIRNAME/data/make_run.py" run --launches 200 --noise 0.02 --seed 4
}

@test "the launches that are asked for are those of the formula" {
	isocost power run --detect 1% --json >json
	# pi ((1.96 + 1.2816) sd / ln 1.01)^2 + 0.96, rounded up
	jq -e '.cells | length == 4 and all(.sd > 0.017 and .sd < 0.023 and
		(.launches - (3.14159265 * pow(3.2415155 * .sd / (1.01 | log); 2) + 0.9603645) | . >= -0.01 and . < 1.01))' json
	jq -e '.launches == ([.cells[].launches] | max) and .detect == 0.01 and .power == 0.9 and .run == "run"' json
	jq -e '.cells | map(select(.arm == "host").launches_against_host) | all(. == null)' json
	jq -e '.cells | map(select(.arm == "container").launches_against_host) | all(. > 100)' json
	# As a table: the same.
	isocost power run --detect 1% >text
	grep -q "isocost run -n $(jq .launches json)," text
	[ "$(grep -cE '^(startup|syscall) +(host|container) ' text)" -eq 4 ]
}

@test "as many launches find the change: a run of them is called slower" {
	isocost power run --detect 2% --json >json
	n=$(jq '.cells[] | select(.arm == "container" and .workload == "syscall").launches' json)
	found=0
	for seed in 1 2 3 4 5 6 7 8 9 10; do
		"$BATS_TEST_DIRNAME/data/make_run.py" a$seed --launches "$n" --noise 0.02 --seed $seed
		"$BATS_TEST_DIRNAME/data/make_run.py" b$seed --launches "$n" --noise 0.02 --seed 1$seed --container 1.02
		for run in a$seed b$seed; do
			jq -r 'select(.arm == "container" and .workload == "syscall").metrics[0].samples[0]' $run/journal.jsonl >$run.values
		done
		ratio=$(isocost ratio b$seed.values a$seed.values)
		awk -F '\t' '{ exit !($4 > 1) }' <<<"$ratio" && found=$((found + 1))
	done
	# 9 of 10 are to be expected; fewer than 6 happen once in 600 times, and not with these seeds.
	[ "$found" -ge 6 ]
}

@test "the default is the suite's margin; a larger change, fewer cells and less power take fewer launches" {
	jq '.margin = 0.04' run/run.json >new && mv new run/run.json
	most() { isocost power run --json "$@" | jq .launches; }
	[ "$(isocost power run --json | jq .detect)" = 0.040000000000000001 ] || [ "$(isocost power run --json | jq .detect)" = 0.04 ]
	[ "$(most)" -eq "$(most --detect 4%)" ]
	[ "$(most --detect 1%)" -gt "$(most --detect 2%)" ]
	[ "$(most --detect 1% --cells 50)" -gt "$(most --detect 1%)" ]
	[ "$(most --detect 1% --power 80%)" -lt "$(most --detect 1%)" ]
}

@test "bad values: status 2, and what was expected" {
	for args in "--detect 0%" "--detect 1" "--detect 100%" "--power 40%" "--power 100%" "--cells 0" "--cells x" "run"; do
		# shellcheck disable=SC2086
		run isocost power run $args
		[ "$status" -eq 2 ] || { echo "$args: $status"; return 1; }
	done
	run isocost power run --detect 1
	[[ $output == *"--detect 1: expected a percentage such as 1%"* ]]
	run isocost power
	[[ $output == *"no run; expected a directory"* ]]
	run isocost power nowhere
	[ "$status" -eq 2 ]
}
