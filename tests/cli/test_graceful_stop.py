"""Asked to end, the service finishes what is under way, lets nobody in, and exits with 0."""

import http.client
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.cli.test_serve import measured, wait_until_gone
from tests.databases import Databases
from tests.installations import Community, found_community
from tests.servers import Server, call, environment, free_port
from tests.test_backups import installation_over
from tests.test_kills import count_entries, remembered
from timebank.services import keys
from timebank.services.installation import Installation
from timebank.services.verification import Verdict, verify_book

IN_FLIGHT = 30
ENTRIES = "/api/v1/books/demo/entries"


@dataclass
class Served:
    """A running service with two workers, a book in it, and a key of the book."""

    server: Server
    community: Community
    token: str
    acknowledged: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    @property
    def installation(self) -> Installation:
        return self.community.installation

    def headers(self, key: str = "") -> dict[str, str]:
        given = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return given | ({"Idempotency-Key": key} if key else {})

    def body(self) -> bytes:
        reference = self.community.reference
        leg = {"from": reference("王"), "to": reference("李"), "amount": 1, "commodity": "POINT"}
        return json.dumps({"kind": "transfer", "legs": [leg]}).encode()

    def stop(self, number: signal.Signals) -> None:
        """End the service as an operator or a terminal would."""
        process = self.server.process
        assert process is not None
        if number is signal.SIGINT:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        assert process.wait(30) == 0
        wait_until_gone(process.pid)
        assert self.server.log is not None
        assert "Killing worker" not in self.server.log.read_text()


@pytest.fixture
def served(databases: Databases, tmp_path: Path) -> Iterator[Served]:
    """The service, on either database."""
    with served_on(databases, tmp_path) as service:
        yield service


@pytest.fixture
def sqlite_served(sqlite_databases: Databases, tmp_path: Path) -> Iterator[Served]:
    """The same on SQLite, for what does not depend on the database."""
    with served_on(sqlite_databases, tmp_path) as service:
        yield service


@contextmanager
def served_on(databases: Databases, tmp_path: Path) -> Iterator[Served]:
    """The service over a fresh database."""
    with databases.fresh() as url:
        installation = installation_over(url, tmp_path)
        community = found_community(installation)
        community.enrol("王", "李")
        community.issue("王", 1_000)
        new = keys.NewKey(app="shop", scopes=("post", "read"))
        token = keys.issue(installation, "demo", new).token or ""
        variables = environment(tmp_path, url)
        if databases.kind == "sqlite":  # The lines are the same, and tracing takes its time.
            variables = measured(variables)
        server = Server(free_port(), variables, workers=2, log=tmp_path / "service.log")
        try:
            server.start()
            yield Served(server, community, token)
        finally:
            server.kill()
            installation.close()


def in_threads(number: int, work: Callable[[int], None]) -> list[threading.Thread]:
    threads = [threading.Thread(target=work, args=(one,), daemon=True) for one in range(number)]
    for thread in threads:
        thread.start()
    return threads


def join(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def test_posts_in_flight_are_acknowledged_and_there_or_not_there(served: Served) -> None:
    post_while_stopping(served, signal.SIGTERM)


def test_so_they_are_after_ctrl_c(sqlite_served: Served) -> None:
    post_while_stopping(sqlite_served, signal.SIGINT)


def post_while_stopping(served: Served, number: signal.Signals) -> None:
    """Have many post while the service is asked to end, and see what became of them."""
    before = count_entries(served.installation)
    body, ready = served.body(), threading.Barrier(IN_FLIGHT + 1)

    def post(client: int) -> None:
        """Send half of a request, and the rest while the service is asked to end."""
        key = f"client-{client}"
        connection = http.client.HTTPConnection("127.0.0.1", served.server.port, timeout=20)
        connection.putrequest("POST", ENTRIES)
        for name, value in served.headers(key).items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body[:20])
        ready.wait()
        try:
            connection.send(body[20:])
            answer = connection.getresponse()
            assert answer.status == 201
            served.acknowledged[key] = json.loads(answer.read())["seq"]
        except (OSError, http.client.HTTPException):
            served.broken.append(key)
        finally:
            connection.close()

    threads = in_threads(IN_FLIGHT, post)
    ready.wait()
    served.stop(number)
    join(threads)
    assert len(served.acknowledged) + len(served.broken) == IN_FLIGHT
    assert served.acknowledged, "requests under way are finished"
    there = remembered(served.installation)
    assert set(served.acknowledged.values()) <= there
    assert count_entries(served.installation) == before + len(there)
    assert verify_book(served.installation, "demo").verdict is Verdict.FINE
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", served.server.port), timeout=5)
    # What was done in the background has been finished, too.
    (key,) = keys.list_keys(served.installation, "demo")
    assert key.last_used is not None


def test_who_waits_for_new_entries_is_answered_at_once(sqlite_served: Served) -> None:
    served = sqlite_served
    size = count_entries(served.installation)
    answers: list[tuple[int, object]] = []

    def wait(_client: int) -> None:
        path = f"{ENTRIES}?after={size}&wait=30"
        answer = call(served.server.port, "GET", path, headers=served.headers())
        answers.append((answer.status, answer.body))

    threads = in_threads(8, wait)
    wait_until_waiting(served, 8)
    served.stop(signal.SIGTERM)
    join(threads)
    assert answers == [(200, {"entries": []})] * 8


def wait_until_waiting(served: Served, number: int) -> None:
    deadline = time.monotonic() + 10
    while f"timebank_long_polls {number}.0" not in figures(served):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def figures(served: Served) -> str:
    return bytes(call(served.server.port, "GET", "/metrics").body).decode()
