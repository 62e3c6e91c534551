#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
Checks leakscope against a CUDA driver, from a folder that scripts/gpu-check has packed:
programs with planted leaks, the victims of CUDA, the tensor runtime, PyTorch where it is
installed; and against compute-sanitizer on the same programs.  Prints a table in Markdown
and a verdict.  Python's standard library only.

usage: check.py [--driver DIR] [--only NAME,…] [--table FILE] [--rounds N] [--tap] PACK

DIR: the folder of a simulated libcuda.so.1, instead of the machine's own driver.
NAME: driver, runtime, victims, tensor, torch.
Exit status: 0 all that could be checked is right, 1 something is not, 2 there is no driver.
"""
import argparse
import datetime
import glob
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

DEVICE_KINDS = ('device', 'managed', 'vmm', 'pool', 'array', 'ipc', 'graph')
PLANTED = {'device': (800000, 8), 'managed': (131072, 2), 'host': (3000, 3)}
TENSOR = 1234432  # the size of torch_train.py's planted tensors
SECONDS = 900     # for one program; compute-sanitizer makes PyTorch hundreds of times slower


class Row:
    """One line of the table; VERDICT: 'ok', 'WRONG', 'not run'."""

    def __init__(self, name):
        self.name, self.planted, self.found, self.sanitizer = name, '', '', ''
        self.bare, self.ours, self.theirs = None, None, None
        self.verdict, self.why = 'ok', []

    def wrong(self, why):
        self.verdict = 'WRONG'
        self.why.append(why)

    def not_run(self, why):
        self.verdict = 'not run'
        self.why.append(why)
        return self

    def cells(self):
        def ratio(seconds):
            return f'{seconds / self.bare:.2f}' if seconds and self.bare else ''
        bare = f'{self.bare:.2f} s' if self.bare else ''
        return [self.name, self.planted, self.found, self.sanitizer, bare, ratio(self.ours),
                ratio(self.theirs), self.verdict + (': ' + '; '.join(self.why) if self.why else '')]


def amount(bytes_, blocks):
    return f'{bytes_} B in {blocks}'


class Machine:
    """The packed tools and the driver on this machine."""

    def __init__(self, pack, driver, work):
        self.pack, self.driver, self.work = pack, driver, work
        self.leakscope = os.path.join(pack, 'bin/leakscope')
        self.env = dict(os.environ)
        paths = [driver] if driver else []
        missing = self.missing_libraries()
        if missing:
            paths.append(missing)
        paths += [p for p in [os.path.join(pack, 'cudart')] if glob.glob(p + '/*')]
        if os.environ.get('LD_LIBRARY_PATH'):
            paths.append(os.environ['LD_LIBRARY_PATH'])
        if paths:
            self.env['LD_LIBRARY_PATH'] = ':'.join(paths)
        self.sanitizer = shutil.which('compute-sanitizer') or next(iter(
            glob.glob('/usr/local/cuda*/bin/compute-sanitizer')), None)

    def missing_libraries(self):
        """A folder of links to those packed libraries that this machine lacks, or None."""
        folder = os.path.join(self.work, 'lib')
        os.makedirs(folder)
        for path in glob.glob(os.path.join(self.pack, 'lib/*.so*')):
            name = os.path.basename(path)
            there = subprocess.run([sys.executable, '-c',
                                    f'import ctypes; ctypes.CDLL({name!r})'],
                                   capture_output=True, check=False).returncode == 0
            if not there:
                os.symlink(path, os.path.join(folder, name))
        return folder if os.listdir(folder) else None

    def run(self, command, env=None, seconds=SECONDS):
        """The finished process and its seconds; None where it took too long."""
        begin = time.perf_counter()
        try:
            done = subprocess.run(command, env={**self.env, **(env or {})}, capture_output=True,
                                  text=True, errors='replace', timeout=seconds, check=False,
                                  cwd=self.work)
        except subprocess.TimeoutExpired:
            return None, seconds
        return done, time.perf_counter() - begin

    def track(self, command, options=(), env=None):
        """
        Run under leakscope; the finished process, its seconds, the reports by process.  None
        for the process where a report fails: the other rows are wanted all the same.
        """
        folder = tempfile.mkdtemp(dir=self.work) + '/'
        done, seconds = self.run([self.leakscope, 'run', '--quiet', '-o', folder, *options, '--',
                                  *command], env)
        reports = []
        for path in sorted(glob.glob(folder + '*.rec*')):
            out, _ = self.run([self.leakscope, 'report', '--format', 'json', '--kinds', 'all',
                               path])
            if out is None or out.returncode:
                print(f'gpu-check: report of {path}: {out.stderr if out else "too slow"}',
                      file=sys.stderr)
                return None, seconds, []
            reports.append(json.loads(out.stdout))
        return done, seconds, reports

    def driver_version(self):
        code = ('import ctypes; c = ctypes.CDLL("libcuda.so.1"); n = ctypes.c_int(); '
                'v = ctypes.c_int(); e = c.cuInit(0) or c.cuDeviceGetCount(ctypes.byref(n)) or '
                'c.cuDriverGetVersion(ctypes.byref(v)); b = ctypes.create_string_buffer(100); '
                'e = e or c.cuDeviceGetName(b, 100, 0); print(e, n.value, v.value, '
                'b.value.decode())')
        out, _ = self.run([sys.executable, '-c', code])
        return out.stdout.split(None, 3) if out and not out.returncode else None


def sum_of(reports, memory, where=None):
    found = [leak for report in reports for leak in report['leaks']
             if leak['memory'] == memory and (not where or where(leak))]
    return sum(leak['bytes'] for leak in found), sum(leak['blocks'] for leak in found)


def in_function(name):
    return lambda leak: any(f['function'] == name for f in leak['frames'])


def repeat(machine, rounds, command, env=None):
    """Median seconds of COMMAND bare, and its last run."""
    times = []
    for _ in range(rounds):
        done, seconds = machine.run(command, env)
        times.append(seconds)
    return done, statistics.median(times)


def sanitize(machine, row, command, env=None):
    """Fill in what compute-sanitizer says of COMMAND; the bytes and blocks, or None."""
    if not machine.sanitizer or machine.driver:
        row.sanitizer = 'not installed' if not machine.driver else ''
        return None
    out, row.theirs = machine.run([machine.sanitizer, '--tool', 'memcheck', '--leak-check', 'full',
                                   *command], env)
    if out is None:
        row.sanitizer = f'over {SECONDS} s'
        return None
    found = re.search(r'LEAK SUMMARY: (\d+) bytes leaked in (\d+) allocations', out.stdout)
    figures = (int(found[1]), int(found[2])) if found else None
    row.sanitizer = amount(*figures) if figures else 'no summary'
    return figures


def planted_program(machine, rounds, name, path):
    """leak_driver or leak_runtime: exact figures of each kind, and compute-sanitizer's."""
    row = Row(name)
    if not os.path.exists(path):
        return row.not_run('it was not packed: no CUDA toolkit where it was built')
    done, row.bare = repeat(machine, rounds, [path])
    if done is None or done.returncode:
        row.wrong('it fails bare: ' + (done.stderr.strip()[:200] if done else 'too slow'))
        return row
    times = []
    for _ in range(rounds):
        done, seconds, reports = machine.track([path])
        times.append(seconds)
    row.ours = statistics.median(times)
    if done is None or done.returncode or done.stdout != 'done\n':
        row.wrong('it fails under leakscope')
        return row
    device = [sum(PLANTED[k][i] for k in ('device', 'managed')) for i in (0, 1)]
    row.planted = amount(*device)
    found = [sum_of(reports, kind, in_function(f'plant_{kind}')) for kind in PLANTED]
    row.found = amount(*[sum(f[i] for f in found[:2]) for i in (0, 1)])
    for kind, figures in zip(PLANTED, found):
        if figures != PLANTED[kind]:
            row.wrong(f'{kind}: {amount(*figures)}, planted {amount(*PLANTED[kind])}')
    others = sum_of(reports, 'device', lambda k: not in_function('plant_device')(k))
    if others[1]:
        row.wrong(f'device memory nobody planted: {amount(*others)}')
    theirs = sanitize(machine, row, [path])
    if theirs and theirs != tuple(device):
        row.why.append('compute-sanitizer counts otherwise')
    return row


