"""A client for tests: an app with a key of a book, all of whose answers are checked.

Each answer must be what the served description says, and each body that was accepted too.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from flask import Flask
from werkzeug.test import TestResponse

from tests.api.described import Description
from tests.installations import Community
from timebank.services.installation import Installation
from timebank.services.keys import SCOPES, NewKey, issue

PREFIX = "/api/v1"
_NUMBERS = itertools.count(1)
_DESCRIPTIONS: list[Description] = []


@dataclass(frozen=True)
class Api:
    """The API as one app sees it; paths are those under the address of the book."""

    app: Flask
    community: Community
    token: str = ""
    asked: list[str] = field(default_factory=list)

    @property
    def installation(self) -> Installation:
        """The installation that the application serves."""
        return self.community.installation

    def get(self, path: str = "", **headers: str) -> TestResponse:
        """Read."""
        return self.call("GET", path, headers=headers)

    def post(
        self, path: str, body: object = None, *, key: str | None = None, **headers: str
    ) -> TestResponse:
        """Write, by an idempotency key, a new one where none is given; "" sends none."""
        return self.call("POST", path, body, key=key, headers=headers)

    def put(self, path: str, body: object) -> TestResponse:
        """Replace."""
        return self.call("PUT", path, body, key="")

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = "",
        headers: dict[str, str] | None = None,
    ) -> TestResponse:
        """Call an address of the book, and check the answer against the description."""
        sent = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if key is None:
            key = f"test-{next(_NUMBERS)}"
        if key:
            sent["Idempotency-Key"] = key
        address = path if path.startswith("/api/") else f"{PREFIX}/books/demo{path}"
        data = body if isinstance(body, bytes | None) else msgspec.json.encode(body)
        sent.setdefault("Content-Type", "application/json")
        answer = self.app.test_client().open(address, method=method, data=data, headers=sent)
        self._check(method, address, data, answer)
        return answer

    def _check(self, method: str, address: str, data: bytes | None, answer: TestResponse) -> None:
        operation = self.description.find(method, address.partition("?")[0])
        if operation is None:
            assert answer.status_code in {404, 405}
            return
        self.asked.append(operation["operationId"])
        value = answer.json if answer.is_json else answer.text
        self.description.check_answer(operation, answer.status_code, answer.mimetype or "", value)
        if data and answer.status_code < 300:
            batch = operation["operationId"] == "post_entries"
            asked = _well_formed(data, answer) if batch else msgspec.json.decode(data)
            self.description.check_question(operation, asked)

    @property
    def description(self) -> Description:
        """The description that the application serves."""
        if not _DESCRIPTIONS:
            answer = self.app.test_client().get(f"{PREFIX}/openapi.json")
            _DESCRIPTIONS.append(Description(answer.get_json()))
        return _DESCRIPTIONS[0]

    def with_key(self, *scopes: str, capacities: tuple[str, ...] = (), app: str = "till") -> "Api":
        """The API as another app sees it, with a key of its own."""
        new = NewKey(app=app, scopes=scopes or SCOPES, capacities=capacities)
        return replace(self, token=issue(self.installation, "demo", new).token or "")

    def without_key(self) -> "Api":
        """The API as everybody sees it."""
        return replace(self, token="")

    def leg(self, from_: str, to: str, amount: object, **more: str) -> dict[str, object]:
        """A leg between members by name, or public accounts, as a body has it."""
        reference = self.community.reference
        leg = {"from": reference(from_), "to": reference(to), "commodity": "POINT", **more}
        return {**leg, "amount": amount}

    def size(self) -> int:
        """How many entries the book has."""
        size: int = self.get(f"{PREFIX}/books/demo").json["size"]  # type: ignore[index]  # an object
        return size


def _well_formed(data: bytes, answer: TestResponse) -> dict[str, Any]:
    """A batch without the items that were refused for their shape."""
    asked = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    items = msgspec.json.decode(asked["items"], type=list[msgspec.Raw])
    pairs = zip(items, answer.get_json()["results"], strict=True)
    kept = [msgspec.json.decode(item) for item, result in pairs if result["status"] != 400]
    others = {name: msgspec.json.decode(asked[name]) for name in asked if name != "items"}
    return {**others, "items": kept or [WELL_FORMED]}


WELL_FORMED = {"kind": "reversal", "reverses": 1, "idempotency_key": "1"}


def problem(answer: TestResponse) -> dict[str, Any]:
    """The problem document of an answer."""
    assert answer.mimetype == "application/problem+json", answer.text
    document: dict[str, Any] = answer.get_json()
    assert document["status"] == answer.status_code
    return document


def pages(api: Api, path: str) -> Iterator[dict[str, Any]]:
    """All pages of a list, by the links from each to the next."""
    address: str | None = path
    while address is not None:
        answer = api.get(address)
        assert answer.status_code == 200, answer.text
        yield answer.get_json()
        link = answer.headers.get("Link")
        address = link and link.removeprefix("<").removesuffix('>; rel="next"')
