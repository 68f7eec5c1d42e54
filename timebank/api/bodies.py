"""Bodies of requests: read to the end, so that the caller sees the answer, but kept only so far.

A server which answers and hangs up while the caller is still sending makes the caller see a broken
connection instead of the answer. So whatever the answer is, up to 64 MiB are read before it.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from flask import Response, request
from werkzeug.exceptions import HTTPException, UnsupportedMediaType

from timebank.errors import TooLargeError
from timebank.services.intake import Take

MAX_BODY_BYTES: Final = 1024 * 1024
MAX_BATCH_BYTES: Final = 8 * 1024 * 1024
MAX_DRAINED_BYTES: Final = 64 * 1024 * 1024

_CHUNK_BYTES: Final = 64 * 1024


def read_json_body(limit_bytes: int, take: Take) -> bytes:
    """Read the body of the current request; an empty one stands for ``{}``.

    What is read is counted, as a chunked body does not say its size; ``take`` gives room for what
    is kept. Raises :class:`TooLargeError`, BusyError where there is no room, and
    UnsupportedMediaType where something else is announced.
    """
    body = _read(limit_bytes, take)
    if not body:
        return b"{}"
    charset = request.mimetype_params.get("charset", "utf-8")
    encoding = request.headers.get("Content-Encoding", "identity")
    if (
        request.mimetype != "application/json"
        or charset.lower() != "utf-8"
        or encoding.lower() != "identity"
    ):
        raise UnsupportedMediaType("the body must be application/json, in UTF-8, not compressed")
    return body


def drain(response: Response) -> Response:
    """Read what nobody has read of the current request, before it is answered."""
    if request.content_length or "Transfer-Encoding" in request.headers:
        with suppress(HTTPException, OSError):
            for _ in _chunks():
                pass
    return response


def _read(limit_bytes: int, take: Take) -> bytes:
    kept: list[bytes] = []
    size = 0
    for chunk in _chunks():
        size += len(chunk)
        if size > limit_bytes:
            kept.clear()
        else:
            take(len(chunk))
            kept.append(chunk)
    if size > limit_bytes:
        raise TooLargeError("body", limit_bytes, "bytes")
    return b"".join(kept)


def _chunks() -> Iterator[bytes]:
    """The rest of the body in pieces, up to the most that is ever read."""
    size = 0
    while size < MAX_DRAINED_BYTES and (chunk := request.stream.read(_CHUNK_BYTES)):
        size += len(chunk)
        yield chunk
