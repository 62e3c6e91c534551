#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Memory and handles of GPUs in every command and format, as a user meets them.

load common

# Three leaks on two GPUs, and what the CUDA runtime leaves in every program.
setup_file() {
	recording=$BATS_FILE_TMPDIR/gpu.rec
	"$MAKE_LEAKS" "$recording" leak=0,/,3,100,host,definite leak=1,/trainer,2,4194304,device,orphaned \
		leak=2,/,3,0,stream@1,orphaned leak=2,/,1,4096,pinned,held leak=0,/,1,0,+primary leak=1,/,2,0,+library
	export recording
}

# field FILTER FILE: prints what the Python expression FILTER makes of the JSON `r`.
field() {
	python3 -c 'import json, sys; r = json.load(open(sys.argv[2])); print(eval(sys.argv[1]))' "$1" "$2"
}

@test "the text report says where, whose and what" {
	run -0 leakscope report "$recording"
	[[ ${lines[1]} == "LEAKED  300 B in 3 blocks, plus 8.0 MiB on the GPU in 2 buffers, plus 4.0 KiB of pinned host memory" ]]
	[[ ${lines[2]} == "        in 1 buffer, plus 3 streams" ]]
	has " 1  device      8.0 MiB   100 %   2 buffers of 4.0 MiB   scope /trainer   GPU 0
    no copy of the pointer is left   thread 1 main
      cuMemAlloc
      cache_fill  /src/app/cache.c:20
      run_all     /src/app/app.c:50
" " 2  device      4.0 KiB   1 buffer   pinned memory   GPU 0   thread 1 main
      cuMemHostAlloc
" " 4  device      3 streams   GPU 1   no copy of the handle is left   thread 1 main
      cuStreamCreate
" "device   2 allocations, 8.0 MiB, peak 8.0 MiB at 0.00 s; 2 buffers live (8.0 MiB)
" "handle   6 made; 6 live: 1 primary context, 3 streams, 2 libraries
GPU 0    8.0 MiB live, peak 8.0 MiB at 0.00 s, of 16.0 GiB (Test GPU 0)
GPU 1    0 B live, peak 0 B at 0.00 s, of 16.0 GiB (Test GPU 1)
" "suppressed 3 handles (runtime:cuDevicePrimaryCtxRetain, runtime:cuLibraryLoad*)"
}

@test "json matches the schema, fields and all" {
	leakscope report --format json "$recording" >r.json
	leakscope report --format json --group module "$recording" >grouped.json
	leakscope report --format json --no-default-suppressions "$recording" >all.json
	make_leaks measured.rec leak=0,/,1,8,device snapshot=warm measured=1000,600,100
	leakscope report --format json measured.rec >measured.json
	run -0 python3 "$CHECK_SCHEMA" "$SCHEMA" r.json grouped.json all.json measured.json
	[ "$(field '[(l["memory"], l["call"], [d["index"] for d in l["devices"]], l["orphaned"]) for l in r["leaks"] if l["kind"] == "device"]' r.json)" = \
		"[('device', 'cuMemAlloc', [0], True), ('pinned', 'cuMemHostAlloc', [0], False), ('handle', 'cuStreamCreate', [1], True)]" ]
	[ "$(field '[f["function"] for f in r["leaks"][0]["frames"]]' r.json)" = "['cuMemAlloc', 'cache_fill', 'run_all']" ]
	[ "$(field '(r["leaks"][0]["frames"][0]["module"], r["leaks"][0]["frames"][0]["line"], r["leaks"][0]["devices"][0]["uuid"])' r.json)" = \
		"('libcuda.so.1', None, 'GPU-01234567-89ab-cdef-fedc-ba9876543201')" ]
	# what is live is in totals, suppressed or not
	[ "$(field '[r["totals"][m]["live_blocks"] for m in ("host", "device", "pinned", "managed", "handle")]' r.json)" = "[3, 2, 1, 0, 6]" ]
	[ "$(field '(r["summary"]["leaked_blocks"], r["summary"]["by_kind"]["device"], r["summary"]["suppressed_blocks"])' r.json)" = \
		"(9, {'bytes': 8392704, 'blocks': 6}, 3)" ]
	[ "$(field 'r["summary"]["leaked_blocks"]' all.json)" = 12 ]
	[ "$(field '[(d["index"], d["name"], d["total_bytes"], d["live_bytes"], d["measured"]) for d in r["devices"]]' r.json)" = \
		"[(0, 'Test GPU 0', 17179869184, 8388608, None), (1, 'Test GPU 1', 17179869184, 0, None)]" ]
	[ "$(field 'r["devices"][0]["measured"]' measured.json)" = \
		"{'t_s': 2.5, 'snapshot': 'warm', 'used_bytes': 1000, 'tracked_bytes': 600, 'own_bytes': 100, 'other_bytes': 300}" ]
	run -0 leakscope report measured.rec
	has "         device-wide at warm: 1000 B used = 600 B tracked + 100 B contexts and modules + 300 B
         others"
}

