"""The folder of figures: each service has its own, and none is left for ever."""

import os
import tempfile
from pathlib import Path

import pytest

from timebank.cli.figures_folder import PREFIX, figures_folder

LONG_AGO = 1_000_000_000


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_it_goes_with_the_service() -> None:
    with figures_folder() as folder:
        assert list(Path(folder).iterdir()) == []
    assert not Path(folder).exists()


def test_what_a_killed_service_left_is_removed_and_what_one_uses_is_not(temporary: Path) -> None:
    left, new = temporary / f"{PREFIX}left", temporary / f"{PREFIX}new"
    other = temporary / "something-else"
    for folder in (left, new, other):
        folder.mkdir()
    (left / "counter_1.db").touch()
    for folder in (left, other):
        os.utime(folder, (LONG_AGO, LONG_AGO))
    with figures_folder() as used:
        os.utime(used, (LONG_AGO, LONG_AGO))
        with figures_folder():
            assert Path(used).exists()
    assert set(temporary.iterdir()) == {other, new}
