#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# What doctor says of this host, and what a run keeps of it. A kernel that is none keeps the Linux guest out of it.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
	echo "this is not a kernel" >rubbish
}

teardown() {
	assert_no_traces
}

@test "doctor --json: every check has a verdict, and one that isn't ok has an effect" {
	run --separate-stderr isocost doctor --json --accel tcg --guest-kernel rubbish
	[ "$status" -eq 4 ]
	jq -e '.schema == 1 and .counts == (reduce (.checks | group_by(.verdict)[]) as $g ({ok: 0, warning: 0, fail: 0}; .[$g[0].verdict] = ($g | length)))' <<<"$output"
	[ "$(jq '[.checks[] | select(.verdict != "ok" and (.effect == null or .effect == ""))] | length' <<<"$output")" -eq 0 ]
	[ "$(jq '[.checks[] | select(.verdict != "ok" and .mend == null and (.check | startswith("arm.") | not))] | length' <<<"$output")" -eq 0 ]
	for check in rights cgroup userns seccomp overlayfs programs app.root host.is_guest kernel.aslr kernel.clocksource memory.available load disk.type \
		disk.free_bytes arm.host arm.container arm.vm; do
		jq -e --arg check "$check" 'any(.checks[]; .check == $check)' <<<"$output" >/dev/null || { echo "no check $check"; return 1; }
	done
	jq -e '.checks[] | select(.check == "arm.vm") | .verdict == "fail" and (.what | contains("rubbish"))' <<<"$output"
	jq -e '.facts["kernel.release"] == $ARGS.positional[0]' --args "$(uname -r)" <<<"$output"
}

@test "doctor as lines says the same, and each thing that can be mended how" {
	run --separate-stderr isocost doctor --accel tcg --guest-kernel rubbish
	[ "$status" -eq 4 ]
	[[ $output == *"control groups"* && $output == *"user namespaces"* && $output == *"system-call filters"* ]]
	[[ $output =~ ([0-9]+)" ok, "([0-9]+)" warnings, "([0-9]+)" failed" ]]
	[ "$(grep -cE '^ok ' <<<"$output")" -eq "${BASH_REMATCH[1]}" ]
	[ "$(grep -cE '^warning ' <<<"$output")" -eq "${BASH_REMATCH[2]}" ]
	[ "$(grep -cE '^fail ' <<<"$output")" -eq "${BASH_REMATCH[3]}" ]
	[ "$(grep -c '   effect: ' <<<"$output")" -eq $((BASH_REMATCH[2] + BASH_REMATCH[3])) ]
}

@test "doctor names a program that is missing and its package" {
	# A name in PATH can't be hidden, a file can: nothing of /dev/null can be executed.
	command -v bwrap >/dev/null || skip "bwrap is not there to hide a program with"
	run --separate-stderr bwrap --dev-bind / / --bind /dev/null /usr/bin/gnuplot "$BUILD/isocost" doctor --json --accel tcg --guest-kernel rubbish
	jq -e '.checks[] | select(.check == "programs") | .verdict == "warning" and .mend == "apt-get install gnuplot-nox"' <<<"$output"
}

@test "doctor tells whether the applications' root is in the cache, and how it comes there" {
	mkdir cache
	of() { jq -r ".checks[] | select(.check == \"app.root\") | .verdict, .what, .effect, .mend" <<<"$1" | paste -sd ' '; }
	ISOCOST_CACHE=$PWD/cache run --separate-stderr isocost doctor --json --accel tcg --guest-kernel rubbish
	[[ $(of "$output") == "warning "*"is not in the cache"*" kv "*"make app-root"* ]]
	mkdir -p cache/app/redis-0123/root
	echo "libc6=2.36-9 redis-server=5:7.0.15-1" >cache/app/redis-0123/origin
	ISOCOST_CACHE=$PWD/cache run --separate-stderr isocost doctor --json --accel tcg --guest-kernel rubbish
	[[ $(of "$output") == "ok "*"(redis-server 5:7.0.15-1)"* ]]
	[ "$(jq -r '.facts["app.root"]' <<<"$output")" = "$PWD/cache/app/redis-0123/root" ]
}

