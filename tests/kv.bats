#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# kv.bats - the workload kv in every arm that can run it: the same server, the same answers, nothing left of it; and its root file system.

bats_require_minimum_version 1.5.0
load helpers

APP_ROOT=$BATS_TEST_DIRNAME/../scripts/app-root

setup_file() {
	export NO_ROOT=
	NO_ROOT=$(BUILD=$BUILD "$APP_ROOT" 2>&1) && NO_ROOT= || NO_ROOT="${NO_ROOT:-app-root failed}"
}

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	isocost clean
	assert_no_traces
}

need_root() {
	[ -z "$NO_ROOT" ] || skip "no root file system for applications: $NO_ROOT"
}

# Usage: kv_suite FILE ARMS [LINE…]: more lines of the workload
kv_suite() {
	local arm
	printf '%s\n' "[suite]" "name = kv" "arms = $2" "workloads = kv" "launches = 1" "memory = 256MiB" "deadline = 120s" \
		"[workload kv]" "keys = 100" "${@:3}" >"$1"
	for arm in ${2//,/ }; do
		case $arm in
		rootless) printf '[arm rootless]\ndriver = container\nuserns = on\n' ;;
		stacked) printf '[arm stacked]\ndriver = container\nroot = overlay\nwritable = on\n' ;;
		direct) printf '[arm direct]\ndriver = vm\nvia = qemu\n' ;;
		restored) printf '[arm restored]\ndriver = vm\nstart = restore\n' ;;
		esac >>"$1"
	done
}

# The processes that descend from one.
descendants() {
	local child
	for child in $(pgrep -P "$1"); do
		echo "$child"
		descendants "$child"
	done
}

# The server of a run, by the run's pid, when it has connections. Usage: find_server PID
find_server() {
	local pid
	server=
	for pid in $(descendants "$1"); do
		if grep -qs /redis-server "/proc/$pid/cmdline" && [ "$(ls -l "/proc/$pid/fd" 2>/dev/null | grep -c socket:)" -ge 4 ]; then
			server=$pid
		fi
	done
	[ -n "$server" ]
}

await_server() {
	until find_server "$1"; do
		kill -0 "$1"
		read -rt 0.05 <> <(:) || true
	done
}

@test "host and containers: the same files, the same server, the same answers" {
	need_root
	need_arm container
	kv_suite kv.suite "host, container, rootless, stacked" "connections = 3" "time = 100ms" "warmup = 10ms"
	run --separate-stderr isocost run -s ./kv.suite
	[ "$status" -eq 0 ]
	[ "$(jq -s 'map(select(.ok)) | length' "$output/journal.jsonl")" -eq 4 ]
	[ "$(jq -s 'map(.digest) | unique | length' "$output/journal.jsonl")" -eq 1 ]
	[ "$(jq -r '.seen.server' "$output/journal.jsonl" | sort -u | grep -c '^redis-[0-9]')" -eq 1 ]
	jq -es 'map(.metrics[] | select(.name == "start") | .samples | length) == [1, 1, 1, 1]' "$output/journal.jsonl"
	run isocost show "$output"
	[[ $output == *kv*container* ]]
}

