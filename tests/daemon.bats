#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Guests of a real libvirt daemon, qemu:///system and qemu:///session, that the test starts in namespaces of its own.

bats_require_minimum_version 1.5.0
load helpers
load libvirtd.bash

setup_file() {
	assert_no_traces
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	need_libvirtd
	need_arm vm
	export ISOCOST=$BUILD/isocost LIBVIRT_DEFAULT_URI=qemu:///system PROBES=$BATS_FILE_TMPDIR/probes
}

teardown() {
	rm -rf "$ISOCOST_WORK-user"
	env -u LIBVIRT_DEFAULT_URI "$BUILD/isocost" clean
	assert_no_traces
}

# A suite of guests only. Usage: guest_suite LAUNCHES
guest_suite() {
	printf '[suite]\nname = guests\narms = vm\nworkloads = startup\nlaunches = %d\ndeadline = 120s\nmemory = 256MiB\n' "$1" >guests.suite
}

# Seconds from request to the end of the phase libvirt, a launch a line. Usage: in_libvirt RUN
in_libvirt() {
	jq -r 'select(.ok) | .phases | map(select(.name == "libvirt"))[0].end_s' "$1/journal.jsonl"
}

@test "qemu:///system: exec, and a run whose launches hold no probe of QEMU" {
	guest_suite 2
	run --separate-stderr with_private_host '
		start_libvirtd
		[ "$($ISOCOST exec --accel tcg -c qemu:///system -a vm -- sh -c "uname -s; grep -c /scratch /proc/mounts")" = "Linux
1" ]
		$ISOCOST run -s guests.suite --accel tcg
		[ -z "$(guests)" ]
		keep_probes
	'
	echo "$output$stderr"
	[ "$status" -eq 0 ]
	dir=$output
	jq -es 'length == 2 and all(.ok)' "$dir/journal.jsonl"
	# QEMU is in another PID namespace: the daemon tells what it uses.
	jq -es 'all(.footprint.memory_peak > 33554432 and .footprint.cpu_s > 0)' "$dir/journal.jsonl"
	[[ $stderr != *"probes QEMU anew"* ]]
	jq -e '.arms[0].facts["libvirt.uri"] == "qemu:///system"' "$dir/run.json"
	# A probe takes several times as long as the other launch's whole phase.
	in_libvirt "$dir" | sort -g | awk '{ v[NR] = $1 } END { exit !(NR == 2 && v[2] < 10 * v[1] + 1) }'
}

@test "a daemon that probes QEMU anew for every guest: the run says so" {
	[ -c /dev/kvm ] || skip "there is no /dev/kvm to be kept from the daemon's QEMU"
	unset PROBES
	run --separate-stderr with_private_host '
		chmod 600 /dev/kvm
		start_libvirtd
		$ISOCOST exec -v --accel tcg -a vm -- true
	'
	echo "$output$stderr"
	[ "$status" -eq 0 ]
	[[ $stderr == *"qemu:///system probes QEMU anew for every guest"*"group kvm"* ]]
}

@test "isocost is killed: the daemon destroys its guest" {
	run with_private_host '
		start_libvirtd
		$ISOCOST exec --accel tcg -a vm -- sleep 1000 &
		pid=$!
		has_guest() { [ -n "$(guests)" ]; }
		has_none() { [ -z "$(guests)" ]; }
		await 60 has_guest
		kill -KILL $pid
		wait $pid || true
		await 30 has_none
		$ISOCOST clean
	'
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "the daemon is restarted in mid-run: launches fail and say why, those that follow are measured" {
	guest_suite 3
	for signal in TERM KILL; do
		run --separate-stderr with_private_host "signal=$signal"'
			start_libvirtd
			status=0
			$ISOCOST run -s guests.suite -o $signal --accel tcg 2>$signal.err &
			pid=$!
			has_guest() { [ -n "$(guests)" ]; }
			has_one_done() { [ -s $signal/*/journal.jsonl ]; }
			await 120 has_one_done
			await 60 has_guest
			end_libvirtd $signal
			start_libvirtd
			wait $pid || status=$?
			[ -z "$(guests)" ]
			exit $status
		'
		echo "$output$stderr"
		cat $signal.err
		[ "$status" -eq 1 ]
		jq -es 'length == 3 and .[0].ok and .[2].ok and any(.ok | not)' "$output/journal.jsonl"
		jq -r 'select(.ok | not) | .error' "$output/journal.jsonl" >why
		grep -E "libvirt's daemon (at qemu:///system )?went away|destroyed from outside, by its libvirt daemon" why
		grep -q "connected to qemu:///system again" $signal.err
	done
}

@test "the daemon goes away for good: the launches fail, the other arm is measured" {
	printf '[suite]\nname = two\narms = host, vm\nworkloads = startup\nlaunches = 4\ndeadline = 120s\n' >two.suite
	run --separate-stderr with_private_host '
		start_libvirtd
		status=0
		$ISOCOST run -s two.suite --accel tcg 2>err &
		pid=$!
		has_a_guest_done() { grep -q "\"arm\":\"vm\"" results/*/journal.jsonl; }
		await 120 has_a_guest_done
		end_libvirtd TERM
		wait $pid || status=$?
		exit $status
	'
	echo "$output$stderr"
	cat err
	[ "$status" -eq 1 ]
	jq -es 'length == 8 and (map(select(.arm == "host" and .ok)) | length) == 4' "$output/journal.jsonl"
	[[ $(jq -r 'select(.ok | not) | .error' "$output/journal.jsonl") == *"is not back; start it again"* ]]
}

@test "no daemon: the arm can't run, status 4" {
	run with_private_host '$ISOCOST exec -a vm -- true'
	echo "$output"
	[ "$status" -eq 4 ]
	[[ $output == *"qemu:///system"*"is its daemon running"* ]]
}

@test "qemu:///session: as root, and as an ordinary user with a daemon of their own" {
	user=$ISOCOST_WORK-user
	install -d -o 65534 -g 65534 "$user" "$user/work" "$user/cache" "$user/run"
	chmod 700 "$user/run"
	install -t "$user" "$BUILD/isocost" "$BUILD/isoload" "$BUILD/isoinit"
	give_cache "$user/cache"
	chown -R 65534:65534 "$user"
	export user
	run --separate-stderr with_private_host '
		# For root it is another name of the system daemon.
		start_libvirtd
		$ISOCOST exec --accel tcg -c qemu:///session -a vm -- uname -s
		end_libvirtd TERM
		env -i PATH="$PATH" HOME="$user" XDG_RUNTIME_DIR="$user/run" ISOCOST_WORK="$user/work" ISOCOST_CACHE="$user/cache" \
			setpriv --reuid=65534 --regid=65534 --clear-groups "$user/isocost" exec --accel tcg -c qemu:///session -a vm -- uname -s
		[ -z "$(guests)" ]
	'
	echo "$output$stderr"
	[ "$status" -eq 0 ]
	[ "$output" = "Linux
Linux" ]
	[ -z "$(ls -A "$user/work")" ]
}

@test "qemu:///system as an ordinary user without the right to it: said, status 4" {
	user=$ISOCOST_WORK-user
	install -d -o 65534 -g 65534 "$user" "$user/work" "$user/cache"
	install -t "$user" "$BUILD/isocost" "$BUILD/isoload" "$BUILD/isoinit"
	give_cache "$user/cache"
	chown -R 65534:65534 "$user/cache"
	export user
	run with_private_host '
		start_libvirtd
		env -i PATH="$PATH" HOME="$user" ISOCOST_WORK="$user/work" ISOCOST_CACHE="$user/cache" \
			setpriv --reuid=65534 --regid=65534 --clear-groups "$user/isocost" exec --accel tcg -c qemu:///system -a vm -- true
	'
	echo "$output"
	[ "$status" -eq 4 ]
	[[ $output == *"qemu:///system: libvirt says"*"may this user use it"* ]]
}
