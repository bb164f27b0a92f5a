#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What doctor says of KVM, whether or not a guest can be made. A kernel that is none keeps the Linux guest out of it.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
	echo "this is not a kernel" >rubbish
}

teardown() {
	assert_no_traces
}

@test "doctor names the kind of KVM and what it costs" {
	[ -r /dev/kvm ] && [ -w /dev/kvm ] || skip "/dev/kvm can't be opened here"
	run isocost doctor --guest-kernel rubbish
	[ "$status" -eq 4 ]
	[[ $output == *"fail"*"arm vm can't run here"* ]]
	if [[ $output == *"KVM runs nothing here"* ]]; then skip "KVM runs nothing here"; fi
	[[ $output =~ this\ is\ KVM\ with(out|\ nested)?\ hardware\ virtualization ]]
	[[ $output =~ "a write to an I/O port: "[0-9.]+" "[µn]"s, quartiles " ]]
	[ "$(grep -c 'this is KVM' <<<"$output")" -eq 1 ]
	[[ $output != *"kvm.kind"* ]]
}

@test "who asks for TCG gets no word of KVM" {
	run isocost doctor --accel tcg --guest-kernel rubbish
	[ "$status" -eq 4 ]
	[[ $output != *"this is KVM"* ]]
	[[ $output != *"a write to an I/O port"* ]]
}
