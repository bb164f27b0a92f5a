#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# isocost isolation: the battery of escape attempts as a table, in words and as JSON; isoload escape by hand.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	assert_no_traces
}

# A suite of these arms with so little memory that filling it takes no time. Usage: small ARMS; isocost isolation -s ./small.suite …
small() {
	printf '[suite]\nname = small\narms = %s\nworkloads = startup\nlaunches = 1\nmemory = 64MiB\npids = 64\n' "$1" >small.suite
}

@test "host and container side by side: the container holds, the host does not" {
	need_arm container
	run --separate-stderr isocost isolation -a host,container
	[ "$status" -eq 0 ]
	[[ ${lines[0]} =~ ^attempt\ +host\ +container$ ]]
	grep -qE '^mount-tmpfs +[^ ].* held EPERM$' <<<"$output"
	grep -qE '^ESCAPED +[1-9][0-9]* +0$' <<<"$output" || [ "$(id -u)" -ne 0 ]
	[ "$(grep -cE '^[a-z0-9-]+  +(held|ESCAPED|n/a)' <<<"$output")" -ge 40 ]
}

@test "JSON: every attempt has a result in every arm, and the counts are of them" {
	need_arm container
	small "host, container"
	isocost isolation -s ./small.suite --json >all.json
	jq -e '.version == 2 and (.tried | test("^20..-..-..T")) and .host.kernel == "'"$(uname -r)"'" and ([.arms[].name] == ["host", "container"]) and (.attempts | length >= 40)' all.json
	jq -e 'all(.attempts[]; (.tries | length > 0) and (.held_by | length > 0) and (.topic | length > 0) and (.target | IN("kernel", "outside"))
		and (.results | keys == ["container", "host"])
		and all(.results[]; .outcome | IN("held", "escaped", "unexpected", "na")))' all.json
	jq -e '. as $all | all(.arms[]; . as $arm | ([$all.attempts[].results[$arm.name] | select(.outcome == "held")] | length)
		== $arm.outcomes.held and ($arm.outcomes | add) == ($all.attempts | length))' all.json
	jq -e '.arms[1].outcomes.unexpected == 0' all.json
	[ "$(id -u)" -ne 0 ] || jq -e '.arms[1].reached_host == 0 and .arms[0].reached_host > 20' all.json
}

@test "the guest: nothing reaches the host; what succeeds reaches the guest's own kernel" {
	need_arm vm
	isocost isolation -a vm --json >vm.json
	jq -e '.arms[0] | .own_kernel and .reached_host == 0 and .outcomes.escaped > 20' vm.json
	jq -e 'all(.attempts[] | select(.target == "outside"); .results.vm.outcome != "escaped")' vm.json
}

@test "--long says what each tries and what came of it" {
	need_arm container
	small container
	run --separate-stderr isocost isolation -s ./small.suite --long
	[ "$status" -eq 0 ]
	[[ $output == *$'\nfork-bomb\n    tries:    start more processes than its limit\n    held by:  cgroup\n    container: '* ]]
}

@test "bad input: status 2; an arm that can't be had: status 4" {
	run isocost isolation -a moon
	[ "$status" -eq 2 ]
	[[ $output == *"no driver 'moon'"* ]]
	run isocost isolation -s nowhere
	[ "$status" -eq 2 ]
	run isocost isolation container
	[ "$status" -eq 2 ]
	ISOCOST_LIBEXEC=/nonexistent run isocost isolation -a host
	[ "$status" -eq 4 ]
	[[ $output == *"run make"* ]]
}

