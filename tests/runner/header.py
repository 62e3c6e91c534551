# SPDX-License-Identifier: MIT
"""
Reads the header comment of a victim: how to build it, how to run it, what the
report must say.  The grammar is described in ../victims/README.md.  Relies on
nothing but the standard library; knows nothing of processes or reports.
"""

import json
import os
import re
import shlex

import cuda

DEFAULT_VARIANTS = "gcc:-O0,clang:-O2"

MARKER = re.compile(r"/\*\s*(?:LEAK|AT):(\w+)\s*\*/")
FRAME = re.compile(r"^(.+?)(?:(?<!:):(?!:)(\w+))?$")
LINE = re.compile(r"^\s*\*\s*([a-z]+)(?:@(\w+))?:\s*(.*?)\s*$")

# Keys that may appear once.
SINGLE = {"run", "stdin", "options", "flags", "mode", "wrap", "children", "images",
          "childimages", "suppressions", "quiet", "bare", "racy", "timeout", "recording", "disk", "setuid",
          "variants", "cflags", "libs", "gate", "report", "cuda"}

# What kind= of a leak may say.
KINDS = ("definite", "indirect", "possible", "reachable", "unclassified", "device")

LEAK_KEYS = {"bytes", "blocks", "scope", "kind", "memory", "outlived", "frames", "top",
             "entries", "processes", "threads", "inlined", "estimated", "orphaned",
             "reclaimed", "held_by_leak", "contexts", "streams", "devices", "label"}


class HeaderError(Exception):
    """A header that cannot be understood: the message names file and line."""


class Expectation:
    """One `expect:` line: what (leak, totals, exit, …), for whom, with which fields."""

    def __init__(self, what, who, name, fields, text):
        self.what = what
        self.who = who      # "root", "child", "exec1", …
        self.name = name    # leak name, scope path
        self.fields = fields  # key -> (operator, value)
        self.text = text


class Part:
    """A further file that is built beside the victim: a library or a program."""

    def __init__(self, output, source, cflags, libs):
        self.output = output
        self.source = source
        self.cflags = cflags
        self.libs = libs


