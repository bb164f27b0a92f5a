#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Adaptive runs for real: what ends each cell, that blocks stay blocks, and what a resumed run goes on with.

bats_require_minimum_version 1.5.0
load helpers

# Two workloads in two arms, whose cells have at most so many launches. Usage: adaptive_suite NAME MOST [LINE]: more of its [suite]
adaptive_suite() {
	cat >"$1.suite" <<-END
		[suite]
		name = $1
		arms = host, container
		workloads = cpu-int, syscall
		adaptive = on
		min_launches = 9
		max_launches = $2
		deadline = 60s
		${3-}
		# Medians of some samples: other programs on the CPU don't make them twice as long.
		[workload syscall]
		time = 20ms
		[workload cpu-int]
		time = 20ms
	END
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	adaptive_suite short 12
	adaptive_suite endless 5000 "half_width = 0.00001%"
}

# How the cells of a run ended, each once. Usage: ends DIR
ends() { jq -r '.adaptive.cells[].ended_by' "$1/run.json" | sort -u | paste -sd ' '; }

# Launches of each cell. Usage: launches DIR
launches() { jq -r '"\(.arm) \(.workload)"' "$1/journal.jsonl" | sort | uniq -c | sed 's/^ *//'; }

# Every block holds each cell that is open once, in the order of the plan, and none that has ended. Usage: assert_blocks DIR
assert_blocks() {
	local suite=$2
	isocost run -s "$suite" --dry-run --seed 5 | grep -v '^#' | awk '{ print $1, $2, $3, $4 }' >plan
	jq -r '"\(.block) \(.launch) \(.arm) \(.workload)"' "$1/journal.jsonl" >ran
	[ -z "$(sort ran | uniq -d)" ]
	# The plan without what was not run is what was run, in its order.
	grep -Fxf ran plan | diff - ran
	# Launches of a cell are its first ones: none is left out, and none comes after its end.
	awk '{ if ($2 != n[$3, $4]++) exit 1 }' ran
	jq -rs '[.[] | select(.ends)] | map("\(.arm) \(.workload)") | sort | .[]' "$1/journal.jsonl" | uniq -d | wc -l | grep -qx 0
}

@test "wide enough at once: every cell ends by precision, with its pilot" {
	need_arm container
	run -0 --separate-stderr isocost run -s ./short.suite --half-width 90% --seed 5
	dir=$output
	# The log tells of each as it ends.
	[ "$(grep -cE "^isocost: \[[0-9]+/~[0-9]+\] (host|container): (cpu-int|syscall): median .*, 9 launches; " <<<"$stderr")" -eq 4 ]
	[ "$(ends "$dir")" = precision ]
	[ "$(launches "$dir" | cut -d' ' -f1 | sort -u)" = 9 ]
	[ "$(jq -c '[.ends] | select(.[0])' "$dir/journal.jsonl" | sort | uniq -c | sed 's/^ *//')" = '4 ["precision"]' ]
	[ "$(jq .ended "$dir/run.json")" != null ]
	assert_blocks "$dir" ./short.suite
	isocost show "$dir" >shown
	grep -q "4 cells ended: 4 by precision" shown
	grep -qE "syscall +container +9  precision +± " shown
	run ! grep -q "not complete" shown
	isocost report "$dir"
	grep -q "## Launches spent" "$dir/REPORT.md"
	grep -qE '\| syscall \| container \| 9 \| precision \|' "$dir/REPORT.md"
	# What show and the report say is what was written down.
	jq -r '.adaptive.cells[] | select(.arm == "host" and .workload == "syscall").half_width' "$dir/run.json" >width
	awk '{ exit !($1 > 0 && $1 <= 0.9) }' width
}

@test "never narrow enough: every cell ends by its cap" {
	need_arm container
	run -0 --separate-stderr isocost run -s ./short.suite --half-width 0.00001% -n 10 --seed 5
	dir=$output
	[ "$(ends "$dir")" = cap ]
	[ "$(launches "$dir" | cut -d' ' -f1 | sort -u)" = 10 ]
	assert_blocks "$dir" ./short.suite
	isocost show "$dir" >shown
	grep -q "4 cells ended: 4 by cap" shown
	[ "$(jq .planned "$dir/run.json")" -eq 40 ]
}

