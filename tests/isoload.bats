#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# isoload.bats - isoload as the arms run it: every workload, small; bad input; bare environments; nothing left behind.

# What kv runs. Where it can't be made, kv is left out.
setup_file() {
	local build
	build=$(realpath "${ISOCOST_BUILD:-build}")
	BUILD=$build "$BATS_TEST_DIRNAME/../scripts/app-root" 2>&1 || echo "# without kv: there is no root file system for it" >&3
	export ISOCOST_ROOT
	ISOCOST_ROOT=$(echo "${ISOCOST_CACHE:-$build/guest}"/app/redis-*/root)
	[ -d "$ISOCOST_ROOT" ] || ISOCOST_ROOT=
}

need_root() {
	[ -n "$ISOCOST_ROOT" ] || skip "there is no root file system for applications: make app-root says why"
}

setup() {
	ISOLOAD="$(realpath "${ISOCOST_BUILD:-build}")/isoload"
	export ISOCOST_SCRATCH="$BATS_TEST_TMPDIR/scratch"
	mkdir "$ISOCOST_SCRATCH"
}

# Parameters that make each workload small.
small() {
	case $1 in
	cpu-int | syscall | syscall-io | context-switch | futex | unix-socket | signal | mmap | fork-exec) echo time=20ms warmup=5ms min-time=1ms ;;
	footprint) echo settle=1ms time=5ms ;;
	cpu-float) echo n=50 time=20ms warmup=5ms ;;
	cpu-compress) echo size=16KiB time=10ms warmup=2ms min-time=1ms ;;
	cpu-scaling) echo time=10ms warmup=2ms min-time=1ms ;;
	file-random) echo size=256KiB cache=buffered time=20ms warmup=5ms ;;
	net-connect) echo count=60 warmup=20 time=20ms ;;
	kv) echo connections=3 keys=50 time=50ms warmup=10ms ;;
	sqlite) echo rows=100 count=5 reads=50 warmup=1 time=20ms ;;
	timer-jitter) echo count=20 warmup=2 ;;
	mem-bandwidth) echo size=1MiB time=10ms ;;
	mem-latency) echo time=10ms warmup=2ms min-time=1ms ;;
	mem-random) echo size=1MiB time=10ms warmup=2ms min-time=1ms ;;
	page-fault) echo size=1MiB time=10ms ;;
	tlb) echo count=2048 time=10ms warmup=2ms min-time=1ms ;;
	file-seq) echo size=256KiB block=64KiB passes=2 cache=buffered ;;
	file-fsync) echo count=5 warmup=1 ;;
	file-meta) echo files=20 time=10ms ;;
	net-rr) echo count=50 warmup=5 time=20ms ;;
	net-stream) echo time=20ms warmup=5ms min-time=1ms ;;
	esac
}

workloads() {
	"$ISOLOAD" list | awk -v root="$ISOCOST_ROOT" '$1 != "kv" || root { print $1 }'
}

# What wire.h promises of a successful conversation, from standard input.
check_records() {
	awk -v name="$1" '
	function bad(why) { print name ": line " NR ": " why ": " $0; failed = 1; exit 1 }
	length($0) > 1022 { bad("too long") }
	NR == 1 { if ($0 != "ready 1") bad("expected ready"); next }
	$1 == "env" { if (NF != 2 || $2 !~ /^[a-z0-9_]+=[^ ]+$/) bad("env"); split($2, kv, "="); env[kv[1]] = 1; next }
	$1 == "begin" { if (begun++ || $2 != name) bad("begin"); next }
	$1 == "work" { if (!begun || done || NF != 2 || ($2 == 0) != !worked++ || worked > 2) bad("work"); next }
	$1 == "done" { if (!begun || done++ || $2 !~ /^[0-9]+\.[0-9]+$/) bad("done"); next }
	$1 == "sample" { if (!done || NF != 4 || $3 !~ /^[wm]$/ || $4 + 0 <= 0) bad("sample"); n[$2 $3]++; next }
	$1 == "histogram" { if (!done || NF != 8 || $5 < 3 || $7 + 0 <= 0 || $8 + 0 < $7 + 0) bad("histogram"); binned[$2] = $5; next }
	$1 == "bins" {
		if (!($2 in binned)) bad("bins")
		for (i = 3; i <= NF; i++) { if ($i !~ /^-?[0-9]+:[1-9][0-9]*$/) bad("bin"); split($i, bin, ":"); binned[$2] -= bin[2] }
		next
	}
	$1 == "digest" { if (!done || $2 !~ /^[0-9a-f]+$/ || length($2) != 64) bad("digest"); next }
	$0 == "end 0" { ended = NR; next }
	{ bad("unknown") }
	END {
		if (failed) exit 1
		split("cpus memory kernel boot_id sha256 clocksource timer_resolution timer_cost uid", keys, " ")
		for (i in keys) if (!env[keys[i]]) bad("no env " keys[i])
		for (m in binned) if (binned[m] != 0) bad("bins of " m " do not add up")
		if (ended != NR) bad("no end")
	}'
}

