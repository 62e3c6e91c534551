# SPDX-License-Identifier: MIT
"""Oracle cases: copies, elementwise operations, comparisons, reductions, products."""
import ctypes

import numpy as np

import arrays
from kernels import DTYPES, TYPES, Failed, Scratch, Typed, from_bf16, to_bf16, views

BINARY = ['add', 'sub', 'mul', 'div', 'pow', 'mod', 'maximum', 'minimum']
UNARY = ['neg', 'abs', 'sqrt', 'square', 'exp', 'log', 'floor', 'ceil', 'round', 'sin', 'cos',
         'tan', 'asin', 'acos', 'atan', 'tanh', 'sigmoid', 'relu']
COMPARE = ['eq', 'ne', 'gt', 'ge', 'lt', 'le']
REDUCE = ['sum', 'mean', 'prod', 'max', 'min', 'all', 'any', 'argmax', 'argmin', 'norm1', 'norm2',
          'norminf', 'median']


def broadcast(a, dims):
    return np.broadcast_to(a, dims)


def test_convert(k, rng):
    """Casts, against the rules that ndk_copy states where NumPy's depend on the processor."""
    names = rng.choice(arrays.ALL, 2)
    dims = arrays.shape(rng)
    a = arrays.operand(rng, names[0], dims, scale=1000.0)
    out = arrays.output(rng, names[1], dims)
    k.call('ndk_copy', out, broadcast(a, dims))
    want = convert(broadcast(a, dims), names[1])
    problem = arrays.difference(out, want)
    return problem and f'{names[0]} to {names[1]} {dims}: {problem}'


def convert(a, name):
    if a.dtype.kind == 'f' and name in arrays.INTEGERS:
        info = np.iinfo(DTYPES[name])
        wide = np.nan_to_num(a.astype(np.float64), nan=0, posinf=1e300, neginf=-1e300)
        inside = np.clip(wide, max(info.min, -2.0**62), min(info.max, 2.0**62))
        result = np.array(inside.astype(np.int64))
        wide = np.asarray(wide)
        result[wide >= info.max] = info.max
        result[wide <= info.min] = info.min
        return result.astype(DTYPES[name])
    return a.astype(DTYPES[name])


def test_bf16(k, rng):
    dims = arrays.shape(rng)
    a = arrays.values(rng, 'f32', dims, scale=float(10.0 ** rng.integers(-40, 38)))
    half = np.zeros(dims, np.uint16)
    k.call('ndk_copy', Typed(half, 'bf16'), a)
    want = to_bf16(a)
    back = np.zeros(dims, np.float32)
    k.call('ndk_copy', back, Typed(half, 'bf16'))
    problem = arrays.difference(from_bf16(half), from_bf16(want)) or \
        arrays.difference(back, from_bf16(want))
    if problem:
        return problem
    b = to_bf16(arrays.values(rng, 'f32', dims))
    out = np.zeros(dims, np.uint16)
    k.call('ndk_binary', BINARY.index('mul'), Typed(out, 'bf16'), Typed(half, 'bf16'),
           Typed(b, 'bf16'))
    return arrays.difference(from_bf16(out), from_bf16(to_bf16(from_bf16(half) * from_bf16(b))))


