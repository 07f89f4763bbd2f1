#!/usr/bin/env python3
"""Sentence 25 of the exact meaning (docs/rules.md), through `vinkki replay`: a replay sorts a
visitor's events (stable), applies the same (site, visitor, id) once, the first to arrive, and goes on
for 24 hours after the visitor's last event, the end included; with --to, to that time instead. A
line without a site has the site "". Decisions come in order of (site, visitor, at, rule)."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

VINKKI = os.environ["VINKKI"]
START = 1_704_110_400_000
DAY = 86_400_000


def line(seconds, name, visitor="v", site="s", **more):
    fields = {"site": site, "visitor": visitor, "at": START + int(seconds * 1000), "name": name}
    fields.update(more)
    return {key: value for key, value in fields.items() if value is not None}


# What it is, the rules' `when` (r, then t), the lines, more arguments, the decisions as
# "site/visitor/rule@seconds" or, silenced, with the reason behind it.
ROWS = [
    ("sorted by time", ["sequence(a, b, within 1m)"], [line(20, "b"), line(10, "a")], [],
     ["s/v/r@20"]),
    ("ties stay as they came", ["sequence(a, b, within 1m)"], [line(10, "b"), line(10, "a")], [], []),
    ("ties stay as they came, the other way", ["sequence(a, b, within 1m)"],
     [line(10, "a"), line(10, "b")], [], ["s/v/r@10"]),
    ("nothing is late", ["event.name == 'a'"], [line(7200, "b"), line(0, "a")], [], ["s/v/r@0"]),
    ("the same id once", ["count(a, 1m) >= 2"], [line(0, "a", id="1"), line(1, "a", id="1")], [], []),
    ("of the same id the first to arrive", ["event.x == 1", "event.x == 2"],
     [line(5, "a", id="1", props={"x": 2}), line(0, "a", id="1", props={"x": 1})], [], ["s/v/t@5"]),
    ("another id", ["count(a, 1m) >= 2"], [line(0, "a", id="1"), line(1, "a", id="2")], [],
     ["s/v/r@1"]),
    ("no id", ["count(a, 1m) >= 2"], [line(0, "a"), line(0, "a")], [], ["s/v/r@0"]),
    ("the same id of another visitor, or on another site", ["count(a, 1m) >= 1"],
     [line(0, "a", id="1"), line(0, "a", "w", id="1"), line(0, "a", site="z", id="1")], [],
     ["s/v/r@0", "s/w/r@0", "z/v/r@0"]),
    ("24 hours more, the end included", ["idle == 24h"], [line(0, "a")], [], ["s/v/r@86400"]),
    ("and no more", ["idle > 24h"], [line(0, "a")], [], []),
    ("of each visitor's own last event", ["idle == 24h"], [line(0, "a"), line(90_000, "a", "w")], [],
     ["s/v/r@86400", "s/w/r@176400"]),
    ("--to instead, that moment included", ["idle == 20s"], [line(0, "a")],
     ["--to", str(START + 20_000)], ["s/v/r@20"]),
    ("--to instead, and no more", ["idle == 20s"], [line(0, "a")], ["--to", str(START + 19_999)], []),
    ("--to may be later", ["idle == 48h"], [line(0, "a")], ["--to", str(START + 2 * DAY)],
     ["s/v/r@172800"]),
    ("events after --to are left out", ["count(a, 1h) >= 2"], [line(0, "a"), line(21, "a")],
     ["--to", str(START + 20_000)], []),
    ("a line without a site", ["count(a, 1m) >= 1"], [line(0, "a", site=None)], [], ["/v/r@0"]),
    ("in order of site, visitor, time, rule", ["event.name == 'a'", "event.name == 'a'"],
     [line(2, "a", "w"), line(1, "a", "w"), line(3, "a"), line(0, "a", "x", "b")], [],
     ["b/x/r@0", "b/x/t@0 priority", "s/v/r@3", "s/v/t@3 priority", "s/w/r@1", "s/w/t@1 priority",
      "s/w/r@2 engaged", "s/w/t@2 engaged"]),
]


def rules(conditions):
    out = "version: 1\nrules:\n"
    for name, when in zip("rt", conditions):
        out += (f"  - name: {name}\n    when: |-\n      {when}\n"
                "    offer: { channels: [chat], queue: q, message: { en: Hi } }\n")
    return out


def replay(folder, row, threads):
    _, conditions, lines, more, _ = row
    (folder / "rules.yml").write_text(rules(conditions))
    (folder / "events.ndjson").write_text("".join(json.dumps(one) + "\n" for one in lines))
    out = folder / "decisions.ndjson"
    subprocess.run([VINKKI, "replay", "--rules", folder / "rules.yml", "--events",
                    folder / "events.ndjson", "--decisions", out, "--threads", str(threads), *more],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found = []
    for text in out.read_text().splitlines():
        one = json.loads(text)
        reason = f" {one['reason']}" if "reason" in one else ""
        seconds = (one["at"] - START) / 1000
        found.append(f"{one['site']}/{one['visitor']}/{one['rule']}@{seconds:g}{reason}")
    return found


def main():
    failures = 0
    for row in ROWS:
        for threads in (1, 4):
            with tempfile.TemporaryDirectory() as folder:
                found = replay(pathlib.Path(folder), row, threads)
            if found != row[4]:
                failures += 1
                print(f"{row[0]}: {found} instead of {row[4]}")
    print(f"{len(ROWS)} rows, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