@test "list names every workload, and --long its metrics and parameters" {
	run "$ISOLOAD" list
	[ "$status" -eq 0 ]
	[ "$(workloads | head -1)" = startup ]
	[[ $output == *file-fsync* ]]
	run "$ISOLOAD" list --long
	[ "$status" -eq 0 ]
	[[ $output == *"metric triad, B/s, higher is better"* ]]
	[[ $output == *"cache=direct (choice: direct buffered)"* ]]
	run "$ISOLOAD" list --lnog
	[ "$status" -eq 2 ]
}

@test "list is the same in an empty environment in another directory" {
	there=$(cd / && env -i "$ISOLOAD" list --long)
	[ "$there" = "$("$ISOLOAD" list --long)" ]
}

@test "every workload runs and writes well-formed records" {
	for w in $(workloads); do
		"$ISOLOAD" run "$w" $(small "$w") >"$BATS_TEST_TMPDIR/records"
		check_records "$w" <"$BATS_TEST_TMPDIR/records"
		for m in $("$ISOLOAD" list --long | awk -v w="$w" '/^[a-z]/ { here = $1 == w } here && $1 == "metric" { sub(",", "", $2); print $2 }'); do
			case $w in startup | footprint) continue ;; esac
			grep -qE "^(sample $m m|histogram $m) " "$BATS_TEST_TMPDIR/records"
		done
	done
}

@test "the digest is the same in every run, whatever the time it was given" {
	for w in $(workloads); do
		case $w in startup | footprint) continue ;; esac
		a=$("$ISOLOAD" run "$w" $(small "$w") | grep ^digest)
		b=$("$ISOLOAD" run "$w" $(small "$w" | sed 's/\<time=[0-9]*ms/time=40ms/') | grep ^digest)
		[ -n "$a" ]
		[ "$a" = "$b" ]
	done
}

@test "footprint waits until it is ended, and touches no memory for samples" {
	"$ISOLOAD" run footprint settle=0s >"$BATS_TEST_TMPDIR/records" &
	pid=$!
	until grep -q ^begin "$BATS_TEST_TMPDIR/records"; do kill -0 $pid; read -rt 0.02 <> <(:) || true; done
	# Nothing but its stack, its data and a few pages of its own.
	grep -E '^Pss_Anon: ' /proc/$pid/smaps_rollup
	[ "$(awk '/^Pss_Anon:/ { print $2 }' /proc/$pid/smaps_rollup)" -lt 200 ]
	kill $pid
	! grep -qE '^(done|sample|end)' "$BATS_TEST_TMPDIR/records"
}

@test "begin names every parameter, given and default" {
	run "$ISOLOAD" run file-fsync count=5 warmup=1
	[[ $output == *"begin file-fsync block=4KiB count=5 warmup=1 mode=append"* ]]
	[ "$(grep -c ' w ' <<<"$output")" -eq 1 ]
	[ "$(grep -c ' m ' <<<"$output")" -eq 5 ]
}

@test "the facts are this machine's" {
	run taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')" "$ISOLOAD" run startup
	[ "$status" -eq 0 ]
	[[ $output == *"env cpus=1"* ]]
	[[ $output == *"env kernel=$(uname -r)"* ]]
	[[ $output == *"env boot_id=$(cat /proc/sys/kernel/random/boot_id)"* ]]
	[[ $output == *"env sha256=$(sha256sum "$ISOLOAD" | cut -d' ' -f1)"* ]]
	[[ $output == *"env uid=$(id -u)"* ]]
}

@test "ready is written at once, before anything is looked at" {
	run "$ISOLOAD" run no-such-workload
	[ "$status" -eq 2 ]
	[ "${lines[0]}" = "ready 1" ] || [ "${lines[1]}" = "ready 1" ]
	strace -V >/dev/null 2>&1 || skip "strace is not installed"
	strace -o "$BATS_TEST_TMPDIR/trace" "$ISOLOAD" run startup >/dev/null
	! sed '/ready 1/q' "$BATS_TEST_TMPDIR/trace" | grep -E 'open|getenv|clock|sched'
}

@test "bad input: exit 2, and what was expected" {
	run "$ISOLOAD" run no-such-workload
	[ "$status" -eq 2 ]
	[[ $output == *"no workload 'no-such-workload'; there are: startup footprint cpu-int"* ]]
	[[ $output == *"end 22 "* ]]
	run "$ISOLOAD" run file-seq blok=4KiB
	[ "$status" -eq 2 ]
	[[ $output == *"no parameter 'blok'; it has: size block cache read-cache passes"* ]]
	run "$ISOLOAD" run file-seq block=4kilo
	[ "$status" -eq 2 ]
	[[ $output == *"expected block=VALUE where VALUE is a size such as"* ]]
	run "$ISOLOAD" run file-seq cache=lukewarm
	[ "$status" -eq 2 ]
	[[ $output == *"one of: direct buffered"* ]]
	for args in "" "run" "frobnicate" "--version now" "exit" "exit 256" "exit x"; do
		run "$ISOLOAD" $args
		[ "$status" -eq 2 ]
	done
	run "$ISOLOAD" run startup --out "$BATS_TEST_TMPDIR/no/such/file"
	[ "$status" -eq 2 ]
}

