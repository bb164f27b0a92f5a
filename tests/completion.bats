#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Completion by a real shell on a terminal.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
	PATH=$(realpath "$BUILD"):$PATH
	mkdir -p results/RUN-a results/RUN-b results/other
	touch results/RUN-a/run.json results/RUN-b/run.json
	printf '[suite]\nname = own\narms = host, mine\nworkloads = syscall, twice\n[arm mine]\ndriver = container\n[workload twice]\nworkload = syscall\n' >own.suite
}

# Note what a line must become: all of these words, and nothing but the line's own beside them. Usage: completes LINE WORD…
completes() {
	local typed
	read -ra typed <<<"${1%"${1##* }"}"
	printf '%s\n' "$1" >>lines
	printf '%s\n' "${typed[@]}" "${@:2}" | sort | paste -sd ' ' >>expected
}

# Have them all completed by one shell. Usage: check SHELL
check() {
	local file=isocost.bash line
	[ "$1" = zsh ] && file=_isocost
	python3 "$BATS_TEST_DIRNAME/complete.py" "$1" "$BATS_TEST_DIRNAME/../completion/$file" <lines >became
	while read -r line; do tr ' ' '\n' <<<"$line" | sort | paste -sd ' '; done <became >sorted
	diff <(paste lines expected) <(paste lines sorted)
}

cases() {
	mapfile -t verbs < <(isocost --help | sed -n 's/^  \([a-z]*\)  .*/\1/p')
	[ ${#verbs[@]} -ge 12 ]
	completes "isocost " "${verbs[@]}" --help --version
	completes "isocost do" doctor
	completes "isocost run -s sta" standard
	completes "isocost run --accel " auto kvm tcg
	completes "isocost run -s own.suite -a " host mine
	completes "isocost run -s own.suite -w tw" twice
	completes "isocost exec -a con" container
	completes "isocost list " arms workloads suites
	completes "isocost show " results/RUN-a results/RUN-b
	completes "isocost power results/RUN-" results/RUN-a results/RUN-b
	completes "isocost export results/RUN-a -f open" openmetrics
	completes "isocost import -f hyp" hyperfine
	completes "isocost run --resume RUN-b" results/RUN-b
}

@test "bash completes verbs, suites, arms, workloads, values and run directories" {
	cases
	completes "isocost ratio --m" --margin=
	completes "isocost run -s own.suite -a host,mi" host,mine
	completes "isocost run -s ow" own.suite
	check bash
}

@test "zsh completes the same" {
	command -v zsh >/dev/null || skip "zsh is not there"
	cases
	completes "isocost ratio --m" --margin
	completes "isocost run -s own.suite -a host,mi" host,mine
	completes "isocost run --suite=own.suite --workload=tw" --workload=twice
	check zsh
}

options_of() {
	for verb in $(isocost --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
		mapfile -t options < <(isocost "$verb" --help | grep -oE '^ .{0,6}--[a-z-]+=?' | grep -oE -- '--[a-z-]+=?')
		[ ${#options[@]} -ge 2 ]
		[ "$1" = zsh ] && options=("${options[@]%=}")
		completes "isocost $verb --" "${options[@]}"
	done
	check "$1"
}

@test "bash completes every option of every verb" {
	options_of bash
}

@test "zsh completes every option of every verb" {
	command -v zsh >/dev/null || skip "zsh is not there"
	options_of zsh
}
