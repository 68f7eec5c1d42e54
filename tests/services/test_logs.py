"""Logs: a JSON object a line, and of errors only what the program itself says."""

import io
import json
import logging
import logging.config
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from timebank.services import logs

SECRET = "13912344711 王芳"
MESSAGE = "王\n1"
OURS = logging.getLogger("timebank.x")


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


class Slow(io.StringIO):
    """A stream that lets other threads in while a line is being written."""

    def write(self, text: str) -> int:
        for character in text[:5]:
            super().write(character)
            time.sleep(0)
        return super().write(text[5:])


@contextmanager
def alone() -> Iterator[tuple[logs.LineHandler, io.StringIO]]:
    """Have lines written by the service's handler, to this stream, and seen by no other."""
    root = logging.getLogger()
    before = root.handlers[:]
    logs.configure("info")
    (handler,) = root.handlers
    assert type(handler) is logs.LineHandler
    handler.setStream(stream := io.StringIO())
    try:
        yield handler, stream
    finally:
        root.handlers = before


def write(fields: dict[str, object]) -> None:
    logs.write_line(OURS, logging.WARNING, MESSAGE, fields)


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
    logs.write_line(logging.getLogger("timebank.x"), logging.INFO, "done\n1", {"status": 200})
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


# --- lines that are no records -----------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.0, 1.9999, 1769862896.007, 1769862896.999999])
@pytest.mark.parametrize("request_id", [None, "0" * 32])
@pytest.mark.parametrize(
    "fields", [{}, {"status": 200, "book": "翠竹"}, {"level": "x", "a": [1.5]}]
)
def test_a_line_is_the_same_with_and_without_a_record(
    lines: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    fields: dict[str, object],
    request_id: str | None,
    seconds: float,
) -> None:
    monkeypatch.setattr(time, "time", lambda: seconds)
    token = logs.request_id.set(request_id)
    with alone() as (_, written):
        write(fields)
        OURS.warning(MESSAGE, extra={"fields": fields})
    write(fields)
    logs.request_id.reset(token)
    without, with_record = written.getvalue().splitlines(keepends=True)
    assert without == with_record == lines.getvalue()
    assert without.endswith("}\n")


@pytest.mark.parametrize("name", ["", "timebank", OURS.name])
def test_handlers_of_others_have_a_record_of_each_line(lines: io.StringIO, name: str) -> None:
    theirs = logging.getLogger(name)
    with alone() as (_, written):
        theirs.addHandler(other := logging.StreamHandler(lines))
        write({"status": 200})
        theirs.removeHandler(other)
    assert lines.getvalue() == f"{MESSAGE}\n"
    assert last(written)["status"] == 200


@pytest.mark.usefixtures("lines")
def test_a_handler_may_be_told_to_write_in_another_way() -> None:
    with alone() as (handler, written):
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        write({})
    assert written.getvalue() == f"WARNING {MESSAGE}\n"


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize(
    ("whose", "name", "value"),
    [
        ("handler", "level", logging.ERROR),
        ("handler", "filters", [lambda _: False]),
        ("logger", "filters", [lambda _: False]),
        ("logger", "disabled", True),
        ("logger", "propagate", False),
    ],
)
def test_what_is_kept_back_from_records_is_kept_back_from_lines(
    monkeypatch: pytest.MonkeyPatch, whose: str, name: str, value: object
) -> None:
    with alone() as (handler, written):
        monkeypatch.setattr(handler if whose == "handler" else OURS, name, value)
        write({})
        monkeypatch.undo()
        assert written.getvalue() == ""
        write({})
        assert last(written)["message"] == MESSAGE


@pytest.mark.usefixtures("lines")
def test_where_a_line_cannot_be_written_the_service_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with alone() as (handler, _):
        broken = io.StringIO()
        broken.close()
        handler.setStream(broken)
        write({})
        OURS.warning(MESSAGE)
        told = capsys.readouterr().err
        assert told.count("--- Logging error ---") == 2
        assert told.count("ValueError: I/O operation on closed file") == 2
        assert told.count(f"Message: {MESSAGE!r}\nArguments: ()") == 2
        handler.setStream(written := io.StringIO())
        write({})
    assert last(written)["message"] == MESSAGE


@pytest.mark.usefixtures("lines")
def test_lines_of_several_threads_do_not_mix() -> None:
    def log_both() -> None:
        for _ in range(20):
            write({"status": 200})
            OURS.warning(MESSAGE)

    with alone() as (handler, _):
        handler.setStream(written := Slow())
        threads = [threading.Thread(target=log_both) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len([json.loads(line) for line in written.getvalue().splitlines()]) == 160