def binary(op):
    def test(k, rng):
        name = str(rng.choice(arrays.NUMBERS))
        dims = arrays.shape(rng)
        a, b = (broadcast(arrays.operand(rng, name, dims), dims) for _ in range(2))
        if op == 'pow' and name in arrays.INTEGERS:
            b = np.asarray(np.abs(b // 2), DTYPES[name]) if name != 'u8' else b
        if rng.integers(6) == 0 and dims:
            out = a = np.array(a)  # in place
        else:
            out = arrays.output(rng, name, dims)
        if name in arrays.INTEGERS:
            want = {'add': np.add, 'sub': np.subtract, 'mul': np.multiply, 'div': np.floor_divide,
                    'pow': np.power, 'mod': np.mod, 'maximum': np.maximum,
                    'minimum': np.minimum}[op](a, b)
        else:
            want = {'add': np.add, 'sub': np.subtract, 'mul': np.multiply, 'div': np.divide,
                    'pow': np.power, 'mod': np.mod, 'maximum': np.maximum,
                    'minimum': np.minimum}[op](a, b)
        want = np.array(want)
        k.call('ndk_binary', BINARY.index(op), out, a, b)
        problem = arrays.difference(out, want, ulp=1.5 if op == 'pow' else 0)
        return problem and f'{name} {dims} {a.strides} {b.strides}: {problem}'
    return test


def test_mixed(k, rng):
    """Operands of two types, computed in a third."""
    names = [str(n) for n in rng.choice(arrays.ALL, 2)]
    dims = arrays.shape(rng)
    a, b = (broadcast(arrays.operand(rng, n, dims), dims) for n in names)
    want = np.asarray(np.add(a, b)) if dims else np.add(a.reshape(1), b.reshape(1)).reshape(())
    if want.dtype.type not in (np.float16, np.float32, np.float64, np.int8, np.uint8, np.int32,
                               np.int64, np.bool_):
        return None  # i16: there is none here
    promoted = TYPES[k.lib.ndk_promote(TYPES.index(names[0]), TYPES.index(names[1]))]
    if DTYPES[promoted] != want.dtype.type:
        return f'{names}: promoted to {promoted}, not {want.dtype}'
    out = arrays.output(rng, promoted, dims)
    k.call('ndk_binary', BINARY.index('add'), out, a, b)
    return arrays.difference(out, want)


def unary(op):
    functions = {'neg': np.negative, 'abs': np.abs, 'square': np.square, 'round': np.rint,
                 'asin': np.arcsin, 'acos': np.arccos, 'atan': np.arctan,
                 'sigmoid': lambda x: np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))),
                                               np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x)))),
                 'relu': lambda x: np.where(np.isnan(x), x, np.maximum(x, 0))}
    function = functions.get(op) or getattr(np, op)
    exact = op in ('neg', 'abs', 'sqrt', 'square', 'floor', 'ceil', 'round', 'relu')

    def test(k, rng):
        name = str(rng.choice(arrays.FLOATS + (arrays.INTEGERS if exact and op != 'sqrt' else [])))
        dims = arrays.shape(rng)
        scale = float(10.0 ** rng.integers(-3, 3 if name == 'f16' else 5))
        a = arrays.strided(rng, name, dims, scale=scale)
        out = arrays.output(rng, name, dims)
        if name in arrays.INTEGERS and op in ('floor', 'ceil', 'round'):
            want = a
        elif name in arrays.INTEGERS and op == 'relu':
            want = np.maximum(a, 0)
        elif exact:
            want = function(a)
        else:  # f32 and narrower from f64, so that NumPy's own error is not counted
            want = function(a.astype(np.float64 if name != 'f64' else np.longdouble))
            want = np.asarray(want).astype(DTYPES[name])
        want = np.array(want, DTYPES[name])
        k.call('ndk_unary', UNARY.index(op), out, a)
        problem = arrays.difference(out, want, ulp=0 if exact else 3 if op in ('tanh', 'sigmoid') else 2)
        return problem and f'{name} {dims}: {problem}'
    return test


STREAMED = 6 << 20  # bytes of a result from which the loops store past the caches


def test_long_rows(k, rng):
    """Rows that begin anywhere in a cache line and go past the caches; nothing beside them."""
    name = str(rng.choice(['f32', 'f64', 'i8', 'i32', 'i64']))
    size = np.dtype(DTYPES[name]).itemsize
    compare = rng.integers(4) == 0
    n = STREAMED // (1 if compare else size) + int(rng.integers(-200, 200))
    pattern = arrays.values(rng, name, (4099,))

    def row():
        start = int(rng.integers(65))
        return np.resize(np.roll(pattern, int(rng.integers(4099))), n + start)[start:]
    a, b = row(), row()
    kind = int(rng.integers(4))
    if kind < 2:
        a, b = [(a[:1], b), (a, b[:1])][kind]
    whole = np.full(n + 130, 77, np.bool_ if compare else DTYPES[name])
    start = int(rng.integers(65))
    out = whole[start:start + n]
    wide_a, wide_b = broadcast(a, (n,)), broadcast(b, (n,))
    if compare:
        want = wide_a > wide_b
        k.call('ndk_compare', COMPARE.index('gt'), out, wide_a, wide_b, TYPES.index(name))
    elif kind == 3:
        want = np.square(wide_a)
        k.call('ndk_unary', UNARY.index('square'), out, wide_a)
    else:
        if kind == 2:  # in place
            out[:] = a
            wide_a = out
        want = wide_a + wide_b
        k.call('ndk_binary', BINARY.index('add'), out, wide_a, wide_b)
    beside = np.concatenate([whole[:start], whole[start + n:]])
    problem = arrays.difference(out, want) or arrays.difference(beside, np.full_like(beside, 77))
    return problem and f'{name} {n} kind {kind} compare {compare} from {start}: {problem}'


