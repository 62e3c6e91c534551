#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The gate: limits, baselines, suppressions, formats, and what it refuses.

load common

@test "a leak fails the gate and is shown with its line and fingerprint" {
	make_leaks a.rec leak=0,/epoch/batch,3,100
	run -1 leakscope gate a.rec
	has "FAIL  leaked 300 B in 3 blocks" \
		"--max-leaked-bytes: the limit is 0 B, found 300 B" \
		"new     300 B in 3 blocks, unclassified, scope /epoch/batch (outlived it)" \
		"store_load    /src/app/store.c:110" "fingerprint " "--update-baseline"
}

@test "no leak passes" {
	make_leaks a.rec churn=10
	run -0 leakscope gate a.rec
	[ "$output" = "PASS  no leaks" ]
}

@test "all recordings are judged together" {
	make_leaks a.rec leak=0,/,1,600
	make_leaks b.rec leak=1,/,1,600
	run -0 leakscope gate --max-leaked-bytes 1K a.rec
	run -0 leakscope gate --max-leaked-bytes 1K b.rec
	run -1 leakscope gate --max-leaked-bytes 1K a.rec b.rec
	has "leaked 1.2 KiB in 2 blocks in 2 recordings" "limit is 1.0 KiB, found 1.2 KiB"
	run -0 leakscope gate --max-leaked-bytes 2K --max-leaked-blocks 2 a.rec b.rec
	has "PASS  leaked 1.2 KiB in 2 blocks in 2 recordings, within the limits"
	run -1 leakscope gate --max-leaked-bytes 2K --max-leaked-blocks 1 a.rec b.rec
	has "--max-leaked-blocks: the limit is 1, found 2"
}

@test "an image that exec replaced has no leaks" {
	make_leaks a.rec state=exec leak=0,/,1,600
	run -0 leakscope gate a.rec
	has "PASS  no leaks"
}

@test "the peak is limited, in units of 1024" {
	make_leaks a.rec peak=2048
	make_leaks b.rec peak=2049
	run -0 leakscope gate --max-peak-bytes 2K a.rec
	run -1 leakscope gate --max-peak-bytes 2K a.rec b.rec
	has "no leaks in 2 recordings, but another limit is passed" \
		"--max-peak-bytes: the limit is 2.0 KiB (2048 bytes), the peak was 2.0 KiB (2049 bytes) in b.rec"
}

@test "kinds: what doesn't count doesn't fail" {
	make_leaks a.rec leak=0,/,1,600
	run -0 leakscope gate --kinds definite,outlived a.rec
	run -1 leakscope gate --kinds all a.rec
	make_leaks b.rec leak=0,/scope,1,600
	run -1 leakscope gate --kinds definite,outlived b.rec
	make_leaks c.rec leak=0,/,2,600,device
	run -1 leakscope gate c.rec
	has "1.2 KiB in 2 buffers, device, scope /"
}

@test "a baseline accepts what it lists, and no more" {
	make_leaks a.rec leak=0,/epoch,3,100 leak=1,/,1,16
	run -0 leakscope gate --baseline base --update-baseline a.rec
	has "PASS  no new leaks" "base now accepts 2 leaks"
	run -0 leakscope gate --baseline base a.rec
	has "accepted    316 B in 4 blocks, 2 leaks of base"
	make_leaks more.rec leak=0,/epoch,4,100 leak=1,/,1,16
	run -1 leakscope gate --baseline base more.rec
	has "baseline: 4 blocks of a leak that is accepted up to 3 (store_load)" \
		"grown   400 B in 4 blocks"
	# More than accepted fails, whatever the limit for new leaks is.
	run -1 leakscope gate --baseline base --max-leaked-bytes 1M more.rec
	make_leaks new.rec leak=2,/,1,8
	run -1 leakscope gate --baseline base new.rec
	has "new     8 B in 1 block" "parse_line" "gone        2 accepted leaks are no longer there"
	run -0 leakscope gate --baseline base --max-leaked-bytes 8 new.rec
	# Other sizes of as many blocks are accepted.
	make_leaks larger.rec leak=0,/epoch,3,1000
	run -0 leakscope gate --baseline base larger.rec
	# The same function in another scope is another leak.
	make_leaks elsewhere.rec leak=0,/other,1,100
	run -1 leakscope gate --baseline base elsewhere.rec
}

