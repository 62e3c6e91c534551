# SPDX-License-Identifier: MIT
"""
The ways by which a victim can reach the CUDA driver, which is the simulated one in
every case: what to compile, to link and to set for each.  Ways that need NVIDIA's
runtime or compiler exist only where those are installed.
"""

import copy
import os
import sys

# The victim resolves the driver's functions itself, as cuda_way.h does.
PLAIN = ("linked", "dlsym", "procaddress", "procaddress1", "replay")
# The driver's functions through the real runtime's cudaGetDriverEntryPointByVersion.
CUDART = ("cudart", "cudart_static")
# The runtime's own functions: compiled by gcc, or by nvcc.
RUNTIME = ("runtime", "runtime_static", "nvcc", "nvcc_shared")


class Cuda:
    """Where the simulated driver is, and NVIDIA's toolkit if there is one."""

    def __init__(self, driver, include, toolkit):
        self.driver = driver and os.path.abspath(driver)
        self.include = include and os.path.abspath(include)
        self.toolkit = toolkit and os.path.abspath(toolkit)

    def path(self, *names):
        """The path of NAMES in the toolkit, None if it is not there."""
        path = self.toolkit and os.path.join(self.toolkit, *names)
        return path if path and os.path.exists(path) else None

    def nvcc(self):
        return self.path("bin", "nvcc")

    def available(self, way):
        if not self.driver:
            sys.exit("victims.py: --simcuda is needed for victims with `cuda:`")
        if way in ("cudart", "runtime", "nvcc_shared"):
            library = self.path("lib64", "libcudart.so")
        elif way in ("cudart_static", "runtime_static", "nvcc"):
            library = self.path("lib64", "libcudart_static.a")
        else:
            return True
        if way.startswith("nvcc"):
            return bool(library and self.nvcc())
        return bool(library and self.path("include", "cuda_runtime_api.h"))

    def apply(self, victim, way):
        """A copy of VICTIM made for WAY, and the flags that name the way."""
        made = copy.copy(victim)
        made.single = dict(victim.single)
        made.env = dict(victim.env)
        folders = [self.driver]
        cflags, libs = [f"-I{self.include}"], ["-ldl", "-lpthread"]
        if way == "linked":
            libs.append(os.path.join(self.driver, "libcuda.so.1"))
        elif way in CUDART + RUNTIME:
            cflags += ["-isystem", self.path("include")]
            if way in ("cudart", "runtime", "nvcc_shared"):
                folders.append(self.path("lib64"))
            if way in ("cudart", "runtime"):
                libs.append(self.path("lib64", "libcudart.so"))
            elif way in ("cudart_static", "runtime_static"):
                libs += [self.path("lib64", "libcudart_static.a"), "-lrt"]
            else:
                cflags += ["-cudart", "static" if way == "nvcc" else "shared"]
        made.single["cflags"] = " ".join([victim.get("cflags")] + cflags)
        made.parts = [copy.copy(part) for part in victim.parts]
        for part in made.parts:
            part.cflags = part.cflags + [f"-I{self.include}"]
        made.single["libs"] = " ".join([victim.get("libs")] + libs)
        made.env.setdefault("LD_LIBRARY_PATH", ":".join(folders))
        return made, [f"-DWAY_{way.upper()}=1"]
