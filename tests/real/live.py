#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Servers at work, and snapshots of them: no false leak, nothing that piles up.

usage: live.py PROGRAM…       (redis, node, nginx, java)

A server runs under leakscope, clients keep it busy, and snapshots are taken of it
one after the other.  Clients must see no error; no snapshot may call anything lost
that verdicts.py doesn't know; descriptors, children and memory stay as they are.
Output is TAP, the environment that of run.py.
"""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import harness
import programs
import verdicts
from run import Tap

SNAPSHOTS = 25
RSS_GROWTH_KB = 16 << 10
RSS_GROWTH_AT_WORK_KB = 96 << 10    # node's own, as its heap fills
ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "HOME": "/tmp"}


def until(ask, what):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with contextlib.suppress(OSError, IndexError, ValueError):
            answer = ask()
            if answer:
                return answer
        time.sleep(0.02)
    raise harness.Timeout(what)


def children(pid):
    """(pid, state) of each; state Z: a zombie."""
    out = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid=,stat="], check=False,
                         stdout=subprocess.PIPE).stdout.decode()
    return [(int(a), b) for a, b in (line.split() for line in out.splitlines())]


def state(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as f:
        rss = int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))
    return rss, len(os.listdir("/proc/%d/fd" % pid)), sum(s[0] == "Z" for _, s in children(pid))


class Server:
    """One under leakscope: how it starts, what a client does, how it ends."""

    def __init__(self, folder):
        self.folder, self.sock = folder, os.path.join(folder, "sock")

    def words(self):
        raise NotImplementedError

    def start(self, leakscope):
        os.mkdir(self.folder + "/out")
        os.chmod(self.folder, 0o777)
        os.chmod(self.folder + "/out", 0o777)
        # pylint: disable=consider-using-with,attribute-defined-outside-init
        self.run = subprocess.Popen(leakscope.wrap(self.folder + "/out/") + self.words(), env=ENV,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.root = until(lambda: children(self.run.pid)[0][0], "start")
        until(self.ready, "readiness")
        return self.pids()

    def ready(self):
        return os.path.exists(self.sock)

    def pids(self):
        return [self.root]

    def client(self):
        """One request; an error, or None."""

    def stop(self):
        os.kill(self.root, signal.SIGQUIT)


class Redis(Server):
    def words(self):
        return ["redis-server", "--port", "0", "--unixsocket", self.sock, "--save", "",
                "--dir", self.folder]

    def client(self):
        end = harness.run(["redis-benchmark", "-s", self.sock, "-q", "-n", "20000", "-c", "8",
                           "-r", "20000", "-t", "set,get,lpush,lpop,hset"], ENV, self.folder, 60)
        return end.stderr.decode() if end.status or b"rror" in end.stdout else None

    def stop(self):
        harness.run(["redis-cli", "-s", self.sock, "shutdown", "nosave"], ENV, self.folder, 20)


class Node(Server):
    def words(self):
        return ["node", programs.script("server.js"), self.sock]

    def client(self):
        answer = programs.fetch(self.sock, "GET / HTTP/1.0\r\n\r\n")
        return None if b"hello" in answer else repr(answer[:80])

    def stop(self):
        programs.fetch(self.sock, "GET /quit HTTP/1.0\r\n\r\n")


class Nginx(Server):
    def words(self):
        programs.prepare_nginx(self.folder, ENV)
        self.sock = self.folder + "/nginx.sock"
        return ["nginx", "-p", self.folder, "-c", self.folder + "/nginx.conf"]

    def ready(self):
        return len(children(self.root)) == 2

    def pids(self):
        return [self.root] + [pid for pid, _ in children(self.root)]

    def client(self):
        answer = programs.fetch(self.sock, "GET /text HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n")
        return None if b"200 OK" in answer else repr(answer[:80])


class Java(Server):
    def words(self):
        subprocess.run(["javac", "-d", self.folder, programs.script("Busy.java")], env=ENV,
                       check=True)
        return ["java", "-Xmx64m", "-cp", self.folder, "Busy"]

    def ready(self):
        return len(os.listdir("/proc/%d/task" % self.root)) > 20

    def stop(self):
        os.kill(self.root, signal.SIGTERM)


def snapshots(tap, name, leakscope, pid, what, growth):
    before, wrong = state(pid), []
    for i in range(SNAPSHOTS):
        end = harness.run([leakscope.command, "snapshot", "-l", "at%d" % i, str(pid)], ENV, "/", 60)
        if end.status:
            wrong.append(end.stderr.decode())
    tap.point(not wrong, "%s: %d snapshots %s" % (name, SNAPSHOTS, what), *wrong[:3])
    after = state(pid)
    tap.say("rss %d -> %d KiB" % (before[0], after[0]))
    tap.point(after[2] <= 1, "%s: children are collected" % name, "%d zombies" % after[2])
    tap.point(after[0] - before[0] < growth, "%s: memory stays" % name, before, after)
    return after


def judge(tap, name, leakscope, folder, pid):
    """What the latest snapshot calls lost."""
    path = next(p for p in harness.recordings(folder + "/out") if ".%d." % pid in p)
    report = leakscope.report(path, ENV)
    wrong = verdicts.unknown_leaks(harness.program_of(report["process"]["exe"]), report["leaks"])
    tap.point(not wrong, "%s: no false leak" % name, *wrong[:6])
    pauses = sorted(s["pause_s"] for s in report["snapshots"])
    tap.say("pauses: median %.1f ms, longest %.1f ms; scan %.1f ms" % (
        1e3 * pauses[len(pauses) // 2], 1e3 * pauses[-1], 1e3 * report["overhead"]["scan_s"]))


def test(tap, name, leakscope, folder):
    server = {"redis": Redis, "node": Node, "nginx": Nginx, "java": Java}[name](folder)
    errors, done, over = [], [0], threading.Event()

    def work():
        while not over.is_set():
            try:
                error = server.client()
            except (OSError, harness.Timeout) as e:
                error = repr(e)
            done[0] += 1
            if error:
                errors.append(error)
            if type(server).client is Server.client:
                break
    try:
        pids = server.start(leakscope)
        time.sleep(0.3)
        idle = snapshots(tap, name, leakscope, pids[-1], "while idle",
                         RSS_GROWTH_AT_WORK_KB if name == "java" else RSS_GROWTH_KB)
        judge(tap, name, leakscope, folder, pids[-1])
        client = threading.Thread(target=work)
        client.start()
        time.sleep(0.2)
        snapshots(tap, name, leakscope, pids[-1], "at work", RSS_GROWTH_AT_WORK_KB)
        over.set()
        client.join()
        judge(tap, name, leakscope, folder, pids[-1])
        tap.point(not errors, "%s: clients see no error (%d calls)" % (name, done[0]), *errors[:3])
        time.sleep(0.2)
        now = state(pids[-1])
        tap.point(now[1] <= idle[1] + 2, "%s: no descriptor is left open" % name, idle, now)
        server.stop()
        status = server.run.wait(20)
        tap.point(status == (143 if name == "java" else 0), "%s: ends as it should" % name, status)
    finally:
        if server.run.poll() is None:
            server.run.terminate()
            server.run.wait()


def main():
    leakscope = harness.Leakscope(os.environ["LEAKSCOPE"], os.environ["LS_SCHEMA"])
    tap = Tap()
    for name in sys.argv[1:]:
        folder = tempfile.mkdtemp(prefix="leakscope-live-")
        try:
            test(tap, name, leakscope, folder)
        except (harness.Timeout, harness.Unreadable, subprocess.TimeoutExpired) as e:
            tap.point(False, "%s: goes through" % name, e)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
