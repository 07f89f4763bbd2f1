#!/usr/bin/env python3
"""Rules change while the server serves: by PUT, by files, by SIGHUP; ten times a second, half of
them invalid. A set is in force whole or not at all, and what is in force is what is on disk."""
import http.client
import os
import pathlib
import re
import signal
import tempfile
import threading
import time
import urllib.parse

from server import Page, Server, binary, export

OFFER = "offer: { channels: [chat], queue: %s, message: { en: hi } }"
BROKEN = ("version: 1\nrules:\n  - name: broken\n    when: coutn(x, 1m) >= 1\n"
          "    offer: { channels: [chat] }\n")


def rule(name, when, queue="q"):
    return f"  - name: {name}\n    when: {when}\n    {OFFER % queue}\n"


def text(*rules):
    return "version: 1\nrules:\n" + "".join(rules)


def pair(k):
    """Two rules that only ever change together."""
    return text(rule("a", 'event.name == "x"', f"q{k}") + "    mode: shadow\n",
                rule("b", 'event.name == "x"', f"q{k}") + "    mode: shadow\n")


def eventually(condition, what):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def names(server):
    return sorted(rule["name"] for rule in server.ask("GET", "/api/v1/rules")[1]["rules"])


def refused(server):
    return server.ask("GET", "/api/v1/rules")[1]["source"]["refused"]


def asked_again(server, tag=""):
    """GET /api/v1/rules by somebody who knows the state with this tag: status, tag."""
    connection = http.client.HTTPConnection("127.0.0.1", urllib.parse.urlparse(server.staff).port)
    connection.request("GET", "/api/v1/rules", None,
                       {"Authorization": f"Bearer {server.token}", "If-None-Match": tag})
    answer = connection.getresponse()
    answer.read()
    return answer.status, answer.headers["ETag"]


def rename_over(path, content):
    neighbour = path.with_name("." + path.name + ".swp")
    neighbour.write_text(content)
    os.replace(neighbour, path)


def put(folder):
    """PUT is in force at once, on disk, and after a restart."""
    rules = folder / "put-rules"
    rules.mkdir()
    (rules / "a.yml").write_text(text(rule("a", "count(x, 1m) >= 1")))
    (rules / "a_test.yml").write_text("kept as it is")
    server = Server(binary(), folder / "put", rules=rules).start()
    status, answer = server.ask("PUT", "/api/v1/rules?file=sub/b.yml&dry_run",
                                text(rule("b", "count(y, 1m) >= 1")))
    assert status == 200 and [r["name"] for r in answer["added"]] == ["b"], answer
    assert [r["name"] for r in answer["unchanged"]] == ["a"] and names(server) == ["a"]
    status, answer = server.ask("PUT", "/api/v1/rules?file=sub/b.yml",
                                text(rule("b", "count(y, 1m) >= 1")))
    assert status == 200 and names(server) == ["a", "b"] and (rules / "sub/b.yml").exists()
    status, answer = server.ask("PUT", "/api/v1/rules?file=sub/b.yml", BROKEN)
    assert status == 422 and answer["code"] == "rules", answer
    error = [e for e in answer["errors"] if e["severity"] == "error"][0]
    assert (error["file"], error["line"], error["column"]) == ("sub/b.yml", 4, 11), error
    assert names(server) == ["a", "b"]
    server.kill()
    server.start()
    assert names(server) == ["a", "b"]
    status, answer = server.ask("PUT", "/api/v1/rules", text(rule("c", "count(y, 1m) >= 1")))
    assert status == 200 and names(server) == ["c"]
    assert sorted(r["name"] for r in answer["removed"]) == ["a", "b"], answer
    files = sorted(str(p.relative_to(rules)) for p in rules.rglob("*") if p.is_file())
    assert files == ["a_test.yml", "rules.yml"], files
    server.stop()
    assert "staff_put_rules" in server.log.read_text(), "no audit line"

    one = folder / "one.yml"
    one.write_text(text(rule("one", "count(x, 1m) >= 1")))
    server = Server(binary(), folder / "one-file", rules=one).start()
    before = one.read_text()
    other = text(rule("b", "count(y, 1m) >= 1"))
    for query, status in (("?file=b.yml", 409), ("?file=", 400), ("?dryrun", 400)):
        got, answer = server.ask("PUT", "/api/v1/rules" + query, other)
        assert (got, names(server), one.read_text()) == (status, ["one"], before), answer
    got, answer = server.ask("PUT", "/api/v1/rules?file=one.yml", other)
    assert got == 200 and names(server) == ["b"], answer
    server.stop()

    server = Server(binary(), folder / "packs").start()
    status, answer = server.ask("PUT", "/api/v1/rules", text(rule("c", "count(y, 1m) >= 1")))
    assert status == 409 and "--rules" in answer["detail"], answer
    server.stop()


