#!/usr/bin/env python3
"""Live = replay. Visits over POST /v1/e and POST /v1/events on the real clock, with a SIGTERM, two
kill -9 and a reload in between; then every decision that was made is held against `vinkki replay` of
the same folder, and of its export.

What may differ, and how it is held to account:
- A reload (rules.md 26): until it, a changed rule decides as in a replay of the old set; after it, as
  in one of the new set; its windows are empty at that moment. One that holds from before rises, for
  each visitor once, when it is moved. A rule that is in both sets decides as if there had been none.
- `stale` (18) is never said by a replay, which says the reason that comes next instead: one rule is
  given 300 ms to be fresh, and does nothing else that another could notice.
- Late events (24): where one came before what a timer had already decided, its visitor is left out,
  and counted; hardly any may be.
"""
import json
import pathlib
import random
import subprocess
import tempfile
import time
from collections import Counter

from server import Page, Server, binary, export

SITE, SECRET, ORIGIN = "shop", "0123456789abcdef-e2e", "https://shop.example"
CONFIG = f"""
version: 1
sites:
  - key: {SITE}
    origins: ["{ORIGIN}"]
    secret: {SECRET}
"""
QUIET = 6  # seconds: longer than any window and wait of the rules
BACK = 40  # ms: a page tells of its events by so much later


def rule(name, when, *more):
    lines = "".join(f"    {line}\n" for line in more)
    fresh = "" if any(line.startswith("fresh") for line in more) else "    fresh: 1h\n"
    return (f"  - name: {name}\n    when: {when}\n{lines}{fresh}"
            "    offer: { channels: [chat], queue: q, expires: 1s, message: { en: hi } }\n")


KEPT = "version: 1\nrules:\n" + "".join([
    rule("hits", "count(hit, 2s) >= 3", "priority: 5"),
    rule("carting", "cart.value >= 30 and idle >= 700ms", "limits: { per_session: 2 }"),
    rule("lonely-cart", "sequence(add_to_cart, not begin_checkout for 1s, within 4s)",
         "limits: { cooldown: 2s }", "priority: 3"),
    rule("comparing", "distinct(view_item.item_id, 3s) >= 3", "holdout: 40%"),
    rule("staying", 'page.type == "checkout"', "for: 500ms", "priority: 3"),
    rule("each", 'event.name == "ping" and event.n > 2', "limits: { per_visitor: 3 }"),
    rule("each-too", 'event.name == "ping" and event.n > 1', "limits: { cooldown: 5s }",
         "priority: -1"),
    rule("nagging", 'event.name == "view_item"', "limits: { cooldown: 10s }", "priority: -2"),
    rule("declined", "count(offer_declined, 4s) >= 1 and count(hit, session) >= 1",
         "limits: { after_decline: 2s }"),
    rule("watched", "sequence(hit, next view_item, within 3s)", "mode: shadow"),
    rule("held", "count(hold_me, session) >= 1", "for: 700ms", "fresh: 300ms", "holdout: 100%"),
    rule("ordered", "visitor.purchases >= 1 and count(purchase, 5s) >= 1", "priority: 9"),
])
BEFORE = "version: 1\nrules:\n" + "".join([
    rule("changed", "count(hit, 1s) >= 2", "mode: shadow"),
    rule("removed", "since(view_item) >= 400ms and count(view_item, 3s) >= 1", "mode: shadow"),
])
AFTER = "version: 1\nrules:\n" + "".join([
    rule("changed", "count(hit, 3s) >= 4", "mode: shadow"),
    rule("added", "distinct(view_item.item_id, 4s) >= 2 and idle >= 300ms", "mode: shadow"),
    rule("holds", "count(hit, visitor) >= 1", "mode: shadow"),
])


