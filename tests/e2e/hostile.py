#!/usr/bin/env python3
"""Rule files and test files made to hurt, through the real program: each is an error at its place,
and no input takes long. A run that uses more than a second of the processor is killed and counts as
a hang (big files: twenty). The most that any took is printed; the aim is under 100 ms."""
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

VINKKI = os.environ["VINKKI"]
OFFER = "\n    offer: { channels: [chat], queue: q, message: { en: Hi } }\n"


def rule(when, keys=""):
    return f"version: 1\nrules:\n  - name: r\n    when: |-\n      {when}{OFFER}{keys}"


def lets(lines):
    return "version: 1\nlet:\n" + "".join(f"  {name}: {expr}\n" for name, expr in lines)


def numbered(count, text):
    return "".join(text.replace("#", str(i)) for i in range(count))


# What it is, the file's bytes, line and column of the first error, a part of what is said.
SMALL = [
    ("a bomb of anchors", "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", 1, 4, "anchors"),
    ("a list in itself", "a: &a [*a]\n", 1, 4, "anchors"),
    ("an alias to nothing", "version: 1\nlet:\n  a: *b\n", 3, 6, "aliases"),
    ("a tag", "version: !!int 1\n", 1, 10, "tags"),
    ("100,000 brackets", "[" * 100_000, 1, 65, "deeper than 64"),
    ("100,000 mappings", "{a: " * 100_000, 1, None, "deeper than 64"),
    ("100,000 dashes", "- " * 100_000, 1, None, "deeper than 64"),
    ("100,000 question marks", "? " * 100_000, 1, None, ""),
    ("the same key twice", "version: 1\nversion: 1\n", 2, 1, "stands twice"),
    ("10,000 times the same key", "a: 1\n" * 10_000, None, None, "stands twice"),
    ("200,000 keys", numbered(200_000, "k#: 1\n"), None, None, "20,000 entries"),
    ("tabs", "version: 1\nrules:\n\t- name: r\n", 3, None, ""),
    ("100,000 tabs", "\t" * 100_000 + "a", 1, None, ""),
    ("a lone ,", ",", 1, 1, ""),
    ("a lone , in a list", "rules: [,]", 1, None, ""),
    ("100,000 commas", "," * 100_000, 1, 1, ""),
    ("two documents", "version: 1\n---\nversion: 1\n", 2, None, "one YAML document"),
    ("a quote that is never closed", "a: \"" + "x" * 1_000_000, None, None, ""),
    ("a key behind a tab", "? a:\t- b\n", 1, 4, "a tab"),
    ("another version", "version: 2\n", 1, 10, "version 1"),
    ("a list", "- a\n", 1, 1, "mapping"),
    ("not UTF-8", b"version: 1\nrules:\n  - name: \xff\n", 3, 11, "not UTF-8"),
    ("100,000 bytes that are not UTF-8", b"\xff" * 100_000, 1, 1, "not UTF-8"),
    ("UTF-8 cut off", b"version: 1\n# \xc3", 2, 3, "not UTF-8"),
    ("not UTF-8 after its escapes", "version: 1\nlet: { \"\\uD800\": 1 }\n", 2, None, ""),
    ("a NUL", b"version: 1\n\0", 2, 1, "NUL"),
    ("101 levels of ( and more", rule("(" * 1_000 + "true" + ")" * 1_000), 5, 108, "100 levels"),
    ("a million (", rule("(" * 1_000_000), 5, 108, "100 levels"),
    ("200,000 not", rule("not " * 200_000 + "true"), 5, None, "100 levels"),
    ("500,000 or", rule("true or " * 500_000 + "true"), 5, None, "10,000 parts"),
    ("a name of a million letters", rule("a" * 1_000_000), 5, 7, "no fact and no let"),
    ("a text of a million letters", rule('page.type == "' + "a" * 1_000_000), 5, None, ""),
    ("an integer that overflows", rule("cart.value > 99999999999999999999" + "9" * 400), 5, 20,
     "too large"),
    ("a count that overflows", rule("count(a, 1m) >= 18446744073709551616"), 5, None, "1,024"),
    ("a step 4294967297x", rule("sequence(a 4294967297x, b)"), 5, None, "1x to 1024x"),
    ("a priority that overflows", rule("true", "    priority: 99999999999999999999\n"), None, None,
     "priority"),
    ("a limit that overflows", rule("true", "    limits: { per_day: 4294967296 }\n"), None, None,
     "per_day"),
    ("10^9 days", rule("count(a, 1000000000d) >= 1"), 5, 16, "317 years"),
    ("10^30 days", rule("idle > 1" + "0" * 30 + "d"), 5, 14, "317 years"),
    ("for: 10^9 days", rule("true", "    for: 1000000000d\n"), None, None, "a duration"),
    ("a regular expression too long", rule(f'page.url matches "{"a" * 20_000}"'), 5, None,
     "longer than"),
    ("a regular expression that explodes", rule('page.url matches "' + "(a{1,1000}b)" * 50 + '"'),
     5, None, "regular expression"),
    ("repeats in repeats", rule('page.url matches "((((a{100}){100}){100}){100})"'), 5, None,
     "regular expression"),
    ("5,000 open groups", rule('page.url matches "' + "(" * 5_000 + '"'), 5, None,
     "regular expression"),
    ("an unknown key", "version: 1\nruls: []\n", 2, 1, "did you mean 'rules'?"),
    ("100 unknown keys of 10,000 letters",
     "version: 1\n" + numbered(100, "x" * 10_000 + "#: 1\n"), 2, 1, "has no key"),
    ("wrong types everywhere", "version: []\nsites: {}\nlet: 7\nrules: yes\nlimits: [1]\n", 1, 10,
     "version"),
    ("a rule that is a text", "version: 1\nrules: [r]\n", 2, 9, "a mapping"),
    ("a number for a condition", rule("7"), 5, 7, "a condition is wanted"),
    ("a name twice", rule("true") + f"  - name: r\n    when: true{OFFER}", 7, 11,
     "another rule has this name"),
    ("a let twice", "version: 1\nlet:\n  a: true\n  a: false\n", 4, 3, "stands twice"),
    ("a let that is itself", lets([("a", "a")]), 3, None, "back to itself"),
    ("a circle of 50 lets", lets([(f"a{i}", f"a{(i + 1) % 50}") for i in range(50)]), None, None,
     "back to itself"),
    ("5,000 lets on each other", lets([("a0", "idle > 5s")] + [
        (f"a{i}", f"not a{i - 1}") for i in range(1, 5_000)]), None, None, "100 deep"),
    ("60 lets that double", lets([("a0", "idle > 5s")] + [
        (f"a{i}", f"a{i - 1} and a{i - 1}") for i in range(1, 60)]) +
     f"rules:\n  - name: r\n    when: a59{OFFER}", None, None, "10,000 parts"),
]

