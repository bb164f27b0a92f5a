#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The command line: verbs, plans, and what bad input gets.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
}

@test "without a verb: usage on standard error, status 2" {
	run isocost
	[ "$status" -eq 2 ]
	[[ $output == *"doctor"*"run"*"clean"* ]]
}

@test "--help and --version go to standard output" {
	run --separate-stderr isocost --help
	[ "$status" -eq 0 ]
	[[ $output == *"Exit status"* ]]
	[ -z "$stderr" ]
	run isocost --version
	[[ $output == "isocost "[0-9]* ]]
}

@test "an unknown verb names those there are" {
	run isocost measure
	[ "$status" -eq 2 ]
	[[ $output == *"'measure'"*"doctor"*"report"* ]]
}

@test "help VERB is VERB --help" {
	[ "$(isocost help report)" = "$(isocost report --help)" ]
	run isocost help frobnicate
	[ "$status" -eq 2 ]
	[[ $output == *"no verb 'frobnicate'"* ]]
}

@test "an argument that a verb does not take: what it takes" {
	run isocost clean everything
	[ "$status" -eq 2 ]
	[[ $output == *"unexpected 'everything'; nothing is named"* ]]
	run isocost isolation container
	[ "$status" -eq 2 ]
	[[ $output == *"arms are named with -a"* ]]
	run isocost density container
	[ "$status" -eq 2 ]
	[[ $output == *"the arm is named with -a"* ]]
}

@test "every verb has --help" {
	for verb in doctor list run exec density show report plot compare power ratio selftest merge clean; do
		run isocost $verb --help
		[ "$status" -eq 0 ]
		[[ $output == "Usage: isocost $verb"* ]]
	done
}

@test "list names drivers, workloads and suites" {
	run isocost list
	[ "$status" -eq 0 ]
	for word in host container vm syscall file-fsync standard quick smoke kernel memory files applications; do
		[[ $output == *"$word"* ]]
	done
	run isocost list nonsense
	[ "$status" -eq 2 ]
}

@test "the same suite and seed give the same plan, byte for byte" {
	isocost run -s smoke --dry-run --seed 7 >a
	isocost run -s smoke --dry-run --seed 7 >b
	isocost run -s smoke --dry-run --seed 8 >c
	cmp a b
	run ! cmp -s a c
	[ "$(grep -vc '^#' a)" -eq 81 ]
	# Nothing was run and nothing was made.
	[ ! -e results ]
}

@test "an unknown key: status 2 with file, line and what was expected" {
	printf '[suite]\nname = x\nlaunch = 3\n' >bad.suite
	run isocost run -s bad.suite
	[ "$status" -eq 2 ]
	[[ $output == *"bad.suite:3: unknown key 'launch'"*"launches"* ]]
}

@test "an unknown driver, driver option or option value: status 2 with file and line" {
	printf '[suite]\nname = x\narms = a\n[arm a]\ndriver = docker\n' >bad.suite
	run isocost run -s bad.suite
	[ "$status" -eq 2 ]
	[[ $output == *"bad.suite:4: arm a: no driver 'docker'; expected one of: host container vm"* ]]
	printf '[suite]\nname = x\narms = a\n[arm a]\ndriver = container\nsecomp = off\n' >bad.suite
	run isocost run -s bad.suite
	[ "$status" -eq 2 ]
	[[ $output == *"bad.suite:6: unknown option 'secomp'"*"seccomp"* ]]
	printf '[suite]\nname = x\narms = a\n[arm a]\ndriver = container\nseccomp = maybe\n' >bad.suite
	run isocost run -s bad.suite
	[ "$status" -eq 2 ]
	[[ $output == *"bad.suite:6: seccomp = maybe: expected one of:"* ]]
}

