#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The batch script for Slurm, with the environment that Slurm gives it.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
	script=$BATS_TEST_DIRNAME/../contrib/slurm/isocost.sbatch
	export SLURM_SUBMIT_DIR=$PWD SLURMD_NODENAME=n1 SLURM_ARRAY_TASK_ID=1
	ISOCOST=$(realpath "$BUILD")/isocost
	export ISOCOST
	# What doctor says is not of interest here, and takes a guest's start.
	cat >program <<-END
		#!/bin/sh
		[ "\$1" = doctor ] && exec echo '{}'
		exec "$ISOCOST" "\$@"
	END
	chmod +x program
	export ISOCOST=$PWD/program
	small_suite small.suite host 2
}

teardown() {
	assert_no_traces
}

@test "tasks of hosts that measure, and one that fails: each has a line, and what was measured is compared" {
	export ISOCOST_RUN="-s ./small.suite -w startup"
	SLURM_ARRAY_TASK_ID=1 "$script"
	SLURM_ARRAY_TASK_ID=2 "$script"
	SLURMD_NODENAME=n2 "$script"
	run env SLURMD_NODENAME=n3 ISOCOST_RUN="-s nosuch" "$script"
	[ "$status" -eq 2 ]
	[ "$(awk '{ print $1, $2, $3 }' fleet/status/* | paste -sd,)" = "n1 1 0,n1 2 0,n2 1 0,n3 1 2" ]
	[ "$(find fleet/status -type f | wc -l)" -eq 4 ]
	[ -e fleet/doctor/n1.json ]
	mapfile -t runs < <(awk '$3 == 0 { print $4 }' fleet/status/*)
	[ ${#runs[@]} -eq 3 ] && [[ ${runs[2]} == */fleet/n2/*-small ]]
	for dir in "${runs[@]}"; do [ -s "$dir/journal.jsonl" ]; done
}

@test "time is over: the run ends in order, and its line says where to go on" {
	small_suite long.suite host 200
	ISOCOST_RUN="-s ./long.suite" "$script" >out 2>err &
	pid=$!
	until [ -s fleet/n1/*/journal.jsonl ]; do kill -0 $pid; read -rt 0.05 <> <(:) || true; done
	[ "$(cut -d' ' -f1-3 fleet/status/n1.1)" = "n1 1 unfinished" ]
	kill -USR1 $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 130 ]
	read -r host task status dir <fleet/status/n1.1
	[ "$host $task $status" = "n1 1 130" ]
	[ "$(jq .ended "$dir/run.json")" = null ] && [ -s "$dir/journal.jsonl" ]
}
