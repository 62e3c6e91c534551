# SPDX-License-Identifier: MIT
"""Oracle cases: order, choice, joining, creation."""
import ctypes

import numpy as np

import arrays
from kernels import DTYPES, TYPES, Failed, Scratch, views


def with_axis(rng):
    dims = arrays.shape(rng) or (4,)
    return dims, arrays.axis_of(rng, dims)


def descending_order(a, axis):
    """Stable, NaN last: the indices that sort the negative order."""
    if a.dtype.kind == 'f':
        key = np.where(np.isnan(a), np.inf, -a.astype(np.float64))
        order = np.lexsort((key, np.isnan(a)), axis=axis)
        return order
    wide = ~a.astype(np.int64) if a.dtype != bool else ~a
    return np.argsort(wide, axis=axis, kind='stable')


def test_sort(k, rng):
    name = str(rng.choice(arrays.ALL))
    dims, axis = with_axis(rng)
    a = arrays.strided(rng, name, dims)
    descending = bool(rng.integers(2))
    out = arrays.output(rng, name, dims)
    order = arrays.output(rng, 'i64', dims)
    k.call('ndk_argsort', order, a, axis, descending, Scratch)
    want = descending_order(a, axis) if descending else np.argsort(a, axis=axis, kind='stable')
    problem = arrays.difference(order, want)
    if problem:
        return f'argsort {name} {dims} axis {axis} {descending}: {problem}'
    if rng.integers(3) == 0:
        out = np.array(a)
        k.call('ndk_sort', out, out, axis, descending, Scratch)
    else:
        k.call('ndk_sort', out, a, axis, descending, Scratch)
    problem = arrays.difference(out, np.take_along_axis(a, want, axis))
    return problem and f'sort {name} {dims} axis {axis} {descending}: {problem}'


def test_topk(k, rng):
    name = str(rng.choice(arrays.ALL))
    dims, axis = with_axis(rng)
    a = arrays.strided(rng, name, dims)
    count = int(rng.integers(0, dims[axis] + 1))
    largest = bool(rng.integers(2))
    small = dims[:axis] + (count,) + dims[axis + 1:]
    values, indices = arrays.output(rng, name, small), arrays.output(rng, 'i64', small)
    k.call('ndk_topk', values, indices, a, axis, count, largest, Scratch)
    order = np.argsort(a, axis=axis, kind='stable')
    if largest:
        order = descending_order(a, axis)
        if a.dtype.kind == 'f':
            key = np.where(np.isnan(a), 0, -a.astype(np.float64))
            order = np.lexsort((key, ~np.isnan(a)), axis=axis)
    want = np.take(order, np.arange(count), axis)
    return arrays.difference(indices, want) or \
        arrays.difference(values, np.take_along_axis(a, want, axis))


def test_take(k, rng):
    name = str(rng.choice(arrays.ALL))
    dims, axis = with_axis(rng)
    if dims[axis] == 0:
        return None
    a = arrays.strided(rng, name, dims)
    indices = rng.integers(-dims[axis], dims[axis], rng.integers(0, 9)).astype(
        rng.choice([np.int32, np.int64]))
    small = dims[:axis] + indices.shape + dims[axis + 1:]
    out = arrays.output(rng, name, small)
    k.call('ndk_take', out, a, indices, axis, None)
    problem = arrays.difference(out, np.take(a, indices, axis))
    if problem:
        return problem
    along = rng.integers(-dims[axis], dims[axis],
                         dims[:axis] + (int(rng.integers(0, 5)),) + dims[axis + 1:])
    out = arrays.output(rng, name, along.shape)
    k.call('ndk_take_along', out, a, along, axis, None)
    problem = arrays.difference(out, np.take_along_axis(a, along, axis))
    if problem or not indices.size:
        return problem
    indices[-1] = dims[axis]
    bad = ctypes.c_int64()
    try:
        k.call('ndk_take', arrays.output(rng, name, small), a, indices, axis, ctypes.byref(bad))
        return 'a bad index was accepted'
    except Failed as e:
        return None if str(e) == 'bad index' and bad.value == dims[axis] else f'{e} {bad}'


def test_compress(k, rng):
    names = rng.choice(arrays.ALL, 2)
    dims = arrays.shape(rng)
    a = arrays.strided(rng, names[0], dims)
    mask = np.broadcast_to(arrays.operand(rng, names[1], dims), dims)
    count = ctypes.c_int64()
    k.call('ndk_mask_count', mask, ctypes.byref(count))
    want = np.atleast_1d(a)[np.atleast_1d(mask).astype(bool)]
    if count.value != want.size:
        return f'{count.value} are true, not {want.size}'
    out = arrays.output(rng, names[0], want.shape)
    k.call('ndk_compress', out, a, mask)
    return arrays.difference(out, want)


