"""Problem documents: one for each error there is, and for all that Flask refuses by itself."""

import logging
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.client import Api, problem
from tests.servers import free_port
from timebank.api.errors import BatchRefusedError, problem_types, register_errors
from timebank.app import create_app
from timebank.config import Settings
from timebank.errors import (
    AlreadyReversedError,
    BusyError,
    ClockJumpError,
    ConfigurationError,
    FaultError,
    InsufficientBalanceError,
    LogBrokenError,
    MalformedError,
    ScopeError,
    StaleStateError,
    TimebankError,
    TooLargeError,
    UnauthenticatedError,
    UnknownMemberError,
)

SECRET = "postgresql://timebank:secret@db"


class RaisingError(Exception):
    pass


@pytest.fixture
def client() -> FlaskClient:
    """An application which raises what the test puts into it."""
    app = Flask(__name__)
    register_errors(app)

    @app.route("/", methods=["GET", "POST"])
    def fail() -> str:
        raise app.config["error"]

    return app.test_client()


def answer_to(client: FlaskClient, error: Exception, method: str = "POST") -> dict[str, Any]:
    client.application.config["error"] = error
    answer = client.open("/", method=method)
    return problem(answer) | {"headers": answer.headers}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (MalformedError("day", "must be a day"), 400),
        (TooLargeError("body", 1, "bytes"), 413),
        (UnauthenticatedError(), 401),
        (ScopeError("post"), 403),
        (UnknownMemberError("x"), 404),
        (AlreadyReversedError(1, 2), 409),
        (StaleStateError("task", "was closed"), 409),
        (InsufficientBalanceError("members#x", "POINT", "", 3, 4), 422),
        (BusyError(2), 503),
        (LogBrokenError(4, "prev"), 500),
        (RaisingError(), 500),
    ],
)
def test_each_family_has_its_status(client: FlaskClient, error: Exception, status: int) -> None:
    document = answer_to(client, error)
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]


def test_arguments_of_an_error_are_members_of_its_problem(client: FlaskClient) -> None:
    error = InsufficientBalanceError("members#x", "POINT", "", 30, 40)
    document = answer_to(client, error)
    del document["headers"]
    assert document == {
        "type": "/api/v1/problems#insufficient_balance",
        "title": "A holding account would go below its floor",
        "status": 422,
        "detail": "members#x has 30 POINT, 40 too few",
        "code": "insufficient_balance",
        "account": "members#x",
        "commodity": "POINT",
        "lot": "",
        "balance": 30,
        "shortfall": 40,
    }


def test_who_only_reads_is_told_that_there_is_no_such_thing(client: FlaskClient) -> None:
    error = InsufficientBalanceError("members#x", "POINT", "", 30, 40)
    assert answer_to(client, error, "GET")["status"] == 404


def test_busy_service_says_when_to_come_back(client: FlaskClient) -> None:
    assert answer_to(client, BusyError(7))["headers"]["Retry-After"] == "7"


def test_clock_that_jumped_is_told(client: FlaskClient) -> None:
    error = ClockJumpError("2026-03-09", "the last entry", "2026-03-01")
    assert answer_to(client, error)["expected"] == "2026-03-01"


