#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# isocost exec: real processes, containers and guests; with root and without; interactive on a terminal.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	assert_no_traces
}

# Run isocost as an ordinary user, with places of its own. Usage: as_user ARG...
as_user() {
	mkdir -p "$BATS_FILE_TMPDIR/user"
	# bats makes its directories for the user that runs it alone.
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "${BATS_TEST_TMPDIR%/*}" 2>/dev/null || true
	chown -R 65534:65534 "$BATS_FILE_TMPDIR/user"
	env -i PATH="$PATH" HOME="$BATS_FILE_TMPDIR/user" ISOCOST_WORK=/var/tmp/isocost-test-user \
		ISOCOST_CACHE="$BATS_FILE_TMPDIR/user/cache" ${ISOCOST_GUEST_KERNEL:+ISOCOST_GUEST_KERNEL="$ISOCOST_GUEST_KERNEL"} \
		setpriv --reuid=65534 --regid=65534 --clear-groups "$BUILD/isocost" "$@"
}

need_user() {
	[ "$(id -u)" -eq 0 ] || skip "the tests run as an ordinary user already"
	install -d -o 65534 -g 65534 /var/tmp/isocost-test-user
	as_user exec -a host -- isoload --version >/dev/null || skip "an ordinary user can't reach $BUILD"
}

@test "isoload list is the same in every arm" {
	isocost exec -a host -- isoload list >host
	[ "$(wc -l <host)" -ge 8 ]
	for arm in container vm; do
		need_arm $arm
		isocost exec -a $arm -- isoload list >$arm
		cmp host $arm
	done
}

@test "the container has the host's kernel and boot id, the guest has its own" {
	need_arm container
	ask='uname -r; cat /proc/sys/kernel/random/boot_id'
	host=$(sh -c "$ask")
	[ "$(isocost exec -a host -- sh -c "$ask")" = "$host" ]
	[ "$(isocost exec -a container -- sh -c "$ask")" = "$host" ]
	need_arm vm
	guest=$(isocost exec -a vm -- sh -c "$ask")
	[ "$(wc -l <<<"$guest")" -eq 2 ]
	[ "$(tail -n 1 <<<"$guest")" != "$(tail -n 1 <<<"$host")" ]
}

@test "exit status, standard error and standard input pass through" {
	for arm in host container vm; do
		need_arm $arm
		run --separate-stderr isocost exec -a $arm -- sh -c 'cat; echo to-stderr >&2; exit 7' <<<"from stdin"
		echo "$arm: $status '$output' '$stderr'"
		[ "$status" -eq 7 ]
		[ "$output" = "from stdin" ]
		[[ $stderr == *to-stderr* ]]
	done
}

@test "a command that is not there is status 127; one that takes too long is ended with 124" {
	for arm in host container vm; do
		need_arm $arm
		run -127 isocost exec -a $arm -- no-such-program
		[[ $output == *no-such-program* ]]
		run isocost exec -a $arm -t 8s -- sleep 1000
		[ "$status" -eq 124 ]
	done
}

@test "a driver's option on the command line" {
	need_arm container
	[ "$(isocost exec -a container -- sh -c 'grep Seccomp: /proc/self/status | tr -cd 0-9')" = 2 ]
	[ "$(isocost exec -a container -O seccomp=off -- sh -c 'grep Seccomp: /proc/self/status | tr -cd 0-9')" = 0 ]
	run isocost exec -a container -O seccomp=perhaps -- true
	[ "$status" -eq 2 ]
	[[ $output == *"expected one of"* ]]
}

@test "on a terminal: an interactive shell, job control and all" {
	for arm in container vm; do
		need_arm $arm
		# script gives it a terminal; the shell echoes what is typed, so the answer is computed.
		printf 'echo sum=$((40+2)); tty\nexit 3\n' >typed
		run timeout 100 script -qec "$BUILD/isocost exec -a $arm -- sh" /dev/null <typed
		echo "$arm: $status: $output"
		[ "$status" -eq 3 ]
		[[ $output == *"sum=42"* ]]
		[[ $output != *"job control turned off"* ]]
	done
}

@test "an ordinary user: host, container and guest" {
	need_user
	[ "$(as_user exec -a host -- id -u)" = 65534 ]
	run as_user exec -a container -- sh -c 'id -u; cat /proc/self/uid_map'
	[[ $status -eq 0 ]] || skip "no user namespaces for ordinary users here: $output"
	[[ ${lines[-1]} =~ ^\ +0\ +65534\ +1$ ]]
	if [ "$(id -u)" -eq 0 ] && isocost exec -a vm -- true; then
		# The kernel that root has fetched, so that nothing is downloaded twice.
		kernel=$(find "$ISOCOST_CACHE" -name 'vmlinu*' -size +1M | head -n 1)
		[ -z "$kernel" ] || [ -z "$(find "$kernel" -perm -004)" ] || export ISOCOST_GUEST_KERNEL=${ISOCOST_GUEST_KERNEL:-}
		run as_user exec -a vm -- uname -s
		echo "$output"
		[ "$status" -eq 0 ]
		[[ $output == *Linux* ]]
	fi
	rm -rf /var/tmp/isocost-test-user
}

@test "a reader that has seen enough ends a command in any arm, without a complaint of isocost" {
	for arm in host container vm; do
		run bash -c '"$0" exec -a '$arm' -- true 2>&1' "$BUILD/isocost"
		[ "$status" -eq 0 ] || continue         # can't run here
		run --separate-stderr bash -c 'timeout 60 "$0" exec -a '$arm' -- yes | head -n 1; exit ${PIPESTATUS[0]}' "$BUILD/isocost"
		[ "$output" = y ]
		[ "$status" -ne 0 ] && [ "$status" -lt 124 -o "$status" -eq 141 ]
		[[ $stderr != *"isocost: "* ]]
	done
}

@test "a guest that powers off under a command: its end is told" {
	need_arm vm
	run isocost exec -a vm -- poweroff -f
	[ "$status" -eq 125 ]
	[[ $output == *"the guest"* ]]
}
