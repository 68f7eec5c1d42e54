"""Addresses of the API: the one place where functions become routes and get their description.

flask-smorest registers routes and collects what OpenAPI says of them. It has no types, so all use
of its decorators is here. Bodies and queries are read, and answers written, by msgspec.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, TypeVar

from flask import Request, Response, abort, current_app, g
from flask.globals import request_ctx
from flask_smorest import Blueprint

from timebank.api.answers import prefers_csv, respond
from timebank.api.bodies import MAX_BODY_BYTES, read_json_body
from timebank.api.calls import Answer, Call, Table
from timebank.api.decoding import Shape
from timebank.api.documents import describe_path, describe_read, describe_write
from timebank.errors import MalformedError, UnauthenticatedError
from timebank.services.access import Caller, Gate
from timebank.services.keys import Scope

InputT = TypeVar("InputT")
ValueT = TypeVar("ValueT")

Handler = Callable[Concatenate[Call[InputT], ...], Answer[ValueT]]
Decorator = Callable[[Handler[InputT, ValueT]], Handler[InputT, ValueT]]
Path = dict[str, Any]
View = Callable[[Handler[InputT, ValueT], Path], Response]

PREFIX: Final = "/api/v1"
GATE: Final = "timebank-gate"


class Resource:
    """Addresses that belong together: those of each book, or with ``of_book=False`` of none."""

    def __init__(self, name: str, description: str, *, of_book: bool = True) -> None:
        """Begin without addresses; ``name`` groups them in the description."""
        self._prefix = f"{PREFIX}/books/<book>" if of_book else PREFIX
        self.blueprint = Blueprint(name, name, url_prefix=self._prefix, description=description)
        self.types: list[Any] = []

    def get(  # noqa: PLR0913  all the ways in which reading differs
        self,
        path: str,
        *,
        scope: Scope | None,
        query: type[InputT],
        gives: type[ValueT],
        table: Callable[[Call[InputT], ValueT], Table] | None = None,
        find: Callable[..., object] | None = None,
    ) -> Decorator[InputT, ValueT]:
        """Register a function that reads; all may call it where ``scope`` is None.

        ``table`` gives its answer as CSV. ``find`` is asked for what the address names before the
        query is read, and raises a MissingError where there is no such thing.
        """
        shape: Shape[InputT] = Shape(query)

        def view(handler: Handler[InputT, ValueT], path: Path) -> Response:
            """Let the caller in, read the query, and answer as JSON or as CSV."""
            gate, request = _gate(), request_ctx.request
            slug, caller = _enter(gate, request, path, scope)
            if find is not None:
                find(**path)
            asked = shape.read_query(_parameters(request))
            call = Call(request, gate.installation, slug, caller, asked)
            answer = handler(call, **path)
            rows = table(call, answer.value) if table and prefers_csv(request) else None
            return respond(call, answer, book=_address_of(call), table=rows)

        document = describe_read(query, gives, scope=scope, csv=table is not None)
        self.types += [query, gives]
        return self._register("GET", path, document, view)

    def post(  # noqa: PLR0913  all the ways in which writing differs
        self,
        path: str,
        *,
        scope: Scope,
        takes: type[InputT],
        gives: type[ValueT],
        creates: bool = True,
        shape: Shape[InputT] | None = None,
        limit_bytes: int = MAX_BODY_BYTES,
    ) -> Decorator[InputT, ValueT]:
        """Register a function that writes; ``creates`` says whether it makes something new.

        ``shape`` is how the body is read, where that is looser than ``takes`` describes it.
        """
        document = describe_write(takes, gives, scope=scope, creates=creates, keyed=True)
        self.types += [takes, gives]
        view = _writer(shape or Shape(takes), scope, limit_bytes)
        return self._register("POST", path, document, view)

    def put(
        self, path: str, *, scope: Scope, takes: type[InputT], gives: type[ValueT]
    ) -> Decorator[InputT, ValueT]:
        """Register a function that replaces something."""
        document = describe_write(takes, gives, scope=scope, creates=False, keyed=False)
        self.types += [takes, gives]
        return self._register("PUT", path, document, _writer(Shape(takes), scope, MAX_BODY_BYTES))

    def _register(
        self, method: str, path: str, document: dict[str, Any], view: View[InputT, ValueT]
    ) -> Decorator[InputT, ValueT]:
        def decorate(handler: Handler[InputT, ValueT]) -> Handler[InputT, ValueT]:
            """Register the function, and leave it as it is."""

            @wraps(handler)
            def endpoint(**path: Any) -> Response:  # noqa: ANN401  what the address says
                return view(handler, path)

            documented = self.blueprint.doc(operationId=handler.__name__, **document)(endpoint)
            parameters = describe_path(self._prefix + path)
            self.blueprint.route(path, methods=[method], parameters=parameters)(documented)
            return handler

        return decorate


def _writer(shape: Shape[InputT], scope: Scope, limit_bytes: int) -> View[InputT, ValueT]:
    def view(handler: Handler[InputT, ValueT], path: Path) -> Response:
        """Let the caller in, and only then read what they send."""
        gate, request = _gate(), request_ctx.request
        with gate.installation.intake.room() as take:
            slug, caller = _enter(gate, request, path, scope)
            asked = shape.read(read_json_body(request, limit_bytes, take))
            call = Call(request, gate.installation, slug, caller, asked)
            return respond(call, handler(call, **path), book=_address_of(call))

    return view


def _enter(
    gate: Gate, request: Request, path: Path, scope: Scope | None
) -> tuple[str, Caller | None]:
    """Take the book out of what the address says; give its slug, and who was let in."""
    _check_path(path)
    slug = path.pop("book", "")
    if scope is None:
        return slug, None
    caller = g.caller = gate.enter(slug, _token(request), scope)
    return slug, caller


def _check_path(path: Path) -> None:
    """Answer that there is no such address where no name could look like this."""
    for value in path.values():
        if not str(value).isprintable():
            abort(404)


def _gate() -> Gate:
    gate = current_app.extensions[GATE]
    assert isinstance(gate, Gate)
    return gate


def _token(request: Request) -> str:
    scheme, _, token = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer":
        raise UnauthenticatedError
    return str(token.strip())


def _parameters(request: Request) -> dict[str, str]:
    """The parameters of the query, each of which may be given once."""
    for name, values in request.args.lists():
        if len(values) > 1:
            raise MalformedError(name, "is given twice")
        if not values[0].isprintable():
            raise MalformedError(name, "has characters that cannot be shown")
    return request.args.to_dict()


def _address_of(call: Call[Any]) -> str:
    return f"{PREFIX}/books/{call.slug}"
