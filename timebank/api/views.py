"""Views: what is done for each request between its address and the function that answers it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, Final, Generic, Protocol, TypeVar

from werkzeug.exceptions import NotFound

from timebank.api.answers import prefers_csv, respond
from timebank.api.bodies import read_json_body
from timebank.api.calls import Answer, Call, Table
from timebank.api.decoding import Shape
from timebank.api.replies import Reply
from timebank.errors import MalformedError, UnauthenticatedError
from timebank.services.access import Caller, Gate
from timebank.services.keys import Scope
from timebank.services.noted import noted_of, request_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

InputT = TypeVar("InputT")
ValueT = TypeVar("ValueT")

Handler = Callable[Concatenate[Call[InputT], ...], Answer[ValueT]]
Path = dict[str, Any]
"""What the address says, by name."""

_NAME_CHARACTERS_MAX: Final = 200
"""No name in an address is longer, by far."""


class View(Protocol):
    """Answers the requests to one address, by one method."""

    def reply(self, gate: Gate, environ: "WSGIEnvironment", path: Path) -> Reply:
        """Answer a request. Raises the TimebankError or HTTPException that speaks against it."""


class Reading(Generic[InputT, ValueT]):
    """Lets the caller in, reads the query, and answers as JSON or as CSV."""

    def __init__(
        self,
        handler: Handler[InputT, ValueT],
        scope: Scope | None,
        shape: Shape[InputT],
        *,
        table: Callable[[Call[InputT], ValueT], Table] | None,
        find: Callable[..., object] | None,
    ) -> None:
        """See ``Resource.get``."""
        self._handler = handler
        self._scope: Scope | None = scope
        self._shape = shape
        self._table = table
        self._find = find

    def reply(self, gate: Gate, environ: "WSGIEnvironment", path: Path) -> Reply:
        """Answer a request."""
        slug, caller = _enter(gate, environ, path, self._scope)
        if self._find is not None:
            self._find(**path)
        asked = self._shape.read_query(_parameters(environ))
        call = Call(environ, gate.installation, slug, caller, asked)
        answer = self._handler(call, **path)
        rows = self._table(call, answer.value) if self._table and prefers_csv(environ) else None
        return respond(call, answer, table=rows)


class Writing(Generic[InputT, ValueT]):
    """Lets the caller in, and only then reads what they send."""

    def __init__(
        self,
        handler: Handler[InputT, ValueT],
        scope: Scope,
        shape: Shape[InputT],
        *,
        limit_bytes: int,
        again: bool,
    ) -> None:
        """See ``Resource.post``."""
        self._handler = handler
        self._scope: Scope = scope
        self._shape = shape
        self._limit_bytes = limit_bytes
        self._again = again

    def reply(self, gate: Gate, environ: "WSGIEnvironment", path: Path) -> Reply:
        """Answer a request."""
        with gate.installation.intake.room() as take:
            slug, caller = _enter(gate, environ, path, self._scope, again=self._again)
            asked = self._shape.read(read_json_body(environ, self._limit_bytes, take))
            call = Call(environ, gate.installation, slug, caller, asked)
            return respond(call, self._handler(call, **path))


def _enter(
    gate: Gate, environ: "WSGIEnvironment", path: Path, scope: Scope | None, *, again: bool = False
) -> tuple[str, Caller | None]:
    """Take the book out of what the address says; give its slug, and who was let in."""
    _check_path(path)
    slug: str = path.pop("book", "")
    if scope is None:
        return slug, None
    caller = gate.enter(slug, _token(environ), scope, again=again)
    noted_of(environ).app = caller.app
    return slug, caller


def _check_path(path: Path) -> None:
    """Raise NotFound where no name could look like this."""
    for value in path.values():
        name = str(value)
        if len(name) > _NAME_CHARACTERS_MAX or not name.isprintable():
            raise NotFound


def _token(environ: "WSGIEnvironment") -> str:
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer":
        raise UnauthenticatedError
    return str(token.strip())


def _parameters(environ: "WSGIEnvironment") -> dict[str, str]:
    """The parameters of the query, each of which may be given once."""
    asked = request_of(environ).args
    for name, values in asked.lists():
        if len(values) > 1:
            raise MalformedError(name, "is given twice")
        if not values[0].isprintable():
            raise MalformedError(name, "has characters that cannot be shown")
    return asked.to_dict()
