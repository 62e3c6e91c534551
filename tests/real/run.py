#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Real programs, bare and under leakscope: the same behaviour, and true totals.

usage: run.py [--keep DIR] [--oracles] [PROGRAM…]

Each program is run bare, under `leakscope run`, under `leakscope run` with an
independent counter preloaded behind the shim (count.c), and, where it has one
thread, under Valgrind.  What is called lost must be known (verdicts.py), or
planted by the program.  Output is TAP.  --oracles checks only that the counter
and Valgrind agree with each other, without leakscope.  The environment names
what to test: LEAKSCOPE (the command), LS_COUNT (libcount.so), LS_SCHEMA.
"""
import argparse
import os
import shutil
import sys
import tempfile

import harness
import verdicts
from harness import Timeout, Unreadable
from programs import PROGRAMS

TIMEOUT = 60           # seconds for one run; bare, none takes more than 1.5
VALGRIND_TIMEOUT = 120
TOLERANCE = 0.001      # of the allocations
# Measured: opening and priming libunwind allocates 17 blocks, in a program with 25 threads 41.
SHIM_OWN = 64
SHIM_OWN_BYTES = 32 * 1024


class Tap:
    """Test points as they come, and the plan at the end."""

    def __init__(self):
        self.number = 0
        self.failed = 0

    def point(self, ok, what, *why):
        self.number += 1
        self.failed += not ok
        print("%s %d - %s" % ("ok" if ok else "not ok", self.number, what))
        for text in why if not ok else ():
            self.say(text)
        sys.stdout.flush()
        return ok

    @staticmethod
    def say(text):
        for line in str(text).splitlines() or [""]:
            print("# " + line)

    def done(self):
        print("1..%d" % self.number)
        return 1 if self.failed else 0


def environment(folder, program):
    """Small and fixed: some programs allocate for each variable they inherit."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "HOME": folder,
            "TMPDIR": folder, "GIT_CONFIG_NOSYSTEM": "1", **program.env}


def close(a, b, slack=0):
    """Whether two counts agree within the tolerance (rounded down) or SLACK."""
    return abs(a - b) <= max(int(TOLERANCE * max(a, b)), slack)


def subfolder(folder, name):
    path = os.path.join(folder, name)
    os.mkdir(path)
    return path


