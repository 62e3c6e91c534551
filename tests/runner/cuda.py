# SPDX-License-Identifier: MIT
"""
The ways by which a victim can reach the CUDA driver: what to compile, to link and to set
for each.  The driver is the simulated one but for scripts/gpu-check, which runs the same
programs with the machine's own.

NVIDIA's own runtime library works with NVIDIA's own driver only: the simulated one's
stand-in for it (replay_cudart) takes its place, and makes the same calls. What the
real one does before it gives up is seen by the ways `real` and `real_static`; those
and `nvcc` exist only where NVIDIA's toolkit is installed.
"""

import copy
import os
import sys

# The victim resolves the driver's functions itself, as cuda_way.h does: cudart by
# cudaGetDriverEntryPointByVersion of the stand-in.
DRIVER = ("linked", "dlsym", "procaddress", "procaddress1", "replay", "cudart", "cudart_static")
# The runtime's own functions, of the stand-in, and those of NVIDIA's.
RUNTIME = ("runtime", "runtime_static", "nvcc", "nvcc_static", "real", "real_static")
WAYS = DRIVER + RUNTIME


class Cuda:
    """Where the simulated driver is, and NVIDIA's toolkit if there is one."""

    def __init__(self, driver, include, toolkit, real=False):
        self.driver = driver and os.path.abspath(driver)
        self.real = real
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
        if way.startswith("nvcc"):
            return self.nvcc() is not None
        if way.startswith("real"):
            if self.real:
                return False  # how NVIDIA's runtime gives up is about the simulated driver
            library = "libcudart.so" if way == "real" else "libcudart_static.a"
            return self.path("lib64", library) is not None \
                and self.path("include", "cuda_runtime_api.h") is not None
        return True

    def apply(self, victim, way):
        """A copy of VICTIM made for WAY, and the flags that name the way."""
        made = copy.copy(victim)
        made.single = dict(victim.single)
        made.env = dict(victim.env)
        folders = [] if self.real else [self.driver]
        cflags, libs = [f"-I{self.include}"], []
        if way == "linked":
            libs.append(os.path.join(self.driver, "libcuda.so.1"))
        elif way in ("cudart", "runtime", "nvcc"):
            libs.append(os.path.join(self.driver, "libreplay_cudart.so"))
        elif way in ("cudart_static", "runtime_static", "nvcc_static"):
            libs.append(os.path.join(self.driver, "libreplay_cudart.a"))
        elif way.startswith("real"):
            cflags += ["-isystem", self.path("include")]
            libs.append(self.path("lib64", "libcudart.so" if way == "real"
                                  else "libcudart_static.a"))
            folders.append(self.path("lib64"))
        if way.startswith("nvcc"):
            cflags += ["-cudart", "none"]
        made.single["cflags"] = " ".join([victim.get("cflags")] + cflags)
        made.parts = [copy.copy(part) for part in victim.parts]
        for part in made.parts:
            part.cflags = part.cflags + [f"-I{self.include}"]
        made.single["libs"] = " ".join([victim.get("libs")] + libs + ["-lpthread", "-ldl", "-lrt"])
        if not self.real:
            made.env.setdefault("LD_LIBRARY_PATH", ":".join(folders))
        return made, [f"-DWAY_{way.upper()}=1"]
