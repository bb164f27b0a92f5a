#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# compare: what it says of runs whose difference is known, what it refuses, and its exit statuses.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	command -v python3 >/dev/null || skip "no python3, which makes up the runs"
	cd "$BATS_TEST_TMPDIR"
	made a --seed 1
}

# Usage: made DIR [OPTION...]; tests/data/make_run.py has the options
made() { python3 "$BATS_TEST_DIRNAME/data/make_run.py" "$@"; }

@test "slower, faster and equal cells are told apart" {
	made b --seed 2 --container 1.2
	run --separate-stderr isocost compare a b -m 5% -o cmp.md
	[ "$status" -eq 0 ]
	[[ $output == *"4 cells, margin 5 %: 2 slower, 2 within margin"* ]]
	grep -qE 'container syscall .* 1\.(19|2[01]) × .*< 0\.001 +slower' <<<"$output"
	grep -qE 'host syscall .* within margin' <<<"$output"
	[[ $output == *"same host, at different moments"*"drift"* ]]
	[[ $output == *"Overheads, each over the bare host of its own run"* ]]
	grep -qE '^\| container syscall \| .*n = 15 \| .*n = 15 \| 1\.[12].* \| slower \|$' cmp.md
	run isocost compare b a -m 5%
	[[ $output == *"2 faster, 2 within margin"* ]]
}

@test "the same runs give the same comparison, byte for byte" {
	made b --seed 2 --container 1.2
	isocost compare a b -o 1.md >1
	isocost compare a b -o 2.md >2
	cmp 1 2
	cmp 1.md 2.md
}

@test "hosts of another speed differ in cost and not in overhead" {
	made b --seed 2 --host 2 --name other
	run isocost compare a b -m 5%
	[ "$status" -eq 0 ]
	[[ $output == *"4 slower"* ]]
	[[ $output == *"two hosts"* ]]
	[[ $output == *"host.name: example in A, other in B"* ]]
	sed -n '/^Overheads/,$p' <<<"$output" | grep -qE 'container syscall .*within margin'
	run isocost compare a b --fail-above 5%
	[ "$status" -eq 3 ]
	run isocost compare a b --fail-above 5% --overheads --strict
	[ "$status" -eq 0 ]
}

@test "what can't be compared is refused with both values" {
	made sha --sha 0123456789abcdef
	made memory --memory $((1 << 30))
	made cpus --cpus 2
	made time --time 100ms
	made digest --digest other
	made margin --margin 0.05
	made kvm --accel "KVM with hardware virtualization"
	made tcg --accel "TCG (software emulation)"
	while read -r first second part; do
		run --separate-stderr isocost compare "$first" "$second"
		[ "$status" -eq 2 ]
		[ -z "$output" ]
		[[ $stderr == *"can't be compared"*"--force"* ]]
		grep -qF "$part" <<<"$stderr"
		run --separate-stderr isocost compare "$first" "$second" --force -o forced.md
		[ "$status" -eq 0 ]
		[[ $output == *"FORCED"* ]]
		grep -qF "$part" <<<"$output"
		grep -qF "$part" forced.md
		grep -qF '**Forced' forced.md
	done <<-END
		a sha SHA-256 of isoload: dcce06a6
		a sha 0123456789abcdef in B
		a memory envelope, memory: 512 MiB in A, 1 GiB in B
		a cpus envelope, CPUs: 1 in A, 2 in B
		a time parameter of syscall, time: 300ms in A, 100ms in B
		a digest 79ff7fbc in A, other in B
		a margin margin of the suite: 2 % in A, 5 % in B
		kvm tcg KVM with hardware virtualization in A, TCG
	END
	run isocost compare a margin -m 2%      # which gives one margin for both
	[ "$status" -eq 0 ]
}

@test "--fail-above: 3 above it, 0 below it, 5 with --strict between" {
	made worse --seed 2 --container 1.2
	made noisy --seed 3 --container 1.05 --noise 0.1
	run --separate-stderr isocost compare a worse --fail-above 5% --strict
	[ "$status" -eq 3 ]
	[[ $output == *"container syscall"* ]]
	[[ $stderr == *"above 5 %: costs more: container syscall"* ]]
	run isocost compare a worse --fail-above 40% --strict
	[ "$status" -eq 0 ]
	run isocost compare worse a --fail-above 5% --strict
	[ "$status" -eq 0 ]
	run --separate-stderr isocost compare a noisy --fail-above 5%
	[ "$status" -eq 0 ]
	[[ $stderr == *"above 5 %: open:"* ]]
	run isocost compare a noisy --fail-above 5% --strict
	[ "$status" -eq 5 ]
}

@test "too few launches decide nothing" {
	made few --seed 2 --container 3 --launches 5
	run isocost compare a few --fail-above 5% --strict
	[ "$status" -eq 5 ]
	[[ $output == *"4 no interval"* ]]
	[[ $output != *slower* ]]
}

