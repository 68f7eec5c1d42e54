"""Fixtures for the API: an application over a fresh database, with a book and a key."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.api.client import Api
from tests.databases import Databases
from tests.foundings import PAIR
from tests.installations import SetClock
from timebank.app import create_app
from timebank.config import Settings


@contextmanager
def served(databases: Databases, home: Path) -> Iterator[Api]:
    """The API of an installation with a book, in which 王 has 100 points and 李 none."""
    with databases.like(PAIR) as url:
        app = create_app(Settings(home, url, installation_key=bytes(range(32))), SetClock())
        with closing(app.extensions["timebank"]) as installation:
            community = PAIR.community(installation)
            yield Api(app, community).with_key(capacities=("staff:treasurer:1",))


@pytest.fixture
def api(databases: Databases, tmp_path: Path) -> Iterator[Api]:
    """The API with a key for everything; the test runs on both databases."""
    with served(databases, tmp_path) as made:
        yield made


@pytest.fixture
def sqlite_api(sqlite_databases: Databases, tmp_path: Path) -> Iterator[Api]:
    """The same on SQLite, for what does not depend on the database."""
    with served(sqlite_databases, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def still_api(
    sqlite_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    """The same for all tests of a module that leave the book as it is."""
    with served(sqlite_databases, tmp_path_factory.mktemp("home")) as made:
        yield made
