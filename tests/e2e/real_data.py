#!/usr/bin/env python3
"""Real shop traffic through every road: a file replayed, the same file imported into a data folder
and replayed from there, with any number of threads: the same decisions. Sent over HTTP into a running
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

from server import Server, binary, export

SECRET = "a-secret-for-this-test"
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


def decisions(folder, *arguments):
    out = folder / "decisions.ndjson"
    report = run("replay", *arguments, "--decisions", out, "--json").stdout
    return out.read_bytes(), json.loads(report)


def same_by_every_road(folder, name, file):
    wanted, report = decisions(folder, "--events", *file, "--threads", 1)
    assert report["events"] > 1000, report
    data = folder / f"data-{name}"
    run("import", *file, "--data", data)
    for threads in (1, 2, 5):
        for source in (["--events", *file], ["--data", data]):
            got, again = decisions(folder, *source, "--threads", threads)
            assert got == wanted, f"{name}: {source[0]} with {threads} threads decides differently"
            assert again["events"] == report["events"], (again["events"], report["events"])
    offers = sum(rule["offers"] for rule in report["rules"])
    print(f"{name}: {report['events']} events of {report['visitors']} visitors, "
          f"{report['decisions']} decisions, {offers} offers; the same by every road")
    return report


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
            history_over_http(folder, name, file, report)


if __name__ == "__main__":
    sys.exit(main())
