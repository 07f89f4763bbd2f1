#!/usr/bin/env python3
"""kill -9 under load, twenty times in a row: every batch that was answered 204 is in the database
exactly once, and no timer is lost: each visitor whose batch started one gets its decision, once."""
import http.client
import pathlib
import random
import tempfile
import threading
import time
from collections import Counter

from server import Page, Server, binary, export

KILLS = 20
CLIENTS = 4
RULES = """
version: 1
rules:
  - name: timer
    when: count(ping, 1h) >= 1
    for: 1s
    fresh: 1h
    offer: { channels: [chat], queue: q, message: { en: hello } }
"""


class Client(threading.Thread):
    """Posts batches, a new visitor every tenth; after each fault sends the same batch again, as the
    beacon does, until it is answered."""

    def __init__(self, number, server, stop):
        super().__init__()
        self.number, self.server, self.stop = number, server, stop
        self.acknowledged, self.visitors = [], set()

    def run(self):
        page, count = None, 0
        while not self.stop.is_set():
            visitor = f"crash-client-{self.number}-visitor-{count // 10:06d}"
            key = f"{visitor}/{count % 10}"
            name = "ping" if count % 10 == 0 else "page_view"
            try:
                page = page or Page(self.server, timeout=5)
                status, _, _ = page.post(visitor, "load", count % 10 + 1, [[name, 0, {"key": key}]])
            except (OSError, http.client.HTTPException):
                page = None
                time.sleep(0.01)
                continue
            if status == 204:
                self.acknowledged.append(key)
                self.visitors.add(visitor)
                count += 1
            elif status != 503:
                raise RuntimeError(f"unexpected answer {status}")


def main():
    random.seed(7)
    program = binary()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "rules").mkdir()
        (folder / "rules/timer.yml").write_text(RULES)
        data = folder / "data"
        server = Server(program, data, rules=folder / "rules").start()
        stop = threading.Event()
        clients = [Client(i, server, stop) for i in range(CLIENTS)]
        for client in clients:
            client.start()
        for kill in range(KILLS):
            time.sleep(random.uniform(0.3, 1.5))
            server.kill()
            server.start()  # a new port: the clients see it at their next connection
            print(f"killed {kill + 1} times, {sum(len(c.acknowledged) for c in clients)} batches "
                  "acknowledged", flush=True)
        time.sleep(0.5)
        stop.set()
        for client in clients:
            client.join()
        time.sleep(2.5)  # the rule's own time, and a second more
        server.stop()
        check(program, data, clients)


def check(program, data, clients):
    stored = Counter(event["props"]["key"] for event in export(program, data))
    acknowledged = [key for client in clients for key in client.acknowledged]
    missing = [key for key in acknowledged if stored[key] == 0]
    doubled = [key for key, n in stored.items() if n > 1]
    decisions = Counter(d["visitor"] for d in export(program, data, "decisions"))
    visitors = {"p." + visitor for client in clients for visitor in client.visitors}
    timers = [visitor for visitor in visitors if decisions[visitor] != 1]
    print(f"{len(acknowledged)} batches acknowledged, {len(missing)} missing, {len(doubled)} twice; "
          f"{len(visitors)} timers, {len(timers)} without exactly one decision")
    assert len(acknowledged) > 1000, "hardly any load"
    assert not missing and not doubled and not timers, (missing[:5], doubled[:5], timers[:5])


if __name__ == "__main__":
    main()