@pytest.mark.parametrize(
    "error",
    [ConfigurationError("DATABASE_URL", SECRET), ValueError(SECRET), FaultError()],
)
def test_what_is_wrong_inside_is_neither_told_nor_logged(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    caplog.set_level(logging.DEBUG)
    document = answer_to(client, error)
    assert document["status"] == 500
    assert SECRET not in str(document)
    assert SECRET not in caplog.text
    assert type(error).__name__ in caplog.text
    assert "test_errors.py" in caplog.text


def test_causes_are_logged_by_their_names(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    error = FaultError()
    error.__cause__ = ValueError(SECRET)
    answer_to(client, error)
    assert "FaultError from ValueError" in caplog.text


def test_database_that_is_not_there_is_no_fault_of_ours(tmp_path: Path) -> None:
    url = f"postgresql://nobody:secret@127.0.0.1:{free_port()}/none"
    app = create_app(Settings(tmp_path, url, installation_key=bytes(32)))
    for path in ("/", "/api/v1/books", "/api/v1/books/demo/balances"):
        answer = app.test_client().get(path)
        assert problem(answer)["code"] == "busy"
        assert answer.headers["Retry-After"] == "5"
        assert "secret" not in answer.text


def test_database_that_is_broken_is_told_to_the_log_only(
    tmp_path: Path, sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    Path(sqlite_url.removeprefix("sqlite:///")).write_bytes(b"x" * 4096)
    app = create_app(Settings(tmp_path, sqlite_url, installation_key=bytes(32)))
    assert problem(app.test_client().get("/api/v1/books"))["code"] == "fault"
    assert "(SQLITE_NOTADB)" in caplog.text
    app.extensions["timebank"].close()


def test_batch_says_which_items_are_refused(client: FlaskClient) -> None:
    refused = [(3, MalformedError("day", "is none")), (5, AlreadyReversedError(1, 2))]
    document = answer_to(client, BatchRefusedError(refused))
    assert (document["status"], document["item"], document["code"]) == (400, 3, "malformed")
    assert [one["problem"]["code"] for one in document["refused"]] == [
        "malformed",
        "already_reversed",
    ]


def test_every_error_there_is_has_a_problem(client: FlaskClient) -> None:
    for code, family in problem_types().items():
        arguments: list[Any] = [1 for _ in fields(family)]
        document = answer_to(client, family(*arguments))
        assert document["code"] == code


def test_codes_are_listed_with_what_they_mean(still_api: Api) -> None:
    listed = still_api.get("/api/v1/problems").get_json()["problems"]
    assert [one["code"] for one in listed] == sorted(problem_types())
    (short,) = [one for one in listed if one["code"] == "insufficient_balance"]
    assert short["members"] == ["account", "commodity", "lot", "balance", "shortfall"]
    assert short["detail"] == "<account> has <balance> <commodity>, <shortfall> too few"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/api/v1/nowhere", 404, "not_found"),
        ("GET", "/api/v1/books/demo/nowhere", 404, "not_found"),
        ("GET", "/api/v1/books/demo/entries/x", 404, "not_found"),
        ("GET", "/api/v1/books/demo/entries/-1", 404, "not_found"),
        ("GET", "/api/v1/books/demo/entries/9007199254740992", 404, "not_found"),
        ("GET", "/api/v1/books/demo/entries/" + "9" * 5000, 404, "not_found"),
        ("GET", "/api/v1/books/demo/entries/9007199254740991", 404, "unknown_entry"),
        ("GET", "/api/v1/books/demo/accounts/nope", 404, "unknown_account"),
        ("GET", "/api/v1/books/demo/commodities/NOPE", 404, "unknown_commodity"),
        ("GET", "/api/v1/books/demo/lots/CNY/fund:nope", 404, "lot_invalid"),
        ("GET", "/api/v1/books/demo/funds/RICE-5KG/rice-1", 404, "lot_invalid"),
        ("GET", "/api/v1/books/demo/members/nope", 404, "unknown_member"),
        ("GET", "/api/v1/books/demo/keys/nope", 404, "unknown_key"),
        ("GET", "/api/v1/books/demo/holds/1", 404, "unknown_entry"),
        ("DELETE", "/api/v1/books/demo/entries/1", 405, "method_not_allowed"),
        ("PUT", "/api/v1/books/demo/entries/1", 405, "method_not_allowed"),
        ("PATCH", "/api/v1/books/demo/entries", 405, "method_not_allowed"),
    ],
)
def test_what_is_not_there_is_a_problem_too(
    still_api: Api, method: str, path: str, status: int, code: str
) -> None:
    answer = still_api.call(method, path)
    document = problem(answer)
    assert (document["status"], document["code"]) == (status, code)
    if status == 405:
        assert "GET" in answer.headers["Allow"]


def test_no_error_is_left_out() -> None:
    def all_of(family: type[TimebankError]) -> set[type[TimebankError]]:
        return {family}.union(*map(all_of, family.__subclasses__()))

    assert {family.code for family in all_of(TimebankError)} == set(problem_types())