@test "the schema refuses what a device is not" {
	leakscope report --format json "$recording" | sed 's/"GPU-/"gpu-/' >wrong.json
	run -1 python3 "$CHECK_SCHEMA" "$SCHEMA" wrong.json
}

@test "--memory, --kinds, --min-bytes and --sort take handles for what they are" {
	run -0 leakscope report --memory handle "$recording"
	has "LEAKED  3 streams" "cuStreamCreate"
	lacks cuMemAlloc "1  definite"
	run -0 leakscope report --kinds device "$recording"
	has "LEAKED  8.0 MiB on the GPU in 2 buffers, plus 4.0 KiB of pinned host memory in 1 buffer, plus 3
        streams"
	run -0 leakscope report --kinds definite "$recording"
	has "LEAKED  300 B in 3 blocks"
	lacks cuMemAlloc
	# without a size they are not small
	run -0 leakscope report --min-bytes 1M "$recording"
	has "LEAKED  8.0 MiB on the GPU in 2 buffers, plus 3 streams"
	run -0 leakscope report --sort blocks --kinds device "$recording"
	[[ "$output" == *"3 streams "*"2 buffers of"*"1 buffer "* ]]
	run -0 leakscope report --scope /trainer "$recording"
	has "LEAKED  8.0 MiB on the GPU in 2 buffers"
}

@test "--group merges memory with memory of its kind only" {
	run -0 leakscope report --group scope --no-default-suppressions "$recording"
	has " device      6 handles   GPUs 0, 1   no copy of 3 of the 6 handles is left   thread 1 main" "2 buffers of 4.0 MiB   scope /trainer   GPU 0"
}

@test "folded, github and markdown" {
	run -0 leakscope report --format folded "$recording"
	has "scope /trainer;run_all;cache_fill;cuMemAlloc 8388608" "run_all;parse_line;cuStreamCreate 0"
	run -0 leakscope report --format github "$recording"
	has "::error file=/src/app/cache.c,line=20,title=leakscope%3A memory leak::8.0 MiB in 2 buffers, device, scope /trainer (outlived it), " \
		"%0A  cuMemAlloc%0A  cache_fill  /src/app/cache.c:20" \
		"::error file=/src/app/parse.c,line=30,title=leakscope%3A GPU handle leak::3 streams, handle, scope /, " \
		"leakscope: make-leaks leaked 8.0 MiB in 6 blocks and 3 GPU handles"
	run -0 leakscope report --format markdown "$recording"
	has "leaked 8.0 MiB in 6 blocks and 3 GPU handles" "| 1 | device | 8.0 MiB | 2 | <code>/trainer</code> outlived |" \
		"| 4 | handle |  | 3 streams | <code>/</code> |" "Suppressed: 3 GPU handles"
}

@test "reclaimed by teardown is leaked" {
	make_leaks a.rec leak=0,/,2,1048576,device,reclaimed
	run -0 leakscope report a.rec
	has "LEAKED  2.0 MiB on the GPU in 2 buffers" "    reclaimed by teardown: nobody released it before its context was destroyed or its device reset" \
		"GPU 0    0 B live, peak 2.0 MiB at 0.00 s, of 16.0 GiB (Test GPU 0); 2.0 MiB in 2 buffers"
	run -1 leakscope gate a.rec
	has "FAIL  leaked 2.0 MiB in 2 blocks" "new     2.0 MiB in 2 buffers, device, scope /"
}

