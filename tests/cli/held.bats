#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a leak scan adds to reports: kinds, who holds a block, what is kept alive, and the
# suppressions that a program brings itself.

load common

# The scanned sample: lost, a list of 3 and a survivor of /request; reachable, a table in
# a variable with 2 entries, one of them a survivor, and others held in other ways.
setup_file() {
	scanned=$BATS_FILE_TMPDIR/scanned.rec
	"$SAMPLE_RECORDING" --scanned "$scanned"
	export scanned
}

# field FILTER: prints what the Python expression FILTER makes of the report `r` on stdin.
field() {
	python3 -c 'import json, sys; r = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"
}

json() {
	leakscope report --format json "$@" "$scanned"
}

# The output without its line breaks: where they fall is not the matter here.
flatten() {
	output=$(tr -s ' \n' ' ' <<<"$output")
}

@test "kinds are told apart, in text and JSON" {
	run -0 leakscope report "$scanned"
	[[ ${lines[1]} == "LEAKED  3.1 KiB in 5 blocks" ]]
	flatten
	has "definite" "plus 64 B in 2 blocks only it leads to" "still reachable 10 (3.4 KiB; --kinds all)" \
		"outlived its scope, and nothing points to it any more" "notes scan 0.12 s, pause 3.1 ms"
	lacks "unclassified" "held by train+"
	json >r.json
	[ "$(field '[(k, v["blocks"]) for k, v in r["summary"]["by_kind"].items() if v["blocks"]]' <r.json)" = \
		"[('definite', 2), ('indirect', 2), ('possible', 1), ('reachable', 10), ('outlived', 2)]" ]
	[ "$(field 'r["summary"]["leaked_blocks"]' <r.json)" = 5 ]
	[ "$(field '[r["overhead"][k] for k in ("scans", "scan_s", "scan_pause_s", "scan_memory_bytes", "scan_threads_unseen")]' <r.json)" = \
		"[1, 0.12, 0.0031, 1048576, 0]" ]
	[ "$(json --kinds all | field 'r["summary"]["leaked_blocks"]')" = 15 ]
	[ "$(json --kinds reachable | field 'r["summary"]["leaked_blocks"]')" = 10 ]
	[ "$(json --kinds possible,outlived | field 'r["summary"]["leaked_blocks"]')" = 3 ]
}

@test "a survivor says who holds it still, by the name of the variable or the line" {
	run -0 leakscope report --kinds outlived "$scanned"
	flatten
	has "outlived its scope; still held by a block of 256 bytes at offset 24, allocated at" "train_step sample_recording.c:"
}

@test "--show-referrers names where the pointers are" {
	run -0 leakscope report --kinds all --show-referrers "$scanned"
	flatten
	has "variable sample_table+0x8 of sample-recording" "held by the stack of thread 1 main" "at other places"
	json --kinds all --show-referrers >r.json
	run -0 python3 "$CHECK_SCHEMA" "$SCHEMA" r.json
	[ "$(field '[(x["module"], x["symbol"], x["offset"]) for l in r["leaks"] for x in l["referrers"] if x["type"] == "module"]' <r.json)" = \
		"[('sample-recording', 'sample_table', 8)]" ]
	[ "$(field '[c["where"] for l in r["leaks"] if l["outlived"] for x in l["referrers"] for c in x["chain"]]' <r.json)" = \
		"['variable sample_table+0x8 of sample-recording']" ]
	# without the option there is nothing of it
	[ "$(json --kinds all | field '[l for l in r["leaks"] if "referrers" in l]')" = "[]" ]
	# and it selects nothing
	[ "$(json --show-referrers | field 'r["summary"]["leaked_blocks"]')" = 5 ]
}

@test "--group retained: what each site keeps alive" {
	run -0 leakscope report --group retained "$scanned"
	[[ ${lines[1]} == "LIVE  3.6 KiB in 15 blocks, by what keeps it alive" ]]
	has "retains 3.5 KiB in 14 blocks"
	lacks LEAKED
	json --group retained >r.json
	run -0 python3 "$CHECK_SCHEMA" "$SCHEMA" r.json
	[ "$(field '[(l["scope"], l["bytes"], l["retained_bytes"], l["retained_blocks"]) for l in r["leaks"]]' <r.json)" = \
		"[('/', 568, 3568, 14), ('/request', 3080, 3080, 2)]" ]
	[ "$(json --group retained --kinds definite | field '[(l["bytes"], l["retained_bytes"]) for l in r["leaks"]]')" = "[(40, 104), (80, 80)]" ]
	[ "$(json | field '[l for l in r["leaks"] if "retained_bytes" in l]')" = "[]" ]
	"$MAKE_LEAKS" plain.rec leak=0,/,1,8
	bad "--group retained: plain.rec has no leak scan that says" -- leakscope report --group retained plain.rec
	"$MAKE_LEAKS" no-dominators.rec leak=0,/,1,8,host,definite
	bad "--group retained" -- leakscope report --group retained no-dominators.rec
}

