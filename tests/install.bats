#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# Installed: from any directory, as any user; and taken away again. The Debian package, where its tools are there.

bats_require_minimum_version 1.5.0
load helpers

# Where another user can look, too.
setup() {
	unset ISOCOST_SUITES ISOCOST_PLOTS ISOCOST_LIBEXEC
	top=$(realpath "$BATS_TEST_DIRNAME/..")
	place=$ISOCOST_WORK-install
	rm -rf "$place"
	mkdir -p "$place"
	chmod 755 "$place"
	cd "$place"
	command -v setpriv >/dev/null || skip "setpriv is not there"
}

teardown() {
	cd /
	rm -rf "$place"
	assert_no_traces
}

make_here() {
	make -s -C "$top" BUILD="$(realpath --relative-to="$top" "${build:-$BUILD}")" "$@" >&2
}

# As nobody, with nothing of this environment. Usage: as_nobody VARIABLE=VALUE… COMMAND…
as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups env -i PATH=/usr/bin:/bin "$@"
}

a_suite() {
	printf '[suite]\nname = mine\narms = host, container\nworkloads = startup, syscall\nlaunches = 2\n[workload syscall]\ntime = 20ms\n' >"$1"
	chmod 644 "$1"
}

@test "installed, it works from another directory as another user, and reports with plots" {
	[ "$(id -u)" -eq 0 ] || skip "takes root, to become another user"
	make_here install DESTDIR="$place/root" PREFIX=/opt/isocost
	program=$place/root/opt/isocost/bin/isocost
	[ ! -e "$place/root/opt/isocost/bin/isoload" ] && [ -x "$place/root/opt/isocost/libexec/isocost/isoload" ]
	mkdir home work
	chown 65534:65534 home work
	a_suite mine.suite
	cd /
	run -0 as_nobody HOME="$place/home" "$program" list suites
	[[ $output == *"standard"*"the reference"* ]]
	# The root directory is not nobody's: the run goes where the user's data are.
	run -0 --separate-stderr as_nobody HOME="$place/home" ISOCOST_WORK="$place/work" "$program" run -s "$place/mine.suite"
	[[ $output == "$place/home/.local/share/isocost/results/"*-mine ]]
	dir=$output
	[ "$(jq -s 'map(select(.ok)) | length' "$dir/journal.jsonl")" -eq 8 ]
	[ -d "$place/home/.cache/isocost" ]
	as_nobody HOME="$place/home" "$program" report "$dir" >/dev/null
	[ -s "$dir/plots/startup-ecdf.svg" ]
	# A relative XDG directory is passed over, an absolute one taken.
	as_nobody HOME="$place/home" XDG_CACHE_HOME="$place/work/cache" XDG_DATA_HOME=relative ISOCOST_WORK="$place/work" "$program" run \
		-s "$place/mine.suite" -a host -w startup >/dev/null 2>&1
	[ -d "$place/work/cache/isocost" ] && [ "$(ls "$place/home/.local/share/isocost/results" | wc -l)" -eq 2 ]
	# Where the current directory can be written to, results/ is there.
	cd "$place/home"
	run -0 --separate-stderr as_nobody HOME="$place/home" ISOCOST_WORK="$place/work" "$program" run -s "$place/mine.suite" -a host -w startup
	[[ $output == "$place/home/results/"*-mine && -s $output/run.json ]]
}

@test "a user without a home has a cache that nobody else can write to" {
	[ "$(id -u)" -eq 0 ] || skip "takes root, to become another user"
	[ ! -e /var/tmp/isocost-cache-65534 ] || skip "/var/tmp/isocost-cache-65534 is there already"
	make_here install DESTDIR="$place/root"
	program=$place/root/usr/local/bin/isocost
	mkdir work
	chown 65534:65534 work
	as_nobody HOME=/nonexistent ISOCOST_WORK="$place/work" "$program" exec -a host -- true
	[ "$(stat -c %u:%a /var/tmp/isocost-cache-65534)" = 65534:755 ]
	chmod 777 /var/tmp/isocost-cache-65534
	run as_nobody HOME=/nonexistent ISOCOST_WORK="$place/work" "$program" exec -a host -- true
	rm -r /var/tmp/isocost-cache-65534
	[ "$status" -eq 125 ]
	[[ $output == *"/var/tmp/isocost-cache-65534 is not a directory that only this user can write to"*ISOCOST_CACHE* ]]
}

