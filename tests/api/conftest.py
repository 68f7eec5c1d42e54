"""Fixtures for the API: an application over a fresh database, with a book and a key."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.api.client import Api
from tests.databases import Databases
from tests.installations import SetClock, found_community
from timebank.app import create_app
from timebank.config import Settings


@contextmanager
def served(url: str, home: Path) -> Iterator[Api]:
    """The API of an installation with a book, in which 王 has 100 points and 李 none."""
    settings = Settings(home, url, installation_key=bytes(range(32)))
    app = create_app(settings, SetClock())
    community = found_community(app.extensions["timebank"])
    community.enrol("王", "李")
    community.issue("王", 100)
    yield Api(app, community).with_key(capacities=("staff:treasurer:1",))
    app.extensions["timebank"].close()


@pytest.fixture
def api(database_url: str, tmp_path: Path) -> Iterator[Api]:
    """The API with a key for everything; the test runs on both databases."""
    with served(database_url, tmp_path) as made:
        yield made


@pytest.fixture
def sqlite_api(sqlite_url: str, tmp_path: Path) -> Iterator[Api]:
    """The same on SQLite, for what does not depend on the database."""
    with served(sqlite_url, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def still_api(
    sqlite_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    """The same for all tests of a module that leave the book as it is."""
    with sqlite_databases.fresh() as url, served(url, tmp_path_factory.mktemp("home")) as made:
        yield made
