#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs for real: measured, stored, shown, reported, interrupted, killed and resumed, with nothing left behind.

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

# Every launch of the plan stands in the journal exactly once. Usage: assert_all_done RUN
assert_all_done() {
	local planned
	planned=$(jq .planned "$1/run.json")
	[ "$(wc -l <"$1/journal.jsonl")" -eq "$planned" ]
	[ "$(jq -r '"\(.arm) \(.workload) \(.launch)"' "$1/journal.jsonl" | sort -u | wc -l)" -eq "$planned" ]
	jq -e '.ended != null' "$1/run.json" >/dev/null
}

# The same, and in the order of the plan of small.suite, whatever came between. Usage: assert_complete RUN
assert_complete() {
	assert_all_done "$1"
	jq -r '"\(.block) \(.launch) \(.arm) \(.workload)"' "$1/journal.jsonl" >"$1/order"
	isocost run -s small.suite --dry-run --seed 5 | grep -v '^#' | cut -d' ' -f1-4 | cmp - "$1/order"
}

@test "host and container: a run is stored, shown and reported" {
	need_arm container
	small_suite small.suite "host, container" 2
	run --separate-stderr isocost run -s small.suite --seed 5
	[ "$status" -eq 0 ]
	dir=$output
	assert_complete "$dir"
	# All succeeded; the binary's hash as seen from inside is that of the file, in every arm.
	sha=$(sha256sum "$BUILD/isoload" | cut -d' ' -f1)
	[ "$(jq -s "map(select(.ok and .seen.sha256 == \"$sha\")) | length" "$dir/journal.jsonl")" -eq 12 ]
	# The same parameters and, for one workload, the same digest.
	[ "$(jq -s 'group_by(.workload) | map(map(.digest) | unique | length) | max' "$dir/journal.jsonl")" -eq 1 ]
	[ "$(jq -s 'group_by(.workload) | map(map(.params) | unique | length) | max' "$dir/journal.jsonl")" -eq 1 ]
	# The container's phases are all there, in order.
	phases=$(jq -r 'select(.arm == "container") | [.phases[].name] | join(" ")' "$dir/journal.jsonl" | sort -u)
	[[ $phases == *prepare*clone*namespaces*cgroup*mounts*root*streams*seccomp*cpu*exec*main*exit*reaped* ]]
	run isocost show "$dir"
	[ "$status" -eq 0 ]
	[[ $output == *container*syscall* ]]
	run isocost report "$dir"
	[ "$status" -eq 0 ]
	grep -q 'host' "$dir/REPORT.md"
	[ -s "$dir"/plots/startup-ecdf.svg ]
}

@test "a log has a line for each arm and workload as it ends; a terminal has one that is drawn over" {
	small_suite small.suite host 2
	run --separate-stderr isocost run -s small.suite --seed 5
	[ "$status" -eq 0 ]
	for workload in startup syscall file-fsync; do
		[ "$(grep -cE "^isocost: \[[2-6]/6\] host: $workload( [a-z]+)?: median [0-9.]+ [a-zµ]+, 2 launches; [0-9]+ s left\$" <<<"$stderr")" -eq 1 ]
	done
	[[ $stderr == *"[6/6] "*"; 0 s left"* && $stderr != *$'\r'* ]]
	# What is said last, of a run that is resumed, is of all launches of the cell.
	dir=$output
	sed -i '$d' "$dir/journal.jsonl"
	run --separate-stderr isocost run --resume "$dir"
	[[ $stderr == *"[1/1] host: "*", 2 launches; 0 s left"* ]]
	TERM=xterm script -qec "$BUILD/isocost run -s small.suite --seed 5" drawn </dev/null >/dev/null
	[[ $(<drawn) == *$'\r'*"[6/6] host: "* && $(<drawn) != *"launches; "* ]]
}

@test "footprint: what an idle instance holds, read from outside, with reasons for what can't be known" {
	need_arm container
	printf '[suite]\nname = f\narms = host, container\nworkloads = footprint\nlaunches = 2\n' >f.suite
	run --separate-stderr isocost run -s f.suite
	[ "$status" -eq 0 ]
	dir=$output
	assert_all_done "$dir"
	jq -c '[.arm, .ok, .error, .footprint]' "$dir/journal.jsonl"
	jq -se 'all(.ok and .seen.sha256 != null and .done_s == null)' "$dir/journal.jsonl"
	jq -se 'all(.footprint | .pss >= .private and .private > 10000 and .page_tables > 0 and .pss < 20e6 and
		.cpu_ready_s > 0 and .cpu_ready_s < 10 and .launcher_cpu_s > 0)' "$dir/journal.jsonl"
	# No guest: null and why, in the metrics too; and nothing that is null has no reason.
	jq -se 'all(.footprint.guest_pages == null and (.metrics[] | select(.name == "guest-pages") | .samples == [null]))' "$dir/journal.jsonl"
	jq -se 'all(.footprint | . as $f | [to_entries[] | select(.value == null and .key != "memory_peak" and .key != "cpu_s") | .key] |
		all(. as $k | $f.unknown[$k] | length > 0))' "$dir/journal.jsonl"
	jq -se 'map(select(.arm == "host") | .footprint.image) | all(. == 0)' "$dir/journal.jsonl"
	jq -se 'map(select(.arm == "container") | .footprint.image) | all(. > 100000)' "$dir/journal.jsonl"
	[ -z "$(jq -r '.marks[]' "$dir/journal.jsonl" | grep clock)" ]
	run isocost show "$dir"
	[[ $output == *"footprint pss"*iB*"footprint launcher-cpu"* ]]
}

