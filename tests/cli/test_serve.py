"""The served installation, with real processes."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.servers import TIMEBANK, Server, call, environment, free_port

END_SECONDS_MAX = 20


@pytest.fixture
def server(tmp_path: Path, bare_database_url: str) -> Iterator[Server]:
    """A service that has never run, on either database; it is ended with the test."""
    made = Server(free_port(), environment(tmp_path / "home", bare_database_url), workers=2)
    try:
        yield made
    finally:
        made.kill()


def measured(environment: dict[str, str]) -> dict[str, str]:
    """The environment of a process that ends by itself, so that coverage can be measured."""
    return environment | {
        name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")
    }


def is_alive(group: int) -> bool:
    """Whether any process of the group is there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(group: int) -> None:
    deadline = time.monotonic() + END_SECONDS_MAX
    while is_alive(group):
        assert time.monotonic() < deadline, "processes were left"
        time.sleep(0.05)


def test_a_first_start_makes_everything_and_opens_the_demo_book(server: Server) -> None:
    server.environment["TIMEBANK_DEMO"] = "small"
    server.start()
    books = call(server.port, "GET", "/api/v1/books").body["books"]
    assert [book["book"] for book in books] == ["demo"]
    assert call(server.port, "GET", "/").status == 200
    server.stop()
    server.start()
    again = call(server.port, "GET", "/api/v1/books").body["books"]
    assert [book["book"] for book in again] == ["demo"]


@pytest.mark.parametrize(("given", "connections"), [("", 128), ("4", 20)])
def test_every_thread_may_read_sqlite_at_once_unless_a_setting_says_less(
    tmp_path: Path, given: str, connections: int
) -> None:
    variables = environment(tmp_path, "") | {"TIMEBANK_POOL_OVERFLOW": given}
    server = Server(free_port(), variables)
    try:
        server.start()
        figures = call(server.port, "GET", "/metrics").body.decode()
    finally:
        server.stop()
    assert f"timebank_database_connections_max {connections}.0\n" in figures


def test_no_demo_is_opened_where_none_is_wanted(server: Server) -> None:
    server.start()
    assert call(server.port, "GET", "/api/v1/books").body["books"] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_with_all_its_processes(server: Server, number: signal.Signals) -> None:
    server.environment = measured(server.environment)
    server.start()
    process = server.process
    assert process is not None
    if number is signal.SIGINT:
        os.killpg(process.pid, number)  # as a terminal does
    else:
        process.send_signal(number)
    assert process.wait(END_SECONDS_MAX) == 0
    wait_until_gone(process.pid)


def test_no_worker_outlives_a_killed_service(server: Server) -> None:
    server.start()
    process = server.process
    assert process is not None
    process.kill()
    process.wait()
    wait_until_gone(process.pid)


def test_a_taken_port_is_told_in_one_line(sqlite_run: Run) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        output = sqlite_run("serve", "--port", port, status=1).output
    assert output.startswith(f"Error: 127.0.0.1:{port}: Address already in use; choose another")
    assert output.count("\n") == 1


def test_the_addresses_worth_opening_are_printed(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [TIMEBANK, "serve"],
        env=measured(environment(tmp_path, "")) | {"PORT": str(port), "TIMEBANK_DEMO": "small"},
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert process.stdout is not None
    try:
        lines = [process.stdout.readline() for _ in range(7)]
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(END_SECONDS_MAX)
        process.stdout.close()
    assert lines[0].startswith("Opening the demo book")
    assert lines[1] == "Opened the demo book demo.\n"
    assert lines[2].endswith(f"http://127.0.0.1:{port}/\n")
    assert f"http://127.0.0.1:{port}/api/v1/docs" in lines[3]
    assert lines[6] == "Ctrl-C ends the service.\n"
    wait_until_gone(process.pid)
