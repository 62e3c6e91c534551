#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Side by side: leakscope, heaptrack, LeakSanitizer and bare.

The speed of a machine drifts by tens of percent within seconds, so each run of a
tool is paired with a bare run just before it, and what is shown is the median
of the paired ratios with their spread.  `control` is bare against bare: read no
difference smaller than its own.  Wall time is that of the whole process tree,
start-up, exit and reports included; CPU time shows what a second processor hides.
"""
import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

import scan
import workloads

# What the project asks of itself.
CHURN_VS_HEAPTRACK = 1.0    # its wall ratio over heaptrack's
BASH_RATIO = 2.5            # wall, over bare
BYTES_PER_LIVE_BLOCK = 64   # of recording, beyond the distinct stacks


def say(text):
    print("bench: " + text, file=sys.stderr, flush=True)


class Bench:
    def __init__(self, args):
        self.args = args
        self.build = os.path.join(os.path.abspath(args.build), "tests", "bench")
        self.leakscope = os.path.join(os.path.abspath(args.build), "reporter", "leakscope")
        shim = os.path.join(os.path.abspath(args.build), "shim", "libleakscope.so")
        self.tools = self.choose(workloads.tools(self.leakscope, shim), args.tools, "tool")
        self.workloads = self.choose(workloads.WORKLOADS, args.workloads, "workload")
        self.pairs = {}    # (workload, tool) -> [(bare, tool)]
        self.notes = []
        cc1 = subprocess.run(["gcc", "-print-prog-name=cc1"], capture_output=True, text=True,
                             check=False)
        self.cc1 = cc1.stdout.strip()

    @staticmethod
    def choose(known, wanted, kind):
        names = [t.name for t in known]
        for name in wanted or ():
            if name not in names and name != "bare":
                sys.exit("bench: %s: no such %s; there are %s" % (name, kind, ", ".join(names)))
        return [t for t in known if (t.name in wanted if wanted else t.default)]

    def check_needs(self):
        needed = [os.path.join(self.build, p) for p in ("measure", "recsize", "churn", "live")]
        for tool in self.tools:
            needed += tool.needs
        for work in self.workloads:
            first = work.words[0].format(b=self.build, n=0, cc1=self.cc1)
            needed.append(first)
        missing = sorted({n for n in needed
                          if not (os.path.exists(n) if "/" in n else shutil.which(n))})
        if missing:
            sys.exit("bench: missing: %s; scripts/bench installs and builds what it needs"
                     % ", ".join(missing))

    def run(self, tool, work):
        """One run of WORK under TOOL (None: bare), in an empty folder."""
        scratch = tempfile.mkdtemp(prefix="leakscope-bench-")
        out, log = os.path.join(scratch, "out"), os.path.join(scratch, "log")
        usage = os.path.join(scratch, "usage")
        os.mkdir(out)
        size = max(1, int(work.size * self.args.scale))
        words = [w.replace("{n}", str(size)).replace("{b}", self.build)
                 .replace("{cc1}", self.cc1) for w in work.words]
        prefix, extra = [], {}
        if tool:
            prefix = [w.replace("{out}", out) for w in tool.words]
            extra = {k: v.replace("{out}", out) for k, v in tool.env.items()}
        env = {k: v for k, v in os.environ.items()
               if k not in ("LD_PRELOAD", "LEAKSCOPE_OPTIONS", "LSAN_OPTIONS")}
        env.update(LC_ALL="C", **work.env)
        # the tool's variables reach the workload only, not `measure`
        if extra:
            prefix = ["env"] + ["%s=%s" % kv for kv in extra.items()] + prefix
        try:
            with open(log, "wb") as f:
                subprocess.run([os.path.join(self.build, "measure"), str(self.args.timeout), usage]
                               + prefix + words, stdin=subprocess.DEVNULL, stdout=f,
                               stderr=subprocess.STDOUT, cwd=scratch, env=env, check=True)
            return self.result(tool, work, size, out, log, usage)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def result(self, tool, work, size, out, log, usage):
        with open(usage, encoding="ascii") as f:
            wall, user, system, rss, status = f.read().split()
        with open(log, encoding="utf-8", errors="replace") as f:
            text = f.read()
        files = [os.path.join(d, n) for d, _, names in os.walk(out) for n in names]
        planted = re.findall(r"\bplanted=(\d+)", text)
        result = {"wall": float(wall), "cpu": float(user) + float(system), "rss": int(rss),
                  "status": os.waitstatus_to_exitcode(int(status)), "files": len(files),
                  "kib": sum(os.stat(f).st_blocks for f in files) / 2,
                  "planted": int(planted[-1]) if planted else None, "found": None,
                  "per_block": None, "tail": text[-300:]}
        if tool and result["status"] == 0 and result["planted"] is not None:
            result["found"] = workloads.leaks_found(tool, out, text, self.leakscope)
        if tool and tool.name in ("leakscope", "preload") and work.name == "live":
            result["per_block"] = self.bytes_per_block(files, size)
        return result

    def bytes_per_block(self, files, blocks):
        """Recording bytes on disk, less the distinct stacks, per live block."""
        for path in files:
            if path.endswith(".rec"):
                p = subprocess.run([os.path.join(self.build, "recsize"), path],
                                   capture_output=True, text=True, check=False)
                m = re.match(r"disk=(\d+) stacks=(\d+)", p.stdout)
                if m:
                    return (int(m[1]) - int(m[2])) / blocks
                self.notes.append(p.stderr.strip())
        return None

    def measure(self):
        dead = set()
        for r in range(self.args.rounds):
            for work in self.workloads:
                for tool in self.tools:
                    key = (work.name, tool.name)
                    if key in dead:
                        continue
                    bare = self.run(None, work)
                    if bare["status"] != 0:
                        sys.exit("bench: %s fails bare (status %d): %s"
                                 % (work.name, bare["status"], bare["tail"]))
                    other = self.run(None if tool.name == "control" else tool, work)
                    self.pairs.setdefault(key, []).append((bare, other))
                    if other["status"] != 0:
                        dead.add(key)    # once is enough to know
                        last = other["tail"].strip().splitlines()
                        self.notes.append("%s on %s: status %d%s" % (
                            tool.name, work.name, other["status"],
                            ": " + last[-1][:120] if last else ""))
                    say("round %d of %d  %-8s %-10s bare %.3f s, %.3f s" % (
                        r + 1, self.args.rounds, work.name, tool.name, bare["wall"],
                        other["wall"]))

    def ratios(self, work, tool, what):
        pairs = self.pairs.get((work, tool), ())
        if any(o["status"] != 0 for _, o in pairs):
            return []
        return sorted(o[what] / b[what] for b, o in pairs if b[what])

    def cell(self, work, tool, what, spread=False):
        pairs = self.pairs.get((work, tool), ())
        bad = [o["status"] for _, o in pairs if o["status"] != 0]
        if bad:
            return "status %d" % bad[0]
        r = self.ratios(work, tool, what)
        if not r:
            return "-"
        text = "%.2f" % statistics.median(r)
        return text + " %.2f-%.2f" % (r[0], r[-1]) if spread else text

    def bare(self, work, what):
        found = [b[what] for (w, _), pairs in self.pairs.items() if w == work for b, _ in pairs]
        return statistics.median(found) if found else 0

    def table(self, title, fill, bare=None):
        print("\n" + title)
        width = max(18, *(len(w.name) + 2 for w in self.workloads))
        print("%-12s" % "" + "".join(w.name.rjust(width) for w in self.workloads))
        if bare:
            print("%-12s" % "bare" + "".join(bare(w.name).rjust(width) for w in self.workloads))
        for tool in self.tools:
            cells = [fill(w.name, tool.name) for w in self.workloads]
            if any(cells):
                print("%-12s" % tool.name + "".join((c or "-").rjust(width) for c in cells))

    def last(self, work, tool):
        pairs = self.pairs.get((work, tool))
        return pairs[-1][1] if pairs and tool != "control" else None

    def output(self, work, tool):
        r = self.last(work, tool)
        return "%d in %d" % (r["kib"], r["files"]) if r else ""

    def found(self, work, tool):
        r = self.last(work, tool)
        if not r or r["planted"] is None:
            return ""
        return "%s of %d" % ("-" if r["found"] is None else r["found"], r["planted"])

    def print_tables(self):
        print("medians of %d paired ratios to a bare run just before, least-greatest"
              % self.args.rounds)
        self.table("wall time, whole tree (bare: seconds)",
                   lambda w, t: self.cell(w, t, "wall", True), lambda w: "%.3f s"
                   % self.bare(w, "wall"))
        self.table("CPU time, whole tree (bare: seconds)", lambda w, t: self.cell(w, t, "cpu"),
                   lambda w: "%.3f s" % self.bare(w, "cpu"))
        self.table("peak RSS of the largest process (bare: MiB)",
                   lambda w, t: self.cell(w, t, "rss"), lambda w: "%.1f" % (
                       self.bare(w, "rss") / 1024))
        self.table("output: KiB in files", self.output)
        self.table("leaked blocks found of those planted", self.found)

    def targets(self):
        """(met, text) for each target that this run can speak about."""
        said = []
        ours = self.ratios("churn", "leakscope", "wall")
        theirs = self.ratios("churn", "heaptrack", "wall")
        if ours and theirs:
            a, b = statistics.median(ours), statistics.median(theirs)
            said.append((a <= b * CHURN_VS_HEAPTRACK,
                         "churn: wall %.2f, heaptrack's %.2f (not above it)" % (a, b)))
        bash = self.ratios("bash", "leakscope", "wall")
        if bash:
            m = statistics.median(bash)
            said.append((m <= BASH_RATIO, "bash: wall %.2f (at most %.1f)" % (m, BASH_RATIO)))
            files = self.last("bash", "leakscope")["files"]
            said.append((files <= 2, "bash: %d files left behind (at most 2)" % files))
        live = self.last("live", "leakscope")
        if live and live["per_block"] is not None:
            said.append((live["per_block"] <= BYTES_PER_LIVE_BLOCK,
                         "live: %.1f bytes of recording per live block (at most %d)"
                         % (live["per_block"], BYTES_PER_LIVE_BLOCK)))
        return said


def names(text):
    return [n for n in text.split(",") if n]


def print_targets(targets, notes):
    print()
    for met, text in targets:
        print("%-7s %s" % ("ok" if met else "MISSED", text))
    for note in notes:
        print("note    " + note)


def main_scan(args):
    scans = scan.Scans(args)
    scans.measure(scan.CASES)
    scans.print_table()
    print_targets(scans.targets(), scans.notes)
    if args.json:
        scans.save(args.json)
    return 1 if args.check and not all(met for met, _ in scans.targets()) else 0


def main():
    ap = argparse.ArgumentParser(prog="scripts/bench", description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("-r", "--rounds", type=int, default=3)
    ap.add_argument("-w", "--workloads", type=names, metavar="NAME,…",
                    help=", ".join(w.name for w in workloads.WORKLOADS))
    ap.add_argument("-t", "--tools", type=names, metavar="NAME,…",
                    help=", ".join(t.name for t in workloads.tools("", "")))
    ap.add_argument("--json", metavar="FILE", help="every run's figures")
    ap.add_argument("--scale", type=float, default=1.0, help="multiply the sizes by this")
    ap.add_argument("--timeout", type=int, default=120, help="seconds for one run")
    ap.add_argument("--check", action="store_true", help="exit 1 if a target is missed")
    ap.add_argument("--scan", action="store_true",
                    help="instead: what a scan for leaks costs by the size of the heap")
    ap.add_argument("--build", default="build", help="the build directory")
    args = ap.parse_args()
    if args.rounds < 1 or args.scale <= 0:
        ap.error("--rounds and --scale must be positive")
    if args.scan:
        return main_scan(args)
    bench = Bench(args)
    bench.check_needs()
    bench.measure()
    bench.print_tables()
    targets, notes = bench.targets(), bench.notes
    if args.check:
        scans = scan.Scans(args)
        scans.measure(scan.target_case(), lsan=False)
        targets, notes = targets + scans.targets(), notes + scans.notes
    print_targets(targets, notes)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as f:
            json.dump([{"workload": w, "tool": t, "bare": b, "run": o}
                       for (w, t), pairs in bench.pairs.items() for b, o in pairs], f, indent=1)
    return 1 if args.check and not all(met for met, _ in targets) else 0


if __name__ == "__main__":
    sys.exit(main())