def watch(folder):
    """Files are taken into force as they change; a broken one keeps the old set."""
    rules = folder / "watched"
    rules.mkdir()
    (rules / "a.yml").write_text(text(rule("a", "count(x, 1m) >= 1")))
    server = Server(binary(), folder / "watch", rules=rules).start()
    rename_over(rules / "a.yml", text(rule("renamed", "count(x, 1m) >= 1")))
    eventually(lambda: names(server) == ["renamed"], "a file renamed over")
    (rules / "sub").mkdir()
    (rules / "sub/b.yml").write_text(text(rule("b", "count(y, 1m) >= 1")))
    eventually(lambda: names(server) == ["b", "renamed"], "a new folder with a file")
    (rules / "sub/b.yml").write_text(BROKEN)
    eventually(lambda: server.metric("vinkki_rules_last_reload_successful") == 0, "a broken file")
    assert names(server) == ["b", "renamed"]
    assert "sub/b.yml:4:11" in server.log.read_text(), "the place of the error"
    assert "sub/b.yml:4:11" in refused(server), "the place of the error, for the console"
    (rules / "sub/b.yml").unlink()
    eventually(lambda: names(server) == ["renamed"], "a file removed")
    assert server.metric("vinkki_rules_last_reload_successful") == 1
    assert refused(server) == ""
    assert abs(server.metric("vinkki_rules_last_reload_success_timestamp_seconds")
               - time.time()) < 60
    server.stop()


def unchanged(folder):
    """A set that is in force already, but for comments, moves nobody."""
    rules = folder / "same"
    rules.mkdir()
    (rules / "a.yml").write_text(text(rule("a", "count(x, 1m) >= 1")))
    server = Server(binary(), folder / "unchanged", "--no-watch", rules=rules).start()

    def hang_up():
        lines = [line for line in server.log.read_text().splitlines() if "rules_reloaded" in line]
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: server.log.read_text().count("rules_reloaded") > len(lines), "its line")
        said = re.search(r" rules_reloaded .*changed=(\w+)", server.log.read_text().splitlines()[-1])
        return {"true": True, "false": False}[said[1]]

    assert not hang_up(), "the same files"
    (rules / "a.yml").write_text("# a comment\n" + text(rule("a", "count(x, 1m) >= 1")))
    assert not hang_up(), "another comment"
    (rules / "a.yml").write_text(text(rule("a", "count(x, 1m) >= 2")))
    assert hang_up(), "another meaning"
    (rules / "a.yml").write_text(text(rule("a", "count(x")))
    status, tag = asked_again(server)
    assert (status, asked_again(server, tag)[0], refused(server)) == (200, 304, "")
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: refused(server), "a set that is refused")
    assert asked_again(server, tag)[0] == 200, "that it was refused is news"
    server.stop()


