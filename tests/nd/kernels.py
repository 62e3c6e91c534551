# SPDX-License-Identifier: MIT
"""The kernels of the tensor runtime by ctypes, with NumPy's arrays as their memory."""
import ctypes
from ctypes import POINTER, byref, c_bool, c_double, c_int, c_int64, c_size_t, c_void_p

import numpy as np

TYPES = ['f32', 'f64', 'f16', 'bf16', 'i8', 'u8', 'i32', 'i64', 'bool']
DTYPES = {'f32': np.float32, 'f64': np.float64, 'f16': np.float16, 'i8': np.int8, 'u8': np.uint8,
          'i32': np.int32, 'i64': np.int64, 'bool': np.bool_, 'bf16': np.uint16}
NAMES = {np.dtype(v): k for k, v in DTYPES.items() if k != 'bf16'}
STATUS = ['ok', 'no memory', 'bad type', 'bad shape', 'bad index', 'bad value', 'empty',
          'bad format', 'unsupported', 'stopped']


class View(ctypes.Structure):
    _fields_ = [('data', c_void_p), ('type', c_int), ('ndim', c_int), ('shape', c_int64 * 8),
                ('stride', c_int64 * 8)]


class Sink(ctypes.Structure):
    WRITE = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t)
    _fields_ = [('write', WRITE), ('context', c_void_p)]


class Scratch(ctypes.Structure):
    ALLOC = ctypes.CFUNCTYPE(c_void_p, c_void_p, c_size_t)
    FREE = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)
    _fields_ = [('alloc', ALLOC), ('free', FREE), ('context', c_void_p)]


class FormatOptions(ctypes.Structure):
    _fields_ = [('precision', c_int), ('threshold', c_int64), ('edge_items', c_int64),
                ('line_width', c_int), ('separator', ctypes.c_char_p), ('indent', c_int)]


class Npy(ctypes.Structure):
    _fields_ = [('type', c_int), ('ndim', c_int), ('shape', c_int64 * 8), ('fortran', c_bool),
                ('swapped', c_bool), ('kind', ctypes.c_char), ('item_size', ctypes.c_uint8),
                ('data', c_void_p), ('data_size', c_size_t)]


class NpzEntry(ctypes.Structure):
    _fields_ = [('name', c_void_p), ('name_length', c_size_t), ('bytes', c_void_p),
                ('stored_size', c_size_t), ('size', c_size_t), ('crc', ctypes.c_uint32),
                ('method', ctypes.c_uint16)]


class Npz(ctypes.Structure):
    _fields_ = [('bytes', c_void_p), ('size', c_size_t), ('directory', c_size_t),
                ('directory_end', c_size_t), ('next', c_size_t), ('count', ctypes.c_uint64),
                ('seen', ctypes.c_uint64)]


class NpzWriter(ctypes.Structure):
    _fields_ = [('sink', Sink), ('scratch', POINTER(Scratch)), ('offset', ctypes.c_uint64),
                ('count', ctypes.c_uint64), ('directory', c_void_p), ('directory_size', c_size_t),
                ('directory_capacity', c_size_t)]


class Rng(ctypes.Structure):
    _fields_ = [('key', ctypes.c_uint64), ('stream', ctypes.c_uint64),
                ('counter', ctypes.c_uint64)]


class Failed(Exception):
    """A kernel's answer that is not NDK_OK."""


class Kernels:
    def __init__(self, path):
        self.lib = ctypes.CDLL(path)
        self.outstanding = {}
        libc = ctypes.CDLL(None)
        libc.malloc.restype = c_void_p
        libc.malloc.argtypes = [c_size_t]
        libc.free.argtypes = [c_void_p]

        def alloc(_context, size):
            block = libc.malloc(size)
            self.outstanding[block] = size
            return block

        def free(_context, block):
            del self.outstanding[block]
            libc.free(block)
        self.scratch = Scratch(Scratch.ALLOC(alloc), Scratch.FREE(free), None)
        self.lib.ndk_npy_size.restype = c_size_t

    def call(self, name, *args):
        """The kernel NAME; floats are passed as double, arrays as views. Raises Failed."""
        status = getattr(self.lib, name)(*[self.argument(a) for a in args])
        if self.outstanding:
            raise Failed(f'{name} kept {len(self.outstanding)} blocks')
        if status != 0:
            raise Failed(STATUS[status])

    def argument(self, a):
        if isinstance(a, np.ndarray):
            return byref(view(a))
        if isinstance(a, Typed):
            return byref(view(a.array, a.name))
        if isinstance(a, View):
            return byref(a)
        if isinstance(a, bool):
            return c_bool(a)
        if isinstance(a, float):
            return c_double(a)
        if isinstance(a, int):
            return c_int64(a)
        if a is Scratch:
            return byref(self.scratch)
        return a

    def text(self, a, name=None, **options):
        chosen = FormatOptions(8, 1000, 3, 75, b' ', 0)
        for key, value in options.items():
            setattr(chosen, key, value)
        parts = []

        def write(_context, data, size):
            parts.append(ctypes.string_at(data, size))
            return 0
        sink = Sink(Sink.WRITE(write), None)
        self.call('ndk_format', view(a, name), byref(chosen), byref(sink), Scratch)
        return b''.join(parts).decode()


class Typed:
    """An array whose type is not NumPy's: bf16 as uint16."""

    def __init__(self, array, name):
        self.array, self.name = array, name


def view(a, name=None):
    v = View(a.ctypes.data, TYPES.index(name or NAMES[a.dtype]), a.ndim)
    v.shape[:a.ndim] = a.shape
    v.stride[:a.ndim] = a.strides
    v.keep = a
    return v


def views(arrays):
    """A C array of views, for concat and the like."""
    result = (View * max(1, len(arrays)))()
    for i, a in enumerate(arrays):
        result[i] = view(a)
    result.keep = arrays
    return result


def to_bf16(a):
    """f32 to the nearest bf16, ties to even, as uint16."""
    bits = np.array(a, np.float32, ndmin=1).view(np.uint32).astype(np.int64)
    rounded = ((bits + 0x7fff + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    return np.where(np.isnan(a), np.uint16(0x7fc0), rounded.reshape(np.shape(a)))


def from_bf16(a):
    return np.asarray(a.astype(np.int64) << 16).astype(np.uint32).view(np.float32)
