#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# docs.bats - the commands of the tutorial and of the labs, as they stand there, in a directory that looks like a clone. To end in
# time, runs have one launch, and guests are left out unless ISOCOST_DOCS_GUESTS=1.

load helpers

setup() {
	top="$BATS_TEST_TMPDIR/clone"
	real=$(realpath "$BUILD")
	mkdir -p "$top/build" "$top/results"
	for name in bench docs scripts; do
		ln -s "$(realpath "$BATS_TEST_DIRNAME/../$name")" "$top/$name"
	done
	for run in "$BATS_TEST_DIRNAME"/../results/*/; do
		ln -s "$(realpath "$run")" "$top/results/"
	done
	ln -s "$real/isoload" "$top/build/isoload"
	cat >"$top/build/isocost" <<-END
		#!/usr/bin/env bash
		args=() verb=\$1 skip=
		while [ \$# -gt 0 ]; do
			case \$verb:\$1 in
			run:-n) shift ;;
			*:-a)
				arms=\$2
				[ -n "\${ISOCOST_DOCS_GUESTS:-}" ] || arms=\$(tr , '\n' <<<"\$2" | grep -v '^vm' | paste -sd,)
				[ -n "\$arms" ] || { echo "\$2: left out"; exit 0; }
				args+=(-a "\$arms") given=yes; shift ;;
			density:-n) args+=(-n 4); shift ;;
			*) args+=("\$1") ;;
			esac
			shift
		done
		if [ \$verb = run ]; then
			args+=(-n 1)
			[ -n "\${given:-}" ] || [ -n "\${ISOCOST_DOCS_GUESTS:-}" ] || [[ "\${args[*]}" == *./lab.suite* ]] || args+=(-a host,container)
		fi
		exec "$real/isocost" "\${args[@]}"
	END
	chmod +x "$top/build/isocost"
}

# The commands of a document: its blocks marked sh, with their indentation in a list taken off.
commands() {
	awk '/^ *```sh$/ { on = 1; match($0, /^ */); n = RLENGTH; next } /^ *```$/ { on = 0 } on { print substr($0, n + 1) }' "$1"
}

# A program that is built already is not built again here.
walk() {
	local doc="$BATS_TEST_DIRNAME/../docs/$1" script="$BATS_TEST_TMPDIR/script"
	commands "$doc" | sed 's/^make$/true/' >"$script"
	[ "$(wc -l <"$script")" -ge "$2" ]
	cd "$top"
	run bash -eu -o pipefail -x "$script"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "the tutorial's commands do what it says" {
	walk tutorial.md 15
	[[ $output == *"system call"* || $output == *syscall* ]]
	[ -e results/*-quick/REPORT.md ]
}

@test "lab 1: startup" { walk labs/1-startup.md 8; }
@test "lab 2: system calls" { walk labs/2-syscalls.md 6; }
@test "lab 3: memory" { walk labs/3-memory.md 5; }
@test "lab 4: files" { walk labs/4-files.md 8; }
@test "lab 5: network" { walk labs/5-network.md 6; }
@test "lab 6: isolation" { walk labs/6-isolation.md 7; }

@test "what a document links to is there" {
	local bad=0 doc target
	for doc in README.md docs/*.md docs/labs/*.md; do
		while read -r target; do
			[ -e "$(dirname "$doc")/${target%%#*}" ] || { echo "$doc: $target"; bad=1; }
		done < <(grep -o '](\([^)#:]*\)[^):]*)' "$doc" | sed 's/^](//; s/)$//' | grep -v '^#' || true)
	done
	[ $bad -eq 0 ]
}

@test "nothing is left of them" { assert_no_traces; }

# The figures are those of the run whose command stands above them, which others have with the same files.
@test "the README's figures are those of the run that it names" {
	readme="$BATS_TEST_DIRNAME/../README.md"
	run_dir=$(grep -oE 'show --brief results/[^`]*' "$readme" | cut -d' ' -f3)
	[ -n "$run_dir" ]
	[ -d "$BATS_TEST_DIRNAME/../$run_dir" ] || skip "$run_dir is not here"
	"$BUILD/isocost" show --brief "$BATS_TEST_DIRNAME/../$run_dir" >"$BATS_TEST_TMPDIR/shown"
	sed -n '/show --brief/,/^## /p' "$readme" | grep '^    ' | sed 's/^    //' >"$BATS_TEST_TMPDIR/quoted"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/quoted")" -ge 15 ]
	while IFS= read -r line; do
		grep -qxF -- "$line" "$BATS_TEST_TMPDIR/shown" || { echo "not there: $line"; return 1; }
	done <"$BATS_TEST_TMPDIR/quoted"
}
