"""Fixtures for services: an installation over a fresh database of either kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installations import Community, found_community, installed
from timebank.services.installation import Installation


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """An installation without books; the test runs on both databases."""
    with installed(database_url, tmp_path) as made:
        yield made


@pytest.fixture
def community(installation: Installation) -> Community:
    """A book with two members, 王 and 李, of whom 王 has 100 points."""
    founded = found_community(installation)
    founded.enrol("王", "李")
    founded.issue("王", 100)
    return founded
