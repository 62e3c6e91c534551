# SPDX-License-Identifier: MIT
"""
Runs one built victim: bare, and under the shim through `leakscope run` or by
plain LD_PRELOAD, each in an empty directory of its own, and collects what it
printed, how it ended and the reports of every recording it left.
"""

import glob
import json
import os
import re
import resource
import shlex
import shutil
import subprocess

TIMEOUT = 60
library_path = None  # the end of everything's LD_LIBRARY_PATH


class RunError(Exception):
    """The run could not be made or left nothing to look at."""


class Outcome:
    """How one run of a program went."""

    def __init__(self, pid, status, stdout, stderr):
        self.pid = pid
        self.status = status   # as a shell sees it: 128+n for signal n
        self.stdout = stdout
        self.stderr = stderr
        self.text = ""   # of the text reports that plain LD_PRELOAD leaves
        self.gate = None    # the Outcome of `leakscope gate`, if it was asked for
        self.report = ""    # what `leakscope report` said, if it was asked for


class Report:
    """The JSON report of one recording."""

    def __init__(self, who, path, data):
        self.who = who     # "root", "child", "exec1", …
        self.path = path
        self.data = data


def environment(extra):
    """A small environment that is the same on every machine, plus EXTRA."""
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8",
           "HOME": extra["TMPDIR"], "VICTIM": "1"}
    env.update(extra)
    if library_path:
        env["LD_LIBRARY_PATH"] = ":".join(filter(None, (env.get("LD_LIBRARY_PATH"), library_path)))
    return env


def _no_core():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(command, env, cwd, stdin, timeout):
    """Run COMMAND to its end and of everything that holds its output."""
    process = subprocess.Popen(command, env=env, cwd=cwd, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               preexec_fn=_no_core, start_new_session=True)
    try:
        stdout, stderr = process.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        # Its own session: nobody else's processes are in the group.
        try:
            os.killpg(process.pid, 9)
        except ProcessLookupError:
            pass
        stdout, stderr = process.communicate()
        tail = (stdout + stderr).decode(errors="replace")[-400:]
        raise RunError(f"no end after {timeout} s: {shlex.join(command)}\n{tail}") from None
    status = process.returncode
    return Outcome(process.pid, 128 - status if status < 0 else status,
                   stdout.decode(errors="replace"), stderr.decode(errors="replace"))