@test "the time is up: the cells end by the budget, which is an end like any other; a new budget goes on" {
	need_arm container
	run -0 --separate-stderr isocost run -s ./endless.suite --budget 4s --seed 5
	dir=$output
	[[ $stderr == *"the time budget ended it after"* ]]
	[ "$(ends "$dir")" = budget ]
	[ "$(jq .ended "$dir/run.json")" != null ]
	[ "$(jq .adaptive.budget_s "$dir/run.json")" = 4 ] || [ "$(jq .adaptive.budget_s "$dir/run.json")" = 4.0 ]
	assert_blocks "$dir" ./endless.suite
	isocost show "$dir" >shown
	grep -q "4 cells ended: 4 by budget" shown
	grep -q "the time of 4 s is up (budget)" shown
	run ! grep -q "not complete" shown
	before=$(wc -l <"$dir/journal.jsonl")
	cp "$dir/journal.jsonl" before
	# What the launches took is spent: nothing is left of this one.
	isocost run --resume "$dir" --time-budget 2s >/dev/null
	[ "$(wc -l <"$dir/journal.jsonl")" -gt "$before" ]
	head -n "$before" "$dir/journal.jsonl" | cmp - before
	[ "$(ends "$dir")" = budget ]
	assert_blocks "$dir" ./endless.suite
}

@test "a budget that ends before the pilot leaves a run to resume, which ends by its rules" {
	need_arm container
	sed -i 's/max_launches = 5000/max_launches = 10/' endless.suite
	run -0 --separate-stderr isocost run -s ./endless.suite --budget 100ms --seed 5
	dir=$output
	[[ $stderr == *"--resume $dir"* ]]
	[ "$(jq .ended "$dir/run.json")" = null ]
	isocost show "$dir" | grep -q "not complete"
	isocost run --resume "$dir" --budget 10m >/dev/null
	[ "$(ends "$dir")" = cap ]
	[ "$(launches "$dir" | cut -d' ' -f1 | sort -u)" = 10 ]
	[ "$(jq .ended "$dir/run.json")" != null ]
}

