"""The demo year through the HTTP API alone: the same log as through the services, byte for byte."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from flask import Flask

from tests.databases import Databases
from tests.demos import DEMO, ROOT, demo_installed
from timebank.app import create_app
from timebank.config import Settings
from timebank.demo.community import TIME_ZONE, TITLE
from timebank.demo.diary import Item
from timebank.demo.officers import ALL, COORDINATOR
from timebank.demo.people import Person
from timebank.demo.poster import fill
from timebank.flows.command import Command
from timebank.flows.definitions import (
    DefineCommodity,
    LeaveHolder,
    OpenAccount,
    RegisterLot,
    SetPolicy,
)
from timebank.flows.funds import OpenFund
from timebank.flows.periods import Close
from timebank.services.books import open_book
from timebank.services.demo import DemoWorld
from timebank.services.keys import SCOPES, NewKey, issue
from timebank.services.verification import Verdict, verify_book

BOOK: Final = "/api/v1/books/demo"
ADDRESSES: Final[Mapping[type[Command], str]] = {
    DefineCommodity: "/commodities",
    OpenAccount: "/accounts",
    RegisterLot: "/lots",
    OpenFund: "/funds",
    SetPolicy: "/policies",
    Close: "/closes",
}
"""Where definitions are posted; all else goes to ``/entries/batch``."""


class ApiPoster:
    """Posts as an app would; only the book and the app's key are the operator's."""

    def __init__(self, app: Flask, world: DemoWorld) -> None:
        self._installation = app.extensions["timebank"]
        self._client = app.test_client()
        self._world = world
        self._token = ""

    def open(self, day: date) -> None:
        self._world.turn_to(day, "opening")
        origin = DEMO.origin("demo")
        open_book(self._installation, slug="demo", title=TITLE, time_zone=TIME_ZONE, origin=origin)
        key = NewKey(app="demo", scopes=SCOPES, capacities=ALL)
        self._token = issue(self._installation, "demo", key).token or ""

    def enrol(self, day: date, people: Sequence[Person]) -> list[str]:
        self._world.turn_to(day, "people 0")
        return [
            self._post(
                "/members",
                {
                    "number": person.number,
                    "name": person.name,
                    "kind": person.kind,
                    "contact": person.contact,
                    "by": COORDINATOR,
                },
                f"person-{person.number}",
            )["member"]
            for person in people
        ]

    def post(self, day: date, items: Sequence[Item]) -> None:
        self._world.turn_to(day, f"items {items[0].seq}")
        for is_entry, group in groupby(items, key=lambda item: _is_entry(item.command)):
            if is_entry:
                self._post_entries(list(group))
            else:
                for item in group:
                    self._define(item)

    def _post_entries(self, items: Sequence[Item]) -> None:
        body = {
            "atomic": True,
            "items": [
                {**_body(item.command), "by": item.by, "idempotency_key": f"item-{item.seq}"}
                for item in items
            ],
        }
        results = self._post("/entries/batch", body)["results"]
        assert [result["seq"] for result in results] == [item.seq for item in items]

    def _define(self, item: Item) -> None:
        command, key = item.command, f"item-{item.seq}"
        body = {**_body(command), "by": item.by}
        body.pop("kind")
        if isinstance(command, LeaveHolder):
            self._post(f"/members/{body.pop('member')}/departure", body, key)
            return
        if isinstance(command, DefineCommodity):
            body["kind"] = body.pop("commodity_kind")
        answer = self._post(ADDRESSES[type(command)], body, key)
        assert answer.get("seq", answer.get("opened")) == item.seq

    def _post(self, path: str, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        answer = self._client.post(BOOK + path, json=body, headers=headers)
        assert answer.status_code in {200, 201}, (path, body, answer.text)
        value: dict[str, Any] = answer.get_json()
        return value


def _is_entry(command: Command) -> bool:
    return type(command) not in ADDRESSES and not isinstance(command, LeaveHolder)


def _body(command: Command) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.to_builtins(command)
    return body


@pytest.fixture
def world() -> DemoWorld:
    return DemoWorld(DEMO)


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path, world: DemoWorld) -> Iterator[Flask]:
    """An application in the time of the demo, and with its randomness."""
    settings = Settings(tmp_path, sqlite_url, installation_key=bytes(range(32)))
    made = create_app(settings, world.clock, world.randomness)
    yield made
    made.extensions["timebank"].close()


def test_the_year_runs_through_the_api_alone(app: Flask, world: DemoWorld) -> None:
    fill(DEMO, ApiPoster(app, world))
    report = verify_book(app.extensions["timebank"], "demo")
    assert (report.verdict, report.root) == (Verdict.FINE, ROOT)


def test_a_book_says_whether_it_is_a_demo(sqlite_databases: Databases, tmp_path: Path) -> None:
    with demo_installed(sqlite_databases, tmp_path) as installation:
        open_book(installation, slug="real", title="真的", time_zone=TIME_ZONE)
        url = installation.settings.database_url
        app = create_app(Settings(tmp_path, url, installation_key=bytes(range(32))))
        books = app.test_client().get("/api/v1/books").get_json()["books"]
        shown = app.test_client().get(BOOK).get_json()
        table = app.test_client().get("/api/v1/books", headers={"Accept": "text/csv"}).text
        app.extensions["timebank"].close()
    assert {book["book"]: book["demo"] for book in books} == {"demo": True, "real": False}
    assert shown["demo"] is True
    assert "demo.invalid" in shown["origin"]
    assert table.splitlines()[0] == "book,origin,title,time_zone,demo"
    assert {line.rpartition(",")[2] for line in table.splitlines()[1:]} == {"true", "false"}
