#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# isocost density: many instances alive at once, ended together, whatever ends them; nothing left.

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

# PID PPID ARGS of a process and of all below it; in one look, since thousands come while one looks at each. Usage: below PID
below() {
	ps -e -o pid=,ppid=,args= | awk -v top="$1" '
		{ up[$1] = $2; line[NR] = $0; pid[NR] = $1 }
		END { for (i = 1; i <= NR; i++) { for (p = pid[i]; p > 1 && p != top; p = up[p]); if (p == top) print line[i] } }'
}

# Instances of a density in the background that hold already, one pid a line. Usage: held PID
held() { below "$1" | awk 'NF == 4 && $3 == "isoload" && $4 == "hold" { print $1 }'; }

# Start in the background with output in out and err; wait until some instances hold. Sets pid. Usage: begin ARG...
begin() {
	"$BUILD/isocost" density "$@" >out 2>err &
	pid=$!
	until [ "$(held $pid | wc -l)" -ge 3 ]; do kill -0 $pid; read -rt 0.02 <> <(:) || true; done
}

@test "host and container: alive together, one line a tenth, figures in JSON, nothing left" {
	for arm in host container; do
		need_arm $arm
		run --separate-stderr isocost density -a $arm -n 8
		echo "$output$stderr"
		[ "$status" -eq 0 ]
		[ "$(grep -cE '^ +[1-8] +[0-9.]+ (ms|µs|s) ' <<<"$output")" -eq 8 ]
		[[ $output == *"held by each of 8, median"*PSS*"guest pages touched  unknown, it is no guest"* ]]
		[[ $output == *"8 instances alive at once"*"nothing is left"* ]]
		run --separate-stderr isocost density -a $arm -n 20 --json
		[ "$status" -eq 0 ]
		jq -e '.alive == 20 and .left == [] and (.start | length) == 20 and (.start | all(. > 0)) and .teardown > 0' <<<"$output"
		# What each holds, and why something can't be known.
		jq -e '.held | .pss.n == 20 and .pss.median > 10000 and .pss.median < 20e6 and .page_tables.least > 0 and
			.private.median <= .pss.median and .guest_pages == null and (.unknown.guest_pages | length) > 0' <<<"$output"
		jq -e '[.groups[].alive] == [2,4,6,8,10,12,14,16,18,20] and .groups[0].slowdown == 1' <<<"$output"
		# Ten and more: what was needed once is spread.
		jq -e '.groups[-1].harness_memory | . > 0 and . < 65536' <<<"$output"
	done
}

@test "all hold at the same time, each in a control group of its own" {
	need_arm container
	begin -a container -n 3000
	held $pid >pids
	while read -r p; do grep -h :pids: "/proc/$p/cgroup" || true; done <pids | sort >groups
	kill -INT $pid
	wait $pid || true
	[ "$(wc -l <pids)" -ge 3 ]
	[ -z "$(uniq -d groups)" ] || [ "$(id -u)" -ne 0 ]
}

@test "interrupted: status 130, the table so far, and nothing left" {
	begin -a host -n 3000
	kill -INT $pid
	status=0
	wait $pid || status=$?
	cat out err
	[ "$status" -eq 130 ]
	grep -qE '[0-9]+ instances? alive at once' out
	grep -qE 'interrupted; [0-9]+ of 3000 were alive' err
}

@test "an instance that does not stay: said, with how many were alive" {
	begin -a host -n 3000
	kill -KILL "$(held $pid | sed -n 2p)"
	status=0
	wait $pid || status=$?
	cat out err
	[ "$status" -eq 1 ]
	grep -qE 'instance [0-9]+ ended with status 137 while it was to stay; [0-9]+ of 3000 were alive' err
}

@test "killed with many alive: nothing is left" {
	need_arm container
	run "$BATS_TEST_DIRNAME/../scripts/kill-test" --fresh "${KILLS:-5}" 900 5 density -a container -n 300
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "killed during starts of every kind of container: nothing is left" {
	need_arm container
	run "$BATS_TEST_DIRNAME/../scripts/kill-test" --fresh "${KILLS:-5}" 2500 6 run -s "$BATS_TEST_DIRNAME/data/starts.suite"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "what the kill test looks for is found while it is there" {
	need_arm container
	begin -a container -n 3000
	# It stands still while one looks, which takes long where there are many.
	mapfile -t harness < <(below $pid | awk '/isocost density/ { print $1 }')
	kill -STOP "${harness[@]}"
	found=$(traces)
	kill -CONT "${harness[@]}"
	kill -INT $pid
	wait $pid || true
	echo "$found" | head -n 20
	grep -q "has mounts of" <<<"$found"
	grep -q "isocost density" <<<"$found"
}

@test "an ordinary user" {
	[ "$(id -u)" -eq 0 ] || skip "the tests run as an ordinary user already"
	user=/var/tmp/isocost-test-user-density
	install -d -o 65534 -g 65534 $user $user/work $user/cache
	install -D -t $user/bin "$BUILD/isocost" "$BUILD/isoload" "$BUILD/isoinit"
	run env -i PATH="$PATH" HOME=$user ISOCOST_WORK=$user/work ISOCOST_CACHE=$user/cache \
		setpriv --reuid=65534 --regid=65534 --clear-groups $user/bin/isocost density -n 12 -j
	left=$(ls -A $user/work 2>/dev/null) || true
	rm -rf $user
	[ "$status" -ne 4 ] || skip "no user namespaces for ordinary users here: $output"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$left" ]
}

@test "bad arguments: status 2, and what was expected" {
	run isocost density -n 0
	[ "$status" -eq 2 ]
	[[ $output == *"--instances 0: expected a number from 1"* ]]
	run isocost density -n many
	[ "$status" -eq 2 ]
	run isocost density -a nowhere
	[ "$status" -eq 2 ]
	[[ $output == *"no arm 'nowhere'"*container* ]]
	run isocost density -a host,container
	[ "$status" -eq 2 ]
	run isocost density -O nothing
	[ "$status" -eq 2 ]
	[[ $output == *"expected KEY=VALUE"* ]]
	run isocost density -O nothing=1
	[ "$status" -eq 2 ]
	run isocost density more
	[ "$status" -eq 2 ]
	[[ $output == *"unexpected 'more'"* ]]
	run isocost density -s no-such-suite
	[ "$status" -eq 2 ]
}