@test "max=any and comments survive an update" {
	make_leaks a.rec leak=0,/epoch,3,100 leak=1,/,1,16
	leakscope gate --baseline base --update-baseline a.rec
	sed -i -e 's/ blocks=3 / blocks=3 max=any /' -e '/cache_fill/s/$/  # ticket 12/' base
	echo "# the end" >>base
	make_leaks more.rec leak=0,/epoch,9,100 leak=1,/,1,16 leak=2,/,1,1
	run -1 leakscope gate --baseline base more.rec
	lacks "grown"
	run -0 leakscope gate --baseline base --update-baseline more.rec
	run -0 cat base
	has "blocks=9 bytes=900 max=any in /epoch: store_load < run_all" "# ticket 12" "# the end" "parse_line"
	[ "$(ls -A)" = "$(printf '%s\n' a.rec base more.rec)" ]
}

@test "growth is measured against the baseline's totals" {
	make_leaks a.rec peak=1000 churn=100
	make_leaks b.rec peak=1100 churn=100
	leakscope gate --baseline base --update-baseline a.rec
	run -0 leakscope gate --baseline base --max-growth-percent 10 b.rec
	run -1 leakscope gate --baseline base --max-growth-percent 9.5% b.rec
	has "--max-growth-percent 9.5: host peak grew by 10.0 %, from 1000 B to 1.1 KiB"
	make_leaks c.rec peak=1000 churn=200
	run -1 leakscope gate --baseline base --max-growth-percent 10 c.rec
	has "host allocations grew by 100.0 %, from 100 to 200"
	run -0 leakscope gate --baseline base c.rec
}

@test "suppressions in both forms, counted, unused ones listed" {
	make_leaks a.rec leak=0,/epoch,3,100 leak=1,/,1,16 leak=2,/x,1,4
	printf '%s\n' '# known' 'leak:^store_load$' 'leak:nothing' >one
	printf '%s\n' '{' '  a name' '  Memcheck:Leak' '  fun:malloc' '  fun:cache_*' '  ...' '}' 'scope:/x*' >two
	run -0 leakscope gate --suppressions one --suppressions two --verbose a.rec
	has "PASS  no leaks" "suppressed  320 B in 5 blocks" \
		"used suppression    leak:^store_load\$ (one:2): 300 B in 3 blocks" \
		"unused suppression  leak:nothing (one:3)" "used suppression    a name (two:1): 16 B in 1 block" \
		"used suppression    scope:/x* (two:8): 4 B in 1 block"
	run -1 leakscope gate --suppressions one a.rec
	lacks "unused"
}

@test "the built-in rules can be listed, read back and switched off" {
	run -0 leakscope gate --list-suppressions
	has "# built-in: fontconfig" "leak:^g_type_register_static\$" "obj:*/libcuda.so*"
	leakscope gate --list-suppressions >rules
	make_leaks a.rec leak=0,/,1,1
	run -1 leakscope gate --no-default-suppressions --suppressions rules a.rec
	echo "leak:mine" >one
	run -0 leakscope gate --no-default-suppressions --suppressions one --list-suppressions
	[ "$output" = "$(printf '# one:1\nleak:mine')" ]
}

@test "github: annotations at the line, escaped, and a summary line" {
	make_leaks a.rec leak=0,/50%,3,100 peak=100
	GITHUB_WORKSPACE=/src run -1 leakscope gate --format github --max-peak-bytes 1 a.rec
	[[ ${lines[0]} == "::error file=app/store.c,line=110,title=leakscope%3A new memory leak::300 B in 3 blocks, "*"scope /50%25 "* ]]
	has "::error title=leakscope gate::--max-peak-bytes" "leakscope gate: FAIL  leaked 300 B in 3 blocks"
	run -0 leakscope gate --format github --max-leaked-bytes 1K a.rec
	has "::warning file=" "leakscope gate: PASS"
	lacks "::error"
}

@test "markdown: a table for the job summary, into a file" {
	make_leaks a.rec leak=0,/epoch,3,100
	run -1 --separate-stderr leakscope gate --format markdown -o summary.md a.rec
	[ -z "$output" ]
	# shellcheck disable=SC2154 # stderr is bats's
	[ "$stderr" = "leakscope gate: FAIL  leaked 300 B in 3 blocks" ]
	run -0 cat summary.md
	has "### leakscope gate: FAIL" "| new | unclassified | 300 B | 3 | <code>/epoch</code> outlived | <code>store&#95;load</code>"
}

@test "report writes github and markdown too" {
	make_leaks a.rec leak=0,/epoch,3,100
	run -0 leakscope report --format github a.rec
	has "::error file=/src/app/store.c,line=110,title=leakscope%3A memory leak::300 B in 3 blocks" "%0A  run_all  /src/app/app.c:50"
	run -0 leakscope report --format markdown a.rec
	has "| 1 | unclassified | 300 B | 3 | <code>/epoch</code> outlived |" "<details>"
}

