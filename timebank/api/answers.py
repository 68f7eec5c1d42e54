"""Answers as HTTP: JSON, or CSV where that is preferred and there is a table."""

import csv
import io
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import msgspec

from timebank.api.calls import Answer, Call, Table
from timebank.api.replies import Reply, make_reply
from timebank.services.cells import harmless
from timebank.services.noted import request_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

JSON_TYPE: Final = "application/json"
CSV_TYPE: Final = "text/csv"

_CSV_CONTENT: Final = "text/csv; charset=utf-8; header=present"

_ALWAYS: Final = (("Vary", "Accept, Authorization"), ("Cache-Control", "no-store"))

_encode: Final = msgspec.json.Encoder().encode


def prefers_csv(environ: "WSGIEnvironment") -> bool:
    """Whether the caller would rather have CSV."""
    accepted = request_of(environ).accept_mimetypes
    return accepted.best_match([JSON_TYPE, CSV_TYPE], JSON_TYPE) == CSV_TYPE


def respond(call: Call[Any], answer: Answer[Any], *, table: Table | None = None) -> Reply:
    """Make the reply that says an answer; as CSV if there is a table."""
    headers = list(_ALWAYS)
    if answer.created is not None:
        headers.append(("Location", f"{call.address}{answer.created}"))
    if answer.replayed:
        headers.append(("Idempotent-Replayed", "true"))
    if answer.next_after is not None:
        headers.append(("Link", f'<{_next_page(call, answer.next_after)}>; rel="next"'))
    status = 200 if answer.created is None else 201
    if table is None:
        return make_reply(status, JSON_TYPE, _encode(answer.value), headers)
    return make_reply(status, _CSV_CONTENT, to_csv(table).encode(), headers)


def _next_page(call: Call[Any], after: str | int) -> str:
    request = request_of(call.environ)
    query = {**request.args, "after": str(after)}
    return f"{request.path}?{urlencode(query)}"


def to_csv(table: Table) -> str:
    """Write a table as RFC 4180 says, with a line of headings."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(table.columns)
    writer.writerows([harmless(cell) for cell in row] for row in table.rows)
    return text.getvalue()