def test_compare(k, rng):
    op = int(rng.integers(6))
    name = str(rng.choice(arrays.ALL))
    dims = arrays.shape(rng)
    a, b = (broadcast(arrays.operand(rng, name, dims), dims) for _ in range(2))
    out = arrays.output(rng, 'bool', dims)
    k.call('ndk_compare', op, out, a, b, TYPES.index(name))
    function = [np.equal, np.not_equal, np.greater, np.greater_equal, np.less, np.less_equal][op]
    problem = arrays.difference(out, function(a, b))
    return problem and f'{COMPARE[op]} {name} {dims}: {problem}'


def test_logical(k, rng):
    op = int(rng.integers(3))
    names = rng.choice(arrays.ALL, 2)
    dims = arrays.shape(rng)
    a, b = (broadcast(arrays.operand(rng, n, dims), dims) for n in names)
    out = arrays.output(rng, 'bool', dims)
    k.call('ndk_logical', op, out, a, b)
    problem = arrays.difference(out, [np.logical_and, np.logical_or, np.logical_xor][op](a, b))
    if problem:
        return problem
    op = int(rng.integers(4))
    k.call('ndk_test', op, out, a)
    functions = [np.logical_not, np.isnan, np.isinf, np.isfinite]
    problem = arrays.difference(out, functions[op](a))
    return problem and f'test {op} {names[0]}: {problem}'


def test_clip(k, rng):
    name = str(rng.choice(arrays.NUMBERS))
    dims = arrays.shape(rng)
    a = arrays.strided(rng, name, dims)
    low, high = (np.asarray(DTYPES[name](x)) for x in (2, 5))
    out = arrays.output(rng, name, dims)
    k.call('ndk_clip', out, a, broadcast(low, dims), broadcast(high, dims))
    return arrays.difference(out, np.clip(a, low, high))


def test_where(k, rng):
    names = rng.choice(arrays.ALL, 2)
    dims = arrays.shape(rng)
    c, a, b = (broadcast(arrays.operand(rng, n, dims), dims) for n in (names[0], names[1],
                                                                       names[1]))
    out = arrays.output(rng, names[1], dims)
    k.call('ndk_where', out, c, a, b)
    return arrays.difference(out, np.where(c, a, b))


def test_allclose(k, rng):
    name = str(rng.choice(arrays.ALL))
    dims = arrays.shape(rng)
    a = arrays.strided(rng, name, dims)
    b = np.array(a)
    if b.size and rng.integers(2):
        flat = b.reshape(-1)
        flat[rng.integers(flat.size)] = arrays.values(rng, name, ())
        b = flat.reshape(b.shape)
    nan = bool(rng.integers(2))
    result = ctypes.c_bool()
    k.call('ndk_allclose', a, b, 1e-5, 1e-8, nan, ctypes.byref(result))
    want = np.allclose(a.astype(np.float64), b.astype(np.float64), equal_nan=nan)
    return None if result.value == want else f'{name} {a} {b}: {result.value}'


def keepdims(dims, axes):
    return tuple(1 if i in axes else d for i, d in enumerate(dims))


def reduction(op):
    def test(k, rng):
        name = str(rng.choice(arrays.ALL))
        dims = arrays.shape(rng, empty=op not in ('max', 'min', 'argmax', 'argmin'))
        axes = tuple(i for i in range(len(dims)) if rng.integers(2))
        special = op not in ('sum', 'mean', 'prod', 'norm1', 'norm2') or rng.integers(4) == 0
        a = arrays.strided(rng, name, dims, special=special,
                           scale=1.0 if op == 'prod' else 10.0)
        small = keepdims(dims, axes)
        result, want, room = expected(op, name, a, axes)
        out = arrays.output(rng, result, small)
        k.call('ndk_reduce', REDUCE.index(op), out, a, sum(1 << i for i in axes), Scratch)
        problem = arrays.difference(out, np.asarray(want, DTYPES[result]).reshape(small), **room)
        return problem and f'{name} {dims} over {axes}, strides {a.strides}: {problem}'
    return test


