# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the command-line tests share: a fresh directory and home for each test, and
# words to say what is expected.  $LEAKSCOPE is the command, $MAKE_LEAKS the
# maker of recordings (make_leaks.c).

bats_require_minimum_version 1.5.0

setup() {
	export HOME="$BATS_TEST_TMPDIR/home" LC_ALL=C.UTF-8
	unset XDG_STATE_HOME LEAKSCOPE_OPTIONS GITHUB_WORKSPACE NO_COLOR DEBUGINFOD_URLS
	mkdir -p "$HOME" "$BATS_TEST_TMPDIR/here"
	cd "$BATS_TEST_TMPDIR/here" || return
}

leakscope() {
	"$LEAKSCOPE" "$@"
}

make_leaks() {
	"$MAKE_LEAKS" "$@"
}

# has TEXT…: the output holds each of them.
has() {
	local text
	# shellcheck disable=SC2154 # output is bats's
	for text; do
		if [[ $output != *"$text"* ]]; then
			printf 'missing: %s\noutput:\n%s\n' "$text" "$output"
			return 1
		fi
	done
}

# lacks TEXT…: the output holds none of them.
lacks() {
	local text
	for text; do
		if [[ $output == *"$text"* ]]; then
			printf 'not expected: %s\noutput:\n%s\n' "$text" "$output"
			return 1
		fi
	done
}

# bad TEXT… -- COMMAND: status 2, nothing on standard output, one line on standard
# error that starts with "leakscope: " and holds each TEXT.
bad() {
	local -a texts=()
	while [[ $1 != -- ]]; do
		texts+=("$1")
		shift
	done
	shift
	run -2 --separate-stderr "$@"
	# shellcheck disable=SC2154 # stderr and stderr_lines are bats's
	if [[ -n $output || ${#stderr_lines[@]} -ne 1 || $stderr != "leakscope: "* ]]; then
		printf 'no single line of error\nstdout: %s\nstderr: %s\n' "$output" "$stderr"
		return 1
	fi
	output=$stderr
	has "${texts[@]}"
}
