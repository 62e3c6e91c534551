# SPDX-License-Identifier: MIT
"""The real programs: how each is prepared, started and driven.

A Program's `words` is its command line; `drive`, where set, runs it together
with the clients it needs and returns its End.  `single` names the programs of
the process tree that have one thread and no timing of their own, whose
allocation count is therefore the same in every run and can be held against
Valgrind's.
"""
import os
import re
import signal
import socket
import subprocess
import time

from harness import INPUTS, End, Timeout, run


class Program:
    def __init__(self, name, words=None, needs=(), single=(), images=(), env=None, prepare=None,
                 drive=None, stderr=True, whole=True, planted=False):
        self.name = name
        self.words = words       # function of the working folder -> argv
        self.needs = (name,) if not needs else needs
        self.single = single     # programs to compare with Valgrind
        self.images = images     # programs that must have left a recording
        self.env = env or {}
        self.prepare = prepare   # function of (working folder, env), once
        self.drive = drive       # function of (prefix, folder, env, timeout) -> End
        self.stderr = stderr     # must stderr be the same too
        self.planted = planted   # leaks that it says itself; nothing else is looked at
        self.whole = whole       # must stacks reach the start of their thread

    def run(self, prefix, folder, env, timeout):
        if self.drive:
            return self.drive(prefix, folder, env, timeout)
        return run(prefix + self.words(folder), env, folder, timeout)


def script(name):
    return os.path.join(INPUTS, name)


def built(name):
    """A program of inputs/ that meson has built."""
    return os.path.join(os.environ["LS_EMBED"], name)


def make_repository(folder, env):
    """A repository of 80 commits with fixed names and dates, by git fast-import."""
    where = os.path.join(folder, "repository.git")
    subprocess.run(["git", "init", "-q", "--bare", where], env=env, check=True)
    lines = []
    for n in range(1, 81):
        lines.append("commit refs/heads/master\ncommitter A Name <a@example.org> %d +0000"
                     % (1600000000 + 3600 * n))
        message = "Change number %d\n\nWith a body of its own.\n" % n
        lines.append("data %d\n%s" % (len(message), message))
        for k in range(3):
            body = "".join("line %d of file %d, touched by %d\n" % (i, k, n if i % 9 == n % 9 else 0)
                           for i in range(60))
            lines.append("M 100644 inline folder%d/file%d.txt\ndata %d\n%s"
                         % (n % 5, k, len(body), body))
    subprocess.run(["git", "--git-dir", where, "fast-import", "--quiet"], env=env, check=True,
                   input=("\n".join(lines) + "\n").encode())


def make_text(folder, env):
    """About 2 MB that compress neither well nor badly."""
    with open(os.path.join(folder, "text"), "w", encoding="ascii") as f:
        x = 12345
        for i in range(60000):
            x = (x * 1103515245 + 12345) & 0x7fffffff
            f.write("%d word%d of line %x\n" % (i, x % 1000, x))


def compile_java(folder, env):
    subprocess.run(["javac", "-d", folder, script("Threads.java")], env=env, check=True)


