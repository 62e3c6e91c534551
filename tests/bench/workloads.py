# SPDX-License-Identifier: MIT
"""The tools and the workloads of the benchmark.

A tool is the words it puts before a command; `{out}` is an empty folder whose
final size is reported.  A workload is a command; `{n}` is its size, which
--scale multiplies, and `{b}` the folder of the built programs.
"""
import collections
import glob
import json
import os
import re
import subprocess

Tool = collections.namedtuple("Tool", "name words env needs default about")
Workload = collections.namedtuple("Workload", "name words size env default about")

HERE = os.path.dirname(os.path.abspath(__file__))
INPUTS = os.path.join(os.path.dirname(HERE), "real", "inputs")

SQL = """
CREATE TABLE sale(id INTEGER PRIMARY KEY, shop TEXT, amount REAL, remark TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {n})
INSERT INTO sale SELECT i, 'shop-' || (i * 7919 % 4999), i * 0.25, 'remark ' || hex(i) FROM n;
CREATE INDEX by_shop ON sale(shop);
SELECT count(*), max(length(list)) FROM
	(SELECT shop, sum(amount), group_concat(substr(remark, 8, 4)) AS list FROM sale GROUP BY shop);
SELECT count(DISTINCT upper(remark)) FROM sale;
"""


def lsan_library():
    found = glob.glob("/usr/lib/*/liblsan.so.0")
    return found[0] if found else "/usr/lib/liblsan.so.0"


def tools(leakscope, shim):
    lsan = lsan_library()
    return [
        Tool("control", [], {}, [], True, "bare against bare: what differs from 1.00 is noise"),
        Tool("leakscope", [leakscope, "run", "--quiet", "-o", "{out}/", "--"], {},
             [leakscope, shim], True, "leakscope run --quiet"),
        Tool("preload", [], {"LD_PRELOAD": shim, "LEAKSCOPE_OPTIONS": 'dir="{out}":report=none'},
             [shim], False, "the shim alone, without the command"),
        Tool("heaptrack", ["heaptrack", "-o", "{out}/heaptrack"], {}, ["heaptrack"], True,
             "heaptrack, its interpreter on the other processor"),
        Tool("lsan", [], {"LD_PRELOAD": lsan, "LSAN_OPTIONS": "exitcode=0"}, [lsan], True,
             "LeakSanitizer; stacks are cut short where there are no frame pointers"),
        Tool("lsan-full", [], {"LD_PRELOAD": lsan, "LSAN_OPTIONS":
                               "exitcode=0:fast_unwind_on_malloc=0:malloc_context_size=64"},
             [lsan], False, "LeakSanitizer with whole stacks (slow: use --scale 0.05)"),
    ]


WORKLOADS = [
    Workload("churn", ["{b}/churn", "{n}", "4"], 2000000, {}, True,
             "4 threads, 20 frames, 16 to 4096 bytes, planted leaks"),
    Workload("churn1", ["{b}/churn", "{n}", "1"], 1000000, {}, True, "the same in one thread"),
    Workload("live", ["{b}/live", "{n}"], 1000000, {}, True, "a million live blocks"),
    Workload("bash", ["bash", "-c", "for ((i = 0; i < {n}; i++)); do /bin/true; done"], 1000, {},
             True, "/bin/true 1000 times"),
    Workload("sqlite", ["sqlite3", "-init", "/dev/null", ":memory:", SQL.strip()], 150000, {}, True,
             "bulk insert and group-by in memory"),
    Workload("python", ["/usr/bin/python3", os.path.join(INPUTS, "churn.py"), "{n}"], 2500,
             {"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0"}, True, "json churn"),
    Workload("cc1", ["{cc1}", "-quiet", "-O2", os.path.join(INPUTS, "unit.c"), "-o", "/dev/null"],
             1, {}, False, "gcc's compiler proper (does not scale)"),
]


def leaks_found(tool, out, log, leakscope):
    """Planted leaks that the tool found, None where it cannot say."""
    if tool.name.startswith("lsan"):
        found = re.findall(r"SUMMARY: \w+: \d+ byte\(s\) leaked in (\d+) alloc", log)
        return int(found[-1]) if found else 0
    if tool.name in ("leakscope", "preload"):
        recordings = sorted(glob.glob(os.path.join(out, "*.rec")), key=os.path.getsize)
        # the largest is the workload's
        if not recordings:
            return None
        p = subprocess.run([leakscope, "report", "--format", "json", recordings[-1]],
                           capture_output=True, check=False)
        if p.returncode != 0:
            return None
        # Those that churn.c plants: stdio's buffer and the like are unfreed too.
        return sum(leak["blocks"] for leak in json.loads(p.stdout)["leaks"]
                   if any(f["function"] == "forget" for f in leak["frames"]))
    return None
