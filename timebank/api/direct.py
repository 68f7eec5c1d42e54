"""The way of most requests: straight from WSGI to the view of their address, around Flask.

Flask makes two contexts for each request, looks for functions to call before and after it, and
handles headers by names; that took longer than a post's entry itself. Nothing here needs any of it.
So requests to addresses of the API are answered without it, by the same views, errors and
replies. Which addresses there are is still Flask's to say; whatever leads nowhere, is not asked by
a method that an address has, or is no address of the API goes on to Flask.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from flask import Flask
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Rule

from timebank.api.calls import PREFIX
from timebank.api.errors import reply_to
from timebank.api.replies import send
from timebank.api.views import View
from timebank.services.access import Gate
from timebank.services.noted import forget_request, noted_of, path_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

METHODS: Final = frozenset({"GET", "POST", "PUT"})
"""The methods that views answer; HEAD and OPTIONS are Flask's, which makes them of those."""

_KEPT_CHARACTERS: Final = 200
"""How long a path may be of which it is remembered where it leads."""

_Found = tuple[Rule, dict[str, Any], View]


def go_directly(app: Flask, gate: Gate, views: Mapping[str, View]) -> None:
    """Have requests to the routes with these names answered by these views."""
    app.wsgi_app = _Direct(app, gate, views)  # type: ignore[method-assign]  # as Flask has it


class _Direct:
    """A WSGI application around that of Flask."""

    def __init__(self, app: Flask, gate: Gate, views: Mapping[str, View]) -> None:
        self._serve: WSGIApplication = app.wsgi_app
        self._addresses = app.url_map.bind("")
        self._gate = gate
        self._views = views
        self._find_again = lru_cache(maxsize=1024)(self._find)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in METHODS or not _is_of_api(environ):
            return self._serve(environ, start_response)
        try:
            rule, path, view = self._look_for(environ)
        except HTTPException:
            return self._serve(environ, start_response)
        noted = noted_of(environ)
        noted.rule, noted.book = rule.rule, path.get("book")
        try:
            reply = view.reply(self._gate, environ, dict(path))
        except Exception as error:  # noqa: BLE001  whatever it is, it has a reply and a place in the log
            reply = reply_to(error, environ)
        body = send(reply, start_response)
        forget_request(environ)
        return body

    def _look_for(self, environ: "WSGIEnvironment") -> _Found:
        """Where a request leads to. Raises HTTPException where that is for Flask to say."""
        path = path_of(environ)
        find = self._find if len(path) > _KEPT_CHARACTERS else self._find_again
        return find(environ["REQUEST_METHOD"], path)

    def _find(self, method: str, path: str) -> _Found:
        rule, named = self._addresses.match(path, method, return_rule=True)
        view = self._views.get(rule.endpoint)
        if view is None:
            raise NotFound
        return rule, dict(named), view


def _is_of_api(environ: "WSGIEnvironment") -> bool:
    path: str = environ["PATH_INFO"]
    return path.startswith(PREFIX)