@test "every suite in bench/ is one, and its arms have options that their drivers know" {
	for file in "$BATS_TEST_DIRNAME"/../bench/*.suite; do
		run isocost run -s "$file" --dry-run
		echo "$file: $output"
		[ "$status" -eq 0 ]
	done
}

@test "a ladder: file, line and what was expected" {
	printf '[suite]\nname = x\narms = host, vm\nladder = host, container\n' >bad.suite
	run isocost run -s bad.suite
	[ "$status" -eq 2 ]
	[[ $output == *"bad.suite:4: ladder: 'container' is no arm of this suite"* ]]
}

@test "unknown suite, arm and workload name those there are" {
	run isocost run -s nosuch
	[ "$status" -eq 2 ]
	[[ $output == *"nosuch"*"quick"*"smoke"*"standard"* ]]
	run isocost run -s smoke -a nosuch
	[ "$status" -eq 2 ]
	[[ $output == *"no arm 'nosuch'; it has: host container vm"* ]]
	run isocost run -s smoke -w nosuch
	[ "$status" -eq 2 ]
	[[ $output == *"no workload 'nosuch'"*"syscall"* ]]
	run isocost exec -a nosuch -- true
	[ "$status" -eq 2 ]
	[[ $output == *"no arm 'nosuch'; expected one of: host container vm"* ]]
}

@test "bad option values: status 2 and what was expected" {
	run isocost run -n many
	[ "$status" -eq 2 ]
	[[ $output == *"whole number"* ]]
	run isocost run --seed -1
	[ "$status" -eq 2 ]
	run isocost run --time-budget soon
	[ "$status" -eq 2 ]
	run isocost run --accel fast
	[ "$status" -eq 2 ]
	[[ $output == *"auto, kvm or tcg"* ]]
	run isocost run --guest-kernel /nonexistent
	[ "$status" -eq 2 ]
	[[ $output == *"/nonexistent"* ]]
	run isocost exec -a host
	[ "$status" -eq 2 ]
	run isocost exec -- true
	[ "$status" -eq 2 ]
}

@test "a run that is not there or is broken: status 2, and the file" {
	run isocost show nosuch
	[ "$status" -eq 2 ]
	[[ $output == *"nosuch/run.json"* ]]
	mkdir broken
	echo '{' >broken/run.json
	run isocost report broken
	[ "$status" -eq 2 ]
	[[ $output == *"broken/run.json:"* ]]
	run isocost run --resume broken
	[ "$status" -eq 2 ]
	run isocost run --resume broken -n 3
	[ "$status" -eq 2 ]
	[[ $output == *"leave"* ]]
}

@test "a run that is not there: the last ones that are" {
	for n in 1 2 3 4 5 6; do
		mkdir -p "all/run$n"
		echo '{}' >"all/run$n/run.json"
	done
	run isocost show all/run
	[ "$status" -eq 2 ]
	[[ $output == *"all/run/run.json: no such file; expected the directory of a run. There are: all/run2 all/run3 all/run4 all/run5 all/run6" ]]
	run isocost show nowhere/run
	[[ $output == *"expected the directory of a run" ]]
}

@test "a report goes into a file: not in the place of a device or a directory" {
	runs=("$BATS_TEST_DIRNAME"/../results/*-guest)
	mkfifo pipe
	run isocost report "${runs[0]}" -o pipe
	[ "$status" -eq 2 ]
	[[ $output == *"-o pipe is no file; expected one that can be written"* ]]
	[ -p pipe ]
	[ ! -e plots ]
	run isocost report "${runs[0]}" -o .
	[ "$status" -eq 2 ]
	[[ $output == *"-o . is a directory; expected a file, such as ./REPORT.md"* ]]
	run isocost report "${runs[0]}" -o new/REPORT.md --html .
	[ "$status" -eq 2 ]
	[[ $output == *"--html . is a directory"* ]]
	[ ! -e new ]
}

@test "clean with nothing to clean" {
	run isocost clean
	[ "$status" -eq 0 ]
}

@test "a full disk behind standard output is told" {
	run --separate-stderr bash -c '"$0" run -s standard --dry-run >/dev/full' "$BUILD/isocost"
	[ "$status" -eq 1 ]
	[[ $stderr == *"standard output"* ]]
}

@test "an option of a driver that is no size: file, line, and what was expected" {
	printf '[suite]\nname = a\narms = x\nworkloads = startup\n[arm x]\ndriver = vm\ndisk = lots\n' >disk.suite
	run isocost run -s ./disk.suite
	[ "$status" -eq 2 ]
	[[ $output == *"disk.suite:7: disk = lots: expected a size of at least 16777216"* ]]
}

@test "a binary suite is refused" {
	printf '[suite]\nname = a\0b\n' >binary.suite
	run isocost run -s ./binary.suite --dry-run
	[ "$status" -eq 2 ]
	[[ $output == *"zero byte at offset 16"* ]]
}

@test "a cache directory that can't be made is named, with the way out" {
	for verb in "exec -a host -- true" "run -s smoke -a host"; do
		ISOCOST_CACHE=/proc/nowhere/cache run isocost $verb
		[ "$status" -ne 0 ]
		[[ $output == *"/proc/nowhere"*"ISOCOST_CACHE"* ]]
	done
}
