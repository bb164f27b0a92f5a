#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Arms made of command lines: slips in a suite, real sandboxes, every peer that is installed; nothing left behind.

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

# A suite of one arm `x` with these lines in its section, from line 7 on. Usage: one_arm LINE...
one_arm() {
	printf '[suite]\nname = one\narms = host, x\nworkloads = startup\nlaunches = 2\n[arm x]\n' >one.suite
	printf '%s\n' "$@" >>one.suite
}

@test "a slip in a command line: file, line and what was expected, before anything runs" {
	check() {       # check LINE WORD OPTION...
		local line=$1 word=$2
		shift 2
		one_arm "$@"
		run isocost run -s one.suite
		echo "$output"
		[ "$status" -eq 2 ]
		[[ $output == *"one.suite:$line: "*"$word"* ]]
	}
	check 6 "expected 'run = …'" "driver = command"
	check 8 "unknown placeholder {comand}; expected one of: {cmd}" "driver = command" "run = env {comand}"
	check 8 "the quote ' of 'x" "driver = command" "run = env 'x {cmd}"
	check 8 "with {cmd} in it" "driver = command" "run = env"
	check 8 "word of its own" "driver = command" "run = sh -c x{cmd}"
	check 9 "unknown placeholder {id}" "driver = command" "run = env {cmd}" "prepare = echo {id}"
	check 9 "unknown option 'runn'" "driver = command" "run = env {cmd}" "runn = env {cmd}"
	check 9 "indented" "driver = command" "run = env {cmd}" "  probe = true"
	check 6 "need each other" "driver = command" "run = env {cmd}" "service = sleep 1"
	[ ! -e results ]
}

@test "measured, stored with the line and the version, shown beside the host" {
	one_arm "driver = command" "version = env --version" "run = env" "  ONE='1 2'" "  {cmd}"
	dir=$(isocost run -s one.suite)
	sha=$(sha256sum "$BUILD/isoload" | cut -d' ' -f1)
	[ "$(jq -s "map(select(.ok and .seen.sha256 == \"$sha\")) | length" "$dir/journal.jsonl")" -eq 4 ]
	[ "$(jq -r '.arms[1].facts["engine.command"]' "$dir/run.json")" = "env 'ONE=1 2' true" ]
	[[ $(jq -r '.arms[1].facts["engine.version"]' "$dir/run.json") == env*coreutils* ]]
	[ "$(cat "$dir/command-x.line.txt")" = "env 'ONE=1 2' true" ]
	[[ $(isocost show "$dir") == *x*startup* ]]
}

@test "an arm that can't run: skipped with its reason and the package, the others run, status 4" {
	one_arm "driver = command" "package = the-engine" "run = no-such-engine {cmd}"
	run --separate-stderr isocost run -s one.suite
	[ "$status" -eq 4 ]
	[[ $stderr == *"arm x can't run here: there is no program no-such-engine: install the package the-engine"* ]]
	[ "$(jq -r .arm "$output/journal.jsonl" | sort -u)" = host ]
	one_arm "driver = command" "run = env {cmd}" "prepare = sh -c 'echo no way >&2; exit 3'" "cleanup = touch $PWD/cleaned"
	run --separate-stderr isocost run -s one.suite
	[ "$status" -eq 4 ]
	[[ $stderr == *"status 3: no way"* ]]
	[ -e cleaned ]
}

@test "exec in an arm of a suite: streams, status, deadline, a terminal" {
	one_arm "driver = command" "run = unshare --map-root-user --pid --fork --kill-child {cmd}"
	isocost exec -s one.suite -a x -- true || skip "no namespaces here"
	run --separate-stderr isocost exec -s one.suite -a x -- sh -c 'cat; echo $$; echo to-stderr >&2; exit 7' <<<"from stdin"
	[ "$status" -eq 7 ]
	[ "$output" = "from stdin"$'\n'"1" ]
	[[ $stderr == *to-stderr* ]]
	run isocost exec -s one.suite -a x -t 1s -- sleep 1000
	[ "$status" -eq 124 ]
	printf 'echo sum=$((40+2)); tty\nexit 3\n' >typed
	one_arm "driver = command" "run = env {cmd}"
	run timeout 60 script -qec "$BUILD/isocost exec -s one.suite -a x -- sh" /dev/null <typed
	[ "$status" -eq 3 ]
	[[ $output == *"sum=42"* ]]
	[ "$(isocost exec -a command -O 'run=env A=b {cmd}' -- sh -c 'echo $A')" = b ]
}

@test "interrupted: after and cleanup still run" {
	one_arm "driver = command" "run = sh -c 'echo x >>$PWD/ran; \"\$@\"; sleep 0.05' sh {cmd}" "after = sh -c 'echo x >>$PWD/after'" \
		"cleanup = touch $PWD/cleaned"
	"$BUILD/isocost" run -s one.suite -n 500 >out 2>err &
	pid=$!
	until [ -s results/*/journal.jsonl ]; do kill -0 $pid; read -rt 0.05 <> <(:) || true; done
	kill -INT $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 130 ]
	[ -e cleaned ]
	# The last one may have been ended before it said a word.
	[ "$(wc -l <ran)" -ge 1 ]
	[ "$(wc -l <after)" -eq "$(wc -l <ran)" ] || [ "$(wc -l <after)" -eq "$(($(wc -l <ran) + 1))" ]
}

# The arms of the suite that are made of command lines.
# The arms that a command line makes; the others are the container's own.
peers() {
	awk '/^\[arm /{gsub(/\[arm |\]/, ""); arm = $0} /^driver = command/{print arm}' "$ISOCOST_SUITES/peers.suite"
}

@test "peers.suite: every peer has a version, a package, and one that bootstrap knows" {
	isocost run -s peers --dry-run >plan
	[ "$(peers | wc -l)" -ge 9 ]
	for arm in host container $(peers); do grep -q " $arm startup" plan; done
	[ "$(grep -c '^version = ' "$ISOCOST_SUITES/peers.suite")" -eq "$(peers | wc -l)" ]
	sed -n 's/^package = //p' "$ISOCOST_SUITES/peers.suite" | while read -r package; do
		grep -qx "$package" "$BATS_TEST_DIRNAME/../scripts/packages-peers"
	done
}

@test "peers.suite: each that can run here runs the same isoload, and leaves nothing; each that can't says why" {
	sha=$(sha256sum "$BUILD/isoload" | cut -d' ' -f1)
	for arm in $(peers); do
		run --separate-stderr timeout 100 "$BUILD/isocost" exec -s peers -a "$arm" -t 60s -- isoload run startup
		if [ "$status" -eq 4 ]; then
			echo "# $arm: $stderr" >&3
			[[ $stderr == *"arm $arm can't run here: "?* ]]
			continue
		fi
		echo "$arm: $status $output $stderr"
		[ "$status" -eq 0 ]
		[[ $output == *"env sha256=$sha"* ]]
		[[ $output == *"end 0"* ]]
		[[ $output == *"env cpus=1"* ]]
		assert_no_traces
	done
}

@test "killed among peers: what the engines left is gone after clean" {
	[ "$(id -u)" -eq 0 ] || skip "engines need root"
	for pause in 0.3 0.8 1.7 3.1; do
		"$BUILD/isocost" run -s peers -a host,bwrap,runc,crun,docker -w startup -n 30 >/dev/null 2>&1 &
		pid=$!
		sleep "$pause"
		kill -KILL $pid 2>/dev/null || true
		wait $pid || true
		isocost clean
		assert_no_traces
		[ -z "$(find /sys/fs/cgroup -type d -name '*docker*' -path '*isocost*')" ]
	done
}
