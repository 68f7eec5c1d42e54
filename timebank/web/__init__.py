"""The HTML pages: they show what services say, and decide nothing."""

from flask import Flask

from timebank.web.headers import secure
from timebank.web.pages import blueprint


def register(app: Flask) -> None:
    """Add the pages to an application, and to all its answers what keeps browsers safe."""
    app.register_blueprint(blueprint)
    app.after_request(secure)
