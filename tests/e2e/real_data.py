#!/usr/bin/env python3
"""Real shop traffic through every road: a file replayed, the same file imported into a data folder
and replayed from there, with any number of threads: the same decisions and the
same report, which keeps to its schema and agrees with the decisions. Sent over HTTP into a running
server it is history: stored, counted for the visitor, and without offers.

The data are not part of the project: without them (REAL_DATA, or ../shared/data beside the checkout)
the test says so and does the same with a file that it makes itself."""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import jsonschema

from server import Server, binary, export

SECRET = "a-secret-for-this-test"
BOTS = {"service-question", "service-search"}  # their channel is the bot
OTHER = """version: 1
rules:
  - name: comparing
    when: distinct(view_item.item_id, 10m) >= 3
    for: 5s
    offer: { channels: [chat], queue: sales, message: { en: Hello } }
  - name: only-here
    when: count(view_item, 5m) >= 2
    offer: { channels: [chat], queue: sales, message: { en: Hello } }
"""
CONFIG = """version: 1
sites:
  - {{ key: shop, origins: ["http://localhost"], secret: {secret} }}
"""
RETAILROCKET = ("name=event/view:view_item/addtocart:add_to_cart/transaction:purchase,at=timestamp,"
                "visitor=visitorid,item_id=itemid,transaction_id=transactionid")
DIGINETICA = "name='view_item',at=eventdate+timeframe,visitor=session_id,item_id=item_id"


def inputs(folder):
    """(name, arguments that name the file) of what there is to replay."""
    root = pathlib.Path(__file__).resolve().parents[2]
    data = pathlib.Path(os.environ.get("REAL_DATA", root.parent / "shared/data"))
    files = [("retailrocket", data / "retailrocket_sample/sample_events.csv", RETAILROCKET),
             ("diginetica", data / "diginetica_cikm2016/sample_train-item-views.csv", DIGINETICA)]
    for name, path, mapping in files:
        if path.exists():
            yield name, [str(path), "--map", mapping, "--site", "shop"]
        else:
            print(f"NOT THERE: {name} ({path}); this part was not tested")
    yield "generated", [str(generated(folder / "generated.ndjson")), "--site", "shop"]


def generated(path):
    """Visits of 2024 with ids, repeats of ids, ties and disorder."""
    rnd = random.Random(11)
    lines = []
    for visitor in range(400):
        at = 1_704_110_400_000 + rnd.randrange(10 ** 8)
        for number in range(rnd.randrange(1, 40)):
            at += rnd.choice([0, 1, 500, 2_000, 30_000, 1_800_000])
            name = rnd.choice(["page_view", "view_item", "view_item", "add_to_cart", "view_cart",
                               "begin_checkout", "form_error", "form_error", "purchase"])
            props = {"type": rnd.choice(["product", "cart", "checkout"]),
                     "items": [{"item_id": f"sku-{rnd.randrange(9)}", "price": 40, "quantity": 1}]}
            lines.append({"visitor": f"v-{visitor}", "at": at, "name": name, "props": props,
                          "id": f"{visitor}-{number - (rnd.random() < 0.05)}"})
    rnd.shuffle(lines)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + "{broken\n")
    return path


