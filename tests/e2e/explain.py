"""`vinkki explain` and the staff port's explain of one visit that a running server has seen: the two
say the same, what they say is what was decided, and both answer bad questions precisely."""
import http.client
import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest
import urllib.parse

import jsonschema

import server

ROOT = pathlib.Path(__file__).resolve().parents[2]
VINKKI = server.binary()

RULES = """version: 1
rules:
  - name: stuck
    when: page.type == "checkout" and count(form_error, 2m) >= 3 and cart.value >= 30
    for: 1s
    offer: { channels: [chat], queue: checkout, message: { en: Hello } }
    limits: { cooldown: 30m }
  - name: leaving
    when: sequence(add_to_cart, view_cart, not begin_checkout for 90s, within 15m)
    offer: { channels: [chat], queue: sales, message: { en: Hello } }
  - name: big-spender
    when: sum(view_item.price, 1h) > 100000
    offer: { channels: [chat], queue: sales, message: { en: Hello } }
"""

STUCK = [["page_view", -9000, {"type": "checkout", "url": "http://localhost/checkout"}],
         ["add_to_cart", -8000, {"value": 80, "currency": "EUR"}],
         *[["view_item", -7000, {"price": 1}] for _ in range(70)],
         *[["form_error", -6000 + i, {"field": "phone"}] for i in range(3)]]


