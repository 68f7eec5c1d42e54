"""One full book for all tests of a module, which put back what they change."""

from collections.abc import Iterator

import pytest

from tests.installations import Community
from tests.services.full_books import full_book_in
from timebank.services.verification import file
from timebank.store import scanning


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def full(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Community]:
    """A full book on either database; whoever changes it must put everything back."""
    databases = request.getfixturevalue(f"{request.param}_databases")
    with full_book_in(databases, tmp_path_factory.mktemp("home")) as community:
        yield community


@pytest.fixture(autouse=True)
def _short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have several stretches also in a book of some hundred entries."""
    monkeypatch.setattr(scanning, "STRETCH", 70)
    monkeypatch.setattr(file, "STRETCH", 7)
