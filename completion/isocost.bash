# SPDX-License-Identifier: GPL-3.0-or-later
# Completion of isocost for bash. Verbs, options and names are asked from the program itself, so that they are those of the version
# that is installed.

# Verbs of `isocost --help`.
_isocost_verbs() { "$1" --help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p'; }

# Long options of a verb; those with a value end with '='.
_isocost_options() { "$1" "$2" --help 2>/dev/null | grep -oE '^ .{0,6}--[a-z][a-z-]*=?' | grep -oE -- '--[a-z-]+=?'; }

_isocost_suites() { "$1" list suites 2>/dev/null | sed -n 's/^  \([^ ]*\) .*/\1/p'; }

# Drivers that are arms by their own names, or field $3 (arm 3, workload 4) of the plan of a suite.
_isocost_of_suite() {
	if [[ -n $2 ]]; then
		"$1" run -s "$2" --dry-run --seed 1 2>/dev/null | awk -v f="$3" '!/^#/ && !seen[$f]++ { print $f }'
	elif [[ $3 = 3 ]]; then
		"$1" list arms 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'
	else
		"$1" list workloads 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p'
	fi
}

# Run directories: those named by a path, and those in results/.
_isocost_runs() {
	local dir
	for dir in "$1"*/ results/"$1"*/ "$1"*/*/; do
		[[ -f ${dir}run.json ]] && printf '%s\n' "${dir%/}"
	done
}

# The value that -s or --suite had before.
_isocost_suite_given() {
	local i
	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-s) printf '%s\n' "${COMP_WORDS[i + 1]}" ;;
		--suite) [[ ${COMP_WORDS[i + 1]} = "=" ]] && printf '%s\n' "${COMP_WORDS[i + 2]}" || printf '%s\n' "${COMP_WORDS[i + 1]}" ;;
		esac
	done | tail -n 1
}

# Names with commas between them: those before the last comma stay.
_isocost_list() {
	local before=
	[[ $2 = *,* ]] && before=${2%,*},
	mapfile -t COMPREPLY < <(compgen -W "$1" -P "$before" -- "${2##*,}")
	compopt -o nospace 2>/dev/null
}

_isocost() {
	local program=${COMP_WORDS[0]} verb=${COMP_WORDS[1]} cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} suite
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$(_isocost_verbs "$program") --help --version" -- "$cur")
		return
	fi
	# "--arm=ho" comes as three words.
	if [[ $cur = "=" ]]; then
		cur=
	elif [[ $prev = "=" ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	case $prev in
	-s | --suite)
		mapfile -t COMPREPLY < <(compgen -W "$(_isocost_suites "$program")" -- "$cur"; compgen -f -X '!*.suite' -- "$cur")
		return ;;
	-a | --arm | --arms)
		suite=$(_isocost_suite_given)
		[[ $verb = run ]] && suite=${suite:-standard}
		_isocost_list "$(_isocost_of_suite "$program" "$suite" 3)" "$cur"
		return ;;
	-w | --workload)
		suite=$(_isocost_suite_given)
		_isocost_list "$(_isocost_of_suite "$program" "${suite:-standard}" 4)" "$cur"
		return ;;
	-A | --accel)
		mapfile -t COMPREPLY < <(compgen -W "auto kvm tcg" -- "$cur")
		return ;;
	-f | --format)
		mapfile -t COMPREPLY < <(compgen -W "$("$program" "$verb" --help 2>/dev/null | sed -n '/^Formats:/,/^$/s/^  \([a-z]*\) .*/\1/p')" -- "$cur")
		return ;;
	-r | --resume | --run)
		mapfile -t COMPREPLY < <(compgen -W "$(_isocost_runs "$cur")")
		return ;;
	-o | --output | -k | --guest-kernel)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames 2>/dev/null
		return ;;
	-n | --launches | --instances | -S | --seed | -t | --time-budget | --budget | --half-width | --min-launches | --timeout | -m | --margin | --fail-above | --detect | --power | --cells | -c | --connect | -O | --option)
		return ;;
	esac
	if [[ $cur = -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_isocost_options "$program" "$verb")" -- "$cur")
		[[ ${COMPREPLY[0]-} = *= ]] && compopt -o nospace 2>/dev/null
		return
	fi
	case $verb in
	show | report | plot | power | export | compare) mapfile -t COMPREPLY < <(compgen -W "$(_isocost_runs "$cur")") ;;
	list) mapfile -t COMPREPLY < <(compgen -W "arms workloads suites" -- "$cur") ;;
	ratio | import) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	esac
	return 0
}

complete -F _isocost isocost
