#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""
The runtime's interface against NumPy on random arrays: shapes, types,
broadcasting, axes, views.  The kernels' values have an oracle of their own.

usage: runtime.py LIBRARY [ROUNDS]    (speaks TAP)
"""
import ctypes
import os
import sys
import tempfile
import warnings

import numpy as np

TYPES = ['f32', 'f64', 'f16', 'bf16', 'i8', 'u8', 'i32', 'i64', 'bool']
DTYPES = {'f32': np.float32, 'f64': np.float64, 'f16': np.float16, 'i8': np.int8, 'u8': np.uint8,
          'i32': np.int32, 'i64': np.int64, 'bool': np.bool_}
FLOATS = ('f32', 'f64', 'f16')
# What NumPy has on the way to what is here.
WIDER = {np.dtype(np.int16): np.dtype(np.int32), np.dtype(np.uint64): np.dtype(np.int64)}

nd = ctypes.CDLL(sys.argv[1])
nd.nd_last_error.restype = ctypes.c_char_p
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 60
rng = np.random.default_rng(7)
warnings.simplefilter('ignore')
np.seterr(all='ignore')
P, D, I64, INT, BOOL, SIZE = (ctypes.c_void_p, ctypes.c_double, ctypes.c_int64, ctypes.c_int,
                              ctypes.c_bool, ctypes.c_size_t)


class Failed(Exception):
    """A call's last error."""


def call(name, *arguments):
    status = getattr(nd, 'nd_' + name)(*arguments)
    if status:
        raise Failed(f'{name}: {nd.nd_last_error().decode()}')


def made(name, *arguments):
    """The array that a call makes."""
    out = P()
    call(name, *arguments, ctypes.byref(out))
    return out


def ints(values, kind=I64):
    return (kind * max(len(values), 1))(*values)


def shaped(values):
    return INT(len(values)), ints(values)


def axes(values):
    return INT(len(values)), ints(values, INT)


def give(manager, array):
    """ARRAY, of whatever strides, as an array of the runtime (of its own)."""
    name = next(n for n in TYPES if n in DTYPES and DTYPES[n] == array.dtype)
    flat = np.ascontiguousarray(array).reshape(array.shape)
    return made('create', manager, INT(TYPES.index(name)), *shaped(array.shape),
                flat.ctypes.data_as(P), SIZE(flat.nbytes))


def take(array):
    kind, ndim, shape = INT(), INT(), ints([0] * 8)
    call('array_dtype', array, ctypes.byref(kind))
    call('array_shape', array, ctypes.byref(ndim), shape)
    out = np.empty(shape[:ndim.value], DTYPES[TYPES[kind.value]])
    call('array_copy_out', array, kind, out.ctypes.data_as(P), SIZE(out.nbytes))
    return out


def shape(most=4, empty=True):
    if rng.integers(10) == 0:
        return ()
    low = 0 if empty and rng.integers(8) == 0 else 1
    return tuple(int(n) for n in rng.integers(low, 6, rng.integers(1, most + 1)))


def array(dims, name=None, special=True):
    name = name or str(rng.choice(list(DTYPES)))
    values = rng.normal(0, 3, dims)
    if special and name in FLOATS:
        values = np.where(rng.integers(0, 12, dims) == 0, rng.choice([np.nan, np.inf, -np.inf, 0.]),
                          values)
        return np.asarray(values, DTYPES[name])
    if name == 'u8':
        values = np.abs(values)
    return np.asarray(np.asarray(values > 0 if name == 'bool' else values), DTYPES[name])


def partner(dims):
    """A shape that broadcasts with DIMS."""
    cut = dims[int(rng.integers(0, len(dims) + 1)):] if dims else shape(2)
    return tuple(1 if rng.integers(3) == 0 else n for n in cut)


