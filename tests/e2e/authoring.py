"""What somebody who writes rules uses, as the real program: `check`, `rules schema` held against the
packs and against files with mistakes by another implementation of JSON Schema, `rules fmt`."""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

import jsonschema
import yaml

import server

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKS = [p for p in sorted((ROOT / "rules/packs").glob("*.yml")) if "_test" not in p.name]
HEAD = "version: 1\nrules:\n  - name: r\n    when: idle > 5s\n"
OFFER = "    offer: { channels: [chat], message: { en: Hello } }\n"

# What follows HEAD, and whether the program takes it. The schema has to agree.
VALUES = {
    "for: 90s": True, "for: 1h30m": True, "for: 10": False, 'for: ""': False, "for: 1m1h": False,
    "for: -1s": False, "fresh: 5s": True, "fresh: soon": False,
    "holdout: 10%": True, "holdout: 0.5%": True, "holdout: 0.1": True, "holdout: 10": False,
    "holdout: 150%": False, "holdout: ten": False,
    "priority: -3": True, "priority: high": False, "priority: 1.5": False,
    "mode: shadow": True, "mode: off": True, "mode: Live": False,
    "otherwise: bot": True, "otherwise: human": False,
    "audience: potential >= 35%": True, "audience: [x]": False,
    "limits: { per_day: 2, cooldown: 30m }": True, "limits: { per_day: -1 }": False,
    "limits: { per_dya: 1 }": False, "limits: { cooldown: 30 }": False, "limits: often": False,
    "hours: { from: 08:00, to: 24:00 }": True, "hours: { from: 8:00 }": True,
    "hours: { from: 25:00 }": False, "hours: { to: 24:01 }": False, "hours: { from: 8 }": False,
    "hours: { days: mon-fri }": True, "hours: { days: 'mon, wed-fri' }": True,
    "hours: { days: [mon, wed] }": True, "hours: { days: mo-fr }": False,
    "hours: { days: [] }": False, "hours: { day: mon }": False,
    "offer: { channels: [chat, voice], expires: 2m }": True, "offer: { channels: chat }": False,
    "offer: { channels: [fax] }": False, "offer: { channels: [] }": False,
    "offer: { channels: [chat, chat] }": False, "offer: chat": False,
    "offer: { message: { pt-BR: Olá, fi: Hei } }": True, "offer: { message: Hello }": False,
    "offer: { message: { english: Hello } }": False, "offer: { message: { en: '' } }": False,
    "wehn: idle > 5s": False,
    "holdout: 101%": False, "priority: 2147483648": False, "limits: { per_day: 1000000001 }": False,
    "description: 404": True, 'description: ""': True, 'audience: ""': False,
    "offer: { queue: 5, message: { en: 5 } }": True, 'offer: { queue: "" }': False,
    "offer: { expires: 0s }": False, "offer: { expires: 0m1ms }": True, "for: 0s": True,
    'hours: { zone: "" }': False, "hours: { zone: Helsinki }": False, "hours: { zone: UTC }": True,
    "hours: { zone: Europe/Helsinki }": True, "hours: { zone: europe/helsinki }": False, 'priority: "5"': True, 'priority: "high"': False,
    'limits: { per_day: "2" }': True, 'limits: { per_day: "two" }': False, "holdout: .5%": True,
    "holdout: 005%": True, 'holdout: "0.1"': True, 'holdout: "2"': False, "holdout: .%": False,
}


def run(*args):
    return subprocess.run([server.binary(), *map(str, args)], capture_output=True, text=True)


class Yaml12(yaml.SafeLoader):
    """YAML 1.2's scalars: `off` and 08:00 are texts."""


Yaml12.yaml_implicit_resolvers = {}
for tag, pattern, first in (("bool", r"^(true|false)$", "tf"), ("null", r"^(~|null|)$", "~n"),
                            ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
                            ("float", r"^[-+]?[0-9]+\.[0-9]*$", "-+0123456789")):
    Yaml12.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


def read(text):
    return yaml.load(text, Yaml12)


