"""The way around Flask: it answers as Flask would, and leaves to it what is Flask's."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask, Request
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from tests.api.client import PREFIX, Api
from timebank.api.direct import METHODS
from timebank.services.access import Gate

BOOK = f"{PREFIX}/books/demo"
OF_EACH = {"X-Request-Id", "Date"}


@contextmanager
def through_flask(app: Flask) -> Iterator[None]:
    """Have all requests go through Flask, as if there were no other way."""
    around, app.wsgi_app = app.wsgi_app, Flask.wsgi_app.__get__(app)  # type: ignore[method-assign]
    yield
    app.wsgi_app = around  # type: ignore[method-assign]


def call(api: Api, method: str, address: str, **headers: str) -> TestResponse:
    sent = {"Authorization": f"Bearer {api.token}", **headers}
    return api.app.test_client().open(address, method=method, headers=sent)


def told(answer: TestResponse) -> tuple[object, ...]:
    """All that an answer says which is not of that moment, or added to each."""
    names = {"Content-Type", "Content-Length", "Vary", "Cache-Control", "Location", "Allow", "Link"}
    names |= {"WWW-Authenticate", "Retry-After"}
    headers = sorted((name, value) for name, value in answer.headers if name in names)
    return answer.status_code, answer.data, headers


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", BOOK),
        ("GET", f"{BOOK}/entries?limit=2"),
        ("GET", f"{BOOK}/entries/0"),
        ("GET", f"{BOOK}/entries/999999"),
        ("GET", f"{BOOK}/entries/00"),
        ("GET", f"{BOOK}/entries/-1"),
        ("GET", f"{BOOK}/entries?limit=2&limit=3"),
        ("GET", f"{BOOK}/"),
        ("GET", f"{PREFIX}//books"),
        ("GET", f"{PREFIX}/books"),
        ("GET", f"{PREFIX}/books/%0A"),
        ("GET", f"{PREFIX}/books/%FF"),
        ("GET", f"{PREFIX}/books/{'x' * 500}"),
        ("GET", f"{PREFIX}/nothing"),
        ("GET", PREFIX),
        ("GET", f"{PREFIX}s/books"),
        ("GET", f"{PREFIX}/docs"),
        ("POST", f"{BOOK}/entries"),
        ("POST", BOOK),
        ("PUT", f"{BOOK}/entries/1"),
        ("HEAD", BOOK),
        ("HEAD", f"{BOOK}/entries/999999"),
        ("OPTIONS", f"{BOOK}/entries"),
        ("DELETE", f"{BOOK}/entries/1"),
    ],
)
def test_both_ways_answer_alike(still_api: Api, method: str, address: str) -> None:
    directly = call(still_api, method, address)
    with through_flask(still_api.app):
        assert told(call(still_api, method, address)) == told(directly)


def test_without_a_key_both_ways_answer_alike(still_api: Api) -> None:
    nobody = still_api.without_key()
    directly = call(nobody, "GET", f"{BOOK}/entries")
    assert directly.status_code == 401
    with through_flask(nobody.app):
        assert told(call(nobody, "GET", f"{BOOK}/entries")) == told(directly)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_what_nobody_foresaw_is_answered_and_logged_both_ways(
    still_api: Api,
    method: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Gate, "enter", fail)
    answer = call(still_api, method, f"{BOOK}/entries")
    assert answer.status_code == 500
    assert [one.name for one in caplog.records if "ZeroDivisionError" in one.getMessage()] == [
        "timebank.api.errors"
    ]
    with through_flask(still_api.app):
        assert told(call(still_api, method, f"{BOOK}/entries")) == told(answer)


@pytest.mark.parametrize(
    ("method", "address", "flask"),
    [
        ("GET", BOOK, 0),
        ("POST", f"{BOOK}/entries", 0),
        ("HEAD", BOOK, 1),
        ("GET", f"{PREFIX}/nothing", 1),
        ("GET", "/", 1),
    ],
)
def test_flask_is_asked_only_for_what_is_its_own(
    still_api: Api, method: str, address: str, flask: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    serve = Flask.full_dispatch_request

    def count(app: Flask, *rest: object) -> object:
        asked.append(app)
        return serve(app, *rest)

    monkeypatch.setattr(Flask, "full_dispatch_request", count)
    call(still_api, method, address)
    assert len(asked) == flask
    assert (method in METHODS) or flask


def test_where_a_path_leads_is_remembered_for_each_method(sqlite_api: Api) -> None:
    api = sqlite_api
    posted = api.post("/entries", {"kind": "transfer", "legs": [api.leg("王", "李", 1)]})
    assert posted.status_code == 201
    listed = api.get("/entries?limit=1")
    assert listed.status_code == 200
    again = api.get("/entries?limit=1")
    assert again.data == listed.data
    assert posted.headers["Location"] == f"{BOOK}/entries/{posted.get_json()['seq']}"


def test_a_request_goes_with_its_answer_and_not_only_when_python_looks_for_cycles(
    still_api: Api,
) -> None:
    environ = EnvironBuilder(BOOK, headers=[("Authorization", f"Bearer {still_api.token}")])
    gc.collect()
    gc.disable()
    try:
        answers = [run_wsgi_app(still_api.app, environ.get_environ()) for _ in range(3)]
        assert [status for _, status, _ in answers] == ["200 OK"] * 3
        del answers
        left = [one for one in gc.get_objects() if isinstance(one, Request)]
    finally:
        gc.enable()
    assert not left
