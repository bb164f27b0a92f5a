#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# merge: runs of many hosts in one directory, what it refuses, and runs of one host pooled into one.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	command -v python3 >/dev/null || skip "no python3, which makes up the runs"
	cd "$BATS_TEST_TMPDIR"
	for i in 1 2 3; do made r$i --seed $i --name host$i --launches 8; done
}

# Usage: made DIR [OPTION...]; tests/data/make_run.py has the options
made() { python3 "$BATS_TEST_DIRNAME/data/make_run.py" "$@"; }

@test "runs of many hosts go into one directory, which compare takes" {
	mkdir r1/plots
	echo points >r1/plots/startup.dat
	touch r1/.lock
	isocost merge r1 r2 r3 -o all
	cmp r2/journal.jsonl all/host2/r2/journal.jsonl
	cmp r1/plots/startup.dat all/host1/r1/plots/startup.dat
	[ ! -e all/host1/r1/.lock ] && [ ! -e all.new ]
	[ "$(jq -r '[.runs[] | .dir] | join(" ")' all/index.json)" = "host1/r1 host2/r2 host3/r3" ]
	[ "$(jq -r '.runs[1].journal_sha256' all/index.json)" = "$(sha256sum r2/journal.jsonl | cut -d' ' -f1)" ]
	[ "$(jq '.forced | length' all/index.json)" = 0 ]
	diff <(isocost compare all) <(isocost compare r1 r2 r3)
	# One more run, and a directory that was merged before.
	made r4 --seed 4 --name host1 --launches 8
	isocost merge all r4 -o more
	[ "$(jq -r '.runs[3].dir' more/index.json)" = host1/r4 ]
	# Two runs of one name have places of their own.
	mkdir other && made other/r1 --seed 9 --name host1 --launches 8
	isocost merge r1 other/r1 -o two
	[ "$(jq -r '.runs[1].dir' two/index.json)" = host1/r1-2 ]
}

@test "what does not fit is refused with its reason, or forced and told" {
	made sha --seed 5 --sha 0000 --launches 8
	made broken --seed 6 --launches 8 && sed -i '$d' broken/journal.jsonl
	made torn --seed 7 --launches 8 && truncate -s -10 torn/journal.jsonl
	made bad --seed 8 --launches 8 && sed -i '3s/"arm"/arm/' bad/journal.jsonl
	jq '.suite.text += "# changed"' r2/run.json >changed.json && mkdir changed && mv changed.json changed/run.json
	cp r2/journal.jsonl changed && echo >>changed/journal.jsonl
	sed -i '$d' changed/journal.jsonl
	run --separate-stderr isocost merge r1 sha -o out
	[ "$status" -eq 2 ] && [[ $stderr == *"SHA-256 of isoload: dcce06a6"*" in r1, 0000 in sha"*"--force"* ]]
	run --separate-stderr isocost merge r1 changed -o out
	[ "$status" -eq 2 ] && [[ $stderr == *"suite: made in r1, made in changed, or the same with another text"* ]]
	run --separate-stderr isocost merge r1 broken -o out
	[ "$status" -eq 2 ] && [[ $stderr == *"broken is not complete: 31 of 32 launches"* ]]
	for args in "r1 torn" "r1 torn --force"; do
		run --separate-stderr isocost merge $args -o out
		[ "$status" -eq 2 ] && [[ $stderr == *"torn/journal.jsonl: the last line is torn"*"--resume"* ]]
	done
	run --separate-stderr isocost merge r1 bad -o out --force
	[ "$status" -eq 2 ] && [[ $stderr == *"bad/journal.jsonl:3: "* ]]
	[ ! -e out ] && [ ! -e out.new ]
	run --separate-stderr isocost merge r1 sha broken -o out --force
	[ "$status" -eq 0 ] && [[ $stderr == *"merged nevertheless: broken is not complete"* ]]
	[ "$(jq '.forced | length' out/index.json)" = 2 ]
	run isocost merge r1 r2 -o out
	[ "$status" -eq 2 ] && [[ $output == *"out is there already"* ]]
}

@test "the same run twice is refused, whatever it is called" {
	cp -r r1 copy
	for force in "" --force; do
		run isocost merge r1 r2 copy -o out $force
		[ "$status" -eq 2 ] && [[ $output == *"r1 and "*"copy are the same run"* ]]
	done
	isocost merge r1 r2 -o out
	run isocost merge out r1 -o again
	[ "$status" -eq 2 ] && [[ $output == *"are the same run"* ]]
}

@test "runs of one host are pooled into one that all verbs read" {
	made a --seed 11 --launches 8
	made b --seed 12 --launches 7
	isocost merge --pool a b -o pooled
	[ "$(wc -l <pooled/journal.jsonl)" = 60 ]
	[ "$(jq -r '[.sources[] | .id] | join(" ")' pooled/run.json)" = "a b" ]
	[ "$(jq -r '.id' pooled/run.json)" = pooled ]
	[ "$(jq '.planned' pooled/run.json)" = 60 ]
	# Every launch of a cell has a number of its own, and its samples as they were.
	[ "$(jq -s '[.[] | select(.arm == "host" and .workload == "syscall") | .launch] | sort == [range(15)]' pooled/journal.jsonl)" = true ]
	diff <(cat a/journal.jsonl b/journal.jsonl | jq -c '[.arm, .workload, .metrics]') <(jq -c '[.arm, .workload, .metrics]' pooled/journal.jsonl)
	[ "$(jq -s 'map(select(.source == "b") | .block) | min' pooled/journal.jsonl)" = 8 ]
	[ -e pooled/sources/2-b/run.json ] && [ ! -e pooled/sources/2-b/journal.jsonl ]
	run isocost show pooled
	[ "$status" -eq 0 ] && [[ $output == *"n = 15"* && $output != *"not complete"* ]]
	isocost report pooled -o out.md
	grep -q 'launches of 2 runs are pooled' out.md
	isocost export pooled | grep -q ^pooled,
	isocost compare pooled r1
}

@test "runs that differ are not pooled" {
	run isocost merge --pool r1 r2 -o out
	[ "$status" -eq 2 ] && [[ $output == *"can't be pooled"*"host.name: host1 in r1, host2 in r2"* && $output != *--force* ]]
	made arms --seed 5 --name host1 --launches 8 --arms container,host
	run isocost merge --pool r1 arms -o out
	[ "$status" -eq 2 ] && [[ $output == *"those of arms are not those of r1"* ]]
	made time --seed 6 --name host1 --launches 8 --time 100ms
	run isocost merge --pool r1 time -o out
	[ "$status" -eq 2 ] && [[ $output == *"parameter of syscall, time: 300ms in r1, 100ms in time"* ]]
	run isocost merge --pool r1 -o out
	[ "$status" -eq 2 ] && [[ $output == *"two runs or more"* ]]
	[ ! -e out ]
}

@test "bad use is named" {
	for args in "" "r1" "-o out" "r1 r2 --pool --force -o out" "r1 missing -o out"; do
		run isocost merge $args
		[ "$status" -eq 2 ] || { echo "merge $args: $status"; return 1; }
	done
	mkdir index && echo '{"schema": 9}' >index/index.json
	run isocost compare index
	[ "$status" -eq 2 ] && [[ $output == *'index/index.json: expected "schema" 1'* ]]
	run isocost merge --help
	[ "$status" -eq 0 ] && [[ $output == *"--pool"*"index.json"* ]]
}
