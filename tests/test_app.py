"""The application: made from settings, on both databases."""

import shutil
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from tests.shared import ROOT
from timebank.app import create_app
from timebank.config import Settings
from timebank.errors import ConfigurationError
from timebank.services.clock import Clock
from timebank.services.installation import Installation, current_installation
from timebank.store.database import db, reading
from timebank.store.installation_key import ensure_installation_key
from timebank.store.migrating import is_current

KEY = bytes(range(32))


@pytest.fixture
def app(tmp_path: Path, database_url: str) -> Flask:
    """Make an application on a fresh database."""
    return create_app(Settings(tmp_path, database_url, installation_key=KEY, pool_size=3))


def test_application_carries_its_installation(app: Flask) -> None:
    with app.app_context():
        installation = current_installation()
        assert installation is app.extensions["timebank"]
        assert installation.engine is db.engine
        assert is_current(installation.engine)
        with reading(installation.engine) as connection:
            assert connection.scalar(text("SELECT count(*) FROM books")) == 0
        installation.engine.dispose()
    assert installation.settings.pool_size == 3
    assert installation.vault.book("a").number_digest("1")


def test_session_reads_through_the_same_engine(app: Flask) -> None:
    with app.app_context():
        assert db.session.execute(text("SELECT count(*) FROM books")).scalar() == 0
        db.session.remove()
        db.engine.dispose()


def test_clock_is_an_argument(tmp_path: Path, sqlite_url: str) -> None:
    clock = Clock(lambda: 0.0, lambda: 0.0)
    app = create_app(Settings(tmp_path, sqlite_url, installation_key=KEY), clock)
    installation = app.extensions["timebank"]
    assert isinstance(installation, Installation)
    assert installation.clock.now() == "1970-01-01T00:00:00Z"


def test_key_in_the_folder_is_used(tmp_path: Path, sqlite_url: str) -> None:
    settings = Settings(tmp_path, sqlite_url)
    with pytest.raises(ConfigurationError, match="timebank init"):
        create_app(settings)
    ensure_installation_key(tmp_path, has_books=lambda: False)
    assert create_app(settings).extensions["timebank"].vault


def test_new_migrations_are_numbered_and_tidy(tmp_path: Path, sqlite_url: str) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(ROOT / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__"))
    app = create_app(Settings(tmp_path, sqlite_url, installation_key=KEY))

    def run(*order: str) -> None:
        done = app.test_cli_runner().invoke(args=["db", *order, "--directory", str(folder)])
        assert done.exit_code == 0, done.output

    written = folder / "versions" / "0003_the_tasks.py"
    run("migrate", "--message", "nothing has changed")
    run("revision", "--message", "the tasks.")
    run("upgrade")
    run("check")
    run("downgrade")
    ours = {path.name for path in (ROOT / "migrations" / "versions").glob("000*")}
    assert {path.name for path in folder.glob("versions/000*")} == ours | {written.name}
    content = written.read_text()
    assert content.startswith('"""The tasks."""\n')
    assert 'down_revision = "0002"' in content
    with app.app_context():
        assert is_current(db.engine)
        db.engine.dispose()


def test_migrations_need_a_database(tmp_path: Path, sqlite_url: str) -> None:
    app = create_app(Settings(tmp_path, sqlite_url, installation_key=KEY))
    done = app.test_cli_runner().invoke(args=["db", "upgrade", "--sql"])
    assert done.exit_code == 1
