#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# leakscope diff: two recordings, two snapshots of one, formats, and what it refuses.

load common

# field FILTER FILE: prints what the Python expression FILTER makes of the JSON `r`.
field() {
	python3 -c 'import json, sys; r = json.load(open(sys.argv[2])); print(eval(sys.argv[1]))' "$1" "$2"
}

# Three snapshots' worth of blocks in one recording.
spanned() {
	make_leaks span.rec leak=0,/,1,100,host,reachable snapshot=cold leak=1,/epoch,2,1000,host,definite \
		snapshot=warm leak=2,/,3,10,host,reachable snapshot=hot leak=0,/,1,7,host,definite
}

@test "what grew, shrank, came and went, largest growth first" {
	make_leaks old.rec leak=0,/epoch,2,100 leak=1,/,5,50 leak=2,/,1,4000
	make_leaks new.rec leak=0,/epoch,5,100 leak=1,/,1,50 leak=2,/x,1,600
	run -0 leakscope diff old.rec new.rec
	has "from old.rec (pid 4711, 12.4 s)   to new.rec (pid 4711, 12.4 s)" \
		"SHRANK  -3.2 KiB, -1 blocks: 900 B more at 2 sites, 4.1 KiB less at 2 sites" \
		"+600 B" "new   scope /x (outlived it)" "+300 B" "+3 blocks   from 200 B in 2 to 500 B in 5" \
		"-200 B" "-4 blocks" "-3.9 KiB" "gone" "store_load" "/src/app/store.c:110" "parse_line"
	[[ "$output" == *"+600 B"*"+300 B"*"-200 B"*"-3.9 KiB"*"scope "*"/x "*"/epoch "*"host "* ]]
	leakscope diff --format json old.rec new.rec >d.json
	[ "$(field '[s["change"]["bytes"] for s in r["sites"]]' d.json)" = "[600, 300, -200, -4000]" ]
	[ "$(field '[(s["path"], s["change"]["bytes"]) for s in r["scopes"]]' d.json)" = "[('/x', 600), ('/epoch', 300), ('/', -4200)]" ]
	[ "$(field 'r["summary"]["change"]' d.json)" = "{'bytes': -3300, 'blocks': -1}" ]
	[ "$(field 'r["totals"]["host"]["allocations"]' d.json)" = "{'old': 8, 'new': 7, 'change': -1}" ]
	[ "$(field 'r["totals"]["host"]["peak_bytes"]["change"]' d.json)" = -3300 ]
	run -0 python3 "$CHECK_SCHEMA" "$SCHEMA" d.json
}

@test "nothing changed" {
	make_leaks a.rec leak=0,/epoch,2,100
	run -0 leakscope diff a.rec a.rec
	has "no change" "allocations 2 to 2 (0)"
	lacks store_load
}

@test "lost is lost, whatever it is lost by; reachable is another thing" {
	make_leaks old.rec leak=0,/,2,100,host,definite leak=1,/,2,10,host,definite
	make_leaks new.rec leak=0,/,2,100,host,indirect leak=1,/,2,10,host,reachable
	leakscope diff --format json old.rec new.rec >d.json
	[ "$(field '[(s["kind"], s["change"]["bytes"]) for s in r["sites"]]' d.json)" = "[('reachable', 20), ('lost', -20)]" ]
	[ "$(field 'r["kinds_compared"]' d.json)" = True ]
	run -0 leakscope diff --kinds reachable old.rec new.rec
	has "+20 B" "GREW"
	lacks "-20 B"
}

@test "a recording without a scan is compared without kinds" {
	make_leaks old.rec leak=0,/,2,100
	make_leaks new.rec leak=0,/,3,100,host,definite
	run -0 leakscope diff old.rec new.rec
	has "+100 B" "from 200 B in 2 to 300 B in 3" "only one of the two had a leak scan"
	leakscope diff --format json old.rec new.rec >d.json
	[ "$(field '[s["kind"] for s in r["sites"]]' d.json)" = "['any']" ]
	run -0 python3 "$CHECK_SCHEMA" "$SCHEMA" d.json
}

@test "device memory is its own" {
	make_leaks old.rec leak=0,/,1,100
	make_leaks new.rec leak=0,/,1,100 leak=0,/,2,64,device
	run -0 leakscope diff old.rec new.rec
	has "device" "+128 B" "+2 buffers"
	run -0 leakscope diff --memory host old.rec new.rec
	has "no change"
}

