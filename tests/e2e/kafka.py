#!/usr/bin/env python3
"""Triggers in a real Apache Kafka broker, read back with kcat and held against the schemas.

1. Kafka's sink alone (kafka_drive): every trigger once, in order for each visitor; a broker that is
   stopped, killed and started in between costs nothing but time; ids unique after deduplication.
2. The real `vinkki serve`, where VINKKI names one: a broker away while visitors are stuck, the
   server killed meanwhile; every trigger and every shadow decision arrives."""
import datetime
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import tempfile
import time
from collections import Counter

import jsonschema

from server import Page, Server

ROOT = pathlib.Path(__file__).resolve().parents[2]
TYPES = {"vinkki.triggers": "vinkki.trigger.v1", "vinkki.decisions": "vinkki.decision.v1"}
RULES = """
version: 1
rules:
  - name: helped
    when: count(ping, 1h) >= 1
    for: 1s
    fresh: 1h
    offer: { channels: [chat, voice], escalate: [video], queue: q, message: { en: hi, fi: moi } }
  - name: watched
    mode: shadow
    when: count(ping, 1h) >= 1
    for: 1s
    fresh: 1h
    offer: { channels: [bot], message: { en: hi } }
"""


def free_port():
    """One with a free neighbour, for the controller; below those that outgoing connections get, as
    it must stay free while the broker is stopped."""
    while True:
        port = random.randrange(20_000, 32_000, 2)
        try:
            for p in port, port + 1:
                with socket.socket() as s:
                    s.bind(("127.0.0.1", p))
            return port
        except OSError:
            continue


class Broker:
    """deploy/kafka-dev.sh on a free port, its data in `folder`."""

    def __init__(self, folder):
        self.data, self.port = folder / "kafka", free_port()
        self.address = f"127.0.0.1:{self.port}"

    def run(self, command):
        subprocess.run([ROOT / "deploy/kafka-dev.sh", command, "--data", self.data, "--port",
                        str(self.port)], check=True)

    def start(self):
        self.run("start")

    def stop(self):
        self.run("stop")

    def kill(self):
        pid = int((self.data / "broker.pid").read_text())
        os.kill(pid, signal.SIGKILL)
        while pathlib.Path(f"/proc/{pid}").exists():
            time.sleep(0.02)

    def partitions(self, topic):
        """How many it has; 0 when it is not there. Asking for it by name would make it."""
        output = subprocess.run(["kcat", "-b", self.address, "-L", "-J"], check=True,
                                stdout=subprocess.PIPE).stdout
        return sum(len(t["partitions"]) for t in json.loads(output)["topics"]
                   if t["topic"] == topic)

    def read(self, topic):
        """[(key, header, payload)], each partition's in order."""
        output = subprocess.run(
            ["kcat", "-q", "-b", self.address, "-t", topic, "-C", "-o", "beginning", "-e", "-f",
             r"%k\t%h\t%s\n"], check=True, stdout=subprocess.PIPE).stdout.decode()
        return [tuple(line.split("\t", 2)) for line in output.splitlines()]


def checked(broker, topic):
    """The events of the topic, each held against its schema; [(key, event)]."""
    name = TYPES[topic].split(".")[1]
    schema = json.loads((ROOT / f"docs/schemas/{name}.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    events = []
    for key, header, payload in broker.read(topic):
        event = json.loads(payload)
        problems = [f"{'/'.join(map(str, p.path))}: {p.message}"
                    for p in validator.iter_errors(event)]
        assert not problems, (problems, payload)
        assert header == "content-type=application/cloudevents+json", header
        datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00"))
        site = event["source"].removeprefix("/sites/")
        assert key == site + "/" + event["subject"].removeprefix("visitor/"), (key, event)
        events.append((key, event))
    if events:
        assert not validator.is_valid({**events[0][1], "data": {}}), "the schema takes anything"
    return events


class Drive:
    def __init__(self, program, broker):
        self.process = subprocess.Popen([program, broker.address], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def end(self):
        self.process.stdin.close()
        started = time.monotonic()
        assert self.process.wait(timeout=20) == 0
        return time.monotonic() - started


def complete(events, count):
    """Ids 0..count-1, no other; the first of each in order for each key. How many came again."""
    seen, last = set(), {}
    for key, event in events:
        number = int(event["id"])
        if number in seen:
            continue
        seen.add(number)
        assert last.get(key, -1) < number, (key, last[key], number)
        last[key] = number
    assert seen == set(range(count)), (len(seen), count)
    return len(events) - len(seen)


def sink_alone(broker):
    drive = Drive(os.environ["KAFKA_DRIVE"], broker)
    drive.say("add 2000")
    assert drive.say("wait") == "lag 0"
    assert complete(checked(broker, "vinkki.triggers"), 2000) == 0, "a message came twice"
    assert broker.partitions("vinkki.triggers") == 12, "not made by the sink"
    for end in broker.stop, broker.kill, broker.stop:
        drive.say("add 500")
        end()
        drive.say("add 1500")
        broker.start()
        drive.say("add 200")
        assert drive.say("wait") == "lag 0"
    again = complete(checked(broker, "vinkki.triggers"), 2000 + 3 * 2200)
    broker.stop()
    drive.say("add 10")
    took = drive.end()
    assert took < 5, f"the sink took {took:.1f} s to stop without a broker"
    broker.start()
    print(f"sink alone: 8600 triggers, none missing, {again} came twice, stopped in {took:.1f} s")


def visits(server, first, count):
    page = Page(server)
    for i in range(first, first + count):
        status, _, text = page.post(f"kafka-visitor-{i:06d}", "load", 1, [["ping", 0, {}]])
        assert status == 204, (status, text)


def until(seconds, what):
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.5)


def subjects(events):
    """Visitors of these events after deduplication; each exactly once."""
    ids = {event["id"]: event["subject"] for _, event in events}
    times = Counter(ids.values())
    assert all(n == 1 for n in times.values()), times.most_common(3)
    return set(times)


def whole(program, broker, folder):
    (folder / "rules").mkdir()
    (folder / "rules/r.yml").write_text(RULES)
    server = Server(program, folder / "data", "--kafka", broker.address, rules=folder / "rules")
    server.start()
    count, topics = 300, list(TYPES)
    visits(server, 0, 100)
    for topic in topics:
        until(60, lambda: broker.partitions(topic) == 12 and len(broker.read(topic)) >= 50)
    broker.stop()
    visits(server, 100, 100)
    server.kill()
    server.start()
    visits(server, 200, 100)
    broker.start()
    expected = {f"visitor/p.kafka-visitor-{i:06d}" for i in range(count)}
    for topic in topics:
        until(90, lambda: len(subjects(checked(broker, topic))) >= count)
        assert subjects(checked(broker, topic)) == expected
    took = server.stop()
    assert took < 5, f"{took:.1f} s to stop"
    print(f"vinkki serve: {count} triggers and {count} decisions, none missing")


def main():
    program = os.environ.get("VINKKI", "")
    parts = [sink_alone]
    if program and pathlib.Path(program).exists():
        parts.append(lambda broker: whole(program, broker, broker.data.parent))
    else:
        print("VINKKI names no program: only the sink is tested")
    for part in parts:  # each with a broker of its own, so that it counts from nothing
        with tempfile.TemporaryDirectory() as folder:
            broker = Broker(pathlib.Path(folder))
            broker.start()
            try:
                part(broker)
            finally:
                broker.stop()


if __name__ == "__main__":
    main()
