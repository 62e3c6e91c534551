#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# leakscope report: options, formats, several recordings, where it writes.

load common

# The sample: /trainer/epoch/batch 120 x 4096 outlived, /trainer 2 x 4 MiB on the GPU,
# / 2 blocks of 124 bytes in all, of the thread "worker".
setup_file() {
	sample=$BATS_FILE_TMPDIR/sample.rec
	"$SAMPLE_RECORDING" "$sample"
	export sample
}

# field FILTER: prints what the Python expression FILTER makes of the report `r` on stdin.
field() {
	python3 -c 'import json, sys; r = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"
}

# json OPTIONS…: the JSON report of the sample.
json() {
	leakscope report --format json "$@" "$sample"
}

@test "the text report reads from verdict to notes" {
	run -0 leakscope report "$sample"
	[[ ${lines[0]} == "leakscope "*"train --leak   pid 4711   12.4 s   exited 0" ]]
	[[ ${lines[1]} == "LEAKED  480.1 KiB in 122 blocks, plus 8.0 MiB on the GPU in 2 buffers" ]]
	has "every one of 120 \`batch\` scopes left one block behind: +4.0 KiB per batch" \
		"train_step" "sample_recording.c:" "scope /trainer/epoch/batch" "a note of the shim"
	lacks $'\e'
	[[ ${lines[-2]} == notes* ]]
	[[ ${lines[-1]} == *"122 blocks are unclassified: the process ended without a leak scan" ]]
}

@test "the first frame of the user's own shows its source line" {
	run -0 leakscope report --scope /trainer/epoch/batch "$sample"
	[[ $output =~ train_step\ +[^\ ]*sample_recording\.c:[0-9]+\ +[^\ ] ]]
}

@test "json has every field of the contract and matches the schema" {
	json >one.json
	leakscope report --format json "$sample" "$sample" >two.json
	leakscope report --format json --group module "$sample" >grouped.json
	run -0 python3 "$CHECK_SCHEMA" "$SCHEMA" one.json two.json grouped.json
	[ "$(field 'len(r)' <two.json)" = 2 ]
	[ "$(field 'r["summary"]["leaked_bytes"]' <one.json)" = $((120 * 4096 + 8388608 + 124)) ]
	[ "$(field 'r["leaks"][1]["frames"][0]["function"]' <one.json)" = train_step ]
	[ "$(field 'r["process"]["cmdline"]' <one.json)" = "['./train', '--leak']" ]
	[ "$(field 'r["snapshots"][0]["label"]' <one.json)" = warm ]
}

@test "the schema refuses what is not in it" {
	json | sed 's/"leaked_bytes"/"leaked_bits"/' >wrong.json
	run -1 python3 "$CHECK_SCHEMA" "$SCHEMA" wrong.json
	json | sed 's/"exit_code": 0/"exit_code": null/' >wrong.json
	run -1 python3 "$CHECK_SCHEMA" "$SCHEMA" wrong.json
}

@test "folded stacks lead with the scope and end in bytes" {
	run -0 leakscope report --format folded "$sample"
	[ "${#lines[@]}" = 3 ]
	has "scope /trainer/epoch/batch;main;run_epoch;train_step 491520" "run_epoch 124"
}

@test "--kinds, --scope, --memory, --min-bytes, --since select" {
	[ "$(json --kinds device | field 'r["summary"]["leaked_blocks"]')" = 2 ]
	[ "$(json --kinds unclassified | field 'r["summary"]["leaked_blocks"]')" = 122 ]
	[ "$(json --kinds outlived | field 'r["summary"]["leaked_blocks"]')" = 122 ]
	[ "$(json --kinds reachable | field 'r["leaks"]')" = "[]" ]
	[ "$(json --scope '/trainer*' | field 'len(r["leaks"])')" = 2 ]
	[ "$(json --scope '*/batch' | field 'r["summary"]["leaked_bytes"]')" = 491520 ]
	[ "$(json --memory device | field 'len(r["leaks"])')" = 1 ]
	[ "$(json --min-bytes 1K | field 'len(r["leaks"])')" = 2 ]
	[ "$(json --since warm | field 'r["summary"]["leaked_bytes"]')" = 124 ]
	# what is selected changes no total
	[ "$(json --since warm | field 'r["totals"]["host"]["live_blocks"]')" = 122 ]
	bad "no snapshot 'cold'" -- leakscope report --since cold "$sample"
}

@test "--sort and --top order and cut" {
	[ "$(json --sort blocks | field 'r["leaks"][0]["blocks"]')" = 120 ]
	[ "$(json --top 1 | field '[l["bytes"] for l in r["leaks"]]')" = "[8388608]" ]
	# the sums are of all
	[ "$(json --top 1 | field 'r["summary"]["leaked_blocks"]')" = 124 ]
	run -0 leakscope report --top 1 "$sample"
	has "and 2 smaller leaks"
}

