# SPDX-License-Identifier: MIT
"""
`leakscope run` as a bystander: signals, job control, statuses, descriptors.
Each test compares with what the program would see and its parent would be told
without it.  TAP on stdout.  Usage: supervise.py LEAKSCOPE
"""

import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

LEAKSCOPE = os.path.abspath(sys.argv[1])
PYTHON = sys.executable

# Says "up", then "got N" for each signal it was told to catch.
CATCHER = """
import os, signal, sys, time
for number in sys.argv[1:]:
    signal.signal(int(number), lambda n, frame: os.write(1, b"got %d\\n" % n))
os.write(1, b"up\\n")
end = time.monotonic() + 20
while time.monotonic() < end:
    time.sleep(0.02)
"""


def run(*command, quiet=True):
    return [LEAKSCOPE, "run"] + (["-q"] if quiet else []) + list(command)


def start_catcher(*numbers, **options):
    process = subprocess.Popen(run(PYTHON, "-c", CATCHER, *[str(int(n)) for n in numbers]),
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **options)
    assert process.stdout.readline() == b"up\n"
    return process


def stop(process):
    process.kill()
    process.wait()
    process.stdout.close()


def child_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return int(f.read().split()[0])


def state_of(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            return f.read().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return None


def wait_until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_signals_sent_to_the_launcher_reach_the_program():
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1,
                   signal.SIGUSR2, signal.SIGWINCH, signal.SIGALRM, signal.SIGRTMIN + 3):
        process = start_catcher(number)
        process.send_signal(number)
        assert process.stdout.readline() == b"got %d\n" % number, number
        stop(process)


def test_a_signal_that_kills_is_the_status():
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        process = start_catcher()
        process.send_signal(number)
        assert process.wait(10) == 128 + number
        process.stdout.close()


def test_a_program_that_signals_its_group_gets_it_once():
    script = ("import os, signal, time\n"
              "count = [0]\n"
              "def on(n, f): count[0] += 1\n"
              "signal.signal(signal.SIGUSR1, on)\n"
              "os.kill(0, signal.SIGUSR1)\n"
              "time.sleep(0.5)\n"
              "print(count[0])\n")
    result = subprocess.run(run(PYTHON, "-c", script), stdout=subprocess.PIPE, check=False,
                            stderr=subprocess.DEVNULL, start_new_session=True, timeout=20)
    assert result.stdout == b"1\n", result.stdout


def test_statuses_pass_through():
    for script, status in (("exit 0", 0), ("exit 1", 1), ("exit 255", 255),
                           ("kill -KILL $$", 137), ("kill -SEGV $$", 139),
                           ("kill -PIPE $$", 141)):
        result = subprocess.run(run("sh", "-c", script), stderr=subprocess.DEVNULL, check=False)
        assert result.returncode == status, (script, result.returncode)


def test_killing_the_launcher_kills_the_program():
    process = start_catcher()
    child = child_of(process.pid)
    stop(process)
    assert wait_until(lambda: state_of(child) in (None, "Z")), state_of(child)


def test_an_ignored_sigchld_is_inherited_and_does_no_harm():
    def ignore():
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    script = "import signal, sys; sys.exit(5 + signal.getsignal(signal.SIGCHLD))"
    result = subprocess.run(run(PYTHON, "-c", script), stderr=subprocess.DEVNULL, check=False,
                            preexec_fn=ignore)
    assert result.returncode == 5 + signal.SIG_IGN, result.returncode


def signal_lines(command, prepare):
    # The shell's own settings, not those of a child that it may set anew.
    script = "while read -r l; do case $l in Sig[BI]*) echo $l;; esac; done </proc/$$/status"
    return subprocess.run(command + ["sh", "-c", script], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True, preexec_fn=prepare).stdout


def test_mask_and_dispositions_are_inherited():
    def prepare():
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGTERM])
    bare = signal_lines([], prepare)
    assert b"SigBlk" in bare
    assert signal_lines(run(), prepare) == bare


def test_no_descriptor_leaks_into_the_program():
    command = [PYTHON, "-c", "import os; print(sorted(os.listdir('/proc/self/fd')))"]
    with tempfile.TemporaryFile() as extra:
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "check": True,
                   "pass_fds": [extra.fileno()]}
        bare = subprocess.run(command, **options).stdout
        assert subprocess.run(run(*command), **options).stdout == bare


def test_closed_standard_streams_stay_closed():
    script = ("import os\nfor fd in (0, 2):\n try:\n  os.fstat(fd); print(fd, 'open')\n"
              " except OSError: print(fd, 'closed')\n")
    command = " ".join(run()) + " sh -c 'exec " + PYTHON + " \"$@\"' sh -c \"$0\" <&- 2>&-"
    bare = subprocess.run(["sh", "-c", f"{PYTHON} -c \"$0\" <&- 2>&-", script],
                          stdout=subprocess.PIPE, check=True).stdout
    result = subprocess.run(["sh", "-c", command, script], stdout=subprocess.PIPE, check=True)
    assert result.stdout == bare, (result.stdout, bare)