@test "many runs: a column a run, and where they disagree" {
	made b --seed 2 --host 3 --name second
	made c --seed 3 --container 1.5 --name third
	run isocost compare a b c -o many.md
	[ "$status" -eq 0 ]
	[[ $output == *"run 1"*"run 2"*"run 3"* ]]
	grep -qE '^container syscall +(1\.9|2\.0).*differ: run [12] below run 3$' <<<"$output"
	[[ $output == *"disagree in 2 of 2 cells"* ]]
	grep -qE '^\| container syscall \|.*× .*\|.*× .*\|.*× .*\| differ' many.md
	# heterogeneity is named, and drawn; none is claimed where there is none
	grep -qE '^container syscall .* I² (9[0-9]|100) % \* ' <<<"$output"
	grep -qE '^\| container syscall \|.*\| I² (9[0-9]|100) %, p < 0\.001 \|' many.md
	[[ $output == *"Hosts disagree in 2 of 2 cells by Cochran's Q"* ]]
	made b2 --seed 4 --name second
	made c2 --seed 5 --name third
	run isocost compare a b2 c2
	[[ $output == *"Hosts disagree in 0 of 2 cells by Cochran's Q"* ]]
	made d --time 100ms
	run --separate-stderr isocost compare a b d
	[ "$status" -eq 2 ]
	[[ $stderr == *"300ms in run 1, 100ms in run 3"* ]]
	run isocost compare a b d --force
	[ "$status" -eq 0 ]
	[[ $output == *"FORCED"* ]]
	made e --arms container
	run isocost compare e e e
	[ "$status" -eq 2 ]
	[[ $output == *"none of these runs has overheads"* ]]
}

@test "usage errors and broken runs end with 2" {
	made b --seed 2
	made other --arms container
	made hostonly --arms host
	for args in "" "a" "a b -m 2" "a b -m 0%" "a b -m x" "a b --fail-above 5" "a b --strict" "a b --overheads" "a b a --fail-above 5%" \
		"a missing" "a missing b" "other hostonly" "hostonly hostonly --fail-above 5% --overheads"; do
		# shellcheck disable=SC2086
		run --separate-stderr isocost compare $args
		[ "$status" -eq 2 ] || { echo "'$args' ends with $status"; false; }
		[ -n "$stderr" ]
		[ -z "$output" ]
	done
	[[ $(isocost compare a missing 2>&1) == *"missing/run.json"* ]]
	sed -i '3s/.*/{"arm": 7/' b/journal.jsonl
	run isocost compare a b
	[ "$status" -eq 2 ]
	[[ $output == *"b/journal.jsonl:3"* ]]
	run isocost compare a a -o missing/x.md
	[ "$status" -eq 1 ]
	[[ $output == *"missing/x.md"* ]]
}

@test "figures of a comparison are drawn, and say what they show" {
	command -v gnuplot >/dev/null || skip "no gnuplot"
	made b --seed 2 --container 1.2
	made c --seed 3 --host 2 --name third
	isocost compare a b --plots two 2>log
	isocost compare a b c --plots many 2>>log
	for name in two/compare-launches many/compare-forest many/compare-map; do
		[ -s $name.svg ]
		[ -s $name.png ]
		grep -q '<desc>.*</desc>' $name.svg
	done
	grep -q '<title>B against A: of 4 cells 2 cost more beyond the margin of 2 %, 0 less</title>' two/compare-launches.svg
	! grep -q gnuplot log
	: >file
	run isocost compare a b --plots file
	[ "$status" -eq 1 ]
	[[ $output == *"can't make the directory file"* ]]
}

@test "the committed run against itself: nothing differs, nothing fails" {
	one=$(find "$BATS_TEST_DIRNAME/../results" -maxdepth 1 -name '*-standard' | head -1)
	[ -n "$one" ] || skip "there is no standard run in results/"
	run isocost compare "$one" "$one" --fail-above 5%
	[ "$status" -eq 0 ]
	[[ $output != *"slower"* && $output != *"faster"* ]]
	[[ $output == *"not distinguishable"* ]]
}

@test "the committed runs of two suites: refused for their parameters, and compared when forced" {
	one=$(find "$BATS_TEST_DIRNAME/../results" -maxdepth 1 -name '*-standard' | head -1)
	two=$(find "$BATS_TEST_DIRNAME/../results" -maxdepth 1 -name '*-ladder' | head -1)
	[ -n "$one" ] && [ -n "$two" ] || skip "results/ has no run of both suites"
	run isocost compare "$one" "$two"
	[ "$status" -eq 2 ]
	[[ $output == *"parameter of syscall, time: 300ms in A, 100ms in B"* ]]
	run isocost compare "$one" "$two" --force
	[ "$status" -eq 0 ]
	[[ $output == *"FORCED"*"host syscall"*"Only in A"*"Only in B"* ]]
}
