"""Errors as HTTP says them: problem documents of RFC 9457. Nothing else here knows HTTP statuses.

========================  ======  ==================================================
family or error           status
========================  ======  ==================================================
InvalidError              400     of the wrong shape
TooLargeError             413     over a limit
UnauthenticatedError      401     with ``WWW-Authenticate``
DeniedError               403
MissingError              404
ConflictError             409
RefusedError              422     against a rule of the book; 404 where it was only read
BusyError                 503     with ``Retry-After``, as when there is no database
FaultError, anything else 500     what is wrong stands in the log of the service only
========================  ======  ==================================================

A problem has ``type``, ``title``, ``status``, ``detail`` and a stable ``code``; the arguments of
the error are members of their own, such as ``field`` and ``reason``, or ``balance`` and
``shortfall``.
"""

import inspect
import logging
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
from flask import Flask, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from timebank.api.replies import Reply, make_reply, to_response
from timebank.errors import (
    BusyError,
    ClockJumpError,
    ConflictError,
    DeniedError,
    FaultError,
    InvalidError,
    MissingError,
    RefusedError,
    TimebankError,
    TooLargeError,
    UnauthenticatedError,
)
from timebank.services.logs import causes
from timebank.services.metrics import PROBLEMS
from timebank.services.noted import method_of, noted_of
from timebank.store.database import is_clash

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PROBLEM_TYPE: Final = "application/problem+json"

UNREACHABLE_SECONDS: Final = 5
"""After how long to try again when the database could not be reached."""

_STATUSES: Final[tuple[tuple[type[TimebankError], int], ...]] = (
    (TooLargeError, 413),
    (UnauthenticatedError, 401),
    (BusyError, 503),
    (InvalidError, 400),
    (DeniedError, 403),
    (MissingError, 404),
    (ConflictError, 409),
    (RefusedError, 422),
)
_OF_BODIES: Final = frozenset({"content-type", "content-length"})
_TOLD_FAULTS: Final = (BusyError, ClockJumpError)
_LOG: Final = logging.getLogger(__name__)


def status_of(family: type[TimebankError]) -> int:
    """The HTTP status of errors of this sort."""
    return next((status for parent, status in _STATUSES if issubclass(family, parent)), 500)


def title_of(family: type[TimebankError]) -> str:
    """The first line of what the class with this code says of itself, without its full stop."""
    owner = next(one for one in family.__mro__ if "code" in vars(one))
    return (inspect.getdoc(owner) or owner.__name__).partition("\n")[0].rstrip(".")


def problem_of(error: TimebankError) -> dict[str, Any]:
    """The problem document of an error. Of a fault only its code is told."""
    status = status_of(type(error))
    told = not isinstance(error, FaultError) or isinstance(error, _TOLD_FAULTS)
    return {
        "type": f"/api/v1/problems#{error.code}",
        "title": title_of(type(error)),
        "status": status,
        "detail": str(error) if told else title_of(FaultError),
        "code": error.code,
        **(error.details() if told else {}),
    }


class BatchRefusedError(Exception):
    """A batch that wanted all or nothing got nothing: which items are refused, and why."""

    def __init__(self, refused: Sequence[tuple[int, TimebankError]]) -> None:
        super().__init__()
        self.refused = refused


def register_errors(app: Flask) -> None:
    """Answer every error of an application with a problem document."""
    app.register_error_handler(
        Exception, lambda error: to_response(reply_to(error, request.environ))
    )


def reply_to(error: Exception, environ: "WSGIEnvironment") -> Reply:
    """The reply to a request that failed with this error, whatever it is."""
    match error:
        case BatchRefusedError():
            problem = _problem_of_batch(error)
        case HTTPException():
            return _reply_to_http_error(error, environ)
        case OperationalError() if is_clash(error) or _is_unreachable(error):
            return reply_to(BusyError(UNREACHABLE_SECONDS), environ)
        case TimebankError():
            return _reply_to_error(error, environ)
        case _:
            _log(error)
            problem = problem_of(FaultError())
    return _to_reply(problem, environ)


def _reply_to_error(error: TimebankError, environ: "WSGIEnvironment") -> Reply:
    problem = problem_of(error)
    if isinstance(error, RefusedError) and method_of(environ) in {"GET", "HEAD"}:
        # Nothing is refused to who only reads: something that the address names is not there.
        problem["status"] = 404
    if isinstance(error, FaultError) and not isinstance(error, BusyError):
        _log(error)
    headers = []
    if isinstance(error, BusyError):
        headers.append(("Retry-After", str(error.retry_after_seconds)))
    if isinstance(error, UnauthenticatedError):
        headers.append(("WWW-Authenticate", 'Bearer realm="timebank"'))
    return _to_reply(problem, environ, headers)


def _problem_of_batch(error: BatchRefusedError) -> dict[str, Any]:
    """The problem of the first item that is refused, and those of all others."""
    item, first = error.refused[0]
    for _, other in error.refused[1:]:
        PROBLEMS.labels(other.code).inc()
    refused = [{"item": index, "problem": problem_of(one)} for index, one in error.refused]
    return {**problem_of(first), "item": item, "refused": refused}


def _reply_to_http_error(error: HTTPException, environ: "WSGIEnvironment") -> Reply:
    """The reply to what werkzeug itself raises: no such address, no such method, and the like."""
    status = error.code or 500
    problem = {
        "type": "about:blank",
        "title": error.name,
        "status": status,
        "detail": error.description or error.name,
        "code": error.name.lower().replace(" ", "_"),
    }
    headers = [header for header in error.get_headers() if header[0].lower() not in _OF_BODIES]
    return _to_reply(problem, environ, headers)


def _is_unreachable(error: OperationalError) -> bool:
    """Whether there was no PostgreSQL to say what is wrong; SQLite always says it."""
    return (
        getattr(error.orig, "sqlite_errorcode", None) is None
        and getattr(error.orig, "sqlstate", None) is None
    )


def problem_types() -> dict[str, type[TimebankError]]:
    """All errors there are, by their codes."""
    found: dict[str, type[TimebankError]] = {}
    families: list[type[TimebankError]] = [TimebankError]
    while families:
        family = families.pop()
        found.setdefault(family.code, family)
        families += family.__subclasses__()
    return found


def _to_reply(
    problem: dict[str, Any], environ: "WSGIEnvironment", headers: Sequence[tuple[str, str]] = ()
) -> Reply:
    noted_of(environ).problem = problem["code"]
    return make_reply(problem["status"], PROBLEM_TYPE, msgspec.json.encode(problem), headers)


def _log(error: BaseException) -> None:
    """Log what failed and where, but no messages: they may repeat what somebody sent."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("%s\n%s", " from ".join(causes(error)), frames)