# Start a run in the background, and wait until it has some launches. Usage: begin LAUNCHES ARG…
begin() {
	local n=$1
	shift
	"$BUILD/isocost" run "$@" >out 2>err &
	pid=$!
	until [ -s results/*/journal.jsonl ] && [ "$(wc -l <results/*/journal.jsonl)" -ge "$n" ]; do
		kill -0 $pid
		read -rt 0.02 <> <(:) || true
	done
	dir=$(echo results/*)
}

@test "interrupted: the cells say so, and --resume goes on with the rule" {
	need_arm container
	sed -i 's/max_launches = 5000/max_launches = 40/' endless.suite
	begin 5 -s ./endless.suite --seed 5
	kill -INT $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 130 ]
	[ "$(ends "$dir")" = interrupted ]
	isocost show "$dir" >shown
	grep -q "by an interruption" shown
	grep -qE "not complete: [0-9]+ of at least [0-9]+ launches" shown
	cp "$dir/journal.jsonl" before
	before=$(wc -l <before)
	# A rule that is reached at once: it stands in the run, not in the suite's file.
	jq '.adaptive.half_width = 0.9' "$dir/run.json" >new && mv new "$dir/run.json"
	isocost run --resume "$dir" >/dev/null
	head -n "$before" "$dir/journal.jsonl" | cmp - before
	[ "$(ends "$dir")" = precision ]
	[ "$(launches "$dir" | cut -d' ' -f1 | sort -u)" = 9 ] || [ "$before" -gt 32 ]
	assert_blocks "$dir" ./endless.suite
}

@test "killed, then resumed: cells that had ended stay ended, the others go on" {
	need_arm container
	# The cpu-ints end with their pilot; the other cells can't.
	sed -i 's/half_width = .*/half_width = 90%/; s/max_launches = 5000/max_launches = 30/' endless.suite
	begin 36 -s ./endless.suite --seed 5 -w cpu-int,syscall
	kill -KILL $pid || true
	wait $pid || true
	isocost clean >/dev/null
	# As if it had been killed before half of the cells ended.
	jq -c 'if .workload == "syscall" then del(.ends) else . end | select(.workload == "cpu-int" or .launch < 4)' "$dir/journal.jsonl" >cut
	mv cut "$dir/journal.jsonl"
	jq '.ended = null | .adaptive.cells = [] | .adaptive.half_width = 0.0000001' "$dir/run.json" >new && mv new "$dir/run.json"
	isocost show "$dir" >shown
	grep -qE "cpu-int +host +9  precision" shown
	grep -qE "syscall +host +4  killed" shown
	cp "$dir/journal.jsonl" before
	isocost run --resume "$dir" >/dev/null
	head -n "$(wc -l <before)" "$dir/journal.jsonl" | cmp - before
	# The marks of before the kill hold, though the rule of now would not have ended them.
	[ "$(jq -r '.adaptive.cells[] | "\(.workload) \(.ended_by) \(.launches)"' "$dir/run.json" | sort -u | paste -sd ' ')" = "cpu-int precision 9 syscall cap 30" ]
}

@test "killed at once and resumed, a run ends as one that was not" {
	need_arm container
	begin 3 -s ./short.suite --half-width 90% --seed 5
	kill -KILL $pid
	wait $pid || true
	[ "$(jq -c .adaptive.cells "$dir/run.json")" = "[]" ]
	isocost run --resume "$dir" >/dev/null
	[ "$(ends "$dir")" = precision ]
	[ "$(launches "$dir" | cut -d' ' -f1 | sort -u)" = 9 ]
	[ "$(sort -u "$dir/journal.jsonl" | wc -l)" -eq 36 ]
}

@test "an arm and its twin have as many launches, and end together" {
	run -0 --separate-stderr isocost run -s ./short.suite -a host --aa host --half-width 3% --seed 5
	dir=$output
	for workload in cpu-int syscall; do
		[ "$(launches "$dir" | grep " $workload\$" | cut -d' ' -f1 | sort -u | wc -l)" -eq 1 ]
	done
	[ "$(jq '.adaptive.cells | length' "$dir/run.json")" -eq 4 ]
	[ "$(jq -r 'select(.ends).workload' "$dir/journal.jsonl" | sort | uniq -d | wc -l)" -eq 0 ]
	[ "$(jq '.aa | length' "$dir/run.json")" -eq 2 ]
}

@test "failures end a cell with its pilot" {
	printf '[suite]\nname = bad\narms = host\nworkloads = cpu-int, syscall\nadaptive = on\nmin_launches = 9\nhalf_width = 90%%\ndeadline = 3s\n[workload cpu-int]\ntime = 20ms\n[workload syscall]\ntime = 30s\n' >bad.suite
	run -1 --separate-stderr isocost run -s ./bad.suite --seed 5
	[ "$(jq -r '.adaptive.cells[] | "\(.workload) \(.ended_by) \(.launches)"' "$output/run.json" | paste -sd ' ')" = "cpu-int precision 9 syscall failed 9" ]
	isocost show "$output" | grep -q "2 cells ended: 1 by precision, 1 by failures"
}

@test "--dry-run says at most how many; --no-adaptive is the plain plan" {
	run -0 isocost run -s ./short.suite --dry-run --seed 5
	[[ ${lines[0]} == "# suite short, seed 5, adaptive: at most 48 launches" ]]
	run -0 isocost run -s ./short.suite --dry-run --seed 5 --no-adaptive
	[[ ${lines[0]} == "# suite short, seed 5, 40 launches" ]]
	run -0 isocost run -s smoke --dry-run --seed 5 --adaptive --min-launches 9
	[[ ${lines[0]} == *"adaptive: at most "* ]]
}

@test "runs of which each was adaptive are pooled into one that is whole" {
	for seed in 1 2; do isocost run -s ./short.suite -a host -w cpu-int --half-width 90% --seed $seed -o each >/dev/null; done
	isocost merge --pool each/* -o pooled
	[ "$(jq -c '[.adaptive.cells[] | .launches, .ended_by, .half_width]' pooled/run.json)" = '[18,"precision",null]' ]
	isocost show pooled >shown
	run ! grep -q "not complete" shown
	grep -qE "cpu-int +host +18  precision" shown
}

@test "bad values: status 2, and what was expected" {
	for args in "--half-width 2" "--half-width 0%" "--half-width 100%" "--min-launches 8" "--min-launches x" "--adaptive --no-adaptive" "--min-launches 20" \
		"-n 5" "--no-adaptive --half-width 2%" "--budget x"; do
		# shellcheck disable=SC2086
		run isocost run -s ./short.suite --dry-run $args
		[ "$status" -eq 2 ] || { echo "$args: $status, $output"; return 1; }
		[[ $output == *expected* || $output == *exclude* ]] || { echo "$args: $output"; return 1; }
	done
	run isocost run -s ./short.suite --resume results --adaptive
	[ "$status" -eq 2 ]
	run isocost run --resume results --half-width 2%
	[ "$status" -eq 2 ]
	[[ $output == *"--resume takes"* ]]
}

@test "what adaptive runs write is what the schemas describe" {
	/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"
	dir=$(isocost run -s ./short.suite -a host --aa host -n 10 --half-width 0.0001% --seed 5)
	run -0 "$BATS_TEST_DIRNAME/schema_check.py" "$dir"
	jq -e '.adaptive.cells | length == 4' "$dir/run.json"
}
