# SPDX-License-Identifier: MIT
"""
Random calls of the simulated driver, by seeds: what the recording says is left must be
what the driver says is left, kind by kind, blocks and bytes; with calls that fail, too.
Prints TAP.

    random_calls.py LEAKSCOPE SHIM PROGRAM FOLDER-OF-LIBCUDA
"""

import collections
import glob
import json
import os
import subprocess
import sys
import tempfile

SEEDS = 24
STEPS = 600

# Kinds in a report and what the driver calls them.  Of pools, those that are destroyed
# while memory is left in them stay with the driver.
MEMORY = {"pinned": ["pinned"], "managed": ["managed"], "registered": ["registered"],
          "pool": ["pool"], "graph": ["graph"], "vmm": ["vmm"]}
DEVICE = ["device", "array", "mipmap"]
HANDLES = {"cuMemAddressReserve": "range", "cuCtxCreate": "context", "cuStreamCreate": "stream",
           "cuEventCreate": "event", "cuGraphCreate": "graphobj", "cuGraphInstantiate": "graphexec",
           "cuDevicePrimaryCtxRetain": "primary"}


def run(leakscope, shim, program, driver, seed, fail):
    """The report as JSON, and what the driver has left: {kind: (blocks, bytes)}."""
    with tempfile.TemporaryDirectory() as directory:
        summary = os.path.join(directory, "summary")
        environment = dict(os.environ, LD_LIBRARY_PATH=driver, LD_PRELOAD=shim,
                           LEAKSCOPE_OPTIONS=f"dir={directory}:scan=0",
                           SIMCUDA_SUMMARY=summary)
        if fail:
            environment["SIMCUDA_FAIL"] = fail
        subprocess.run([program, str(seed), str(STEPS)], env=environment, check=True)
        recording, = glob.glob(os.path.join(directory, "*.rec"))
        report = json.loads(subprocess.run(
            [leakscope, "report", "--format=json", recording],
            stdout=subprocess.PIPE, check=False).stdout)
        left = {}
        with open(summary, encoding="utf-8") as lines:
            for line in lines:
                words = line.split()
                if len(words) > 5 and words[1] == "live":
                    left[words[0]] = (int(words[2]), int(words[4]))
    return report, left


def total(report, kind):
    found = report["totals"].get(kind, {})
    return found.get("live_blocks", 0), found.get("live_bytes", 0)


def differences(report, left):
    def of_driver(kinds):
        return tuple(sum(left[k][i] for k in kinds) for i in range(2))

    for kind, kinds in MEMORY.items():
        if total(report, kind) != of_driver(kinds):
            yield f"{kind}: {total(report, kind)}, the driver has {of_driver(kinds)}"
    # what went with a context counts as a leak all the same
    reclaimed = [sum(d["reclaimed_" + key] for d in report["devices"])
                 for key in ("blocks", "bytes")]
    device = tuple(total(report, "device")[i] + total(report, "array")[i] - reclaimed[i]
                   for i in range(2))
    if device != of_driver(DEVICE):
        yield f"device: {device}, the driver has {of_driver(DEVICE)}"
    handles = collections.Counter()
    for leak in report["leaks"]:
        if leak["memory"] == "handle":
            handles[leak["frames"][0]["function"]] += leak["blocks"]
    for function, kind in HANDLES.items():
        if handles[function] != left[kind][0]:
            yield f"{function}: {handles[function]}, the driver has {left[kind][0]}"
    if handles["cuMemPoolCreate"] > left["mempool"][0]:
        yield "more pools than the driver has"


def main():
    leakscope, shim, program, driver = sys.argv[1:5]
    failed = 0
    print(f"1..{SEEDS}")
    for seed in range(1, SEEDS + 1):
        # every other with errors: all calls of that number, whatever their function
        fail = f"*:{3 * seed}:2" if seed % 2 == 0 else ""
        report, left = run(leakscope, shim, program, driver, seed, fail)
        found = list(differences(report, left))
        failed += bool(found)
        print(f"{'not ok' if found else 'ok'} {seed} - seed {seed} {fail}")
        for line in found:
            print("#", line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
