#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-3.0-or-later
# html.bats - report.html as a browser sees it: of the committed runs, of one with names that are HTML, and of none that is well.

load helpers

setup() {
	cd "$BATS_TEST_DIRNAME/.."
	out="$BATS_TEST_TMPDIR"
}

# Usage: look PAGE
look() {
	local browser
	browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
		skip "there is no chromium: scripts/bootstrap --browser installs it"
	run python3 tests/page_check.py "$browser" "$1" "$out"
	echo "$output"
}

# The last committed run, in a directory of its own. Usage: copy_of SUITE
copy_of() {
	local runs=(results/*-"$1")
	cp -r "${runs[-1]}" "$out/run"
	rm -f "$out/run/report.html"
}

@test "the page of a run asks for nothing, fits a phone and a desk, and prints" {
	for suite in standard ladder; do
		rm -rf "$out/run"
		copy_of $suite
		isocost report "$out/run"
		look "$out/run/report.html"
		[ "$status" -eq 0 ]
	done
}

@test "names and errors that are HTML are text on the page" {
	copy_of standard
	evil='<script src="http://192.0.2.1/x"></script><img src=x onerror="document.title=1">|`"&lt;'
	jq --arg e "$evil" '(.arms[] | select(.name == "vm")).label = $e | .warnings += [$e] | .suite_text += "```\n</details>" + $e' \
		"$out/run/run.json" >"$out/new" && mv "$out/new" "$out/run/run.json"
	isocost report "$out/run"
	! grep -q '<script\|<img' "$out/run/report.html"
	look "$out/run/report.html"
	[ "$status" -eq 0 ]
}

@test "the check of a page finds what it looks for" {
	cat >"$out/bad.html" <<-'END'
		<!DOCTYPE html><meta charset="utf-8"><title>bad</title><img src="http://192.0.2.1/picture.png" alt="">
		<div style="width:700px">wide</div><script>console.error('a word on the console')</script>
	END
	look "$out/bad.html"
	[ "$status" -eq 1 ]
	grep -q '^request: http://192.0.2.1/picture.png' <<<"$output"
	grep -q '^console: .*a word on the console' <<<"$output"
	grep -q '^width: 7[0-9]* px at 360' <<<"$output"
	! grep -q 'px at 1440$' <<<"$output"
}

@test "the page is one file with headings to link to, a table of contents, and figures that say what they show" {
	copy_of standard
	isocost report "$out/run" --html "$out/one.html"
	[ ! -e "$out/run/report.html" ]
	grep -q '<h2 id="startup">' "$out/one.html"
	grep -q '<a href="#startup">Startup</a>' "$out/one.html"
	# every link goes somewhere, and no id is there twice
	grep -o 'href="#[^"]*' "$out/one.html" | cut -d'#' -f2 | sort -u >"$out/links"
	grep -oE "\bid=['\"][^'\"]*" "$out/one.html" | sed "s/id=['\"]//" | sort >"$out/ids"
	[ -z "$(uniq -d "$out/ids")" ]
	[ -z "$(sort -u "$out/ids" | comm -23 "$out/links" -)" ]
	svgs=$(grep -c '<svg role="img"' "$out/one.html")
	[ "$svgs" -ge 3 ]
	# what is published stands beside the figures, with its source
	grep -q 'STREAM triad' "$out/one.html"
	grep -q 'Felter et al.' "$out/one.html"
	[ "$(grep -c '<title id="fig[0-9]*-title">' "$out/one.html")" -eq "$svgs" ]
	[ "$(grep -c '<desc id="fig[0-9]*-desc">' "$out/one.html")" -eq "$svgs" ]
	! grep -q 'Produced by GNUPLOT' "$out/one.html" "$out"/run/plots/*.svg
}
