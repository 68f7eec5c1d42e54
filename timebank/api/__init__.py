"""The JSON API: it translates between HTTP and services, and decides nothing."""

from flask import Flask

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
    app.extensions[GATE] = Gate(installation)
    register_resources(app, RESOURCES)
    register_errors(app)
