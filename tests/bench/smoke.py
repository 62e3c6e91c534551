#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""That the benchmark works: tiny sizes, every tool, no look at the times.

usage: smoke.py BUILD_DIRECTORY.  Output is TAP.
"""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = ["control", "leakscope", "preload", "heaptrack", "lsan"]
WORKLOADS = ["churn", "live", "bash"]
points = []


def point(ok, what, why=""):
    points.append(bool(ok))
    print("%s %d - %s" % ("ok" if ok else "not ok", len(points), what))
    for line in str(why).splitlines() if not ok else ():
        print("# " + line)


def bench(*options):
    return subprocess.run([sys.executable, "-B", os.path.join(HERE, "bench.py"), *options],
                          capture_output=True, text=True, check=False)


def scans():
    with tempfile.TemporaryDirectory(prefix="leakscope-bench-smoke-") as folder:
        figures = os.path.join(folder, "figures.json")
        p = bench("--build", sys.argv[1], "--scan", "--scale", "0.005", "-r", "1", "--json",
                  figures)
        rows = []
        if os.path.exists(figures):
            with open(figures, encoding="utf-8") as f:
                rows = json.load(f)
    point(p.returncode == 0 and len(rows) == 7, "scans of every heap are measured",
          p.stdout + p.stderr)
    point(rows and all(r["reachable"] >= r["blocks"] and not r["unseen"] for r in rows),
          "they find every block and see every thread", rows)
    point(rows and all(r["pause_ms"] > 0 and r["scan_s"] > 0 and r["memory_mib"] > 0
                       for r in rows), "and have figures", rows)
    point(rows and all(r["files"] == 0 and r["children"] == 0 for r in rows),
          "and leave no file open and no process", rows)
    point(rows and all("lsan_s" in r for r in rows), "LeakSanitizer's check is beside them",
          p.stdout)


def main():
    with tempfile.TemporaryDirectory(prefix="leakscope-bench-smoke-") as folder:
        figures = os.path.join(folder, "figures.json")
        p = bench("--build", sys.argv[1], "--scale", "0.005", "-r", "1", "--json", figures,
                  "-t", ",".join(TOOLS), "-w", ",".join(WORKLOADS))
        point(p.returncode == 0, "it runs to its end", p.stdout + p.stderr)
        rows = [line.split() for line in p.stdout.splitlines()]
        for tool in ["bare"] + TOOLS:
            point([r for r in rows if r[:1] == [tool] and len(r) > len(WORKLOADS)],
                  "%s has a row in the table" % tool, p.stdout)
        runs = []
        if os.path.exists(figures):
            with open(figures, encoding="utf-8") as f:
                runs = json.load(f)
    done = {(r["tool"], r["workload"]) for r in runs if r["run"]["status"] == 0}
    for tool in TOOLS:
        missing = [w for w in WORKLOADS if (tool, w) not in done]
        point(not missing, "%s runs every workload" % tool,
              "not: %s\n%s" % (", ".join(missing), p.stdout))
    ours = [r["run"] for r in runs if (r["tool"], r["workload"]) == ("leakscope", "churn")]
    point(ours and ours[0]["found"] == ours[0]["planted"] == 200,
          "leakscope finds what churn plants", ours)
    live = [r["run"] for r in runs if (r["tool"], r["workload"]) == ("leakscope", "live")]
    point(live and live[0]["per_block"], "the recording's bytes per live block are measured", live)
    scans()
    p = bench("-t", "nonsense")
    point(p.returncode and "no such tool" in p.stderr, "an unknown tool is named",
          p.stdout + p.stderr)
    print("1..%d" % len(points))
    return 0 if all(points) else 1


if __name__ == "__main__":
    sys.exit(main())