@test "only reachable blocks: no leaks, and no alarm" {
	"$MAKE_LEAKS" held.rec leak=0,/,12,300,host,reachable leak=1,/,1,8,host,possible
	run -0 leakscope report held.rec
	[[ ${lines[1]} == "no leaks; 1 block possibly lost; 12 blocks still reachable" ]]
	run -0 leakscope report --format github --kinds all held.rec
	has "::notice " "memory still reachable" "::warning " "memory leak"
	lacks "::error"
	run -0 leakscope report --format markdown held.rec
	has "has no leaks" "Still reachable: 3.5 KiB in 12 blocks"
	run -0 leakscope report --format folded --kinds reachable held.rec
	has "store_load 3600"
}

@test "the gate: what is lost or not known fails, what is held passes" {
	"$MAKE_LEAKS" held.rec leak=0,/,12,300,host,reachable leak=1,/,1,8,host,possible
	run -0 leakscope gate held.rec
	has "PASS  no leaks"
	run -1 leakscope gate --kinds possible held.rec
	has "8 B in 1 block, possible"
	run -1 leakscope gate --kinds all held.rec
	has "reachable"
	for kind in definite indirect; do
		"$MAKE_LEAKS" lost.rec "leak=0,/,1,300,host,$kind"
		run -1 leakscope gate lost.rec
		has "300 B in 1 block, $kind"
	done
	# a block that outlived its scope is a leak, held or not
	"$MAKE_LEAKS" survivor.rec leak=0,/request,1,300,host,reachable
	run -1 leakscope gate survivor.rec
	has "reachable, scope /request (outlived it)"
	# no scan, one that failed, and blocks that it has not seen
	"$MAKE_LEAKS" none.rec leak=0,/,1,300
	run -1 leakscope gate none.rec
	has "note        make-leaks: 1 block is unclassified: the process ended without a leak scan"
	"$MAKE_LEAKS" failed.rec leak=0,/,1,300 scan=failed
	run -1 leakscope gate failed.rec
	has "unclassified" "note        the leak scan could not be made"
	"$MAKE_LEAKS" some.rec leak=0,/,1,300 leak=1,/,1,8,host,reachable
	run -1 leakscope gate some.rec
	has "300 B in 1 block, unclassified"
}

@test "a baseline made without a scan still knows the leak" {
	"$MAKE_LEAKS" before.rec leak=0,/,2,300
	leakscope gate --baseline base --update-baseline before.rec
	"$MAKE_LEAKS" after.rec leak=0,/,2,300,host,definite
	run -0 leakscope gate --baseline base after.rec
	has "PASS  no new leaks"
	"$MAKE_LEAKS" more.rec leak=0,/,3,300,host,indirect
	run -1 leakscope gate --baseline base more.rec
}

@test "unclassified blocks are explained, once" {
	"$MAKE_LEAKS" none.rec leak=0,/,2,300
	run -0 leakscope report none.rec
	[ "$(grep -c unclassified <<<"$output")" = 1 ]
	has "2 blocks are unclassified: the process ended without a leak scan"
	"$MAKE_LEAKS" failed.rec leak=0,/,2,300 scan=failed
	run -0 leakscope report failed.rec
	has "the leak scan could not be made"
	lacks "unclassified"
}

@test "the program's own suppressions apply, everywhere" {
	"$MAKE_LEAKS" own.rec leak=0,/,1,300,host,definite leak=1,/,1,8,host,definite rules=$'# mine\nleak:store_load\n'
	run -0 leakscope report own.rec
	flatten
	has "LEAKED 8 B in 1 block" "suppressed 1 block (leak:store_load)" \
		"definite 1 (8 B), indirect 0, possible 0, still reachable 0, suppressed 1 (300 B)"
	[ "$(leakscope report --format json own.rec | field 'r["summary"]["suppressed_bytes"]')" = 300 ]
	run -1 leakscope gate own.rec
	has "leaked 8 B in 1 block" "suppressed  300 B in 1 block"
	"$MAKE_LEAKS" other.rec leak=0,/,1,300,host,definite
	run -0 leakscope diff other.rec own.rec
	has "-300 B" "+8 B"
	# another recording's are not touched by them
	run -1 leakscope gate own.rec other.rec
	has "leaked 308 B in 2 blocks"
}

@test "a bad line of the program's suppressions is a note and costs only itself" {
	"$MAKE_LEAKS" own.rec leak=0,/,1,300,host,definite rules=$'frobnicate\nleak:store_load\n{\nx'
	run -0 leakscope report own.rec
	flatten
	has "no leaks but 1 suppressed block" "of the program's own suppressions 3 lines are left out; line 1: 'frobnicate' is no suppression"
	run -0 leakscope gate own.rec
	"$MAKE_LEAKS" many.rec leak=0,/,1,300,host,definite rules="$(printf 'leak:x%s\n' {1..1003})"
	run -0 leakscope report many.rec
	flatten
	has "LEAKED 300 B" "3 lines are left out; line 1001: more than 1000 rules"
}
