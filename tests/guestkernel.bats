#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The guest's own kernel: what is said where it was not built, and what building it refuses. The guests are in test_tinykernel.c.

bats_require_minimum_version 1.5.0
load helpers

SCRIPTS=$BATS_TEST_DIRNAME/../scripts

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	assert_no_traces
}

@test "an arm whose kernel was not built is skipped with its reason, and the run goes on" {
	cat >tiny.suite <<-END
		[suite]
		name = tiny
		arms = host, vm-tiny
		workloads = startup
		launches = 1
		[arm vm-tiny]
		driver = vm
		kernel = tiny
	END
	ISOCOST_CACHE=$PWD/cache run --separate-stderr isocost run --accel tcg -s ./tiny.suite
	[ "$status" -eq 4 ]
	[[ $stderr == *vm-tiny*"make guest-kernel"* ]]
	[ "$(jq -s 'map(select(.arm == "host" and .ok)) | length' "$output/journal.jsonl")" -eq 1 ]
}

@test "a built kernel is not built again" {
	kernel=$(find "$ISOCOST_CACHE/guest" -path '*/tiny-*/vmlinux' 2>/dev/null) || true
	[ -n "$kernel" ] || skip "make guest-kernel has not been run"
	before=$(stat -c '%i %Y' "$kernel")
	run "$SCRIPTS/guest-kernel"
	[[ $status -eq 0 && $output == *"is there"* ]] || skip "it is of another source or configuration: $output"
	[ "$(stat -c '%i %Y' "$kernel")" = "$before" ]
}

@test "too little disk space is said before anything is downloaded" {
	apt-cache show linux-source-6.1 >/dev/null 2>&1 || skip "apt knows no linux-source-6.1"
	mkdir small
	unshare -rm true || skip "no mount namespace to be had here"
	run unshare -rm sh -c "mount -t tmpfs -o size=20m none small && ISOCOST_CACHE=$PWD/small $SCRIPTS/guest-kernel; s=\$?; find small -type f; exit \$s"
	[ "$status" -eq 1 ]
	[[ $output == *"building takes "*" MB in "*"small"*" free"* ]]
	[[ $output != *.deb* && $output != *Makefile* ]]
}

@test "each line of the fragment that has no effect is named" {
	cat >fragment <<-END
		# a comment
		CONFIG_SMP=y
		CONFIG_NR_CPUS=64
		# CONFIG_DMI is not set

		CONFIG_VIRTIO_BLK=y
		CONFIG_VIRTIO_NTE=y
		# CONFIG_VT is not set
		VIRTIO_FS=y
	END
	printf '%s\n' CONFIG_SMP=y CONFIG_NR_CPUS=8 '# CONFIG_VIRTIO_BLK is not set' CONFIG_VT=y >config
	run "$SCRIPTS/check-fragment" fragment config
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 5 ]
	[[ ${lines[0]} == "fragment:3: 'CONFIG_NR_CPUS=64' has no effect: CONFIG_NR_CPUS=8" ]]
	[[ ${lines[1]} == "fragment:6: 'CONFIG_VIRTIO_BLK=y' has no effect: # CONFIG_VIRTIO_BLK is not set" ]]
	[[ ${lines[2]} == "fragment:7: 'CONFIG_VIRTIO_NTE=y' has no effect: there is no such option"* ]]
	[[ ${lines[3]} == "fragment:8: '# CONFIG_VT is not set' has no effect: CONFIG_VT=y" ]]
	[[ ${lines[4]} == "fragment:9: 'VIRTIO_FS=y': expected CONFIG_NAME=VALUE"* ]]
	printf '%s\n' CONFIG_SMP=y CONFIG_NR_CPUS=64 CONFIG_VIRTIO_BLK=y CONFIG_VIRTIO_NTE=y >config
	sed -i '$d' fragment
	"$SCRIPTS/check-fragment" fragment config
}
