"""Figures: right with several processes, for the right readers, and about nobody."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from tests.api.client import Api
from tests.installations import found_community
from tests.servers import Server, call, served
from tests.services.backups.conftest import make
from timebank.api.operations import GATE
from timebank.app import create_app
from timebank.config import Settings
from timebank.services.installation import Installation

KEY = bytes(range(32))
TOKEN = "0123456789abcdef-token"
LOOPBACK = {"REMOTE_ADDR": "127.0.0.1"}
Labels = frozenset[tuple[str, str]]
Figures = dict[tuple[str, Labels], float]


def parse(exposition: str) -> Figures:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
    }


def figure(figures: Figures, name: str, **labels: str) -> float:
    """A figure; 0 where nothing was counted yet."""
    return figures.get((name, frozenset(labels.items())), 0.0)


def figures_of(app: Flask) -> Figures:
    answer = app.test_client().get("/metrics", environ_base=LOOPBACK)
    assert answer.status_code == 200
    return parse(answer.text)


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An application whose figures are for the same machine."""
    made = create_app(Settings(tmp_path, sqlite_url, installation_key=KEY))
    yield made
    made.extensions["timebank"].close()


def test_requests_are_counted_by_route_method_and_status(app: Flask) -> None:
    before = figures_of(app)
    for path in ("/api/v1/books/demo/balances", "/api/v1/books/13812345678/balances", "/secret"):
        app.test_client().get(path)
    app.test_client().open("/healthz", method="BREW")
    after = figures_of(app)

    def more(route: str, method: str = "GET", status: str = "404") -> float:
        labels = {"route": route, "method": method, "status": status}
        name = "timebank_requests_total"
        return figure(after, name, **labels) - figure(before, name, **labels)

    assert more("/api/v1/books/{book}/balances") == 2
    assert more("none") == 1
    assert more("/healthz", "other", "405") + more("none", "other", "405") == 1
    said = str(sorted(after, key=str))
    assert "13812345678" not in said
    assert "secret" not in said
    assert "BREW" not in said


def test_entries_repetitions_and_problems_are_counted(still_api: Api) -> None:
    api = still_api
    body = {"kind": "transfer", "legs": [api.leg("王", "李", 1)]}
    api.post("/entries", body)  # opens the connections that are kept
    api.app.extensions[GATE].uses.flush()  # which has one of its own for a while
    before = figures_of(api.app)
    for _ in range(3):
        api.post("/entries", body, key="the-same")
    refused = {"kind": "transfer", "legs": [api.leg("王", "李", 10_000)]}
    items = [
        {**one, "idempotency_key": f"item-{place}"} for place, one in enumerate([body, refused])
    ]
    api.post("/entries", refused)
    answer = api.post("/entries/batch", {"items": items}, key="")
    assert [item["status"] for item in answer.get_json()["results"]] == [201, 422]
    after = figures_of(api.app)

    def more(name: str, **labels: str) -> float:
        return figure(after, name, **labels) - figure(before, name, **labels)

    assert more("timebank_entries_total", kind="transfer") == 2
    assert more("timebank_repeated_requests_total") == 2
    assert more("timebank_problems_total", code="insufficient_balance") == 2
    assert more("timebank_append_duration_seconds_count") == 5
    assert more("timebank_database_connections_in_use") == 0


def test_the_age_of_the_last_backup_is_told_once_there_is_one(app: Flask, tmp_path: Path) -> None:
    name = "timebank_last_backup_timestamp_seconds"
    assert (name, frozenset()) not in figures_of(app)
    installation = app.extensions["timebank"]
    assert isinstance(installation, Installation)
    found_community(installation)
    began = time.time()
    make(installation, tmp_path)
    assert began - 1 < figure(figures_of(app), name) < time.time() + 1
    assert figure(figures_of(app), "timebank_last_backup_age_seconds") < 60


# --- who may read them -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.1", {}, 403),
        ("", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}, 403),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.1"}, 403),
        ("192.0.2.1", {"Authorization": f"Bearer {TOKEN}"}, 403),
    ],
)
def test_without_a_token_they_are_for_the_same_machine(
    app: Flask, address: str, headers: dict[str, str], status: int
) -> None:
    environment = {"REMOTE_ADDR": address}
    answer = app.test_client().get("/metrics", headers=headers, environ_base=environment)
    assert answer.status_code == status
    if status == 403:
        assert answer.json is not None
        assert answer.json["code"] == "metrics_denied"


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (TOKEN, 403),
        (f"Bearer {TOKEN}x", 403),
        ("Bearer 密码", 403),
        ("", 403),
    ],
)
def test_with_a_token_they_are_for_who_has_it(
    sqlite_url: str, tmp_path: Path, given: str, status: int
) -> None:
    app = create_app(Settings(tmp_path, sqlite_url, installation_key=KEY, metrics_token=TOKEN))
    for address in ("127.0.0.1", "192.0.2.1"):
        environment = {
            "REMOTE_ADDR": address,
            "HTTP_AUTHORIZATION": given.encode().decode("latin-1"),
        }
        assert app.test_client().get("/metrics", environ_base=environment).status_code == status
    app.extensions["timebank"].close()


# --- several processes -------------------------------------------------------------------------


def test_figures_are_those_of_all_workers_also_after_one_was_killed(
    sqlite_url: str, tmp_path: Path
) -> None:
    with served(tmp_path, sqlite_url, workers=2) as server:
        before = figures_of_server(server)
        for _ in range(40):
            call(server.port, "GET", "/api/v1/books")
        assert requests(figures_of_server(server)) == requests(before) + 40
        connections = figure(figures_of_server(server), "timebank_database_connections_max")
        killed = kill_a_worker(server)
        deadline = time.monotonic() + 40
        while not replaced(server, killed) or not settled(server, connections):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert requests(figures_of_server(server)) == requests(before) + 40


def figures_of_server(server: Server) -> Figures:
    return parse(bytes(call(server.port, "GET", "/metrics").body).decode())


def requests(figures: Figures) -> float:
    labels = {"route": "/api/v1/books", "method": "GET", "status": "200"}
    return figure(figures, "timebank_requests_total", **labels)


def settled(server: Server, connections: float) -> bool:
    """Whether the dead worker's share of the present is gone and the new one's is there."""
    try:
        return figure(figures_of_server(server), "timebank_database_connections_max") == connections
    except OSError:
        return False


def children(server: Server) -> list[int]:
    assert server.process is not None
    listed = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    return [
        int(child)
        for child in listed.split()
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def replaced(server: Server, killed: int) -> bool:
    """Whether there are two workers again; one that was killed still takes a moment to end."""
    workers = children(server)
    return killed not in workers and len(workers) == 2


def kill_a_worker(server: Server) -> int:
    time.sleep(6)  # One that dies right after it began ends the whole service.
    killed = children(server)[0]
    os.kill(killed, signal.SIGKILL)
    return killed