def expected(op, name, a, axes):
    """The result's type, NumPy's result, and how far off is allowed."""
    real = name in arrays.FLOATS
    wide = a.astype(np.float64)
    result = name if real else 'f64'
    size = float(np.abs(np.nan_to_num(wide, posinf=0, neginf=0)).sum()) if a.size else 0
    room = {'ulp': 3, 'absolute': {'f16': 1e-3, 'f32': 2e-7, 'f64': 1e-15}[result] * size}
    if op in ('sum', 'prod') and not real:
        return 'i64', getattr(np, op)(a, axis=axes, dtype=np.int64), {}
    if op == 'sum':
        return result, wide.sum(axis=axes), room
    if op == 'mean':
        return result, wide.mean(axis=axes), room
    if op == 'prod':
        return result, wide.prod(axis=axes), {'ulp': 3, 'relative': 1e-13}
    if op in ('max', 'min'):
        return name, getattr(np, op)(a, axis=axes), {}
    if op in ('all', 'any'):
        return 'bool', getattr(np, op)(a, axis=axes), {}
    if op in ('argmax', 'argmin'):
        kept = [i for i in range(a.ndim) if i not in axes]
        each = int(np.prod([a.shape[i] for i in axes], dtype=int))
        flat = a.transpose(kept + list(axes)).reshape([a.shape[i] for i in kept] + [each])
        return 'i64', getattr(np, op)(flat, axis=-1), {}
    if op == 'norm1':
        return result, np.abs(wide).sum(axis=axes), room
    if op == 'norm2':
        return result, np.sqrt(np.square(wide).sum(axis=axes)), {'ulp': 3, 'relative': 1e-13}
    if op == 'norminf':
        return result, np.abs(wide).max(axis=axes, initial=0), {}
    kept = [i for i in range(a.ndim) if i not in axes]
    each = int(np.prod([a.shape[i] for i in axes], dtype=int))
    flat = wide.transpose(kept + list(axes)).reshape([a.shape[i] for i in kept] + [each])
    return result, np.median(flat, axis=-1), {'ulp': 1}


def test_cumsum(k, rng):
    name = str(rng.choice(arrays.ALL))
    dims = arrays.shape(rng) or (5,)
    axis = arrays.axis_of(rng, dims)
    a = arrays.strided(rng, name, dims, special=bool(rng.integers(2)))
    result = name if name in arrays.FLOATS else 'i64'
    out = arrays.output(rng, result, dims)
    k.call('ndk_cumsum', out, a, axis)
    wide = a.astype(np.float64 if name in arrays.FLOATS else np.int64)
    size = float(np.abs(np.nan_to_num(wide, posinf=0, neginf=0)).sum())
    return arrays.difference(out, wide.cumsum(axis=axis).astype(DTYPES[result]), ulp=2,
                             absolute=size * 1e-14)


def test_matmul(k, rng):
    name = str(rng.choice(arrays.ALL))
    batch = tuple(rng.integers(1, 4, rng.integers(0, 3)))
    m, n, inner = (int(x) for x in rng.integers(0 if rng.integers(9) == 0 else 1, 20, 3))
    if rng.integers(6) == 0:
        n = 1
    if rng.integers(6) == 0:
        m = 1
    a = arrays.strided(rng, name, batch + (m, inner), special=False)
    b = arrays.strided(rng, name, ((1,) * len(batch) if rng.integers(2) else batch) + (inner, n),
                       special=False)
    b = broadcast(b, batch + (inner, n))
    out = arrays.output(rng, name, batch + (m, n))
    k.call('ndk_matmul', out, a, b, Scratch)
    if name in arrays.FLOATS:
        want = np.matmul(a.astype(np.float64), b.astype(np.float64)).astype(DTYPES[name])
    else:
        want = np.matmul(a, b)
    size = float(np.abs(a.astype(np.float64)).max(initial=0) *
                 np.abs(b.astype(np.float64)).max(initial=0) * inner)
    room = {'f16': 1e-3, 'f32': 1e-6, 'f64': 1e-14}.get(name, 0) * size
    problem = arrays.difference(out, want, ulp=2, absolute=room)
    return problem and f'{name} {a.shape} {a.strides} x {b.shape} {b.strides}: {problem}'