def same(got, want, loose=0.0):
    want = np.asarray(want)
    want = want.astype(WIDER.get(want.dtype, want.dtype))
    assert got.dtype == want.dtype, f'{got.dtype}, not {want.dtype}'
    assert got.shape == want.shape, f'{got.shape}, not {want.shape}'
    if want.dtype.kind == 'f':
        near = {2: 4e-3, 4: 2e-5, 8: 1e-11}[want.dtype.itemsize] + loose
        ok = np.allclose(got.astype(np.float64), want.astype(np.float64), near, near, True)
    else:
        ok = np.array_equal(got, want)
    assert ok, f'{got} is not {want}'


def common_type(a, b):
    """Of the types, whatever the shapes: NumPy 1 looks at 0-d arrays' values."""
    common = np.result_type(a.dtype, b.dtype)
    return WIDER.get(common, common)


def binary(name, function, kinds=None):
    def test(manager):
        a = array(shape(), kinds and str(rng.choice(kinds)))
        b = array(partner(a.shape), kinds and str(rng.choice(kinds)))
        if rng.integers(2):
            a, b = b, a
        common = common_type(a, b)
        want = function(a.astype(common), b.astype(common))
        same(take(made(name, give(manager, a), give(manager, b))), want)
    return test


def unary(name, function, kinds=None, low=None):
    def test(manager):
        a = array(shape(), kinds and str(rng.choice(kinds)))
        if low is not None:
            a = np.asarray(np.abs(a) + a.dtype.type(low), a.dtype)
        same(take(made(name, give(manager, a))), function(a))
    return test


def reduction(name, function, kinds=None, empty=True):
    def test(manager):
        a = array(shape(empty=empty), kinds and str(rng.choice(kinds)), special=False)
        some = [int(i) for i in rng.permutation(a.ndim)[:rng.integers(0, a.ndim + 1)]]
        keep = bool(rng.integers(2))
        given = [i - a.ndim if rng.integers(2) else i for i in some]
        got = take(made(name, give(manager, a), *axes(given), BOOL(keep)))
        same(got, function(a, axis=tuple(some) if some else None, keepdims=keep))
    return test


def one_axis(name, function, kinds=None):
    def test(manager):
        a = array(shape(), kinds and str(rng.choice(kinds)))
        a = a if a.ndim else a.reshape(1)
        axis = int(rng.integers(-a.ndim, a.ndim))
        same(take(made(name[0], give(manager, a), INT(axis), *name[1:])), function(a, axis))
    return test


def test_in_place(manager):
    a = array(shape())
    b = array(partner(a.shape))
    want, fails = a.copy(), False
    try:
        np.add(want, b, out=want, casting='same_kind')
    except (TypeError, ValueError):
        fails = True
    left, right = give(manager, a), give(manager, b)
    try:
        call('add_in_place', left, right)
    except Failed:
        assert fails, f'{a.dtype} += {b.dtype} {b.shape} is refused'
        same(take(left), a)
        return
    # Signed into unsigned is ours only.
    if not (fails and a.dtype == np.uint8):
        assert not fails, f'{a.dtype} += {b.dtype} {a.shape} {b.shape} is not refused'
        same(take(left), want)


def test_slice(manager):
    a = array(shape())
    index, ranges = [], []
    for n in a.shape[:rng.integers(0, a.ndim + 1)]:
        kind = rng.integers(3)
        if kind == 0 and n:
            at = int(rng.integers(-n, n))
            index.append(at)
            ranges += [at, 0, 0]
        else:
            start, stop = (int(x) for x in rng.integers(-8, 9, 2))
            step = int(rng.choice([-3, -2, -1, 1, 2, 5]))
            free = rng.integers(4)
            index.append(slice(None if free == 1 else start, None if free in (1, 2) else stop, step))
            ranges += [-2**63 if free == 1 else start, 2**63 - 1 if free in (1, 2) else stop, step]
    got = made('array_slice', give(manager, a), INT(len(index)), ints(ranges))
    same(take(got), a[tuple(index)])
    # And it can be worked on.
    same(take(made('array_duplicate', got)), a[tuple(index)])


