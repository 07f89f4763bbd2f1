#!/usr/bin/env python3
"""Bad input over HTTP against the real program: each gets the documented answer, the good events of
a batch are kept, what is refused is counted and put into quarantine, and nothing else is lost."""
import json
import pathlib
import tempfile
import time

from contract import Contract
from server import Page, Server, binary, export

VISITOR = "bad-input-visitor-0001"
NOW = "now"  # replaced by the time of sending


def deep(levels):
    return "{\"a\":" * levels + "1" + "}" * levels


def batch(**changes):
    fields = {"v": 1, "s": "demo", "i": VISITOR, "t": "tab", "n": 1, "b": "load", "sent": NOW,
              "m": "cookieless", "e": [["page_view", 0, {"type": "home"}]]}
    fields.update(changes)
    return {key: value for key, value in fields.items() if value is not None}


def event(name="x", offset=0, props=None):
    return [name, offset, {} if props is None else props]


# What is sent, the status, the code of the answer or of the refused event (None: any).
CASES = [
    ("empty body", "", 400, "empty_body"),
    ("no JSON", "hello", 400, "bad_json"),
    ("cut off", '{"v":1,"s":"demo"', 400, "bad_json"),
    ("trailing garbage", json.dumps(batch()) + "x", 400, "bad_json"),
    ("a list", "[1,2]", 400, None),
    ("unknown version", batch(v=2), None, "bad_version"),
    ("no version", batch(v=None), None, None),
    ("unknown site", batch(s="nobody"), 403, "unknown_site"),
    ("wrong type of site", batch(s=7), None, None),
    ("events of the wrong type", batch(e={"a": 1}), None, None),
    ("no events", batch(e=[]), None, None),
    ("an event of the wrong type", batch(e=["x"]), 422, None),
    ("a name with a control character", batch(e=[event("a\u0007b")]), 422, None),
    ("an empty name", batch(e=[event("")]), 422, None),
    ("a name of 10,000 characters", batch(e=[event("x" * 10_000)]), 422, None),
    ("5,000 properties", batch(e=[event("x", 0, {f"p{i}": 1 for i in range(5_000)})]), 422,
     "too_many_props"),
    ("10,000 properties", batch(e=[event("x", 0, {f"p{i}": 1 for i in range(10_000)})]), 413,
     "body_too_large"),
    ("a year ago", batch(e=[event("x", -366 * 86_400_000)]), 422, "too_old"),
    ("a number that is none", batch(n=-1), None, None),
    ("deep nesting", json.dumps(batch()).replace('"home"', deep(20)), 422, "too_deep"),
    ("deeper nesting", json.dumps(batch()).replace('"home"', deep(5_000)), 400, "too_deep"),
    ("invalid UTF-8", json.dumps(batch()).replace("home", "\udcff\udcfe"), 400, "bad_utf8"),
    ("too large", "x" * 70_000, 413, "body_too_large"),
]


def accepted(page, name, expected_events, raw=None, **changes):
    body = raw if raw is not None else json.dumps(batch(**changes))
    status, headers, text = page.post_raw(body.replace(f'"{NOW}"', str(int(time.time() * 1000))))
    assert status == 204, (name, status, text)
    return expected_events, int(headers.get("Vinkki-Refused", "0"))


def main():
    contract = Contract()
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data"
        server = Server(binary(), data).start()
        refused = 0
        for name, body, status, code in CASES:
            text = body if isinstance(body, str) else json.dumps(body)
            text = text.replace(f'"{NOW}"', str(int(time.time() * 1000)))
            got, headers, answer = Page(server).post_raw(text.encode("utf-8", "surrogateescape"))
            assert 400 <= got < 500, (name, got, answer)
            assert status is None or got == status, (name, got, answer)
            assert headers["Content-Type"].startswith("application/problem+json"), (name, headers)
            problem = json.loads(answer)
            assert problem["code"] and problem["detail"] and problem["status"] == got, problem
            codes = {problem["code"], *(error["code"] for error in problem.get("errors", []))}
            assert code is None or code in codes, (name, problem)
            contract.check("POST", "/v1/e", got, headers, answer)
            refused += 1
            print(f"{name}: {got} {sorted(codes)}: {problem['detail']}")
        status, _, answer = post_from(server, "http://elsewhere.example")
        assert status == 403, (status, answer)

        page = Page(server)
        kept, dropped = accepted(page, "the third event is broken", 3, e=[
            event("one"), event("two"), ["three", "soon", {}], event("four")])
        assert dropped == 1
        accepted(page, "a clock a year ahead", 1, n=2, sent=int(time.time() * 1000) + 31_536_000_000)
        accepted(page, "a clock a year behind", 1, n=3, sent=int(time.time() * 1000) - 31_536_000_000)
        accepted(page, "values that count as absent", 1, n=4,
                 raw=json.dumps(batch(n=4)).replace('"home"', deep(10)))
        time_limit = time.time() * 1000 + 1000
        metrics = server.metrics()
        server.stop()
        check(data, metrics, time_limit)


def post_from(server, origin):
    page = Page(server)
    page.origin = origin
    return page.post(VISITOR, "load", 1, [event("x")])


def check(data, metrics, time_limit):
    names = [stored["name"] for stored in export(binary(), data)]
    assert sorted(names) == ["four", "one", "page_view", "page_view", "page_view", "two"], names
    for stored in export(binary(), data):
        assert time_limit - 60_000 < stored["at"] < time_limit, stored
    quarantined = export(binary(), data, "quarantine")
    codes = {row["code"] for row in quarantined}
    assert {"bad_json", "bad_version"} <= codes, codes
    assert all(row["detail"] for row in quarantined)
    counted = [line for line in metrics.splitlines() if line.startswith("vinkki_refused_total{")]
    assert len(counted) >= 5, counted
    print(f"{len(quarantined)} rows in quarantine, codes {sorted(codes)}")


if __name__ == "__main__":
    main()
