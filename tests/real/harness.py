# SPDX-License-Identifier: MIT
"""Running programs bare, under leakscope, under the counter and under Valgrind.

Everything a case needs to know about the outside is here: how each tool is put
around a command, how long it may take, and how its figures are read.  Relies on
Debian's python3-jsonschema and valgrind.
"""
import collections
import glob
import json
import os
import re
import signal
import struct
import subprocess
import time

import jsonschema

HERE = os.path.dirname(os.path.abspath(__file__))
INPUTS = os.path.join(HERE, "inputs")

# How a program ended: what a user would see of it.
End = collections.namedtuple("End", "status stdout stderr seconds pid")
# What one process image allocated, by whichever tool counted.
Count = collections.namedtuple("Count", "pid program allocations frees bytes")


class Timeout(Exception):
    """A program did not end in time; it has been killed."""


class Unreadable(Exception):
    """A recording that leakscope report could not make sense of."""


def run(argv, env, cwd, timeout, stdin=None):
    """Run ARGV to its end, in a session of its own that is killed on a timeout."""
    start = time.monotonic()
    p = subprocess.Popen(argv, env=env, cwd=cwd, stdin=stdin or subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         start_new_session=True)
    try:
        out, err = p.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, signal.SIGKILL)
        out, err = p.communicate()
        raise Timeout("%s: not finished after %d s; it had written: %r %r"
                      % (" ".join(argv), timeout, out[-300:], err[-300:])) from None
    return End(p.returncode, out, err, time.monotonic() - start, p.pid)


class Leakscope:
    """The command under test and what it leaves behind."""

    def __init__(self, command, schema):
        self.command = command
        with open(schema, encoding="utf-8") as f:
            self.validator = jsonschema.Draft202012Validator(json.load(f))

    def wrap(self, out, *options):
        """The words to put before a command; recordings go to OUT."""
        return [self.command, "run", "--quiet", "-o", out, *options, "--"]

    def report(self, recording, env, *options):
        """The recording as its JSON report, validated; that it has a text report too."""
        where = os.path.dirname(recording)
        j = run([self.command, "report", "--format", "json", *options, recording], env, where, 60)
        if j.status != 0:
            raise Unreadable("report --format json %s: status %d: %s"
                             % (recording, j.status, j.stderr.decode(errors="replace")))
        try:
            report = json.loads(j.stdout)
        except ValueError as e:
            raise Unreadable("report of %s is not JSON: %s" % (recording, e)) from None
        for error in self.validator.iter_errors(report):
            raise Unreadable("report of %s breaks the schema at /%s: %s" % (
                recording, "/".join(map(str, error.absolute_path)), error.message[:200]))
        t = run([self.command, "report", recording], env, where, 60)
        if t.status != 0 or not t.stdout.strip():
            raise Unreadable("report %s: status %d, %d bytes: %s" % (
                recording, t.status, len(t.stdout), t.stderr.decode(errors="replace")))
        return report


def recordings(folder):
    """Every recording in FOLDER, oldest first."""
    return sorted((p for p in glob.glob(os.path.join(folder, "*.rec*"))
                   if not p.endswith(".txt")), key=os.path.getmtime)


def program_of(path):
    """gcc for x86_64-linux-gnu-gcc-12, python for python3.11: Debian's names vary."""
    name = os.path.basename(path)
    name = re.sub(r"^x86_64-linux-gnu-|^aarch64-linux-gnu-", "", name)
    return re.sub(r"-?[0-9][0-9.]*$", "", name)


# Where a thread's stack begins, besides the program's own entry point.
STARTS = ("_start", "clone3", "__clone", "_dl_start_user")


def broken_stacks(report):
    """The leaks whose stacks were neither cut at the depth nor taken to their start."""
    depth = int(report["options"].get("depth", 64))
    ends, broken = collections.Counter(), []
    whole = [leak for leak in report["leaks"] if 0 < len(leak["frames"]) < depth]
    for leak in whole:
        last = leak["frames"][-1]
        if last["module"] == report["process"]["exe"]:
            ends[last["offset"]] += 1
    # without symbols the entry point is where most stacks end
    entry = ends.most_common(1)[0][0] if ends else None
    for leak in whole:
        last = leak["frames"][-1]
        at_entry = last["module"] == report["process"]["exe"] and last["offset"] == entry
        if last["function"] not in STARTS and not at_entry:
            broken.append(" < ".join("%s" % (f["function"] or "%s+0x%x" % (f["module"], f["offset"]))
                                     for f in leak["frames"]))
    return broken


def count_of_report(report):
    host = report["totals"]["host"]
    return Count(report["process"]["pid"], program_of(report["process"]["exe"]),
                 host["allocations"], host["frees"], host["allocated_bytes"])


def counts_of_counter(folder):
    """What tests/real/count.c left in FOLDER, per pid in the order of its images."""
    found = []
    for path in glob.glob(os.path.join(folder, "*")):
        with open(path, "rb") as f:
            magic, pid, image, a, fr, b, exe = struct.unpack("<8sIIQQQ256s", f.read(296))
        if magic == b"LSCOUNT\n":
            name = program_of(exe.rstrip(b"\0").decode(errors="replace"))
            found.append((pid, image, Count(pid, name, a, fr, b)))
    return [c for _, _, c in sorted(found)]


def counts_of_valgrind(folder):
    """The "total heap usage" of each log in FOLDER, by pid."""
    found = {}
    for path in glob.glob(os.path.join(folder, "vg.*")):
        with open(path, encoding="utf-8", errors="replace") as f:
            text = f.read()
        command = re.findall(r"^==(\d+)== Command: (\S+)", text, re.M)
        usage = re.findall(r"total heap usage: ([\d,]+) allocs, ([\d,]+) frees, ([\d,]+) bytes",
                           text)
        if command and usage:
            figures = [int(n.replace(",", "")) for n in usage[-1]]
            pid = int(command[-1][0])
            found[pid] = Count(pid, program_of(os.path.realpath(command[-1][1])), *figures)
    return found


def kinds_of_valgrind(folder):
    """The leak summary of each log in FOLDER, by pid: program, {kind: (bytes, blocks)}."""
    names = {"definitely lost": "definite", "indirectly lost": "indirect",
             "possibly lost": "possible", "still reachable": "reachable"}
    found = {}
    for path in glob.glob(os.path.join(folder, "vg.*")):
        with open(path, encoding="utf-8", errors="replace") as f:
            text = f.read()
        command = re.findall(r"^==(\d+)== Command: (\S+)", text, re.M)
        kinds = {kind: (0, 0) for kind in names.values()}
        for name, size, blocks in re.findall(
                r"== +([a-z]+ [a-z]+): ([\d,]+) bytes in ([\d,]+) blocks", text):
            if name in names:
                kinds[names[name]] = (int(size.replace(",", "")), int(blocks.replace(",", "")))
        if command:
            found[int(command[-1][0])] = (program_of(os.path.realpath(command[-1][1])), kinds)
    return found


def valgrind(log):
    """Libc frees nothing for Valgrind at exit: both see the same blocks."""
    return ["valgrind", "--tool=memcheck", "--leak-check=full", "--show-leak-kinds=none",
            "--run-libc-freeres=no", "--run-cxx-freeres=no", "--undef-value-errors=no",
            "--trace-children=yes", "--log-file=" + os.path.join(log, "vg.%p")]