def test_views(manager):
    a = array(shape())
    order = [int(i) for i in rng.permutation(a.ndim)]
    x = made('transpose', give(manager, a), *axes(order))
    want = a.transpose(order) if a.ndim else a
    same(take(x), want)
    flipped = made('flip', x, *axes(order[:1]))
    want = np.flip(want, order[:1]) if order else want
    same(take(flipped), want)
    same(take(made('flatten', flipped)), want.reshape(-1))
    into = [-1, 1] if a.size else [0, 3]
    same(take(made('reshape', flipped, *shaped(into))), want.reshape(into))
    axis = int(rng.integers(-a.ndim - 1, a.ndim + 1))
    wide = made('expand', flipped, INT(axis))
    same(take(wide), np.expand_dims(want, axis))
    same(take(made('squeeze', wide, INT(0), None)), np.squeeze(want))
    same(take(made('broadcast', flipped, *shaped((2,) + want.shape))),
         np.broadcast_to(want, (2,) + want.shape))
    repeats = [int(n) for n in rng.integers(0, 3, rng.integers(0, 4))]
    same(take(made('tile', flipped, *shaped(repeats))), np.tile(want, repeats))


def test_reshape(manager):
    """Of views that may or may not have strides for it."""
    n = [int(x) for x in rng.integers(1, 5, 3)]
    a = array(tuple(n), 'i32')
    order = [int(i) for i in rng.permutation(3)]
    x = made('transpose', give(manager, a), *axes(order))
    into = [int(i) for i in rng.permutation(n)] if rng.integers(2) else [n[0] * n[1], 1, n[2], 1]
    same(take(made('reshape', x, *shaped(into))), a.transpose(order).reshape(into))


def test_join(manager):
    dims = list(shape()) or [2]
    axis = int(rng.integers(0, len(dims)))
    parts, many = [], int(rng.integers(1, 7))
    for _ in range(many):
        dims[axis] = int(rng.integers(0, 4))
        parts.append(array(tuple(dims), special=False))
    handles = [give(manager, p) for p in parts]
    got = take(made('concat', (P * many)(*handles), SIZE(many), INT(axis - len(dims))))
    want = np.concatenate(parts, axis)
    if len({p.dtype for p in parts}) <= 2 and want.dtype not in WIDER:
        same(got, want) # of three types NumPy's answer depends on more than pairs
    alike = [array(tuple(dims), 'f32') for _ in range(many)]
    handles = [give(manager, p) for p in alike]
    at = int(rng.integers(-len(dims) - 1, len(dims) + 1))
    same(take(made('stack', (P * many)(*handles), SIZE(many), INT(at))), np.stack(alike, at))
    whole = np.concatenate([alike[0]] * 3, axis)
    out = (P * 3)()
    call('split', give(manager, whole), SIZE(3), INT(axis), out)
    for part in out:
        same(take(P(part)), alike[0])


def test_pick(manager):
    dims = tuple(int(n) for n in rng.integers(1, 6, rng.integers(1, 4)))
    a = array(dims)
    axis = int(rng.integers(-a.ndim, a.ndim))
    n = a.shape[axis]
    some = rng.integers(-n, n, rng.integers(0, 7)).astype(rng.choice([np.int32, np.int64]))
    same(take(made('array_gather', give(manager, a), give(manager, some), INT(axis))),
         np.take(a, some, axis))
    order = np.argsort(a, axis, kind='stable')
    same(take(made('array_take_along', give(manager, a), give(manager, order), INT(axis))),
         np.take_along_axis(a, order, axis))
    mask = array(dims, 'bool')
    same(take(made('array_mask', give(manager, a), give(manager, mask))), a[mask])


