# SPDX-License-Identifier: MIT
"""Oracle cases: text, .npy and .npz, random numbers."""
import ctypes
import io

import numpy as np

import arrays
from kernels import (DTYPES, TYPES, Npy, Npz, NpzEntry, NpzWriter, Rng, Scratch, Sink, Typed)


def sink_into(parts):
    def write(_context, data, size):
        parts.append(ctypes.string_at(data, size))
        return 0
    return Sink(Sink.WRITE(write), None)


def test_text(k, rng):
    name = str(rng.choice(arrays.ALL))
    dims = arrays.shape(rng)
    kind = rng.integers(5)
    if kind == 0:
        dims = tuple(int(n) for n in rng.integers(3, 15, 3)) + (int(rng.integers(1, 9)),)
    scale = float(10.0 ** rng.integers(-6, 4 if name == 'f16' else 12))
    a = arrays.strided(rng, name, dims, scale=scale)
    if name in arrays.FLOATS and kind == 1:
        a = np.asarray(np.round(a.astype(np.float64), 2), a.dtype)
    if name in arrays.FLOATS and kind == 2 and name != 'f16':
        a = np.asarray(a * 10.0 ** rng.integers(-30, 30, dims), a.dtype)
    got, want = k.text(a), str(a)
    if got != want:
        return f'{name} {dims}\n{got}\n--- NumPy:\n{want}'
    options = {'precision': int(rng.integers(0, 12)), 'line_width': int(rng.integers(20, 100)),
               'threshold': int(rng.integers(0, 60)), 'edge_items': int(rng.integers(1, 5))}
    if not dims:
        return None
    got = k.text(a, separator=b', ', indent=6, **options)
    want = np.array2string(a, separator=', ', prefix='array(', precision=options['precision'],
                           max_line_width=options['line_width'], threshold=options['threshold'],
                           edgeitems=options['edge_items'])
    return None if got == want else f'{name} {dims} {options}\n{got}\n--- NumPy:\n{want}'


def test_npy(k, rng):
    name = str(rng.choice(arrays.ALL))
    dims = arrays.shape(rng)
    a = arrays.strided(rng, name, dims)
    parts = []
    sink = sink_into(parts)
    k.call('ndk_npy_write', a, ctypes.byref(sink))
    data = b''.join(parts)
    if np.asarray(k.lib.ndk_npy_size(k.argument(a))) != len(data):
        return 'ndk_npy_size does not say what is written'
    back = np.load(io.BytesIO(data))
    if back.dtype != a.dtype:
        return f'written as {back.dtype}, not {a.dtype}'
    problem = arrays.difference(back, a)
    if problem:
        return f'written: {problem}'
    # and what NumPy writes, in types that have to be widened too
    descr = str(rng.choice(['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8',
                            'b1']))
    order = str(rng.choice(['<', '>'])) if descr[1] != '1' else '|'
    a = arrays.strided(rng, 'bool' if descr == 'b1' else 'u8', dims).astype(order + descr)
    if rng.integers(2):
        a = np.asfortranarray(a)
    file = io.BytesIO()
    np.lib.format.write_array(file, a, version=[(1, 0), (2, 0), (3, 0)][rng.integers(3)])
    return load(k, file.getvalue(), a, rng)


def load(k, data, want, rng):
    npy = Npy()
    k.call('ndk_npy_read', data, ctypes.c_size_t(len(data)), ctypes.byref(npy))
    if tuple(npy.shape[:npy.ndim]) != want.shape:
        return f'shape {tuple(npy.shape[:npy.ndim])}, not {want.shape}'
    out = arrays.output(rng, TYPES[npy.type], want.shape)
    k.call('ndk_npy_load', ctypes.byref(npy), out)
    return arrays.difference(out, want.astype(out.dtype))


def test_npz(k, rng):
    named = {f'array{i}': arrays.strided(rng, str(rng.choice(arrays.ALL)), arrays.shape(rng))
             for i in range(rng.integers(0, 5))}
    parts = []
    sink = sink_into(parts)
    writer = NpzWriter()
    k.lib.ndk_npz_begin(ctypes.byref(writer), ctypes.byref(sink), ctypes.byref(k.scratch))
    for name, a in named.items():
        status = k.lib.ndk_npz_add(ctypes.byref(writer), name.encode(), k.argument(a))
        if status:
            return f'ndk_npz_add answers {status}'
    k.call('ndk_npz_end', ctypes.byref(writer), False)
    back = np.load(io.BytesIO(b''.join(parts)))
    if sorted(back.files) != sorted(named):
        return f'written: {back.files}'
    for name, a in named.items():
        problem = arrays.difference(back[name], a)
        if problem:
            return f'written {name}: {problem}'
    file = io.BytesIO()
    (np.savez_compressed if rng.integers(2) else np.savez)(file, **named)
    data = file.getvalue()
    npz, entry, more = Npz(), NpzEntry(), ctypes.c_bool()
    k.call('ndk_npz_open', data, ctypes.c_size_t(len(data)), ctypes.byref(npz))
    seen = set()
    while True:
        k.call('ndk_npz_next', ctypes.byref(npz), ctypes.byref(entry), ctypes.byref(more))
        if not more:
            break
        name = ctypes.string_at(entry.name, entry.name_length).decode()
        seen.add(name)
        found, block = ctypes.c_void_p(), ctypes.c_void_p()
        status = k.lib.ndk_npz_unpack(ctypes.byref(entry), ctypes.c_size_t(1 << 30),
                                      ctypes.byref(k.scratch), ctypes.byref(found),
                                      ctypes.byref(block))
        if status:
            return f'unpacking {name} answers {status}'
        copy = ctypes.string_at(found.value, entry.size)
        if block:
            k.scratch.free(None, block.value)
        problem = load(k, copy, named[name], rng)
        if problem:
            return f'read {name}: {problem}'
    return None if seen == set(named) else f'read {seen}'