def victims(machine):
    """The victims of CUDA, from the programs that were packed; a row for all of them."""
    row = Row('victims of CUDA')
    runner = os.path.join(machine.pack, 'tests/runner/victims.py')
    command = [sys.executable, '-B', runner, '--leakscope', machine.leakscope,
               '--shim', os.path.join(machine.pack, 'bin/libleakscope.so'),
               '--schema', os.path.join(machine.pack, 'report-1.schema.json'),
               '--simcuda-include', os.path.join(machine.pack, 'tests/simcuda'),
               '--cache', os.path.join(machine.pack, 'victims'), '--prebuilt', '--only', 'cuda_*']
    if machine.env.get('LD_LIBRARY_PATH'):
        command += ['--library-path', machine.env['LD_LIBRARY_PATH']]
    if machine.driver:
        command += ['--simcuda', machine.driver]
    else:
        command += ['--real-driver', '--simcuda', os.path.join(machine.pack, 'simulated')]
    out, _ = machine.run(command, seconds=1800)
    if out is None:
        row.wrong('too slow')
        return row
    passed = len(re.findall(r'^ok ', out.stdout, re.M))
    failed = re.findall(r'^not ok \d+ - (\S+.*)', out.stdout, re.M)
    row.found = f'{passed} right'
    if failed or not passed:
        row.wrong(f'{len(failed)} wrong: ' + ', '.join(failed[:8]) if passed or failed
                  else 'none ran: ' + out.stderr.strip()[-300:])
        with open(os.path.join(os.getcwd(), 'gpu-victims.log'), 'w', encoding='utf-8') as log:
            log.write(out.stdout + out.stderr)
    return row


