"""Logs: a JSON object a line, and of errors only what the program itself says."""

import io
import json
import logging
import logging.config
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from timebank.services import logs

SECRET = "13912344711 王芳"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged while the test runs, everything as the service would write it."""
    stream = io.StringIO()
    root = logging.getLogger()
    before, hooks = root.handlers[:], (sys.excepthook, threading.excepthook)
    logs.configure("info")
    root.handlers = [logging.StreamHandler(stream)]
    root.handlers[0].setFormatter(logs.JsonFormatter())
    yield stream
    root.handlers = before
    sys.excepthook, threading.excepthook = hooks
    logging.getLogger("timebank").setLevel(logging.NOTSET)
    root.setLevel(logging.WARNING)


def last(stream: io.StringIO) -> dict[str, Any]:
    lines = stream.getvalue().splitlines()
    line: dict[str, Any] = json.loads(lines[-1])
    return line


def fail() -> None:
    try:
        dict[str, str]()[SECRET]
    except KeyError as error:
        raise ValueError(SECRET) from error


def test_a_line_says_when_what_and_about_which_request(lines: io.StringIO) -> None:
    token = logs.request_id.set("0" * 32)
    logs.write_line(logging.getLogger("timebank.x"), logging.INFO, "done\n1", status=200)
    logs.request_id.reset(token)
    line = last(lines)
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "timebank.x",
        "message": "done\n1",
        "request_id": "0" * 32,
        "status": 200,
    }
    assert lines.getvalue().count("\n") == 1


def test_of_an_error_its_classes_and_places_are_told(lines: io.StringIO) -> None:
    try:
        fail()
    except ValueError:
        logging.getLogger("timebank.x").exception("it failed")
    line = last(lines)
    assert line["error"] == "ValueError from KeyError"
    assert "test_logs.py" in line["traceback"][-1]
    assert line["traceback"][-1].endswith(" fail")
    assert SECRET not in lines.getvalue()


def test_of_others_messages_only_what_is_always_the_same_is_told(lines: io.StringIO) -> None:
    logging.getLogger("somebody.else").error("could not handle %s", SECRET)
    assert last(lines)["message"] == "could not handle %s"
    logging.getLogger("somebody.else").info("nobody needs this")
    assert len(lines.getvalue().splitlines()) == 1


def test_what_nobody_catches_is_told_likewise(lines: io.StringIO) -> None:
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert last(lines)["message"] == "an error that nobody caught in a thread"
    try:
        fail()
    except ValueError:
        sys.excepthook(*sys.exc_info())
    assert last(lines)["error"] == "ValueError from KeyError"
    assert SECRET not in lines.getvalue()


def test_less_can_be_logged(lines: io.StringIO) -> None:
    logging.getLogger("timebank").setLevel(
        logs.configuration("warning")["loggers"]["timebank"]["level"]
    )
    logging.getLogger("timebank.requests").info("request")
    logging.getLogger("timebank.requests").warning("busy")
    assert [json.loads(line)["message"] for line in lines.getvalue().splitlines()] == ["busy"]