def test_matmul(manager):
    kind = str(rng.choice(['f32', 'f64', 'i32', 'f16']))
    m, k, n = (int(x) for x in rng.integers(0, 7, 3))
    left, right = (m, k), (k, n)
    which = rng.integers(4)
    if which == 1:
        left = (k,)
    elif which == 2:
        right = (k,)
    elif which == 3:
        left, right = (2, 1) + left, (3,) + right
    a, b = array(left, kind, False), array(right, kind, False)
    same(take(made('matmul', give(manager, a), give(manager, b))), np.matmul(a, b), 1e-2 if kind == 'f16' else 0)


def test_where(manager):
    a = array(shape())
    b, c = array(partner(a.shape)), array(partner(a.shape), 'bool')
    try:
        np.broadcast_shapes(a.shape, b.shape, c.shape)
    except ValueError:
        return
    common = common_type(a, b)
    same(take(made('where', give(manager, c), give(manager, a), give(manager, b))),
         np.where(c, a.astype(common), b.astype(common)))


def test_scalar(manager):
    a = array(shape() or (3,), str(rng.choice(['f32', 'f64', 'i32', 'i64', 'bool'])))
    number = rng.choice([2, 3, 0.5, -1.25])
    python = int(number) if number == int(number) else float(number)
    same(take(made('add_scalar', give(manager, a), D(number))), a + python)
    same(take(made('mul_scalar', give(manager, a), D(number))), a * python)
    same(take(made('gt_scalar', give(manager, a), D(number))), a > python)


def test_create(manager):
    start, step = float(rng.integers(-5, 5)), float(rng.choice([0.5, 1, 2, -1]))
    stop = start + step * int(rng.integers(0, 20))
    kind = str(rng.choice(['f32', 'f64', 'i32']))
    if kind == 'i32':
        step = float(int(step)) or 1.0
    same(take(made('arange', manager, INT(TYPES.index(kind)), D(start), D(stop), D(step))),
         np.arange(start, stop, step).astype(DTYPES[kind]))
    rows, columns, k = (int(x) for x in rng.integers(0, 6, 3))
    same(take(made('eye', manager, INT(0), I64(rows), I64(columns), I64(k - 2))),
         np.eye(rows, columns, k - 2, np.float32))
    same(take(made('linspace', manager, INT(1), D(start), D(stop), I64(rows), BOOL(k > 2))),
         np.linspace(start, stop, rows, k > 2))
    dims = shape()
    same(take(made('full', manager, INT(5), *shaped(dims), D(7))), np.full(dims, 7, np.uint8))


def test_files(manager):
    a, b = array(shape()), array(shape())
    with tempfile.TemporaryDirectory() as folder:
        npy, npz = os.path.join(folder, 'a.npy'), os.path.join(folder, 'a.npz')
        call('save_npy', give(manager, a), npy.encode())
        same(np.load(npy), a)
        np.save(npy, np.array(b, order='F'))
        same(take(made('load_npy', manager, npy.encode())), b)
        names = (ctypes.c_char_p * 2)(b'first', b'second')
        call('save_npz', (P * 2)(give(manager, a), give(manager, b)), names, SIZE(2), npz.encode())
        with np.load(npz) as read:
            same(read['first'], a)
            same(read['second'], b)
        (np.savez if rng.integers(2) else np.savez_compressed)(npz, x=b, y=a)
        out, count = (P * 2)(), SIZE()
        call('load_npz', manager, npz.encode(), out, SIZE(2), ctypes.byref(count))
        same(take(P(out[0])), b)
        same(take(P(out[1])), a)
        text = ctypes.create_string_buffer(64)
        call('array_name', P(out[1]), text, SIZE(64))
        assert text.value == b'y'


def test_text(manager):
    a = array(shape())
    text = ctypes.c_char_p()
    call('array_to_string', give(manager, a), ctypes.byref(text))
    got = text.value.decode()
    nd.nd_free(text)
    assert got == str(a), f'{got}\nis not\n{a}'


def softmax(a, axis):
    a = a if a.dtype.kind == 'f' else a.astype(np.float64)
    if a.size == 0:
        return a
    wide = a.astype(np.float64)
    e = np.exp(wide - wide.max(axis, keepdims=True))
    return (e / e.sum(axis, keepdims=True)).astype(a.dtype)