@test "values out of a parameter's limits: exit 2, and the limits" {
	for args in "cpu-float n=1" "mem-bandwidth size=7" "file-fsync count=100000" "file-fsync warmup=1001" "file-seq block=1000" \
		"file-seq passes=1" "file-meta files=9" "mmap size=5000" "tlb count=63" "timer-jitter count=2" "mem-random size=32KiB" "net-rr size=0" "net-rr size=17KiB" "net-rr count=2" "net-stream block=256KiB" "cpu-compress level=10" \
		"cpu-scaling threads=1025" "file-random depth=129" "file-random block=1000" "net-connect count=50" "sqlite rows=99" \
		"kv connections=0" "kv connections=501" "kv reads=101" "kv keys=1000001" "kv size=0" "kv size=17KiB"; do
		run "$ISOLOAD" run $args
		[ "$status" -eq 2 ]
		[[ $output =~ ( or more| to [0-9]+|multiple of) ]]
		[[ $output != *"sample"* ]]
	done
}

@test "values that no workload can do: exit 1, the reason in the end record, no sample" {
	for args in "mem-bandwidth size=100000GiB" "mem-bandwidth size=8388607TiB" "file-seq size=5KiB block=4KiB" "mem-random size=96KiB" \
		"page-fault size=8388607TiB" "timer-jitter interval=1us" "file-random size=5KiB" "file-random size=8KiB depth=2" \
		"file-random cache=buffered engine=sync depth=2" "file-random cache=buffered size=1MiB rate=1000000000"; do
		run "$ISOLOAD" run $args
		[ "$status" -eq 1 ]
		[[ ${lines[-1]} =~ ^"end "[0-9]+" "[a-zA-Z] ]]
		[[ $output != *"sample"* ]]
	done
}

@test "--out: a descriptor, a file, a pipe, and one that is full" {
	"$ISOLOAD" run startup --out "$BATS_TEST_TMPDIR/file" | wc -c | grep -qx 0
	check_records startup <"$BATS_TEST_TMPDIR/file"
	"$ISOLOAD" run --out=7 startup 7>"$BATS_TEST_TMPDIR/seven"
	check_records startup <"$BATS_TEST_TMPDIR/seven"
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	"$ISOLOAD" run syscall time=200ms min-time=10us --out "$BATS_TEST_TMPDIR/fifo" 3>&- &
	check_records syscall <"$BATS_TEST_TMPDIR/fifo"
	wait $!
	run "$ISOLOAD" run startup --out /dev/full
	[ "$status" -eq 2 ]
	[[ $output == *"No space left"* ]]
}

@test "a slow non-blocking reader gets every record" {
	command -v python3 >/dev/null || skip "python3 is not installed"
	run python3 - "$ISOLOAD" <<-'PY'
	import os, subprocess, sys, time
	r, w = os.pipe()
	os.set_blocking(w, False)
	p = subprocess.Popen([sys.argv[1], "run", "syscall", "min-time=10us", "time=200ms", "--out", str(w)], pass_fds=[w])
	os.close(w)
	text = b""
	time.sleep(0.5)         # let the pipe fill up
	while chunk := os.read(r, 4096):
	    text += chunk
	assert len(text) > 65536, len(text)
	assert p.wait() == 0 and text.endswith(b"end 0\n")
	PY
	[ "$status" -eq 0 ]
}

@test "file workloads use the scratch directory and leave it empty, failed or not" {
	"$ISOLOAD" run file-seq $(small file-seq) >/dev/null
	"$ISOLOAD" run file-fsync mode=overwrite $(small file-fsync) >/dev/null
	"$ISOLOAD" run file-meta flush=directory $(small file-meta) >/dev/null
	"$ISOLOAD" run file-random depth=8 $(small file-random) >/dev/null
	"$ISOLOAD" run sqlite journal=rollback $(small sqlite) >/dev/null
	[ -z "$(ls -A "$ISOCOST_SCRATCH")" ]
	run bash -c "ulimit -f 64; exec '$ISOLOAD' run file-seq size=1MiB block=64KiB cache=buffered"
	[ "$status" -eq 1 ]
	[[ $output == *"end "*"write of 65536 bytes at 65536: "* ]]
	[[ $output != *"sample"* ]]
	[ -z "$(ls -A "$ISOCOST_SCRATCH")" ]
	for w in file-seq file-meta file-random sqlite; do
		ISOCOST_SCRATCH=/no/such/directory run "$ISOLOAD" run $w
		[ "$status" -eq 1 ]
		[[ $output == *"set ISOCOST_SCRATCH to a writable directory"* ]]
	done
}