@test "what every CUDA program leaves is no leak, and said" {
	make_leaks a.rec leak=0,/,1,0,+primary leak=0,/,4,0,+module late=2
	run -0 leakscope report a.rec
	[[ ${lines[1]} == "no leaks" ]]
	has "handle   5 made; 5 live: 1 primary context, 4 modules" "suppressed 5 handles (runtime:cuDevicePrimaryCtxRetain, runtime:cuModuleLoad*)" \
		"2 releases of GPU memory or handles came while the CUDA driver was shutting down: no leaks"
	run -0 leakscope gate a.rec
	has "PASS  no leaks" "suppressed  5 GPU handles"
	run -0 leakscope gate --list-suppressions
	has "# built-in: the CUDA runtime and NVIDIA's libraries retain the primary context at their first call" \
		"runtime:cuDevicePrimaryCtxRetain"
	# the program's own are another thing, and so is being told
	make_leaks own.rec leak=0,/,1,0,primary
	run -1 leakscope gate own.rec
	has "new     1 primary context, handle, scope /"
	run -1 leakscope gate --no-default-suppressions a.rec
	has "FAIL  leaked 5 GPU handles"
	leakscope gate --list-suppressions >rules
	run -0 leakscope gate --no-default-suppressions --suppressions rules a.rec
}

@test "what could not be tracked is not called clean" {
	make_leaks a.rec untracked=1 "note=the driver was reached by a table that is not known"
	run -0 leakscope report a.rec
	[[ ${lines[1]} == "no leaks; not everything on the GPU could be tracked" ]]
	run -0 leakscope gate a.rec
	has "note        the driver was reached by a table that is not known"
}

@test "gate: handles fail whatever bytes are allowed, and blocks count them" {
	make_leaks a.rec leak=2,/,3,0,stream
	run -1 leakscope gate --max-leaked-bytes 1G a.rec
	has "FAIL  leaked 3 GPU handles" "GPU handles: found 3; --max-leaked-blocks sets a limit that counts them" \
		"new     3 streams, handle, scope /" "parse_line    /src/app/parse.c:30"
	run -0 leakscope gate --max-leaked-blocks 3 a.rec
	has "PASS  leaked 3 GPU handles, within the limits"
	run -1 leakscope gate --max-leaked-blocks 2 a.rec
	has "--max-leaked-blocks: the limit is 2, found 3"
	run -0 leakscope gate --kinds definite a.rec
	run -1 leakscope gate --format github --max-leaked-bytes 1G a.rec
	has "::error file=/src/app/parse.c,line=30,title=leakscope%3A new GPU handle leak::3 streams, handle, " \
		"::error title=leakscope gate::GPU handles: found 3"
	run -1 leakscope gate --format markdown a.rec
	has "| new | handle |  | 3 streams | <code>/</code> |"
}

@test "gate: a baseline accepts device leaks by fingerprint, and no more of them" {
	make_leaks a.rec leak=1,/,2,100,device leak=2,/,1,0,event
	leakscope gate --baseline base --update-baseline a.rec
	run -0 cat base
	has "total device allocations=2 allocated_bytes=200 peak_bytes=200" "in /: cache_fill < run_all" "in /: parse_line < run_all"
	run -0 leakscope gate --baseline base a.rec
	has "PASS  no new leaks" "accepted    200 B in 2 blocks and 1 GPU handle, 2 leaks of base"
	make_leaks b.rec leak=1,/,3,100,device leak=2,/,2,0,event
	run -1 leakscope gate --baseline base b.rec
	has "FAIL  leaked 100 B in 1 block and 1 GPU handle beyond the baseline" \
		"baseline: 3 buffers of a leak that is accepted up to 2 (cache_fill)" "baseline: 2 events of a leak that is accepted up to 1 (parse_line)"
	# the same line by another function of the driver is another leak
	make_leaks c.rec leak=1,/,2,100,managed
	run -1 leakscope gate --baseline base c.rec
	has "new     200 B in 2 buffers, managed"
}

