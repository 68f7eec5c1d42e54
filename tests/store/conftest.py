"""Fixtures for what talks to databases."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from timebank.store.engines import make_engine


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Connect to a fresh migrated database; the test runs on both kinds."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()
