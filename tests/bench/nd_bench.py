#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""
The tensor runtime against NumPy, case by case in the same run, and a training
loop with the shim attached against without.

usage: nd_bench.py --build DIRECTORY [--rounds N] [--check] [CASE…]

`create` makes an array from values (nd_create, numpy.array of a list), `empty`
without.  Shown is the median time of a call on each side and their ratio.  NumPy's time
is that of the call from Python, as its users have it.
"""
import argparse
import ctypes
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

mark = ''  # before each line: '# ' where the output is TAP
TARGET, CREATE_TARGET, SHIM_TARGET = 1.0, 0.2, 1.10

NUMPY = {
    'add': lambda a, b: lambda: a + b, 'mul': lambda a, b: lambda: a * b,
    'div': lambda a, b: lambda: a / b, 'maximum': lambda a, b: lambda: np.maximum(a, b),
    'gt': lambda a, b: lambda: a > b, 'matmul': lambda a, b: lambda: a @ b,
    'add_scalar': lambda a, b: lambda: a + 3,
    'exp': lambda a, b: lambda: np.exp(a), 'log': lambda a, b: lambda: np.log(a),
    'tanh': lambda a, b: lambda: np.tanh(a), 'sqrt': lambda a, b: lambda: np.sqrt(a),
    'sin': lambda a, b: lambda: np.sin(a),
    'sigmoid': lambda a, b: lambda: 1 / (1 + np.exp(-a)),
    'create': lambda a, b: lambda values=a.tolist(), t=a.dtype: np.array(values, t),
    'empty': lambda a, b: lambda shape=a.shape, t=a.dtype: np.empty(shape, t),
}
for name in ('sum', 'mean', 'max', 'argmax'):
    function = getattr(np.ndarray, name)
    NUMPY[name] = lambda a, b, f=function: lambda: f(a)
    for axis in (0, 1):
        NUMPY[f'{name}_{axis}'] = lambda a, b, f=function, x=axis: lambda: f(a, x)


def cases():
    names = []
    for t in ('f32', 'f64'):
        for op in ('add', 'mul', 'div', 'maximum', 'gt', 'add_scalar', 'exp', 'log', 'tanh',
                   'sigmoid', 'sqrt', 'sin'):
            names += [f'{op} {t} {n}' for n in (100, 10000, 1000000)]
        for op in ('sum', 'mean', 'max', 'argmax'):
            names += [f'{op} {t} 10000', f'{op} {t} 1000x1000', f'{op}_0 {t} 1000x1000',
                      f'{op}_1 {t} 1000x1000']
        names += [f'matmul {t} {n}x{n}' for n in (64, 128, 256, 512, 1024)]
    return names + ['create f32 8', 'create f32 4x4', 'empty f32 8', 'empty f32 32x32']


class Runtime:
    """The tensor runtime's side of the cases (nd_ops.c)."""

    def __init__(self, build):
        self.time = ctypes.CDLL(os.path.join(build, 'tests/bench/nd-ops.so')).nd_ops_time
        self.time.restype = ctypes.c_char_p
        self.time.argtypes = ctypes.c_char_p, ctypes.c_double, ctypes.c_void_p

    def median(self, case, quick):
        ns = ctypes.c_double()
        wrong = self.time(case.encode(), 1e4 if quick else 2e6, ctypes.byref(ns))
        if wrong:
            sys.exit(f'nd_bench: {case}: {wrong.decode()}')
        return ns.value


def numpy_time(case, quick):
    op, kind, shape = case.split()
    dims = [int(n) for n in shape.split('x')]
    rng = np.random.default_rng(1)
    dtype = np.float32 if kind == 'f32' else np.float64
    a, b = (rng.uniform(0.5, 2, dims).astype(dtype) for _ in range(2))
    call = NUMPY[op](a, b)

    def batch(calls):
        begin = time.perf_counter_ns()
        for _ in range(calls):
            call()
        return (time.perf_counter_ns() - begin) / calls
    calls = int((1e4 if quick else 2e6) / max(1, batch(3))) + 1
    return statistics.median(batch(calls) for _ in range(7))


def measure(runtime, case, rounds, quick, ours, theirs):
    """More times of both sides, in turn, into the two lists; the ratio of their medians."""
    for _ in range(rounds):
        ours.append(runtime.median(case, quick))
        theirs.append(numpy_time(case, quick))
    return statistics.median(ours) / statistics.median(theirs)


def compare(build, names, rounds, quick):
    runtime = Runtime(build)
    missed = []
    print(f'{mark}{"case":28} {"leakscope-nd":>14} {"NumPy":>14} {"ratio":>7}')
    for case in names:
        ours, theirs = [], []
        target = CREATE_TARGET if case.startswith('create') else TARGET
        # Close ones are measured longer: the same BLAS on both sides differs by noise alone.
        for _ in range(1 if quick else 4):
            ratio = measure(runtime, case, rounds, quick, ours, theirs)
            if round(ratio, 2) <= target or ratio > 1.5 * target:
                break
        late = round(ratio, 2) > target
        print(f'{mark}{case:28} {statistics.median(ours) / 1e3:11.2f} us '
              f'{statistics.median(theirs) / 1e3:11.2f} us {ratio:7.2f}'
              f'{"  above %.2f" % target if late else ""}', flush=True)
        if late:
            missed.append(case)
    return missed


def training(build, rounds, quick):
    """CPU seconds of the training loop, without and with the shim, pair by pair."""
    program = os.path.join(build, 'tensor/examples/nd-train')
    shim = os.path.join(build, 'shim/libleakscope.so')
    command = [program, '--epochs', '20' if quick else '3000']
    ratios = []
    with tempfile.TemporaryDirectory(prefix='leakscope-nd-bench-') as folder:
        for _ in range(max(3, rounds)):
            times = []
            for extra in ({}, {'LD_PRELOAD': shim,
                               'LEAKSCOPE_OPTIONS': f'dir="{folder}":report=none'}):
                begin = time.perf_counter()
                subprocess.run(command, env={**os.environ, **extra}, check=True,
                               stdout=subprocess.DEVNULL)
                times.append(time.perf_counter() - begin)
            ratios.append(times[1] / times[0])
    ratio = statistics.median(ratios)
    late = ratio > SHIM_TARGET
    print(f'{mark}training loop under the shim: {ratio:.2f} times without'
          f'{"  above %.2f" % SHIM_TARGET if late else ""}')
    return ['training'] if late else []


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', required=True)
    parser.add_argument('-r', '--rounds', type=int, default=5)
    parser.add_argument('--check', action='store_true', help='exit 1 if a target is missed')
    parser.add_argument('--quick', action='store_true', help='that it works; no figures to trust')
    parser.add_argument('--tap', action='store_true', help='end with a test point: it ran')
    parser.add_argument('cases', nargs='*', metavar='CASE', help='those that contain this')
    args = parser.parse_args()
    global mark
    mark = '# ' if args.tap else ''
    names = [c for c in cases() if not args.cases or any(part in c for part in args.cases)]
    missed = compare(args.build, names, args.rounds, args.quick)
    if not args.cases or 'training' in args.cases:
        missed += training(args.build, args.rounds, args.quick)
    if args.tap:
        print('ok 1 - every case runs on both sides\n1..1')
        return 0
    print(f'{len(missed)} targets missed' + ''.join(f'\n  {c}' for c in missed))
    return 1 if missed and args.check else 0


if __name__ == '__main__':
    sys.exit(main())