class Case:
    def __init__(self, tap, program, folder, leakscope, counter):
        self.tap, self.program, self.folder = tap, program, folder
        self.leakscope, self.counter = leakscope, counter
        self.env = environment(folder, program)
        self.bare = None

    def point(self, ok, what, *why):
        return self.tap.point(ok, "%s: %s" % (self.program.name, what), *why)

    def start(self):
        missing = [n for n in self.program.needs if not shutil.which(n, path=self.env["PATH"])]
        if missing:
            return self.point(False, "is installed", "missing: %s; scripts/test installs it"
                              % ", ".join(missing))
        if self.program.prepare:
            self.program.prepare(self.folder, self.env)
        self.bare = self.program.run([], self.folder, self.env, TIMEOUT)
        return True

    def same_behaviour(self, what, end):
        ok = end.status == self.bare.status
        self.point(ok, what + ": same exit status", "bare %d, %s %d" % (
            self.bare.status, what, end.status), end.stderr[-600:].decode(errors="replace"))
        self.point(end.stdout == self.bare.stdout, what + ": same stdout",
                   "bare:", self.bare.stdout[-300:], "now:", end.stdout[-300:])
        if self.program.stderr:
            self.point(end.stderr == self.bare.stderr, what + ": same stderr",
                       "bare:", self.bare.stderr[-300:], "now:", end.stderr[-600:])

    def read(self, folder, *options):
        """Every recording in FOLDER as (path, report); a test point for all."""
        found = []
        try:
            for path in harness.recordings(folder):
                found.append((path, self.leakscope.report(path, self.env, *options)))
        except (Unreadable, Timeout) as e:
            self.point(False, "every recording can be read", e)
            return found
        self.point(bool(found), "every recording can be read (%d)" % len(found),
                   "no recording in " + folder)
        return found

    def plain(self):
        """leakscope run as a user calls it; returns the launched image's report."""
        out = subfolder(self.folder, "plain")
        end = self.program.run(self.leakscope.wrap(out + "/root.rec"), self.folder, self.env,
                               TIMEOUT)
        self.same_behaviour("leakscope run", end)
        found = self.read(out)
        root = dict(found).get(out + "/root.rec")
        if not self.point(root is not None, "the launched program has a recording",
                          "found: %s" % [p for p, _ in found]):
            return found
        how = root["process"]
        self.point((how["state"], how.get("exit_code")) == ("exited", self.bare.status),
                   "its end is recorded", "state %s, exit_code %s; bare: %d"
                   % (how["state"], how.get("exit_code"), self.bare.status))
        for image in self.program.images:
            self.point(any(harness.program_of(r["process"]["exe"]) == image for _, r in found),
                       "%s has a recording" % image,
                       "recorded: %s" % [r["process"]["exe"] for _, r in found])
        # A real program must not exhaust or outwit anything: no loss is excused.
        wrong = ["%s: %s" % (os.path.basename(p), n["text"]) for p, r in found
                 for n in r["notes"] if n["level"] == "error"]
        self.point(not wrong, "nothing was lost", *wrong)
        if self.program.whole:
            wrong = [e for p, r in found for e in harness.broken_stacks(r)]
            self.point(not wrong, "stacks reach the start of their thread", *wrong[:5])
        for path, report in found:
            for note in report["notes"]:
                if note["level"] == "info":
                    continue
                self.tap.say("note of %s: %s: %s" % (os.path.basename(path), note["level"],
                                                     note["text"]))
        return found

    def verdicts(self, found):
        """Nothing is called lost beyond what the programs are known to lose."""
        wrong = []
        for path, report in found:
            name = harness.program_of(report["process"]["exe"])
            wrong += ["%s: %s" % (os.path.basename(path), text)
                      for text in verdicts.unknown_leaks(name, report["leaks"])]
        self.point(not wrong, "no false leak", *wrong[:8])

    def planted(self, found):
        """
        The program says what it has planted: FUNCTION BLOCKS.  Which of them are
        definite may change: what a library leaves unwritten in one lost block can
        lead to another.
        """
        report, wrong = found[0][1], []
        leaks = [leak for leak in report["leaks"] if leak["kind"] in ("definite", "indirect")]
        for line in self.bare.stdout.decode().splitlines():
            function, blocks = line.split()
            mine = [leak for leak in leaks
                    if any(f["function"] == function for f in leak["frames"])]
            leaks = [leak for leak in leaks if leak not in mine]
            seen = sum(leak["blocks"] for leak in mine)
            if seen != int(blocks):
                wrong.append("%s: %d found" % (line, seen))
        self.point(self.bare.stdout and not wrong, "every planted leak is found", *wrong)
        self.point(not leaks, "and nothing else", *[
            "%s %d blocks: %s" % (leak["kind"], leak["blocks"], verdicts.stack_of(leak))
            for leak in leaks[:8]])

    def against_counter(self):
        """
        The same run counted twice.  The counter stands behind the shim, so it also
        counts what the shim allocates for itself at start-up (it opens libunwind:
        SHIM_OWN) and the frees that come after the recording was finished; it
        misses nothing else.
        """
        out, counts = subfolder(self.folder, "counted"), subfolder(self.folder, "counts")
        env = dict(self.env, LD_PRELOAD=self.counter, LS_COUNT_DIR=counts)
        end = self.program.run(self.leakscope.wrap(out + "/", "--children", "all"), self.folder,
                               env, TIMEOUT)
        self.same_behaviour("with the counter", end)
        counted = harness.counts_of_counter(counts)
        wrong, compared, covered = [], 0, set()
        # only the totals matter here, and a javac has ten thousand leaks to validate
        for path, report in self.read(out, "--top", "1"):
            ours = harness.count_of_report(report)
            same = [c for c in counted if (c.pid, c.program) == (ours.pid, ours.program)]
            theirs = min(same, key=lambda c: abs(c.allocations - ours.allocations), default=None)
            if theirs is None:
                wrong.append("%s: %s was not counted" % (os.path.basename(path), ours))
                continue
            compared += 1
            covered.add(theirs)
            if not (close(ours.allocations, theirs.allocations, SHIM_OWN)
                    and close(ours.bytes, theirs.bytes, SHIM_OWN_BYTES)):
                wrong.append("leakscope %s\ncounter   %s" % (ours, theirs))
        self.point(compared and not wrong, "totals agree with the counter's (%d processes)"
                   % compared, *wrong)
        missed = [c for c in counted if c not in covered and c.allocations > 1000
                  and c.program != "leakscope"]
        self.point(not missed, "every process that allocates has a recording", *missed)

    def against_valgrind(self, who, counts):
        """
        WHO's COUNTS of allocations against Valgrind's.  Frees are not compared:
        Valgrind makes libc free its own caches at exit.
        """
        logs = subfolder(self.folder, "valgrind")
        end = self.program.run(harness.valgrind(logs), self.folder, self.env, VALGRIND_TIMEOUT)
        seen = harness.counts_of_valgrind(logs)
        for name in self.program.single:
            # Of several processes of one program the one that was started counts:
            # in Valgrind, forked children go on from their parent's figure.
            theirs = seen.get(end.pid)
            if theirs is None or theirs.program != name:
                theirs = next((c for c in seen.values() if c.program == name), None)
            ours = max((c for c in counts if c.program == name), key=lambda c: c.allocations,
                       default=None)
            self.point(ours and theirs and close(ours.allocations, theirs.allocations),
                       "%s: allocations as Valgrind counts them (%s, %s)" % (
                           name, ours and ours.allocations, theirs and theirs.allocations),
                       "%s %s" % (who, ours), "Valgrind %s" % (theirs,))
        return end, harness.kinds_of_valgrind(logs)

    def kinds_against_valgrind(self, found, end, seen):
        """Reachability: the same blocks of each kind, libc's own among them."""
        for name in self.program.single:
            theirs = seen.get(end.pid)
            if theirs is None or theirs[0] != name:
                theirs = next((k for k in seen.values() if k[0] == name), None)
            path = max((f for f in found if harness.program_of(f[1]["process"]["exe"]) == name),
                       key=lambda f: f[1]["totals"]["host"]["allocations"], default=(None,))[0]
            if not path or not theirs:
                self.point(False, "%s: kinds as Valgrind sees them" % name, path, theirs)
                continue
            ours = verdicts.kinds_of_report(self.leakscope.report(
                path, self.env, "--kinds", "all", "--no-default-suppressions"))
            self.tap.say("%s: leakscope %s" % (name, ours))
            self.tap.say("%s: Valgrind  %s" % (name, theirs[1]))
            wrong = verdicts.differ(ours, theirs[1])
            self.point(not wrong, "%s: kinds as Valgrind sees them" % name, *wrong)

    def oracles(self):
        """The two independent counts against each other."""
        counts = subfolder(self.folder, "oracle")
        env = dict(self.env, LD_PRELOAD=self.counter, LS_COUNT_DIR=counts)
        self.same_behaviour("counter alone", self.program.run([], self.folder, env, TIMEOUT))
        counted = harness.counts_of_counter(counts)
        if self.program.single:
            self.against_valgrind("counter", counted)


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--keep", metavar="DIR", help="work in DIR and leave everything there")
    ap.add_argument("--oracles", action="store_true")
    ap.add_argument("programs", nargs="*", metavar="PROGRAM",
                    help=", ".join(p.name for p in PROGRAMS))
    args = ap.parse_args()
    known = {p.name: p for p in PROGRAMS}
    unknown = [n for n in args.programs if n not in known]
    if unknown:
        ap.error("%s: no such program; there are %s" % (unknown[0], ", ".join(known)))
    for variable in ("LS_COUNT",) if args.oracles else ("LEAKSCOPE", "LS_COUNT", "LS_SCHEMA"):
        if not os.path.exists(os.environ.get(variable, "")):
            ap.error("%s names no file; run this through meson test" % variable)
    leakscope = None
    if not args.oracles:
        leakscope = harness.Leakscope(os.environ["LEAKSCOPE"], os.environ["LS_SCHEMA"])

    tap = Tap()
    for name in args.programs or known:
        if args.keep:
            folder = os.path.join(os.path.abspath(args.keep), name)
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
        else:
            folder = tempfile.mkdtemp(prefix="leakscope-real-")
        case = Case(tap, known[name], folder, leakscope, os.environ["LS_COUNT"])
        try:
            if not case.start():
                continue
            if args.oracles:
                case.oracles()
                continue
            found = case.plain()
            if known[name].planted:
                case.planted(found)
                continue
            case.verdicts(found)
            case.against_counter()
            if known[name].single:
                end, kinds = case.against_valgrind(
                    "leakscope", [harness.count_of_report(r) for _, r in found])
                case.kinds_against_valgrind(found, end, kinds)
        except Timeout as e:
            case.point(False, "ends in time", e)
        finally:
            if not args.keep:
                shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
