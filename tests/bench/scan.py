# SPDX-License-Identifier: MIT
"""What a scan for leaks costs by the size of the heap, beside LeakSanitizer's check.

`heap` builds the heap and takes snapshots; what each has cost is in the scan
records of its recording, which `scans` prints.  LeakSanitizer stops the program for
all of its check, so its figure is the wall time of the call.
"""
import collections
import json
import os
import shutil
import statistics
import subprocess
import tempfile

# What the project asks of itself, for TARGET_CASE.
TARGET_CASE = "1 M of 1 KiB"
SCAN_S = 1.0
MEMORY_MIB = 100
PAUSE_MS = 60

Case = collections.namedtuple("Case", "name blocks size threads")
CASES = [
    Case("10 k of 1 KiB", 10000, 1024, 0),
    Case("100 k of 1 KiB", 100000, 1024, 0),
    Case("  8 threads more", 100000, 1024, 8),
    Case("  64 threads more", 100000, 1024, 64),
    Case(TARGET_CASE, 1000000, 1024, 0),
    Case("4 M of 64 B", 4000000, 64, 0),
    Case("1000 of 1 MiB", 1000, 1 << 20, 0),
]
SPARE_BYTES = 1 << 30    # beyond the heap: the recording, the scan, the machine itself


class Failed(Exception):
    pass


def pairs(line):
    return {k: float(v) for k, v in (word.split("=") for word in line.split() if "=" in word)}


def available_bytes():
    with open("/proc/meminfo", encoding="ascii") as f:
        for line in f:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 0


class Scans:
    def __init__(self, args):
        self.args = args
        self.build = os.path.join(os.path.abspath(args.build), "tests", "bench")
        self.shim = os.path.join(os.path.abspath(args.build), "shim", "libleakscope.so")
        self.notes = []
        self.rows = []

    def run(self, words, env):
        """The output of a program: {first word: [figures of a line]}."""
        clean = {k: v for k, v in os.environ.items()
                 if k not in ("LD_PRELOAD", "LEAKSCOPE_OPTIONS", "LSAN_OPTIONS")}
        p = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                           env={**clean, "LC_ALL": "C", **env}, check=False,
                           timeout=self.args.timeout)
        if p.returncode != 0:
            raise Failed("%s: status %d: %s" % (" ".join(words), p.returncode,
                                                (p.stderr or p.stdout).strip()[-200:]))
        lines = collections.defaultdict(list)
        for line in p.stdout.splitlines():
            lines[line.split(maxsplit=1)[0].partition("=")[0]].append(pairs(line))
        return lines

    def words(self, program, case, rounds):
        blocks = max(1, int(case.blocks * self.args.scale))
        return [os.path.join(self.build, program), "-k", str(rounds), "-t", str(case.threads),
                str(blocks), str(case.size)]

    def ours(self, case, rounds):
        folder = tempfile.mkdtemp(prefix="leakscope-bench-")
        try:
            out = self.run(self.words("heap", case, rounds), {
                "LD_PRELOAD": self.shim, "LEAKSCOPE_OPTIONS": 'dir="%s":report=none' % folder})
            recordings = [n for n in os.listdir(folder) if n.endswith(".rec")]
            if len(recordings) != 1:
                raise Failed("heap left %d recordings" % len(recordings))
            found = self.run([os.path.join(self.build, "scans"),
                              os.path.join(folder, recordings[0])], {})["state"]
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        found = [s for s in found if not s["at_exit"]]
        if len(found) != rounds or any(s["state"] != 1 or not s["apart"] for s in found):
            raise Failed("%s: %d snapshots, but %d scans in the recording, or one that failed"
                         % (case.name, rounds, len(found)))
        middle = {k: statistics.median(s[k] for s in found) for k in found[0]}
        return {"pause_ms": middle["pause"] / 1e6, "stop_ms": middle["stop"] / 1e6,
                "copy_ms": middle["copy"] / 1e6, "clone_ms": middle["clone"] / 1e6,
                "scan_s": middle["scan"] / 1e9, "memory_mib": middle["memory"] / 2**20,
                "unseen": middle["unseen"], "reachable": middle["reachable"],
                "grown_kib": out["after"][0]["rss_kib"] - out["before"][0]["rss_kib"],
                "files": out["after"][0]["files"] - out["before"][0]["files"],
                "children": out["after"][0]["children"]}

    def measure(self, cases, lsan=True):
        rounds = max(3, self.args.rounds)
        for case in cases:
            if case.blocks * self.args.scale * (case.size + 16) + SPARE_BYTES > available_bytes():
                self.notes.append("%s: left out, there is not enough memory" % case.name.strip())
                continue
            row = {"case": case.name, "blocks": max(1, int(case.blocks * self.args.scale)),
                   "size": case.size, "threads": case.threads}
            row.update(self.ours(case, rounds))
            if lsan:
                try:
                    out = self.run(self.words("heap-lsan", case, rounds), {})
                    row["lsan_s"] = statistics.median(s["call_s"] for s in out["snapshot"])
                except Failed as e:    # it cannot trace in every container
                    self.notes.append(str(e))
            self.rows.append(row)

    def print_table(self):
        print("medians of %d snapshots each; pause, of it to stop, copy, clone in ms"
              % max(3, self.args.rounds))
        print("%-18s %8s %7s %7s %7s %8s %9s %10s %9s" % (
            "heap", "pause", "stop", "copy", "clone", "scan s", "MiB more", "grown KiB", "LSan s"))
        for r in self.rows:
            print("%-18s %8.2f %7.2f %7.2f %7.2f %8.3f %9.1f %10d %9s" % (
                r["case"], r["pause_ms"], r["stop_ms"], r["copy_ms"], r["clone_ms"], r["scan_s"],
                r["memory_mib"], r["grown_kib"],
                "%.3f" % r["lsan_s"] if "lsan_s" in r else "-"))

    def targets(self):
        """(met, text) for each target that this run can speak about."""
        said = []
        for r in self.rows:
            if r["case"] != TARGET_CASE:
                continue
            said += [
                (r["scan_s"] < SCAN_S, "%s: scan %.3f s (below %.1f)"
                 % (r["case"], r["scan_s"], SCAN_S)),
                (r["memory_mib"] < MEMORY_MIB, "%s: %.1f MiB of extra memory (below %d)"
                 % (r["case"], r["memory_mib"], MEMORY_MIB)),
                (r["pause_ms"] < PAUSE_MS, "%s: pause %.1f ms (below %d)"
                 % (r["case"], r["pause_ms"], PAUSE_MS))]
        return said

    def save(self, path):
        with open(path, "w", encoding="utf-8") as f:
            json.dump(self.rows, f, indent=1)


def target_case():
    return [c for c in CASES if c.name == TARGET_CASE]
