"""Clients that cost little themselves: requests made beforehand, connections that stay open."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Final

from tests.servers import Server, environment, free_port
from timebank.config import Settings

START_SECONDS: Final = 30

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


def request(path: str, body: bytes, *, token: str = "", key: str = "") -> bytes:
    """The bytes of a POST."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += [f"Idempotency-Key: {key}"] if key else []
    return "\r\n".join([*lines, "", ""]).encode() + body


def send_all(port: int, requests: Sequence[bytes], *, clients: int) -> int:
    """Send requests by so many clients, each of which waits for its answers; give their number.

    Raises AssertionError where one is refused.
    """
    shares = [requests[client::clients] for client in range(clients)]
    with ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(_send, port, share) for share in shares]:
            done.result()
    return len(requests)


def _send(port: int, requests: Sequence[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for one in requests:
            line.sendall(one)
            _read_answer(line)


def _read_answer(line: socket.socket) -> None:
    data = line.recv(65_536)
    while b"\r\n\r\n" not in data:
        data += line.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 2"), data
    found = _LENGTH.search(head)
    assert found, data
    length = int(found[1])
    received = len(body)
    while received < length:
        chunk = line.recv(1_048_576)
        assert chunk, "the service hung up"
        received += len(chunk)


@contextmanager
def timebank_served(settings: Settings) -> Iterator[int]:
    """The service as it is run, over the database of an installation; gives its port."""
    variables = environment(settings.home, settings.database_url)
    server = Server(free_port(), variables)
    try:
        server.start()
        yield server.port
    finally:
        server.stop()


@contextmanager
def trivial_served(variables: Mapping[str, str] | None = None) -> Iterator[int]:
    """The trivial service under the same server, with these in its environment; gives its port."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.trivial", str(port)],
        env={**os.environ, **(variables or {})},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield port
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        assert time.monotonic() < deadline, "the trivial service did not start"
        time.sleep(0.05)
