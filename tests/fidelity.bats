#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# fidelity.bats - the comparison of workloads with reference tools: its statistics, its parts, and what it does without a tool.

load helpers

setup() {
	ROOT="$(realpath .)"
	cd "$BATS_TEST_TMPDIR"
	export ISOCOST_WORK="$BATS_TEST_TMPDIR"
}

@test "ratio: medians, their ratio, its interval and a word" {
	seq 101 110 >a
	seq 201 210 >b
	run isocost ratio a b
	[ "$status" -eq 0 ]
	[[ $output =~ ^105\.5$'\t'205\.5$'\t'0\.5134$'\t'0\.[45][0-9]+$'\t'0\.5[0-9]+$'\t'outside$ ]]
	run isocost ratio a a
	[[ $output =~ $'\t'1\.0000$'\t'0\.9[0-9]+$'\t'1\.0[0-9]+$'\t'(within-margin|open)$ ]]
	[ "$(isocost ratio --margin 50% a a | cut -f6)" = within-margin ]
	head -5 a >few
	[ "$(isocost ratio few a | cut -f4-)" = "$(printf -- '-\t-\topen')" ]
}

@test "ratio --paired: what both drift by from line to line is in neither" {
	for i in 1 2 3 4 5 6 7 8 9 10; do echo $((i * i * 102)); done >a
	for i in 1 2 3 4 5 6 7 8 9 10; do echo $((i * i * 100)); done >b
	[ "$(isocost ratio a b | cut -f6)" = open ]
	[ "$(isocost ratio --paired a b | cut -f3-)" = "$(printf '1.0200\t1.0200\t1.0200\twithin-margin')" ]
	head -9 a >few
	run isocost ratio --paired few b
	[ "$status" -eq 2 ]
	[[ $output == *"few has 9 numbers and b has 10: --paired takes as many of each"* ]]
}

@test "ratio: bad input is told by file and line" {
	seq 10 >a
	printf '1\n2\nx\n' >bad
	run isocost ratio a bad
	[ "$status" -eq 2 ]
	[[ $output == *"bad:3: expected a number above 0"* ]]
	printf '1\n0\n' >bad
	run isocost ratio bad a
	[[ $output == *"bad:2: expected a number above 0"* ]]
	: >bad
	run isocost ratio bad a
	[ "$status" -eq 2 ]
	[[ $output == *"bad: there are no numbers in it"* ]]
	for args in "" "a" "a a a" "--margin 5 a a" "--margin 100% a a" "a nosuch"; do
		run isocost ratio $args
		[ "$status" -eq 2 ]
	done
}

@test "every comparison names a workload, a metric and parameters that there are" {
	for file in "$ROOT"/scripts/fidelity.d/*; do
		ours="" tool="" cpu=0 dir=. stat=median pages=small times=1
		. "$file"
		[ -n "$tool" ]
		[ "$times" -ge 1 ]
		"$BUILD/isoload" list --long | awk -v w="${ours%% *}" -v m="${ours##*:}" '
			/^[a-z]/ { here = $1 == w } here && $1 == "metric" && $2 == m "," { found = 1 } END { exit !found }'
		# A parameter that there is not ends with 2, before anything is measured.
		words=${ours%:*}
		for word in ${words#* }; do
			"$BUILD/isoload" list --long | awk -v w="${ours%% *}" -v p="${word%%=*}=" '
				/^[a-z]/ { here = $1 == w } here && index($1, p) == 1 { found = 1 } END { exit !found }'
		done
		declare -F theirs >/dev/null
		unset -f theirs begin end
	done
}

@test "a missing tool is a skip with its name, a wrong name is an error, and nothing is left" {
	mkdir tree
	cp -r "$ROOT/scripts" tree/
	cat >tree/scripts/fidelity.d/none <<-'END'
		tool=no-such-tool ours="syscall time=10ms:time"
		theirs() { echo 1; }
	END
	cat >tree/scripts/fidelity.d/known <<-'END'
		tool=true ours="syscall time=10ms warmup=1ms:time"
		theirs() { echo 1; }
	END
	cat >tree/scripts/fidelity.d/broken <<-'END'
		tool=true ours="syscall time=10ms warmup=1ms:time"
		theirs() { echo no figure; }
	END
	cat >tree/scripts/fidelity.d/scaled <<-'END'
		tool=true ours="syscall time=10ms warmup=1ms:time" why="it is made up" times=2
		begin() { echo 2 >start; }
		our_figure() { cat start; }
		theirs() { for i in 0 1; do :; done; echo 1; }
	END
	# A server that ends before it can be asked is not waited for, and the other comparisons are made.
	cat >tree/scripts/fidelity.d/aserver <<-'END'
		tool=true ours="syscall time=10ms:time"
		begin() { ready() { false; }; server_start sh -c 'exit 3'; }
		theirs() { echo 1; }
	END
	# A loop in a comparison is not the loop of the comparisons.
	run timeout 120 tree/scripts/fidelity --markdown table.md "$BUILD" 6 aserver none known broken scaled
	[ "$status" -eq 0 ]
	[[ $output == *"aserver "*"skipped: "*"No such process"* ]]
	[[ $output == *"none "*"skipped: no-such-tool is not installed; scripts/bootstrap --fidelity does it"* ]]
	[[ $output =~ known\ +true\ +[0-9.e-]+\ +1\ +0\.0000\ \[0\.0000,\ 0\.0000\]\ +outside ]]
	[[ $output =~ scaled\ +true\ +2\ +1\ +2\.0000\ \[2\.0000,\ 2\.0000\],\ n\ =\ 12\ +outside:\ it\ is\ made\ up ]]
	grep -Fxq '| none: `syscall time=10ms`, time | no-such-tool | | | skipped: no-such-tool is not installed; scripts/bootstrap --fidelity does it |' table.md
	grep -Fxq '| scaled: `syscall time=10ms warmup=1ms`, time | true | 2.00 s | 1.00 s | 2.0000 [2.0000, 2.0000], n = 12; it is made up |' table.md
	[ "$(grep -c '^|' table.md)" -eq 7 ]
	[[ $output == *"broken "*"skipped: "*"theirs:1: expected a number above 0"* ]]
	[ -z "$(ls -d fidelity-* 2>/dev/null)" ]
	run tree/scripts/fidelity "$BUILD" 1 nosuch
	[ "$status" -eq 2 ]
	[[ $output == *"no comparison 'nosuch'; there are: "*"syscall"* ]]
}

@test "bootstrap takes non-free tools where apt knows them, and says what it leaves out" {
	mkdir bin
	printf '#!/bin/sh\ncase "$*" in *lmbench|*netperf) exit 1 ;; esac\necho installed\n' >bin/dpkg-query
	printf '#!/bin/sh\n[ "$2" != netperf ] || echo "  Candidate: 2.7.0-0.1"\n[ "$2" != lmbench ] || echo "  Candidate: (none)"\n' >bin/apt-cache
	printf '#!/bin/sh\necho 1000\n' >bin/id
	chmod +x bin/*
	# Not root and without sudo it prints its line and stops.
	for tool in bash cat grep awk dirname sort; do ln -s "$(command -v $tool)" bin/; done
	run env PATH="$PWD/bin" bash "$ROOT/scripts/bootstrap" --fidelity
	[ "$status" -eq 1 ]
	[[ $output == *"lmbench is in Debian's section non-free, which apt is not told of here: left out"* ]]
	[[ $output == *"apt-get install -y --no-install-recommends netperf"$'\n'* ]]
}