class Visits:
    """Visitors who come and act, one request after the other; each is repeated until answered."""

    def __init__(self, server, seed):
        self.server, self.random = server, random.Random(seed)
        self.page, self.numbers, self.loads = None, Counter(), {}
        self.late, self.seen_late, self.sent = set(), 0, 0

    def forget_connection(self):
        self.page, self.seen_late = None, 0

    def act(self, who):
        name, props = self.random.choices(
            [("hit", {}), ("view_item", {"items": [{"item_id": self.random.choice("abcd")}]}),
             ("page_view", {"url": "https://shop.example/x",
                            "type": self.random.choice(["checkout", "product"])}),
             ("add_to_cart", {"value": 20, "items": [{"item_id": "a", "price": 20}]}),
             ("begin_checkout", {}), ("ping", {"n": self.random.randrange(5)}),
             ("hold_me", {}), ("offer_declined", {}), ("purchase", {"value": 20})],
            weights=[6, 5, 3, 2, 1, 4, 1, 1, 1])[0]
        self.send(who, name, props)

    def send(self, who, name, props):
        if who % 4 == 0:
            self.of_server(who, name, props)
        else:
            self.of_page(who, name, props)
        self.sent += 1
        late = self.server.metric("vinkki_late_events_total")
        if late > self.seen_late:
            self.late.add(f"v-{who}" if who % 4 == 0 else f"p.live-visitor-{who:08d}")
        self.seen_late = late

    def of_page(self, who, name, props):
        if self.random.random() < 0.1:
            self.loads[who] = self.loads.get(who, 0) + 1
        load = f"load-{who}-{self.loads.get(who, 0)}"
        self.numbers[load] += 1
        back = 0 if self.random.random() < 0.6 else -self.random.randrange(BACK)
        self.page = self.page or Page(self.server)
        self.page.origin = ORIGIN
        status, _, text = self.page.post(f"live-visitor-{who:08d}", load, self.numbers[load],
                                         [[name, back, props]], s=SITE)
        assert status == 204, (status, text)
        if self.random.random() < 0.1:  # again, as after an answer that was lost
            self.page.post(f"live-visitor-{who:08d}", load, self.numbers[load],
                           [[name, back, props]], s=SITE)

    def of_server(self, who, name, props):
        self.page = self.page or Page(self.server)
        # A little ahead of the server's clock: then the moment of receipt counts.
        line = {"visitor": f"v-{who}", "at": int(time.time() * 1000) + 5000, "name": name,
                "props": props, "id": f"{who}-{self.sent}"}
        if self.random.random() < 0.5:
            line["via"] = "server"
        connection = self.page.connection
        connection.request("POST", "/v1/events", json.dumps(line) + "\n",
                           {"Authorization": f"Bearer {SECRET}",
                            "Content-Type": "application/x-ndjson"})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (answer.status, body)

    def go_on(self, seconds, visitors):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.act(self.random.choice(visitors))
            time.sleep(self.random.uniform(0, 0.03))


def key(decision):
    return (decision["visitor"], decision["at"], decision["rule"],
            decision.get("reason", "offer") + (" bot" if decision.get("to") == "bot" else ""))


