#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""
What the shim adds to a cuMemAlloc/cuMemFree pair of a driver whose calls take a
microsecond each: the program gpu bare and under the shim, in turn.

    gpu_bench.py --build DIR [-r N] [-t THREADS,…] [--check | --tap] [OPTIONS OF gpu]

One thread has the simulated driver, and the target, at every depth (-d).  More have a
driver without locks (lockless/cuda.c): what they would wait for each other in the
simulated one, bare and under the shim, differs by more than a pair costs.
Exit status: 1 if --check is given and a pair costs one thread more than the target.
"""

import argparse
import itertools
import os
import subprocess
import sys
import tempfile

TARGET_NS = 500
LATENCY_NS = 1000


def run(build, folder, under_shim, threads, options):
    driver = ("simcuda",) if threads == "1" else ("bench", "lockless")
    env = dict(os.environ, SIMCUDA_LATENCY_NS=str(LATENCY_NS),
               LD_LIBRARY_PATH=os.path.join(build, "tests", *driver))
    if under_shim:
        env["LD_PRELOAD"] = os.path.join(build, "shim", "libleakscope.so")
        env["LEAKSCOPE_OPTIONS"] = f'dir="{folder}":report=none'
    result = subprocess.run([os.path.join(build, "tests", "bench", "gpu"), "-t", threads]
                            + options, env=env, stdout=subprocess.PIPE, check=True)
    figures = {}
    for line in result.stdout.decode().splitlines():
        pattern, threads, depth, ns = line.split()
        figures[pattern, int(threads), int(depth)] = float(ns)
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("-r", "--rounds", type=int, default=3)
    parser.add_argument("-t", "--threads", default="1,4")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--tap", action="store_true",
                        help="a line of TAP, for the tests: that it works; no figures to trust")
    options, rest = parser.parse_known_args()
    best = [{}, {}]
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            for threads, under_shim in itertools.product(options.threads.split(","), (False, True)):
                known = best[under_shim]
                for key, ns in run(options.build, folder, under_shim, threads, rest).items():
                    known[key] = min(ns, known.get(key, ns))
    missed = []
    mark = "# " if options.tap else ""
    print(f"{mark}{'ns/pair':8} threads  depth      bare  tracked    added")
    for key, bare in best[False].items():
        added = best[True][key] - bare
        if added >= TARGET_NS and key[1] == 1:
            missed.append(f"{key[0]} {key[1]} {key[2]}")
        print(f"{mark}{key[0]:8} {key[1]:7} {key[2]:6} {bare:9.0f} {best[True][key]:8.0f} "
              f"{added:8.0f}")
    if options.tap:
        print("1..1")
        works = bool(best[False]) and best[False].keys() == best[True].keys()
        print(f"{'ok' if works else 'not ok'} 1 - pairs are measured bare and tracked")
        return 0 if works else 1
    print(f"target for one thread: less than {TARGET_NS} ns; {len(missed)} above"
          + "".join(f"\n  {m}" for m in missed))
    return 1 if missed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
