"""The log of requests: what a real service writes, and what it never does."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.api.client import Api
from tests.installations import SYSTEM, found_community
from tests.servers import Server, call, served
from tests.test_backups import installation_over
from timebank.services import keys, members
from timebank.services.keys import NewKey
from timebank.services.members import Enrolment

UUID = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
NAME, PHONE, MEMO, NUMBER = "忘忧老人", "13912344711", "给忘忧老人买药", "翠竹-4711"


def lines_of(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """What the service writes to stderr."""
    return tmp_path / "service.log"


def ask_much(server: Server, token: str, member: str) -> None:
    """Ask in all sorts of ways, sound ones and others, with what is private in each place."""
    book = "/api/v1/books/demo"
    key = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"{NAME} {PHONE}".encode().hex()}
    leg = {"from": "issued", "to": f"members#{member}", "amount": 1, "commodity": "POINT"}
    body = {"kind": "issue", "legs": [leg], "memo": MEMO, "by": ["staff:treasurer:1"]}
    person = {"number": NUMBER + "x", "name": NAME, "contact": {"phone": PHONE}}
    for method, path, sent in (
        ("POST", f"{book}/entries", body),
        ("POST", f"{book}/entries", {**body, "memo": [MEMO]}),
        ("POST", f"{book}/entries", {**body, "legs": [{**leg, "to": f"members#{PHONE}"}]}),
        ("POST", f"{book}/members", person),
        ("GET", f"{book}/members/{member}", None),
        ("GET", f"{book}/members/{PHONE}", None),
        ("GET", f"{book}/entries?member={member}&parties=true", None),
        ("GET", f"{book}/entries?phone={PHONE}", None),
        ("GET", f"/api/v1/books/{PHONE}/balances", None),
        ("GET", f"/{PHONE}/{token}", None),
        ("DELETE", f"{book}/members/{member}", None),
    ):
        call(server.port, method, path, sent, headers=key)
    call(server.port, "POST", f"{book}/entries", PHONE, headers={"Authorization": token})
    call(server.port, "GET", "/healthz", headers={"X-Request-ID": PHONE, "User-Agent": PHONE})
    call(server.port, "GET", f"{book}/accounts", headers={**key, "X-Request-ID": UUID})


def test_nothing_that_was_sent_is_in_the_log_of_a_real_service(
    sqlite_url: str, tmp_path: Path, log: Path
) -> None:
    installation = installation_over(sqlite_url, tmp_path / "home")
    found_community(installation)
    person = Enrolment(number=NUMBER, name=NAME, contact={"phone": PHONE})
    member = members.enrol(installation, "demo", person, by=SYSTEM).member.member_id
    new = NewKey(app="shop", scopes=keys.SCOPES, capacities=("staff:treasurer:1",))
    token = keys.issue(installation, "demo", new).token or ""
    with served(tmp_path / "home", sqlite_url, log=log) as server:
        ask_much(server, token, member)
    installation.close()
    written = log.read_text()
    secrets = [
        NAME,
        PHONE,
        MEMO,
        NUMBER,
        member,
        token,
        token[-43:],
        f"{NAME} {PHONE}".encode().hex(),
    ]
    escaped = [json.dumps(secret)[1:-1] for secret in secrets]
    assert [secret for secret in [*secrets, *escaped] if secret in written] == []
    lines = [line for line in lines_of(log) if line["logger"] == "timebank.requests"]
    assert len(lines) >= 13
    found = {(line["route"], line["status"]): line for line in lines}
    posted = found["/api/v1/books/{book}/entries", 201]
    assert (posted["app"], posted["book"], posted["method"]) == ("shop", "demo", "POST")
    assert posted["duration_ms"] > 0
    refused = found["/api/v1/books/{book}/balances", 404]
    assert refused["code"] == "unknown_book"
    assert "book" not in refused
    assert found["/api/v1/books/{book}/accounts", 200]["request_id"] == UUID
    assert found["none", 404]["code"] == "not_found"
    assert "/healthz" not in {line["route"] for line in lines}


@pytest.mark.parametrize(
    "given", [UUID, UUID.upper(), UUID.replace("-", ""), "0123456789abcdef" * 2]
)
def test_a_request_id_of_the_caller_is_taken(still_api: Api, given: str) -> None:
    answer = still_api.get("/balances", X_Request_ID=given)
    assert answer.headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "1", PHONE, "320102194910010018", "x" * 32, UUID + "0"])
def test_any_other_request_id_is_replaced(still_api: Api, given: str) -> None:
    answer = still_api.get("/balances", X_Request_ID=given)
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])


def test_a_fault_is_logged_with_its_places_and_without_its_values(
    still_api: Api, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_more: object) -> None:
        raise RuntimeError(PHONE)

    monkeypatch.setattr("timebank.services.chart.list_accounts", fail)
    answer = still_api.get("/accounts")
    assert answer.status_code == 500
    assert "RuntimeError" in caplog.text
    assert "test_requests.py" in caplog.text
    assert PHONE not in caplog.text
    line = caplog.records[-1]
    assert line.fields["code"] == "fault"  # type: ignore[attr-defined]  # what is given as extra
    assert line.levelname == "ERROR"