@test "a signal in the middle leaves the scratch directory empty" {
	for args in "file-fsync count=9000 block=64KiB" "file-meta files=1000 time=60" "file-random cache=buffered depth=4 time=60" \
		"sqlite time=60 count=9000"; do
		fifo="$BATS_TEST_TMPDIR/${args%% *}"
		mkfifo "$fifo"
		"$ISOLOAD" run $args --out "$fifo" 3>&- &
		pid=$!
		while read -r record rest; do
			[ "$record" = begin ] && break
		done <"$fifo"
		# For a directory: until there is something in it.
		until [ -n "$(ls -A "$ISOCOST_SCRATCH"/isoload-* 2>/dev/null)" ]; do
			kill -0 "$pid"
		done
		kill -TERM "$pid"
		status=0
		wait "$pid" || status=$?
		[ "$status" -eq 143 ]
		[ -z "$(ls -A "$ISOCOST_SCRATCH")" ]
	done
}

@test "a file system in memory is refused where a disk is meant" {
	[ "$(stat -f -c %T /dev/shm)" = tmpfs ] && [ -w /dev/shm ] || skip "/dev/shm is no writable tmpfs"
	export ISOCOST_SCRATCH=/dev/shm
	run "$ISOLOAD" run file-seq cache=direct
	[ "$status" -eq 3 ]
	[[ $output == *"env scratch=tmpfs"* ]]
	[[ $output == *"end cannot "*"tmpfs keeps files in memory"*"cache=buffered"* ]]
	for args in file-fsync file-random "file-random cache=buffered flush=each" sqlite; do
		run "$ISOLOAD" run $args
		[ "$status" -eq 3 ]
		[[ $output == *"tmpfs keeps files in memory"* ]]
	done
	run "$ISOLOAD" run file-seq $(small file-seq)
	[ "$status" -eq 3 ]
	[[ $output == *"a read can't be cold here"* ]]
	run "$ISOLOAD" run file-seq $(small file-seq) read-cache=warm
	[ "$status" -eq 0 ]
}

@test "direct I/O on a disk" {
	run "$ISOLOAD" run file-seq size=256KiB block=64KiB passes=2 cache=direct
	[[ $output == *"refuses O_DIRECT"* || $output == *"keeps files in memory"* ]] && skip "no O_DIRECT in $ISOCOST_SCRATCH"
	[ "$status" -eq 0 ]
	[ "$(grep ^digest <<<"$output")" = "$("$ISOLOAD" run file-seq size=256KiB block=64KiB cache=buffered | grep ^digest)" ]
}

@test "the children of context-switch, unix-socket, net-stream and kv do not outlive them" {
	for args in "context-switch time=60" "unix-socket time=60" "unix-socket type=seqpacket time=60" "net-stream time=60" ${ISOCOST_ROOT:+"kv time=60"}; do
		fifo="$BATS_TEST_TMPDIR/${args// /.}"
		mkfifo "$fifo"
		setsid "$ISOLOAD" run $args --out "$fifo" 3>&- &
		pid=$!
		exec 8<"$fifo"
		while read -r record rest <&8; do
			[ "$record" = begin ] && break
		done
		until child=$(pgrep -P "$pid"); do kill -0 "$pid"; done
		kill -KILL "$pid"
		wait "$pid" || true
		tail --pid="$child" -f /dev/null
		exec 8<&-
	done
}

# Start the peer with a pipe as its standard input, descriptor 8 here; PEER is then where it listens.
start_peer() {
	mkfifo "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/said"
	"$ISOLOAD" serve "$@" <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/said" 3>&- &
	peer_pid=$!
	exec 8>"$BATS_TEST_TMPDIR/in"
	read -r word PEER <"$BATS_TEST_TMPDIR/said"
	[ "$word" = serving ]
}

@test "net workloads talk to a peer outside, which ends with its standard input" {
	start_peer
	[[ $PEER == 127.0.0.1:* ]]
	inside=$("$ISOLOAD" run net-rr $(small net-rr) | grep ^digest)
	for args in "net-rr" "net-rr proto=udp" "net-rr size=16KiB" "net-rr proto=udp size=16KiB" "net-stream" "net-stream block=1000" \
		"net-connect" "net-connect close=here" "net-connect close=reset"; do
		ISOCOST_PEER=$PEER "$ISOLOAD" run $args peer=outside $(small "${args%% *}") >"$BATS_TEST_TMPDIR/records"
		check_records "${args%% *}" <"$BATS_TEST_TMPDIR/records"
		[[ $args == *size* || $args != net-rr* ]] || grep -qx "$inside" "$BATS_TEST_TMPDIR/records"
	done
	exec 8>&-
	wait "$peer_pid"
	run env ISOCOST_PEER="$PEER" "$ISOLOAD" run net-rr peer=outside
	[ "$status" -eq 1 ]
	[[ $output == *"can't reach the peer at $PEER: Connection refused"* ]]
}