def tensor(machine):
    """Every operation of the tensor runtime on the GPU against the CPU."""
    row = Row('tensor runtime')
    path = os.path.join(machine.pack, 'programs/gpu-compare')
    env = {'SIMCUDA_KERNELS': os.path.join(machine.pack, 'simulated/libnd-twins.so')} \
        if machine.driver else None
    out, row.bare = machine.run([path, '0', '24'], env)
    if out is None:
        row.wrong('too slow')
        return row
    passed = len(re.findall(r'^ok ', out.stdout, re.M))
    failed = re.findall(r'^not ok \d+ - (.*)', out.stdout, re.M)
    row.found = f'{passed} right'
    if failed or out.returncode or not passed:
        row.wrong(', '.join(failed[:8]) or f'status {out.returncode}: {out.stderr.strip()[-200:]}')
    return row


# The ways PyTorch gets its memory: the environment, the run's options, the kind of memory.
ALLOCATORS = (
    ('default allocator', {}, (), 'device'),
    ('--torch-no-cache', {}, ('--torch-no-cache',), 'device'),
    ('cudaMallocAsync', {'PYTORCH_CUDA_ALLOC_CONF': 'backend:cudaMallocAsync'}, (), 'pool'),
    ('expandable segments', {'PYTORCH_CUDA_ALLOC_CONF': 'expandable_segments:True'}, (), 'vmm'),
)


def torch_training(machine, name, env, options, kind):
    row = Row(f'PyTorch, {name}')
    steps = 20
    command = [sys.executable, os.path.join(machine.pack, 'tests/gpu/torch_train.py'),
               '--steps', str(steps)]
    exact = name in ('--torch-no-cache', 'cudaMallocAsync')
    bare_env = {**env, 'PYTORCH_NO_CUDA_MEMORY_CACHING': '1'} if options else env
    bare, row.bare = machine.run(command, bare_env)
    if bare is None or bare.returncode:
        return row.not_run('it fails bare: ' + (bare.stderr.strip()[-200:] if bare else 'slow'))
    done, row.ours, reports = machine.track(command, options, env)
    if done is None or done.returncode or done.stdout != bare.stdout:
        row.wrong('it does not run as bare under leakscope')
        return row
    row.planted = amount(steps * TENSOR, steps)
    in_step = [leak for r in reports for leak in r['leaks']
               if leak['memory'] == kind and leak['scope'].startswith('/step')]
    if exact:
        found = [k for k in in_step if k['bytes'] == k['blocks'] * TENSOR]
        figures = sum(k['bytes'] for k in found), sum(k['blocks'] for k in found)
        row.found = amount(*figures)
        if figures != (steps * TENSOR, steps):
            row.wrong('not the planted tensors, in scope /step')
    else:
        figures = sum(k['bytes'] for k in in_step), sum(k['blocks'] for k in in_step)
        row.found = amount(*figures)
        if figures[0] < steps * TENSOR * 9 // 10:
            row.wrong('less than the planted tensors need, in scope /step')
        cached = [k for r in reports for k in r['leaks']
                  if k.get('label') == 'pytorch-cached-segment']
        if not cached:
            row.wrong('no segment is labelled as PyTorch\'s')
    if exact and options:
        sanitize(machine, row, command, bare_env)
        clean, _, reports = machine.track(command + ['--clean'], options, env)
        left = sum_of(reports, kind, lambda k: k['bytes'] == k['blocks'] * TENSOR)
        if clean is None or clean.returncode:
            row.wrong('it fails under leakscope without the plant')
        elif left[1]:
            row.wrong(f'without the plant: {amount(*left)} of its size')
    return row


