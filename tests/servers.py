"""Running the real service for tests: ``timebank serve`` on a free port of the loopback."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TIMEBANK = Path(sys.executable).parent / "timebank"
START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service answered; ``body`` is decoded JSON, or text where it is none."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(slots=True)
class Server:
    """One service in a session of its own, so that all its processes can be ended together."""

    port: int
    environment: dict[str, str]
    workers: int = 1
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [str(TIMEBANK), "serve", "--port", str(self.port)]
        command += ["--workers", str(self.workers)]
        with Path(self.log or os.devnull).open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env=self.environment,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self.process.poll() is None, "the service ended"
            assert time.monotonic() < deadline, "the service did not start"
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill all its processes with SIGKILL, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it as an operator would."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        self.process.wait()
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process = None

    def _answers(self) -> bool:
        try:
            return call(self.port, "GET", "/api/v1/books").status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False


def call(
    port: int,
    method: str,
    path: str,
    body: object = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Call the service once. Raises OSError or HTTPException where it does not answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    sent = {"Content-Type": "application/json", **(headers or {})}
    try:
        connection.request(
            method, path, body=None if body is None else json.dumps(body), headers=sent
        )
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    is_json = "json" in response.headers.get("Content-Type", "")
    return Answer(
        response.status, dict(response.headers), json.loads(content) if is_json else content
    )


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def environment(home: Path, database_url: str) -> dict[str, str]:
    """The environment of a service with this home and database, where coverage is not measured.

    Where there is no book it opens none; TIMEBANK_DEMO=small would have it open the smaller demo.
    """
    foreign = ("TIMEBANK_", "COVERAGE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    own = {"TIMEBANK_HOME": str(home), "DATABASE_URL": database_url, "TIMEBANK_DEMO": "none"}
    return {**kept, **own}


@contextmanager
def served(
    home: Path,
    database_url: str,
    *,
    workers: int = 1,
    log: Path | None = None,
    demo: str = "none",
) -> Iterator[Server]:
    """A running service, ended with the block; ``log`` gets what it writes to stderr.

    ``demo`` is the size of the demo book it opens, which takes some seconds.
    """
    variables = environment(home, database_url) | {"TIMEBANK_DEMO": demo}
    server = Server(free_port(), variables, workers, log)
    try:
        server.start()
        yield server
    finally:
        server.stop()