class Executor:
    """Knows where the tools are."""

    def __init__(self, leakscope, shim, more_options=""):
        self.leakscope = leakscope
        self.shim = shim
        self.more_options = more_options   # for LEAKSCOPE_OPTIONS, of each tracked run

    def _options(self, options):
        return ":".join(filter(None, (options, self.more_options)))

    def _small_disk(self, victim, where, command):
        """COMMAND in a mount namespace where WHERE is a small file system.

        Without the right to mount, a limit on the size of files stands for it.
        """
        size = victim.get("disk")
        for unshare in (["unshare", "-m"], ["unshare", "-rm"]):
            mount = unshare + ["sh", "-c", 'mount -t tmpfs -o size="$1" none "$0" && shift && '
                               'exec "$@"', where, size]
            probe = subprocess.run(mount + ["true"], stdin=subprocess.DEVNULL,
                                   capture_output=True, check=False)
            if probe.returncode == 0:
                return mount + command
        return ["prlimit", f"--fsize={int(size.rstrip('k')) * 1024}", "--"] + command

    def _words(self, victim, key, places):
        text = victim.get(key)
        for name, value in places.items():
            text = text.replace("{" + name + "}", value)
        return shlex.split(text)

    def _prepare(self, victim, program, work, kind):
        cwd = os.path.join(work, kind)
        shutil.rmtree(cwd, ignore_errors=True)
        os.makedirs(cwd)
        places = {"build": os.path.dirname(program), "dir": cwd, "program": program,
                  "shim": self.shim or "", "leakscope": self.leakscope or "",
                  "rec": os.path.join(work, "rec")}
        if victim.get("setuid") == "yes":
            program = self._setuid(program, cwd)
        command = self._words(victim, "wrap", places) + [program]
        command += self._words(victim, "run", places)
        env = {"TMPDIR": os.path.join(work, "tmp")}
        os.makedirs(env["TMPDIR"], exist_ok=True)
        for name, value in victim.env.items():
            for place, text in places.items():
                value = value.replace("{" + place + "}", text)
            env[name] = value
        stdin = json.loads(victim.get("stdin", '""')).encode()
        return cwd, command, environment(env), stdin, places

    @staticmethod
    def _setuid(program, cwd):
        """A copy of PROGRAM that runs as somebody else; without the right to make one,
        Debian's own su, which ends at once when it is not asked by a terminal."""
        if os.geteuid() != 0:
            return shutil.which("su", path="/bin:/usr/bin")
        copy = os.path.join(cwd, os.path.basename(program))
        shutil.copyfile(program, copy)
        os.chown(copy, 65534, 65534)
        os.chmod(copy, 0o4755)
        return copy

    def bare(self, victim, program, work):
        cwd, command, env, stdin, _ = self._prepare(victim, program, work, "bare")
        return run(command, env, cwd, stdin, int(victim.get("timeout", TIMEOUT)))

    def tracked(self, victim, program, work, whole):
        """
        Returns (Outcome, [Report]), the root's report first if there is one.  WHOLE: with the
        report that `run` writes and with the gate, which of the same figures make the
        same for every build of a victim.
        """
        outcome, reports = self._tracked(victim, program, work, whole)
        for report in reports:
            if report.who == "root":
                self._commands(victim, report.path, program, work, whole, outcome)
        if whole and victim.get("gate") and not outcome.gate:
            raise RunError("the program left no recording for the gate")
        return outcome, reports

    def _commands(self, victim, recording, program, work, whole, outcome):
        """What the other commands say of the recording of the program itself."""
        env = environment({"TMPDIR": work})
        if whole and victim.get("gate"):
            outcome.gate = run([self.leakscope, "gate", recording], env, work, b"", TIMEOUT)
        if "report" in victim.single:
            words = self._words(victim, "report", {"build": os.path.dirname(program)})
            result = run([self.leakscope, "report", *words, recording], env, work, b"", TIMEOUT)
            if result.status != 0:
                raise RunError(f"`leakscope report {shlex.join(words)}` ended with "
                               f"{result.status}: {result.stderr.strip()}")
            outcome.report = result.stdout

    def _tracked(self, victim, program, work, whole):
        cwd, command, env, stdin, places = self._prepare(victim, program, work, "tracked")
        recordings = places["rec"]
        if victim.get("mode") == "preload":
            return self._preload(victim, program, command, env, cwd, stdin, recordings)
        shutil.rmtree(recordings, ignore_errors=True)
        os.makedirs(recordings)
        target = victim.get("recording") or "{rec}/" + os.path.basename(work) + ".rec"
        target = target.replace("{rec}", recordings).replace("{dir}", cwd)
        as_json = os.path.join(work, "report.json")
        if os.path.exists(as_json):
            os.unlink(as_json)
        full = [self.leakscope, "run", "-o", target]
        if whole or victim.get("disk"):
            full += ["--report", "json:" + as_json]
        if victim.get("quiet", "yes") == "yes":
            full.append("--quiet")
        full += self._words(victim, "flags", places)
        options = self._options((victim.get("options") or "").format(**places))
        if options:
            env["LEAKSCOPE_OPTIONS"] = options
        full += ["--"] + command
        if victim.get("disk"):
            full = self._small_disk(victim, recordings, full)
        outcome = run(full, env, cwd, stdin, int(victim.get("timeout", TIMEOUT)))
        reports = []
        # All kinds; the report that was written at the end has those that count as leaks.
        if os.path.exists(target):
            reports.append(Report("root", target, self.report(target, work, victim)))
            if whole:
                self._read(as_json)
        elif victim.get("disk") and os.path.exists(as_json):
            reports.append(Report("root", target, self._read(as_json)))
        for path in sorted(glob.glob(glob.escape(target) + ".*")):
            suffix = path[len(target) + 1:]
            if re.fullmatch(r"exec\d+", suffix):
                reports.append(Report(suffix, path, self.report(path, work, victim)))
            elif re.fullmatch(r"\d+(\.exec\d+)?(\.\d+)?", suffix):
                who = "child" if ".exec" not in suffix else "childexec"
                reports.append(Report(who, path, self.report(path, work, victim)))
            else:
                raise RunError(f"a file that is no recording: {path}")
        return outcome, reports

    @staticmethod
    def clean_up(work):
        """Remove the overflow files of a run's recordings: all share one folder for them."""
        for folder in ("rec", "tracked"):
            for recording in glob.glob(os.path.join(glob.escape(work), folder, "*.rec*")):
                name = glob.escape(os.path.basename(recording))
                for path in glob.glob(f"/dev/shm/{name}.ovf*"):
                    os.unlink(path)
        for path in glob.glob("/dev/shm/" + glob.escape(os.path.basename(work)) + ".rec.ovf*"):
            os.unlink(path)  # of one that lay on a file system of its own

    def _preload(self, victim, program, command, env, cwd, stdin, recordings):
        shutil.rmtree(recordings, ignore_errors=True)
        os.makedirs(recordings)
        env["LD_PRELOAD"] = self.shim
        options = victim.get("options", "dir={rec}:report=none")
        if options != "none":
            env["LEAKSCOPE_OPTIONS"] = self._options(options.format(rec=recordings, dir=cwd))
        outcome = run(command, env, cwd, stdin, int(victim.get("timeout", TIMEOUT)))
        where = cwd if victim.get("recording") == "cwd" else recordings
        root = f"leakscope.{os.path.basename(program)}.{outcome.pid}.rec"
        reports = []
        for path in sorted(glob.glob(os.path.join(where, "leakscope.*.rec*"))):
            if path.endswith(".txt"):
                continue
            who = "root" if os.path.basename(path) == root else "child"
            if f".{outcome.pid}.rec" in path and who != "root":
                who = "exec1"
            reports.append(Report(who, path, self.report(path, os.path.dirname(cwd), victim)))
        reports.sort(key=lambda r: r.who != "root")
        for path in glob.glob(f"/dev/shm/{glob.escape(root)}.ovf*"):
            os.unlink(path)  # those of a recording that was removed too
        for path in glob.glob(os.path.join(where, "*.txt")):
            with open(path, encoding="utf-8") as text:
                outcome.text += text.read()
        return outcome, reports

    def _read(self, path):
        try:
            with open(path, encoding="utf-8") as text:
                return json.load(text)
        except (OSError, ValueError) as error:
            raise RunError(f"no JSON report at {path}: {error}") from error

    def report(self, recording, work, victim):
        """The JSON report of RECORDING, all kinds of leaks."""
        command = [self.leakscope, "report", "--format", "json", "--kinds", "all", recording]
        if victim.get("suppressions") == "none":
            command.append("--no-default-suppressions")
        result = subprocess.run(
            command,
            env=environment({"TMPDIR": work}), cwd=work, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=TIMEOUT, check=False)
        if result.returncode != 0:
            raise RunError(f"`leakscope report {recording}` ended with {result.returncode}: "
                           + result.stderr.decode(errors="replace").strip())
        try:
            return json.loads(result.stdout)
        except ValueError as error:
            raise RunError(f"`leakscope report {recording}` is no JSON: {error}") from error