@test "warnings of a recording are not lost" {
	make_leaks a.rec "note=12 allocations were lost"
	run -0 leakscope gate a.rec
	has "note        12 allocations were lost"
	run -0 leakscope gate --format github a.rec
	has "::warning title=leakscope::12 allocations were lost"
}

@test "refused: a baseline that is none is never overwritten" {
	make_leaks a.rec leak=0,/,1,1
	echo "int main(void);" >main.c
	bad "'main.c' is no leakscope baseline" -- leakscope gate --baseline main.c --update-baseline a.rec
	[ "$(cat main.c)" = "int main(void);" ]
	cp a.rec b.rec
	bad "'b.rec' is no leakscope baseline" -- leakscope gate --baseline b.rec --update-baseline a.rec
	cmp a.rec b.rec
	mkdir dir
	bad "'dir'" -- leakscope gate --baseline dir --update-baseline a.rec
	bad "no regular file" -- leakscope gate --baseline /dev/null --update-baseline a.rec
	bad "there is no baseline 'none'" "--update-baseline" -- leakscope gate --baseline none a.rec
}

@test "refused: a malformed baseline is named with its line and stays" {
	make_leaks a.rec leak=0,/,1,1
	leakscope gate --baseline base --update-baseline a.rec
	echo "leek abc" >>base
	cp base before
	bad "base:8: 'leek' is not understood" -- leakscope gate --baseline base a.rec
	bad "base:8:" -- leakscope gate --baseline base --update-baseline a.rec
	cmp base before
	printf 'leakscope-baseline 9\n' >base
	bad "version 9" -- leakscope gate --baseline base a.rec
}

@test "refused: no update when a recording can't be read" {
	make_leaks a.rec leak=0,/,1,1
	leakscope gate --baseline base --update-baseline a.rec
	cp base before
	make_leaks b.rec leak=1,/,1,1
	bad "none.rec" -- leakscope gate --baseline base --update-baseline b.rec none.rec
	cmp base before
	bad "none.rec" -- leakscope gate --baseline fresh --update-baseline none.rec
	[ ! -e fresh ]
}

@test "refused: an update where nothing can be written" {
	make_leaks a.rec leak=0,/,1,1
	bad "cannot write the baseline 'no/such/base'" -- leakscope gate --baseline no/such/base --update-baseline a.rec
	bad "/dev/full" -- leakscope gate -o /dev/full a.rec
	bad "no/such/out" -- leakscope gate -o no/such/out a.rec
}

@test "refused: malformed suppressions, by file and line" {
	make_leaks a.rec leak=0,/,1,1
	printf 'leak:a\nfoo\n' >s
	bad "s:2: 'foo' is no suppression" -- leakscope gate --suppressions s a.rec
	bad "s:2: 'foo' is no suppression" -- leakscope report --suppressions s a.rec
	printf '{\n name\n Memcheck:Leak\n fun:a\n' >s
	bad "s:1: the block is not closed" -- leakscope gate --suppressions s a.rec
	bad "none" -- leakscope gate --suppressions none a.rec
	bad "suppression file '.'" -- leakscope gate --suppressions . a.rec
	bad "a.rec:2: a control character" -- leakscope gate --suppressions a.rec a.rec
}

@test "refused: options that make no sense" {
	make_leaks a.rec
	bad "no recording given" -- leakscope gate
	bad "--update-baseline needs a file" -- leakscope gate --update-baseline a.rec
	bad "--max-growth-percent measures against a baseline" -- leakscope gate --max-growth-percent 5 a.rec
	bad "'x' is no percentage" -- leakscope gate --max-growth-percent x a.rec
	bad "no percentage" -- leakscope gate --max-growth-percent -5 a.rec
	bad "--max-leaked-bytes" "12Q" -- leakscope gate --max-leaked-bytes 12Q a.rec
	bad "--max-leaked-blocks" -- leakscope gate --max-leaked-blocks -1 a.rec
	bad "--max-peak-bytes" -- leakscope gate --max-peak-bytes "" a.rec
	bad "--kinds" "'leaky'" -- leakscope gate --kinds leaky a.rec
	bad "junit is not in this version" -- leakscope gate --format junit a.rec
	bad "sarif is not in this version" -- leakscope gate --format sarif a.rec
	bad "--format" "'xml'" -- leakscope gate --format xml a.rec
	bad "--colour" -- leakscope gate --colour a.rec
	bad "--baseline" -- leakscope gate a.rec --baseline
	printf 'leakscope-baseline 1\n' >base
	bad "'base' has no totals" -- leakscope gate --baseline base --max-growth-percent 5 a.rec
}
