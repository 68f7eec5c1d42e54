"""Draining: what nobody has read of a request is read before it is answered.

A server which answers and hangs up while the caller is still sending makes the caller see a broken
connection instead of the answer. So whatever the answer is, up to 64 MiB are read before it.
"""

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from werkzeug.exceptions import HTTPException

from timebank.services.noted import noted_of, request_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MAX_DRAINED_BYTES: Final = 64 * 1024 * 1024

_CHUNK_BYTES: Final = 64 * 1024


def drain(environ: "WSGIEnvironment") -> None:
    """Read what is left of the body."""
    if noted_of(environ).body is not None:
        return
    if not environ.get("CONTENT_LENGTH") and "HTTP_TRANSFER_ENCODING" not in environ:
        return
    size = 0
    with suppress(HTTPException, OSError):
        stream = request_of(environ).stream
        while size < MAX_DRAINED_BYTES and (chunk := stream.read(_CHUNK_BYTES)):
            size += len(chunk)
