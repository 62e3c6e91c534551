#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The generated man pages and the bash completion say what the command says.
# Needs LEAKSCOPE (the command) and DOCS (the folder with the generated files).

commands() {
	"$LEAKSCOPE" --help | sed -nE 's/^ {2,6}([a-z]+) {2,}.*/\1/p' | grep -vx help
}

# The long options of a command, as its help has them.
options() {
	"$LEAKSCOPE" help "$1" | grep -oE '^ {2,6}(-., |    )--[a-z-]+' | grep -oE -- '--[a-z-]+'
}

# complete WORD…: what bash offers for the last word.
complete_words() {
	# shellcheck source=/dev/null
	source "$DOCS/leakscope.bash"
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_leakscope leakscope "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
	printf '%s\n' "${COMPREPLY[@]}"
}

@test "every command has a man page that names all of its options" {
	[ -n "$(commands)" ]
	for command in $(commands); do
		page=$DOCS/leakscope-$command.1
		[ -s "$page" ]
		[ -n "$(options "$command")" ]
		for option in $(options "$command"); do
			grep -qF -- "fB${option//-/\\-}\\fR" "$page" || {
				echo "leakscope-$command.1 lacks $option"
				false
			}
		done
	done
}

@test "the main page names every command" {
	for command in $(commands); do
		grep -qF "fB$command\\fR" "$DOCS/leakscope.1"
	done
}

@test "completion offers the commands" {
	[ "$(complete_words leakscope ga)" = gate ]
	[ "$(complete_words leakscope '' | grep -cxF -f <(commands))" -eq "$(commands | wc -l)" ]
}

@test "completion offers every option of a command" {
	for command in $(commands); do
		diff <(options "$command" | sort) <(complete_words leakscope "$command" -- | sort)
	done
}

@test "completion offers the values that an option lists" {
	[ "$(complete_words leakscope run --children = a)" = all ]
	[ "$(complete_words leakscope report --format = fo)" = folded ]
	[ "$(complete_words leakscope gate --format git)" = github ]
}

@test "completion falls back to file names" {
	cd "$BATS_TEST_TMPDIR"
	: >leakscope.train.1.rec
	[ "$(complete_words leakscope report leak)" = leakscope.train.1.rec ]
}
