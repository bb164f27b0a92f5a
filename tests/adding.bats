#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# adding.bats - the steps of docs/adding.md, with the code that stands there, on a copy of the sources.

# The indented C blocks of the document's section on workloads, one after the other, without their indentation.
code_block() {
	awk -v want="$1" '/^   ```c$/ { in_block = ++n == want; next } /^   ```$/ { in_block = 0 } in_block' "$doc" | sed 's/^   //'
}

@test "a workload is added by copying one file and adding one row" {
	doc="$(realpath docs/adding.md)"
	tree="$BATS_TEST_TMPDIR/tree"
	mkdir "$tree"
	cp -r Makefile install.mk workloads "$tree/"
	description=$(code_block 1) code=$(code_block 2)
	row=$(grep -m1 '^ *ROW(syscall_uname)' "$doc")
	cd "$tree"
	$(grep -m1 -o 'cp workloads/syscall.c .*' "$doc")
	printf '%s\n' "$code" "$description" >workloads/syscall_uname.c
	row="$row" awk '{ print } /ROW\(syscall\)/ { print ENVIRON["row"] }' workloads/registry.c >new
	mv new workloads/registry.c
	make -s WERROR=1 BUILD=out out/isoload
	[[ $(out/isoload list) == *syscall-uname*context-switch* ]]
	run out/isoload run syscall-uname time=20ms
	[ "$status" -eq 0 ]
	[ "$(grep -c '^sample time m ' <<<"$output")" -ge 3 ]
	[[ $output == *"end 0"* ]]
}

@test "the suite of the document is one" {
	awk '/^```ini$/ { on = 1; next } /^```$/ { on = 0 } on' docs/adding.md >"$BATS_TEST_TMPDIR/filters.suite"
	run "${ISOCOST_BUILD:-build}/isocost" run -s "$BATS_TEST_TMPDIR/filters.suite" --dry-run
	[ "$status" -eq 0 ]
	[ "$(grep -c '^[0-9]' <<<"$output")" -eq 60 ]
}

@test "the arm of the document that needs no code is one" {
	{
		printf '[suite]\nname = mine\narms = unprivileged\nworkloads = startup\n'
		sed -n '/^## An arm without code/,/^## A driver/s/^    //p' docs/adding.md
	} >"$BATS_TEST_TMPDIR/mine.suite"
	run "${ISOCOST_BUILD:-build}/isocost" exec -s "$BATS_TEST_TMPDIR/mine.suite" -a unprivileged -- grep NoNewPrivs /proc/self/status
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *1 ]]
}
