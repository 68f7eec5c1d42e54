"""Replies: what is sent for a request, with and without Flask."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple

from flask import Response
from werkzeug.datastructures import Headers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_LINES: Final = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class Reply(NamedTuple):
    """A reply as it is sent.

    The names of its headers are in their usual form, addresses in them are ASCII, and the length
    of the body is among them: what Flask would look for in the headers of each, one by one.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def make_reply(
    status: int, content_type: str, body: bytes, more: Iterable[tuple[str, str]] = ()
) -> Reply:
    """Make a reply whose headers tell what its body is."""
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body))), *more]
    return Reply(status, headers, body)


def send(reply: Reply, start_response: "StartResponse") -> list[bytes]:
    """Send a reply as WSGI has it; give its body."""
    start_response(_LINES[reply.status], reply.headers)
    return [reply.body]


def to_response(reply: Reply) -> Response:
    """Make Flask send it."""
    return _Ready([reply.body], reply.status, reply.headers)


class _Ready(Response):
    """A response whose headers are sent as they are."""

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:  # noqa: ARG002  werkzeug's
        """Give the headers."""
        return self.headers