@test "without a peer or without a network the net workloads say so" {
	unset ISOCOST_PEER
	for w in net-rr net-stream net-connect; do
		run "$ISOLOAD" run "$w" peer=outside
		[ "$status" -eq 3 ]
		[[ $output == *"this arm has no network to a peer: ISOCOST_PEER is not set"* ]]
		run env ISOCOST_PEER=nowhere "$ISOLOAD" run "$w" peer=outside
		[ "$status" -eq 1 ]
		[[ $output == *"ISOCOST_PEER=nowhere: expected ADDRESS:PORT"* ]]
	done
	unshare -r -n true 2>/dev/null || skip "no user and network namespace can be made here"
	for args in net-rr "net-rr proto=udp" net-stream net-connect; do
		run unshare -r -n "$ISOLOAD" run $args
		[ "$status" -eq 3 ]
		[[ $output == *"this arm has no loopback network: "*"it needs a network with lo up"* ]]
		[[ $output != *"sample"* ]]
	done
}

@test "net-stream has the next piece on its way before the last one's receipt, and a wrong receipt is no figure" {
	command -v python3 >/dev/null || skip "python3 is not installed"
	run python3 - "$ISOLOAD" <<-'PY'
	import os, socket, struct, subprocess, sys
	s = socket.create_server(("127.0.0.1", 0))
	env = dict(os.environ, ISOCOST_PEER="127.0.0.1:%d" % s.getsockname()[1])
	p = subprocess.Popen([sys.argv[1], "run", "net-stream", "peer=outside"], env=env, stdout=subprocess.PIPE, text=True)
	c, _ = s.accept()
	c.settimeout(20)
	def take(n):
	    while n:
	        n -= len(c.recv(min(n, 1 << 20)))
	def piece():
	    magic, what, size, every = struct.unpack("=IIQQ", c.recv(24, socket.MSG_WAITALL))
	    take(size)
	    return size
	sizes = [piece(), piece()]
	print("two pieces without a receipt:", sizes[0] == sizes[1])
	c.sendall(struct.pack("=QQ", sizes[0], 0) + struct.pack("=QQ", sizes[1], 3))
	try:
	    while c.recv(1 << 20):      # what it had begun to send meanwhile
	        pass
	except ConnectionResetError:
	    pass
	print(p.communicate()[0])
	sys.exit(p.returncode)
	PY
	[ "$status" -eq 1 ]
	[[ $output == *"two pieces without a receipt: True"* ]]
	[[ $output == *"the peer received 2097152 bytes of 2097152, 3 of them wrong ones"* ]]
	[[ $output != *"sample"* ]]
}

@test "a peer that answers wrongly or not at all is no figure" {
	command -v python3 >/dev/null || skip "python3 is not installed"
	for how in wrong silent closing; do
		run python3 - "$ISOLOAD" $how <<-'PY'
		import os, socket, subprocess, sys, threading
		how = sys.argv[2]
		s = socket.create_server(("127.0.0.1", 0))
		env = dict(os.environ, ISOCOST_PEER="127.0.0.1:%d" % s.getsockname()[1])
		p = subprocess.Popen([sys.argv[1], "run", "net-rr", "peer=outside", "size=8"], env=env, stdout=subprocess.PIPE, text=True)
		c, _ = s.accept()
		c.recv(24, socket.MSG_WAITALL)  # the request
		while how != "closing" and (data := c.recv(8, socket.MSG_WAITALL)):
		    if how == "wrong":
		        c.sendall(bytes(b ^ 1 for b in data))
		if how == "closing":
		    c.close()
		print(p.communicate()[0])
		sys.exit(p.returncode)
		PY
		[ "$status" -eq 1 ]
		[[ $output != *"sample"* ]]
		case $how in
		wrong) [[ $output == *"the answer to message 1 is a wrong one"* ]] ;;
		silent) [[ $output == *"receiving from the peer: nothing came through for 10 s"* ]] ;;
		closing) [[ $output == *"the peer: "* ]] ;;
		esac
	done
}

@test "serve: bad input, and an address that is not there" {
	for args in "nowhere" "127.0.0.1:x" "127.0.0.1:1:2" "127.0.0.1 2"; do
		run "$ISOLOAD" serve $args </dev/null
		[ "$status" -eq 2 ]
	done
	run "$ISOLOAD" serve 192.0.2.1 </dev/null
	[ "$status" -eq 1 ]
	[[ $output == *"can't listen at 192.0.2.1: "* ]]
	run bash -c "exec '$ISOLOAD' serve <&-"
	[ "$status" -eq 2 ]
	[[ $output == *"no standard input"* ]]
	run "$ISOLOAD" serve </dev/null
	[ "$status" -eq 0 ]
}

