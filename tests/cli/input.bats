#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Bad input of every kind, for every command: one line that says what, where and how to
# mend it, status 2, nothing written.

load common

setup_file() {
	"$MAKE_LEAKS" "$BATS_FILE_TMPDIR/good.rec" leak=0,/epoch,3,100
	good=$BATS_FILE_TMPDIR/good.rec
	export good
}

# for_readers TEXT FILE: both commands that read recordings refuse FILE.
for_readers() {
	bad "$1" -- leakscope report "$2"
	bad "$1" -- leakscope report --format json "$2"
	bad "$1" -- leakscope gate "$2"
}

# patch OFFSET BYTES…: a copy of the good recording with bytes changed (as printf has them).
patch() {
	cp "$good" patched.rec
	printf "%b" "$2" | dd of=patched.rec bs=1 seek="$1" conv=notrunc status=none
}

@test "no command, unknown commands and options" {
	bad "no command" -- leakscope
	bad "no command 'frobnicate'" -- leakscope frobnicate
	bad "'--frobnicate'" -- leakscope --frobnicate
	for command in report diff snapshot gate list run; do
		bad "--frobnicate" "--help" -- leakscope $command --frobnicate
	done
}

@test "commands of later versions are told from slips of the pen" {
	bad "not in this version" -- leakscope top
}

@test "help and version work for all commands" {
	run -0 leakscope --version
	[[ ${lines[0]} == "leakscope "[0-9]* ]]
	run -0 leakscope --help
	has run report diff snapshot gate list
	for command in run report diff snapshot gate list; do
		run -0 --separate-stderr leakscope $command --help
		has "Usage: leakscope $command"
		[ -z "$stderr" ]
		run -0 leakscope help $command
		has "Usage: leakscope $command"
	done
	bad "frobnicate" -- leakscope help frobnicate
}

@test "nothing to read" {
	bad "recording" -- leakscope report
	bad "recording" -- leakscope gate
	for_readers "none.rec" none.rec
	for_readers "directory" .
	mkfifo pipe
	for_readers "pipe" pipe
	for_readers "/dev/null" /dev/null
	: >empty.rec
	for_readers "empty.rec" empty.rec
}

@test "foreign files" {
	echo "int main(void) { return 0; }" >main.c
	for_readers "main.c" main.c
	for_readers "$MAKE_LEAKS" "$MAKE_LEAKS"
	head -c 100000 /dev/urandom >noise
	for_readers "noise" noise
}

@test "a recording of the future, of another byte order" {
	patch 8 '\x63\x00\x00\x00'
	for_readers "version 99" patched.rec
	patch 12 '\x01\x02\x03\x04'
	for_readers "byte order" patched.rec
}

@test "truncated recordings: without a header refused, with a short tail read" {
	for size in 1 7 8 100 4096 8191; do
		head -c $size "$good" >cut.rec
		for_readers "cut.rec" cut.rec
	done
	size=$(stat -c %s "$good")
	head -c $((size - 1)) "$good" >cut.rec
	run -0 leakscope report cut.rec
	has "cut"
}

@test "a recording that can't be opened" {
	if [ "$(id -u)" = 0 ]; then
		chmod 755 "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" 2>/dev/null || true
		as=(setpriv --reuid 65534 --clear-groups)
	else
		as=(env)
	fi
	cp "$good" secret.rec
	chmod 000 secret.rec
	bad "secret.rec" "ermission" -- "${as[@]}" "$LEAKSCOPE" report secret.rec
	bad "secret.rec" "ermission" -- "${as[@]}" "$LEAKSCOPE" gate secret.rec
}

@test "option values" {
	bad "--kinds" "'leaky'" -- leakscope report --kinds leaky "$good"
	bad "--memory" "'ram'" -- leakscope report --memory ram "$good"
	bad "--top" "'many'" -- leakscope report --top many "$good"
	bad "--sort" "'size'" -- leakscope report --sort size "$good"
	bad "--group" "'color'" -- leakscope report --group color "$good"
	bad "--min-bytes" -- leakscope report --min-bytes -3 "$good"
	bad "--color" -- leakscope report --color red "$good"
	bad "--format" "'xml'" -- leakscope report --format xml "$good"
	bad "html" "not in this version" -- leakscope report --format html "$good"
	bad "snapshot 'never'" -- leakscope report --since never "$good"
	bad "--top" -- leakscope report "$good" --top
}

@test "output that can't be written" {
	bad "/dev/full" -- leakscope report -o /dev/full "$good"
	bad "no/such/dir/out" -- leakscope report -o no/such/dir/out "$good"
	mkdir dir
	bad "dir" -- leakscope report -o dir "$good"
	for command in report gate; do
		run -2 bash -c "\"\$0\" $command \"\$1\" >/dev/full" "$LEAKSCOPE" "$good"
		has "leakscope: "
	done
}

@test "a failing command leaves the file of -o as it was" {
	echo precious >out
	bad "none.rec" -- leakscope report -o out none.rec
	bad "none.rec" -- leakscope gate -o out none.rec
	[ "$(cat out)" = precious ]
}

@test "control characters of hostile names don't reach the terminal" {
	"$MAKE_LEAKS" evil.rec 'leak=0,/a'$'\e''[2J,1,8' 'exe=/x/'$'\e''[31mred'
	run -0 leakscope report evil.rec
	lacks $'\e'
	run -1 leakscope gate evil.rec
	lacks $'\e'
	for format in github markdown; do
		run -1 leakscope gate --format $format evil.rec
		lacks $'\e'
		run -0 leakscope report --format $format evil.rec
		lacks $'\e'
	done
	run -0 leakscope list
	lacks $'\e'
}
