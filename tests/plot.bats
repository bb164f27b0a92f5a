#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# plot.bats - a run's figures by themselves.

load helpers

setup() {
	cd "$BATS_TEST_DIRNAME/.."
	out="$BATS_TEST_TMPDIR"
	local runs=(results/*-standard)
	standard=${runs[-1]}
}

# The width that a PNG says it has. Usage: width_of FILE
width_of() {
	echo $((16#$(od -An -tx1 -j16 -N4 "$1" | tr -d ' ')))
}

@test "plot draws every figure as SVG and PNG, for a page and for slides" {
	isocost plot "$standard" -o "$out/page"
	isocost plot "$standard" -o "$out/slides" --theme slides
	for dir in page slides; do
		for name in cpu memory system-calls files network overhead startup-ecdf startup-phases file-latency network-latency memory-rate file-rate; do
			[ -s "$out/$dir/$name.svg" ]
			[ -s "$out/$dir/$name.png" ]
			grep -q '<title>..*</title>' "$out/$dir/$name.svg"
		done
	done
	[ "$(width_of "$out/page/cpu.png")" -eq 1800 ]
	[ "$(width_of "$out/slides/cpu.png")" -eq 1920 ]
	! ls "$out"/*/*.tmp* 2>/dev/null
}

@test "plot says what it expects, and that there is nothing to draw" {
	run isocost plot "$standard" --theme dark
	[ "$status" -eq 2 ]
	[[ $output == *"--theme dark: expected page or slides"* ]]
	run isocost plot
	[ "$status" -eq 2 ]
	mkdir "$out/none"
	cp "$standard/run.json" "$out/none"
	: >"$out/none/journal.jsonl"
	run isocost plot "$out/none"
	[ "$status" -eq 1 ]
	[[ $output == *"nothing to draw"* ]]
}

@test "show keeps to what the terminal has: UTF-8, ASCII, no terminal" {
	command -v script >/dev/null || skip "no script, which makes a terminal"
	show="$BUILD/isocost show $standard"
	LC_ALL=C.UTF-8 TERM=xterm script -qec "$show" /dev/null </dev/null >"$out/utf8"
	LC_ALL=C TERM=xterm script -qec "$show" /dev/null </dev/null >"$out/ascii"
	LC_ALL=C isocost show "$standard" >"$out/pipe"
	grep -q '┃' "$out/utf8"
	grep -q $'\033' "$out/utf8"
	! LC_ALL=C grep -q $'[\x80-\xff]' "$out/ascii"
	grep -q ' x \[' "$out/ascii"
	grep -q '┃' "$out/pipe"
	! grep -q $'\033' "$out/pipe"
	isocost show --brief "$standard" >"$out/brief"
	! grep -q '┃' "$out/brief"
	grep -q '×' "$out/brief"
}
