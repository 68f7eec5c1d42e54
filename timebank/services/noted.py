"""What is noted of a request while it is worked on, and what its line in the log needs.

A request is what the server says of it (``environ``). Flask has an object for each, which takes as
long to make as all that a post reads of it, so there is one only where somebody asks for it.
"""

from typing import TYPE_CHECKING, Final

from flask import Request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_KEY: Final = "timebank.noted"
_REQUEST: Final = "werkzeug.request"


class Noted:
    """What is known of a request besides its address; nothing at first."""

    __slots__ = ("app", "body", "book", "problem", "rule", "waited")

    def __init__(self) -> None:
        self.app: str | None = None
        """The code of the app whose key was used."""
        self.body: bytes | None = None
        """Its body, where all that came of it was read before anything else."""
        self.book: str | None = None
        """The book that its address names."""
        self.problem: str | None = None
        """The code of what was wrong."""
        self.rule: str | None = None
        """The template of its address, as Flask writes it."""
        self.waited = False
        """Whether the caller asked to wait, so that its time says nothing of the service."""


def noted_of(environ: "WSGIEnvironment") -> Noted:
    """What is noted of the request with this environment."""
    noted = environ.get(_KEY)
    if noted is None:
        noted = environ[_KEY] = Noted()
    assert isinstance(noted, Noted)
    return noted


def method_of(environ: "WSGIEnvironment") -> str:
    """The method of a request, as Flask reads it."""
    method: str = environ["REQUEST_METHOD"]
    return method.upper()


def path_of(environ: "WSGIEnvironment") -> str:
    """The path of the address of a request, as Flask reads it."""
    path: str = environ["PATH_INFO"]
    if not path.isascii():
        path = path.encode("latin-1").decode(errors="replace")
    return "/" + path.lstrip("/")


def request_of(environ: "WSGIEnvironment") -> Request:
    """The request as Flask has it; there is only one of each, since it reads the body."""
    request = environ.get(_REQUEST)
    return request if isinstance(request, Request) else Request(environ)


def forget_request(environ: "WSGIEnvironment") -> None:
    """Let go of what Flask has, if anybody asked for it.

    Both refer to each other, and would stay until Python looks for cycles.
    """
    if _REQUEST in environ:
        environ[_REQUEST] = None
