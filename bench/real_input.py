#!/usr/bin/env python3
"""Writes what `bench/run.sh real` replays: the traffic of two real shops, and rules for it.

  real_input.py DATA FOLDER [EVENTS]     about 2,000,000 events of diginetica, half of retailrocket

  DATA/retailrocket_sample, DATA/diginetica_cikm2016   the samples; no part of the project
  FOLDER/diginetica.ndjson, FOLDER/retailrocket.ndjson
  FOLDER/rules_10, FOLDER/rules_1000

A sample is repeated as it is, under other visitors' names (as long as the collector's, in no order),
until there are enough events. diginetica: sessions, each a visitor, of views with the category of
their item, and of orders. retailrocket: visitors over some months, of views, carts and
transactions; without categories.

Rules: ten for everybody over what these shops send, and a thousand: the same ten, and a copy of them
for each of the 99 categories of diginetica that are looked at most, as category teams keep them: over
the views of that category only, with round numbers of their own. Fixed seed."""
import base64
import collections
import csv
import datetime
import hashlib
import json
import pathlib
import random
import statistics
import sys

TEN = [
    ("comparing", "distinct(view_item.item_id{w}, {n}m) >= {k} and count(purchase, 1h) == 0",
     [10, 15, 20, 30], [4, 5, 6]),
    ("again-and-again", "repeats(view_item.item_id{w}, {n}m) >= {k}", [10, 20, 30, 60], [3, 4]),
    ("many-views", "count(view_item{w}, {n}m) >= {k}", [5, 10, 15, 20], [6, 8, 10]),
    ("stopped", "sequence(view_item {k}x{w}, not view_item{w} for {n}m, within 30m)",
     [2, 3, 5], [4, 5, 6]),
    ("one-twice", "sequence(view_item 2x{w}, not purchase for {n}m, within 30m, same item_id)",
     [5, 10, 15], [2]),
    ("returning", "visitor.visits >= 2 and count(view_item{w}, session) >= {k}", [1], [3, 4, 5]),
    ("wanders", "distinct(view_item.item_category, {n}m) >= 3 and count(view_item{w}, {n}m) >= {k}",
     [10, 15, 20, 30], [3, 4]),
    ("thinks", "idle >= {n}s and idle < 5m and distinct(view_item.item_id{w}, 15m) >= {k}",
     [60, 90, 120], [4, 5, 6]),
    ("bought", 'event.name == "purchase"{e} and count(view_item{w}, session) >= {k}',
     [1], [3, 4, 5]),
    ("no-order", "sequence(view_item{w}, not purchase for {n}m, within 30m) and "
                 "distinct(view_item.item_id{w}, 30m) >= {k}", [10, 15], [4, 5, 6]),
]


def rules(categories, dice):
    out = ["version: 1\nrules:"]
    for category in [None, *categories]:
        where = f' where item_category == "{category}"' if category else ""
        event = f' and event.item_category == "{category}"' if category else ""
        for name, when, minutes, counts in TEN:
            when = when.format(w=where, e=event, n=dice.choice(minutes), k=dice.choice(counts))
            out.append(f"  - name: {name}{'-' + category if category else ''}\n    when: '{when}'\n"
                       "    offer: { channels: [chat], queue: sales, message: { en: Can we help? } }\n"
                       "    limits: { per_session: 1, cooldown: 30m }\n"
                       f"    priority: {dice.randrange(0, 90, 10)}")
    return "\n".join(out) + "\n"


def rows(path, delimiter=","):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def diginetica(folder):
    """Visitor -> (time, name, properties)."""
    category_of = {row["itemId"]: row["categoryId"]
                   for row in rows(folder / "product-categories.csv", ";")}

    def at(row):
        day = datetime.datetime.fromisoformat(row["eventdate"] + "T00:00:00+00:00")
        return int(day.timestamp()) * 1000 + int(row["timeframe"])

    def item(row, key):
        return {"item_id": row[key], "item_category": category_of[row[key]]}

    events = collections.defaultdict(list)
    for row in rows(folder / "sample_train-item-views.csv", ";"):
        events[row["session_id"]].append((at(row), "view_item", item(row, "item_id")))
    orders = collections.defaultdict(list)
    for row in rows(folder / "train-purchases.csv", ";"):
        if row["sessionId"] in events:
            orders[row["sessionId"], row["ordernumber"]].append(row)
    for (session, order), lines in orders.items():
        items = [item(row, "itemId") for row in lines]
        events[session].append((at(lines[0]), "purchase",
                                {"transaction_id": order, "items": items}))
    return events


def retailrocket(folder):
    names = {"view": "view_item", "addtocart": "add_to_cart", "transaction": "purchase"}
    events = collections.defaultdict(list)
    for row in rows(folder / "sample_events.csv"):
        props = {"item_id": row["itemid"]}
        if row["transactionid"]:
            props["transaction_id"] = row["transactionid"]
        events[row["visitorid"]].append((int(row["timestamp"]), names[row["event"]], props))
    return events


def write(path, shop, events, wanted):
    """The sample again and again, each time with other visitors."""
    visits = []
    for visitor, of_visitor in events.items():
        of_visitor.sort(key=lambda event: event[0])
        lines = [json.dumps({"site": shop, "visitor": "@", "at": at, "name": name, "props": props},
                            separators=(",", ":")) for at, name, props in of_visitor]
        visits.append((visitor, "\n".join(lines) + "\n"))
    sizes = [len(of_visitor) for of_visitor in events.values()]
    copies = round(wanted / sum(sizes))
    with open(path, "w", encoding="utf-8") as file:
        for copy in range(copies):
            for visitor, text in visits:
                digest = hashlib.md5(f"{copy} {visitor}".encode()).digest()
                name = base64.urlsafe_b64encode(digest)[:22].decode()
                file.write(text.replace('"@"', f'"{name}"'))
    print(f"{shop}: a sample of {sum(sizes)} events, {copies} times: {copies * sum(sizes)} events of "
          f"{copies * len(sizes)} visitors, {statistics.mean(sizes):.1f} events each (median "
          f"{statistics.median(sizes):g}, most {max(sizes)})")


def main():
    if len(sys.argv) < 3:
        sys.exit("real_input.py DATA FOLDER [EVENTS]")
    data, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    wanted = int(sys.argv[3]) if len(sys.argv) > 3 else 2_000_000
    one = diginetica(data / "diginetica_cikm2016")
    views = collections.Counter(props["item_category"] for of_visitor in one.values()
                                for _, name, props in of_visitor if name == "view_item")
    largest = [category for category, _ in views.most_common(99)]
    for count, categories in ((10, []), (1000, largest)):
        (folder / f"rules_{count}").mkdir(parents=True, exist_ok=True)
        text = rules(categories, random.Random(7))
        (folder / f"rules_{count}/rules.yml").write_text(text, encoding="utf-8")
    share = sum(views[category] for category in largest) / sum(views.values())
    print(f"diginetica: {len(views)} categories; the 99 with rules of their own have "
          f"{share:.0%} of the views")
    write(folder / "diginetica.ndjson", "diginetica", one, wanted)
    write(folder / "retailrocket.ndjson", "retailrocket", retailrocket(data / "retailrocket_sample"),
          wanted // 2)


if __name__ == "__main__":
    main()
