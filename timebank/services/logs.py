"""Logs: one JSON object a line on stderr, without anything that somebody sent.

``time`` (RFC 3339, UTC), ``level``, ``logger`` and ``message`` stand in each line, and
``request_id`` in those that belong to a request. A line about a request has besides: ``method``,
``route`` (the template, not the address), ``status``, ``duration_ms``, and where they are known
``app`` (the code of the API key's app), ``book`` and ``code`` (of the problem).

Errors may repeat what somebody sent or what stands in the database. So of an error only its class
and the places in the code are written, and of messages of libraries only the text that is the
same each time.
"""

import logging
import logging.config
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Final, TextIO

import msgspec

from timebank.services.clock import time_at

request_id: Final[ContextVar[str | None]] = ContextVar("request_id", default=None)
"""By what the current request is known in the log and in its answer."""

_FIELDS: Final = "fields"
_OURS: Final = "timebank"
_MILLISECONDS: Final[tuple[str, ...]] = tuple(f".{number:03}Z" for number in range(1000))
_encode: Final = msgspec.json.Encoder().encode
_LOG: Final = logging.getLogger(_OURS)


class JsonFormatter(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the line, without its end."""
        line = _line(record.created, record.levelname, record.name, _message(record))
        line.update(getattr(record, _FIELDS, {}))
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line["error"] = " from ".join(causes(error))
            line["traceback"] = frames(error)
        return _encode(line).decode()


class LineHandler(logging.StreamHandler[TextIO]):
    """Writes records to a stream, and lines that never were one, of which there are most."""

    def takes_lines(self, level: int) -> bool:
        """Whether it would make of a record of this level just what it makes of a line."""
        plain = not self.filters and type(self.formatter) is JsonFormatter
        return plain and self.level <= level

    def write_line(self, line: dict[str, object]) -> None:
        """Write a line as records are written, never in the midst of another."""
        text = f"{_encode(line).decode()}{self.terminator}"
        self.acquire()
        try:
            self.stream.write(text)
            self.stream.flush()
        finally:
            self.release()


def write_line(logger: logging.Logger, level: int, message: str, fields: dict[str, object]) -> None:
    """Log a message with these fields, as ``logger.log`` would, but for what nobody needs here.

    It looks neither for the place in the code nor for arguments of the message, nor whether the
    level is enabled. There is a record only where something else than :func:`configuration` says
    what becomes of it: to make one, hand it on and read it again takes longer than to write it.
    """
    handler = _only_handler(logger)
    if type(handler) is not LineHandler or not handler.takes_lines(level):
        logger.handle(_record(logger, level, message, fields))
        return
    try:
        line = _line(time.time(), logging.getLevelName(level), logger.name, message)
        line.update(fields)
        handler.write_line(line)
    except RecursionError:
        raise
    except Exception:  # noqa: BLE001  what logging does with whatever it is
        handler.handleError(_record(logger, level, message, fields))


def _only_handler(logger: logging.Logger) -> logging.Handler | None:
    """The one handler of all that a logger lets pass, where that is so."""
    if logger.disabled or logger.filters:
        return None
    handlers: list[logging.Handler] = []
    place: logging.Logger | None = logger
    while place is not None:
        handlers += place.handlers
        place = place.parent if place.propagate else None
    return handlers[0] if len(handlers) == 1 else None


def _record(
    logger: logging.Logger, level: int, message: str, fields: dict[str, object]
) -> logging.LogRecord:
    record = logging.LogRecord(logger.name, level, "", 0, message, (), None)
    setattr(record, _FIELDS, fields)
    return record


def configuration(level: str) -> dict[str, Any]:
    """How logging is set up, in the words of ``logging.config``: all on stderr, ours from level."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}},
        "handlers": {"stderr": {"()": LineHandler, "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {_OURS: {"level": level.upper()}, "_granian": {"propagate": True}},
    }


def configure(level: str) -> None:
    """Log as this module says, also what nobody catches."""
    logging.config.dictConfig(configuration(level))
    # What no line says need not be found out for each: from where it was logged, and by whom.
    logging._srcfile = None  # noqa: SLF001  as logging's documentation says
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def causes(error: BaseException | None) -> Iterator[str]:
    """The classes of an error and of those it was raised from, with the codes of databases."""
    while error is not None:
        code = _database_code(error)
        yield f"{type(error).__name__} ({code})" if code else type(error).__name__
        error = error.__cause__


def _database_code(error: BaseException) -> str | None:
    """What a database calls an error, such as SQLITE_FULL or 53100; there are no values in it."""
    raised = getattr(error, "orig", error)
    code: str | None = getattr(raised, "sqlite_errorname", None) or getattr(
        raised, "sqlstate", None
    )
    return code


def frames(error: BaseException) -> list[str]:
    """Where in the code an error was raised, the outermost place first."""
    return [
        f"{place.filename}:{place.lineno} {place.name}"
        for place in traceback.extract_tb(error.__traceback__)
    ]


def _line(seconds: float, level: str, logger: str, message: str) -> dict[str, object]:
    """What stands in each line; ``seconds`` since 1970."""
    line: dict[str, object] = {
        "time": _time(seconds),
        "level": level.lower(),
        "logger": logger,
        "message": message,
    }
    current = request_id.get()
    if current is not None:
        line["request_id"] = current
    return line


def _time(seconds: float) -> str:
    milliseconds = int(seconds * 1000)
    return time_at(milliseconds // 1000)[:-1] + _MILLISECONDS[milliseconds % 1000]


def _message(record: logging.LogRecord) -> str:
    """What happened; of others' messages the part that does not change, since the rest may tell."""
    ours = record.name == _OURS or record.name.startswith(f"{_OURS}.")
    return record.getMessage() if ours else str(record.msg)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        _LOG.critical("an error that nobody caught", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(uncaught: threading.ExceptHookArgs) -> None:
    if uncaught.exc_value is not None:
        error = uncaught.exc_value
        _LOG.critical(
            "an error that nobody caught in a thread",
            exc_info=(uncaught.exc_type, error, uncaught.exc_traceback),
        )
