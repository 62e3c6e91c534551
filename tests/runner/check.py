# SPDX-License-Identifier: MIT
"""
Compares what a run left with what its victim's header expects, and collects
every difference as one line of text.  Pure: touches no file and no process.
"""

import os
import re

import header

# What an expectation that says nothing of the kind accepts.
HOST_KINDS = ("definite", "indirect", "possible", "reachable", "unclassified")


def function_name(text):
    """A demangled name without arguments and without the compiler's clone marks."""
    if text is None:
        return None
    text = re.sub(r"\s*\[clone [^\]]*\]", "", text)
    text = re.sub(r"\.(constprop|isra|part|cold|lto_priv)(\.\d+)?", "", text)
    depth = 0
    for index, char in enumerate(text):
        if char == "<":
            depth += 1
        elif char == ">":
            depth -= 1
        elif char == "(" and depth == 0 and index > 0 and not text[:index].endswith("operator"):
            if text[index:].startswith("(anonymous namespace)"):
                continue
            return text[:index]
    return text


def compare(actual, operator, expected):
    """Does ACTUAL stand in OPERATOR's relation to the text EXPECTED?"""
    if expected == "any":
        return True
    if operator == "~":
        return re.search(expected, str(actual)) is not None
    if isinstance(actual, bool):
        return operator == "=" and ("yes" if actual else "no") == expected
    if isinstance(actual, (int, float)):
        try:
            number = float(expected)
        except ValueError:
            return False
        return {"=": actual == number, ">=": actual >= number, "<=": actual <= number}[operator]
    return operator == "=" and str(actual) == expected


def flat(data):
    """DATA with the fields of the objects in it beside its own, as `object.field`."""
    out = {}
    for key, value in data.items():
        out[key] = value
        if isinstance(value, dict):
            out.update({f"{key}.{k}": v for k, v in flat(value).items()})
    return out


def but_for_kind(leak):
    """What two entries share that differ by their kind only."""
    frames = tuple(tuple(sorted((k, str(v)) for k, v in f.items())) for f in leak["frames"])
    return frames, leak["scope"], leak["memory"], leak.get("outlived")


def reclaimed(leaks):
    """Whether the driver has taken the blocks of LEAKS back with their contexts."""
    gone = sum(k.get("reclaimed_blocks", 0) for k in leaks)
    return "no" if not gone else "yes" if gone == sum(k["blocks"] for k in leaks) else "some"


def show_frames(leak, count=6):
    parts = []
    for frame in leak["frames"][:count]:
        name = function_name(frame["function"]) or "?"
        place = os.path.basename(frame["file"] or frame["module"] or "?")
        parts.append(f"{name}@{place}:{frame['line'] or '-'}" + ("i" if frame["inlined"] else ""))
    return " < ".join(parts)


def show_leak(leak):
    return (f"{leak['bytes']} B in {leak['blocks']} blocks, {leak['kind']}, scope "
            f"{leak['scope']}, outlived {leak.get('outlived')}: {show_frames(leak)}")


def compared_backtraces(data):
    """How many backtraces verify_unwind=1 has compared."""
    found = [re.search(r"unwinder differ from libunwind's, of (\d+) compared", note["text"])
             for note in data["notes"]]
    return sum(int(m.group(1)) for m in found if m)