def torch_loader(machine):
    row = Row('PyTorch, DataLoader with workers')
    command = [sys.executable, os.path.join(machine.pack, 'tests/gpu/torch_loader.py')]
    bare, row.bare = machine.run(command)
    if bare is None or bare.returncode:
        return row.not_run('it fails bare: ' + (bare.stderr.strip()[-200:] if bare else 'slow'))
    done, row.ours, reports = machine.track(command, ('--children', 'all'))
    if done is None or done.returncode or done.stdout != bare.stdout:
        row.wrong('it does not run as bare under leakscope')
        return row
    row.found = f'{len(reports)} processes'
    if len(reports) < 3:
        row.wrong('its workers left no recordings')
    main = max(reports, key=lambda r: r['totals']['device']['allocations'], default=None)
    for report in reports:
        if report is not main and sum(sum_of([report], k)[1] for k in DEVICE_KINDS):
            row.wrong(f'process {report["process"]["pid"]}, a worker, is said to leak on the GPU')
            break
    return row


def has_torch(machine):
    out, _ = machine.run([sys.executable, '-c',
                          'import torch; print(torch.cuda.is_available(), torch.__version__)'])
    return out.stdout.split() if out and not out.returncode else None


HEAD = ['check', 'planted', 'leakscope', 'compute-sanitizer', 'bare', 'leakscope ×',
        'sanitizer ×', 'verdict']


def table(rows, about):
    lines = [about, '', '| ' + ' | '.join(HEAD) + ' |', '|' + '---|' * len(HEAD)]
    lines += ['| ' + ' | '.join(row.cells()) + ' |' for row in rows]
    return '\n'.join(lines) + '\n'


def checks(machine, only, rounds):
    programs = os.path.join(machine.pack, 'programs')
    if 'driver' in only:
        yield planted_program(machine, rounds, 'driver API', os.path.join(programs, 'leak_driver'))
    if 'runtime' in only and not machine.driver:  # NVIDIA's runtime wants NVIDIA's driver
        for kind in ('shared', 'static'):
            yield planted_program(machine, rounds, f'libcudart, {kind}',
                                  os.path.join(programs, f'leak_runtime_{kind}'))
    if 'victims' in only:
        yield victims(machine)
    if 'tensor' in only:
        yield tensor(machine)
    if 'torch' in only:
        torch = None if machine.driver else has_torch(machine)
        if not torch or torch[0] != 'True':
            yield Row('PyTorch').not_run('python3 has no torch that sees a GPU')
            return
        for way in ALLOCATORS:
            yield torch_training(machine, *way)
        yield torch_loader(machine)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('pack')
    parser.add_argument('--driver', help='the folder of a simulated libcuda.so.1')
    parser.add_argument('--only', default='driver,runtime,victims,tensor,torch')
    parser.add_argument('--table', help='write the table there too')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--tap', action='store_true', help='a test point for each row instead')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix='leakscope-gpu-') as work:
        machine = Machine(os.path.abspath(args.pack), args.driver and os.path.abspath(args.driver),
                          work)
        driver = machine.driver_version()
        if not driver or driver[0] != '0' or driver[1] == '0':
            print('gpu-check: no CUDA driver with a device on this machine', file=sys.stderr)
            return 2
        about = (f'{datetime.date.today()}, {driver[3].strip()}, driver {int(driver[2]) // 1000}.'
                 f'{int(driver[2]) % 1000 // 10}, {platform.release()}')
        rows = []
        for row in checks(machine, args.only.split(","), args.rounds):
            rows.append(row)
            if args.tap:
                right = row.verdict == 'ok'
                print(f'{"ok" if right else "not ok"} {len(rows)} - {row.name}: '
                      f'{row.found or row.verdict}')
                if not right:
                    print('# ' + '; '.join(row.why))
            else:
                print('  '.join(c for c in row.cells() if c), flush=True)
    wrong = [row.name for row in rows if row.verdict == 'WRONG']
    if args.tap:
        print(f'1..{len(rows)}')
    else:
        text = table(rows, about)
        print('\n' + text)
        print(f'verdict: {len(wrong)} of {len(rows)} wrong: {", ".join(wrong)}' if wrong else
              f'verdict: {sum(r.verdict == "ok" for r in rows)} right, '
              f'{sum(r.verdict == "not run" for r in rows)} not run')
        if args.table:
            with open(args.table, 'w', encoding='utf-8') as out:
                out.write(text)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