def test_random(k, rng):
    """That the values have the distributions they should, and do not depend on strides."""
    name = str(rng.choice(arrays.FLOATS))
    seed = int(rng.integers(1 << 62))
    n = 20000
    a, b = np.zeros((n,), DTYPES[name]), np.zeros((100, 2 * n // 100), DTYPES[name])[:, ::2]

    def fresh():
        r = Rng()
        k.lib.ndk_rng_seed(ctypes.byref(r), ctypes.c_uint64(seed), ctypes.c_uint64(3))
        return r
    r = fresh()
    k.call('ndk_random_uniform', ctypes.byref(r), a, 2.0, 5.0)
    k.call('ndk_random_uniform', ctypes.byref(fresh()), b, 2.0, 5.0)
    if not np.array_equal(a, b.reshape(-1)):
        return 'values depend on strides'
    wide = a.astype(np.float64)
    if wide.min() < 2 or wide.max() > 5 or (name != 'f16' and wide.max() >= 5):
        return f'uniform in [{wide.min()}, {wide.max()}]'
    if abs(wide.mean() - 3.5) > 0.04 or abs(wide.std() - 3 / 12**0.5) > 0.03:
        return f'uniform: mean {wide.mean()}, deviation {wide.std()}'
    k.call('ndk_random_normal', ctypes.byref(r), a, -1.0, 2.0)
    wide = (a.astype(np.float64) + 1) / 2
    moments = [wide.mean(), wide.std(), (wide**3).mean(), (wide**4).mean()]
    if np.abs(np.array(moments) - [0, 1, 0, 3]).max() > 0.3:
        return f'normal: moments {moments}'
    whole = np.zeros((n,), np.int64)
    k.call('ndk_random_integer', ctypes.byref(r), whole, -3, 4)
    counts = np.bincount(whole + 3)
    if len(counts) != 7 or np.abs(counts - n / 7).max() > 300:
        return f'integers: {counts}'
    return None


def test_mean_of_many(k, rng):
    """The mean of many f32 values, within 1e-6 relative however the axes lie, and of 10^8."""
    out = np.zeros(1, np.float32)
    # the first two are those whose sums round the same way each time
    for a in (np.full(10**7, 1.9394, np.float32), np.full(10**7, 0.1, np.float32),
              rng.random(10**8, np.float32)):
        k.call('ndk_reduce', 1, out, a, 1, Scratch)
        off = abs(float(out[0]) / a.mean(dtype=np.float64) - 1)
        if off > 6e-7:
            return f'{a.size} values like {a[0]}: off by {off}'
    a = rng.random((2500, 4000), np.float32) + np.float32(0.1)
    for axes, b in [(3, a), (3, a.T), (1, a), (2, a.T), (1, a.T), (3, a[:, ::3])]:
        small = tuple(1 if axes >> i & 1 else d for i, d in enumerate(b.shape))
        out = np.zeros(small, np.float32)
        k.call('ndk_reduce', 1, out, b, axes, Scratch)
        want = b.mean(axis=tuple(i for i in range(2) if axes >> i & 1), dtype=np.float64,
                      keepdims=True)
        worst = np.abs(out / want - 1).max()
        if worst > 1e-6:
            return f'axes {axes}: off by {worst}'
    return None


def test_bf16_text(k, rng):
    # powers of two apart: their neighbours below are nearer than those digits tell
    bits = (rng.integers(0, 0x7f7f, 30) | 1).astype(np.uint16)
    text = k.text(bits, 'bf16', precision=20, threshold=10**6, line_width=10**6)
    back = np.array(text.strip('[]').split(), np.float64)
    again = np.zeros(30, np.uint16)
    k.call('ndk_copy', Typed(again, 'bf16'), back)
    return arrays.difference(again, bits)


def tests():
    return [('text', 500, test_text), ('text of bf16', 20, test_bf16_text),
            ('npy', 200, test_npy), ('npz', 60, test_npz),
            ('random', 10, test_random), ('mean of many', 1, test_mean_of_many)]
