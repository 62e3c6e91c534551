#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `leakscope run` as users meet it.  LEAKSCOPE, and LEAK, LEAK_STATIC and
# OWN_MALLOC (programs/), come from meson.

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset LEAKSCOPE_OPTIONS LD_PRELOAD
}

# Run with stdout and stderr kept apart: $output, $status, $err and the file err.
under() {
	status=0
	output=$("$LEAKSCOPE" run "$@" 2>err) || status=$?
	err=$(<err)
}

fail() {
	echo "$1"
	echo "status $status"
	echo "stdout: $output"
	echo "stderr: $err"
	ls -laR
	return 1
}

has_line() { # TEXT: stderr has a line with it
	[[ $err == *"$1"* ]] || fail "no '$1' on stderr"
}

lacks() {
	[[ $err != *"$1"* ]] || fail "'$1' on stderr"
}

status_is() {
	[[ $status == "$1" ]] || fail "status is not $1"
}

one_line() { # stderr is one line: what, where, remedy
	[[ $(wc -l <err) == 1 && $err == "leakscope: "* ]] || fail "stderr is not one line"
}

recordings() { # how many
	find . -name '*.rec*' -o -name 'x*' -type f | wc -l
}

json() { # FILE EXPRESSION: of the report r
	python3 -c "import json, sys; r = json.load(open(sys.argv[1])); print($2)" "$1"
}

report() { # RECORDING EXPRESSION
	"$LEAKSCOPE" report --format json -o r.json "$1"
	json r.json "$2"
}

@test "a leak is summarized, with its function and line" {
	under "$LEAK" 4096
	status_is 0
	has_line "4.0 KiB"
	has_line "leak_block"
	has_line "leak.c:"
	has_line "leakscope report "
	[[ -z $output ]]
	[[ $(recordings) == 1 ]] || fail "not one recording"
}

