#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""
Proves that the victim runner can fail: each wrong expectation about a right
program must turn its line into `not ok`, and right ones must not. Takes the
runner's own arguments and prints TAP.
"""

import glob
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
VICTIMS = os.path.join(HERE, "..", "victims")

# What is wrong, the victim, the text that is replaced, and by what.
WRONG = [
    ("bytes of a leak", "malloc_one.c", "kept bytes=100", "kept bytes=101"),
    ("blocks of a leak", "malloc_one.c", "bytes=100 blocks=1", "bytes=100 blocks=2"),
    ("line of a frame", "malloc_one.c", "kept,main:call", "call,main:call"),
    ("line of an outer frame", "malloc_one.c", "main:call", "main:kept"),
    ("function", "malloc_one.c", "frames=leak_here", "frames=leak_there"),
    ("first frame", "strings.c", "top=(__)?strdup", "top=strndup"),
    ("totals", "malloc_one.c", "frees=1 ", "frees=2 "),
    ("a leak nobody expects", "malloc_one.c", "expect: leak kept", "about: leak kept"),
    ("a leak that is not there", "free_null.c", "expect: no-leak",
     "expect: leak none bytes=1 blocks=1 frames=main"),
    ("scope", "scope_basic.c", "scope=/work", "scope=/play"),
    ("outlived", "scope_basic.c", "outlived=yes", "outlived=no"),
    ("figure of a scope", "scope_basic.c", "outlived_bytes=100", "outlived_bytes=99"),
    ("status", "exit_quick.c", "exit=9", "exit=8"),
    ("signal", "exit_abort.c", "signal=6", "signal=11"),
    ("standard output", "exit_quick.c", 'stdout="quick', 'stdout="slow'),
    ("number of children", "fork_child_leak.c", "children: 1", "children: 2"),
    ("leak of a child", "fork_child_leak.c", "bytes=200", "bytes=201"),
    ("a note", "free_null.c", "expect: no-leak", "expect: note~there is no such note"),
    ("kind of a leak", "malloc_one.c", "scope=/ frames", "scope=/ kind=reachable frames"),
    ("kind of some of its blocks", "malloc_one.c", "expect: leak kept",
     "expect: leak possible kind=possible bytes=1 blocks=1 frames=leak_here:kept\n"
     " * expect: leak kept"),
    ("sum of a kind", "malloc_one.c", "expect: summary", "expect: summary reachable.blocks=1"),
    ("bytes of device memory", "cuda_mem.c", "cuMemAlloc bytes=1000", "cuMemAlloc bytes=1001"),
    ("kind of device memory", "cuda_mem.c", "memory=managed", "memory=device"),
    ("the driver's function", "cuda_mem.c", "top=cuMemAllocManaged", "top=cuMemAlloc"),
    ("what went with its context", "cuda_mem.c", "reclaimed=yes", "reclaimed=no"),
    ("totals of device memory", "cuda_mem.c", "allocations=8 frees=3", "allocations=8 frees=4"),
    ("device memory that nobody expects", "cuda_mem.c", "expect: leak plain", "about: leak plain"),
    ("a device", "cuda_two_devices.c", "device 1 live_bytes=2000", "device 1 live_bytes=2001"),
    ("whose device", "cuda_two_devices.c", "devices=1 bytes=2000", "devices=0 bytes=2000"),
    ("whether a pointer is left", "cuda_orphan.c", "orphaned=no", "orphaned=yes"),
    ("verdict of the gate", "malloc_one.c", "variants:", "gate: pass\n * variants:"),
    ("output of a report", "malloc_one.c", "variants:",
     "report: --top=1\n * expect: output~there is no such line\n * variants:"),
    ("output a report must not have", "malloc_one.c", "variants:",
     "report: --top=1\n * expect: no-output~leak_here\n * variants:"),
]
RIGHT = [
    ("device memory", "cuda_mem.c", "cuda: all", "cuda: replay"),
    ("any kind", "malloc_one.c", "variants:", "variants:"),
    ("the gate, a report, figures of the kinds", "malloc_one.c", "variants:",
     "gate: fail\n * report: --top=1\n * expect: output~leak_here\n * "
     "expect: summary reachable.blocks=0 definite.bytes<=100\n * variants:"),
]


def main():
    options = sys.argv[1:]
    failed = 0
    cases = [(True, *case) for case in RIGHT] + [(False, *case) for case in WRONG]
    print(f"1..{len(cases)}", flush=True)
    for number, (is_right, what, name, old, new) in enumerate(cases, 1):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(VICTIMS, name), encoding="utf-8") as source:
                text = source.read()
            replaced = text.replace(old, new, 1)
            # An `about:` line is prose: the runner must not meet it as a key.
            replaced = replaced.replace(" * about:", " * (was)")
            with open(os.path.join(folder, name), "w", encoding="utf-8") as target:
                target.write(replaced)
            for path in glob.glob(os.path.join(glob.escape(VICTIMS), "*.h")):
                shutil.copy(path, folder)
            result = subprocess.run(
                [sys.executable, "-B", os.path.join(HERE, "victims.py"), "--victims", folder,
                 "--first"] + options, stdout=subprocess.PIPE, check=False)
        lines = result.stdout.decode(errors="replace").split("\n")
        right = [line for line in lines if line.startswith("ok ")]
        wrong = [line for line in lines if line.startswith("not ok ")]
        good = old in text and (
            (len(right) == 1 and not wrong and result.returncode == 0) if is_right
            else (len(wrong) == 1 and not right and result.returncode == 1))
        label = f"{'right' if is_right else 'wrong'}: {what} ({name})"
        print(f"{'ok' if good else 'not ok'} {number} - {label}")
        if not good:
            failed += 1
            for line in lines:
                print(f"# {line}")
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
