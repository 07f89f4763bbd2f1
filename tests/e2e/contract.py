"""docs/openapi.yaml as a judge of real answers: Contract.check raises on what it does not describe."""
import json
import pathlib
import re

import jsonschema
import yaml

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"


class Contract:
    def __init__(self, page=PAGE):
        self.api = yaml.safe_load(page.read_text())
        self.seen = set()  # (method, path, status) that were held against it

    def check(self, method, path, status, headers, body):
        """headers: names in any case, and their values; body: text."""
        headers = {name.lower(): value for name, value in headers.items()}
        template, operation = self._operation(method, path)
        where = f"{method} {path} -> {status}"
        responses = operation["responses"]
        assert str(status) in responses, f"{where}: openapi.yaml has {sorted(responses)}"
        answer = self._follow(responses[str(status)])
        for name, header in answer.get("headers", {}).items():
            value = headers.get(name.lower())
            if value is None:
                assert not header.get("required"), f"{where}: no header {name}"
            else:
                number = header["schema"].get("type") == "integer"
                self._valid(int(value) if number else value, header["schema"], f"{where} {name}")
        if "content" not in answer:
            assert not body, f"{where}: a body, {body[:80]!r}"
        else:
            media = headers["content-type"].split(";")[0]
            assert media in answer["content"], f"{where}: {media} is not in openapi.yaml"
            value = json.loads(body) if media.endswith("json") else body
            self._valid(value, answer["content"][media]["schema"], where)
        self.seen.add((method.lower(), template, str(status)))

    def check_value(self, value, schema):
        """value against components/schemas/<schema>."""
        self._valid(value, {"$ref": f"#/components/schemas/{schema}"}, schema)

    def _operation(self, method, path):
        path = path.split("?")[0]
        for template, item in self.api["paths"].items():
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, path) and method.lower() in item:
                return template, item[method.lower()]
        raise AssertionError(f"{method} {path} is not in openapi.yaml")

    def _follow(self, node):
        if "$ref" not in node:
            return node
        found = self.api
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found

    def _valid(self, value, schema, where):
        whole = {"allOf": [schema], "components": self.api["components"]}
        try:
            jsonschema.Draft202012Validator(whole).validate(value)
        except jsonschema.ValidationError as error:
            raise AssertionError(f"{where}: {error.message}, in {value!r}") from error