@test "network workloads: inside of every arm with a loopback, and with a peer outside where there is a way out" {
	need_arm container
	cat >net.suite <<-END
		[suite]
		name = net
		arms = host, container, island, bridged
		workloads = net-rr, net-udp, net-stream, net-connect, net-out, net-stream-out, net-connect-out
		launches = 1
		[arm island]
		driver = container
		network = none
		[arm bridged]
		driver = container
		network = veth
		[workload net-rr]
		count = 100
		[workload net-udp]
		workload = net-rr
		proto = udp
		count = 100
		[workload net-stream]
		time = 20ms
		[workload net-out]
		workload = net-rr
		peer = outside
		count = 100
		[workload net-connect]
		count = 100
		[workload net-connect-out]
		workload = net-connect
		peer = outside
		count = 100
		[workload net-stream-out]
		workload = net-stream
		peer = outside
		time = 20ms
	END
	run --separate-stderr isocost run -s ./net.suite --seed 5
	[ "$status" -eq 0 ]
	dir=$output
	# What an arm can't run is a fact of it, said once, and no failure.
	[ "$(grep -c "arm container can't run net-out, net-stream-out, net-connect-out: this arm has no network to a peer: " <<<"$stderr")" -eq 1 ]
	[ "$(jq .planned "$dir/run.json")" -eq 28 ]
	[ "$(wc -l <"$dir/journal.jsonl")" -eq 22 ]     # container and island: those with a peer outside are not launched
	of() { jq -r "select(.arm == \"$1\") | \"\(.workload) \(.ok)\"" "$dir/journal.jsonl" | sort | tr '\n' ' '; }
	for arm in host bridged; do
		[ "$(of $arm)" = "net-connect true net-connect-out true net-out true net-rr true net-stream true net-stream-out true net-udp true " ]
	done
	[[ $(of container) == "net-connect true "*"net-rr true net-stream true"*"net-udp true " ]]
	[[ $(of island) != *true* ]]
	# What can't run says why, whether the driver knew it or the workload found it out.
	[ "$(jq -r 'select(.ok | not) | "\(.arm) \(.cannot)"' "$dir/journal.jsonl" | sort -u)" = "island true" ]
	[ "$(jq '.cannot | length' "$dir/run.json")" -eq 10 ]
	jq -r '.cannot[] | "\(.arm): \(.reason)"' "$dir/run.json" >why
	[ "$(grep -cE '^(container|island): this arm has no network to a peer: ' why)" -eq 6 ]
	[ "$(grep -cE '^island: this arm has no loopback network: .*it needs a network with lo up' why)" -eq 4 ]
	run isocost show "$dir"
	[ "$status" -eq 0 ]
	[[ $output == *"island can't run net-rr, net-udp, net-stream, net-connect: this arm has no loopback network: "* ]]
	[[ $output != *failed* && $output != *"not complete"* ]]
	isocost report "$dir"
	grep -q "^| container | net-out, net-stream-out, net-connect-out | this arm has no network to a peer: " "$dir/REPORT.md"
	# The same bytes came back everywhere.
	[ "$(jq -r 'select(.ok and (.workload | test("net-stream|net-connect") | not)) | .digest' "$dir/journal.jsonl" | sort -u | wc -l)" -eq 1 ]
}

@test "what an arm can't run is launched twice, and not again in a resumed run" {
	need_arm container
	cat >net.suite <<-END
		[suite]
		name = net
		arms = host, container
		workloads = net-rr
		launches = 4
		[arm container]
		network = none
		[workload net-rr]
		count = 20
		time = 20ms
	END
	of() { jq -c "select(.arm == \"$1\") | [.ok, .cannot]" "$dir/journal.jsonl" | sort | uniq -c | tr -s ' \n' ' '; }
	dir=$(isocost run -s ./net.suite --seed 5)
	[ "$(of container)" = " 2 [false,true] " ]
	[ "$(of host)" = " 4 [true,false] " ]
	# As a kill leaves it that comes behind the second of the container's launches.
	jq -c 'select(.arm == "container")' "$dir/journal.jsonl" >kept
	cp kept "$dir/journal.jsonl"
	jq '.cannot = [] | .ended = null' "$dir/run.json" >cut.json
	cp cut.json "$dir/run.json"
	run isocost run --resume "$dir"
	[ "$status" -eq 0 ]
	[ "$(of container)" = " 2 [false,true] " ]
	[ "$(of host)" = " 4 [true,false] " ]
	[ "$(jq -r '.cannot[] | "\(.arm) \(.workload)"' "$dir/run.json")" = "container net-rr" ]
}

@test "io_uring, which the container's filter refuses: a fact of the container, with its reason" {
	need_arm container
	cat >uring.suite <<-END
		[suite]
		name = uring
		arms = host, container
		workloads = file-random
		launches = 1
		[workload file-random]
		engine = io-uring
		depth = 4
		size = 256KiB
		cache = buffered
		time = 50ms
	END
	run --separate-stderr isocost run -s ./uring.suite --seed 5
	[[ $stderr != *"arm host can't run file-random"* ]] || skip "this host has no io_uring"
	[ "$status" -eq 0 ]
	[ "$(jq -r '.cannot[] | "\(.arm): \(.reason)"' "$output/run.json")" = \
		"container: engine io-uring can't be had here: Operation not permitted; take engine=auto" ]
}

@test "interrupted: status 130, what was measured is kept, and --resume completes it" {
	small_suite small.suite host 20
	"$BUILD/isocost" run -s small.suite --seed 5 >out 2>err &
	pid=$!
	until [ -s results/*/journal.jsonl ]; do kill -0 $pid; read -rt 0.05 <> <(:) || true; done
	kill -INT $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 130 ]
	dir=$(cat out)
	grep -q -- "--resume $dir" err
	before=$(wc -l <"$dir/journal.jsonl")
	[ "$before" -ge 1 ]
	cp "$dir/journal.jsonl" before
	isocost run --resume "$dir" >out2
	[ "$(cat out2)" = "$dir" ]
	assert_complete "$dir"
	head -n "$before" "$dir/journal.jsonl" | cmp - before
}

@test "the time budget ends a run between launches; --resume completes it" {
	small_suite small.suite host 20
	run --separate-stderr isocost run -s small.suite --seed 5 --time-budget 300ms
	[ "$status" -eq 0 ]
	dir=$output
	[ "$(wc -l <"$dir/journal.jsonl")" -lt 60 ]
	isocost run --resume "$dir" >/dev/null
	assert_complete "$dir"
}

@test "a run can't be resumed with another isoload" {
	small_suite small.suite host 1
	dir=$(isocost run -s small.suite --seed 5)
	sed -i 's/"isoload_sha256": *"[0-9a-f]*"/"isoload_sha256": "00"/' "$dir/run.json"
	run isocost run --resume "$dir"
	[ "$status" -eq 2 ]
	[[ $output == *"another isoload"* ]]
}

@test "an arm that can't run here: the reason, the others still run, status 4" {
	small_suite small.suite "host, vm" 1
	echo "this is no kernel" >rubbish
	run --separate-stderr isocost run -s small.suite --seed 5 --guest-kernel rubbish
	[ "$status" -eq 4 ]
	[[ $stderr == *"arm vm can't run here"*rubbish* ]]
	[ "$(jq -r .arm "$output/journal.jsonl" | sort -u)" = host ]
	run isocost run -s small.suite -a vm --guest-kernel rubbish
	[ "$status" -eq 4 ]
	run isocost exec -a vm --guest-kernel rubbish -- true
	[ "$status" -eq 4 ]
}

@test "resumed without an arm, then with it again: its launches keep their name, and the run is completed" {
	need_arm vm
	cat >two.suite <<-END
		[suite]
		name = two
		arms = host, vm
		workloads = startup
		launches = 2
	END
	dir=$(isocost run -s two.suite --seed 5 --accel tcg --time-budget 3s)
	label() { jq -r '.arms[] | select(.name == "vm") | .label' "$dir/run.json"; }
	[ "$(label)" = "vm (TCG)" ]
	echo "this is no kernel" >rubbish
	run isocost run --resume "$dir" --guest-kernel rubbish
	[ "$status" -eq 4 ]
	[[ $output == *" of 4 launches done"* ]]
	[ "$(label)" = "vm (TCG)" ]
	isocost run --resume "$dir" --accel tcg
	assert_all_done "$dir"
}

@test "begun without an arm, resumed with it" {
	need_arm vm
	printf '[suite]\nname = two\narms = host, vm\nworkloads = startup\nlaunches = 1\n' >two.suite
	echo "this is no kernel" >rubbish
	run --separate-stderr isocost run -s two.suite --guest-kernel rubbish
	[ "$status" -eq 4 ]
	isocost run --resume "$output" --accel tcg
	assert_all_done "$output"
}

@test "a launch that uses up its memory: failed, with the reason in the journal; the others go on" {
	cat >big.suite <<-END
		[suite]
		name = big
		arms = host
		workloads = startup, mem-bandwidth
		memory = 64MiB
		launches = 1
	END
	run --separate-stderr isocost run -s big.suite
	[ "$status" -eq 1 ] || skip "no memory limit can be set here: $stderr"
	[ "$(jq -r 'select(.ok) | .workload' "$output/journal.jsonl")" = startup ]
	[[ $(jq -r 'select(.ok | not) | .error' "$output/journal.jsonl") == *"signal 9"*memory* ]]
}

@test "every field of a run stands in docs/results-format.md" {
	small_suite small.suite host 1
	dir=$(isocost run -s small.suite)
	doc="$BATS_TEST_DIRNAME/../docs/results-format.md"
	{
		jq -r 'keys[], (.seen | keys[])' "$dir/journal.jsonl"
		jq -r 'keys[], (.host.before | keys[])' "$dir/run.json" | grep -vE '^(mitigation|pressure)\.'
	} | sort -u | while read -r key; do
		grep -qE "[\`.]$key[\`.[]" "$doc" || { echo "not described: $key"; exit 1; }
	done
}

@test "closed standard descriptors: no file of the run takes their place" {
	small_suite small.suite host 1
	status=0
	isocost run -s small.suite --seed 5 >&- 2>&- <&- || status=$?
	[ "$status" -eq 1 ]     # the name of the run directory could not be written
	jq -e . results/*/journal.jsonl >/dev/null
	assert_complete "$(ls -d results/*)"
}

@test "killed at random moments, cleaned and resumed: nothing is left, lost or repeated" {
	need_arm container
	arms="host, container"
	has_arm vm 2>/dev/null && arms="$arms, vm"
	small_suite small.suite "$arms" 2
	run "$BATS_TEST_DIRNAME/../scripts/kill-test" "${KILLS:-6}" small.suite 5
	echo "$output"
	[ "$status" -eq 0 ]
	assert_complete "$(ls -d results/*)"
}
