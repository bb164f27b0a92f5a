#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Guests that start from a saved state: measured, several alive at once, as root and without.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	assert_no_traces
}

@test "a run of restored guests: phases, facts and the word that they have booted before" {
	need_arm vm
	cat >small.suite <<-END
		[suite]
		name = small
		arms = vm-restore
		workloads = startup, file-fsync
		launches = 2
		deadline = 180s
		[arm vm-restore]
		driver = vm
		start = restore
		[workload file-fsync]
		count = 5
	END
	run --separate-stderr isocost run --accel tcg -s small.suite
	echo "$stderr"
	[ "$status" -eq 0 ]
	dir=$output
	[ "$(jq -s 'map(select(.ok)) | length' "$dir/journal.jsonl")" -eq 4 ]
	[ "$(jq -r '[.phases[].name] | join(" ")' "$dir/journal.jsonl" | sort -u)" = \
		"prepare libvirt qemu load restore init main result poweroff exit destroyed" ]
	jq -e '.arms[0].facts | .["guest.start"] == "restore" and (.["guest.state_bytes"] | tonumber) > 4000000' "$dir/run.json"
	jq -e '[.. | strings | select(test("has booted before"))] | length > 0' "$dir/run.json"
	# The state's making is in no figure: a start is shorter than a boot's own phases could be.
	isocost show "$dir" | grep -q 'load .* > restore'
	[ -s "$dir/vm-vm-restore.xml" ]
}

@test "several from one state at once, as root and as an ordinary user" {
	need_arm vm -O start=restore --accel tcg
	isocost density --accel tcg -a vm -O start=restore -n 3
	[ "$(id -u)" -eq 0 ] || return 0
	user=/var/tmp/isocost-test-user-restore
	install -d -o 65534 -g 65534 $user $user/work $user/cache
	install -D -t $user/bin "$BUILD/isocost" "$BUILD/isoload" "$BUILD/isoinit"
	give_cache $user/cache
	chown -R 65534:65534 $user/cache
	run env -i PATH="$PATH" HOME=$user ISOCOST_WORK=$user/work ISOCOST_CACHE=$user/cache \
		${ISOCOST_GUEST_KERNEL:+ISOCOST_GUEST_KERNEL="$ISOCOST_GUEST_KERNEL"} \
		setpriv --reuid=65534 --regid=65534 --clear-groups $user/bin/isocost density --accel tcg -a vm -O start=restore -n 2
	left=$(ls -A $user/work 2>/dev/null) || true
	rm -rf $user
	[ "$status" -ne 4 ] || skip "no guest for an ordinary user here: $output"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$left" ]
}

@test "what a saved guest can't have is refused before anything runs" {
	run isocost exec -a vm -O start=restore -O scratch=virtiofs -- true
	[ "$status" -eq 2 ]
	[[ $output == *"start = restore"*"say scratch = disk"* ]]
	run isocost exec -a vm -O start=restore -O network=hub -- true
	[ "$status" -eq 2 ]
	[[ $output == *"start = restore"*"say network = none"* ]]
	run isocost exec -a vm -O start=thaw -- true
	[ "$status" -eq 2 ]
	[[ $output == *"boot restore"* ]]
}
