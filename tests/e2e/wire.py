#!/usr/bin/env python3
"""A running server against docs/openapi.yaml: each operation of both ports is asked for, rightly and
wrongly, and every answer has to be one that is described. At the end it says which are never seen."""
import gzip
import http.client
import json
import pathlib
import re
import socket
import tempfile
import time
import urllib.parse

from contract import Contract
from server import Server, binary

SECRET = "a-secret-of-the-wire-test"
CONFIG = f"""version: 1
limits: {{ visitor_rate: 1, address_rate: 1 }}
sites:
  - {{ key: shop, origins: ["http://shop.example"], secret: {SECRET} }}
"""
PAGE_ID = "0123456789abcdef"
ORIGIN = {"Origin": "http://shop.example"}
BEARER = {"Authorization": f"Bearer {SECRET}"}

# Answers that this test cannot bring about without breaking the machine, or that other tests do.
NOT_SEEN = {"408", "431", "503"}


class Asker:
    """Asks one port and holds each answer against the contract."""

    def __init__(self, contract, port):
        self.contract, self.port = contract, port

    def ask(self, method, path, body=None, headers=None, status=None, code=None,
            as_method=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        text = "" if answer.getheader("Content-Encoding") else answer.read().decode()
        found = dict(answer.getheaders())
        connection.close()
        print(f"{method} {path}: {answer.status} {text[:100]}")
        assert status is None or answer.status == status, (method, path, answer.status, text)
        assert code is None or json.loads(text)["code"] == code, (method, path, text)
        self.contract.check(as_method or method, path, answer.status, found, text)
        return found, text

    def stream(self, path, until, headers=None):
        """The head and the beginning of a stream, up to `until`."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
            got = b""
            while until not in got:
                piece = connection.recv(65536)
                assert piece, got
                got += piece
        head, _, text = got.decode().partition("\r\n\r\n")
        status = int(head.split()[1])
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
        self.contract.check("GET", path, status, fields, text)
        return text


def batch(contract=None, **changes):
    fields = {"v": 1, "s": "shop", "i": PAGE_ID, "t": "tab", "n": 1, "b": "load",
              "sent": int(time.time() * 1000), "m": "cookieless",
              "e": [["page_view", -5, {"type": "home", "items": [{"item_id": "a"}]}], ["active", 0]],
              **changes}
    if contract:  # what the page says of a batch has to be true of one that is taken
        contract.check_value(fields, "Batch")
    return json.dumps(fields)


def line(contract=None, **changes):
    fields = {"visitor": "v-1", "at": int(time.time() * 1000), "name": "purchase",
              "props": {"value": 80}, "id": "order-1", "via": "server", **changes}
    if contract:
        contract.check_value(fields, "Line")
    return json.dumps(fields)


def beacons(pages, contract):
    full = {**ORIGIN, "Content-Type": "text/plain"}
    pages.ask("POST", "/v1/e", batch(contract), full, 204)
    fields, _ = pages.ask("POST", "/v1/e", batch(contract, i="", m="full"), full, 204)
    assert "Set-Cookie" in fields
    fields, _ = pages.ask("POST", "/v1/e", batch(n=2, e=[["a", 0], ["", 0]]), full, 204)
    assert fields["Vinkki-Refused"] == "1"
    pages.ask("OPTIONS", "/v1/e", None, ORIGIN, 204)
    pages.ask("OPTIONS", "/v1/e", None, {"Origin": "http://elsewhere"}, 403, "wrong_origin")
    pages.ask("POST", "/v1/e", batch(), {"Content-Type": "text/plain"}, 403, "wrong_origin")
    pages.ask("POST", "/v1/e", batch(s="nobody"), full, 403, "unknown_site")
    pages.ask("POST", "/v1/e", batch(i="", m="full"), {**full, "DNT": "1"}, 403, "privacy_signal")
    pages.ask("POST", "/v1/e", batch(i="short"), full, 400, "bad_visitor")
    pages.ask("POST", "/v1/e", batch(e=[]), full, 422, "no_events")
    pages.ask("POST", "/v1/e", batch(e=[["", 0]] * 20), full, 422, "events_refused")
    pages.ask("POST", "/v1/e", "x" * 70_000, full, 413, "body_too_large")
    pages.ask("POST", "/v1/e", "x", {**full, "Content-Type": "image/png"}, 415, "unsupported_type")


def quotas(pages):
    """The last of all: 60 events at once is what this server's configuration lets through."""
    body = batch(i="a-visitor-with-much", e=[["a", 0]] * 61)
    full = {**ORIGIN, "Content-Type": "text/plain"}
    pages.ask("POST", "/v1/e", body, full, 204)
    fields, _ = pages.ask("POST", "/v1/e", body, full, 429, "visitor_quota")
    assert int(fields["Retry-After"]) >= 1
    far = {"X-Forwarded-For": "192.0.2.1"}
    pages.ask("POST", "/v1/e", batch(i="a-visitor-far-away", e=[["a", 0]] * 61), {**full, **far}, 204)
    pages.ask("POST", "/v1/e", body, {**full, **far}, 429, "address_quota")
    pages.ask("GET", f"/v1/offers?s=shop&i={PAGE_ID}", None, far, 429, "address_quota")


def lines(pages, contract):
    accepted = json.loads(pages.ask(
        "POST", "/v1/events", "\n".join([line(contract), "{", line(contract, at="2026-11-22T12:00:00Z",
                                                                   id=None)]), BEARER, 200)[1])
    assert accepted["accepted"] == 2 and accepted["refused"][0]["code"] == "bad_json", accepted
    packed = gzip.compress(line(id="order-2").encode())
    pages.ask("POST", "/v1/events", packed, {**BEARER, "Content-Encoding": "gzip"}, 200)
    pages.ask("POST", "/v1/events", line(site="other"), BEARER, 422)
    pages.ask("POST", "/v1/events", line(), {}, 401, "unauthorized")
    pages.ask("POST", "/v1/events", "", BEARER, 400, "empty_body")
    pages.ask("POST", "/v1/events", b"no gzip", {**BEARER, "Content-Encoding": "gzip"}, 400, "bad_gzip")
    pages.ask("POST", "/v1/events", packed, {**BEARER, "Content-Encoding": "br"}, 415)
    pages.ask("POST", "/v1/events", b"\0" * (8 << 20) + b"x", BEARER, 413, "body_too_large")


def rest_of_pages(pages, contract):
    text = pages.stream(f"/v1/offers?s=shop&i={PAGE_ID}", b": open\n\n")
    assert text == "retry: 3000\n: open\n\n", text
    pages.ask("GET", "/v1/offers?s=shop&i=short", None, {}, 400, "bad_visitor")
    pages.ask("GET", "/v1/offers?s=shop", None, {}, 403, "no_visitor")
    fields, script = pages.ask("GET", "/v1/vinkki.js", status=200)
    pages.ask("GET", "/v1/vinkki.js", None, {"If-None-Match": fields["ETag"]}, 304)
    offer = re.search(r"offer\.([0-9a-f]{12})\.js|offer\.\$\{\"([0-9a-f]{12})\"", script)
    assert offer, "the script does not name the offer part"
    path = f"/v1/offer.{offer[1] or offer[2]}.js"
    fields, _ = pages.ask("GET", path, status=200)
    pages.ask("GET", path, None, {"If-None-Match": fields["ETag"]}, 304)
    pages.ask("GET", "/v1/offer.000000000000.js", status=404, code="not_found")
    pages.ask("GET", "/healthz", status=200)
    pages.ask("GET", "/readyz", status=200)


    wrong_methods(pages, path)


def wrong_methods(pages, offer):
    """Every path of the visitors' port in a way that it does not have; described with those it has."""
    for template, item in pages.contract.api["paths"].items():
        for method in ("get", "post"):
            if "405" in item.get(method, {}).get("responses", ()):
                path = offer if "{hash}" in template else template
                pages.ask("DELETE", path, status=405, code="method_not_allowed", as_method=method)


def locked(staff, bearer):
    """Every path of the staff port without its token, with a wrong one, and by a foreign name."""
    for path, item in staff.contract.api["paths"].items():
        for method, operation in item.items():
            responses = operation.get("responses", {}) if method != "servers" else {}
            path = path.replace("{file}", "none.js")
            if "401" in responses and not path.startswith("/v1/"):
                staff.ask(method.upper(), path, None, {}, 401, "token_missing")
                wrong = {"Authorization": "Bearer wrong"}
                staff.ask(method.upper(), path, None, wrong, 401, "token_wrong")
            if "421" in responses:
                staff.ask(method.upper(), path, None, {**bearer, "Host": "evil.example"}, 421, "host")


RULE = """version: 1
rules:
  - { name: one, when: page.type == "cart", offer: { channels: [chat], queue: q, message: { en: hi } } }
"""


def put_rules(staff, bearer):
    yaml_body = {**bearer, "Content-Type": "application/yaml"}
    staff.ask("PUT", "/api/v1/rules?file=one.yml&dry_run", RULE, yaml_body, 200)
    known = staff.ask("GET", "/api/v1/rules", None, bearer, 200)[0]["ETag"]
    staff.ask("GET", "/api/v1/rules", None, {**bearer, "If-None-Match": known}, 304)
    fields, _ = staff.ask("PUT", "/api/v1/rules?file=one.yml", RULE,
                          {**yaml_body, "If-Match": known}, 200)
    assert fields["ETag"] != known
    late, _ = staff.ask("PUT", "/api/v1/rules?file=one.yml", RULE,
                        {**yaml_body, "If-Match": known}, 412, "changed")
    assert late["ETag"] == fields["ETag"]
    staff.ask("PUT", "/api/v1/rules?file=one.yml", RULE, {**yaml_body, "If-Match": late["ETag"]}, 200)
    staff.ask("PUT", "/api/v1/rules", "rules: 7", yaml_body, 422, "rules")
    staff.ask("PUT", "/api/v1/rules", "{", {**bearer, "Content-Type": "application/json"}, 400)
    staff.ask("PUT", "/api/v1/rules", "x", {**bearer, "Content-Type": "image/png"}, 415)


def staff_port(staff, token):
    bearer = {"Authorization": f"Bearer {token}"}
    fields, _ = staff.ask("GET", "/", status=200)
    staff.ask("GET", "/", None, {"If-None-Match": fields["ETag"]}, 304)
    staff.ask("GET", "/assets/none.js", None, {}, 404, "not_found")
    staff.ask("GET", "/metrics", None, bearer, 200)
    for path in ("/api/v1/about", "/api/v1/visitors", "/api/v1/rules"):
        staff.ask("GET", path, None, bearer, 200)
    staff.ask("GET", f"/api/v1/explain?visitor=p.{PAGE_ID}&site=shop", None, bearer, 200)
    staff.ask("GET", "/api/v1/explain?visitor=nobody", None, bearer, 404)
    staff.ask("GET", "/api/v1/explain", None, bearer, 400)
    put_rules(staff, bearer)
    assert staff.stream("/api/v1/live?site=&visitor=", b"event: hello", bearer)
    staff.ask("POST", "/api/v1/reload", "", bearer, 200)
    locked(staff, bearer)


def main():
    contract = Contract()
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "vinkki.yml"
        config.write_text(CONFIG)
        rules = pathlib.Path(folder) / "rules"
        rules.mkdir()
        (rules / "zero.yml").write_text(RULE.replace("one", "zero"))
        server = Server(binary(), pathlib.Path(folder) / "data", "--config", config, demo=False,
                        rules=rules).start()
        pages = Asker(contract, server.port)
        beacons(pages, contract)
        lines(pages, contract)
        rest_of_pages(pages, contract)
        quotas(pages)
        staff_port(Asker(contract, urllib.parse.urlparse(server.staff).port), server.token)
        server.stop()
    described = {(method, path, status) for path, item in contract.api["paths"].items()
                 for method, operation in item.items() if isinstance(operation, dict)
                 for status in operation["responses"]}
    left = sorted(d for d in described - contract.seen if d[2] not in NOT_SEEN)
    print(f"{len(contract.seen)} of {len(described)} described answers were seen; not here: {left}")
    operations = {(method, path) for method, path, _ in described}
    never = operations - {(method, path) for method, path, _ in contract.seen}
    assert not never, f"described, and never asked for: {never}"


if __name__ == "__main__":
    main()