@test "the installed tree can be moved, and each directory can be chosen" {
	make_here install DESTDIR="$place/root"
	mv root/usr/local elsewhere
	run -0 --separate-stderr "$place/elsewhere/bin/isocost" exec -a host -- isoload list
	[[ $output == *syscall* ]]
	run -0 "$place/elsewhere/bin/isocost" list suites
	[[ $output == *"standard"* ]]
	# Another place between bin and libexec is built into the program: not into the one that is tested.
	cp -a "$BUILD" build
	build=$place/build make_here install DESTDIR="$place/deep" PREFIX=/usr bindir=/usr/sbin libexecdir=/usr/lib/x86/deep datadir=/srv/data
	[ -x deep/usr/sbin/isocost ] && [ -x deep/usr/lib/x86/deep/isocost/isoload ] && [ -s deep/srv/data/isocost/bench/smoke.suite ]
	run -0 deep/usr/sbin/isocost exec -a host -- isoload list
	[[ $output == *syscall* ]]
	run -0 deep/usr/sbin/isocost list suites
	[[ $output == *"standard"* ]]
}

@test "uninstall leaves nothing of isocost, and nothing but isocost goes" {
	mkdir -p root/usr/share/man/man1
	touch root/usr/share/man/man1/other.1
	make_here install DESTDIR="$place/root" PREFIX=/usr
	[ "$(find root -type f | wc -l)" -gt 40 ]
	for file in usr/share/man/man1/isocost.1 usr/share/man/man5/isocost-suite.5 usr/share/bash-completion/completions/isocost \
		usr/share/zsh/site-functions/_isocost usr/share/doc/isocost/docs/method.md usr/share/isocost/guest/tiny.config; do
		[ -s "root/$file" ] || { echo "no $file"; return 1; }
	done
	run -2 root/usr/share/isocost/scripts/bootstrap --nonsense
	make_here uninstall DESTDIR="$place/root" PREFIX=/usr
	[ "$(find root -type f)" = root/usr/share/man/man1/other.1 ]
	[ -z "$(find root -name '*isocost*')" ]
	# Once more finds nothing to do.
	make_here uninstall DESTDIR="$place/root" PREFIX=/usr
}

@test "make dist packs the last commit and nothing else, the same bytes each time" {
	git -C "$top" rev-parse HEAD >/dev/null 2>&1 || skip "this is no git repository"
	mkdir a
	(build=$place/a make_here dist)
	sum=$(sha256sum <a/isocost-*.tar.gz)
	diff <(tar -tzf a/isocost-*.tar.gz | grep -v '/$' | cut -d/ -f2- | sort) <(git -C "$top" ls-tree -r --name-only HEAD | sort)
	(build=$place/a make_here dist)
	[ "$(sha256sum <a/isocost-*.tar.gz)" = "$sum" ]
}

@test "the Debian package: built, unpacked, run, and lintian finds no error" {
	for program in dh dpkg-buildpackage lintian fakeroot; do
		command -v $program >/dev/null || skip "$program is not there: scripts/bootstrap --deb installs it"
	done
	git -C "$top" rev-parse HEAD >/dev/null 2>&1 || skip "this is no git repository"
	(build=$place/b make_here deb) >log 2>&1 || { tail -n 30 log; return 1; }
	run lintian --allow-root --fail-on error,warning b/deb/isocost_*.deb
	echo "$output"
	[ "$status" -eq 0 ]
	dpkg -x b/deb/isocost_*_amd64.deb root
	run -0 --separate-stderr root/usr/bin/isocost exec -a container -- isoload list
	[[ $output == *syscall* ]]
	run -0 root/usr/bin/isocost list suites
	[[ $output == *"standard"* ]]
	# isoload takes no other isoapp than the one that it was built with.
	cd "$place"
	run -0 root/usr/libexec/isocost/isoload run sqlite rows=100 count=10
	[[ $output == *"end 0"* ]]
	for page in isocost.1 isoload.1 isocost-suite.5; do
		[ -s "root/usr/share/man/man${page##*.}/$page.gz" ]
	done
	# Each package that a build takes is a build dependency.
	sed -n '/^# build/,/^# run/p' "$top/scripts/packages" | grep -E -- '-dev$' | grep -vE '^lib(c6|clang-rt-14)-dev$' | while read -r package; do
		grep -qE "^ +$package,?|Build-Depends:.*$package" "$top/debian/control" || { echo "no $package in Build-Depends"; return 1; }
	done
}
