"""The description of the API (OpenAPI 3.1), and a page to try it which loads nothing from afar."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec
from flask import Blueprint, Flask, Response, abort, current_app, render_template
from flask_smorest import Api

from timebank.api.calls import PREFIX
from timebank.api.documents import SECURITY, schema_of, schemas_of
from timebank.api.errors import PROBLEM_TYPE
from timebank.api.operations import Resource
from timebank.api.problems import Problem
from timebank.ledger.model import Entry

_CONFIG: Final = {
    "API_TITLE": "timebank",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
}
_EXTENSION: Final = "timebank-openapi"
_DESCRIPTION: Final = """\
A double-entry, hash-chained ledger for time banks and community currencies.

Amounts are integers in the smallest unit of their commodity, days are `YYYY-MM-DD` in the book's
time zone. Keys are sent as `Authorization: Bearer tb_...`. Errors are problem documents of RFC
9457 with a stable `code`, which `/api/v1/problems` explains.
"""
_BEARER: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key of the book, `tb_<id>_<secret>`, with the scope that is named.",
}
_ASSETS: Final = files("flask_swagger_ui") / "dist"
_ASSET_TYPES: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

blueprint = Blueprint(
    "docs",
    __name__,
    url_prefix=PREFIX,
    template_folder="templates",
    static_folder="static",
    static_url_path="/docs/static",
)


def register_resources(app: Flask, resources: Sequence[Resource]) -> None:
    """Add these addresses to an application, and the description of all of them."""
    for resource in resources:
        app.register_blueprint(resource.blueprint)
    app.extensions[_EXTENSION] = tuple(resources)
    app.register_blueprint(blueprint)


@cache
def _describe(resources: tuple[Resource, ...]) -> bytes:
    """Write the description of these addresses, as JSON.

    It takes longer than all else that an application is made of, and few ask for it. So it is
    written when somebody does, by an application of its own which serves nobody.
    """
    app = Flask(__name__, static_folder=None)
    app.config.update(_CONFIG)
    api = Api()
    api.DEFAULT_ERROR_RESPONSE_NAME = None
    api.init_app(app, spec_kwargs={"info": {"description": _DESCRIPTION}})
    types: list[Any] = [Problem, Entry]
    for resource in resources:
        api.register_blueprint(resource.blueprint)
        types += resource.types
    _describe_components(api, types)
    return msgspec.json.encode(api.spec.to_dict())


def _describe_components(api: Api, types: list[Any]) -> None:
    components = api.spec.components
    components.schemas.clear()  # flask-smorest brings two of its own, which nothing here refers to
    for name, schema in schemas_of(types).items():
        components.schema(name, schema)
    content = {PROBLEM_TYPE: {"schema": schema_of(Problem)}}
    components.response("Problem", {"description": "What is wrong.", "content": content})
    components.security_scheme(SECURITY, _BEARER)


@blueprint.get("/openapi.json")
def show_description() -> Response:
    """Show the description of the API."""
    description = _describe(current_app.extensions[_EXTENSION])
    return Response(description, content_type="application/json")


@blueprint.get("/docs")
def show_docs() -> Response:
    """Show the page to try the API."""
    response = Response(render_template("docs.html"), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@blueprint.get("/docs/<name>")
def send_asset(name: str) -> Response:
    """Send one of the files of Swagger UI."""
    if name not in _ASSET_TYPES:
        abort(404)
    with (_ASSETS / name).open("rb") as file:
        response = Response(file.read(), content_type=_ASSET_TYPES[name])
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