@test "without /proc, /sys, /dev and environment nothing crashes and unknown facts say so" {
	unshare -r true 2>/dev/null || skip "no user namespace can be made here, so no chroot without root"
	root="$BATS_TEST_TMPDIR/root"
	mkdir "$root"
	cp "$ISOLOAD" "$root/isoload"
	for w in $(workloads | grep -v -e ^file- -e ^syscall-io -e ^sqlite -e ^kv); do
		env -i "$(command -v unshare)" -r -R "$root" /isoload run "$w" $(small "$w") >"$BATS_TEST_TMPDIR/records"
		check_records "$w" <"$BATS_TEST_TMPDIR/records"
	done
	run env -i "$(command -v unshare)" -r -R "$root" /isoload run syscall-io
	[ "$status" -eq 3 ]
	[[ $output == *"/dev/zero: "*"this arm needs it in /dev"* ]]
	run env -i "$(command -v unshare)" -r -R "$root" /isoload run tlb pages=huge $(small tlb)
	[ "$status" -eq 3 ]
	[[ $output == *"can't see in /proc/self/smaps"*"take pages=small"* ]]
	grep -qx "env boot_id=unknown" "$BATS_TEST_TMPDIR/records"
	grep -qx "env clocksource=unknown" "$BATS_TEST_TMPDIR/records"
	grep -qx "env sha256=$(sha256sum "$ISOLOAD" | cut -d' ' -f1)" "$BATS_TEST_TMPDIR/records"
}

@test "as process 1 of a PID namespace" {
	unshare -r -p -f true 2>/dev/null || skip "no user and PID namespace can be made here"
	for w in $(workloads); do
		timeout 20 unshare -r -p -f "$ISOLOAD" run "$w" $(small "$w") >"$BATS_TEST_TMPDIR/records"
		check_records "$w" <"$BATS_TEST_TMPDIR/records"
	done
}

# Of scattered pages a disk makes as many requests as it must: how many would be another number in each launch.
@test "a large block to be written lies in a huge page, where there are any" {
	grep -q '\[never\]' /sys/kernel/mm/transparent_hugepage/enabled && skip "this kernel gives no huge pages"
	[ -e /sys/kernel/mm/transparent_hugepage/enabled ] || skip "this kernel gives no huge pages"
	"$ISOLOAD" run file-seq size=1MiB block=1MiB passes=1000000 cache=buffered read-cache=warm >"$BATS_TEST_TMPDIR/records" 3>&- &
	pid=$! huge=0
	for ((i = 0; i < 100 && huge < 4096; i++)); do
		huge=$(awk '/^AnonHugePages/ { n += $2 } END { print n + 0 }' "/proc/$pid/smaps")
		sleep 0.1
	done
	kill "$pid"
	wait "$pid" || :
	[ "$huge" -ge 4096 ]
}

@test "exit ends with the status that it is given" {
	run "$ISOLOAD" exit 7
	[ "$status" -eq 7 ]
	[ -z "$output" ]
}

@test "fork-exec finds its program without a path, as when it is run by a descriptor" {
	command -v python3 >/dev/null || skip "python3 is not installed"
	python3 -c 'import os, sys; fd = os.open(sys.argv[1], os.O_RDONLY); os.execve(fd, ["isoload"] + sys.argv[2:], {})' \
		"$ISOLOAD" run fork-exec $(small fork-exec) >"$BATS_TEST_TMPDIR/records"
	check_records fork-exec <"$BATS_TEST_TMPDIR/records"
}

@test "static, small, and without a library" {
	run readelf -d "$ISOLOAD"
	[[ $output == *"no dynamic section"* ]]
	[ "$(stat -c %s "$ISOLOAD")" -lt $((4 << 20)) ]
}

@test "hold says that it is ready, and stays until a signal ends it" {
	cd "$BATS_TEST_TMPDIR"
	mkfifo said
	"$ISOLOAD" hold --out said &
	pid=$!
	read -r line <said
	[ "$line" = "ready 1" ]
	kill -0 $pid
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	[ "$status" -eq 143 ]
	run "$ISOLOAD" hold me
	[ "$status" -eq 2 ]
	[[ $output == *"unexpected 'me'"* ]]
}

@test "the programs are static and small" {
	for program in isoload isoapp; do
		file="$(dirname "$ISOLOAD")/$program"
		[ "$(stat -c %s "$file")" -lt $((4 << 20)) ]
		! readelf -l "$file" | grep -q INTERP
	done
}