def hammer(folder):
    """Ten reloads a second, half of them invalid, under load."""
    rules = folder / "hammered"
    rules.mkdir()
    (rules / "rules.yml").write_text(pair(0))
    server = Server(binary(), folder / "hammer", "--shards", "2", rules=rules).start()
    count = 60
    of_set = {}  # rule's version -> the number of its set
    for k in range(count):
        _, answer = server.ask("PUT", "/api/v1/rules?dry_run", pair(k))
        for change in answer["changed"] + answer["unchanged"]:
            of_set[change["version"]] = k
    assert len(of_set) == 2 * count
    stop = threading.Event()
    statuses, torn = [], []

    def post(number):
        page, n = Page(server), 0
        while not stop.is_set():
            n += 1
            statuses.append(page.post(f"hammer-visitor-{number}-{n // 20:06d}", "load", n % 20 + 1,
                                      [["x", 0, {}]])[0])

    def look():
        while not stop.is_set():
            seen = {of_set[r["version"]] for r in server.ask("GET", "/api/v1/rules")[1]["rules"]}
            if len(seen) != 1:
                torn.append(seen)

    threads = [threading.Thread(target=post, args=(i,)) for i in range(2)]
    threads.append(threading.Thread(target=look))
    for thread in threads:
        thread.start()
    began = time.monotonic()
    answers = []
    for k in range(count):
        time.sleep(max(0, began + k / 10 - time.monotonic()))
        if k % 4 == 0:
            answers.append(server.ask("PUT", "/api/v1/rules", pair(k))[0] == 200)
        elif k % 4 == 1:
            answers.append(server.ask("PUT", "/api/v1/rules", pair(k) + BROKEN)[0] == 422)
        else:
            rename_over(rules / "rules.yml", pair(k) if k % 4 == 2 else BROKEN)
            server.process.send_signal(signal.SIGHUP)
    took = time.monotonic() - began
    stop.set()
    for thread in threads:
        thread.join()
    assert all(answers) and len(answers) == count // 2, answers
    assert set(statuses) == {204}, set(statuses)
    assert not torn, torn
    # What is in force in the end is what is on disk once that is valid again.
    rename_over(rules / "rules.yml", pair(7))
    eventually(lambda: {of_set.get(r["version"]) for r in
                        server.ask("GET", "/api/v1/rules")[1]["rules"]} == {7}, "the last set")
    loaded, refused = (f'vinkki_rules_reloads_total{{result="{r}"}}' for r in ("loaded", "refused"))
    reloads = {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
               for line in server.metrics().splitlines() if line.startswith("vinkki_rules_reloads")}
    assert reloads[loaded] > count / 4 and reloads[refused] > 5, reloads
    server.stop()
    # Two batches of a visitor may come in one millisecond, and a reload between them: so a set has
    # decided whole or not at all what it decided there.
    decisions = {}
    for d in export(binary(), folder / "hammer", "decisions"):
        key = (d["visitor"], d["at"], of_set[d["version"]])
        decisions.setdefault(key, []).append(d["rule"])
    sets = {k for _, _, k in decisions}
    for key, made in decisions.items():
        assert made.count("a") == made.count("b") > 0, f"half a set: {key} {made}"
    assert all(k % 4 in (0, 2) for k in sets), "an invalid set decided"
    assert len(sets) > count / 8, sets
    print(f"{count} reloads in {took:.1f} s, half invalid: {len(statuses)} batches, "
          f"{len(decisions)} instants decided by {len(sets)} sets, none torn")


def in_flight(folder):
    """A rule that a reload leaves as it is fires for every event that is under way meanwhile."""
    secret, visitors = "a-secret-of-the-reload-test", 5000
    (folder / "vinkki.yml").write_text(
        "version: 1\nsites:\n"
        f'  - {{ key: shop, origins: ["http://shop.example"], secret: {secret} }}\n')
    rules = folder / "flight-rules"
    rules.mkdir()
    shadow = "    mode: shadow\n"
    (rules / "a.yml").write_text(text(rule("on-x", 'event.name == "x"') + shadow,
                                      rule("after-x", "count(x, 10s) >= 1") + shadow))
    server = Server(binary(), folder / "flight", "--config", folder / "vinkki.yml", rules=rules,
                    demo=False).start()
    stop = threading.Event()

    def reload():
        number = 0
        while not stop.is_set():  # each time other facts, so that every visitor is looked at
            number += 1
            other = text(rule("other", f"count(y, {number}m) >= 2"))
            assert server.ask("PUT", "/api/v1/rules?file=b.yml", other)[0] == 200

    def send(name):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        lines = "\n".join(f'{{"visitor":"v{i}","at":{int(time.time() * 1000)},"name":"{name}"}}'
                          for i in range(visitors))
        connection.request("POST", "/v1/events", lines, {
            "Authorization": f"Bearer {secret}", "Content-Type": "application/x-ndjson"})
        assert connection.getresponse().status == 200

    send("page_view")
    reloads = threading.Thread(target=reload)
    reloads.start()
    for _ in range(3):
        send("x")
    stop.set()
    reloads.join()
    server.stop()
    made = [d["rule"] for d in export(binary(), folder / "flight", "decisions")]
    assert made.count("on-x") == 3 * visitors, made.count("on-x")
    assert made.count("after-x") == visitors, made.count("after-x")
    print(f"{visitors} visitors, 3 events each, all decided")


def main():
    with tempfile.TemporaryDirectory() as folder:
        for test in (put, watch, unchanged, hammer, in_flight):
            started = time.monotonic()
            test(pathlib.Path(folder))
            print(f"{test.__name__}: {time.monotonic() - started:.1f} s", flush=True)


if __name__ == "__main__":
    main()