class Authoring(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="vinkki-authoring-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        schema = json.loads(run("rules", "schema").stdout)
        jsonschema.Draft7Validator.check_schema(schema)
        cls.schema = jsonschema.Draft7Validator(schema)

    def write(self, text, name="rules.yml"):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    def test_schema_takes_the_packs(self):
        self.assertGreater(len(PACKS), 5)
        for pack in PACKS:
            with self.subTest(pack.name):
                self.schema.validate(read(pack.read_text()))

    def test_schema_and_program_agree(self):
        for value, good in VALUES.items():
            text = HEAD + ("" if value.startswith("offer:") else OFFER) + f"    {value}\n"
            with self.subTest(value):
                self.assertEqual(run("check", self.write(text)).returncode == 0, good)
                self.assertEqual(self.schema.is_valid(read(text)), good)

    def test_schema_and_program_agree_on_the_top_of_a_file(self):
        for top, good in {"sites: [404, shop-fi]": True, 'sites: [""]': False, "sites: []": False,
                          "sites: [a, a]": True, "let: { a: 5 }": True, 'let: { a: "" }': False,
                          "let: { idle: 5 }": False, "let: { within: 5 }": False,
                          "let: { count: 5 }": True, "version: 2": False, "other: 5": False,
                          "let: null": True, 'version: "1"': True}.items():
            text = ("" if top.startswith("version") else "version: 1\n") + f"{top}\nrules: []\n"
            with self.subTest(top):
                self.assertEqual(run("check", self.write(text)).returncode == 0, good)
                self.assertEqual(self.schema.is_valid(read(text)), good)
        for text in ("version: 1\n", "version: 1\nrules: null\n"):
            with self.subTest(text):
                self.assertEqual(run("check", self.write(text)).returncode, 1)
                self.assertFalse(self.schema.is_valid(read(text)))

    def test_check_for_editors(self):
        path = self.write(HEAD.replace("idle >", "idel >") + OFFER)
        done = run("check", path, "--format", "json")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(json.loads(done.stdout), [{
            "file": str(path), "line": 4, "column": 11, "length": 4, "severity": "error",
            "rule": "r", "message": "there is no fact and no let 'idel'; did you mean 'idle'?"}])
        clean = run("check", self.write(HEAD + OFFER), "--format", "json")
        self.assertEqual((clean.returncode, json.loads(clean.stdout)), (0, []))

    def test_check_of_what_has_no_end(self):
        done = run("check", "/dev/zero")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/dev/zero is larger than 10 MB", done.stderr)

    def test_check_of_a_folder_without_rules(self):
        folder = self.write(HEAD + OFFER, "none/rules.txt").parent
        done = run("check", folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{folder}: no file with rules (*.yml) below it", done.stderr)

    def test_patterns_that_take_long_are_refused_soon(self):
        rules = "".join(f"  - name: r{i}\n    when: |\n      page.path matches '{pattern}'\n{OFFER}"
                        for i, pattern in enumerate(["\\pL" * 3000, "(x{1000}y?){1000}", "(" * 900]))
        begin = time.monotonic()
        done = run("check", self.write("version: 1\nrules:\n" + rules))
        self.assertEqual(done.stderr.count("this is no regular expression"), 3)
        self.assertLess(time.monotonic() - begin, 5)  # half a second; minutes without the limits
        large = "".join(f"  - name: r{i}\n    when: page.title matches '\\pL{{8}}x{i}'\n{OFFER}" for i in range(1500))
        begin = time.monotonic()
        done = run("check", self.write("version: 1\nrules:\n" + large))
        self.assertIn("with this one the regular expressions of all rules are too large together", done.stderr)
        self.assertLess(time.monotonic() - begin, 5)  # a tenth of a second; 17 s without the limit

    def test_fmt_of_a_file_and_of_a_folder(self):
        untidy = HEAD.replace("when:", "when:   ") + "    # kept\n" + OFFER
        tidy = HEAD + "    # kept\n" + OFFER
        one = self.write(untidy, "below/a.yml")
        self.assertEqual(run("rules", "fmt", "--check", one).returncode, 1)
        done = run("rules", "fmt", one)
        self.assertEqual((done.returncode, done.stdout, one.read_text()), (0, f"{one}\n", tidy))
        other = self.write(untidy, "below/b.yml")
        done = run("rules", "fmt", other.parent)
        self.assertEqual((done.returncode, done.stdout, other.read_text()), (0, f"{other}\n", tidy))
        self.assertEqual(run("rules", "fmt", "--check", other.parent).stdout, "")
        self.assertEqual(sorted(p.name for p in other.parent.iterdir()), ["a.yml", "b.yml"])
        other.write_text(untidy)
        other.chmod(0o640)
        link = other.with_name("c.yml")
        link.symlink_to("b.yml")
        self.assertEqual(run("rules", "fmt", link).returncode, 0)
        self.assertEqual((link.is_symlink(), other.read_text()), (True, tidy))
        self.assertEqual(other.stat().st_mode & 0o777, 0o640)
        broken = HEAD.replace("idle", "idle >=").replace("when:", "when:   ") + OFFER
        other.write_text(broken)
        done = run("rules", "fmt", other.parent)
        self.assertEqual((done.returncode, other.read_text()), (1, broken))
        self.assertRegex(done.stderr, r"b\.yml:4:\d+: rule 'r': found '>'.*(?s:.*)left as it is")
        tests = self.write("tests: []\n", "below/a_test.yml")
        for command in (["check"], ["rules", "fmt"]):
            done = run(*command, tests)
            self.assertEqual(done.returncode, 1)
            self.assertIn("a_test.yml holds tests, not rules; vinkki test runs it", done.stderr)
        nothing = self.write("", "empty/rules.txt").parent
        done = run("rules", "fmt", "--check", nothing)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{nothing}: no file with rules (*.yml) below it", done.stderr)


if __name__ == "__main__":
    unittest.main()
