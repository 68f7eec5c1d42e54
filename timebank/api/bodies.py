"""Bodies of requests: read as they come, and kept only so far.

What nobody reads here is read before the answer (``timebank.web.draining``).
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.http import parse_options_header

from timebank.errors import MalformedError, TooLargeError
from timebank.services.intake import Take
from timebank.services.noted import noted_of, request_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MAX_BODY_BYTES: Final = 1024 * 1024
MAX_BATCH_BYTES: Final = 8 * 1024 * 1024

_CHUNK_BYTES: Final = 64 * 1024


def read_json_body(environ: "WSGIEnvironment", limit_bytes: int, take: Take) -> bytes:
    """Read the body of a request; where none is announced, it stands for ``{}``.

    What is read is counted, as a chunked body does not say its size; ``take`` gives room for what
    is kept. Raises :class:`TooLargeError`, BusyError where there is no room, MalformedError where
    the line broke before its end, and UnsupportedMediaType where something else is announced.
    """
    body = _read(environ, limit_bytes, take)
    if len(body) < int(environ.get("CONTENT_LENGTH") or 0):
        raise MalformedError("body", "breaks off before its end")
    if not body:
        _check_empty(environ)
        return b"{}"
    encoding = environ.get("HTTP_CONTENT_ENCODING", "identity")
    if not _is_json(environ.get("CONTENT_TYPE", "")) or encoding.lower() != "identity":
        raise UnsupportedMediaType("the body must be application/json, in UTF-8, not compressed")
    return body


def _check_empty(environ: "WSGIEnvironment") -> None:
    """Raise MalformedError for a chunked body without anything in it.

    The server tells it from one that broke off before its first byte in no way, and to do all that
    ``{}`` asks for is more than whoever wanted to release a part of a hold has asked.
    """
    if "HTTP_TRANSFER_ENCODING" in environ:
        raise MalformedError("body", "is empty or broke off: send {}")


# Few are sent, and those with each request.
@lru_cache(maxsize=64)
def _is_json(content_type: str) -> bool:
    """Whether a body of this type is JSON in UTF-8."""
    sort, parameters = parse_options_header(content_type)
    return sort.lower() == "application/json" and (
        parameters.get("charset", "utf-8").lower() == "utf-8"
    )


def _read(environ: "WSGIEnvironment", limit_bytes: int, take: Take) -> bytes:
    body = noted_of(environ).body
    if body is None:
        return _read_stream(environ, limit_bytes, take)
    if len(body) > limit_bytes:
        raise TooLargeError("body", limit_bytes, "bytes")
    take(len(body))
    return body


def _read_stream(environ: "WSGIEnvironment", limit_bytes: int, take: Take) -> bytes:
    stream = request_of(environ).stream
    kept: list[bytes] = []
    size = 0
    while chunk := stream.read(_CHUNK_BYTES):
        size += len(chunk)
        if size > limit_bytes:
            raise TooLargeError("body", limit_bytes, "bytes")
        take(len(chunk))
        kept.append(chunk)
    return b"".join(kept)
