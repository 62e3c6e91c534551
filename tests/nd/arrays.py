# SPDX-License-Identifier: MIT
"""Random arrays, as awkward as arrays get: views of every kind, special values."""
import numpy as np

from kernels import DTYPES

FLOATS = ['f32', 'f64', 'f16']
INTEGERS = ['i8', 'u8', 'i32', 'i64']
NUMBERS = FLOATS + INTEGERS
ALL = NUMBERS + ['bool']
SPECIAL = [0.0, -0.0, 1.0, -1.0, np.nan, np.inf, -np.inf, 0.5, 2.0, 1e-7, -1.5, 2.5]


def shape(rng, most=4, empty=True, long=True):
    kind = rng.integers(12)
    if kind == 0:
        return ()
    if kind == 1 and long:
        return (int(rng.integers(900, 3000)),)
    if kind == 2 and long:
        return tuple(rng.integers(1, 90, 2))
    dims = rng.integers(1, most + 1)
    low = 0 if empty and rng.integers(8) == 0 else 1
    return tuple(int(n) for n in rng.integers(low, 7, dims))


def values(rng, name, dims, special=True, scale=10.0):
    """A contiguous array of the type."""
    if name == 'bool':
        return rng.integers(0, 2, dims).astype(bool)
    if name in INTEGERS:
        info = np.iinfo(DTYPES[name])
        if rng.integers(2):
            a = rng.integers(info.min, info.max, dims, dtype=DTYPES[name], endpoint=True)
        else:
            a = rng.integers(max(info.min, -9), 10, dims).astype(DTYPES[name])
        return np.asarray(a, DTYPES[name])
    a = np.asarray(rng.normal(0, scale, dims), DTYPES[name])
    if special and a.size and rng.integers(2):
        hit = rng.random(dims) < 0.2
        a = np.where(hit, rng.choice(SPECIAL, dims), a).astype(DTYPES[name])
    return np.asarray(a)


def strided(rng, name, dims, **how):
    """An array of the shape that lies in memory in some odd way."""
    kind = rng.integers(6)
    dims = tuple(dims)
    if kind == 0 and len(dims) > 1:
        order = rng.permutation(len(dims))
        a = values(rng, name, tuple(dims[i] for i in order), **how)
        return a.transpose(np.argsort(order))
    if kind == 1 and dims:
        steps = rng.integers(1, 4, len(dims))
        a = values(rng, name, tuple(d * s for d, s in zip(dims, steps)), **how)
        return a[tuple(slice(None, None, s) for s in steps)]
    if kind == 2 and dims:
        a = values(rng, name, dims, **how)
        return a[tuple(slice(None, None, int(s)) for s in rng.choice([1, -1], len(dims)))]
    if kind == 3 and dims:
        a = values(rng, name, tuple(d + 2 for d in dims), **how)
        return a[tuple(slice(1, 1 + d) for d in dims)]
    return values(rng, name, dims, **how)


def operand(rng, name, dims, **how):
    """An array that broadcasts to the shape."""
    dims = list(dims)
    if rng.integers(2):
        for i in range(len(dims)):
            if rng.integers(3) == 0:
                dims[i] = 1
        if rng.integers(3) == 0:
            dims = dims[rng.integers(len(dims) + 1):]
    return strided(rng, name, dims, **how)


def output(rng, name, dims):
    """Where results go: contiguous or not."""
    dims = tuple(dims)
    if rng.integers(3) or not dims:
        return np.full(dims, 77, DTYPES[name])
    order = rng.permutation(len(dims))
    a = np.full(tuple(2 * dims[i] for i in order), 77, DTYPES[name])
    a = a[tuple(slice(None, None, int(s)) for s in rng.choice([2, -2], len(dims)))]
    return a.transpose(np.argsort(order))


def axis_of(rng, dims):
    return int(rng.integers(len(dims)))


def difference(got, want, ulp=0.0, relative=0.0, absolute=0.0):
    """None, or where and how the two differ."""
    got, want = np.asarray(got), np.asarray(want)
    if got.shape != want.shape:
        return f'shape {got.shape}, not {want.shape}'
    if want.dtype.kind != 'f':
        bad = got != want
    else:
        with np.errstate(all='ignore'):
            g, w = got.astype(np.float64), want.astype(np.float64)
            room = ulp * np.abs(np.spacing(np.where(np.isfinite(want), want, 1).astype(want.dtype))).astype(float)
            room = np.maximum(room, relative * np.abs(np.where(np.isfinite(w), w, 0))) + absolute
            bad = ~((g == w) | (np.isnan(g) & np.isnan(w)) | (np.abs(g - w) <= room))
    if not bad.any():
        return None
    at = tuple(int(i[0]) for i in np.nonzero(np.atleast_1d(bad)))
    return (f'{bad.sum()} of {bad.size} differ, first at {at}: '
            f'{np.atleast_1d(got)[at]!r}, not {np.atleast_1d(want)[at]!r}')
