"""Draining: what nobody has read of a request is read before it is answered.

A server which answers and hangs up while the caller is still sending makes the caller see a broken
connection instead of the answer. So whatever the answer is, up to 64 MiB are read before it.
"""

from contextlib import suppress
from typing import Final

from flask import Request
from werkzeug.exceptions import HTTPException

from timebank.services.noted import noted_of

MAX_DRAINED_BYTES: Final = 64 * 1024 * 1024

_CHUNK_BYTES: Final = 64 * 1024


def drain(request: Request) -> None:
    """Read what is left of the body."""
    sent = request.environ
    if noted_of(sent).body is not None:
        return
    if not sent.get("CONTENT_LENGTH") and "HTTP_TRANSFER_ENCODING" not in sent:
        return
    size = 0
    with suppress(HTTPException, OSError):
        while size < MAX_DRAINED_BYTES and (chunk := request.stream.read(_CHUNK_BYTES)):
            size += len(chunk)
