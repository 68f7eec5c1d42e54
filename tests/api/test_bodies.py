"""Bodies over a real connection: the caller sees the answer, however much it sends."""

import http.client
import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.databases import Databases
from tests.servers import TIMEBANK, environment, served

MIB = 1024 * 1024
SECONDS = 60


@dataclass(frozen=True)
class Service:
    """A running service, and a key of its demo book."""

    port: int
    token: str

    @contextmanager
    def connected(self) -> Iterator[http.client.HTTPConnection]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        with closing(connection):
            yield connection

    def headers(self, **more: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": "a-key",
            **more,
        }


@pytest.fixture(scope="module")
def service(
    sqlite_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The service as it is run, over SQLite."""
    home = tmp_path_factory.mktemp("home")
    with sqlite_databases.fresh() as url, served(home, url, demo="small") as server:
        order = ["key", "issue", "--book", "demo", "--scope", "post", "--scope", "members"]
        issued = subprocess.run(
            [str(TIMEBANK), *order],
            env=environment(home, url),
            check=True,
            capture_output=True,
            text=True,
        )
        yield Service(server.port, issued.stdout.strip())


def ask(
    connection: http.client.HTTPConnection,
    path: str,
    body: bytes | Iterator[bytes],
    headers: dict[str, str],
) -> tuple[int, dict[str, Any]]:
    """Post on a connection that stays open; an iterator is sent in chunks."""
    chunked = not isinstance(body, bytes)
    connection.request(
        "POST", f"/api/v1/{path}", body=body, headers=headers, encode_chunked=chunked
    )
    response = connection.getresponse()
    assert response.headers["Content-Type"] == "application/problem+json"
    return response.status, json.loads(response.read())


def pieces(size: int) -> Iterator[bytes]:
    yield from [b" " * MIB] * (size // MIB)
    yield b" " * (size % MIB)


@pytest.mark.parametrize("size", [MIB + 1, 10 * MIB, 40 * MIB])
@pytest.mark.parametrize("chunked", ["whole", "chunked"])
def test_body_over_its_limit_is_answered_when_it_is_all_sent(
    service: Service, size: int, chunked: str
) -> None:
    headers = service.headers(**({"Transfer-Encoding": "chunked"} if chunked == "chunked" else {}))
    with service.connected() as connection:
        for _ in range(2):
            body = pieces(size) if chunked == "chunked" else b" " * size
            status, problem = ask(connection, "books/demo/entries", body, headers)
            assert (status, problem["code"], problem["limit"]) == (413, "too_large", MIB)


@pytest.mark.parametrize("chunked", ["whole", "chunked"])
def test_batches_may_be_longer(service: Service, chunked: str) -> None:
    headers = service.headers(**({"Transfer-Encoding": "chunked"} if chunked == "chunked" else {}))
    with service.connected() as connection:
        for size, status in ((8 * MIB, 400), (8 * MIB + 1, 413)):
            body = pieces(size) if chunked == "chunked" else b" " * size
            assert ask(connection, "books/demo/entries/batch", body, headers)[0] == status


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [
        ("books/demo/entries", "tb_nobody", 401),
        ("books/demo/accounts", None, 403),
        ("books/nope/entries", None, 404),
        ("nowhere", None, 404),
        ("problems", None, 405),
    ],
)
def test_whoever_is_turned_away_sees_it_after_a_long_body(
    service: Service, path: str, token: str | None, status: int
) -> None:
    headers = service.headers(**({"Authorization": f"Bearer {token}"} if token else {}))
    with service.connected() as connection:
        for _ in range(2):
            assert ask(connection, path, b"x" * (10 * MIB), headers)[0] == status


def test_chunked_body_within_the_limit_is_read(service: Service) -> None:
    headers = service.headers(**{"Transfer-Encoding": "chunked"})
    body = iter([b'{"num', b'ber":', b'"none"}'])
    with service.connected() as connection:
        status, problem = ask(connection, "books/demo/members/lookup", body, headers)
    assert (status, problem["code"]) == (404, "unknown_member")


@pytest.mark.parametrize(
    ("announced", "sent"),
    [
        ("Content-Length: 12", ""),
        ("Content-Length: 12", "  "),
        ("Content-Length: 12", "{}"),
        ("Transfer-Encoding: chunked", ""),
        ("Transfer-Encoding: chunked", "c\r\n"),
        ("Transfer-Encoding: chunked", "0\r\n\r\n"),
        ("Transfer-Encoding: chunked", "no size\r\n"),
    ],
)
def test_body_that_breaks_off_is_not_taken_for_an_empty_one(
    service: Service, announced: str, sent: str
) -> None:
    """What an empty body asks for is done in full: to release a hold, to let a member go."""
    for path in ("entries/0/reversal", "entries"):
        with socket.create_connection(("127.0.0.1", service.port), timeout=SECONDS) as line:
            head = "\r\n".join(f"{name}: {value}" for name, value in service.headers().items())
            line.sendall(
                f"POST /api/v1/books/demo/{path} HTTP/1.1\r\nHost: localhost\r\n"
                f"{head}\r\n{announced}\r\n\r\n{sent}".encode()
            )
            if not sent.endswith("\r\n\r\n"):
                line.shutdown(socket.SHUT_WR)
            response = http.client.HTTPResponse(line)
            response.begin()
            problem = json.loads(response.read())
        assert (response.status, problem["code"], problem["field"]) == (400, "malformed", "body")


def test_body_that_is_not_announced_stands_for_an_empty_one(service: Service) -> None:
    with service.connected() as connection:
        status, problem = ask(connection, "books/demo/entries/0/reversal", b"", service.headers())
    assert (status, problem["code"]) == (422, "not_reversible")


def test_caller_who_hangs_up_does_not_disturb_others(service: Service) -> None:
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", service.port)) as line:
            line.sendall(
                b"POST /api/v1/books/demo/entries HTTP/1.1\r\nHost: localhost\r\n"
                b"Authorization: Bearer " + service.token.encode() + b"\r\n"
                b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
            )
    with service.connected() as connection:
        status, _ = ask(connection, "books/demo/entries", b"{}", service.headers())
    assert status == 400
