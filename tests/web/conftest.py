"""Fixtures for pages and for what is noted of requests: applications over fresh databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.api.client import Api
from tests.api.conftest import served
from tests.databases import Databases
from tests.installations import SetClock
from timebank.app import create_app
from timebank.config import Settings


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An application without books; the test runs on both databases."""
    settings = Settings(tmp_path, database_url, installation_key=bytes(range(32)))
    app = create_app(settings, SetClock())
    yield app
    app.extensions["timebank"].close()


@pytest.fixture(scope="module")
def still_api(
    sqlite_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    """The API with a key for everything, for all tests of a module."""
    with served(sqlite_databases, tmp_path_factory.mktemp("home")) as made:
        yield made