@test "doctor changes nothing of what it looks at" {
	state() {
		cat /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor /sys/devices/system/cpu/smt/control /sys/kernel/mm/transparent_hugepage/enabled \
			/proc/sys/kernel/randomize_va_space /sys/devices/system/cpu/intel_pstate/no_turbo /proc/swaps /proc/sys/user/max_user_namespaces \
			/sys/devices/system/clocksource/clocksource0/current_clocksource 2>/dev/null | sed 's/[0-9]*\t*-*[0-9]*$//'
		grep -c . /proc/self/mountinfo
		sort /proc/filesystems
	}
	before=$(state)
	isocost doctor --accel tcg --guest-kernel rubbish >/dev/null || true
	[ "$(state)" = "$before" ]
}

# What a reader needs a year later, each by the facts that hold it or by the file without which this host can't tell.
@test "a run keeps the host before and after, and what each launch suffered" {
	small_suite starts.suite host 2
	dir=$(isocost run -s ./starts.suite -w startup)
	while read -r file facts; do
		[ -r "$file" ] || continue
		for fact in $facts; do
			for when in before after; do
				jq -e --arg f "$fact" --arg w $when '.host[$w][$f] | type == "string"' "$dir/run.json" >/dev/null ||
					{ echo "no $fact $when the run, and there is $file"; return 1; }
			done
		done
	done <<-END
		/proc/version kernel.release kernel.version host.name host.machine compiler cgroup.mode cgroup.controllers
		/proc/cmdline kernel.command_line
		/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor cpu.governor cpu.frequency_khz
		/sys/devices/system/cpu/intel_pstate/no_turbo cpu.no_turbo
		/sys/devices/system/cpu/cpufreq/boost cpu.boost
		/sys/devices/system/cpu/smt/control cpu.smt
		/sys/kernel/mm/transparent_hugepage/enabled kernel.thp
		/proc/sys/kernel/randomize_va_space kernel.aslr
		/proc/loadavg load
		/proc/stat cpu_time cpu.steal_s
		/proc/pressure/cpu pressure.cpu pressure.memory pressure.io
		/sys/class/thermal/thermal_zone0/temp cpu.temperature_c
		/sys/class/dmi/id/product_name host.product host.vendor
		/sys/devices/system/cpu/vulnerabilities/meltdown mitigation.meltdown mitigation.spectre_v2
		/proc/cpuinfo host.is_guest cpu.model
	END
	jq -se 'length == 2 and all(.[]; (.pressure_s | keys == ["cpu", "io", "memory"]) and (.steal_s | type == "number") and
		has("others_s") and has("throttled") and has("frequency_hz") and has("temperature_c"))' "$dir/journal.jsonl"
	if grep -q total= /proc/pressure/cpu; then jq -se 'all(.[]; .pressure_s.cpu >= 0)' "$dir/journal.jsonl"; fi
}

@test "a launch whose CPU others used is marked, and the report says so" {
	[ "$(id -u)" -eq 0 ] || skip "without a control group nobody counts what the launch itself used"
	cat >busy.suite <<-END
		[suite]
		name = busy
		arms = host
		workloads = cpu-int
		launches = 1
		[workload cpu-int]
		time = 0.5s
	END
	cpu=$(isocost run -s ./busy.suite -o measured >/dev/null && jq -r .envelope.cpu_list measured/*/run.json)
	taskset -c "$cpu" sh -c 'while :; do :; done' 3>&- &
	burner=$!
	dir=$(isocost run -s ./busy.suite) || { kill $burner; return 1; }
	kill $burner
	jq -e '.others_s > 0.05 and (.marks | index("neighbour"))' "$dir/journal.jsonl"
	isocost report "$dir" >/dev/null
	grep -q "| neighbour | 1 of 1 | other programs ran on the measured CPUs" "$dir/REPORT.md"
}

@test "an interrupted run keeps the host's facts of then" {
	small_suite small.suite host 100
	"$BUILD/isocost" run -s small.suite >out 2>err &
	pid=$!
	until [ -s results/*/journal.jsonl ]; do kill -0 $pid; read -rt 0.05 <> <(:) || true; done
	kill -INT $pid
	wait $pid || [ $? -eq 130 ]
	jq -e '.ended == null and (.host.after.load | type == "string")' "$(cat out)/run.json"
}
