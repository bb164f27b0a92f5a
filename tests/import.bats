#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# import.bats - files of other tools become runs that every verb takes; what is wrong with one is named, and nothing is written.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
	results=$BATS_TEST_DIRNAME/../results
}

# The last committed run. Usage: committed SUITE
committed() {
	local runs=("$results"/*-"$1")
	echo "${runs[-1]}"
}

# All rows but for the name of the run. Usage: rows RUN
rows() { isocost export "$1" 2>/dev/null | cut -d, -f2- | sort; }

check() {
	/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || return 0
	"$BATS_TEST_DIRNAME/schema_check.py" "$@"
}

@test "a run that is exported as csv and imported has the same rows and the same ratios" {
	from=$(committed standard)
	isocost export "$from" -o run.csv
	run --separate-stderr isocost import run.csv -o runs
	[ "$status" -eq 0 ]
	[ -d "$output" ]
	cmp <(rows "$from") <(rows "$output")
	check "$output"
	for run in "$from" "$output"; do
		isocost export "$run" -f json 2>/dev/null | jq -r '.cells[] | [.label, .workload, .metric, .summary.median, .summary.cost_ratio, .summary.cost_ratio_blocks] | @tsv' | sort
		echo --
	done >ratios
	cmp <(sed '/^--$/,$d' ratios) <(sed '1,/^--$/d; /^--$/d' ratios)
}

@test "hyperfine's own output is imported, reported and compared" {
	command -v hyperfine >/dev/null || skip "hyperfine is not installed"
	hyperfine -N --runs 7 --ignore-failure --export-json a.json true false >/dev/null 2>&1
	run --separate-stderr isocost import host=a.json other=a.json -o runs
	[ "$status" -eq 0 ]
	[[ $stderr == *"a.json: user and system are left out"* ]]
	dir=$output
	check "$dir"
	[ "$(jq -c '.imported | map([.format, .arm])' "$dir/run.json")" = '[["hyperfine","host"],["hyperfine","other"]]' ]
	isocost show "$dir" >shown
	grep -q "imported from hyperfine's JSON .*isocost did not measure it" shown
	grep -qE '^  other .* 1\.00 × ' shown
	grep -q '^14 of 28 launches failed' shown       # those of false
	isocost report "$dir"
	grep -q 'isocost did not measure these figures' "$dir/REPORT.md"
	grep -q '| other | imported | not known |' "$dir/REPORT.md"
	! grep -qE 'interleaved|How to reproduce|was given|none needed' "$dir/REPORT.md"
	isocost compare "$dir" "$dir" >compared
	grep -q 'whether they are of one host' compared
	run isocost run --resume "$dir"
	[ "$status" -eq 2 ]
	[[ $output == *"was imported"* ]]
}

@test "an imported run is not compared with a measured one, unless it is forced" {
	from=$(committed standard)
	isocost export "$from" -o run.csv
	dir=$(isocost import run.csv -o runs)
	run isocost compare "$from" "$dir"
	[ "$status" -eq 2 ]
	[[ $output == *"measured by: isocost in A, another tool (imported) in B"* ]]
	run isocost compare "$from" "$dir" --force
	[ "$status" -eq 0 ]
	[[ $output == *FORCED* ]]
}

@test "what is wrong is named with its place, and nothing is written" {
	printf 'workload,metric,unit,better,value\nw,t,s,lower,1\nw,t,s,lower,x\n' >bad.csv
	printf 'workload,metric,unit,better,value\nw,t,s,lower,1\n' >good.csv
	run isocost import good.csv bad.csv -o runs
	[ "$status" -eq 2 ]
	[[ $output == *"bad.csv:3: value 'x'; expected a number"* ]]
	[ ! -e runs ]
	run isocost import none.csv -o runs
	[ "$status" -eq 2 ]
	[[ $output == *"can't read none.csv"* ]]
	run isocost import good.csv -f gbench -o runs
	[ "$status" -eq 2 ]
	[[ $output == *"good.csv:1: expected a JSON object"* ]]
	run isocost import good.csv -f xml
	[ "$status" -eq 2 ]
	[[ $output == *"no format 'xml'; expected one of: csv gobench hyperfine gbench"* ]]
	run isocost import
	[ "$status" -eq 2 ]
	[ ! -e runs ]
}

@test "the text that is exported for benchstat comes back with its arms, medians and units" {
	from=$(committed standard)
	isocost export "$from" -f benchstat -o own.txt
	dir=$(isocost import own.txt -o runs --name own)
	[ "$(jq -r .suite.name "$dir/run.json")" = own ]
	isocost export "$from" -f json 2>/dev/null | jq -c '[.cells[] | [.unit, .summary.median]] | sort' >a
	isocost export "$dir" -f json 2>/dev/null | jq -c '[.cells[] | [.unit, .summary.median]] | sort' >b
	cmp a b
}