@test "--run: the arms of a run, kept beside it; its report, figure and terminal have it" {
	need_arm container
	small "host, container"
	dir=$(isocost run -s ./small.suite -o .)
	isocost report "$dir"
	! grep -q '^## What isolation buys' "$dir/REPORT.md"
	run --separate-stderr isocost isolation --run "$dir"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[[ $stderr == *"kept in $(realpath "$dir")/isolation.json"* ]]
	jq -e '[.arms[].name] == ["host", "container"]' "$dir/isolation.json"
	isocost report "$dir"
	n=$(jq '.attempts | length' "$dir/isolation.json") got=$(jq '.arms[1].reached_host' "$dir/isolation.json")
	grep -q "^## What isolation buys" "$dir/REPORT.md"
	grep -qE "^\| container \| $got \| - \|" "$dir/REPORT.md"
	grep -q "Of $n attempts to get out of it, $got reached the host" "$dir/REPORT.md"
	! command -v gnuplot >/dev/null || { [ -s "$dir/plots/isolation.svg" ] && grep -q '(plots/isolation.svg)' "$dir/REPORT.md"; }
	isocost show "$dir" | grep -q "^container: $got of $n attempts to get out of it reached the host"
}

@test "--run: of another host, beside -a, with a damaged file: what is wrong, and what was expected" {
	dir=$(isocost run -s smoke -a host -w startup -n 1 -o .)
	run isocost isolation --run "$dir" -a host
	[ "$status" -eq 2 ]
	[[ $output == *"leave -a and -s out"* ]]
	run isocost isolation --run nowhere
	[ "$status" -eq 2 ]
	[[ $output == *"nowhere/run.json: no such file"* ]]
	jq '.host.before["host.name"] = "elsewhere"' "$dir/run.json" >new && mv new "$dir/run.json"
	run isocost isolation --run "$dir"
	[ "$status" -eq 2 ]
	[[ $output == *"was measured on elsewhere"* ]]
	echo '{"version": 2}' >"$dir/isolation.json"
	run isocost show "$dir"
	[ "$status" -eq 2 ]
	[[ $output == *"isolation.json: expected version, tried, host, arms and attempts"* ]]
}

@test "docs/isolation.md names every attempt, and no other" {
	"$BUILD/isoload" escape list | sed 's/ .*//' | sort >listed
	sed -n 's/^| `\([a-z0-9-]*\)` |.*/\1/p' "$BATS_TEST_DIRNAME/../docs/isolation.md" | sort >documented
	diff listed documented
}

@test "isoload escape: some attempts by name, and what is wrong with a command line" {
	run "$BUILD/isoload" escape run add-key exec-gain
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == "battery 1 2 $(uname -r) $(sed -n "s/^btime //p" /proc/stat)" ]]
	[[ ${lines[1]} == "attempt exec-gain "* ]]
	[[ ${lines[2]} == "attempt add-key "* ]]
	[ "${lines[3]}" = end ]
	run "$BUILD/isoload" escape run frobnicate
	[ "$status" -eq 2 ]
	[[ $output == *"no attempt 'frobnicate'"* ]]
	run "$BUILD/isoload" escape run add-key pids=many
	[ "$status" -eq 2 ]
	[[ $output == *"pids=many: expected the limit of processes"* ]]
	run "$BUILD/isoload" escape run colour=red
	[ "$status" -eq 2 ]
	[[ $output == *"no parameter 'colour'"* ]]
	run "$BUILD/isoload" escape
	[ "$status" -eq 2 ]
}

@test "a battery that is killed leaves nothing, bait included" {
	need_arm container
	"$BUILD/isocost" isolation -a host,container >/dev/null 2>&1 3>&- &
	pid=$!
	# Its work directory is there before the first arm is opened.
	until compgen -G "$ISOCOST_WORK/isocost-*/bait" >/dev/null; do
		kill -0 "$pid"
	done
	kill -KILL "$pid"
	wait "$pid" || true
	# Whoever comes next removes what it left.
	isocost exec -a host -- true
	for pid in $(pgrep '^bait-'); do
		if grep -qsz "^ISOCOST_WORK=$ISOCOST_WORK\$" "/proc/$pid/environ"; then
			echo "bait $pid is left"
			return 1
		fi
	done
}
