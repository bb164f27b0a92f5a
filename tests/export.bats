#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# export.bats - every export format, read by its consumers or by readers written from its grammar, against the committed runs and
# against one with nasty names, failed, marked and impossible launches.

load helpers

setup_file() {
	cd "$BATS_TEST_DIRNAME/.."
	isocost list workloads >"$BATS_FILE_TMPDIR/workloads"
	nasty_run "$BATS_FILE_TMPDIR/nasty"
	histogram_run "$BATS_FILE_TMPDIR/histogram"
}

setup() {
	cd "$BATS_TEST_DIRNAME/.."
	out="$BATS_TEST_TMPDIR" nasty="$BATS_FILE_TMPDIR/nasty"
}

# Debian's own: it has Debian's modules.
consume() {
	/usr/bin/python3 tests/export_check.py "$1" "$2" "$BATS_FILE_TMPDIR/workloads" "${@:3}"
}

# The last committed run. Usage: committed SUITE
committed() {
	local runs=(results/*-"$1")
	echo "${runs[-1]}"
}

# The standard run with names that every format has to escape; the first launch of syscall failed in vm, the next is marked, one sample is
# not known, cpu-int can't run in host, and context-switch measures bytes. Usage: nasty_run DIR
nasty_run() {
	mkdir "$1"
	export vm=$'vm_2, "q" \\ %41/=é\n# EOF\t}-8' host=$'B=h;\r\n\'x\'' load='%Sys_ call/"1"=,-2'
	jq '(.arms[] | select(.name == "vm")) |= (.name = env.vm | .label = env.vm + " (TCG)")
	    | (.arms[] | select(.name == "host")) |= (.name = env.host | .label = env.host)
	    | (.arms[] | select(.twin_of == "host")).twin_of = env.host
	    | (.workloads[] | select(.name == "syscall")).name = env.load
	    | (.workloads[] | select(.name == "context-switch")).workload = "footprint"
	    | .cannot = [{arm: env.host, workload: "cpu-int", reason: "no \"CPU\"\nhere"}]' \
		"$(committed standard)/run.json" >"$1/run.json"
	jq -c 'select(.ok and ((.arm == "host" and .workload == "cpu-int") | not)) | .marks = []
	    | if .workload == "context-switch" then .metrics[0].name = "pss" else . end
	    | if .arm == "vm" and .workload == "syscall" and .launch == 0 then .ok = false | .error = "it broke, \"badly\"" else . end
	    | if .arm == "vm" and .workload == "syscall" and .launch == 1 then .marks = ["steal", "clock"] else . end
	    | if .arm == "vm" and .workload == "syscall" and .launch == 2 then .metrics[0].samples[0] = null else . end
	    | .arm = ({vm: env.vm, host: env.host}[.arm] // .arm)
	    | .workload = (if .workload == "syscall" then env.load else .workload end)' \
		"$(committed standard)/journal.jsonl" >"$1/journal.jsonl"
}

# Export a run in one format and have it read. Usage: check_format FORMAT RUN
check_format() {
	isocost export "$2" --format "$1" -o "$out/$1" 2>"$out/said"
	run consume "$1" "$2" "$out/$1"
	[ "$status" -ne 77 ] || skip "$output"
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
}

# A made-up run of which one launch has more samples than are kept. Usage: histogram_run DIR
histogram_run() {
	mkdir "$1"
	cp "$(committed standard)/run.json" "$1"
	jq -c 'if .arm == "vm" and .workload == "net-rr" and .launch == 2 then .metrics[0] |= (.samples = [] | .histogram =
	        {parts: 128, lowest_exponent: -40, count: 30001, clamped: 0, min: 0.001, max: 0.0019,
	         bins: [[3840, 10000], [3845, 20000], [3953, 1]]}) else . end' "$(committed standard)/journal.jsonl" >"$1/journal.jsonl"
}

check_all() {
	check_format "$1" "$(committed standard)"
	check_format "$1" "$BATS_FILE_TMPDIR/histogram"
	check_format "$1" "$(committed ladder)"
	check_format "$1" "$nasty"
}

@test "csv is read by Python's csv and has every sample" {
	check_all csv
	grep -q 'failed' "$out/said"
	grep -q "can't run cpu-int" "$out/said"
}

@test "json is read by Python and jq, and has every sample" {
	check_all json
	[ "$(jq '[.cells[].launches[].samples[] | select(. == null)] | length' "$out/json")" = 1 ]
	[ "$(jq -r '.failed[0].error' "$out/json")" = 'it broke, "badly"' ]
	[ "$(jq -r '.cannot[0].workload' "$out/json")" = cpu-int ]
	# A ratio to the host is one of as many blocks as hold a launch of both.
	jq -e '[.cells[] | select(.metric == "startup") | [.arm, .summary.cost_ratio_blocks, .summary.n == .summary.cost_ratio_blocks]] | length > 2 and
		all(if .[0] == env.host then .[1] == null else .[1] > 25 and .[2] end)' "$out/json"
	[ "$(jq '.cells[].launches[] | select(.marks | length > 0) | .marks | length' "$out/json")" = 2 ]
}

@test "benchstat's text follows Go's benchmark format" {
	check_all benchstat
	grep -q '^# 1 launches failed of vm_2' "$out/benchstat"
	grep -q "^# can't run: cpu-int in B=h" "$out/benchstat"
}

@test "gbench has the fields of Google Benchmark, and true aggregates" {
	check_all gbench
	[ "$(jq -r '.benchmarks[] | select(.label) | .label' "$out/gbench")" = "clock steal" ]
	[ "$(jq '.context.isocost_cannot | length' "$out/gbench")" = 1 ]
}

@test "hyperfine has the times, and what it leaves out is said" {
	check_all hyperfine
	grep -q 'no room for it: .*cpu-float (FLOP/s), .*, context-switch pss (B)' "$out/said"
	grep -q "marked 'steal'" "$out/said"
	grep -q 'failed' "$out/said"
}

@test "openmetrics is read by the parser of Prometheus' client" {
	check_all openmetrics
	isocost export "$nasty" -f openmetrics | grep -q '^isocost_cannot_info{workload="cpu-int".*reason="no \\"CPU\\"\\nhere"} 1$'
}

@test "github-action-benchmark gets two files, by directory or by prefix" {
	for of in "$(committed standard)" "$(committed ladder)" "$nasty"; do
		mkdir -p "$out/dir"
		isocost export "$of" -f gha -o "$out/dir"
		consume gha "$of" "$out"/dir/custom{Smaller,Bigger}IsBetter.json
		isocost export "$of" -f gha -o "$out/mine"
		consume gha "$of" "$out"/mine-custom{Smaller,Bigger}IsBetter.json
	done
	jq -e '.[] | select(.extra | test("of [0-9]+ launches; 1 failed, 1 marked"))' "$out/dir/customSmallerIsBetter.json"
}

@test "a direction without metrics leaves no file, not even an old one" {
	mkdir "$out/few" "$out/dir"
	jq '.workloads |= map(select(.name == "startup"))' "$(committed standard)/run.json" >"$out/few/run.json"
	grep '"workload":"startup"' "$(committed standard)/journal.jsonl" >"$out/few/journal.jsonl"
	echo old >"$out/dir/customBiggerIsBetter.json"
	run isocost export "$out/few" -f gha -o "$out/dir"
	[ "$status" -eq 0 ]
	[[ $output == *customBiggerIsBetter.json:*"no values"* ]]
	[ "$(ls "$out/dir")" = customSmallerIsBetter.json ]
}

@test "no timing of a workload whose results differ is exported" {
	mkdir "$out/gated"
	cp "$(committed standard)/run.json" "$out/gated/"
	jq -c 'if .arm == "vm" and .workload == "syscall" then .digest = "other" else . end' "$(committed standard)/journal.jsonl" \
		>"$out/gated/journal.jsonl"
	for format in csv benchstat gbench hyperfine openmetrics; do
		run isocost export "$out/gated" -f "$format" -o "$out/x"
		[[ $output == *"left out: syscall, no timing of which holds: the computed results differ"* ]]
		run grep -ci syscall <(grep -v '^isocost_launches' "$out/x")
		[ "$output" = 0 ]
	done
	[ "$(isocost export "$out/gated" -f json 2>/dev/null | jq -r '.withheld[].workload, (.cells[] | select(.workload == "syscall"))')" = syscall ]
}

@test "csv on standard output is the default; both ways give the same bytes" {
	isocost export "$(committed standard)" >"$out/default"
	isocost export -f csv -o "$out/file" "$(committed standard)"
	cmp "$out/default" "$out/file"
	isocost export -f csv -o /dev/stdout "$(committed standard)" | cmp - "$out/file"
	[ "$(ls "$out")" = $'default\nfile' ]
}

@test "bad use is named" {
	run isocost export "$(committed standard)" --format xml
	[ "$status" -eq 2 ]
	[[ $output == *"no format 'xml'; expected one of: csv json benchstat gbench hyperfine gha openmetrics"* ]]
	run isocost export "$(committed standard)" -f gha
	[ "$status" -eq 2 ]
	[[ $output == *"expected -o DIR"* ]]
	run isocost export
	[ "$status" -eq 2 ]
	run isocost export "$out/none"
	[ "$status" -eq 2 ]
	[[ $output == *"$out/none"* ]]
	run isocost export "$(committed standard)" -o "$out/none/file"
	[ "$status" -eq 1 ]
	[[ $output == *"can't write $out/none/file: No such file"* ]]
	run bash -c '"$1" export "$2" >/dev/full' - "$BUILD/isocost" "$(committed standard)"
	[ "$status" -eq 1 ]
	[[ $output == *"No space left"* ]]
	run isocost export "$(committed standard)" -o /dev/full
	[ "$status" -eq 1 ]
}

@test "--help names every format" {
	run isocost export --help
	[ "$status" -eq 0 ]
	for format in csv json benchstat gbench hyperfine gha openmetrics; do
		grep -q "^  $format  " <<<"$output"
	done
}
