#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Texts of PTX as a C source: embed.py OUTPUT PTX…, in the order of enum ndg_module."""
import os
import sys


def main():
    output, files = sys.argv[1], sys.argv[2:]
    lines = ['/* Generated from ptx/ by embed.py. */', '#include "gpu.h"', '']
    for number, path in enumerate(files):
        with open(path, 'rb') as file:
            text = file.read() + b'\0'
        lines.append(f'static const unsigned char text_{number}[] = {{')
        for at in range(0, len(text), 32):
            lines.append(','.join(str(byte) for byte in text[at:at + 32]) + ',')
        lines.append('};')
    lines.append('const char *const ndg_ptx[NDG_MODULES] = {')
    for number, path in enumerate(files):
        module = os.path.splitext(os.path.basename(path))[0]
        lines.append(f'\t[NDG_M_{module}] = (const char *)text_{number},')
    lines.append('};')
    with open(output, 'w', encoding='ascii') as file:
        file.write('\n'.join(lines) + '\n')


main()
