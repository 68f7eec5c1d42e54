"""The Flask application."""

from flask import Flask
from flask_migrate import Migrate

from timebank import api, web
from timebank.config import Settings
from timebank.services.clock import Clock
from timebank.services.installation import Installation, Randomness
from timebank.services.metrics import watch_pool
from timebank.store.database import db
from timebank.store.engines import engine_options, parse_url, prepare
from timebank.store.installation_key import read_installation_key
from timebank.store.migrating import folder
from timebank.store.vault import Vault


def create_app(
    settings: Settings, clock: Clock | None = None, randomness: Randomness | None = None
) -> Flask:
    """Make the application of an installation; ``timebank init`` prepared what it needs.

    Nothing is read from the database yet. Raises :class:`ConfigurationError` when a setting or
    the installation key is missing or wrong.
    """
    app = Flask(__name__, instance_path=str(settings.home.absolute()), static_folder=None)
    # To be sent elsewhere, by a page, is no answer for an app which doubled a slash.
    app.url_map.merge_slashes = False
    _add_database(app, settings)
    with app.app_context():
        engine = prepare(db.engine)
    vault = Vault(settings.installation_key or read_installation_key(settings.home))
    watch_pool(engine, settings.pool_size + settings.pool_overflow)
    app.extensions["timebank"] = Installation(
        engine, vault, settings, clock or Clock(), randomness or Randomness()
    )
    api.register(app)
    web.register(app)
    return app


def _add_database(app: Flask, settings: Settings) -> None:
    url = parse_url(settings.database_url)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(
        url, pool_size=settings.pool_size, pool_overflow=settings.pool_overflow
    )
    db.init_app(app)
    Migrate(app, db, directory=str(folder()))