RULES = numbered(10_000, f"  - name: r#\n    when: count(a, 5m) >= 3 and cart.value > #{OFFER}")
WRONG = numbered(10_000, "  - name: r#\n    when: nope# > 5\n")
# What it is, the file, the status of `vinkki check`, a part of what is said.
BIG = [
    ("10,000 rules", "version: 1\nrules:\n" + RULES, 0, "10,000 rules in 1 file, no errors"),
    ("10,000 rules, each wrong", "version: 1\nrules:\n" + WRONG, 1, "nope0"),
    ("10 MB of comments", "version: 1\nrules: []\n" + "# " + "x" * 9_900_000 + "\n", 0, "0 rules"),
    ("10 MB of lines", "version: 1\nrules: []\n" + "#\n" * 4_900_000, 0, "0 rules"),
    ("10 MB of one text", "version: 1\nlet:\n  a: \"" + "x" * 9_900_000 + "\"\n", 1, ""),
    ("10 MB of list", "version: 1\nsites:\n" + "- a\n" * 2_400_000, 1, "20,000 entries"),
    ("10 MB of expression", rule("true or " * 1_200_000 + "true"), 1, "10,000 parts"),
    ("11 MB", " " * 11_000_000, 1, "10 MB"),
]

# Test files; the rules beside them are one good one.
TESTS = [
    ("a lone ,", ",", 1, ""),
    ("events without end", "tests:\n  - name: t\n    events:\n      - 0s: a x99999999999\n"
     "    expect: nothing\n", 4, "x10000 is possible"),
    ("10^9 days", "tests:\n  - name: t\n    events:\n      - 1000000000d: a\n    expect: nothing\n",
     4, ""),
    ("deep braces", "tests:\n  - name: t\n    events:\n      - 0s: a " + "{ a: " * 10_000 + "\n"
     "    expect: nothing\n", 4, ""),
    ("a name twice", "tests:\n" + "  - name: t\n    events: []\n    expect: nothing\n" * 2, 5,
     "another test named"),
    ("not UTF-8", b"tests:\n  - name: \xff\n", 2, "not UTF-8"),
]