def drive_redis(prefix, folder, env, timeout):
    """Start the server under PREFIX, load it, shut it down; the clients run bare."""
    bare = {k: v for k, v in env.items() if k not in ("LD_PRELOAD", "LS_COUNT_DIR")}
    sock = os.path.join(folder, "redis.sock")
    start = time.monotonic()
    with open(os.path.join(folder, "redis.log"), "wb") as log:
        # pylint: disable=consider-using-with
        server = subprocess.Popen(
            prefix + ["redis-server", "--port", "0", "--unixsocket", sock, "--save", "",
                      "--appendonly", "no", "--daemonize", "no", "--dir", folder],
            env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            def ask(*words):
                return run(["redis-cli", "-s", sock, *words], bare, folder, timeout)
            while ask("PING").stdout != b"PONG\n":
                if time.monotonic() - start > timeout or server.poll() is not None:
                    raise Timeout("redis-server did not answer")
                time.sleep(0.02)
            said = [run(["redis-benchmark", "-s", sock, "-q", "-n", "6000", "-c", "8", "-P", "8",
                         "-d", "100", "-t", "set,get,lpush,hset,zadd"], bare, folder, timeout)
                    .stderr]
            said += [ask(*words).stdout for words in (
                ("EVAL", "for i=1,2000 do redis.call('HSET','h:'..i%50,'f'..i,string.rep('x',i%200)) "
                         "redis.call('ZADD','z',i,'m'..i) end return redis.call('ZCARD','z')", "0"),
                ("DBSIZE",), ("HLEN", "h:7"), ("ZRANGE", "z", "3", "6", "WITHSCORES"),
                ("LLEN", "mylist"), ("FLUSHALL", "ASYNC"), ("SHUTDOWN", "NOSAVE"))]
            status = server.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Timeout("redis-server did not shut down") from None
        finally:
            if server.poll() is None:
                server.kill()
                server.wait()
    return End(status, b"".join(said), b"", time.monotonic() - start, server.pid)


NGINX = """daemon off; worker_processes 2; pid {d}/nginx.pid; error_log {d}/nginx.log crit;
events {{ worker_connections 64; }}
http {{
	access_log {d}/access.log; gzip on; gzip_types *; gzip_min_length 1;
	client_body_temp_path {d}; proxy_temp_path {d}; fastcgi_temp_path {d};
	uwsgi_temp_path {d}; scgi_temp_path {d};
	server {{ listen unix:{d}/nginx.sock; root {d}; add_header X-Request $request_uri; }}
}}
"""


def prepare_nginx(folder, env):
    os.chmod(folder, 0o755)    # started by root, its workers are another user
    make_text(folder, env)
    with open(os.path.join(folder, "nginx.conf"), "w", encoding="ascii") as f:
        f.write(NGINX.format(d=folder))


def fetch(path, request):
    """The answer to an HTTP/1.0 request over a unix socket, less its date."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        s.connect(path)
        s.sendall(request.encode())
        answer = b"".join(iter(lambda: s.recv(65536), b""))
    return re.sub(rb"(?m)^(Date|ETag|Last-Modified):.*$", b"", answer)


def drive_nginx(prefix, folder, env, timeout):
    """A master and two workers, forked without exec; ended by SIGQUIT to the master."""
    sock, start, said = os.path.join(folder, "nginx.sock"), time.monotonic(), []
    with open(os.path.join(folder, "nginx.out"), "wb") as log:
        # pylint: disable=consider-using-with
        server = subprocess.Popen(prefix + ["nginx", "-p", folder, "-c", folder + "/nginx.conf"],
                                  env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=log,
                                  stderr=log)
        try:
            while not (os.path.exists(sock) and os.path.exists(folder + "/nginx.pid")):
                if time.monotonic() - start > timeout or server.poll() is not None:
                    raise Timeout("nginx did not start")
                time.sleep(0.02)
            for i in range(300):
                said.append(fetch(sock, "GET /%s HTTP/1.0\r\nAccept-Encoding: %s\r\n\r\n" % (
                    "text" if i % 50 == 0 else "none%d" % i, "gzip" if i % 2 else "identity")))
            with open(folder + "/nginx.pid", encoding="ascii") as f:
                os.kill(int(f.read()), signal.SIGQUIT)
            status = server.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Timeout("nginx did not end") from None
        finally:
            if server.poll() is None:
                server.terminate()
                server.wait()
    return End(status, b"".join(said), b"", time.monotonic() - start, server.pid)


PROGRAMS = [
    Program("sqlite3", lambda d: ["sqlite3", "-init", "/dev/null", ":memory:",
                                  ".read " + script("bulk.sql")], single=("sqlite",)),
    Program("python3", lambda d: ["/usr/bin/python3", script("churn.py")],
            env={"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0"}, single=("python",)),
    Program("python3-pools", lambda d: ["/usr/bin/python3", script("churn.py")],
            needs=("python3",), env={"PYTHONHASHSEED": "0"}, single=("python",)),
    Program("perl", lambda d: ["perl", script("churn.pl")], env={"PERL_HASH_SEED": "0"},
            single=("perl",)),
    Program("git", lambda d: ["git", "--git-dir", d + "/repository.git", "log", "-p", "--stat"],
            prepare=make_repository, single=("git",)),
    Program("bash", lambda d: ["bash", script("forks.sh")], single=("bash",), images=("bash",)),
    # One compiler run is three programs: the driver, cc1 and as.
    Program("gcc", lambda d: ["gcc", "-O2", "-c", script("unit.c"), "-o", "unit.o"],
            single=("gcc", "cc", "as"), images=("cc", "as")),
    Program("xz", lambda d: ["xz", "-3", "-T1", "-k", "-c", "text"], prepare=make_text,
            single=("xz",)),
    Program("xz-threads", lambda d: ["xz", "-1", "-T2", "--block-size=262144", "-k", "-c", "text"],
            needs=("xz",), prepare=make_text),
    Program("node", lambda d: ["node", script("buffers.js")]),
    Program("java", lambda d: ["java", "-Xmx64m", "-cp", d, "Threads"], needs=("java", "javac"),
            prepare=compile_java, whole=False),    # interpreted frames have no unwind tables
    Program("java-version", lambda d: ["java", "-version"], needs=("java",), whole=False),
    Program("javac", lambda d: ["javac", "-J-Xmx128m", "-d", d, script("Threads.java")],
            whole=False),
    Program("redis", drive=drive_redis, needs=("redis-server", "redis-benchmark", "redis-cli")),
    Program("nginx", drive=drive_nginx, prepare=prepare_nginx, images=("nginx",)),
    Program("embed-python", lambda d: [built("embed_python")], needs=("python3",), planted=True),
    Program("embed-sqlite", lambda d: [built("embed_sqlite")], needs=("sqlite3",), planted=True),
]
