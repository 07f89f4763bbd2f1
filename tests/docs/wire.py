#!/usr/bin/env python3
"""docs/wire.md and docs/openapi.yaml against the code: every code of a refusal with its status, every
path of both ports, and the OpenAPI file itself. Exit status 1 and a line for each difference."""
import pathlib
import re
import sys

import jsonschema
import yaml

VISITORS, STAFF = ("Code", "EventCode"), ("StaffCode",)
METHODS = {"get", "post", "put", "delete", "options", "head", "patch"}
LINE_STATUS = 422  # of what refuses one event or line


def codes_of_collector(root):
    """collector/reject.cc's table: code -> status. Later ones of it refuse one event or line."""
    text = (root / "collector/reject.cc").read_text()
    return {code: int(status) for code, status in re.findall(r'\{"([a-z0-9_]+)", (\d{3}),', text)
            if code != "none"}


def codes_of_console(root):
    text = "".join(path.read_text() for path in sorted((root / "console").glob("*.cc")))
    return set(re.findall(r'[{(]\s*(?:\d{3}|status), "([a-z_]+)",', text))


def tables(text):
    """First cells in backquotes -> the other cells, of wire.md's tables of codes."""
    rows = {}
    for heading, body in re.findall(r"^\| (code[^\n]*)\|\n\|[- |]+\|\n((?:\|[^\n]*\n)+)", text, re.M):
        for line in body.splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            rows[cells[0].strip("` ")] = cells[1:] if "status" in heading else [""] + cells[1:]
    return rows


def compare_codes(root, page, api):
    rows, schemas = tables(page), api["components"]["schemas"]
    collector, console = codes_of_collector(root), codes_of_console(root)
    if len(collector) < 30 or len(console) < 5:
        yield "the codes were not found in the code: this test looks at nothing"
    for names, codes in ((VISITORS, set(collector)), (STAFF, console)):
        listed = {code for name in names for code in schemas[name]["enum"]}
        for code in sorted(listed ^ codes):
            where = "the code" if code in listed else "docs/openapi.yaml"
            yield f"{code}: not in {where} ({', '.join(names)})"
    for code in sorted(set(collector) | console):
        if code not in rows:
            yield f"{code}: not in a table of docs/wire.md"
        elif not all(rows[code][1:]):
            yield f"{code}: docs/wire.md says nothing of what it means, or of what to do"
    for code in sorted(set(rows) - set(collector) - console):
        yield f"{code}: in docs/wire.md, but not in the code"
    for code, status in collector.items():
        one = code in schemas["EventCode"]["enum"]
        said = rows.get(code, [""])[0] or str(LINE_STATUS)
        if said != str(status) or one != (rows.get(code, ["?"])[0] == ""):
            yield f"{code}: {status} in the code, {said} in docs/wire.md"


def operations_of_code(root):
    """(method, path) as far as they are written out in the code; method None: not in that place."""
    routes = (root / "collector/routes.cc").read_text()
    for path in re.findall(r'path == "(/[a-z0-9/]+)"', routes):
        if not path.startswith("/demo"):
            yield None, path
    staff = "".join(path.read_text() for path in sorted((root / "console").glob("*.cc")))
    for method, path in re.findall(r'Route\(Method::k(\w+), "(/[^"]*)"', staff):
        yield method.lower(), re.sub(r"\.\*$", "{file}", path)


def compare_paths(root, page, api):
    found = set(operations_of_code(root))
    paths = {path for _, path in found}
    if len(found) < 10 or not any(method == "put" for method, _ in found):
        yield f"only {len(found)} operations found in the code: this test looks at nothing"
    for method, path in sorted(found, key=str):
        if path not in api["paths"] or method not in (None, *api["paths"][path]):
            yield f"{method or ''} {path}: not in docs/openapi.yaml"
    for path in sorted(set(api["paths"]) - paths - {"/v1/vinkki.js", "/v1/offer.{hash}.js"}):
        yield f"{path}: in docs/openapi.yaml, but not in the code"
    for path in sorted(set(api["paths"])):
        plain = path.replace("{hash}", "<hash>").replace("{file}", "...")
        if plain not in page:
            yield f"{path}: not in docs/wire.md"


def references(node, place="#"):
    if isinstance(node, dict):
        if "$ref" in node:
            yield place, node["$ref"]
        for key, value in node.items():
            yield from references(value, f"{place}/{key}")
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from references(value, f"{place}/{i}")


def resolve(api, reference):
    node = api
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def check_openapi(api):
    """What OpenAPI 3.1 asks for, as far as this file uses it."""
    if api.get("openapi") != "3.1.0" or not {"title", "version"} <= set(api["info"]):
        yield "openapi, info.title and info.version are needed"
    for place, reference in references(api):
        try:
            resolve(api, reference)
        except (KeyError, TypeError):
            yield f"{place}: {reference} leads nowhere"
    for name, schema in api["components"]["schemas"].items():
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            yield f"schema {name}: {error.message}"
    seen = set()
    for path, item in api["paths"].items():
        for method, operation in item.items():
            if method not in METHODS:
                continue
            where = f"{method} {path}"
            name = operation.get("operationId")
            if not name or name in seen:
                yield f"{where}: needs an operationId of its own"
            seen.add(name)
            if not operation.get("responses") or not operation.get("summary"):
                yield f"{where}: needs responses and a summary"
            for status, answer in operation.get("responses", {}).items():
                answer = resolve(api, answer["$ref"]) if "$ref" in answer else answer
                if not re.fullmatch(r"[1-5]\d\d", status) or "description" not in answer:
                    yield f"{where}: {status} is no answer with a description"
            named = {(resolve(api, p["$ref"]) if "$ref" in p else p)["name"]
                     for p in operation.get("parameters", [])}
            for parameter in re.findall(r"\{(\w+)\}", path):
                if parameter not in named:
                    yield f"{where}: {{{parameter}}} is no parameter"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    page = (root / "docs/wire.md").read_text()
    api = yaml.safe_load((root / "docs/openapi.yaml").read_text())
    found = [*check_openapi(api), *compare_codes(root, page, api), *compare_paths(root, page, api)]
    codes = len(codes_of_collector(root)) + len(codes_of_console(root))
    print("\n".join(found) or f"{codes} codes, {len(api['paths'])} paths: documented")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
