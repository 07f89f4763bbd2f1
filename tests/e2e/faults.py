#!/usr/bin/env python3
"""What an operator runs into, against the real program: a folder or a port in use, rules with errors
at the start and at a reload, a full disk, stopping under load. Each gets one clear line or the
documented answer, and nothing that was acknowledged is lost."""
import http.client
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter

from server import Page, Server, binary, export

GOOD = """
version: 1
rules:
  - name: {name}
    when: count(ping, 1h) >= 1
    offer: {{ channels: [chat], queue: q, message: {{ en: hello }} }}
"""


def refused(*arguments, status, says):
    """The program must stop by itself with this status and say this on one of its lines."""
    process = subprocess.run([str(binary()), *map(str, arguments)], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=20)
    assert process.returncode == status, (process.returncode, process.stdout)
    for text in says:
        assert text in process.stdout, (text, process.stdout)


def in_use(folder):
    server = Server(binary(), folder / "data").start()
    refused("serve", "--demo", "--data", folder / "data", "--listen", "127.0.0.1:0", "--staff",
            "127.0.0.1:0", status=2, says=[str(folder / "data"), "another"])
    refused("serve", "--demo", "--data", folder / "other", "--listen", f"127.0.0.1:{server.port}",
            "--staff", "127.0.0.1:0", status=2, says=[str(server.port), "in use"])
    token = server.token
    assert server.stop() < 5
    server.start()
    assert server.token == token, "the staff token changed with a restart"
    server.stop()


def broken_rules(folder):
    rules = folder / "rules"
    rules.mkdir()
    (rules / "a.yml").write_text("version: 1\nrules:\n  - name: a\n    when: coutn(x, 1m) >= 1\n"
                                 "    offer: { channels: [chat], message: { en: hi } }\n")
    (rules / "b.yml").write_text("version: 1\nrules:\n  - name: b\n    when: page.tpye == 'x'\n"
                                 "    offer: { channels: [chat], message: { en: hi } }\n")
    refused("serve", "--demo", "--data", folder / "data2", "--rules", rules, "--listen",
            "127.0.0.1:0", "--staff", "127.0.0.1:0", status=1,
            says=["a.yml:4:", "b.yml:4:", "coutn", "count", "page.type"])


def reload(folder):
    rules = folder / "live-rules"
    rules.mkdir()
    (rules / "r.yml").write_text(GOOD.format(name="first"))
    server = Server(binary(), folder / "data3", rules=rules).start()

    def in_force():
        connection = http.client.HTTPConnection("127.0.0.1", int(server.staff.rsplit(":", 1)[1]))
        connection.request("GET", "/api/v1/rules",
                           headers={"Authorization": f"Bearer {server.token}"})
        return connection.getresponse().read().decode()

    def hup_and_wait(marker):
        before = server.log.read_text().count(marker)
        server.process.send_signal(1)
        deadline = time.monotonic() + 10
        while server.log.read_text().count(marker) == before:
            assert time.monotonic() < deadline, server.log.read_text()
            time.sleep(0.02)

    assert '"first"' in in_force()
    (rules / "r.yml").write_text("version: 1\nrules: [")
    hup_and_wait("rules_kept")
    assert '"first"' in in_force(), "a broken file must keep the old set"
    assert "r.yml:" in server.log.read_text(), "and say where it is broken"
    (rules / "r.yml").write_text(GOOD.format(name="second"))
    hup_and_wait("rules_reloaded")
    assert '"second"' in in_force() and '"first"' not in in_force()
    server.stop()


class Writer(threading.Thread):
    """Posts until told to stop; remembers what was acknowledged."""

    def __init__(self, server, number):
        super().__init__()
        self.server, self.number = server, number
        self.acknowledged, self.statuses = [], Counter()
        self.stop = threading.Event()
        self.padding = "x" * 1500

    def run(self):
        page, count = None, 0
        while not self.stop.is_set():
            key = f"{self.number}/{count}"
            try:
                page = page or Page(self.server, timeout=5)
                status, _, _ = page.post(f"writer-number-{self.number}-{count // 50:05d}", "load",
                                         count % 50 + 1,
                                         [["ping", 0, {"key": key, "pad": self.padding}]])
            except (OSError, http.client.HTTPException):
                page = None
                time.sleep(0.05)
                continue
            self.statuses[status] += 1
            if status == 204:
                self.acknowledged.append(key)
                count += 1
            elif status == 503:
                time.sleep(0.05)
            else:
                raise RuntimeError(f"unexpected answer {status}")


def every_one_stored(data, writers):
    stored = Counter(event["props"]["key"] for event in export(binary(), data))
    acknowledged = [key for writer in writers for key in writer.acknowledged]
    assert acknowledged
    wrong = [key for key in acknowledged if stored[key] != 1]
    assert not wrong, f"{len(wrong)} of {len(acknowledged)} not exactly once: {wrong[:5]}"
    return len(acknowledged)


def stop_under_load(folder):
    server = Server(binary(), folder / "data4").start()
    writers = [Writer(server, i) for i in range(4)]
    for writer in writers:
        writer.start()
    time.sleep(1)
    took = server.stop()
    for writer in writers:
        writer.stop.set()
        writer.join()
    assert took < 5, took
    print(f"stopped in {took:.2f} s under load, {every_one_stored(folder / 'data4', writers)} "
          "acknowledged batches stored")


def full_disk(folder):
    disk = folder / "disk"
    disk.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(disk)],
        stderr=subprocess.DEVNULL).returncode == 0
    if not mounted:
        print("SKIPPED: full disk (a small tmpfs cannot be mounted here)")
        return
    try:
        ballast = disk / "ballast"
        ballast.write_bytes(b"\0" * (60 << 20))
        server = Server(binary(), disk / "data").start()
        writers = [Writer(server, i) for i in range(2)]
        for writer in writers:
            writer.start()
        await_(lambda: sum(w.statuses[503] for w in writers) > 0, 60, "no 503 on a full disk")
        accepted = sum(w.statuses[204] for w in writers)
        ballast.unlink()
        await_(lambda: sum(w.statuses[204] for w in writers) > accepted + 100, 60,
               "it did not recover by itself when there was space again")
        for writer in writers:
            writer.stop.set()
            writer.join()
        server.stop()
        print(f"full disk: {sum(w.statuses[503] for w in writers)} answers 503, then it recovered; "
              f"{every_one_stored(disk / 'data', writers)} acknowledged batches stored")
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def await_(condition, seconds, otherwise):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)


def main():
    for test in (in_use, broken_rules, reload, stop_under_load, full_disk):
        with tempfile.TemporaryDirectory() as folder:
            test(pathlib.Path(folder))
        print(f"{test.__name__}: ok", flush=True)


if __name__ == "__main__":
    sys.exit(main())
