#!/usr/bin/env python3
"""What 10,000 open offers streams cost those who report events: wrk sends beacon bodies (bodies.lua),
without streams and with them open and idle, in an order that turns with each round (the store writes
its tables every few seconds, and who comes second would always meet that); p50 and p99 of the answers,
and the server's memory.

    VINKKI=build/bench/vinkki bench/open_streams.py [STREAMS] [ROUNDS]

Exit status 1 when a stream was not open at the end, or the lowest p99 with streams is twice that
without. Needs wrk and an open-files limit above STREAMS (it raises its own as far as it may)."""
import os
import pathlib
import re
import resource
import selectors
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "e2e"))
from server import Server, binary  # noqa: E402

CONFIG = """version: 1
sites: [{ key: bench, origins: ["http://localhost"] }]
log: warn
"""
SECONDS, CONNECTIONS, PAUSE = 5, 32, 2  # PAUSE ms between two requests of a connection


def load(port):
    """(requests/s, p50 us, p99 us) of wrk."""
    here = pathlib.Path(__file__).resolve().parent
    env = {**os.environ, "RUN": str(time.monotonic_ns()), "DELAY": str(PAUSE)}
    out = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", "-s",
                          str(here / "bodies.lua"), f"http://127.0.0.1:{port}"], env=env,
                         stdout=subprocess.PIPE, text=True, check=True).stdout
    found = re.search(r"RESULT requests/s (\d+) bad (\d+) p50_us (\d+) p99_us (\d+)", out)
    assert found and found[2] == "0", out
    return int(found[1]), int(found[3]), int(found[4])


def open_streams(port, count):
    """Sockets on which a stream has begun."""
    streams = []
    for i in range(count):
        stream = socket.create_connection(("127.0.0.1", port), timeout=30)
        stream.sendall(f"GET /v1/offers?s=bench&i=open-stream-{i:06d} HTTP/1.1\r\n"
                       "Host: localhost\r\n\r\n".encode())
        streams.append(stream)
    for stream in streams:
        got = b""
        while b": open\n\n" not in got:
            piece = stream.recv(4096)
            assert piece, got
            got += piece
    return streams


def resident_mib(server):
    text = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) // 1024


def gauge(server):
    return int(float(re.search(r"^vinkki_offer_streams (\S+)", server.metrics(), re.M)[1]))


def closed(streams):
    """How many the server has closed: an idle one has nothing but comments to read."""
    selector = selectors.DefaultSelector()
    for stream in streams:
        selector.register(stream, selectors.EVENT_READ)
    ready = [key.fileobj for key, _ in selector.select(0)]
    return sum(1 for stream in ready if not stream.recv(65536))


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 2 * count + 1000), hard))
    best = {"without": None, "with": None}
    failed = 0
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        config = pathlib.Path(folder) / "vinkki.yml"
        config.write_text(CONFIG)
        server = Server(binary(), pathlib.Path(folder) / "data", "--config", config, demo=False).start()
        load(server.port)  # warm
        for number in range(rounds):
            for what in ("without", "with") if number % 2 == 0 else ("with", "without"):
                streams = open_streams(server.port, count) if what == "with" else []
                rate, p50, p99 = load(server.port)
                opened = gauge(server)
                failed += closed(streams) + (opened != len(streams))
                print(f"{what} streams: {opened} open, {rate} requests/s, p50 {p50} us, p99 {p99} us, "
                      f"{resident_mib(server)} MiB resident")
                best[what] = min(best[what] or p99, p99)
                for stream in streams:
                    stream.close()
                while gauge(server) > 0:
                    time.sleep(0.1)
        server.stop()
    ratio = best["with"] / best["without"]
    print(f"lowest p99: {best['without']} us without, {best['with']} us with {count} streams: {ratio:.2f}")
    return 1 if failed or ratio >= 2 else 0


if __name__ == "__main__":
    sys.exit(main())
