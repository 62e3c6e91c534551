#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# leakscope snapshot: a request to a process that plays the shim, in all its moods.

load common

# play MODE: a process that answers in that mode; its pid is $played.
play() {
	mkfifo play.in play.out
	"$PLAY_SHIM" played.rec "$1" <play.in >play.out 3>&- &
	played=$!
	exec 8>play.in 9<play.out
	read -r -t 10 word <&9
	[ "$word" = ready ]
}

# What the process says when it is let go.
finish() {
	exec 8>&-
	read -r -t 10 said <&9
	exec 9<&-
	wait "$played"
}

teardown() {
	for process in $played $pid; do
		kill -9 "$process" 2>/dev/null || true
	done
}

# The sleeper has gone on, and is ended.
end_sleeping() {
	sleep 0.5
	kill "$pid"
	wait "$launched" && status=0 || status=$?
	[ "$status" = 143 ]
}

@test "a snapshot is taken, and what it found is one line" {
	play answer
	run -0 leakscope snapshot -l warm "$played"
	[ "$output" = "snapshot warm of $played: 3.0 KiB live in 2 blocks; definite 1 block (40 B), reachable 1 block (2.9 KiB); pause 3.1 ms, scan 0.12 s" ]
	# one signal to ask, and one to have the child collected
	finish
	[ "$said" = "signals 2 label warm" ]
}

@test "without a label it is numbered" {
	play answer
	run -0 leakscope snapshot "$played"
	has "snapshot snapshot-2 of $played: "
	finish
	[ "$said" = "signals 2 label snapshot-2" ]
}

@test "a thread that does not answer is passed over" {
	play second
	run -0 leakscope snapshot "$played"
	has "3.0 KiB live"
	finish
}

@test "a scan whose end nobody said is asked for again" {
	play slow
	run -0 leakscope snapshot "$played"
	has "3.0 KiB live"
	finish
	[ "$said" = "signals 3 label snapshot-2" ]
}

@test "one snapshot after the other" {
	play answer
	run -0 leakscope snapshot -l a "$played"
	run -0 leakscope snapshot -l b "$played"
	finish
	[ "$said" = "signals 4 label b" ]
}

@test "a label of 63 bytes is taken, of 64 refused" {
	play answer
	label=$(printf 'x%.0s' {1..63})
	run -0 leakscope snapshot --label "$label" "$played"
	has "snapshot $label of"
	bad "has 64 bytes" "1 to 63" -- leakscope snapshot --label "${label}y" "$played"
	bad "has 0 bytes" -- leakscope snapshot --label "" "$played"
	finish
}

@test "refused: a scan that failed says why" {
	play failed
	bad "no snapshot was taken of process $played without" "which could not be made: no leak scan: clone failed" \
		"leakscope report $played" -- leakscope snapshot "$played"
	bad "a snapshot was taken of process $played without" -- leakscope snapshot -l earlier "$played"
	finish
}

@test "without scans there is a snapshot all the same" {
	play off
	run -0 leakscope snapshot -l earlier "$played"
	[ "$output" = "snapshot earlier of $played: 3.0 KiB live in 2 blocks; no leak scan, since it is switched off (scan=0)" ]
	finish
}

@test "refused: every thread blocks the signal, or none was free" {
	play blocked
	bad "all threads of process $played block signal" "leakscope_snapshot()" -- leakscope snapshot "$played"
	finish
	rm play.in play.out
	play none
	bad "process $played had no free signal" -- leakscope snapshot "$played"
	finish
	[ "$said" = "signals 0 label" ]
}

@test "refused: it ends instead of answering" {
	play dies
	bad "process $played ended before the snapshot" -- leakscope snapshot "$played"
	exec 8>&- 9<&-
	wait "$played" || true
}

@test "refused: a recording that may not be written" {
	play readonly
	# root may write to anything, unless it gives up that right
	as=()
	[ "$(id -u)" != 0 ] || as=(setpriv --bounding-set=-dac_override)
	bad "cannot write to" "ermission" -- "${as[@]}" "$LEAKSCOPE" snapshot "$played"
	finish
}

@test "refused: a process that is not tracked, or ended" {
	bad "process $$ is not tracked" "leakscope run" -- leakscope snapshot $$
	bad "'x' is not a pid" -- leakscope snapshot x
	bad "'-1'" -- leakscope snapshot -- -1
	bad "process 99999999999 is not tracked" -- leakscope snapshot 99999999999
	"$MAKE_LEAKS" gone.rec pid=4194999
	bad "process 4194999 does not run any more" "gone.rec" -- leakscope snapshot 4194999
	bad "no process given" -- leakscope snapshot
	bad "one process at a time" -- leakscope snapshot 1 2
	bad "--frobnicate" -- leakscope snapshot --frobnicate 1
	bad "needs a value" -- leakscope snapshot 1 -l
}

@test "an interrupt leaves cleanly" {
	play silent
	"$LEAKSCOPE" snapshot "$played" >out 2>err 3>&- &
	asking=$!
	# until it has a handler, it ignores the signal as all that runs in the background does
	for ((i = 0; i < 100; i++)); do
		sleep 0.1
		kill -INT "$asking" 2>/dev/null || break
	done
	wait "$asking" && status=0 || status=$?
	[ "$status" = 2 ]
	grep -q "^leakscope: interrupted; process $played may still make the snapshot$" err
	[ ! -s out ]
	finish
}

# A sleeping process that is recorded to the file FILE: $launched runs it, $pid.
start_sleeping() {
	"$LEAKSCOPE" run --quiet -o "$1" -- sleep 600 3>&- &
	launched=$!
	for ((i = 0; i < 50; i++)); do
		pid=$(pgrep -P "$launched" -x sleep) && break
		sleep 0.1
	done
	for ((i = 0; i < 50; i++)); do # it is being recorded
		"$LEAKSCOPE" report "$pid" >/dev/null 2>&1 && break
		sleep 0.1
	done
	sleep 0.3 # it has begun to sleep
}

@test "a real process is asked while it sleeps, and goes on" {
	start_sleeping real.rec
	run leakscope snapshot -l idle "$pid"
	[ "$status" = 0 ] || { echo "$output"; false; }
	has "snapshot idle of $pid: " "pause "
	end_sleeping
	run -0 leakscope report --format json real.rec
	has '"label": "idle"' '"scanned": true'
}

@test "a scan that ends before the process has noted it is waited for" {
	start_sleeping held.rec
	"$HOLD_CLONE" "$pid" >hold.out 3>&- &
	holding=$!
	for ((i = 0; i < 50; i++)); do
		grep -q ready hold.out && break
		sleep 0.1
	done
	run leakscope snapshot -l early "$pid"
	[ "$status" = 0 ] || { echo "$output"; false; }
	has "snapshot early of $pid: " " live in " "pause "
	wait "$holding"
	end_sleeping
}
