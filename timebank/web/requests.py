"""What is noted of each request: its figures and one line of the log.

Nothing that somebody sent is noted: no body, no query, no address as it was typed, no token. What
is noted is the route's template, the code of the app whose key was used, and the name of the book
where the request came as far as that book.
"""

import logging
import re
import time
import uuid
from functools import lru_cache
from typing import Final

from flask import Flask, Response, g, request

from timebank.services.logs import request_id, with_fields
from timebank.services.metrics import PROBLEMS, REQUEST_SECONDS, REQUESTS

HEADER: Final = "X-Request-ID"

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


def observe(app: Flask) -> None:
    """Note all requests of an application. Before anything else is done with the answers."""
    app.before_request(_begin)
    # The first that is registered sees the answer last.
    app.after_request(_end)
    app.teardown_request(_forget)


def _begin() -> None:
    g.began = time.perf_counter()
    given = request.headers.get(HEADER, "")
    request_id.set(given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex)


def _end(response: Response) -> Response:
    seconds = time.perf_counter() - g.began
    route = _route()
    method = request.method if request.method in _METHODS else "other"
    REQUESTS.labels(method, route, response.status_code).inc()
    if not g.get("waited"):
        REQUEST_SECONDS.labels(method, route).observe(seconds)
    if "problem" in g:
        PROBLEMS.labels(g.problem).inc()
    response.headers[HEADER] = request_id.get() or ""
    if route not in PROBES or response.status_code >= _FAILED:
        line = _line(method, route, seconds, response)
        _LOG.log(_level(response.status_code), "request", extra=with_fields(line))
    return response


def _forget(_error: BaseException | None) -> None:
    request_id.set(None)


def _route() -> str:
    return UNKNOWN if request.url_rule is None else _template(request.url_rule.rule)


@lru_cache(maxsize=1024)
def _template(rule: str) -> str:
    """The rule as people write it: ``/books/{book}/entries/{seq}``."""
    return _CONVERTER.sub(r"{\1}", rule)


def _level(status: int) -> int:
    if status < _FAULT:
        return logging.INFO
    return logging.WARNING if status == _BUSY else logging.ERROR


def _line(method: str, route: str, seconds: float, response: Response) -> dict[str, object]:
    fields: dict[str, object] = {
        "method": method,
        "route": route,
        "status": response.status_code,
        "duration_ms": round(seconds * 1000, 3),
    }
    caller = g.get("caller")
    if caller is not None:
        fields["app"] = caller.app
    # Of an address that leads nowhere the name may be anything.
    book = (request.view_args or {}).get("book")
    if book is not None and (caller is not None or response.status_code < _FAILED):
        fields["book"] = book
    if "problem" in g:
        fields["code"] = g.problem
    if g.get("waited"):
        fields["waited"] = True
    return fields
