# SPDX-License-Identifier: MIT
"""
Compiles victims and their parts, and leaves those that are up to date alone.
Relies on gcc and clang being on the PATH.
"""

import glob
import os
import shlex
import subprocess

COMMON = ["-g", "-Wall", "-Wextra", "-Werror"]


class BuildError(Exception):
    """The compiler said no: the message is its output."""


def variant_name(compiler, flags):
    return " ".join([compiler] + flags)


class Builder:
    """Builds into CACHE, with INCLUDE directories on the search path and FLAGS for all."""

    def __init__(self, cache, includes, flags=()):
        self.cache = cache
        self.includes = includes
        self.flags = list(flags)

    def directory(self, victim, compiler, flags):
        name = variant_name(compiler, flags).replace(" ", "").replace("/", "_")
        return os.path.join(self.cache, name, victim.name)

    def _command(self, source, output, compiler, flags, cflags, libs):
        cxx = source.endswith((".cc", ".cpp"))
        driver = {"gcc": "g++", "clang": "clang++"}[compiler] if cxx else compiler
        standard = "-std=gnu++17" if cxx else "-std=gnu11"
        command = [driver, standard] + COMMON + self.flags + flags
        command += [f"-I{d}" for d in self.includes]
        if output.endswith(".so"):
            command += ["-fPIC", "-shared"]
        return command + cflags + [source, "-o", output] + libs

    def _compile(self, source, output, command, dependencies):
        stamp = output + ".cmd"
        text = shlex.join(command)
        try:
            with open(stamp, encoding="utf-8") as old:
                same = old.read() == text
            built = os.stat(output).st_mtime_ns
            if same and all(os.stat(d).st_mtime_ns < built for d in dependencies):
                return
        except FileNotFoundError:
            pass
        result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, check=False)
        if result.returncode != 0:
            raise BuildError(f"{text}\n{result.stdout.decode(errors='replace')}")
        with open(stamp, "w", encoding="utf-8") as new:
            new.write(text)

    def build(self, victim, compiler, flags):
        """Build VICTIM and return the path of its program."""
        directory = self.directory(victim, compiler, flags)
        here = os.path.dirname(victim.path)
        headers = glob.glob(os.path.join(glob.escape(here), "*.h"))
        for include in self.includes:
            candidate = os.path.join(include, "leakscope", "leakscope.h")
            if os.path.exists(candidate):
                headers.append(candidate)

        def expand(words):
            return [w.replace("{build}", directory) for w in words]

        for part in victim.parts:
            source = os.path.join(here, "parts", part.source)
            output = os.path.join(directory, part.output)
            os.makedirs(os.path.dirname(output), exist_ok=True)
            command = self._command(source, output, compiler, flags, expand(part.cflags),
                                    expand(part.libs))
            self._compile(source, output, command, [source] + headers)
        os.makedirs(directory, exist_ok=True)
        program = os.path.join(directory, victim.name)
        libs = expand(shlex.split(victim.get("libs")))
        command = self._command(victim.path, program, compiler, flags,
                                expand(shlex.split(victim.get("cflags"))), libs)
        self._compile(victim.path, program, command, [victim.path] + headers)
        return program