@test "--group merges" {
	for by in site function module scope thread; do
		[ "$(json --group $by | field 'sum(l["bytes"] for l in r["leaks"])')" = 8880252 ]
	done
	[ "$(json --group module | field 'len(r["leaks"])')" = 2 ]
	[ "$(json --group module | field 'r["leaks"][1]["threads"]')" = "['1 main', '2 worker']" ]
}

@test "suppressions leave leaks out and are counted" {
	printf 'leak:train_step\nleak:nobody\n' >rules
	run -0 leakscope report --suppressions rules "$sample"
	has "LEAKED  124 B in 2 blocks" "suppressed 122 blocks (leak:train_step)"
	lacks nobody
	run -0 leakscope report --verbose --suppressions rules "$sample"
	has "suppression 'leak:nobody' (rules:2) matched nothing"
	[ "$(json --suppressions rules | field 'r["summary"]["suppressed_blocks"]')" = 122 ]
	[ "$(json --suppressions rules | field 'r["summary"]["by_kind"]["device"]["blocks"]')" = 0 ]
}

@test "--strip-path shortens file names" {
	prefix=$(json | field 'r["leaks"][1]["frames"][0]["file"]')
	prefix=${prefix%/*}/
	[ "$(json --strip-path "$prefix" | field 'r["leaks"][1]["frames"][0]["file"]')" = sample_recording.c ]
}

@test "-o writes the whole file or none" {
	run -0 leakscope report -o report.txt "$sample"
	[ -z "$output" ]
	grep -q LEAKED report.txt
	echo precious >kept
	bad "cannot open" -- leakscope report -o kept missing.rec
	[ "$(cat kept)" = precious ]
	bad "no snapshot" -- leakscope report --since cold -o kept "$sample"
	[ "$(cat kept)" = precious ]
	bad "-o nowhere/report" -- leakscope report -o nowhere/report "$sample"
	bad "-o /dev/full" -- leakscope report -o /dev/full "$sample"
	[ "$(find . -name 'kept.*' -o -name 'report.txt.*')" = "" ]
	leakscope report -o - "$sample" | grep -q LEAKED
}

@test "a full standard output is an error" {
	for format in text json folded github markdown; do
		run -2 --separate-stderr bash -c '"$LEAKSCOPE" report --format $1 "$2" >/dev/full' - $format "$sample"
		[[ $stderr == "leakscope: "*"No space left"* ]]
	done
}

@test "several recordings, and what they come to" {
	run -0 leakscope report "$sample" "$sample"
	[[ ${lines[-1]} == "all 2 recordings: LEAKED 16.9 MiB in 248 blocks, in 2 of them" ]]
	bad "missing.rec" -- leakscope report "$sample" missing.rec
}

@test "colour only where asked" {
	run -0 leakscope report --color always "$sample"
	has $'\e[1;31mLEAKED'
	run -0 leakscope report --color never "$sample"
	lacks $'\e'
	bad "--color" "auto, always, never" -- leakscope report --color blue "$sample"
}

@test "a terminal's width and colour are used" {
	run -0 script -qec "stty cols 60; unset NO_COLOR; TERM=xterm '$LEAKSCOPE' report '$sample'" /dev/null
	has $'\e[1;31mLEAKED'
	while IFS= read -r line; do
		line=$(sed $'s/\e\\[[0-9;]*m//g; s/\r//' <<<"$line")
		((${#line} <= 60)) || {
			echo "too wide: $line"
			return 1
		}
	done <<<"$output"
}

@test "bad option values name the option and what it could be" {
	bad "--kinds" "definite" -- leakscope report --kinds nonsense "$sample"
	bad "--memory" "pinned" -- leakscope report --memory ram "$sample"
	bad "--sort" "recent" -- leakscope report --sort size "$sample"
	bad "--group" "module" -- leakscope report --group file "$sample"
	bad "--top" -- leakscope report --top=-1 "$sample"
	bad "--min-bytes" -- leakscope report --min-bytes 1Q "$sample"
	bad "--format" "text" -- leakscope report --format yaml "$sample"
	bad "format html is not in this version" -- leakscope report --format html "$sample"
	bad "--suppressions needs a value" -- leakscope report "$sample" --suppressions
	bad "--verbose takes no value" -- leakscope report --verbose=2 "$sample"
}

@test "every cut of a recording is one line of error or a report with a note" {
	size=$(stat -c %s "$sample")
	for ((cut = 0; cut < size; cut += 2111)); do
		head -c "$cut" "$sample" >cut.rec
		run --separate-stderr leakscope report cut.rec
		if [ "$status" = 0 ]; then
			has "cut short"
		else
			[ "$status" = 2 ]
			[ "${#stderr_lines[@]}" = 1 ]
		fi
	done
}