def run(*arguments):
    process = subprocess.run([str(binary()), *map(str, arguments)], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
    assert process.returncode == 0, (arguments, process.returncode, process.stderr[-2000:])
    return process


def strict(schema):
    """The schema with no member allowed that it does not name."""
    if isinstance(schema, list):
        return [strict(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: strict(value) for key, value in schema.items()}
    if schema.get("type") == "object" and isinstance(schema.get("properties"), dict):
        out.setdefault("additionalProperties", False)
    return out


def report_validator():
    path = pathlib.Path(__file__).resolve().parents[2] / "docs/schemas/replay_report.schema.json"
    schema = strict(json.loads(path.read_text()))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


REPORT = report_validator()


def decisions(folder, *arguments):
    out = folder / "decisions.ndjson"
    report = json.loads(run("replay", *arguments, "--decisions", out, "--json").stdout)
    REPORT.validate(report)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(lines) == report["decisions"], (len(lines), report["decisions"])
    for rule in report["rules"]:
        mine = [line for line in lines if line["rule"] == rule["rule"]]
        offers = [line for line in mine if line["decision"] == "offer"]
        assert rule["firings"] == len(mine) and rule["offers"] == len(offers), rule
        assert rule["visitors"] == len({(o["site"], o["visitor"]) for o in offers}), rule
        assert sum(rule["silences"].values()) == len(mine) - len(offers), rule
        assert rule["ahead_of_leaving"]["offers"] + \
            rule["ahead_of_leaving"]["no_later_sign_of_life"] == len(offers), rule
        assert sum(rule["over_time"]["offers"]) == len(offers), rule
    return out.read_bytes(), report


def most_at_once(beginnings, length):
    """Conversations at once, by counting at each beginning."""
    begin = sorted(beginnings)
    return max((sum(1 for b in begin if t - length < b <= t) for t in set(begin)), default=0)


def same_by_every_road(folder, name, file):
    wanted, report = decisions(folder, "--events", *file, "--threads", 1)
    assert report["events"] > 1000, report
    data = folder / f"data-{name}"
    run("import", *file, "--data", data)
    for threads in (1, 2, 5):
        for source in (["--events", *file], ["--data", data]):
            got, again = decisions(folder, *source, "--threads", threads)
            assert got == wanted, f"{name}: {source[0]} with {threads} threads decides differently"
            assert again == report, f"{name}: {source[0]} with {threads} threads reports differently"
    people = [line for line in map(json.loads, wanted.splitlines())
              if line["decision"] == "offer" and "to" not in line and line["rule"] not in BOTS]
    assert report["agents"]["conversations"] == len(people), report["agents"]
    assert report["agents"]["peak"] == most_at_once([p["at"] for p in people], 360_000)
    offers = report["offers"]
    print(f"{name}: {report['events']} events of {report['visitors']} visitors, "
          f"{report['decisions']} decisions, {offers} offers; the same by every road")
    return report


def against_another_set(folder, name, file):
    """Two sets over the same events: the report's differences are those of the two lists of
    decisions, and the same set twice has none."""
    packs = pathlib.Path(__file__).resolve().parents[2] / "rules/packs"
    other = folder / "other.yml"
    other.write_text(OTHER)
    page = folder / "report.html"
    wanted = None
    for threads in (1, 5):
        report = json.loads(run("replay", "--events", *file, "--rules", packs, "--against", other,
                                "--threads", threads, "--json", "--html", page).stdout)
        REPORT.validate(report)
        assert wanted in (None, report), "the difference depends on the threads"
        wanted = report
    compared = {rule["rule"]: rule for rule in wanted["against"]["by_rule"]}
    mine = {rule["rule"]: rule for rule in wanted["rules"]}
    theirs = {rule["rule"]: rule for rule in wanted["against"]["other"]["rules"]}
    assert compared["only-here"]["is"] == "gone" and compared["comparing"]["is"] == "changed"
    for rule, diff in compared.items():
        both = diff["same"] + diff["changed"] + diff["moved"]
        for set_, only in ((mine, "only_mine"), (theirs, "only_other")):
            fired = set_[rule]["firings"] if rule in set_ else 0
            assert fired == both + diff[only], (rule, fired, diff)
        moved = sum(change["firings"] for change in diff["changes"])
        assert moved == diff["changed"] + diff["only_mine"] + diff["only_other"], diff
    assert "<title>Vinkki replay</title>" in page.read_text()
    same = json.loads(run("replay", "--events", *file, "--rules", packs, "--against", packs,
                          "--json").stdout)["against"]
    assert same["same_rules"] and not same["differs"], same
    print(f"{name}: against another set, the sums agree; against itself, no difference")


def history_over_http(folder, name, file, report):
    (folder / "vinkki.yml").write_text(CONFIG.format(secret=SECRET))
    data = folder / f"live-{name}"
    server = Server(binary(), data, "--config", folder / "vinkki.yml", demo=False).start()
    run("import", *file, "--to", server.origin, "--secret", SECRET)
    server.stop()
    stored = export(binary(), data)
    assert len({(e["visitor"], e.get("id", i)) for i, e in enumerate(stored)}) >= report["events"]
    made = export(binary(), data, "decisions")
    assert not made, f"{name}: {len(made)} decisions about the past"
    print(f"{name}: {len(stored)} events over HTTP, stored as history, no decision")


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, file in inputs(folder):
            report = same_by_every_road(folder, name, file)
            against_another_set(folder, name, file)
            history_over_http(folder, name, file, report)


if __name__ == "__main__":
    sys.exit(main())
