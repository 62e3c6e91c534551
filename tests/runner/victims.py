#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""
The victim runner: builds each program in tests/victims, runs it bare and under
the shim, and compares the reports with what the program's header says.  Prints
TAP, one line per program and build.  Python 3 and python3-jsonschema only.

    victims.py --leakscope PATH --shim PATH --include DIR --schema FILE --cache DIR
               [--simcuda DIR --simcuda-include DIR] [--toolkit DIR] [-j N] [--shard K/N]
               [--only PATTERN] [--but PATTERN] [--flag FLAG] [--list] [--bare]
               [--verify-unwind]
"""

import argparse
import fnmatch
import glob
import json
import os
import shutil
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
import build
import check
import cuda
import execute
import header


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--victims", default=os.path.join(os.path.dirname(__file__), "..",
                                                          "victims"))
    parser.add_argument("--leakscope", help="the command")
    parser.add_argument("--shim", help="libleakscope.so")
    parser.add_argument("--include", action="append", default=[], help="for leakscope.h")
    parser.add_argument("--schema", help="report-1.schema.json")
    parser.add_argument("--cache", required=True, help="where programs are built and run")
    parser.add_argument("--simcuda", help="the folder of the simulated libcuda.so.1")
    parser.add_argument("--simcuda-include", help="for its cuda_api.h")
    parser.add_argument("--toolkit", help="NVIDIA's, if there is one: lib64/libcudart*")
    parser.add_argument("-j", type=int, default=2, help="how many at once")
    parser.add_argument("--shard", default="1/1", help="K/N: every Nth victim from the Kth")
    parser.add_argument("--only", action="append", default=[], help="name pattern")
    parser.add_argument("--flag", action="append", default=[], help="for the compiler, always")
    parser.add_argument("--but", action="append", default=[], help="no name of this pattern")
    parser.add_argument("--list", action="store_true", help="list them and end")
    parser.add_argument("--bare", action="store_true", help="build and run them bare, no more")
    parser.add_argument("--build-only", action="store_true", help="build them, no more")
    parser.add_argument("--prebuilt", action="store_true", help="run what CACHE has, build nothing")
    parser.add_argument("--real-driver", action="store_true",
                        help="of CUDA, the machine's own; leaves out what needs the simulated one")
    parser.add_argument("--verify-unwind", action="store_true",
                        help="with verify_unwind=1: the fast backtraces are libunwind's")
    parser.add_argument("--library-path", help="LD_LIBRARY_PATH of all that is run")
    parser.add_argument("--first", action="store_true", help="first build of each only")
    parser.add_argument("-v", action="store_true", help="say where the work of each lies")
    return parser.parse_args()


class Runner:
    """Runs (victim, build) jobs and gives each one's list of problems."""

    def __init__(self, options):
        self.options = options
        cache = os.path.abspath(options.cache)
        self.work = os.path.join(cache, "work")
        # Absolute: the source paths end up in the debug information.
        includes = [os.path.abspath(d) for d in options.include]
        self.cuda = driver_of(options)
        self.builder = build.Builder(os.path.join(cache, "build"), includes, options.flag,
                                     self.cuda.nvcc())
        self.executor = execute.Executor(
            options.leakscope and os.path.abspath(options.leakscope),
            options.shim and os.path.abspath(options.shim),
            "verify_unwind=1" if options.verify_unwind else "")
        self.compared = 0   # backtraces, with --verify-unwind
        execute.library_path = options.library_path
        self.validator = None
        if not (options.bare or options.build_only or options.prebuilt):
            import jsonschema
            with open(options.schema, encoding="utf-8") as text:
                schema = json.load(text)
            kind = jsonschema.validators.validator_for(schema)
            kind.check_schema(schema)
            self.validator = kind(schema)

    def run(self, job):
        try:
            return self._run(*job)
        except (build.BuildError, execute.RunError, header.HeaderError) as error:
            return str(error).split("\n")
        except Exception:  # a bug of the runner must fail the test, not end the run
            return traceback.format_exc().split("\n")

    def _run(self, victim, compiler, flags, whole):
        program = self.builder.program(victim, compiler, flags)
        if not self.options.prebuilt:
            self.builder.build(victim, compiler, flags)
        if self.options.build_only:
            return []
        name = build.variant_name(compiler, flags).replace(" ", "")
        work = os.path.join(self.work, f"{victim.name}.{name}")
        shutil.rmtree(work, ignore_errors=True)
        os.makedirs(work)
        bare = self.executor.bare(victim, program, work)
        if self.options.bare:
            status = [e.fields["value"][1] for e in victim.of("exit")] or ["0"]
            if victim.of("signal"):
                status = [str(128 + int(victim.of("signal")[0].fields["value"][1]))]
            if str(bare.status) == status[0] or victim.get("bare") == "differs":
                return []
            return [f"bare: status {bare.status}, not {status[0]}",
                    repr(bare.stdout + bare.stderr)]
        try:
            tracked, reports = self.executor.tracked(victim, program, work, whole)
        finally:
            self.executor.clean_up(work)
        checker = check.Checker(victim, self.validator)
        problems = checker.check(bare, tracked, reports)
        self.compared += sum(check.compared_backtraces(r.data) for r in reports)
        if problems:
            problems.append(f"left in {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)
        return problems


# Both compilers at both levels.
MATRIX = [(compiler, [level]) for compiler in ("gcc", "clang") for level in ("-O0", "-O2")]


def sample(variants, number):
    """
    Of a whole matrix two builds that have no compiler or level in common, those or the
    others by the number of the victim; scripts/test --long has all four made.
    """
    if os.environ.get("LEAKSCOPE_TEST_LONG") or variants != MATRIX:
        return variants
    return [MATRIX[0], MATRIX[3]] if number % 2 else [MATRIX[1], MATRIX[2]]


def driver_of(options):
    return cuda.Cuda(options.simcuda, options.simcuda_include, options.toolkit,
                     options.real_driver)


def jobs_of(options):
    paths = sorted(glob.glob(os.path.join(os.path.abspath(options.victims), "*.c"))
                   + glob.glob(os.path.join(os.path.abspath(options.victims), "*.cc"))
                   + glob.glob(os.path.join(os.path.abspath(options.victims), "*.cu")))
    driver = driver_of(options)
    builder = build.Builder(os.path.join(os.path.abspath(options.cache), "build"), [])
    shard, _, shards = options.shard.partition("/")
    jobs = []

    def wanted(path):
        name = os.path.splitext(os.path.basename(path))[0]
        return not any(fnmatch.fnmatch(name, p) for p in options.but) and (
            not options.only or any(fnmatch.fnmatch(name, p) for p in options.only))

    numbered = list(enumerate(p for p in paths if wanted(p)))
    for number, path in numbered[int(shard) - 1::int(shards)]:
        victim = header.read(path)
        if options.real_driver and any(name.startswith("SIMCUDA_") for name in victim.env):
            continue
        variants = sample(victim.variants(), number // int(shards))
        made = [(victim, [])]
        if victim.ways():
            made = [driver.apply(victim, w) for w in victim.ways()
                    if driver.available(w) or (options.prebuilt and not w.startswith("real"))]
        if options.first:
            variants, made = variants[:1], made[:1]
        whole = True
        for variation, defines in made:
            for compiler, flags in variants:
                job = variation, compiler, flags + defines
                if not options.prebuilt or os.path.exists(builder.program(*job)):
                    jobs.append((*job, whole))
                    whole = False
    return jobs


def main():
    options = arguments()
    try:
        jobs = jobs_of(options)
    except header.HeaderError as error:
        print(f"Bail out! {error}")
        return 1
    if options.list:
        for victim, compiler, flags, _ in jobs:
            print(victim.name, build.variant_name(compiler, flags))
        return 0
    if not jobs:
        print("Bail out! no victim matches")
        return 1
    if not (options.bare or options.build_only) and not (options.leakscope and options.shim and options.schema):
        print("Bail out! --leakscope, --shim and --schema are needed, or --bare")
        return 1
    runner = Runner(options)
    failed = 0
    print(f"1..{len(jobs)}", flush=True)
    with ThreadPoolExecutor(options.j) as pool:
        for number, (job, problems) in enumerate(zip(jobs, pool.map(runner.run, jobs)), 1):
            label = f"{job[0].name} [{build.variant_name(job[1], job[2])}]"
            print(f"{'not ok' if problems else 'ok'} {number} - {label}")
            for problem in problems:
                for line in problem.split("\n"):
                    print(f"# {line}")
            sys.stdout.flush()
            failed += bool(problems)
    if options.verify_unwind:
        print(f"# {runner.compared} backtraces compared")
        failed += not runner.compared
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