def test_join(k, rng):
    name = str(rng.choice(arrays.ALL))
    dims, axis = with_axis(rng)
    parts = [arrays.strided(rng, name, dims[:axis] + (int(rng.integers(0, 5)),) + dims[axis + 1:])
             for _ in range(rng.integers(1, 5))]
    want = np.concatenate(parts, axis)
    out = arrays.output(rng, name, want.shape)
    k.call('ndk_concat', out, views(parts), ctypes.c_size_t(len(parts)), axis)
    problem = arrays.difference(out, want)
    if problem:
        return f'concat: {problem}'
    back = [arrays.output(rng, name, p.shape) for p in parts]
    k.call('ndk_split', views(back), ctypes.c_size_t(len(back)), out, axis)
    for part, again in zip(parts, back):
        problem = arrays.difference(again, part)
        if problem:
            return f'split: {problem}'
    if len(dims) == 8:
        return None
    same = [arrays.strided(rng, name, dims) for _ in parts]
    want = np.stack(same, axis)
    out = arrays.output(rng, name, want.shape)
    k.call('ndk_stack', out, views(same), ctypes.c_size_t(len(same)), axis)
    problem = arrays.difference(out, want)
    return problem and f'stack: {problem}'


def test_tile_flip(k, rng):
    name = str(rng.choice(arrays.ALL))
    dims = arrays.shape(rng, long=False)
    a = arrays.strided(rng, name, dims)
    times = tuple(int(n) for n in rng.integers(0 if rng.integers(8) == 0 else 1, 4, len(dims)))
    want = np.tile(a, times)
    out = arrays.output(rng, name, want.shape)
    k.call('ndk_tile', out, a)
    problem = arrays.difference(out, want)
    if problem:
        return f'tile {dims} {times}: {problem}'
    axes = tuple(i for i in range(len(dims)) if rng.integers(2))
    out = arrays.output(rng, name, dims)
    k.call('ndk_flip', out, a, sum(1 << i for i in axes))
    problem = arrays.difference(out, np.flip(a, axes))
    return problem and f'flip {dims} {axes}: {problem}'


def test_create(k, rng):
    name = str(rng.choice(arrays.ALL))
    dims = arrays.shape(rng)
    out = arrays.output(rng, name, dims)
    value = np.asarray(arrays.values(rng, name, ()))
    k.call('ndk_fill', out, TYPES.index(name), ctypes.c_void_p(value.ctypes.data))
    problem = arrays.difference(out, np.full(dims, value))
    if problem:
        return f'fill: {problem}'
    name = str(rng.choice(arrays.FLOATS))
    start, step = float(rng.normal(0, 5)), float(rng.normal(0, 1)) or 1.0
    stop = start + step * float(rng.integers(0, 3000)) / 3
    count = ctypes.c_int64()
    k.call('ndk_arange_count', start, stop, step, ctypes.byref(count))
    want = np.arange(start, stop, step)
    if count.value != want.size:
        return f'arange({start}, {stop}, {step}) has {count.value}, not {want.size}'
    out = arrays.output(rng, 'f64', want.shape)
    k.call('ndk_arange', out, start, step)
    problem = arrays.difference(out, start + np.arange(want.size) * step)
    if problem:
        return f'arange: {problem}'
    ends = bool(rng.integers(2))
    n = int(rng.integers(0, 50))
    out = arrays.output(rng, name, (n,))
    k.call('ndk_linspace', out, start, stop, ends)
    want = np.linspace(start, stop, n, endpoint=ends).astype(DTYPES[name])
    problem = arrays.difference(out, want, ulp=1)
    if problem:
        return f'linspace: {problem}'
    n, m, d = (int(x) for x in rng.integers(0, 9, 3))
    name = str(rng.choice(arrays.ALL))
    out = arrays.output(rng, name, (n, m))
    k.call('ndk_eye', out, d - 4)
    return arrays.difference(out, np.eye(n, m, d - 4, DTYPES[name]))


def tests():
    return [('sort', 500, test_sort), ('topk', 300, test_topk), ('take', 300, test_take),
            ('compress', 300, test_compress), ('join', 200, test_join),
            ('tile and flip', 200, test_tile_flip), ('create', 200, test_create)]
