"""Answers as HTTP: JSON, or CSV where that is preferred and there is a table."""

import csv
import io
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from flask import Response, request

from timebank.api.calls import Answer, Table
from timebank.services.cells import harmless

JSON_TYPE: Final = "application/json"
CSV_TYPE: Final = "text/csv"

_CSV_CONTENT: Final = "text/csv; charset=utf-8; header=present"

_encode: Final = msgspec.json.Encoder().encode


def prefers_csv() -> bool:
    """Whether the caller would rather have CSV."""
    return request.accept_mimetypes.best_match([JSON_TYPE, CSV_TYPE], JSON_TYPE) == CSV_TYPE


def respond(answer: Answer[Any], *, book: str, table: Table | None = None) -> Response:
    """Make the response of an answer about a book at this address; as CSV if there is a table."""
    if table is None:
        response = Response(_encode(answer.value), content_type=JSON_TYPE)
    else:
        response = Response(to_csv(table), content_type=_CSV_CONTENT)
    if answer.created is not None:
        response.status_code = 201
        response.headers["Location"] = f"{book}{answer.created}"
    if answer.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    if answer.next_after is not None:
        query = {**request.args, "after": str(answer.next_after)}
        response.headers["Link"] = f'<{request.path}?{urlencode(query)}>; rel="next"'
    response.headers["Vary"] = "Accept, Authorization"
    response.headers["Cache-Control"] = "no-store"
    return response


def to_csv(table: Table) -> str:
    """Write a table as RFC 4180 says, with a line of headings."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(table.columns)
    writer.writerows([harmless(cell) for cell in row] for row in table.rows)
    return text.getvalue()
