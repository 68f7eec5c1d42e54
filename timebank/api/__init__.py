"""The JSON API: it translates between HTTP and services, and decides nothing."""

from flask import Flask

from timebank.api.direct import go_directly
from timebank.api.errors import register_errors
from timebank.api.openapi import register_resources
from timebank.api.operations import GATE
from timebank.api.resources import RESOURCES
from timebank.services.access import Gate
from timebank.services.installation import Installation


def register(app: Flask) -> None:
    """Add the API to an application, and problem documents for all that goes wrong in it."""
    installation = app.extensions["timebank"]
    assert isinstance(installation, Installation)
    gate = app.extensions[GATE] = Gate(installation)
    register_resources(app, RESOURCES)
    register_errors(app)
    views = {name: view for one in RESOURCES for name, view in one.views.items()}
    go_directly(app, gate, views)
