"""What is done around each request: it is noted, in figures and one line of the log.

Nothing that somebody sent is noted: no body, no query, no address as it was typed, no token. What
is noted is the route's template, the code of the app whose key was used, and the name of the book
where the request came as far as that book.
"""

import logging
import os
import re
import time
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from flask import Flask

from timebank.services.logs import request_id, write_line
from timebank.services.metrics import PROBLEMS, count_request
from timebank.services.noted import Noted, method_of, noted_of, request_of
from timebank.web.draining import drain
from timebank.web.headers import secure

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADER: Final = "X-Request-ID"
_VARIABLE: Final = "HTTP_X_REQUEST_ID"

UNKNOWN: Final = "none"
"""The route of an address that there is not."""

PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Routes that are asked all the time, and logged only when they fail."""

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FAILED: Final = 400
_FAULT: Final = 500
_BUSY: Final = 503
_CONVERTER: Final = re.compile(r"<(?:[^<>]*:)?([a-z_]+)>")

# A UUID or 32 hexadecimal digits, as proxies make them. Nothing freer: into a log that keeps no
# telephone numbers none shall come by this way.
_REQUEST_ID: Final = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)

_LOG: Final = logging.getLogger("timebank.requests")


def surround(app: Flask) -> None:
    """Have an application note all requests, read them to their ends, and secure all answers.

    Around Flask and not in it, since its hooks, which each handle headers by names, took as long
    as all else it does for a request.
    """
    app.wsgi_app = _Surrounded(app.wsgi_app)  # type: ignore[method-assign]  # as Flask has it


class _Surrounded:
    """A WSGI application, and what is done before and after it."""

    def __init__(self, serve: "WSGIApplication") -> None:
        self._serve = serve

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        began = time.perf_counter()
        given = environ.get(_VARIABLE, "")
        known = given if _REQUEST_ID.fullmatch(given) else os.urandom(16).hex()

        def start(
            status: str,
            headers: list[tuple[str, str]],
            *error: Any,  # noqa: ANN401  as WSGI has it
        ) -> Any:  # noqa: ANN401  what the server takes bodies by
            """Note the request and secure the answer, whose headers are known now."""
            drain(environ)
            _note(environ, int(status[:3]), time.perf_counter() - began)
            headers.append((HEADER, known))
            secure(headers)
            return start_response(status, headers, *error)

        token = request_id.set(known)
        try:
            return self._serve(environ, start)
        finally:
            request_id.reset(token)


def _note(environ: "WSGIEnvironment", status: int, seconds: float) -> None:
    """Count and log a request that is about to be answered."""
    noted = noted_of(environ)
    if noted.rule is None:
        _note_route(noted, environ)
    route = UNKNOWN if noted.rule is None else _template(noted.rule)
    method = method_of(environ)
    if method not in _METHODS:
        method = "other"
    count_request(method, route, status, seconds=None if noted.waited else seconds)
    if noted.problem is not None:
        PROBLEMS.labels(noted.problem).inc()
    level = _level(status)
    if (route not in PROBES or status >= _FAILED) and _LOG.isEnabledFor(level):
        fields: dict[str, object] = {
            "method": method,
            "route": route,
            "status": status,
            "duration_ms": int(seconds * 1_000_000) / 1000,
        }
        _add_known(fields, status, noted)
        write_line(_LOG, level, "request", fields)


def _note_route(noted: Noted, environ: "WSGIEnvironment") -> None:
    """Note where Flask found a request to lead, if anywhere."""
    request = request_of(environ)
    if request.url_rule is not None:
        noted.rule, noted.book = request.url_rule.rule, (request.view_args or {}).get("book")


@lru_cache(maxsize=1024)
def _template(rule: str) -> str:
    """The rule as people write it: ``/books/{book}/entries/{seq}``."""
    return _CONVERTER.sub(r"{\1}", rule)


def _level(status: int) -> int:
    if status < _FAULT:
        return logging.INFO
    return logging.WARNING if status == _BUSY else logging.ERROR


def _add_known(fields: dict[str, object], status: int, noted: Noted) -> None:
    """Add what is known of a request besides, from what was noted on the way."""
    if noted.app is not None:
        fields["app"] = noted.app
    # Of an address that leads nowhere the name may be anything.
    if noted.book is not None and (noted.app is not None or status < _FAILED):
        fields["book"] = noted.book
    if noted.problem is not None:
        fields["code"] = noted.problem
    if noted.waited:
        fields["waited"] = True
