# SPDX-License-Identifier: MIT
"""What the programs themselves lose, and how leakscope's verdicts are judged.

A Leak is a loss that is known and explained: blocks of the PROGRAM (by
harness.program_of) whose stack, written as `function@module < …` from the
innermost frame outwards, matches the pattern.  Whatever is definite or indirect
and in no Leak fails; so does more of one than `blocks`.  VERDICTS.md tells how
each was verified.
"""
import collections
import os
import re

Leak = collections.namedtuple("Leak", "program pattern blocks reason")

WATCHER = "the watcher thread's object: it ends without being deleted (WatcherThread::stop)"
LAUNCHER = "the launcher frees its array of options, but not all of the strings in it"
KNOWN = [
    # Debian's coreutils free nothing that exit would free, without the lint option.
    Leak("sort", r"@sort < __libc_start_call_main", 1, "the list of files, a local of main"),
    Leak("tail", r"@tail < __libc_start_call_main", 1, "the table of files, a local of main"),
    Leak("gcc", r"@x86_64-linux-gnu-gcc-\d+ < .*__libc_start_call_main", 30,
         "the driver's strings and lists while it processes specs"),
    Leak("as", r"^xmalloc@.* < xstrdup@|bfd_map_over_sections", 200,
         "names of symbols; chains of sections that are thrown away after relaxing"),
    Leak("perl", r"", 60, "perl_free gives back the interpreter, and with it the only way to "
         "what it had: its destruct level is 0"),
    *[leak for program in ("java", "javac") for leak in (
        Leak(program, r"WatcherThread::(start|run)\(", 40, WATCHER),
        Leak(program, r"^malloc@.*allocate_dtv_entry.*Thread::initialize_thread_current", 0,
             "libc's, of an ended thread: must not be reported"),
        Leak(program, r"ChunkPool::allocate\(.* < Arena::\w+\(", 8, WATCHER + "; its arena's chunk "
             "comes out of the pool"),
        Leak(program, r"Arena::operator new\(.* < Compiler::initialize\(\)", 1,
             "C1 passes its arena on by value of its chunks and forgets it"),
        Leak(program, r"StatSampler::create_sampled_perfdata\(\)", 2,
             "helper of a counter: PerfData has no destructor that deletes it"),
        Leak(program, r"\bJLI_\w+@", 24, LAUNCHER))],
]


def stack_of(leak):
    return " < ".join("%s@%s" % (f["function"] or "?", os.path.basename(f["module"] or "?"))
                      for f in leak["frames"])


def unknown_leaks(program, leaks):
    """Of the definite and indirect LEAKS of a PROGRAM's report: what KNOWN doesn't cover."""
    known = [k for k in KNOWN if k.program == program]
    seen, unknown = collections.Counter(), []
    for leak in leaks:
        if leak["kind"] not in ("definite", "indirect"):
            continue
        stack = stack_of(leak)
        rule = next((k for k in known if re.search(k.pattern, stack)), None)
        if rule:
            seen[rule] += leak["blocks"]
        else:
            unknown.append("%s %d bytes in %d blocks: %s" % (
                leak["kind"], leak["bytes"], leak["blocks"], stack))
    unknown += ["%d blocks, %d are known: %s (%s)" % (n, k.blocks, k.pattern, k.reason)
                for k, n in seen.items() if n > k.blocks]
    return unknown


def kinds_of_report(report):
    """(bytes, blocks) of each kind."""
    kinds = {kind: [0, 0] for kind in ("definite", "indirect", "possible", "reachable")}
    for leak in report["leaks"]:
        if leak["kind"] in kinds:
            kinds[leak["kind"]][0] += leak["bytes"]
            kinds[leak["kind"]][1] += leak["blocks"]
    return {kind: tuple(figures) for kind, figures in kinds.items()}


def differ(ours, theirs):
    """
    What of leakscope's and Valgrind's kinds is not the same.  Valgrind gives a
    program two more variables in its environment, and names it by another path:
    that is a few bytes, and in perl, which keeps both in blocks, a few blocks.
    """
    wrong = []
    for kind in ("definite", "indirect"):
        if ours[kind][1] != theirs[kind][1] or abs(ours[kind][0] - theirs[kind][0]) > 64:
            wrong.append(kind)
    for kind in ("possible", "reachable"):
        if abs(ours[kind][1] - theirs[kind][1]) > max(8, theirs[kind][1] // 50):
            wrong.append(kind)
    return ["%s: leakscope %s, Valgrind %s (bytes, blocks)" % (k, ours[k], theirs[k])
            for k in wrong]
