"""The HTML pages, and what the service says of itself. They show, and decide nothing."""

from flask import Flask

from timebank.services.installation import Installation
from timebank.web import health
from timebank.web.pages import blueprint
from timebank.web.requests import surround
from timebank.web.turns import take_turns


def register(app: Flask) -> None:
    """Add the pages to an application, and around it what is done for all requests."""
    installation = app.extensions["timebank"]
    assert isinstance(installation, Installation)
    app.register_blueprint(blueprint)
    health.register(app, installation)
    if installation.engine.dialect.name == "sqlite":
        take_turns(app, installation.turns)
    surround(app)
