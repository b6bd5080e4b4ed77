"""The OpenAPI document: it describes every route, and its examples work."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no annotations

from chatsvc import __version__
from chatsvc.doors.web.programs.resource import Programs
from tests.doors.web.programs.asking import Ear, ProgramTestCase


class DocumentTests(ProgramTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.bob.types("hi")
        self.hush()
        response = self.gets("/openapi.json")
        self.assertEqual(response.headers["content-type"], "application/json")
        self.document: dict[str, Any] = json.loads(response.body)

    def operations(self) -> list[tuple[str, str, dict[str, Any]]]:
        return [
            (method.upper(), path, operation)
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
        ]

    def test_every_route_is_described(self) -> None:
        routes = Programs(self.server.factory.entrance).routes
        described = {(method, path) for method, path, _ in self.operations()}
        self.assertEqual(described, {(each.method, each.path) for each in routes})
        self.assertEqual(len(described), 5)
        self.assertEqual(self.document["info"]["version"], __version__)
        for _, path, operation in self.operations():
            names = [each["name"] for each in operation["parameters"] if each["in"] == "path"]
            self.assertEqual([f"{{{name}}}" in path for name in names], [True] * path.count("{"))
            for part in ("summary", "description"):
                self.assertTrue(operation[part])

    def test_all_examples_are_answered_as_described(self) -> None:
        key, token = self.key(), self.token()
        tried = 0
        for method, path, operation in self.operations():
            headers = {"Authorization": token} if operation.get("security") else {}
            query = []
            for each in operation["parameters"]:
                value = key if each["example"] == "KEY" else each["example"]
                Draft202012Validator(each["schema"]).validate(
                    int(value) if each["schema"].get("type") == "integer" else value
                )
                if each["in"] == "path":
                    path = path.replace(f"{{{each['name']}}}", value)
                elif each["in"] == "query":
                    query.append(f"{each['name']}={value}")
                else:
                    headers[each["name"].replace("-", "_")] = value
            path = "?".join([path, *["&".join(query)][: len(query)]])
            [(media, content)] = operation["responses"]["200"]["content"].items()
            bodies = operation.get("requestBody", {"content": {"": {"example": ""}}})["content"]
            for number, (kind, body) in enumerate(bodies.items()):
                if media == "text/event-stream":
                    self.assertIn("Content-Type: text/event-stream", Ear(
                        self.browser(), path, **headers,
                    ).head)  # fmt: skip
                    tried += 1
                    continue
                sent = body["example"]
                sent = sent if isinstance(sent, str) else json.dumps(sent)
                more = {"Content_Type": kind} if kind else {}
                if "Idempotency_Key" in headers:
                    more["Idempotency_Key"] = f"{headers['Idempotency_Key']}{number}"
                response = self.browser().asks(method, path, sent, **headers | more)
                self.assertEqual(response.status, 200, (path, response.body))
                self.assertEqual(response.headers["content-type"], media)
                schema = content["schema"]
                Draft202012Validator(schema).validate(json.loads(response.body))
                tried += 1
        self.assertEqual(tried, 7)

    def test_refusals_are_as_described(self) -> None:
        schema = self.document["components"]["schemas"]["Error"]
        for method, pattern, path, status in (
            ("POST", "/hook/{key}", "/hook/x", 404),
            ("POST", "/rooms/{room}/messages", "/rooms/ops/messages", 401),
            ("GET", "/rooms/{room}/history", "/rooms/nowhere/history", 404),
            ("GET", "/rooms/{room}/events", "/rooms/ops/events?format=x", 400),
        ):
            response = self.browser().asks(method, path, "x")
            self.assertEqual(response.status, status)
            Draft202012Validator(schema).validate(json.loads(response.body))
            described = self.document["paths"][pattern][method.lower()]["responses"]
            self.assertIn(str(status), described)
