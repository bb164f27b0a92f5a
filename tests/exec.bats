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

# Run isocost as an ordinary user, from a place that such a user can reach. Usage: as_user ARG...
USER_DIR=/var/tmp/isocost-test-user
as_user() {
	env -i PATH="$PATH" HOME="$USER_DIR" ISOCOST_WORK="$USER_DIR/work" ISOCOST_CACHE="$USER_DIR/cache" \
		${ISOCOST_GUEST_KERNEL:+ISOCOST_GUEST_KERNEL="$ISOCOST_GUEST_KERNEL"} \
		setpriv --reuid=65534 --regid=65534 --clear-groups "$USER_DIR/bin/isocost" "$@"
}

need_user() {
	[ "$(id -u)" -eq 0 ] || skip "the tests run as an ordinary user already"
	install -d -o 65534 -g 65534 "$USER_DIR" "$USER_DIR/work" "$USER_DIR/cache"
	install -D -t "$USER_DIR/bin" "$BUILD/isocost" "$BUILD/isoload" "$BUILD/isoinit"
	give_cache "$USER_DIR/cache"
	chown -R 65534:65534 "$USER_DIR/cache"
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
		# A guest has to come up within it, too.
		local time=2s
		[ $arm != vm ] || time=20s
		run isocost exec -a $arm -t $time -- sleep 1000
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
	need_arm vm
	run as_user exec -a vm -- uname -s
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *Linux* ]]
	[ -z "$(ls -A "$USER_DIR/work" 2>/dev/null)" ]
}

teardown_file() {
	rm -rf /var/tmp/isocost-test-user
}
