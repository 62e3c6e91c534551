#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# list: what it finds, in what order, what it passes over, what it prunes.  Other
# processes of this machine may be tracked while this runs: without arguments, list shows
# them too.

load common

# A pid that no process has, now or soon: above the kernel's largest.
gone=4194999

# hold FILE: a process that has its recording FILE mapped, until release.
hold() {
	mkfifo hold.in hold.out
	"$MAKE_LEAKS" --hold "$1" <hold.in >hold.out 3>&- &
	held=$!
	exec 8>hold.in 9<hold.out
	read -r -t 10 word <&9
	[ "$word" = ready ]
	exec 9<&-
	rm hold.in hold.out
}

release() {
	exec 8>&-
	wait "$held"
}

@test "recordings of the working directory, newest first" {
	make_leaks a.rec pid=11 started=1767225600 code=3 exe=/usr/bin/first leak=0,/,2,100
	make_leaks odd-name pid=12 started=1767225700 state=signalled signal=9 exe=/usr/bin/second
	TZ=UTC run -0 leakscope list .
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[0]} =~ PID\ +STATE\ +STARTED\ +DURATION\ +LIVE\ +PROGRAM\ +PATH ]]
	[[ ${lines[1]} =~ 12\ +signal\ 9\ +2026-01-01\ 00:01:40\ +12.4\ s\ +0\ B\ +second\ +.*/here/odd-name$ ]]
	[[ ${lines[2]} =~ 11\ +exited\ 3\ +2026-01-01\ 00:00:00\ +12.4\ s\ +200\ B\ +first\ +.*/here/a.rec$ ]]
}

@test "json" {
	make_leaks a.rec pid=11 code=3 exe=/usr/bin/first leak=0,/,2,100
	leakscope list --json . >list.json
	run -0 python3 - <<-'PY'
		import json
		data = json.load(open("list.json"))
		assert data["schema"] == "leakscope/list/1"
		(one,) = data["recordings"]
		assert one["path"].endswith("/a.rec"), one
		assert (one["pid"], one["state"], one["exit_code"], one["signal"]) == (11, "exited", 3, None), one
		assert (one["live_bytes"], one["program"], one["duration_s"]) == (200, "first", 12.4), one
		assert one["started"] == "2026-01-01T00:00:00Z", one
	PY
}

@test "nothing to list is no error" {
	run -0 leakscope list .
	[ "$output" = "no recordings found" ]
	run -0 leakscope list --json .
	has '"recordings": []'
}

@test "foreign and broken files are passed over, named with --verbose" {
	make_leaks good.rec pid=11
	head -c 20000 /dev/zero >foreign.rec
	head -c 9000 good.rec | tr 'L' 'M' >broken.rec
	head -c 100000 /dev/urandom >core
	ln -s /nowhere dangling.rec
	mkfifo pipe.rec
	mkdir sub.rec
	run -0 --separate-stderr leakscope list .
	[ "${#lines[@]}" -eq 2 ]
	[ -z "$stderr" ]
	run -0 --separate-stderr leakscope list --verbose .
	output=$stderr
	has "note: passed over:" "foreign.rec" "broken.rec"
	lacks "core" "good.rec"
}

@test "directories and files as arguments" {
	mkdir one two
	make_leaks one/a.rec pid=11
	make_leaks two/b.rec pid=12
	make_leaks c.rec pid=13
	run -0 leakscope list one two/b.rec
	has "one/a.rec" "two/b.rec"
	lacks "c.rec"
	bad "'none'" -- leakscope list none
	echo text >text
	bad "text" -- leakscope list text
}

@test "directories from LEAKSCOPE_OPTIONS and from the registry" {
	mkdir out store known
	make_leaks out/a.rec pid=11
	make_leaks store/b.rec pid=12
	make_leaks known/c.rec pid=13
	mkdir -p "$HOME/.local/state/leakscope"
	printf '%s\n' "$PWD/known" /no/such/dir "not absolute" >"$HOME/.local/state/leakscope/dirs"
	LEAKSCOPE_OPTIONS="dir=$PWD/out:store=$PWD/store" run -0 leakscope list
	has "out/a.rec" "store/b.rec" "known/c.rec"
	run -0 leakscope list
	lacks "out/a.rec"
	has "known/c.rec"
	XDG_STATE_HOME=$PWD/elsewhere run -0 leakscope list
	lacks "known/c.rec"
	# The same file found twice is listed once.
	cd known
	run -0 leakscope list
	[ "$(grep -c "/known/c.rec" <<<"$output")" -eq 1 ]
}

@test "a running process is found by what it has mapped, and by its pid" {
	mkdir deep
	hold deep/any.name
	run -0 leakscope list
	has "running" "$held" "make-leaks" "deep/any.name"
	run -0 leakscope report "$held"
	has "pid $held" "store_load"
	run -1 leakscope gate "$held"
	has "1 process is still running: judged as it stands"
	# Never pruned while it runs.
	run -0 leakscope list --prune
	lacks "removed"
	[ -e deep/any.name ]
	release
	cd deep
	run -0 leakscope list
	has "unknown"
}

@test "the recording of a process that is gone is found by its pid, the newest one" {
	make_leaks old.rec pid=$gone started=1767225600 leak=1,/,1,8
	make_leaks new.rec pid=$gone started=1767225900 leak=0,/,1,8
	run -0 leakscope report $gone
	has "store_load"
	lacks "cache_fill"
	bad "process 4194998 is not tracked" "leakscope list" -- leakscope report 4194998
	bad "process 4194998 is not tracked" -- leakscope gate 4194998
	# A file of that name comes first.
	make_leaks 4194998 leak=2,/,1,8
	run -0 leakscope report 4194998
	has "parse_line"
}

@test "prune takes stale recordings only" {
	make_leaks exited.rec pid=$gone
	make_leaks killed.rec pid=$gone state=signalled signal=9
	make_leaks exec.rec pid=$gone state=exec
	make_leaks unknown.rec pid=$gone state=running
	echo report >unknown.txt
	echo map >unknown.rec.perfmap
	head -c 20000 /dev/zero >foreign.rec
	run -0 leakscope list --prune
	has "removed $PWD/exec.rec" "removed $PWD/unknown.rec" "exited.rec" "killed.rec"
	[ "$(ls)" = "$(printf '%s\n' exited.rec foreign.rec killed.rec unknown.txt)" ]
	run -0 leakscope list --prune
	lacks "removed"
}

@test "prune tells what it can't remove" {
	mkdir ro
	make_leaks ro/unknown.rec pid=$gone state=running
	chmod 555 ro
	as=(env)
	[ "$(id -u)" != 0 ] || as=(setpriv --reuid 65534 --clear-groups)
	run -2 "${as[@]}" "$LEAKSCOPE" list --prune ro
	has "leakscope: cannot remove 'ro/unknown.rec'" "ermission"
	[ -e ro/unknown.rec ]
	chmod 755 ro
}

@test "hostile headers" {
	make_leaks a.rec pid=$gone
	# Every number of the header gets absurd values in turn.
	python3 -c '
data = open("a.rec", "rb").read()
for seed in range(200):
    out = bytearray(data)
    for i in range(24 + seed, 8192, 97):
        out[i] = (out[i] + seed + i) & 255
    open(f"h{seed}.rec", "wb").write(out)
'
	run -0 leakscope list
	has "/a.rec"
	run -0 leakscope list --json
	has "/a.rec"
	run -0 leakscope list --verbose --prune
	has "/a.rec"
}

@test "refused: unknown options" {
	bad "--jsn" -- leakscope list --jsn
	bad "--json" -- leakscope list --json=1
}