def test_dot(k, rng):
    name = str(rng.choice(arrays.FLOATS + ['i32', 'i64']))
    n = int(rng.integers(0, 300))
    a, b = (arrays.strided(rng, name, (n,), special=False) for _ in range(2))
    out = np.zeros((), DTYPES[name])
    k.call('ndk_dot', out, a, b, Scratch)
    want = np.asarray(np.dot(a.astype(np.float64), b.astype(np.float64))
                      if name in arrays.FLOATS else np.dot(a, b)).astype(DTYPES[name])
    room = {'f16': 1e-3, 'f32': 1e-6, 'f64': 1e-14}.get(name, 0) * 1e3 * (n + 1)
    return arrays.difference(out, want, ulp=2, absolute=room)


def test_softmax(k, rng):
    name = str(rng.choice(arrays.FLOATS))
    dims = arrays.shape(rng) or (4,)
    axis = arrays.axis_of(rng, dims)
    a = arrays.strided(rng, name, dims, special=False)
    logarithm = bool(rng.integers(2))
    out = arrays.output(rng, name, dims)
    k.call('ndk_softmax', out, a, axis, logarithm, Scratch)
    wide = a.astype(np.float64)
    if a.size:
        wide = wide - wide.max(axis=axis, keepdims=True)
        total = np.exp(wide).sum(axis=axis, keepdims=True)
        wide = wide - np.log(total) if logarithm else np.exp(wide) / total
    room = {'f16': 1e-3, 'f32': 1e-6, 'f64': 1e-14}[name]
    return arrays.difference(out, wide.astype(DTYPES[name]), ulp=6, relative=room, absolute=room)


def test_refusals(k, rng):
    """What must be refused, is."""
    two, three = np.zeros((2, 3)), np.zeros((3, 2))
    flags = np.zeros((2, 3), bool)
    whole = np.ones((2, 3), np.int64)
    for want, call in [
            ('bad shape', ('ndk_copy', two, three)),
            ('bad shape', ('ndk_binary', 0, two, two, three)),
            ('bad type', ('ndk_binary', 1, flags, flags, flags)),
            ('bad value', ('ndk_binary', BINARY.index('pow'), whole, whole, -whole)),
            ('bad type', ('ndk_unary', UNARY.index('exp'), whole, whole)),
            ('bad type', ('ndk_compare', 0, two, two, two, 1)),
            ('empty', ('ndk_reduce', REDUCE.index('max'), np.zeros((1,)), np.zeros((0,)), 1,
                       Scratch)),
            ('empty', ('ndk_reduce', REDUCE.index('argmin'), np.zeros((1,), np.int64),
                       np.zeros((0,)), 1, Scratch)),
            ('bad shape', ('ndk_reduce', 0, two, two, 1, Scratch)),
            ('bad type', ('ndk_reduce', REDUCE.index('mean'), whole[:, :1], whole, 2, Scratch)),
            ('bad shape', ('ndk_matmul', two, two, two, Scratch)),
            ('bad shape', ('ndk_concat', two, views([two, two]), ctypes.c_size_t(2), 0)),
            ('bad shape', ('ndk_cumsum', two, two, 2))]:
        try:
            k.call(*call)
            return f'{call[0]} was not refused'
        except Failed as e:
            if str(e) != want:
                return f'{call[0]}: {e}, not {want}'
    return None


def tests():
    cases = [('convert', 600, test_convert), ('bf16', 100, test_bf16), ('mixed', 300, test_mixed)]
    cases += [(f'binary {op}', 250, binary(op)) for op in BINARY]
    cases += [(f'unary {op}', 120, unary(op)) for op in UNARY]
    cases += [('long rows', 40, test_long_rows), ('compare', 400, test_compare), ('logical', 300, test_logical),
              ('clip', 150, test_clip), ('where', 250, test_where),
              ('allclose', 150, test_allclose)]
    cases += [(f'reduce {op}', 250, reduction(op)) for op in REDUCE]
    cases += [('cumsum', 200, test_cumsum), ('matmul', 500, test_matmul), ('dot', 100, test_dot),
              ('softmax', 200, test_softmax), ('refusals', 1, test_refusals)]
    return cases
