"""Fixtures for services: an installation over a fresh database of either kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Databases
from tests.foundings import PAIR
from tests.installations import Community, installed
from timebank.services.installation import Installation


@pytest.fixture
def database_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """A database of the test's own, with the community in it where the test asks for that."""
    asked = "community" in request.fixturenames
    with databases.like(PAIR) if asked else databases.fresh() as url:
        yield url


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """An installation without books; the test runs on both databases."""
    with installed(database_url, tmp_path) as made:
        yield made


@pytest.fixture
def community(installation: Installation) -> Community:
    """A book with two members, 王 and 李, of whom 王 has 100 points."""
    return PAIR.community(installation)