def norm(a, axis=None, keepdims=False):
    wide = a.astype(np.float64)
    want = np.sqrt(np.sum(wide * wide, axis=axis, keepdims=keepdims))
    return np.asarray(want, a.dtype if a.dtype.kind == 'f' else np.float64)


SMALL = ['f32', 'f64', 'i32', 'i64']


def test_norm(manager):
    a = array(shape(), str(rng.choice(SMALL)), special=False)
    keep = bool(rng.integers(2))
    got = take(made('norm', give(manager, a), D(2), INT(0), None, BOOL(keep)))
    same(got, norm(a, keepdims=keep))


TESTS = {
    'add': binary('add', np.add), 'mul': binary('mul', np.multiply),
    'sub': binary('sub', np.subtract, [k for k in DTYPES if k != 'bool']),
    'div': binary('div', np.true_divide, ['f32', 'f64', 'i32', 'i64']),
    'mod': binary('mod', np.mod, ['i32', 'i64', 'i8']),
    'maximum': binary('maximum', np.maximum), 'minimum': binary('minimum', np.minimum),
    'eq': binary('eq', np.equal), 'neq': binary('neq', np.not_equal), 'lt': binary('lt', np.less),
    'gte': binary('gte', np.greater_equal), 'logical_xor': binary('logical_xor', np.logical_xor),
    'neg': unary('neg', np.negative, [k for k in DTYPES if k != 'bool']),
    'abs': unary('abs', np.abs), 'exp': unary('exp', np.exp), 'sqrt': unary('sqrt', np.sqrt),
    'log': unary('log', np.log, SMALL, 1), 'sin': unary('sin', np.sin), 'tanh': unary('tanh', np.tanh),
    'floor': unary('floor', np.floor, FLOATS), 'isnan': unary('isnan', np.isnan),
    'logical_not': unary('logical_not', np.logical_not),
    'sum': reduction('sum', np.sum, [*SMALL, 'i8', 'bool']), 'prod': reduction('prod', np.prod, SMALL),
    'mean': reduction('mean', np.mean, [*SMALL, 'i8', 'bool']),
    'max': reduction('max', np.max, empty=False), 'min': reduction('min', np.min, empty=False),
    'all': reduction('all', np.all), 'any': reduction('any', np.any),
    'median': reduction('median', np.median, SMALL, empty=False),
    'norm': test_norm,
    'cumsum': one_axis(['cumsum'], np.cumsum, SMALL),
    'sort': one_axis(['sort', BOOL(False)], np.sort),
    'argsort': one_axis(['argsort', BOOL(False)], lambda a, x: np.argsort(a, x, kind='stable')),
    'softmax': one_axis(['softmax'], softmax, ['f32', 'f64', 'i32']),
    'in_place': test_in_place, 'slice': test_slice, 'views': test_views, 'reshape': test_reshape,
    'join': test_join, 'pick': test_pick, 'matmul': test_matmul, 'where': test_where,
    'scalar': test_scalar, 'create': test_create, 'files': test_files, 'text': test_text,
}


print(f'1..{len(TESTS) + 1}')
for number, (name, test) in enumerate(TESTS.items(), 1):
    try:
        for _ in range(rounds):
            manager = P()
            call('manager_new_base', name.encode(), ctypes.byref(manager))
            test(manager)
            call('manager_close', manager)
        print(f'ok {number} - {name}')
    except (AssertionError, Failed, ctypes.ArgumentError, ValueError, TypeError) as error:
        print(f'not ok {number} - {name}')
        print('\n'.join('# ' + line for line in (f'{type(error).__name__}: {error}').splitlines()[:30]))
nd.nd_test_live_blocks.restype = ctypes.c_uint64
left = nd.nd_test_live_blocks()
print(f"{'ok' if left == 0 else 'not ok'} {len(TESTS) + 1} - {left} blocks are left")
