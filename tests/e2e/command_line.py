"""What somebody types wrong at a terminal: each is said as it is, and nothing that was there is lost."""
import json
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import tempfile
import unittest

import server

RULES = ("version: 1\nrules:\n  - name: stuck\n    when: count(form_error, 2m) >= 2\n"
         "    offer: { channels: [chat], message: { en: Hello } }\n")


def run(*args, **more):
    return subprocess.run([server.binary(), *map(str, args)], capture_output=True, text=True, **more)


class CommandLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="vinkki-command-line-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.rules = cls.write("rules.yml", RULES)
        cls.events = cls.write("events.ndjson", "".join(
            json.dumps({"at": 1704110400000 + i * 1000, "site": "shop", "visitor": "v",
                        "name": "form_error"}) + "\n" for i in range(3)))

    @classmethod
    def write(cls, name, text):
        path = cls.folder / name
        path.write_text(text)
        return path

    def replay(self, *more, status=0):
        done = run("replay", "--rules", self.rules, "--events", self.events, *more)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def test_progress_is_for_terminals_that_can_rewrite_a_line(self):
        for term, rewrites in [("xterm", True), ("dumb", False)]:
            here, there = pty.openpty()
            done = subprocess.run([server.binary(), "replay", "--rules", self.rules, "--events", self.events],
                                  stdout=subprocess.DEVNULL, stderr=there, env={**os.environ, "TERM": term})
            os.close(there)
            said = b""
            try:
                while more := os.read(here, 65536):
                    said += more
            except OSError:  # all was read
                pass
            os.close(here)
            self.assertEqual(done.returncode, 0)
            self.assertIn(b"3 events read", said)
            self.assertEqual(b"\x1b[K" in said, rewrites, said)
            self.assertEqual(b"Replaying" in said, rewrites, said)

    def test_the_command_of_a_report_shows_the_visit(self):
        at = 1704110400000
        events = self.write("it's events.ndjson", "".join(
            json.dumps({"at": at + i * 1000, "visitor": "v $1\u202e", "name": "form_error"}) + "\n" for i in range(3)))
        done = run("replay", "--rules", self.rules, "--events", events, "--site", "shop")
        lines = [line.strip() for line in done.stdout.splitlines() if line.startswith("  vinkki explain ")]
        self.assertEqual(len(lines), 1, done.stdout)
        self.assertNotIn("\u202e", lines[0])
        command = lines[0].replace("vinkki", '"$VINKKI_BINARY"', 1)
        shown = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False,
                               env={**os.environ, "VINKKI_BINARY": str(server.binary())})
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        self.assertIn("stuck", shown.stdout)

    def test_a_command_that_is_none(self):
        done = run("chek", self.rules)
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no command 'chek'; did you mean 'check'?", done.stderr)

    def test_the_version_is_asked_for_as_everywhere(self):
        self.assertEqual(run("--version").stdout, run("version").stdout)

    def test_help_is_asked_for_as_everywhere(self):
        self.assertEqual(run("help").stdout, run("--help").stdout)
        self.assertIn("--against", run("help", "replay").stdout)
        self.assertEqual(run("help", "replay").stdout, run("replay", "--help").stdout)
        self.assertIn("did you mean 'replay'?", run("help", "repaly").stderr)
        alone = run()
        self.assertEqual((alone.returncode, alone.stderr), (1, run("--help").stdout))

    def test_what_was_checked_is_said_where_nothing_was_named(self):
        self.assertRegex(run("check").stdout, r"^the built-in packs: \d+ rules in \d+ files, no errors$")
        self.assertEqual(run("check", self.rules).stdout, "1 rule in 1 file, no errors\n")

    def test_threads(self):
        one = self.replay("--threads", 1).stdout
        self.assertEqual(self.replay("--threads", 1000).stdout, one)
        self.assertIn("--threads", self.replay("--threads", 1_000_000, status=1).stderr)

    def test_an_option_that_is_wrong_is_named(self):
        self.assertIn("--from: 'yesterday' is no time", self.replay("--from", "yesterday", status=1).stderr)
        self.assertIn("--to: '2024-13-01' is no time", self.replay("--to", "2024-13-01", status=1).stderr)

    def test_a_date_is_a_whole_day_in_utc(self):
        day = 1_704_067_200_000  # 2024-01-01
        times = [day - 1, day, day + 86_399_999, day + 86_400_000]
        line = '{"site":"s","visitor":"v%d","at":%d,"name":"form_error"}\n'
        events = self.write("days.ndjson", "".join(line % (i, at) for i, at in enumerate(times)))
        rules = self.write("each.yml", RULES.replace(">= 2", ">= 1"))

        def visitors(*bounds):
            done = run("replay", "--rules", rules, "--events", events, "--decisions", "-", *bounds)
            self.assertEqual(done.returncode, 0, done.stderr)
            return [json.loads(one)["visitor"] for one in done.stdout.splitlines()]

        self.assertEqual(visitors(), ["v0", "v1", "v2", "v3"])
        self.assertEqual(visitors("--from", "2024-01-01", "--to", "2024-01-01"), ["v1", "v2"])
        self.assertEqual(visitors("--from", "2024-01-02"), ["v3"])
        self.assertEqual(visitors("--to", "2023-12-31"), ["v0"])
        self.assertEqual(visitors("--to", "2024-01-01T00:00:00Z"), ["v0", "v1"])
        done = self.replay("--from", "2024-01-02", "--to", "2024-01-01", status=1)
        self.assertIn("--from is after --to", done.stderr)

    def test_a_file_without_an_event(self):
        done = run("replay", "--rules", self.rules, "--events", self.write("text.txt", "hello\nworld\n"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("text.txt' is an event", done.stderr)
        empty = run("replay", "--rules", self.rules, "--events", self.write("empty.ndjson", ""))
        self.assertEqual(empty.returncode, 0)

    def test_a_report_stays_until_there_is_another(self):
        page = self.write("report.html", "the last one")
        broken = self.write("broken.yml", RULES.replace("form_error", "form error"))
        done = run("replay", "--rules", broken, "--events", self.events, "--html", page)
        self.assertEqual((done.returncode, page.read_text()), (1, "the last one"))
        new = self.folder / "new.html"
        run("replay", "--rules", broken, "--events", self.events, "--html", new)
        self.assertFalse(new.exists())
        self.replay("--html", page)
        self.assertIn("<html", page.read_text())
        self.replay("--html", self.folder / "no" / "such.html", status=2)

    def test_what_is_read_is_not_written_over(self):
        before = (self.events.read_text(), self.rules.read_text())
        for option, place in (("--decisions", self.events), ("--html", self.events),
                              ("--html", self.rules), ("--decisions", self.rules)):
            done = self.replay(option, place, status=1)
            self.assertIn(f"'{place}' is read here", done.stderr)
        both = self.folder / "both"
        done = self.replay("--decisions", both, "--html", both, status=1)
        self.assertIn("--decisions and --html name the same file", done.stderr)
        self.assertEqual(before, (self.events.read_text(), self.rules.read_text()))
        folder = self.folder / "r"
        folder.mkdir()
        shutil.copy(self.rules, folder / "a.yml")
        done = run("replay", "--rules", folder, "--events", self.events, "--html", folder / "a.yml")
        self.assertIn("is read here", done.stderr)
        done = run("replay", "--rules", folder, "--events", self.events, "--html", folder / "a.html")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_decisions_are_whole_or_not_there(self):
        path = self.folder / "decisions.ndjson"
        self.replay("--decisions", path)
        whole = path.read_text()
        self.assertEqual(whole.count("\n"), 1)
        path.write_text("the last ones")
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        with subprocess.Popen([server.binary(), "replay", "--rules", self.rules, "--events", pipe,
                               "--decisions", path], stderr=subprocess.DEVNULL) as process:
            with open(pipe, "w"):  # it waits for events, and has opened the decisions before
                process.send_signal(signal.SIGINT)
                process.wait()
        self.assertEqual(path.read_text(), "the last ones")
        with subprocess.Popen([server.binary(), "replay", "--rules", self.rules, "--events", pipe,
                               "--decisions", path], stdout=subprocess.PIPE, text=True) as process:
            pipe.write_text(self.events.read_text())
            self.assertIn("3 events", process.communicate()[0])
        self.assertEqual(path.read_text(), whole)
        self.replay("--decisions", "/dev/full", status=2)
        self.assertEqual(self.replay("--decisions", "-").stdout, whole)
        self.replay("--decisions", path)
        self.assertEqual(path.read_text(), whole)
        self.assertFalse((self.folder / "decisions.ndjson.part").exists())

    def test_warnings_of_rules_that_are_only_used_are_counted(self):
        warned = self.write("warned.yml", RULES.replace("rules:", "let: { unused: idle > 5s }\nrules:"))
        done = run("replay", "--rules", warned, "--events", self.events)
        self.assertIn(f"{warned}: 1 warning; `vinkki check` says which\n", done.stderr)
        self.assertNotIn("nothing uses", done.stderr)


if __name__ == "__main__":
    unittest.main()
