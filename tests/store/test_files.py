"""Files of which a power cut leaves all or nothing."""

from pathlib import Path

import pytest

from timebank.store.files import create_file


def test_created_file_is_whole_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "home" / "key"
    create_file(path, b"secret")
    assert path.read_bytes() == b"secret"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"old")
    with pytest.raises(FileExistsError):
        create_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