@test "guests, by libvirt, by QEMU alone and from a saved state: the host's files and answers" {
	need_root
	need_arm vm
	kv_suite kv.suite "host, vm, direct, restored" "connections = 2" "time = 100ms" "warmup = 10ms"
	run --separate-stderr isocost run -s ./kv.suite --accel tcg
	[ "$status" -eq 0 ]
	[ "$(jq -s 'map(select(.ok)) | length' "$output/journal.jsonl")" -eq 4 ]
	[ "$(jq -s 'map(.digest) | unique | length' "$output/journal.jsonl")" -eq 1 ]
	[ "$(jq -r 'select(.arm != "host") | .seen.root' "$output/journal.jsonl" | sort -u)" = ext4 ]
	# What was kept names no place of this machine.
	grep -q 'CACHE}/app/redis-' "$output"/*/vm-vm.xml "$output"/vm-vm.xml 2>/dev/null
}

@test "without the root the run goes on, and says what to do" {
	need_arm container
	kv_suite kv.suite "host, container"
	sed -i 's/^workloads = .*/workloads = startup, kv/' kv.suite
	ISOCOST_CACHE=$PWD/cache run --separate-stderr isocost run -s ./kv.suite
	[ "$status" -eq 0 ]
	[ "$(jq -s 'map(select(.workload == "startup" and .ok)) | length' "$output/journal.jsonl")" -eq 2 ]
	[ "$(jq -s 'map(select(.workload == "kv")) | length' "$output/journal.jsonl")" -eq 0 ]
	[ "$(jq '[.cannot[] | select(.workload == "kv" and (.reason | contains("run make app-root")))] | length' "$output/run.json")" -eq 2 ]
}

@test "isocost is killed: the server goes with it, on the host and in a container" {
	need_root
	for arm in host container; do
		[ $arm = host ] || need_arm container
		kv_suite kv.suite $arm "time = 60s"
		"$BUILD/isocost" run -s ./kv.suite >/dev/null 2>&1 3>&- &
		pid=$!
		await_server "$pid"
		kill -KILL "$pid"
		wait "$pid" || true
		timeout 30 tail --pid="$server" -f /dev/null
	done
}

@test "the workload alone is killed: that launch fails, its server goes, the next one is measured" {
	need_root
	kv_suite kv.suite host "time = 3s"
	sed -i 's/^launches = .*/launches = 2/' kv.suite
	"$BUILD/isocost" run -s ./kv.suite >dir 2>/dev/null 3>&- &
	pid=$!
	await_server "$pid"
	kill -KILL "$(ps -o ppid= -p "$server" | tr -d ' ')"
	timeout 30 tail --pid="$server" -f /dev/null
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 1 ]
	jq -es 'map(.ok) == [false, true]' "$(cat dir)/journal.jsonl"
}

@test "the root is made once, whole, of Debian's files; what is no longer Debian's is told" {
	need_root
	dir=$(echo "$ISOCOST_CACHE"/app/redis-*)
	[ -d "$dir" ]
	before=$(stat -c '%i %Y' "$dir/root.ext4")
	run "$APP_ROOT"
	[[ $status -eq 0 && $output == *"is there"* ]]
	[ "$(stat -c '%i %Y' "$dir/root.ext4")" = "$before" ]
	# As a user who may read only; and the image holds the same.
	(cd "$dir/root" && sha256sum --quiet -c .isocost-files)
	[ -z "$(find "$dir" ! -perm -o=r ! -type l)" ]
	PATH=$PATH:/usr/sbin debugfs -R "dump /usr/bin/$(basename "$(realpath "$dir/root/usr/bin/redis-server")") server" "$dir/root.ext4" 2>/dev/null
	[ "$(sha256sum <server | cut -d' ' -f1)" = "$(awk '$2 ~ /redis-server/ { print $1 }' "$dir/root/.isocost-files")" ]
	[[ $(cat "$dir/origin") == *"redis-server="*"redis-tools="* && $(cat "$dir/origin") == *"libc6="* ]]
	find "$dir/.." -mindepth 1 -maxdepth 1 -name 'make.*' | wc -l | grep -qx 0
}

@test "too little disk space is said before anything is downloaded" {
	need_root
	unshare -rm true || skip "no mount namespace to be had here"
	mkdir small
	run unshare -rm sh -c "mount -t tmpfs -o size=20m none small && ISOCOST_CACHE=$PWD/small $APP_ROOT; s=\$?; find small -type f -size +0; exit \$s"
	[ "$status" -eq 1 ]
	[[ $output == *"it takes "*" MB in "*"small"*" free"* ]]
	[[ $output != *.deb* ]]
}
