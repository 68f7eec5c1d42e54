"""Posts take turns on SQLite, where they are many at once and each waits often and shortly.

On PostgreSQL a thread waits for the server long enough for others to get something done meanwhile.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from flask import Flask

from timebank.services.noted import noted_of
from timebank.services.turns import Turns

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SHORT_BYTES: Final = 64 * 1024
"""What is posted in turns is no longer than this, so that it is read before, by whom ever it is."""

_PATH_END: Final = "/entries"
_LENGTH: Final = "CONTENT_LENGTH"
_INPUT: Final = "wsgi.input"
_DIGITS_MAX: Final = len(str(SHORT_BYTES))


def take_turns(app: Flask, turns: Turns) -> None:
    """Have single posts be worked on in turns, from finding their route to their answer."""
    app.wsgi_app = _InTurns(app.wsgi_app, turns)  # type: ignore[method-assign]  # as Flask has it


class _InTurns:
    """A WSGI application, which posts of entries enter one at a time."""

    def __init__(self, serve: "WSGIApplication", turns: Turns) -> None:
        self._serve = serve
        self._turns = turns

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        if not _is_short_post(environ):
            return self._serve(environ, start_response)
        # Nobody is to wait for somebody's slow line.
        noted_of(environ).body = _read(environ)
        with self._turns.turn():
            return self._serve(environ, start_response)


def _is_short_post(environ: "WSGIEnvironment") -> bool:
    length = environ.get(_LENGTH, "")
    return (
        environ["REQUEST_METHOD"] == "POST"
        and environ["PATH_INFO"].endswith(_PATH_END)
        and length.isdecimal()
        and len(length) <= _DIGITS_MAX
        and int(length) <= SHORT_BYTES
    )


def _read(environ: "WSGIEnvironment") -> bytes:
    """Read the body, or what there is of it where the line breaks."""
    stream, left = environ[_INPUT], int(environ[_LENGTH])
    read: list[bytes] = []
    while left and (some := stream.read(left)):
        read.append(some)
        left -= len(some)
    return b"".join(read)
