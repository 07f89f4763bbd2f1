#!/usr/bin/env python3
"""Compares programs by the CPU time of the server for a request, in turns, so that a machine with
other things to do can tell a change from the noise.

    bench/cpu.py SECONDS ROUNDS NAME=PROGRAM[,VARIABLE=VALUE...] ...

Each turn: a new data folder (under BENCH_DIR, else /var/tmp), one second of warming up, SECONDS of
wrk with beacon bodies (bodies.lua), then utime + stime of the server by thread, over the requests.
With LD_PRELOAD=slow_fsync.so (slow_fsync.c) and BENCH_DIR=/dev/shm a disk that others use as well
does not count either; what an fsync itself takes of the CPU is missing then."""
import os
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

BENCH = pathlib.Path(__file__).resolve().parent
TICKS = os.sysconf("SC_CLK_TCK")
CONFIG = """version: 1
sites: [{ key: bench, origins: ["http://localhost"] }]
log: warn
"""


def cpu(stat):
    """A thread's or process' name and the seconds of CPU that it took."""
    text = stat.read_text()
    fields = text[text.rindex(")") + 2:].split()
    return text[text.index("(") + 1:text.rindex(")")], (int(fields[11]) + int(fields[12])) / TICKS


def cpu_by_thread(pid):
    total = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        name, seconds = cpu(task / "stat")
        total[name] = total.get(name, 0) + seconds
    return total


def load(port, seconds):
    environment = dict(os.environ, RUN=str(random.randrange(10**9)))
    out = subprocess.run(
        ["wrk", "-t1", "-c64", f"-d{seconds}s", "--latency", "-s", BENCH / "bodies.lua",
         f"http://127.0.0.1:{port}"], env=environment, capture_output=True, text=True).stdout
    found = re.search(r"requests/s (\d+) bad (\d+) p50_us (\d+) p99_us (\d+)", out)
    return map(int, found.groups())


def start(program, environment, folder):
    (folder / "vinkki.yml").write_text(CONFIG)
    server = subprocess.Popen(
        [program, "serve", "--config", folder / "vinkki.yml", "--rules", BENCH / "rules_10",
         "--data", folder / "data", "--listen", "127.0.0.1:0", "--staff", "127.0.0.1:0",
         "--io-threads", "1", "--shards", "1"],
        env=environment, stdout=open(folder / "out", "w"), stderr=open(folder / "log", "w"))
    for _ in range(200):
        found = re.search(r"visitors: http://localhost:(\d+)\n(.*\n)*staff: ",
                          (folder / "out").read_text())
        if found:
            return server, found.group(1)
        time.sleep(0.05)
    server.kill()
    sys.exit("the server did not start: " + (folder / "log").read_text())


def turn(name, program, variables, seconds):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vinkki-cpu.",
                                           dir=os.environ.get("BENCH_DIR", "/var/tmp")))
    server, port = start(program, dict(os.environ, **variables), folder)
    try:
        load(port, 1)
        process = pathlib.Path(f"/proc/{server.pid}/stat")
        before, threads_before = cpu(process)[1], cpu_by_thread(server.pid)
        rate, bad, p50, p99 = load(port, seconds)
        after, threads_after = cpu(process)[1], cpu_by_thread(server.pid)
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)
    requests = rate * seconds
    cost = (after - before) / requests * 1e6
    threads = {t: (s - threads_before.get(t, 0)) / requests * 1e6 for t, s in threads_after.items()}
    print(f"{name}: {cost:.1f} us a request, {rate} requests/s, bad {bad}, p50 {p50} p99 {p99} us;",
          ", ".join(f"{t} {us:.1f}" for t, us in threads.items() if us >= 0.2), flush=True)
    return cost, rate


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    seconds, rounds = int(sys.argv[1]), int(sys.argv[2])
    programs = [argument.split("=", 1) for argument in sys.argv[3:]]
    results = {name: [] for name, _ in programs}
    for _ in range(rounds):
        for name, text in programs:
            program, *variables = text.split(",")
            results[name].append(
                turn(name, program, dict(v.split("=", 1) for v in variables), seconds))
    for name, turns in results.items():
        costs, rates = zip(*turns)
        print(f"{name}: least {min(costs):.1f}, median {statistics.median(costs):.1f} us a request; "
              f"median {statistics.median(rates):.0f} requests/s")


if __name__ == "__main__":
    main()