@test "file-random says which engine ran, and does without io_uring where it is forbidden" {
	# Long enough for a sample on a busy host.
	args="size=256KiB cache=buffered time=300ms warmup=5ms"
	[[ "$("$ISOLOAD" run file-random $args)" == *"env engine=sync"* ]]
	run "$ISOLOAD" run file-random depth=4 engine=threads $args
	[ "$status" -eq 0 ]
	[[ $output == *"env engine=threads"* ]]
	# As where it is forbidden: there is no descriptor left for a ring.
	few="for fd in 3 4 5 6 7 8 9; do eval \"exec \$fd>&-\"; done; ulimit -n 4"
	run bash -c "$few; exec '$ISOLOAD' run file-random depth=4 engine=io-uring $args"
	[ "$status" -eq 1 ]
	[[ $output == *"engine io-uring can't be had here: "*"take engine=auto"* ]]
	run bash -c "$few; exec '$ISOLOAD' run file-random depth=4 $args"
	[ "$status" -eq 0 ]
	[[ $output == *"env engine=threads"* ]]
}

@test "a ring deals with completions where they are asked for, and does with less on older kernels" {
	strace -V >/dev/null 2>&1 || skip "strace is not installed"
	args="size=256KiB cache=buffered time=300ms warmup=5ms depth=4 engine=io-uring"
	"$ISOLOAD" run file-random $args >/dev/null || skip "no io_uring here"
	# As on a kernel that does not know the flags of the first tries.
	for refused in 1 1..2; do
		strace -o "$BATS_TEST_TMPDIR/trace" -e trace=io_uring_setup -e inject=io_uring_setup:error=EINVAL:when=$refused \
			"$ISOLOAD" run file-random $args >"$BATS_TEST_TMPDIR/records"
		check_records file-random <"$BATS_TEST_TMPDIR/records"
		[ "$(grep -c INJECTED "$BATS_TEST_TMPDIR/trace")" -eq "${refused#*..}" ]
	done
	head -1 "$BATS_TEST_TMPDIR/trace" | grep -q 'COOP_TASKRUN|.*0x3000\|COOP_TASKRUN|.*SINGLE_ISSUER|.*DEFER_TASKRUN'
	sed -n 2p "$BATS_TEST_TMPDIR/trace" | grep -q 'flags=IORING_SETUP_COOP_TASKRUN,'
	sed -n 3p "$BATS_TEST_TMPDIR/trace" | grep -q 'flags=0,'
}

@test "at a stated rate so many are made, and one that is too high is told" {
	"$ISOLOAD" run file-random size=256KiB cache=buffered depth=8 rate=500 time=400ms warmup=0 >"$BATS_TEST_TMPDIR/records"
	[ "$(grep -c '^sample read m' "$BATS_TEST_TMPDIR/records")" -eq 200 ]
	run "$ISOLOAD" run file-random size=256KiB cache=buffered rate=100000000 time=100ms
	[ "$status" -eq 1 ]
	[[ $output == *"take a lower rate"* ]]
}

# SQLite's file has 20 known transactions in it when its check value is taken; the sum was found in Python.
@test "sqlite: the known answer in both journals, and isoload takes no other isoapp than its own" {
	for journal in wal rollback; do
		run "$ISOLOAD" run sqlite journal=$journal rows=10000 count=3 reads=3 warmup=0
		[[ $output == *"keeps files in memory"* ]] && skip "the scratch directory is in memory"
		[ "$status" -eq 0 ]
		[[ $output == *"digest 4832962cc5c943381e8e6f589fc9c1da694917e04ce32dee457830950b3ea271"* ]]
	done
	cp "$ISOLOAD" "$BATS_TEST_TMPDIR/isoload"
	run "$BATS_TEST_TMPDIR/isoload" run sqlite
	[ "$status" -eq 3 ]
	[[ $output == *"end cannot the applications' program is not in this arm: $BATS_TEST_TMPDIR/isoapp: No such file"* ]]
	cp "$ISOLOAD" "$BATS_TEST_TMPDIR/isoapp"
	run "$BATS_TEST_TMPDIR/isoload" run sqlite
	[ "$status" -eq 1 ]
	[[ $output == *"is not the program that was built with this isoload"* ]]
}

# The values of the keys, and the files that are mapped, in the order in which both are looked at; made a second time, in Python.
@test "kv: the known answer, and what the server was" {
	need_root
	command -v python3 >/dev/null || skip "python3 is not installed"
	run "$ISOLOAD" run kv keys=70 size=21 connections=7 time=30ms warmup=5ms reads=30
	[ "$status" -eq 0 ]
	want=$(python3 - "$ISOCOST_ROOT" <<-'PY'
	import hashlib, sys
	M = (1 << 64) - 1
	h = hashlib.sha256(open(sys.argv[1] + "/.isocost-files", "rb").read())
	for key in range(70):
	    x, value = ((key << 32) * 0x9e3779b97f4a7c15 + 0x2545f4914f6cdd1d) & M, ""
	    for i in range(21):
	        if i % 16 == 0:
	            x ^= x << 13 & M
	            x ^= x >> 7
	            x ^= x << 17 & M
	        value += "0123456789abcdef"[x >> 4 * (i % 16) & 15]
	    h.update(value.encode())
	print(h.hexdigest())
	PY
	)
	[[ $output == *"digest $want"* ]]
	[[ $output == *"env server=redis-"[1-9]* ]]
	[[ $output == *"env root="[a-z0-9]* ]]
	[ "$(grep -c '^sample rate m ' <<<"$output")" -eq 10 ]
	[ "$(grep -c '^sample start m ' <<<"$output")" -eq 1 ]
	for reads in 0 100; do
		"$ISOLOAD" run kv keys=50 time=50ms warmup=10ms connections=1 reads=$reads | check_records kv
	done
	run "$ISOLOAD" run kv keys=2 connections=3
	[ "$status" -eq 1 ]
	[[ $output == *"end 22 expected as many keys as connections, or more"* ]]
}