def run(arguments, seconds):
    """Status (negative: killed), output, CPU-seconds."""
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([VINKKI, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          preexec_fn=limit, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return done.returncode, done.stdout.decode("utf-8", "replace"), used


class Check:
    def __init__(self):
        self.failures = []
        self.most = {}

    def note(self, group, name, used):
        self.most[group] = max(self.most.get(group, (0, "")), (used, name))

    def holds(self, condition, name, output):
        if not condition:
            self.failures.append(f"{name}: {output[:300]}")

    def small(self, folder):
        path = folder / "a.yml"
        for name, text, line, column, said in SMALL:
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            status, output, used = run(["check", str(path)], 1)
            self.note("small", name, used)
            place = re.search(r"a\.yml:(\d+):(\d+): (?!warning)([^\n]*)", output)
            right = place and (line is None or int(place[1]) == line) and (
                column is None or int(place[2]) == column) and said in output
            self.holds(status == 1 and right, name, f"status {status}, {output}")

    def big(self, folder):
        for name, text, expected, said in BIG:
            path = folder / "b.yml"
            path.write_text(text)
            status, output, used = run(["check", str(path)], 20)
            self.note("big", name, used)
            print(f"  {name}: {used * 1000:.0f} ms")
            self.holds(status == expected and said in output, name, f"status {status}, {output}")

    def tests(self, folder):
        (folder / "r.yml").write_text(rule("count(a, 1m) >= 1"))
        path = folder / "r_test.yml"
        for name, text, line, said in TESTS:
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            status, output, used = run(["test", str(folder)], 1)
            self.note("test files", name, used)
            right = f"r_test.yml:{line}:" in output and said in output
            self.holds(status == 1 and right, name, f"status {status}, {output}")

    def thousand(self, folder):
        """1,000 small tests; the aim is under 2 s."""
        (folder / "r.yml").write_text(rule("count(form_error, 2m) >= 3", "    for: 10s\n"))
        (folder / "r_test.yml").write_text("tests:\n" + numbered(
            1_000, "  - name: t#\n    events:\n      - 0s: page_view { type: checkout }\n"
            "      - 20s: form_error { field: phone } x3 every 4s\n"
            "    expect:\n      - fires: r\n        at: 38s\n"))
        status, output, used = run(["test", str(folder)], 20)
        self.note("1,000 tests", "vinkki test", used)
        self.holds(status == 0 and "1000 tests, all passed" in output, "1,000 tests", output)


def main():
    check = Check()
    for part in (check.small, check.big, check.tests, check.thousand):
        with tempfile.TemporaryDirectory() as folder:
            part(pathlib.Path(folder))
    for group, (used, name) in check.most.items():
        print(f"{group}: at most {used * 1000:.0f} ms of the processor ({name})")
    print("\n".join(check.failures) or f"{len(SMALL) + len(BIG) + len(TESTS)} inputs, each answered")
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