@test "suppressions know the driver's functions" {
	for rule in leak:cuMemAlloc 'leak:^cuMemAlloc$' 'module:libcuda.so*' leak:cache_fill scope:/trainer; do
		echo "$rule" >rules
		leakscope report --format json --suppressions rules --memory device "$recording" >r.json
		[ "$(field 'r["leaks"]' r.json)" = "[]" ]
	done
	# what is meant for the driver's own host memory hides nothing of the program's
	echo leak:libcuda >rules
	leakscope report --format json --suppressions rules --memory device "$recording" >r.json
	[ "$(field 'len(r["leaks"])' r.json)" = 1 ]
	printf 'runtime:cuStreamCreate\n' >rules
	leakscope report --format json --suppressions rules --memory handle "$recording" >r.json
	[ "$(field 'len(r["leaks"])' r.json)" = 1 ]
	printf 'runtime:\n' >rules
	bad "rules:1: the pattern is empty" -- leakscope gate --suppressions rules "$recording"
}

@test "diff: signed, by kind of memory" {
	make_leaks old.rec leak=1,/trainer,2,4194304,device leak=2,/,1,0,stream
	make_leaks new.rec leak=1,/trainer,3,4194304,device leak=2,/,3,0,stream leak=0,/,1,0,event leak=0,/,1,100,pinned
	run -0 leakscope diff old.rec new.rec
	has "GREW  +4.0 MiB, +2 blocks, +3 GPU handles" " 1  device      +4.0 MiB   +1 buffers   from 8.0 MiB in 2 to 12.0 MiB in 3" \
		"GPU 0
      cuMemAlloc" "  device      +2 streams   from 1 to 3   GPU 0
      cuStreamCreate" "  device      +1 events   new   GPU 0" \
		"device   allocations 2 to 3 (+1); live 12.0 MiB (+4.0 MiB), peak 12.0 MiB (+4.0 MiB)" \
		"handle   made 1 to 4 (+3); live 4 (+3)"
	run -0 leakscope diff --memory handle old.rec new.rec
	has "GREW  +3 GPU handles"
	lacks cuMemAlloc
	run -0 leakscope diff --min-bytes 1M old.rec new.rec
	has cuMemAlloc "+2 streams"
	lacks cuMemHostAlloc
	run -0 leakscope diff new.rec old.rec
	has "SHRANK  -4.0 MiB, -2 blocks, -3 GPU handles"
	leakscope diff --format json old.rec new.rec >d.json
	run -0 python3 "$CHECK_SCHEMA" "$DIFF_SCHEMA" d.json
	[ "$(field '[(s["memory"], s["change"]["bytes"], s["change"]["blocks"]) for s in r["sites"]]' d.json)" = \
		"[('device', 4194304, 1), ('pinned', 100, 1), ('handle', 0, 2), ('handle', 0, 1)]" ]
	[ "$(field 'r["totals"]["handle"]["live_blocks"]["change"]' d.json)" = 3 ]
}

@test "list has a column for GPUs where there is something in it" {
	make_leaks a.rec leak=0,/,1,100
	run -0 leakscope list .
	lacks "ON GPU"
	make_leaks b.rec pid=4712 leak=0,/,2,2097152,device leak=1,/,1,100,pinned
	run -0 leakscope list .
	has "      LIVE      ON GPU  PROGRAM" "     100 B         0 B  make-leaks" "       0 B     4.0 MiB  make-leaks"
	leakscope list --json . >l.json
	[ "$(field 'sorted(x["device_bytes"] for x in r["recordings"])' l.json)" = "[0, 4194304]" ]
}

@test "several recordings and their handles" {
	make_leaks a.rec leak=2,/,3,0,stream
	run -0 leakscope report a.rec a.rec
	[[ ${lines[-1]} == "all 2 recordings: LEAKED 6 GPU handles, in 2 of them" ]]
}
