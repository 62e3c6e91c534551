#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""
The PTX in the tree against its sources.

usage: ptx.py FOLDER [NVCC]    (FOLDER: tensor/gpu; speaks TAP)

Every kernel of kernels/list.h is in its module, and nothing else is.  With nvcc
also what it makes of the sources now: byte for byte where it is the version
that made those in the tree, else the same kernels with the same parameters.
"""
import os
import re
import subprocess
import sys
import tempfile


def kernels(folder):
    """The names of list.h by module."""
    modules = {}
    with open(os.path.join(folder, 'kernels', 'list.h'), encoding='utf-8') as file:
        for module, name in re.findall(r'^NDG_KERNEL\((\w+), (\w+),', file.read(), re.M):
            modules.setdefault(module, set()).add('nd_' + name)
    return modules


def entries(text):
    """Each kernel of a PTX and its parameters."""
    return {name: ' '.join(parameters.split()) for name, parameters in
            re.findall(r'\.visible \.entry (\w+)\(([^)]*)\)', text)}


def read(*path):
    with open(os.path.join(*path), encoding='ascii') as file:
        return file.read()


def version(text):
    return re.search(r'^// Cuda compilation tools, (.*)$', text, re.M).group(1)


def main():
    folder, nvcc = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    modules = kernels(folder)
    results = []
    for module, names in modules.items():
        text = read(folder, 'ptx', module + '.ptx')
        found = set(entries(text))
        results.append((found == names, f'{module}: its kernels', sorted(found ^ names)))
        good = '\n.version 6.3\n' in text and '\n.target sm_75\n' in text
        results.append((good, f'{module}: for Turing and drivers since', ''))
    if nvcc:
        with tempfile.TemporaryDirectory() as new:
            made = subprocess.run([os.path.join(folder, 'gen-ptx'), nvcc, new],
                                  capture_output=True, text=True, check=False)
            results.append((made.returncode == 0, 'nvcc compiles them', made.stderr))
            for module in modules if made.returncode == 0 else []:
                kept, fresh = read(folder, 'ptx', module + '.ptx'), read(new, module + '.ptx')
                if version(kept) == version(fresh):
                    same = kept == fresh
                else:
                    same = entries(kept) == entries(fresh)
                results.append((same, f'{module}: as compiled now', 'run tensor/gpu/gen-ptx'))
    print(f'1..{len(results)}')
    for number, (good, name, why) in enumerate(results, 1):
        print(f'{"ok" if good else "not ok"} {number} - {name}')
        if not good:
            print(f'# {why}')
    return 0 if all(good for good, _, _ in results) else 1


sys.exit(main())
