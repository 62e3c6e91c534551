#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Arrays on a GPU under `leakscope run`: what the report says of them.

usage: gpu_scopes.py LEAKSCOPE GPU_SCOPED    (with the simulated driver; speaks TAP)
"""
import json
import os
import subprocess
import sys
import tempfile

LEAKSCOPE, SCOPED = sys.argv[1:3]
number = 0


def run(folder, *program):
    """The JSON report of PROGRAM, the text one, and the gate's status."""
    recording = os.path.join(folder, program[-1] + ".rec")
    done = subprocess.run([LEAKSCOPE, "run", "--quiet", "-o", recording, "--", *program],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    report = subprocess.run([LEAKSCOPE, "report", "--format", "json", recording],
                            capture_output=True, text=True, check=True)
    text = subprocess.run([LEAKSCOPE, "report", recording], capture_output=True, text=True,
                          check=True)
    gate = subprocess.run([LEAKSCOPE, "gate", recording], capture_output=True, check=False)
    return json.loads(report.stdout), text.stdout, gate.returncode


def check(fact, what, detail=""):
    global number
    number += 1
    print(f"{'ok' if fact else 'not ok'} {number} - {what}")
    if not fact:
        print("\n".join("# " + line for line in str(detail).splitlines()[:60]))


def source_line(text):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gpu_scoped.c")
    with open(path, encoding="utf-8") as source:
        return next(i for i, line in enumerate(source, 1) if text in line)


with tempfile.TemporaryDirectory() as folder:
    report, text, gate = run(folder, SCOPED, "leak")
    arrays = [l for l in report["leaks"] if l["memory"] == "device"]
    check(len(arrays) == 1, "leaks in one place", json.dumps(report["leaks"], indent=1))
    leak = arrays[0] if arrays else {}
    check(leak.get("blocks") == 3 and leak.get("bytes") == 3 * 1000 * 4,
          "three arrays of 1000 f32", leak)
    check(leak.get("scope") == "/train/epoch", "the manager they were returned to", leak)
    check(leak.get("kind") == "device" and [d["index"] for d in leak.get("devices", [])] == [0],
          "on GPU 0", leak)
    where = f"run_batch:{source_line('/* the leak */')}"
    frames = [f"{f['function']}:{f['line']}" for f in leak.get("frames", [])]
    check(where in frames, f"at {where}", frames)
    check("scope /train/epoch " in text and "11.7 KiB on the GPU" in text, "the text says so", text)
    others = [l for l in report["leaks"] if l["memory"] != "device"]
    check(len(others) == 1 and others[0]["memory"] == "handle"
          and others[0]["call"] == "cuDevicePrimaryCtxRetain"
          and others[0]["scope"] == "/leakscope-nd",
          "beside the context that they are in, which the runtime itself made", others)
    check(gate == 1, "the gate fails", gate)

    report, text, gate = run(folder, SCOPED, "clean")
    check(gate == 0 and not report["leaks"], "clean: nothing is left, no handle either", text)
    batch = [s for s in report["scopes"] if s["path"] == "/train/epoch/batch"]
    check(batch and batch[0]["allocated_bytes"] == 3 * 3 * 4000,
          "the managers' scopes count bytes on the GPU", batch)

print(f"1..{number}")
