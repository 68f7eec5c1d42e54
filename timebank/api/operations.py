"""Addresses of the API: the one place where functions become routes and get their description.

flask-smorest registers routes and collects what OpenAPI says of them. It has no types, so all use
of its decorators is here. Bodies and queries are read, and answers written, by msgspec.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar

from flask import Response, current_app
from flask.globals import request_ctx
from flask_smorest import Blueprint

from timebank.api.bodies import MAX_BODY_BYTES
from timebank.api.calls import PREFIX, Call, Table
from timebank.api.decoding import Shape
from timebank.api.documents import describe_path, describe_read, describe_write
from timebank.api.replies import to_response
from timebank.api.views import Handler, Reading, View, Writing
from timebank.services.access import Gate
from timebank.services.keys import Scope

InputT = TypeVar("InputT")
ValueT = TypeVar("ValueT")

Decorator = Callable[[Handler[InputT, ValueT]], Handler[InputT, ValueT]]

GATE: Final = "timebank-gate"


class Resource:
    """Addresses that belong together: those of each book, or with ``of_book=False`` of none."""

    def __init__(self, name: str, description: str, *, of_book: bool = True) -> None:
        """Begin without addresses; ``name`` groups them in the description."""
        self._prefix = f"{PREFIX}/books/<book>" if of_book else PREFIX
        self.blueprint = Blueprint(name, name, url_prefix=self._prefix, description=description)
        self.types: list[Any] = []
        self.views: dict[str, View] = {}
        """By the names that Flask has for their routes."""

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
        document = describe_read(query, gives, scope=scope, csv=table is not None)
        self.types += [query, gives]
        shape: Shape[InputT] = Shape(query)

        def view(handler: Handler[InputT, ValueT]) -> View:
            """Have requests answered by a function that reads."""
            return Reading(handler, scope, shape, table=table, find=find)

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
        again: bool = False,
    ) -> Decorator[InputT, ValueT]:
        """Register a function that writes; ``creates`` says whether it makes something new.

        ``shape`` is how the body is read, where that is looser than ``takes`` describes it.
        ``again`` says that all it does is to post for the caller, by ``Call.posting``, whose key
        is looked at again then.
        """
        document = describe_write(takes, gives, scope=scope, creates=creates, keyed=True)
        self.types += [takes, gives]
        read = shape or Shape(takes)

        def view(handler: Handler[InputT, ValueT]) -> View:
            """Have requests answered by a function that writes."""
            return Writing(handler, scope, read, limit_bytes=limit_bytes, again=again)

        return self._register("POST", path, document, view)

    def put(
        self, path: str, *, scope: Scope, takes: type[InputT], gives: type[ValueT]
    ) -> Decorator[InputT, ValueT]:
        """Register a function that replaces something."""
        document = describe_write(takes, gives, scope=scope, creates=False, keyed=False)
        self.types += [takes, gives]
        shape: Shape[InputT] = Shape(takes)

        def view(handler: Handler[InputT, ValueT]) -> View:
            """Have requests answered by a function that replaces something."""
            return Writing(handler, scope, shape, limit_bytes=MAX_BODY_BYTES, again=False)

        return self._register("PUT", path, document, view)

    def _register(
        self,
        method: str,
        path: str,
        document: dict[str, Any],
        to_view: Callable[[Handler[InputT, ValueT]], View],
    ) -> Decorator[InputT, ValueT]:
        def decorate(handler: Handler[InputT, ValueT]) -> Handler[InputT, ValueT]:
            """Register the function, and leave it as it is."""
            view = to_view(handler)

            @wraps(handler)
            def endpoint(**path: Any) -> Response:  # noqa: ANN401  what the address says
                gate = current_app.extensions[GATE]
                assert isinstance(gate, Gate)
                return to_response(view.reply(gate, request_ctx.request.environ, path))

            self.views[f"{self.blueprint.name}.{handler.__name__}"] = view
            documented = self.blueprint.doc(operationId=handler.__name__, **document)(endpoint)
            parameters = describe_path(self._prefix + path)
            self.blueprint.route(path, methods=[method], parameters=parameters)(documented)
            return handler

        return decorate
