"""Answers as HTTP: JSON, or CSV where that is preferred and there is a table."""

import csv
import io
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import msgspec
from flask import Request, Response
from werkzeug.datastructures import Headers

from timebank.api.calls import Answer, Call, Table
from timebank.services.cells import harmless

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

JSON_TYPE: Final = "application/json"
CSV_TYPE: Final = "text/csv"

_CSV_CONTENT: Final = "text/csv; charset=utf-8; header=present"

_encode: Final = msgspec.json.Encoder().encode


class Ready(Response):
    """A response whose headers are sent as they are.

    Their names are in their usual form, addresses are ASCII, and the length of the body stands in
    them: what else is looked for in the headers of each answer, one by one.
    """

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:  # noqa: ARG002  werkzeug's
        """Give the headers."""
        return self.headers


def prefers_csv(request: Request) -> bool:
    """Whether the caller would rather have CSV."""
    return request.accept_mimetypes.best_match([JSON_TYPE, CSV_TYPE], JSON_TYPE) == CSV_TYPE


def respond(
    call: Call[Any], answer: Answer[Any], *, book: str, table: Table | None = None
) -> Response:
    """Make the response of an answer about a book at this address; as CSV if there is a table."""
    body = _encode(answer.value) if table is None else to_csv(table).encode()
    headers = [
        ("Content-Type", JSON_TYPE if table is None else _CSV_CONTENT),
        ("Content-Length", str(len(body))),
        ("Vary", "Accept, Authorization"),
        ("Cache-Control", "no-store"),
    ]
    if answer.created is not None:
        headers.append(("Location", f"{book}{answer.created}"))
    if answer.replayed:
        headers.append(("Idempotent-Replayed", "true"))
    if answer.next_after is not None:
        headers.append(("Link", f'<{_next_page(call.request, answer.next_after)}>; rel="next"'))
    return Ready([body], 200 if answer.created is None else 201, headers)


def _next_page(request: Request, after: str | int) -> str:
    query = {**request.args, "after": str(after)}
    return f"{request.path}?{urlencode(query)}"


def to_csv(table: Table) -> str:
    """Write a table as RFC 4180 says, with a line of headings."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(table.columns)
    writer.writerows([harmless(cell) for cell in row] for row in table.rows)
    return text.getvalue()