def test_stdin_and_arguments_pass_through():
    result = subprocess.run(run("--", "sh", "-c", 'cat; printf "[%s]" "$@"', "x", "--help", "-o",
                                "a b", ""),
                            input=b"in\n", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            check=True)
    assert result.stdout == b"in\n[--help][-o][a b][]", result.stdout


def test_an_alarm_set_before_is_for_the_program():
    start = time.monotonic()
    result = subprocess.run(["perl", "-e", "alarm 1; exec @ARGV"] + run("sleep", "20"),
                            stderr=subprocess.DEVNULL, check=False)
    assert result.returncode == 128 + signal.SIGALRM, result.returncode
    assert time.monotonic() - start < 15


def test_timeout_works_as_ever():
    result = subprocess.run(["timeout", "1"] + run("sleep", "20"), stderr=subprocess.DEVNULL,
                            check=False)
    assert result.returncode == 124, result.returncode


def test_background_processes_are_not_waited_for():
    script = "sleep 8 </dev/null >/dev/null 2>&1 & exit 3"
    start = time.monotonic()
    result = subprocess.run(run("sh", "-c", script), stderr=subprocess.DEVNULL, check=False)
    assert result.returncode == 3, result.returncode
    assert time.monotonic() - start < 6


def test_orphans_are_reaped():
    # The orphan ends while the program goes on: no zombie may stay behind.
    script = ("(sh -c 'echo $$; exec sleep 0.3' &)\n"
              "exec sleep 2")
    process = subprocess.Popen(run("sh", "-c", script), stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    orphan = int(process.stdout.readline())
    assert wait_until(lambda: state_of(orphan) is None, 1.8), state_of(orphan)
    assert process.poll() is None
    stop(process)


class Terminal:
    """An interactive bash on a pseudo-terminal."""

    def __init__(self):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["PS1"] = "$ "
            os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])

    def send(self, text):
        os.write(self.fd, text.encode())

    def read_until(self, what, seconds=10.0):
        output = b""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            ready, _, _ = select.select([self.fd], [], [], 0.1)
            if ready:
                try:
                    output += os.read(self.fd, 4096)
                except OSError:
                    break
            if what in output:
                return output
        raise AssertionError(f"{what!r} did not come: {output!r}")

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def test_job_control_stops_and_continues_both():
    terminal = Terminal()
    try:
        terminal.send(" ".join(run("sh", "-c", "'echo st''art; sleep 1; echo do''ne'")) + "\n")
        terminal.read_until(b"start")
        # a shell that is stopped inside vfork waits for its child, which is stopped too
        time.sleep(0.3)
        terminal.send("\x1a")
        terminal.read_until(b"Stopped")
        terminal.send("fg\n")
        terminal.read_until(b"done\r\n")
    finally:
        terminal.close()


def test_an_interrupt_from_the_terminal_comes_once():
    script = ("import signal, sys, time\n"
              "count = 0\n"
              "def on(n, f):\n"
              "    global count\n"
              "    count += 1\n"
              "signal.signal(signal.SIGINT, on)\n"
              "print('re' + 'ady', flush=True)\n"
              "end = time.monotonic() + 1.5\n"
              "while time.monotonic() < end: time.sleep(0.02)\n"
              "print('count=%d' % count)\n")
    with open("interrupted.py", "w", encoding="utf-8") as f:
        f.write(script)
    terminal = Terminal()
    try:
        terminal.send(" ".join(run(PYTHON, "interrupted.py")) + "; echo status=$?\n")
        terminal.read_until(b"ready")
        time.sleep(0.1)
        terminal.send("\x03")
        output = terminal.read_until(b"status=0\r\n")
        assert b"count=1\r\n" in output, output
        terminal.send(" ".join(run("sleep", "20")) + "; echo status=''$?\n")
        time.sleep(1)
        terminal.send("\x03")
        terminal.send("echo after=''$?\n")
        terminal.read_until(b"=130\r\n")
    finally:
        terminal.close()


def main():
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # it may be ignored, under nohup
    tests = [(name, value) for name, value in sorted(globals().items())
             if name.startswith("test_")]
    directory = tempfile.mkdtemp(prefix="leakscope-supervise-")
    os.chdir(directory)
    failed = 0
    print(f"1..{len(tests)}")
    for number, (name, test) in enumerate(tests, 1):
        try:
            test()
            print(f"ok {number} - {name[5:]}", flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {number} - {name[5:]}")
            print("".join("# " + line + "\n" for line in traceback.format_exc().splitlines()),
                  end="", flush=True)
    os.chdir("/")
    shutil.rmtree(directory, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