class Checker:
    """Checks one run of one victim."""

    def __init__(self, victim, validator):
        self.victim = victim
        self.validator = validator
        self.problems = []

    def problem(self, text):
        self.problems.append(text)

    # -- leaks ------------------------------------------------------------

    def own_frames(self, leak):
        """The frames of LEAK that lie in the victim's own sources, outermost last."""
        own = []
        for frame in leak["frames"]:
            # By the whole path: libc has a memstream.c of its own.
            if frame["file"] and os.path.normpath(frame["file"]) in self.victim.sources:
                own.append(frame)
        return own

    def frames_match(self, expectation, leak):
        own = self.own_frames(leak)
        pairs = header.frames_of(expectation)
        if len(own) < len(pairs):
            return False
        for (function, marker), frame in zip(pairs, own):
            name = function_name(frame["function"]) or "?"
            if function.startswith("~"):
                if not re.search(function[1:], frame["function"] or "?"):
                    return False
            elif name != function:
                return False
            if marker:
                name, line = self.victim.line_of(marker)
                if frame["line"] != line or os.path.basename(frame["file"]) != name:
                    return False
        return True

    @staticmethod
    def kind_matches(expectation, leak):
        """Without `kind=` any kind of host memory will do."""
        memory = expectation.fields.get("memory", ("=", "host"))[1]
        if "kind" in expectation.fields:
            return compare(leak["kind"], *expectation.fields["kind"])
        return memory != "host" or leak["kind"] in HOST_KINDS

    def leak_matches(self, expectation, leak):
        """Is LEAK one of those that EXPECTATION names (whatever its amounts and kind)?"""
        if not self.frames_match(expectation, leak):
            return False
        scope = expectation.fields.get("scope", ("=", "/"))
        if not compare(leak["scope"], *scope):
            return False
        top = expectation.fields.get("top")
        first = function_name(leak["frames"][0]["function"]) or "?"
        if top and not re.fullmatch(top[1].replace("%", " "), first):
            return False
        if not top:
            own = self.own_frames(leak)
            if leak["frames"][0] is not own[0]:
                return False
        memory = expectation.fields.get("memory", ("=", "host"))
        return compare(leak["memory"], *memory)

    @staticmethod
    def of_the_loader(leak):
        """Is it the dynamic loader's own: thread vectors, maps of loaded libraries?"""
        return os.path.basename(leak["frames"][0]["module"] or "").startswith("ld-linux")

    def check_leak(self, expectation, reports):
        wanted = expectation.fields
        found_in = 0
        others = []
        for report in reports:
            alike = [k for k in report.data["leaks"] if self.leak_matches(expectation, k)]
            found = [k for k in alike if self.kind_matches(expectation, k)]
            if not found:
                others += alike
                continue
            found_in += 1
            where = f"leak {expectation.name} ({report.who})"
            for leak in found:
                leak["_expected"] = True
            scope = wanted.get("scope", ("=", "/"))[1]
            figures = {
                "bytes": sum(k["bytes"] for k in found),
                "blocks": sum(k["blocks"] for k in found),
                "entries": len({but_for_kind(k) for k in found}),
                "threads": len({t for k in found for t in k["threads"]}),
                "estimated": all(k["estimated"] for k in found),
                "orphaned": any(k.get("orphaned", False) for k in found),
                "reclaimed": reclaimed(found),
                "held_by_leak": any(k.get("held_by_leak", False) for k in found),
                "contexts": sum(k.get("cuda_contexts", 0) for k in found),
                "streams": sum(k.get("streams", 0) for k in found),
                "devices": ",".join(sorted({str(d["index"]) for k in found
                                            for d in k.get("devices", [])})),
                "label": ",".join(sorted({k["label"] for k in found if "label" in k})),
                "inlined": any(f["inlined"] for k in found for f in self.own_frames(k)),
            }
            defaults = {"estimated": ("=", "no"), "entries": ("=", "1"),
                        "outlived": ("=", "no" if scope == "/" else "yes")}
            for key, (operator, value) in {**defaults, **wanted}.items():
                if key in figures and not compare(figures[key], operator, value):
                    self.problem(f"{where}: {key} is {figures[key]}, not {operator}{value}: "
                                 + show_leak(found[0]))
                if key == "outlived":
                    for leak in found:
                        if not compare(leak.get(key), operator, value):
                            self.problem(f"{where}: {key} is {leak.get(key)}, not {value}")
        processes = int(wanted.get("processes", ("=", "1"))[1])
        if found_in != processes:
            self.problem(f"`{expectation.text}`: found in {found_in} of the "
                         f"{len(reports)} reports, not in {processes}"
                         + "".join(f"; there is {show_leak(k)}" for k in others[:3]))

    def check_leaks(self, reports):
        by_who = {}
        for report in reports:
            by_who.setdefault(report.who, []).append(report)
        for expectation in self.victim.expectations:
            if expectation.what == "leak":
                self.check_leak(expectation, by_who.get(expectation.who, []))
        for report in reports:
            for leak in report.data["leaks"]:
                if self.own_frames(leak) and not leak.get("_expected") \
                        and not self.of_the_loader(leak):
                    # Blocks of an image that was replaced are nobody's leaks, but the
                    # report still lists them if it is asked for all kinds.
                    if report.data["process"]["state"] == "exec":
                        continue
                    self.problem(f"unexpected ({report.who}): {show_leak(leak)}")

    # -- one report -------------------------------------------------------

    def check_consistency(self, report):
        data = report.data
        for error in list(self.validator.iter_errors(data))[:3] if self.validator else []:
            where = "/".join(str(p) for p in error.absolute_path)
            self.problem(f"{report.who}: schema: {where}: {error.message[:300]}")
        host = data["totals"]["host"]
        # Threads that run on while the process ends are each in at most one call.
        racy = int(self.victim.get("racy", "0"))
        if any(k["estimated"] for k in data["leaks"]):
            racy = host["allocations"] // 10  # nor do estimates agree to the last block
        if abs(host["allocations"] - host["frees"] - host["live_blocks"]) > racy:
            self.problem(f"{report.who}: totals do not add up: {host}")
        if host["peak_bytes"] < host["live_bytes"]:
            self.problem(f"{report.who}: peak below live: {host}")
        # Whatever is listed is counted, and nothing twice.
        if data["process"]["state"] != "exec":
            listed = [sum(k[key] for k in data["leaks"]) for key in ("bytes", "blocks")]
            summary = data["summary"]
            if listed != [summary["leaked_bytes"], summary["leaked_blocks"]]:
                self.problem(f"{report.who}: leaks sum to {listed}, the summary says "
                             f"{summary['leaked_bytes']}, {summary['leaked_blocks']}")
            own = [sum(k[key] for k in data["leaks"] if k["memory"] == "host")
                   for key in ("bytes", "blocks")]
            gone = [summary["suppressed_bytes"], summary["suppressed_blocks"]]
            live = [host["live_bytes"] - gone[0], host["live_blocks"] - gone[1]]
            if own != live and not racy:
                self.problem(f"{report.who}: host leaks sum to {own}, live is {live}")
        for memory, total in data["totals"].items():
            if memory == "host" or data["process"]["state"] == "exec":
                continue
            own = [sum(k[key] for k in data["leaks"] if k["memory"] == memory)
                   for key in ("bytes", "blocks")]
            live = [total["live_bytes"], total["live_blocks"]]
            # What the runtime keeps for itself is suppressed.
            if own != live and not (data["summary"]["suppressed_blocks"] and own <= live):
                self.problem(f"{report.who}: leaks of {memory} memory sum to {own}, live is {live}")
            if total["allocations"] - total["frees"] != total["live_blocks"]:
                self.problem(f"{report.who}: totals of {memory} do not add up: {total}")
        for leak in data["leaks"]:
            for frame in leak["frames"]:
                if os.path.basename(frame["module"] or "").startswith("libleakscope.so"):
                    self.problem(f"{report.who}: a frame of the shim: {show_leak(leak)}")
                    break
        wanted = [e for e in self.victim.expectations if e.what == "note"]
        for note in data["notes"]:
            if note["level"] != "info" and not any(
                    re.search(e.fields["regex"][1], note["text"]) for e in wanted):
                self.problem(f"{report.who}: a {note['level']} that nobody expected: "
                             f"{note['text']}")

    def check_fields(self, expectation, actual, where):
        for key, (operator, value) in expectation.fields.items():
            if key not in actual:
                self.problem(f"{where}: no field {key}")
            elif not compare(actual[key], operator, value):
                self.problem(f"{where}: {key} is {actual[key]}, not {operator}{value}")

    def check_report(self, expectation, report):
        data = report.data
        what = expectation.what
        if what == "totals":
            memory = expectation.name or "host"
            # Kinds that there was nothing of are left out.
            nothing = dict.fromkeys(data["totals"]["host"], 0)
            self.check_fields(expectation, data["totals"].get(memory, nothing),
                              f"totals of {memory} ({report.who})")
        elif what == "device":
            found = [d for d in data.get("devices", [])
                     if str(d["index"]) == expectation.name]
            if len(found) != 1:
                self.problem(f"device {expectation.name} stands {len(found)} times")
            else:
                self.check_fields(expectation, flat(found[0]), f"device {expectation.name}")
        elif what == "overhead":
            self.check_fields(expectation, data["overhead"], f"overhead ({report.who})")
        elif what == "summary":
            summary = {**data["summary"], **flat(data["summary"]["by_kind"])}
            self.check_fields(expectation, summary, f"summary ({report.who})")
        elif what == "process":
            process = dict(data["process"])
            process["cmdline"] = " ".join(process["cmdline"])
            self.check_fields(expectation, process, f"process ({report.who})")
        elif what == "state" and data["process"]["state"] != expectation.fields["value"][1]:
            self.problem(f"state ({report.who}) is {data['process']['state']}")
        elif what == "scope":
            found = [s for s in data["scopes"] if s["path"] == expectation.name]
            if len(found) != 1:
                paths = ", ".join(s["path"] for s in data["scopes"][:20])
                self.problem(f"scope {expectation.name} stands {len(found)} times ({paths})")
            else:
                self.check_fields(expectation, found[0], f"scope {expectation.name}")
        elif what == "no-scope":
            if any(s["path"] == expectation.name for s in data["scopes"]):
                self.problem(f"there is a scope {expectation.name}")
        elif what == "snapshot":
            label = expectation.fields["label"][1]
            found = [s for s in data["snapshots"] if s["label"] == label]
            if len(found) != 1:
                self.problem(f"snapshot {label} stands {len(found)} times")
            else:
                self.check_fields(expectation, flat(found[0]), f"snapshot {label}")
        elif what == "timeline":
            samples = data["timeline"]
            most = {key: max(s[key] for s in samples) for key in (samples[0] if samples else ())}
            self.check_fields(expectation, most, f"timeline ({report.who})")
        elif what in ("note", "no-note"):
            regex = expectation.fields["regex"][1]
            some = any(re.search(regex, n["text"]) for n in data["notes"])
            if some != (what == "note"):
                texts = "; ".join(n["text"] for n in data["notes"]) or "none"
                self.problem(f"notes ({report.who}): `{expectation.text}`, but there is: {texts}")
        elif what == "recording":
            size = {"bytes": os.path.getsize(report.path),
                    "disk": os.stat(report.path).st_blocks * 512}
            self.check_fields(expectation, size, f"recording ({report.who})")

    # -- the whole run ----------------------------------------------------

    def check_ends(self, bare, tracked):
        victim = self.victim
        if victim.get("bare", "same") == "same":
            for name in ("status", "stdout", "stderr"):
                before, after = getattr(bare, name), getattr(tracked, name)
                loud = name == "stderr" and (victim.get("quiet") == "no" or victim.of("stderr"))
                if before != after and not loud:
                    self.problem(f"{name} differs: bare {before!r:.300}, tracked {after!r:.300}")
        status = 0
        for expectation in victim.of("exit"):
            status = int(expectation.fields["value"][1])
        for expectation in victim.of("signal"):
            status = 128 + int(expectation.fields["value"][1])
        for name, outcome in (("bare", bare), ("tracked", tracked)):
            if outcome.status != status and not (
                    name == "bare" and victim.get("bare") == "differs"):
                self.problem(f"{name}: status {outcome.status}, not {status}: "
                             f"{(outcome.stdout + outcome.stderr)[-600:]!r}")
        for expectation in victim.of("stdout"):
            if tracked.stdout != expectation.fields["text"][1]:
                self.problem(f"stdout is {tracked.stdout!r:.300}")
        for expectation in victim.of("stderr"):
            if not re.search(expectation.fields["regex"][1], tracked.stderr):
                self.problem(f"`{expectation.text}`, but stderr is {tracked.stderr!r:.600}")

        for expectation in victim.of("text"):
            if not re.search(expectation.fields["regex"][1], tracked.text):
                self.problem(f"`{expectation.text}`, but the text report is {tracked.text!r:.900}")

    def check_commands(self, outcome):
        """What `gate` and `report` said of the recording."""
        wanted = 0 if self.victim.get("gate") == "pass" else 1
        if outcome.gate and outcome.gate.status != wanted:
            self.problem(f"the gate ends with {outcome.gate.status}, not {wanted}: "
                         f"{outcome.gate.stdout + outcome.gate.stderr:.900}")
        for expectation in self.victim.of("output") + self.victim.of("no-output"):
            some = re.search(expectation.fields["regex"][1], outcome.report) is not None
            if some != (expectation.what == "output"):
                self.problem(f"`{expectation.text}`, but the report is: {outcome.report:.2000}")

    def check_process(self, report, outcome):
        process = report.data["process"]
        if self.victim.of("state") or self.victim.get("bare") == "differs":
            return
        if self.victim.of("signal"):
            number = int(self.victim.of("signal")[0].fields["value"][1])
            if process["state"] != "signalled" or process["signal"] != number:
                self.problem(f"root: state {process['state']}, signal {process['signal']}, "
                             f"not signalled by {number}")
        elif process["state"] != "exited" or process["exit_code"] != outcome.status:
            self.problem(f"root: state {process['state']}, exit code {process['exit_code']}, "
                         f"not exited with {outcome.status}")

    def check(self, bare, tracked, reports):
        victim = self.victim
        self.check_ends(bare, tracked)
        count = {}
        for report in reports:
            kind = re.sub(r"\d+$", "", report.who)
            count[kind] = count.get(kind, 0) + 1
        if victim.of("no-recording"):
            if reports:
                self.problem(f"there are recordings: {[r.path for r in reports]}")
            return self.problems
        if not count.get("root") and victim.of("recording-or-none"):
            return self.problems
        if not count.get("root"):
            self.problem("no recording of the program")
            return self.problems
        for kind, key in (("child", "children"), ("exec", "images"), ("childexec", "childimages")):
            wanted = victim.get(key, "0")
            if wanted != "any" and count.get(kind, 0) != int(wanted):
                self.problem(f"{count.get(kind, 0)} recordings of {key}, not {wanted}: "
                             + ", ".join(os.path.basename(r.path) for r in reports))
        for report in reports:
            self.check_consistency(report)
            if report.who == "root":
                self.check_process(report, tracked)
        self.check_leaks(reports)
        self.check_commands(tracked)
        for expectation in victim.expectations:
            if expectation.what in ("leak", "exit", "signal", "stdout", "stderr", "no-leak",
                                    "text", "output", "no-output", "recording-or-none"):
                continue
            matching = [r for r in reports if r.who == expectation.who]
            if not matching:
                self.problem(f"`{expectation.text}`: no report of {expectation.who}")
            for report in matching:
                self.check_report(expectation, report)
        return self.problems