@test "kv: each way in which its root can be wrong is told apart" {
	ISOCOST_ROOT="" run "$ISOLOAD" run kv
	[ "$status" -eq 3 ]
	[[ $output == *"end cannot this arm has no root file system for applications: ISOCOST_ROOT is not set; make app-root makes one"* ]]
	need_root
	files="$ISOCOST_ROOT/.isocost-files"
	export ISOCOST_ROOT="$BATS_TEST_TMPDIR/root"
	refused() {
		run "$ISOLOAD" run kv $(small kv)
		echo "$output"
		[ "$status" -eq 1 ]
		[[ ${lines[-1]} == "end "[0-9]*" "$1 ]]
		[[ $output != *sample* ]]
	}
	refused "ISOCOST_ROOT=$ISOCOST_ROOT: No such file or directory"
	cp -r "${files%/*}" "$ISOCOST_ROOT"
	"$ISOLOAD" run kv $(small kv) | check_records kv
	rm "$ISOCOST_ROOT/.isocost-files"
	refused "$ISOCOST_ROOT/.isocost-files: No such file or directory; make app-root makes it"
	: >"$ISOCOST_ROOT/.isocost-files"
	refused "$ISOCOST_ROOT/.isocost-files is empty"
	{ cat "$files"; echo "abc usr/bin/redis-server"; } >"$ISOCOST_ROOT/.isocost-files"
	refused "$ISOCOST_ROOT/.isocost-files: expected lines of sha256sum, not 'abc usr/bin/redis-server'"
	sed 's/^./x/' "$files" >"$ISOCOST_ROOT/.isocost-files"
	refused "$ISOCOST_ROOT/* is not what was unpacked*make app-root"
	cp "$files" "$ISOCOST_ROOT/.isocost-files"
	library=$(awk '/libc\.so/ { print $2 }' "$files")
	printf x >>"$ISOCOST_ROOT/$library"
	refused "$ISOCOST_ROOT/$library is not what was unpacked (its SHA-256 is another one): remove the root and run make app-root"
	rm "$ISOCOST_ROOT/$library"
	refused "$ISOCOST_ROOT/$library: No such file or directory"
	# A program that is whole, and no server.
	cp "${files%/*}/$library" "$ISOCOST_ROOT/$library"
	cp "$(type -P false)" "$ISOCOST_ROOT/usr/bin/redis-server"
	(cd "$ISOCOST_ROOT" && sha256sum $(awk '{ print $2 }' "$files") >.isocost-files)
	refused "redis-server ended with status 1"
}

@test "kv: a server that is killed in the middle is told, not waited for" {
	need_root
	mkfifo "$BATS_TEST_TMPDIR/out"
	"$ISOLOAD" run kv time=60 keys=50 --out "$BATS_TEST_TMPDIR/out" 3>&- &
	pid=$!
	exec 8<"$BATS_TEST_TMPDIR/out"
	until child=$(pgrep -P "$pid") && grep -q redis "/proc/$child/cmdline" 2>/dev/null && [ "$(ls -l "/proc/$pid/fd" | grep -c socket:)" -ge 10 ]; do
		kill -0 "$pid"
	done
	kill -KILL "$child"
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 1 ]
	[[ $(tail -1 <&8) == "end "*"redis-server ended with status 137"* ]]
}

@test "connections that run out of local ports say so" {
	unshare -r -n true 2>/dev/null || skip "no user and network namespace can be made here"
	few="ip link set lo up; echo 40000 40100 >/proc/sys/net/ipv4/ip_local_port_range; echo 0 >/proc/sys/net/ipv4/tcp_tw_reuse"
	run unshare -r -n sh -c "$few; exec '$ISOLOAD' run net-connect close=here count=600"
	[[ $output == *"Read-only"* || $output == *"not found"* || $output == *"Permission"* ]] && skip "the namespace's limits can't be set here"
	[ "$status" -eq 1 ]
	[[ $output == *"no local port is left after "*"TIME_WAIT"*"close=peer"* ]]
	for close in peer reset; do
		run unshare -r -n sh -c "$few; exec '$ISOLOAD' run net-connect close=$close count=600"
		[ "$status" -eq 0 ]
	done
}