class Explain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        base = pathlib.Path(cls.folder.name)
        cls.data, cls.rules = base / "data", base / "rules"
        cls.rules.mkdir()
        (cls.rules / "rules.yml").write_text(RULES)
        cls.server = server.Server(VINKKI, cls.data, rules=cls.rules).start()
        page = server.Page(cls.server)
        cls.visitor = "p." + "a" * 20
        status, _, text = page.post("a" * 20, "load", 1, STUCK)
        assert status == 204, text
        for _ in range(300):  # until its `for` is over and the offer is stored
            if "vinkki_triggers_total{rule=\"stuck\"} 1" in cls.server.metrics():
                break
            time.sleep(0.1)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.folder.cleanup()

    def cli(self, *arguments, status=0):
        process = subprocess.run(
            [VINKKI, "explain", "--rules", self.rules, *arguments], capture_output=True, text=True)
        self.assertEqual(process.returncode, status, process.stderr)
        return process.stdout if status == 0 else process.stderr

    def cli_json(self, *arguments):
        return json.loads(self.cli("--data", self.data, "--visitor", self.visitor,
                                   "--format", "json", *arguments))

    def staff(self, **query):
        connection = http.client.HTTPConnection(
            "127.0.0.1", urllib.parse.urlparse(self.server.staff).port, timeout=30)
        connection.request("GET", "/api/v1/explain?" + urllib.parse.urlencode(query),
                           headers={"Authorization": f"Bearer {self.server.token}"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def test_both_say_the_same(self):
        schema = json.loads((ROOT / "docs/schemas/explanation.schema.json").read_text())
        validator = jsonschema.Draft202012Validator(schema)
        for at in ("first", "last", "last+500ms", "last+10m", "last+5h"):
            status, of_staff = self.staff(visitor=self.visitor, site="demo", at=at)
            self.assertEqual(status, 200, of_staff)
            of_cli = self.cli_json("--at", at, "--site", "demo")
            # How far ahead of now the moment lies differs from question to question.
            for said in (of_staff, of_cli):
                said["notes"] = [note for note in said["notes"] if "ahead" not in note]
            self.assertEqual(of_cli, of_staff)
            for error in validator.iter_errors(of_cli):
                self.fail(f"{at}: {error.json_path}: {error.message}")

    def test_what_was_decided(self):
        said = self.cli_json("--at", "last+10m")
        stored = server.export(VINKKI, self.data, "decisions")
        self.assertEqual([d["rule"] for d in stored], ["stuck"])
        told = [e for e in said["timeline"] if e["kind"] == "decision"]
        self.assertEqual([(e["at"], e["rule"], e["decision"], e["live"]) for e in told],
                         [(stored[0]["at"], "stuck", "offer", "same")])
        self.assertEqual(told[0]["why"],
                         "3 form errors in 2 min, then 1 s without progress, cart 80 EUR")
        self.assertEqual(said["about"]["consent"], "cookieless")
        self.assertEqual(said["let_go"][0]["times"], 6)
        self.assertIn('vinkki_let_go_total{kind="events",shard="0"} 6', self.server.metrics())

    def test_a_visit_over_midnight(self):
        events = pathlib.Path(self.folder.name) / "night.ndjson"
        start = 1704153540000  # Monday 2024-01-01 23:59 UTC
        events.write_text("".join(
            json.dumps({"at": start + at, "site": "s", "visitor": "night", "name": name}) + "\n"
            for at, name in ((0, "page_view"), (59_999, "click"), (60_000, "search"))))
        said = self.cli("--events", events, "--visitor", "night").splitlines()
        at = said.index("What happened")
        self.assertEqual([line.split()[0] for line in said[at + 1:at + 6]],
                         ["Mon", "23:59:00", "23:59:59", "Tue", "00:00:00"])

    def test_a_site_without_a_name(self):
        events = pathlib.Path(self.folder.name) / "sites.ndjson"
        line = {"at": 1704110400000, "visitor": "v", "name": "search"}
        events.write_text(json.dumps(line) + "\n" + json.dumps({**line, "site": "s"}) + "\n"
                          + json.dumps({**line, "site": "s", "name": "copy"}) + "\n")
        asked = ("--events", events, "--visitor", "v", "--format", "json")
        self.assertIn("is at sites '' and 's' in the file; say which with --site",
                      self.cli(*asked, status=1))
        self.assertEqual(json.loads(self.cli(*asked, "--site", ""))["events"], 1)
        self.assertEqual(json.loads(self.cli(*asked, "--site", "s"))["events"], 3)

    def test_why_is_never_left_out(self):
        base = pathlib.Path(self.folder.name)
        (base / "why.ndjson").write_text(json.dumps(
            {"site": "s", "visitor": "v", "at": 1704110400000, "name": "search"}) + "\n")
        rules = base / "why.yml"
        for when, why in (("not sequence(copy, search, within 5m)", "not: text copied, then search in 5 min"),
                          ("not (cart.age > 10m) and count(search, 5m) >= 1", "1 search in 5 min"),
                          ('event.name != "copy"', 'event.name != "copy"')):
            rules.write_text("version: 1\nrules:\n  - name: r\n    when: " + when + """
    offer: { channels: [chat], message: { en: Hello } }\n""")
            said = subprocess.run(
                [VINKKI, "explain", "--events", base / "why.ndjson", "--rules", rules, "--visitor", "v",
                 "--format", "json"], capture_output=True, check=True).stdout
            told = [entry for entry in json.loads(said)["timeline"] if entry["kind"] == "decision"]
            self.assertEqual([entry["why"] for entry in told], [why])

    def test_a_percentage_is_said_as_the_rule_says_it(self):
        base = pathlib.Path(self.folder.name)
        (base / "score.ndjson").write_text(json.dumps(
            {"site": "s", "visitor": "v", "at": 1704110400000, "name": "identify", "props": {"score": 0.07}}) + "\n")
        (base / "score.yml").write_text(RULES.replace("sum(view_item.price, 1h) > 100000",
                                                      "visitor.properties.score >= 35%"))
        asked = [VINKKI, "explain", "--events", base / "score.ndjson", "--rules", base / "score.yml",
                 "--visitor", "v", "--rule", "big-spender"]
        text = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
        self.assertIn("missing  visitor.properties.score 7%; needs 35%", text)
        said = json.loads(subprocess.run([*asked, "--format", "json"], capture_output=True, check=True).stdout)
        clause = said["rules"][0]["clauses"][0]
        self.assertEqual((clause["text"], clause["value"]), ("visitor.properties.score >= 35%", "7%"))

    def test_what_is_missing(self):
        said = self.cli_json("--at", "first", "--rule", "stuck")
        texts = [part["any_of"][0]["text"] for part in said["rules"][0]["missing"]]
        self.assertEqual(texts, ["0 of 3 form errors in 2 min; needs 3 more",
                                 "cart 0; needs 30 more"])
        waits = self.cli_json("--at", "last", "--rule", "stuck")
        self.assertEqual(waits["rules"][0]["fires_at"], waits["at"] + 1000)
        self.assertEqual([t["fires"] for t in waits["timers"]], [True])
        after = self.cli_json("--at", "last+10s", "--rule", "stuck")
        self.assertEqual([s["reason"] for s in after["rules"][0]["silences"]],
                         ["cooldown", "engaged"])

    def test_the_page_of_text(self):
        text = self.cli("--data", self.data, "--visitor", self.visitor, "--at", "last+10s")
        for part in ("What happened", "view_item ×70", "form_error ×3", "stuck  offer",
                     "3 form errors in 2 min, then 1 s without progress, cart 80 EUR",
                     "1 of 2 steps (addition to the cart); needs look at the cart",
                     "Let go by the bounds of the language"):
            self.assertIn(part.replace("×", "x") if "×" not in text else part, text)
        self.assertNotIn("\033", text)

    def test_a_long_clause_has_its_turn_below(self):
        events = pathlib.Path(self.folder.name) / "cart.ndjson"
        events.write_text("".join(
            json.dumps({"at": 1704110400000 + at, "site": "s", "visitor": "v", "name": name}) + "\n"
            for at, name in ((0, "add_to_cart"), (1000, "view_cart"))))
        clause = "sequence(add_to_cart, view_cart, not begin_checkout for 1m30s, within 15m)"
        for columns, below in ((60, True), (80, True), (160, False)):
            said = subprocess.run(
                [VINKKI, "explain", "--events", events, "--rules", self.rules, "--visitor", "v",
                 "--at", "last+10s", "--rule", "leaving"], capture_output=True, text=True, check=True,
                env={**os.environ, "COLUMNS": str(columns)}).stdout
            self.assertLessEqual(max(map(len, said.splitlines())), columns, said)
            self.assertIn(clause + " turns in 1 min 20 s", " ".join(said.split()))
            self.assertEqual("\n          turns in 1 min 20 s\n" in said, below)

    def test_bad_questions(self):
        visitor = ("--visitor", self.visitor)
        data = ("--data", self.data)
        self.assertIn(f"no visitor 'nobody'", self.cli(*data, "--visitor", "nobody", status=2))
        self.assertIn(f"there is '{self.visitor}'",
                      self.cli(*data, "--visitor", self.visitor[:6], status=2))
        self.assertIn("the sites stored there are 'demo'",
                      self.cli(*data, *visitor, "--site", "shop", status=2))
        self.assertIn("did you mean 'stuck'?", self.cli(*data, *visitor, "--rule", "stcuk", status=2))
        self.assertIn("the first came at",
                      self.cli(*data, *visitor, "--at", "2001-01-01T00:00:00Z", status=2))
        self.assertIn("is no moment", self.cli(*data, *visitor, "--at", "noon", status=1))
        self.assertIn("no database there",
                      self.cli("--data", self.folder.name + "/none", *visitor, status=2))
        for query, status, code in (({}, 400, "malformed"),
                                    ({"visitor": "nobody"}, 404, "not_found"),
                                    ({"visitor": self.visitor, "rule": "stcuk"}, 404, "not_found"),
                                    ({"visitor": self.visitor, "at": "1"}, 404, "not_found"),
                                    ({"visitor": self.visitor, "at": "noon"}, 400, "malformed")):
            got, problem = self.staff(**query)
            self.assertEqual((got, problem["code"]), (status, code), problem)


if __name__ == "__main__":
    unittest.main()
