"""The HTML pages, and what the service says of itself. They show, and decide nothing."""

from flask import Flask

from timebank.services.installation import Installation
from timebank.web import health
from timebank.web.headers import secure
from timebank.web.pages import blueprint


def register(app: Flask) -> None:
    """Add the pages to an application, and to all its answers what keeps browsers safe."""
    installation = app.extensions["timebank"]
    assert isinstance(installation, Installation)
    app.register_blueprint(blueprint)
    health.register(app, installation)
    app.after_request(secure)
