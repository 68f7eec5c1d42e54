"""Fixtures for pages: an application over a fresh database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

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
