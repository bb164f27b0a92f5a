#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# The manual pages: well formed, and nothing of --help is missing in them.

bats_require_minimum_version 1.5.0
load helpers

setup() {
	cd "$BATS_TEST_TMPDIR"
	man=$BATS_TEST_DIRNAME/../man
}

# The page as text without emphasis. Usage: page FILE
page() {
	groff -mandoc -Tascii -P-cbou "$man/$1"
}

@test "groff and mandoc find nothing to warn of" {
	command -v groff >/dev/null || skip "groff is not there"
	for file in "$man"/*.[15]; do
		run --separate-stderr groff -ww -mandoc -Tutf8 "$file"
		[ "$status" -eq 0 ]
		[ -z "$stderr" ] || { echo "$stderr"; return 1; }
		if command -v mandoc >/dev/null; then
			run mandoc -T lint -W warning "$file"
			[ -z "$output" ] || { echo "$output"; return 1; }
		fi
	done
}

@test "isocost(1) has every verb and every option of its --help, and no other" {
	command -v groff >/dev/null || skip "groff is not there"
	page isocost.1 >page
	common=$(isocost doctor --help | grep -oE -- '^ .{0,6}--[a-z-]+' | grep -oE -- '--[a-z-]+' | grep -vE -- '--(json|help|usage)')
	for verb in $(isocost --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
		# Of its section: from its heading to the next.
		awk -v verb="$verb" '/^   isocost / { on = $2 == verb } /^[A-Z]/ || /^   Guests/ { on = 0 } on' page >section
		[ -s section ] || { echo "no section of the verb $verb"; return 1; }
		options=$(isocost "$verb" --help | grep -oE '^ .{0,6}--[a-z-]+' | sed 's/^ *//')
		while read -r line; do
			long=${line##* }
			[ "$long" = --help ] || [ "$long" = --usage ] && continue
			if grep -qx -- "$long" <<<"$common"; then
				grep -q "options of Guests" section || { echo "$verb: no word of the options of guests"; return 1; }
				continue
			fi
			# With its short form, if it has one: "-s, --suite".
			grep -qE -- "^ +$line([= ]|\$)" section || { echo "$verb: no $line"; return 1; }
		done <<<"$options"
		while read -r long; do
			grep -qE -- "$long\b" <<<"$options" || { echo "$verb has no $long"; return 1; }
		done < <(grep -oE -- '^ +(-., )?--[a-z-]+' section | grep -oE -- '--[a-z-]+')
	done
	awk '/^   Guests/ { on = 1 } /^[A-Z]/ { on = 0 } on' page >section
	while read -r long; do
		grep -qE -- "^ +-., $long=?" section || { echo "guests: no $long"; return 1; }
	done <<<"$common"
	for verb in $(sed -n 's/^   isocost \([a-z]*\).*/\1/p' page); do
		isocost --help | grep -q "^  $verb  " || { echo "there is no verb $verb"; return 1; }
	done
}

@test "isoload(1) has every command and option of its --help" {
	command -v groff >/dev/null || skip "groff is not there"
	page isoload.1 >page
	"$BUILD/isoload" --help | sed -n 's/^.*isoload \([a-z]*\).*/\1/p' | sort -u >commands
	[ "$(wc -l <commands)" -ge 5 ]
	while read -r command; do
		grep -qE "^ +isoload $command" page || { echo "no isoload $command"; return 1; }
	done < <(grep . commands)
	for option in $("$BUILD/isoload" --help | grep -oE -- '--[a-z]+' | sort -u); do
		grep -q -- "$option" page || { echo "no $option"; return 1; }
	done
}

@test "isocost-suite(5) has every key that a suite may have, and its example is a suite" {
	command -v groff >/dev/null || skip "groff is not there"
	page isocost-suite.5 >page
	printf '[suite]\nname = x\nnosuch = 1\n' >bad.suite
	keys=$(isocost run -s ./bad.suite --dry-run 2>&1 | sed -n 's/.*expected one of: //p')
	[ "$(wc -w <<<"$keys")" -ge 10 ]
	for key in $keys driver adds workload; do
		grep -qE "^ +([a-z]+, )*$key(,|\$| )" page || { echo "no key $key"; return 1; }
	done
	for driver in $(isocost list arms | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
		grep -qw "$driver" page || { echo "no driver $driver"; return 1; }
	done
	sed -n '/^EXAMPLES/,/isocost run/p' page | sed '1d;$d;s/^ *//' >example.suite
	isocost run -s ./example.suite --dry-run --seed 1 >plan
	[ "$(grep -vc '^#' plan)" -eq 144 ]
}
