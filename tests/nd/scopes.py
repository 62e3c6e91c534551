#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The runtime under `leakscope run`: what the report says of its examples.

usage: scopes.py LEAKSCOPE TRAIN COMPUTE_MEAN SCOPED    (speaks TAP)
"""
import json
import os
import re
import subprocess
import sys
import tempfile

LEAKSCOPE, TRAIN, COMPUTE_MEAN, SCOPED = sys.argv[1:5]
ENV = {k: v for k, v in os.environ.items() if k not in ("LD_PRELOAD", "LEAKSCOPE_OPTIONS")}
ENV["OPENBLAS_NUM_THREADS"] = "1"
number = 0


def run(folder, *program):
    """The JSON report of PROGRAM, what it printed, and whether it passes the gate."""
    recording = os.path.join(folder, "r.rec")
    if os.path.exists(recording):
        os.remove(recording)
    done = subprocess.run([LEAKSCOPE, "run", "--quiet", "-o", recording, "--", *program],
                          env=ENV, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = subprocess.run([LEAKSCOPE, "report", "--format", "json", recording], env=ENV,
                            capture_output=True, text=True, check=True)
    gate = subprocess.run([LEAKSCOPE, "gate", recording], env=ENV, capture_output=True, check=False)
    return json.loads(report.stdout), done.stdout + done.stderr, gate.returncode


def check(fact, what, detail=""):
    global number
    number += 1
    print(f"{'ok' if fact else 'not ok'} {number} - {what}")
    if not fact:
        print("\n".join("# " + line for line in str(detail).splitlines()[:60]))


def scope(report, path):
    found = [s for s in report["scopes"] if s["path"] == path]
    return found[0] if found else {}


def lines(leak, file):
    """FUNCTION:LINE of the leak's frames in FILE."""
    return [f"{f['function']}:{f['line']}" for f in leak["frames"]
            if (f["file"] or "").endswith(file)]


def source_line(file, text):
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tensor/examples")
    with open(os.path.join(folder, file), encoding="utf-8") as source:
        return next(i for i, line in enumerate(source, 1) if text in line)


with tempfile.TemporaryDirectory() as folder:
    report, _, gate = run(folder, TRAIN, "--leak", "--epochs", "5")
    leaks = [l for l in report["leaks"] if l["scope"] == "/train/epoch/batch"]
    check(len(leaks) == 1 and len(report["leaks"]) == 1, "train --leak leaks in one place",
          json.dumps(report["leaks"], indent=1))
    check(leaks and leaks[0]["outlived"] and leaks[0]["blocks"] == 40
          and leaks[0]["bytes"] == 40 * 256 * 128 * 4,
          "every batch left one array of 256 x 128 f32, which outlived it", leaks)
    where = f"train_batch:{source_line('train.c', 'nd_tanh(z, &h)')}"
    check(leaks and where in lines(leaks[0], "train.c"), f"at {where}", leaks)
    batch = scope(report, "/train/epoch/batch")
    check(batch.get("kind") == "manager" and batch.get("instances") == 40
          and batch.get("outlived_blocks") == 40, "40 scopes of kind manager, 40 survivors", batch)
    check(batch.get("allocations", 0) > 400
          and batch.get("allocated_bytes", 0) > 2 * batch["outlived_bytes"],
          "what it allocated counts as its own", batch)
    check(scope(report, "/train").get("outlived_blocks") == 0
          and scope(report, "/train/epoch").get("outlived_blocks") == 0,
          "the managers above it left nothing", report["scopes"])
    check(gate == 1, "the gate fails", gate)

    report, _, gate = run(folder, TRAIN, "--epochs", "5")
    check(gate == 0 and not report["leaks"], "train is clean", json.dumps(report["leaks"]))

    report, printed, gate = run(folder, COMPUTE_MEAN)
    leaks = [l for l in report["leaks"] if l["scope"] == "/service"]
    check(len(leaks) == 5 and all(l["blocks"] == 100 and l["outlived"] for l in leaks),
          "compute_mean leaves five arrays a call in /service", json.dumps(report["leaks"]))
    check(sum(l["bytes"] for l in leaks) == 100 * (4 * 4096 + 4), "16 KiB and a mean a call",
          json.dumps(leaks))
    wanted = {f"compute_mean:{source_line('compute_mean.c', text)}" for text in
              ("nd_arange(", "nd_ones(", "nd_mul(", "nd_add_scalar(", "nd_mean(")}
    found = {w for l in leaks for w in lines(l, "compute_mean.c")}
    check(wanted <= found, "each at its own line", f"{wanted} {found}")
    check(gate == 1 and re.search(r"100 calls: 1[6-9] KB a call", printed) and "call 91: mean 512.5, Heap: +" in printed,
          "the growth is printed call by call", printed)

    text = subprocess.run([LEAKSCOPE, "report", os.path.join(folder, "r.rec")], env=ENV,
                          capture_output=True, text=True, check=True).stdout
    check(re.search(r"\n +nd_arange .*\n +compute_mean +.*compute_mean.c:\d+ +.*nd_arange\(", text)
          and "ndi_call" not in text, "the text begins with the function and the line that called "
          "it, not inside the runtime", text)

    report, printed, gate = run(folder, COMPUTE_MEAN, "--mended")
    check(gate == 0 and not report["leaks"] and "Heap: +" in printed, "mended, it is clean",
          json.dumps(report["leaks"]))

    report, printed, gate = run(folder, SCOPED)
    check("not ok" not in printed and printed.count("ok") >= 5, "tags follow arrays", printed)
    side = [l for l in report["leaks"] if l["scope"] == "/outer/entered"]
    check(len(side) == 1 and side[0]["bytes"] == 333, "what a thread allocates in a manager's scope "
          "is its survivor", json.dumps(report["leaks"]))
print(f"1..{number}")