class Victim:
    """A parsed victim."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.splitext(os.path.basename(path))[0]
        self.single = {}
        self.parts = []
        self.env = {}
        self.expectations = []
        self.markers = {}   # (file name, marker) -> line
        self.sources = {os.path.abspath(path)}

    def get(self, key, default=""):
        return self.single.get(key, default)

    def variants(self):
        """Pairs (compiler, [flags])."""
        pairs = []
        for item in self.get("variants", DEFAULT_VARIANTS).split(","):
            compiler, _, flags = item.strip().partition(":")
            pairs.append((compiler, [f for f in flags.split("+") if f]))
        return pairs

    def ways(self):
        """The ways of reaching the CUDA driver that it is built for, [] if it has no `cuda:`."""
        text = self.get("cuda")
        ways = [w.strip() for w in text.split(",")] if text else []
        if "all" in ways:
            ways += cuda.DRIVER
            ways.remove("all")
        for way in ways:
            if way not in cuda.WAYS:
                raise HeaderError(f"{self.path}: no such way to the driver: {way}")
        return ways

    def of(self, what, who="root"):
        return [e for e in self.expectations if e.what == what and e.who == who]

    def line_of(self, marker):
        """The (file, line) of MARKER, wherever it stands."""
        found = [(f, n) for (f, m), n in self.markers.items() if m == marker]
        if len(found) != 1:
            raise HeaderError(f"{self.path}: marker '{marker}' stands {len(found)} times, not once")
        return found[0]


def _fields(tokens, allowed, where):
    out = {}
    for token in tokens:
        match = re.match(r"^([a-z_.]+)(>=|<=|=|~)(.*)$", token, re.S)
        if not match:
            raise HeaderError(f"{where}: '{token}' is not key=value")
        if allowed is not None and match.group(1) not in allowed:
            raise HeaderError(f"{where}: unknown key '{match.group(1)}'")
        out[match.group(1)] = (match.group(2), match.group(3))
    return out


def _expectation(who, text, where):
    who = who or "root"
    text = text.replace("{star}", "*")  # which a C comment cannot have after a slash
    for what in ("note", "no-note", "stderr", "text", "output", "no-output"):
        if text.startswith(what + "~"):
            return Expectation(what, who, None, {"regex": ("~", text[len(what) + 1:])}, text)
    if text.startswith("stdout="):
        return Expectation("stdout", who, None, {"text": ("=", json.loads(text[7:]))}, text)
    for what in ("exit", "signal", "state"):
        if text.startswith(what + "="):
            return Expectation(what, who, None, {"value": ("=", text[len(what) + 1:])}, text)
    tokens = shlex.split(text)
    if tokens[0] in ("no-leak", "no-recording", "recording-or-none") and len(tokens) == 1:
        return Expectation(tokens[0], who, None, {}, text)
    if tokens[0] == "leak":
        fields = _fields(tokens[2:], LEAK_KEYS, where)
        for needed in ("bytes", "blocks", "frames"):
            if needed not in fields:
                raise HeaderError(f"{where}: a leak needs {needed}=")
        return Expectation("leak", who, tokens[1], fields, text)
    if tokens[0] in ("scope", "device"):
        if len(tokens) < 2:
            raise HeaderError(f"{where}: '{text}' names nothing")
        return Expectation(tokens[0], who, tokens[1], _fields(tokens[2:], None, where), text)
    if re.fullmatch(r"totals\.[a-z]+", tokens[0]):
        return Expectation("totals", who, tokens[0][7:], _fields(tokens[1:], None, where), text)
    if tokens[0] == "no-scope":
        return Expectation("no-scope", who, tokens[1], {}, text)
    if tokens[0] in ("totals", "summary", "overhead", "recording", "snapshot", "process",
                     "timeline"):
        return Expectation(tokens[0], who, None, _fields(tokens[1:], None, where), text)
    raise HeaderError(f"{where}: unknown expectation '{text}'")


def _read_markers(victim, path):
    name = os.path.basename(path)
    with open(path, encoding="utf-8") as source:
        for number, line in enumerate(source, 1):
            for marker in MARKER.findall(line):
                if (name, marker) in victim.markers:
                    raise HeaderError(f"{path}:{number}: marker '{marker}' stands twice")
                victim.markers[(name, marker)] = number


def _part(text, where):
    tokens = shlex.split(text)
    fields = _fields(tokens[1:], {"from", "cflags", "libs"}, where)
    if "from" not in fields:
        raise HeaderError(f"{where}: a part needs from=")
    return Part(tokens[0], fields["from"][1], shlex.split(fields.get("cflags", ("=", ""))[1]),
                shlex.split(fields.get("libs", ("=", ""))[1]))


def read(path):
    """Parse the victim at PATH; HeaderError says what is wrong."""
    victim = Victim(path)
    with open(path, encoding="utf-8") as source:
        lines = source.read().split("\n")
    inside = False
    for number, line in enumerate(lines, 1):
        where = f"{path}:{number}"
        if line.strip() == "/*":
            inside = True
            continue
        if inside and line.strip() == "*/":
            break
        match = LINE.match(line) if inside else None
        if not match:
            continue
        key, who, value = match.groups()
        if key == "part":
            victim.parts.append(_part(value, where))
        elif key == "env":
            name, _, text = value.partition("=")
            victim.env[name] = text
        elif key == "expect":
            victim.expectations.append(_expectation(who, value, where))
        elif key in SINGLE:
            if key in victim.single:
                raise HeaderError(f"{where}: '{key}' stands twice")
            victim.single[key] = value
        else:
            raise HeaderError(f"{where}: unknown key '{key}'")
    _read_markers(victim, path)
    for part in victim.parts:
        part_path = os.path.join(os.path.dirname(path), "parts", part.source)
        if part_path not in victim.sources:
            victim.sources.add(part_path)
            _read_markers(victim, part_path)
    if not victim.expectations:
        raise HeaderError(f"{path}: no expectation")
    if victim.get("gate", "pass") not in ("pass", "fail"):
        raise HeaderError(f"{path}: 'gate' is neither pass nor fail")
    if "report" not in victim.single and (victim.of("output") or victim.of("no-output")):
        raise HeaderError(f"{path}: 'output' needs a 'report'")
    for expectation in victim.expectations:
        if expectation.what == "leak":
            if expectation.fields.get("kind", ("=", KINDS[0])) not in [("=", k) for k in KINDS]:
                raise HeaderError(f"{path}: no such kind: {expectation.text}")
            for _, marker in frames_of(expectation):
                if marker:
                    victim.line_of(marker)
    return victim


def frames_of(expectation):
    """The (function, marker or None) pairs of a leak's frames=; % stands for a space."""
    pairs = []
    for item in expectation.fields["frames"][1].split(","):
        function, marker = FRAME.match(item).groups()
        pairs.append((function.replace("%", " "), marker))
    return pairs
