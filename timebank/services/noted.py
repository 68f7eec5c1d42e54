"""What is noted of a request while it is worked on, and what its line in the log needs."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_KEY: Final = "timebank.noted"


class Noted:
    """What is known of a request besides its address; nothing at first."""

    __slots__ = ("app", "body", "problem", "waited")

    def __init__(self) -> None:
        self.app: str | None = None
        """The code of the app whose key was used."""
        self.body: bytes | None = None
        """Its body, where all that came of it was read before anything else."""
        self.problem: str | None = None
        """The code of what was wrong."""
        self.waited = False
        """Whether the caller asked to wait, so that its time says nothing of the service."""


def noted_of(environ: "WSGIEnvironment") -> Noted:
    """What is noted of the request with this environment."""
    noted = environ.get(_KEY)
    if noted is None:
        noted = environ[_KEY] = Noted()
    assert isinstance(noted, Noted)
    return noted