def replayed(folder, rules, until, *source):
    out = folder / "decisions.ndjson"
    subprocess.run([str(binary()), "replay", "--rules", str(rules), *map(str, source), "--to",
                    str(until), "--decisions", str(out)], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return [key(json.loads(line)) for line in out.read_text().splitlines()]


def record(folder, rules):
    """The live run: the moments just before the reload, when all were moved, and of its end."""
    server = Server(binary(), folder / "data", "--config", folder / "vinkki.yml", rules=rules,
                    demo=False).start()
    visits = Visits(server, 11)
    everyone = list(range(48))

    def restart(stop, pause):
        # Somebody's timer is due while nobody is there.
        for who in self_holders:
            visits.send(who, "hold_me", {})
        stop()
        time.sleep(pause)
        server.start()
        visits.forget_connection()

    self_holders = [100, 101]
    visits.go_on(4, everyone)
    restart(server.stop, 0.5)
    visits.go_on(4, everyone)
    self_holders = [102, 103, 105]
    restart(server.kill, 2.0)
    visits.go_on(3, everyone)
    time.sleep(QUIET)
    before = int(time.time() * 1000)
    status, answer = server.ask("PUT", "/api/v1/rules?file=changing.yml", AFTER)
    assert status == 200 and len(answer["unchanged"]) == 12, answer
    while (server.metric("vinkki_reload_visitors_moved_total") == 0
           or server.metric("vinkki_reload_running") == 1):
        time.sleep(0.02)
    after = int(time.time() * 1000)
    time.sleep(2 * BACK / 1000)  # nothing that comes now happened before `after`
    late_comers = everyone[:30] + [200, 201, 202, 203]
    visits.go_on(4, late_comers)
    self_holders = [106, 107]
    restart(server.kill, 0.5)
    visits.go_on(3, late_comers)
    time.sleep(QUIET)
    end = int(time.time() * 1000)
    server.stop()
    return visits, before, after, end


def differ(what, live, replay):
    only_live, only_replay = Counter(live) - Counter(replay), Counter(replay) - Counter(live)
    if only_live or only_replay:
        raise SystemExit(f"{what}: live = replay does not hold\n"
                         f"only live:   {sorted(only_live.elements())[:10]}\n"
                         f"only replay: {sorted(only_replay.elements())[:10]}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "vinkki.yml").write_text(CONFIG)
        for name, changing in (("live", BEFORE), ("old", BEFORE), ("new", AFTER)):
            (folder / name).mkdir()
            (folder / name / "kept.yml").write_text(KEPT)
            (folder / name / "changing.yml").write_text(changing)
        visits, before, after, end = record(folder, folder / "live")
        data = folder / "data"
        lines = export(binary(), data)
        (folder / "events.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))

        new = replayed(folder, folder / "new", end, "--data", data)
        from_file = replayed(folder, folder / "new", end, "--events", folder / "events.ndjson")
        differ("folder and export", new, from_file)
        old = replayed(folder, folder / "old", end, "--data", data)
        live = [key(d) for d in export(binary(), data, "decisions")]
        late = visits.late
        assert len(late) <= 5, f"too many late events to tell: {late}"
        live, old, new = ([d for d in made if d[0] not in late] for made in (live, old, new))
        check(live, old, new, before, after)
        reasons = Counter(d[3] for d in live)
        assert reasons["stale"] >= 1 and reasons["offer"] >= 50, reasons
        assert {"shadow", "limit", "cooldown", "declined", "engaged", "holdout",
                "priority"} <= set(reasons), reasons
        print(f"{visits.sent} requests, {len(lines)} events, {len(live)} decisions live as in the "
              f"replay ({len(late)} visitors with late events left out): {dict(reasons)}")


def check(live, old, new, before, after):
    """Rule by rule, as the head of this file says."""
    def of(made, *rules):
        return [d for d in made if d[2] in rules]

    kept = {d[2] for d in live} - {"changed", "removed", "added", "holds"}
    assert len(kept) == 12, kept
    for when, made in (("new", new), ("old", old)):
        reasons = {d[:3]: d[3] for d in of(made, "held")}
        fresh = [(*d[:3], reasons.get(d[:3], d[3])) if d[2:] == ("held", "stale") else d
                 for d in of(live, *kept)]
        differ(f"rules in both sets, under the {when}", fresh, of(made, *kept))
    differ("changed rules until the reload", [d for d in of(live, "changed", "removed")
                                              if d[1] <= before],
           [d for d in of(old, "changed", "removed") if d[1] <= before])
    differ("changed rules after the reload", [d for d in of(live, "changed", "removed", "added")
                                              if d[1] > before],
           [d for d in of(new, "changed", "added") if d[1] > before])
    # Held from before: once for each visitor, when it was moved. Later: as in the replay.
    holding = sorted(d[0] for d in of(new, "holds") if d[1] <= before)
    risen = [d for d in of(live, "holds") if before <= d[1] <= after]
    assert sorted(d[0] for d in risen) == holding and len(holding) >= 30, (risen, holding)
    differ("new rule, later visitors", [d for d in of(live, "holds") if d not in risen],
           [d for d in of(new, "holds") if d[1] > before])
    for name in ("changed", "removed", "added"):
        assert of(live, name), f"{name} never decided: nothing was compared"


if __name__ == "__main__":
    main()
