"""Making a backup: whole files, of one moment, and nothing in them that must not be there."""

import os
import zlib
from pathlib import Path

import pytest

from tests.installations import Community
from tests.services.backups.conftest import contents, make, parts, untold
from timebank.errors import BackupError, ConfigurationError
from timebank.services.backups import back_up
from timebank.services.installation import Installation
from timebank.store import migrating, tables
from timebank.store.backup_file import FIRST_LINE, Header, Reader
from timebank.store.backup_notes import read_last_backup

PARTIALS = (".timebank-backup-books.partial", ".timebank-backup-keys.partial")


def readers(installation: Installation, folder: Path) -> dict[str, Reader]:
    seal = installation.vault.backup_seal
    return {part: Reader(path, part, seal, untold) for part, path in parts(folder).items()}


def unpacked(path: Path) -> bytes:
    """All that a backup file says, without its compression."""
    data = path.read_bytes()
    place, said = len(FIRST_LINE), b""
    while length := int.from_bytes(data[place : place + 4]):
        said += zlib.decompress(data[place + 4 : place + 4 + length])
        place += 4 + length
    return said


def test_every_row_is_in_it(full: Community, tmp_path: Path) -> None:
    before = contents(full.installation)
    made = make(full.installation, tmp_path)
    found: dict[str, list[tuple[object, ...]]] = {name: [] for name in before}
    for reader in readers(full.installation, tmp_path).values():
        for place, rows in reader.rows():
            found[reader.header.tables[place][0]] += map(tuple, rows)
    assert {name: sorted(rows, key=repr) for name, rows in found.items()} == before
    assert made.rows == sum(map(len, before.values()))
    assert (made.books, made.entries) == (1, len(before["entries"]))


def test_the_keys_of_members_are_apart(small: Community, tmp_path: Path) -> None:
    make(small.installation, tmp_path)
    found = readers(small.installation, tmp_path)
    names = {part: {name for name, _ in one.header.tables} for part, one in found.items()}
    assert names["keys"] == {"holder_keys"}
    assert names["books"] == set(tables.metadata.tables) - names["keys"]
    wrapped = [row[-1] for row in contents(small.installation)["holder_keys"]]
    said = unpacked(parts(tmp_path)["books"])
    assert not [one for one in wrapped if isinstance(one, bytes) and one in said]


def test_nothing_private_can_be_read_in_it(small: Community, tmp_path: Path) -> None:
    make(small.installation, tmp_path)
    said = b"".join(map(unpacked, parts(tmp_path).values()))
    assert "翠竹园互助会".encode() in said
    for secret in ("王".encode(), bytes(range(32)), bytes(range(32)).hex().encode()):
        assert secret not in said


def test_only_their_owner_may_read_the_files(small: Community, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        make(small.installation, tmp_path)
    finally:
        os.umask(old)
    assert [path.stat().st_mode & 0o777 for path in parts(tmp_path).values()] == [0o600, 0o600]


@pytest.mark.parametrize("part", ["books", "keys"])
def test_a_file_that_is_there_is_never_overwritten(
    small: Community, tmp_path: Path, part: str
) -> None:
    path = parts(tmp_path)[part]  # type: ignore[index]  # one of the two
    path.write_text("something else")
    with pytest.raises(BackupError, match="is there already"):
        make(small.installation, tmp_path)
    assert [found.name for found in tmp_path.iterdir() if found.is_file()] == [path.name]
    assert path.read_text() == "something else"


def test_a_file_that_appears_meanwhile_is_not_overwritten(small: Community, tmp_path: Path) -> None:
    path = parts(tmp_path)["books"]

    def write_another(_done: int, _total: int) -> None:
        path.write_text("something else")

    with pytest.raises(FileExistsError):
        back_up(small.installation, parts(tmp_path), write_another)
    assert path.read_text() == "something else"
    assert not parts(tmp_path)["keys"].exists()


def test_what_a_kill_left_is_removed(small: Community, tmp_path: Path) -> None:
    for name in PARTIALS:
        (tmp_path / name).write_bytes(b"half a backup" * 100_000)
    make(small.installation, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "one.backup",
        "one.keys",
    ]
    assert readers(small.installation, tmp_path)


def test_what_others_put_into_the_folder_gets_nothing_of_a_backup(
    small: Community, tmp_path: Path
) -> None:
    books, keys = (tmp_path / name for name in PARTIALS)
    (tmp_path / "theirs").write_text("as it was")
    books.symlink_to(tmp_path / "theirs")
    keys.touch()
    keys.chmod(0o666)
    make(small.installation, tmp_path)
    assert (tmp_path / "theirs").read_text() == "as it was"
    assert [path.stat().st_mode & 0o777 for path in parts(tmp_path).values()] == [0o600, 0o600]
    assert not any(path.is_symlink() for path in parts(tmp_path).values())


def test_two_at_once_do_not_write_into_the_same_folder(small: Community, tmp_path: Path) -> None:
    refused = []

    def make_another(_done: int, _total: int) -> None:
        with pytest.raises(BackupError, match="another backup is being written"):
            make(small.installation, tmp_path, "two")
        refused.append(True)

    back_up(small.installation, parts(tmp_path), make_another)
    assert refused
    make(small.installation, tmp_path, "two")


def test_an_error_leaves_nothing_behind(small: Community, tmp_path: Path) -> None:
    def fail(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(small.installation, parts(tmp_path), fail)
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []
    assert read_last_backup(small.installation.settings.home) is None


def test_the_last_backup_is_noted(small: Community, tmp_path: Path) -> None:
    made = make(small.installation, tmp_path)
    noted = read_last_backup(small.installation.settings.home)
    assert noted is not None
    assert (noted.rows, noted.size_bytes) == (made.rows, sum(made.sizes_bytes.values()))
    sizes = [path.stat().st_size for path in parts(tmp_path).values()]
    assert sum(sizes) == noted.size_bytes


def test_a_database_that_could_not_be_served_is_not_backed_up(
    small: Community, tmp_path: Path
) -> None:
    migrating.downgrade(small.installation.settings.database_url, "base")
    with pytest.raises(ConfigurationError, match="not those of this version"):
        make(small.installation, tmp_path)


def test_it_says_when_and_by_what_it_was_made(small: Community, tmp_path: Path) -> None:
    make(small.installation, tmp_path)
    header = readers(small.installation, tmp_path)["books"].header
    assert isinstance(header, Header)
    assert header.made == small.clock.now()
    assert header.revision == migrating.head()
