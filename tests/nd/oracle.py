#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""
Every kernel against NumPy on random shapes, types, strides and values.

usage: oracle.py [--long] [--seed N] LIBRARY [NAME…]

Writes TAP, one test point per operation.  Seeds are fixed: a failure repeats.
"""
import argparse
import sys
import warnings
import zlib

import numpy as np

import oracle_order
import oracle_values
import oracle_files
from kernels import Kernels


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('library')
    parser.add_argument('--long', action='store_true')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('names', nargs='*')
    args = parser.parse_args()
    warnings.simplefilter('ignore')
    np.seterr(all='ignore')
    kernels = Kernels(args.library)
    tests = []
    for module in (oracle_values, oracle_order, oracle_files):
        tests += module.tests()
    if args.names:
        tests = [t for t in tests if any(n in t[0] for n in args.names)]
    print(f'1..{len(tests)}')
    failed = 0
    for number, (name, rounds, test) in enumerate(tests, 1):
        rounds = rounds * 20 if args.long else rounds
        problem = None
        for i in range(rounds):
            rng = np.random.default_rng([args.seed, zlib.crc32(name.encode()), i])
            try:
                problem = test(kernels, rng)
            except Exception as e:  # any exception is a failure of this operation
                problem = f'{type(e).__name__}: {e}'
            if problem:
                problem = f'round {i}: {problem}'
                break
        print(f'{"not ok" if problem else "ok"} {number} - {name} ({rounds} rounds)', flush=True)
        if problem:
            failed += 1
            print('\n'.join('# ' + line for line in str(problem).split('\n')), flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