@test "between two snapshots: what came then and is live still" {
	spanned
	for names in "span.rec@cold span.rec@warm" "--from cold --to warm span.rec"; do
		# shellcheck disable=SC2086 # several words
		run -0 leakscope diff $names
		has "from cold (1.0 s)   to warm (2.0 s)" "GREW  +2.0 KiB, +2 blocks that came in between and are live still" \
			"definite" "cache_fill" "scope /epoch" "live     100 B at cold, 2.1 KiB at warm (+2.0 KiB)"
		lacks store_load parse_line
	done
	leakscope diff --format json --from cold --to hot span.rec >d.json
	[ "$(field '[(s["kind"], s["new"]["bytes"]) for s in r["sites"]]' d.json)" = "[('definite', 2000), ('reachable', 30)]" ]
	[ "$(field '(r["totals"], r["old"]["snapshot"]["label"], r["new"]["snapshot"]["label"])' d.json)" = "(None, 'cold', 'hot')" ]
	run -0 python3 "$CHECK_SCHEMA" "$SCHEMA" d.json
	# to now, and from the start
	leakscope diff --format json --from hot span.rec >d.json
	[ "$(field '[s["new"]["bytes"] for s in r["sites"]]' d.json)" = "[7]" ]
	leakscope diff --format json span.rec span.rec@cold >d.json
	[ "$(field '[s["new"]["bytes"] for s in r["sites"]]' d.json)" = "[100]" ]
	run -0 python3 "$CHECK_SCHEMA" "$SCHEMA" d.json
}

@test "--kinds, --scope, --min-bytes, --top and suppressions select" {
	spanned
	run -0 leakscope diff --kinds reachable --from cold span.rec
	has "parse_line"
	lacks cache_fill
	run -0 leakscope diff --scope '/epoch*' --from cold span.rec
	has "cache_fill"
	lacks parse_line
	run -0 leakscope diff --min-bytes 1K --from cold span.rec
	has "cache_fill"
	lacks parse_line
	run -0 leakscope diff --top 1 --from cold span.rec
	has "cache_fill" "… and 2 more changes (--top shows more)"
	echo leak:cache_fill >rules
	run -0 leakscope diff --suppressions rules --from cold span.rec
	lacks cache_fill
}

@test "-o, --color and a terminal's width" {
	spanned
	run -0 leakscope diff -o out.txt --from cold span.rec
	[ -z "$output" ]
	grep -q GREW out.txt
	run -0 leakscope diff --color always --from cold span.rec
	has $'\e[1;31mGREW'
	run -0 script -qec "stty cols 60; unset NO_COLOR; TERM=xterm '$LEAKSCOPE' diff --from cold span.rec" /dev/null
	while IFS= read -r line; do
		line=$(sed $'s/\e\\[[0-9;]*m//g; s/\r//' <<<"$line")
		((${#line} <= 60)) || {
			echo "too wide: $line"
			return 1
		}
	done <<<"$output"
}

@test "names with @ in them" {
	spanned
	cp span.rec 'a@b.rec'
	run -0 leakscope diff 'a@b.rec@cold' 'a@b.rec@warm'
	has "cache_fill"
	run -0 leakscope diff span.rec 'a@b.rec'
	has "no change"
	bad "no snapshot 'x@y'" -- leakscope diff --from x@y span.rec
}

@test "--since composes with kinds" {
	spanned
	run -0 leakscope report --since cold span.rec
	has "LEAKED  2.0 KiB in 3 blocks" "still reachable 3 (30 B; --kinds all)"
	run -0 leakscope report --since cold --kinds reachable span.rec
	has "parse_line"
	lacks cache_fill store_load
}

@test "refused, in one line" {
	spanned
	make_leaks b.rec leak=0,/,1,1 snapshot=cold
	bad "nothing to compare" -- leakscope diff
	bad "nothing to compare 'b.rec' with" "--from" -- leakscope diff b.rec
	bad "'b.rec' is one too many" -- leakscope diff span.rec span.rec b.rec
	bad "none.rec" -- leakscope diff span.rec none.rec
	bad "none.rec" -- leakscope diff none.rec span.rec
	bad "no snapshot 'tepid'" -- leakscope diff span.rec@tepid span.rec@hot
	bad "no snapshot 'tepid'" -- leakscope diff --from cold --to tepid span.rec
	bad "snapshots of two recordings can't be compared" -- leakscope diff span.rec@cold b.rec@cold
	bad "'cold' (1.0 s) is not later than 'warm' (2.0 s)" -- leakscope diff span.rec@warm span.rec@cold
	bad "--from and --to are about one recording" -- leakscope diff --from cold span.rec b.rec
	bad "names a snapshot, and so do" -- leakscope diff --from cold span.rec@warm
	bad "--format" "text, json" -- leakscope diff --format html span.rec b.rec
	bad "--kinds" "'leaky'" -- leakscope diff --kinds leaky span.rec b.rec
	bad "--min-bytes" -- leakscope diff --min-bytes -1 span.rec b.rec
	bad "--color" -- leakscope diff --color red span.rec b.rec
	bad "process 4194999 is not tracked" -- leakscope diff 4194999 span.rec
	bad "--frobnicate" -- leakscope diff --frobnicate span.rec b.rec
	echo precious >kept
	bad "none.rec" -- leakscope diff -o kept none.rec span.rec
	[ "$(cat kept)" = precious ]
	bad "/dev/full" -- leakscope diff -o /dev/full span.rec b.rec
}
