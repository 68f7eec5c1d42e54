"""The installation key: made once, never replaced, read by its owner only."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from timebank.errors import ConfigurationError
from timebank.store.installation_key import (
    FILE_NAME,
    ensure_installation_key,
    parse_installation_key,
    read_installation_key,
)


def no_books() -> bool:
    return False


def test_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    home = tmp_path / "home"
    key = ensure_installation_key(home, has_books=no_books)
    assert len(key) == 32
    assert (home / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert ensure_installation_key(home, has_books=no_books) == key
    assert read_installation_key(home) == key


def test_randomness_is_an_argument(tmp_path: Path) -> None:
    key = ensure_installation_key(
        tmp_path, has_books=no_books, random_bytes=lambda length: b"r" * length
    )
    assert key == b"r" * 32


def test_new_key_is_refused_when_there_are_books(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="put back the key"):
        ensure_installation_key(tmp_path, has_books=lambda: True)
    assert list(tmp_path.iterdir()) == []


def test_key_that_is_there_serves_the_books_there_are(tmp_path: Path) -> None:
    key = ensure_installation_key(tmp_path, has_books=no_books)
    assert ensure_installation_key(tmp_path, has_books=lambda: True) == key


def test_missing_key_is_named_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="timebank init"):
        read_installation_key(tmp_path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644, 0o601])
def test_key_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    ensure_installation_key(tmp_path, has_books=no_books)
    (tmp_path / FILE_NAME).chmod(mode)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        read_installation_key(tmp_path)


@pytest.mark.parametrize(
    "data", [b"", b"secret", b"c2VjcmV0\n", b"\xff" * 32, b"A" * 43 + b"=" + b"A" * 2000]
)
def test_file_with_something_else_is_refused_without_showing_it(
    tmp_path: Path, data: bytes
) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(ConfigurationError) as raised:
        read_installation_key(tmp_path)
    assert "c2VjcmV0" not in str(raised.value)


def test_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_installation_key(tmp_path)


def test_key_may_have_white_space_around_it() -> None:
    assert parse_installation_key(f" {'A' * 43}=\n", setting="KEY") == bytes(32)


def test_all_who_come_at_once_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        done = [
            pool.submit(ensure_installation_key, tmp_path, has_books=no_books) for _ in range(64)
        ]
        assert len({each.result() for each in done}) == 1
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]