@test "the summary names a recording that report reads" {
	under "$LEAK" 4096
	file=$(echo ./*.rec)
	has_line "${file#./}"
	[[ $(report "$file" 'r["summary"]["leaked_bytes"]') == 4096 ]]
	[[ $(report "$file" 'r["process"]["state"], r["process"]["exit_code"]') == "exited 0" ]]
}

@test "no leak is said to be none" {
	under "$LEAK" exit:0
	status_is 0
	lacks "leak_block"
	[[ $err == *[Nn]"o leak"* ]] || fail "it does not say so"
}

@test "--quiet says nothing" {
	under --quiet "$LEAK" 4096 fork:100
	status_is 0
	[[ -z $err ]] || fail "it speaks"
}

@test "the program's status passes through, leaks or not" {
	under -q "$LEAK" 10 exit:7
	status_is 7
	under -q "$LEAK" exit:255
	status_is 255
	under -q "$LEAK" 10 kill:9
	status_is 137
	under -q "$LEAK" 10 kill:11
	status_is 139
}

@test "--error-exitcode: leaks in the program" {
	under -q --error-exitcode 42 "$LEAK" 10 exit:7
	status_is 42
	under -q --error-exitcode=42 "$LEAK" exit:7
	status_is 7
}

@test "--error-exitcode: leaks in a child only" {
	under -q --error-exitcode 42 "$LEAK" fork:100 exit:7
	status_is 42
	under -q --error-exitcode 42 --children no "$LEAK" fork:100 exit:7
	status_is 7
}

@test "--error-exitcode: leaks before an exec are none" {
	under -q --error-exitcode 42 "$LEAK" 100 "exec:$LEAK" exit:7
	status_is 7
	under -q --error-exitcode 42 "$LEAK" "exec:$LEAK" 100 exit:7
	status_is 42
}

@test "--error-exitcode: suppressed leaks are none" {
	echo "leak:leak_block" >known
	under -q --error-exitcode 42 --suppressions known "$LEAK" 100 exit:7
	status_is 7
	echo "leak:another_function" >known
	under -q --error-exitcode 42 --suppressions known "$LEAK" 100 exit:7
	status_is 42
}

@test "a program killed by a signal: recorded as it stood" {
	under "$LEAK" 4096 kill:9
	status_is 137
	[[ $(report ./*.rec 'r["process"]["state"], r["process"]["signal"]') == "signalled 9" ]]
	[[ $(report ./*.rec 'r["summary"]["leaked_bytes"]') == 4096 ]]
}

@test "a program that leaves by a raw system call gets its last word from the launcher" {
	under -q "$LEAK" 4096 vanish:3
	status_is 3
	[[ $(report ./*.rec 'r["process"]["state"], r["process"]["exit_code"]') == "exited 3" ]]
}

@test "-o: an existing directory" {
	mkdir there
	under -q -o there "$LEAK" 1
	status_is 0
	compgen -G 'there/leakscope.leak.*.rec' || fail "not there"
}

@test "-o: a directory is made when the path ends in a slash" {
	under -q -o new/deep/ "$LEAK" 1
	status_is 0
	compgen -G 'new/deep/leakscope.leak.*.rec' || fail "not there"
}

@test "-o: the recording's own name; nothing is overwritten" {
	under -q -o x "$LEAK" 11
	under -q -o x "$LEAK" 22
	under -q -o x "$LEAK" 33
	[[ $(report x 'r["summary"]["leaked_bytes"]') == 11 ]]
	[[ $(report x.2 'r["summary"]["leaked_bytes"]') == 22 ]]
	[[ $(report x.3 'r["summary"]["leaked_bytes"]') == 33 ]]
}

@test "-o: children and earlier images have names of their own" {
	under -q -o x "$LEAK" 11 fork:22 "exec:$LEAK" 33
	status_is 0
	[[ $(report x 'r["summary"]["leaked_bytes"]') == 33 ]] || fail "x is not the last image"
	[[ $(report x.exec1 'r["process"]["state"]') == exec ]] || fail "no x.exec1"
	child=$(ls -d x.[0-9]*)
	[[ $(report "$child" 'r["summary"]["leaked_bytes"]') == 22 ]] || fail "no child"
}

@test "--children: all keeps a clean child's recording, yes does not" {
	under -q -o x "$LEAK" child
	[[ $(ls) == $'err\nx' ]] || fail "more than x"
	under -q --children all -o y "$LEAK" child
	compgen -G 'y.[0-9]*' || fail "no child"
	under -q --children no -o z "$LEAK" fork:22
	compgen -G 'z.[0-9]*' && fail "a child"
	true
}

@test "bad places: one line, status 2, the program is not started" {
	for place in missing/x /dev/null err/x err/ ''; do
		rm -f started
		under -o "$place" touch started
		status_is 2
		one_line
		[[ ! -e started ]] || fail "started"
	done
}

@test "an output directory that cannot be written: status 2" {
	under -o /proc/self/task true # not even by root
	status_is 2
	one_line
}

@test "--report: several, to files" {
	under --report json:a.json --report text:b.txt --quiet "$LEAK" 4096
	status_is 0
	[[ $(json a.json 'r["summary"]["leaked_bytes"]') == 4096 ]]
	grep -q leak_block b.txt
	[[ -z $err ]] || fail "it speaks"
}

@test "--report text: without a file it is on stderr, once" {
	under --report text "$LEAK" 4096
	[[ $(grep -c leak_block err) == 1 ]] || fail "not once"
	[[ -z $output ]]
}

@test "--report json: without a file it is beside the recording" {
	under -q --report json -o x "$LEAK" 4096
	[[ $(json x.json 'r["summary"]["leaked_bytes"]') == 4096 ]]
}

@test "--report json:- is stdout" {
	under -q --report json:- "$LEAK" 4096
	echo "$output" >out
	[[ $(json out 'r["summary"]["leaked_bytes"]') == 4096 ]]
}

@test "--report: a tree gives FILE and FILE.<pid>" {
	under -q --report json:a.json "$LEAK" 11 fork:22
	[[ $(json a.json 'r["summary"]["leaked_bytes"]') == 11 ]]
	[[ $(json a.json.[0-9]* 'r["summary"]["leaked_bytes"]') == 22 ]]
}

@test "--report: bad ones are refused before the program starts" {
	for value in nosuch json: json:missing/x json:. ''; do
		under --report "$value" touch started
		status_is 2
		one_line
		[[ ! -e started ]] || fail "started"
	done
}

@test "bad options: one line, status 2" {
	for option in --depth=0 --depth=1025 --depth=x --sample=-1 --sample=lots --children=some \
		--nvtx=perhaps --error-exitcode=256 --error-exitcode=-1 --error-exitcode= \
		--suppressions=missing --store=missing --nosuch; do
		under "$option" touch started
		status_is 2
		one_line
		[[ ! -e started ]] || fail "started"
	done
	under
	status_is 2
	one_line
}

@test "malformed suppressions: one line with file and line, status 2" {
	printf 'leak:x\nnonsense\n' >known
	under --suppressions known touch started
	status_is 2
	one_line
	has_line known:2
	[[ ! -e started ]]
}

@test "a missing program is 127, one that can't be started 126" {
	under no-such-program-anywhere
	status_is 127
	one_line
	under ./missing
	status_is 127
	one_line
	touch plain
	under ./plain
	status_is 126
	one_line
	under /
	status_is 126
	one_line
	printf '#!/no/such/interpreter\n' >script
	chmod +x script
	under ./script
	status_is 126
	one_line
	has_line /no/such/interpreter
}

@test "a broken ELF file is 126" {
	head -c 100 "$LEAK" >broken
	chmod +x broken
	under ./broken
	status_is 126
}

@test "a static program runs, and is said to be untracked, quiet or not" {
	under -q "$LEAK_STATIC" 10 exit:7
	status_is 7
	has_line "can't be tracked, because"
	has_line "statically linked"
	has_line "was not tracked"
	[[ $err != *[Nn]"o leak"* ]] || fail "it says no leaks"
	under --error-exitcode 42 "$LEAK_STATIC" 10 exit:7
	status_is 7
	has_line "was not tracked"
}

@test "the report of a static program is not written, and that is said" {
	under -q --report json:a.json "$LEAK_STATIC"
	status_is 0
	has_line "--report json:a.json: not written"
	[[ ! -e a.json ]]
}

@test "a stderr that nobody reads changes no status" {
	status=0
	{ "$LEAKSCOPE" run "$LEAK" 4096 sleep:200 exit:7 || echo $? >status; } 2> >(exec true)
	[[ $(<status) == 7 ]]
}

@test "--help describes the options" {
	output=$("$LEAKSCOPE" run --help)
	[[ $output == *"Usage: leakscope run [OPTION...] [--] PROGRAM [ARGS...]"* ]]
	[[ $output == *--error-exitcode* ]]
}

@test "children of a static program are tracked" {
	under -o x --error-exitcode 42 "$LEAK_STATIC" "exec:$LEAK" 4096
	status_is 42
	[[ $(report x 'r["summary"]["leaked_bytes"]') == 4096 ]]
}

@test "a program that execs a static one: that one was not tracked" {
	under -q "$LEAK" 10 "exec:$LEAK_STATIC" exit:7
	status_is 7
	has_line "was not tracked"
}

@test "a program with its own malloc is named" {
	under "$OWN_MALLOC"
	status_is 0
	[[ $output == 1 ]]
	[[ $err == *"malloc of its own"* && $err != *[Nn]"o leak"* ]] || fail "it is not named"
	under -q -o own.rec "$OWN_MALLOC"
	[[ $err == *"malloc of its own"* ]] || fail "quiet hides it"
	local verdict status=0
	verdict=$("$LEAKSCOPE" gate own.rec) || status=$?
	((status == 1)) || fail "the gate's status is $status"
	[[ $verdict == FAIL*"malloc of its own"* ]] || fail "the gate says: $verdict"
}

@test "a home that does not exist is not made" {
	local home=$PWD/nowhere
	HOME=$home XDG_STATE_HOME='' under "$LEAK" 10 exit:0
	status_is 0
	[[ ! -e $home ]] || fail "it made $home"
}

@test "background processes go on, and that is said" {
	start=$SECONDS
	under -o x "$LEAK" daemon:6 exit:3
	status_is 3
	((SECONDS - start < 5)) || fail "it waited"
	has_line "background"
}

@test "the environment's options count, the command line's win" {
	LEAKSCOPE_OPTIONS=depth=3:children=no under -q --depth 5 -o x "$LEAK" fork:10
	[[ $(ls) == $'err\nx' ]] || fail "children=no was lost"
	report x 'r["options"]' >options
	grep -q "'depth': '\?5" options || fail "$(<options)"
}

@test "the environment's dir is the default of -o" {
	mkdir there
	LEAKSCOPE_OPTIONS=dir=there under -q "$LEAK" 1
	compgen -G 'there/*.rec' || fail "not there"
	LEAKSCOPE_OPTIONS=dir=there under -q -o x "$LEAK" 1
	[[ -e x ]]
}

@test "an unknown key of LEAKSCOPE_OPTIONS: one warning for the tree, the program runs" {
	LEAKSCOPE_OPTIONS=detph=3 under -q "$LEAK" fork:1 exit:7
	status_is 7
	one_line
	has_line detph
	has_line timeline_ms
}

@test "a path with a colon and a space" {
	mkdir "a: b"
	under -q -o "a: b/x" "$LEAK" 11 fork:22
	[[ $(report "a: b/x" 'r["summary"]["leaked_bytes"]') == 11 ]]
	compgen -G 'a: b/x.[0-9]*'
}

@test "--store: the recording ends up where -o says" {
	mkdir store there
	under -q --store store -o there "$LEAK" 11 fork:22
	status_is 0
	[[ -z $(ls store) ]] || fail "left in the store"
	[[ $(find there -name '*.rec' | wc -l) == 2 ]] || fail "not there"
}

@test "--store: a killed program's recording is moved as well" {
	mkdir store
	under -q --store store -o x "$LEAK" 11 kill:9
	status_is 137
	[[ -z $(ls store) ]] || fail "left in the store"
	[[ $(report x 'r["summary"]["leaked_bytes"]') == 11 ]]
}

@test "the launcher keeps the timeline" {
	under -q -o x "$LEAK" busy:600
	n=$(report x 'len([s for s in r["timeline"] if s["rss_bytes"] > 0 and s["host_bytes"] >= 100000])')
	((n >= 3 && n <= 8)) || fail "$n samples"
	[[ $(report x '0.4 < r["timeline"][-1]["t_s"] < 5') == True ]] || fail "wrong times"
}

@test "timeline_ms=0 samples nothing" {
	LEAKSCOPE_OPTIONS=timeline_ms=0 under -q -o x "$LEAK" busy:300
	[[ $(report x 'len(r["timeline"])') == 0 ]]
}

@test "--torch-no-cache sets PyTorch's variable" {
	# shellcheck disable=SC2016 # for the inner shell
	under -q --torch-no-cache sh -c 'echo "${PYTORCH_NO_CUDA_MEMORY_CACHING-unset}"'
	[[ $output == 1 ]]
	# shellcheck disable=SC2016 # for the inner shell
	under -q sh -c 'echo "${PYTORCH_NO_CUDA_MEMORY_CACHING-unset}"'
	[[ $output == unset ]]
}

@test "other preloaded libraries stay, after ours" {
	# shellcheck disable=SC2016 # for the inner shell
	ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=libm.so.6 under -q sh -c 'echo "$LD_PRELOAD"'
	[[ $output == */libleakscope.so:libm.so.6 ]] || fail "lost"
}

@test "LEAKSCOPE_SHIM: a wrong one is named" {
	LEAKSCOPE_SHIM=/no/such.so under true
	status_is 2
	one_line
	has_line /no/such.so
}

@test "a file size limit: the program is as it was, and nothing looks clean" {
	output=$( (ulimit -f 0 && "$LEAKSCOPE" run -q -o x "$LEAK" 10 busy:300 exit:3 || echo "status $?") 2>&1 | cat)
	[[ $output == *"was not tracked"* && $output == *"status 3" ]]
	output=$( (ulimit -f 64 && "$LEAKSCOPE" run -q -o y "$LEAK" 10 busy:300 exit:3 || echo "status $?") 2>&1 | cat)
	[[ $output == "status 3" ]]
	[[ $(report y 'r["summary"]["leaked_bytes"]') == 10 ]]
}

@test "many short children: no heap of files" {
	under -q bash -c 'for ((i = 0; i < 100; i++)); do /bin/true; done'
	status_is 0
	[[ $(find . -name '*.rec' | wc -l) -le 1 ]] || fail "$(find . -name '*.rec' | wc -l) files"
}
