"""Restoring a backup: all of it or nothing, on either database, and the forgotten stay so."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from tests.databases import Databases
from tests.installations import SYSTEM, Community, found_community, installed
from tests.services.backups.conftest import contents, elsewhere, make, parts, untold
from tests.shared import ROOT
from timebank.errors import (
    BackupError,
    ConfigurationError,
    NotEmptyError,
    UnknownMemberError,
)
from timebank.services import forgetting, members
from timebank.services.backups import check_backup, check_restored, restore
from timebank.services.installation import Installation
from timebank.services.verification import Verdict, verify_book
from timebank.store import forgotten, migrating, tables
from timebank.store.restore_notes import FILE_NAME, note_beginning
from timebank.store.vault import FORGOTTEN, Vault


@pytest.fixture(params=["sqlite", "postgresql"])
def others(request: pytest.FixtureRequest) -> Databases:
    """Databases to restore into, of either kind."""
    found: Databases = request.getfixturevalue(f"{request.param}_databases")
    return found


@pytest.fixture
def other(sqlite_databases: Databases, tmp_path: Path) -> Iterator[Installation]:
    """An installation with the same key to restore into, on SQLite."""
    with elsewhere(sqlite_databases, tmp_path / "other") as installation:
        yield installation


def is_fine(installation: Installation) -> bool:
    return verify_book(installation, "demo").verdict is Verdict.FINE


def interrupt(other: Installation, folder: Path) -> None:
    """Begin to restore a backup, and be interrupted in the middle."""
    calls = []

    def fail_late(done: int, total: int) -> None:
        calls.append((done, total))
        if len(calls) > 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(other, parts(folder), fail_late)


def has_tables(installation: Installation) -> bool:
    return migrating.current(installation.engine) is not None


def forget_zhao(community: Community) -> None:
    """Forget somebody whose account is at zero."""
    forgetting.forget(community.installation, "demo", community.ids["赵"], by=SYSTEM)


def wrapped_keys(installation: Installation, member_id: str) -> bytes:
    joined = tables.holders.join(
        tables.holder_keys, tables.holders.c.holder == tables.holder_keys.c.holder
    )
    query = (
        select(tables.holder_keys.c.wrapped)
        .select_from(joined)
        .where(tables.holders.c.member_id == member_id)
    )
    with installation.engine.connect() as connection:
        return connection.execute(query).scalar_one()


def test_a_backup_of_either_kind_is_restored_into_either_kind(
    full: Community, others: Databases, tmp_path: Path
) -> None:
    make(full.installation, tmp_path)
    with elsewhere(others, tmp_path / "other") as other:
        restored = restore(other, parts(tmp_path), untold)
        assert contents(other) == contents(full.installation)
        assert (restored.rows, restored.erased) == (sum(map(len, contents(other).values())), 0)
        assert is_fine(other)
        there = Community(other, ids=full.ids)
        there.clock.advance(days=2)
        there.transfer("王", "李", 1)
        assert members.get_member(other, "demo", full.ids["王"]).name == "王"
        assert is_fine(other)


def test_idempotency_keys_and_api_keys_are_restored(
    small: Community, other: Installation, tmp_path: Path
) -> None:
    before = small.transfer("王", "李", 1, key="the same")
    make(small.installation, tmp_path)
    restore(other, parts(tmp_path), untold)
    there = Community(other, ids=small.ids)
    there.clock.advance(days=2)
    again = there.transfer("王", "李", 1, key="the same")
    assert (again.seq, again.replayed) == (before.seq, True)


def test_an_empty_database_with_tables_will_do(
    small: Community, databases: Databases, tmp_path: Path
) -> None:
    make(small.installation, tmp_path)
    with databases.fresh() as url, installed(url, tmp_path / "other") as other:
        restore(other, parts(tmp_path), untold)
        assert is_fine(other)


def test_a_database_with_books_is_left_as_it_is(
    small: Community, databases: Databases, tmp_path: Path
) -> None:
    make(small.installation, tmp_path)
    with databases.fresh() as url, installed(url, tmp_path / "other") as other:
        found_community(other, "another")
        before = contents(other)
        with pytest.raises(NotEmptyError, match=r"holds books \(1\)"):
            restore(other, parts(tmp_path), untold)
        assert contents(other) == before


# --- files that are not what they should be ----------------------------------------------------


@pytest.mark.parametrize("part", ["books", "keys"])
@pytest.mark.parametrize("cut", [0, 1, 17, 18, 60, 90, -65, -64, -33, -32, -1])
def test_a_file_that_was_cut_off_is_refused(
    cut_backup: Path, other: Installation, part: str, cut: int
) -> None:
    path = parts(cut_backup)[part]  # type: ignore[index]  # one of the two
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(BackupError, match=str(path)):
        restore(other, parts(cut_backup), untold)
    assert_untouched(other)


@pytest.mark.parametrize("part", ["books", "keys"])
def test_a_bit_that_changed_is_found_wherever_it_is(
    cut_backup: Path, other: Installation, part: str
) -> None:
    path = parts(cut_backup)[part]  # type: ignore[index]  # one of the two
    sound = path.read_bytes()
    for place in range(0, len(sound), max(1, len(sound) // 97)):
        damaged = bytearray(sound)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        with pytest.raises(BackupError):
            restore(other, parts(cut_backup), untold)
    path.write_bytes(sound + b"\0")
    with pytest.raises(BackupError):
        restore(other, parts(cut_backup), untold)
    assert_untouched(other)


def assert_untouched(installation: Installation) -> None:
    assert not Path(str(installation.engine.url.database)).exists()


@pytest.fixture
def cut_backup(sqlite_backup: Path, tmp_path: Path) -> Path:
    """A backup to be spoiled."""
    folder = tmp_path / "spoiled"
    shutil.copytree(sqlite_backup, folder)
    return folder


@pytest.fixture(scope="module")
def sqlite_backup(sqlite_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound backup of a small book."""
    home, folder = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("backup")
    with sqlite_databases.fresh() as url, installed(url, home) as installation:
        found_community(installation).enrol("王", "李")
        make(installation, folder)
    return folder


def test_a_backup_of_another_installation_is_refused(
    sqlite_backup: Path, sqlite_databases: Databases, tmp_path: Path
) -> None:
    with elsewhere(sqlite_databases, tmp_path) as other:
        stranger = Installation(other.engine, Vault(bytes(32)), other.settings, other.clock)
        with pytest.raises(BackupError, match="another installation key"):
            restore(stranger, parts(sqlite_backup), untold)
        assert_untouched(other)


def test_parts_cannot_be_mistaken_for_each_other(sqlite_backup: Path, other: Installation) -> None:
    paths = parts(sqlite_backup)
    with pytest.raises(BackupError, match="is the part keys, not books"):
        restore(other, {"books": paths["keys"], "keys": paths["books"]}, untold)


def test_any_other_file_is_no_backup(
    sqlite_backup: Path, other: Installation, tmp_path: Path
) -> None:
    text_file = tmp_path / "notes.txt"
    text_file.write_text("nothing of the sort\n" * 10)
    with pytest.raises(BackupError, match="is no backup"):
        restore(other, {**parts(sqlite_backup), "books": text_file}, untold)


def test_a_check_reads_everything_and_restores_nothing(
    sqlite_backup: Path, other: Installation
) -> None:
    checked = check_backup(other, parts(sqlite_backup), untold)
    assert checked.rows > 10
    assert_untouched(other)


def test_an_error_in_the_middle_leaves_nothing(
    sqlite_backup: Path, databases: Databases, tmp_path: Path
) -> None:
    with elsewhere(databases, tmp_path / "other") as other:
        interrupt(other, sqlite_backup)
        assert not has_tables(other)
        restore(other, parts(sqlite_backup), untold)
        assert is_fine(other)


def test_what_was_interrupted_is_not_served_before_it_was_tried_again(
    sqlite_backup: Path, databases: Databases, tmp_path: Path
) -> None:
    with elsewhere(databases, tmp_path / "other") as other:
        interrupt(other, sqlite_backup)
        migrating.upgrade(other.settings.database_url)
        with pytest.raises(ConfigurationError, match="restore again, or remove this file"):
            check_restored(other)
        restore(other, parts(sqlite_backup), untold)
        assert not (tmp_path / "other" / FILE_NAME).exists()
        check_restored(other)


def test_where_there_are_books_nothing_was_interrupted(
    sqlite_backup: Path, databases: Databases, tmp_path: Path
) -> None:
    with elsewhere(databases, tmp_path / "other") as other:
        restore(other, parts(sqlite_backup), untold)
        note_beginning(tmp_path / "other")  # as of a kill after the commit
        check_restored(other)
        assert not (tmp_path / "other" / FILE_NAME).exists()


def test_what_cannot_even_begin_leaves_no_note(
    sqlite_backup: Path, databases: Databases, tmp_path: Path
) -> None:
    with databases.fresh() as url, installed(url, tmp_path / "other") as other:
        found_community(other, "another")
        with pytest.raises(NotEmptyError):
            restore(other, parts(sqlite_backup), untold)
        assert not (tmp_path / "other" / FILE_NAME).exists()


# --- forgetting --------------------------------------------------------------------------------


def test_who_is_in_the_list_is_forgotten_again(
    small: Community, others: Databases, tmp_path: Path
) -> None:
    make(small.installation, tmp_path)
    forget_zhao(small)
    with elsewhere(others, tmp_path / "other") as other:
        list_name = forgotten.FILE_NAME
        (tmp_path / "other").mkdir()
        shutil.copy(tmp_path / "home" / list_name, tmp_path / "other" / list_name)
        assert restore(other, parts(tmp_path), untold).erased == 1
        assert_forgotten(other, small.ids["赵"])
        assert is_fine(other)


def test_who_has_no_keys_in_later_keys_is_forgotten_again(
    small: Community, others: Databases, tmp_path: Path
) -> None:
    make(small.installation, tmp_path, "early")
    forget_zhao(small)
    small.enrol("周")
    make(small.installation, tmp_path, "late")
    paths = {**parts(tmp_path, "early"), "keys": parts(tmp_path, "late")["keys"]}
    with elsewhere(others, tmp_path / "other") as other:
        assert restore(other, paths, untold).erased == 1
        assert_forgotten(other, small.ids["赵"])
        assert members.get_member(other, "demo", small.ids["王"]).name == "王"
        assert is_fine(other)
        listed = forgotten.read(tmp_path / "other")
        assert set(listed) == set(forgotten.read(tmp_path / "home"))


def test_earlier_keys_do_not_bring_a_forgotten_member_back(
    small: Community, other: Installation, tmp_path: Path
) -> None:
    make(small.installation, tmp_path, "early")
    forget_zhao(small)
    make(small.installation, tmp_path, "late")
    paths = {**parts(tmp_path, "late"), "keys": parts(tmp_path, "early")["keys"]}
    assert restore(other, paths, untold).erased == 0
    assert_forgotten(other, small.ids["赵"])


def test_keys_that_lack_members_are_refused(
    small: Community, databases: Databases, tmp_path: Path
) -> None:
    make(small.installation, tmp_path, "early")
    small.enrol("周")
    make(small.installation, tmp_path, "late")
    paths = {**parts(tmp_path, "late"), "keys": parts(tmp_path, "early")["keys"]}
    with elsewhere(databases, tmp_path / "other") as other:
        with pytest.raises(BackupError, match="lacks the keys of 1 members"):
            restore(other, paths, untold)
        assert not has_tables(other)


def assert_forgotten(installation: Installation, member_id: str) -> None:
    assert wrapped_keys(installation, member_id) == FORGOTTEN
    with pytest.raises(UnknownMemberError):
        members.get_member(installation, "demo", member_id)


# --- versions ----------------------------------------------------------------------------------


@pytest.fixture
def later_version(tmp_path: Path) -> Path:
    """The migrations of a version to come, which adds a column."""
    folder = tmp_path / "migrations"
    shutil.copytree(ROOT / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__"))
    head = migrating.head()
    (folder / "versions" / "9999_a_column.py").write_text(
        "from alembic import op\nimport sqlalchemy as sa\n"
        f"revision = '9999'\ndown_revision = '{head}'\nbranch_labels = depends_on = None\n"
        "def upgrade():\n    op.add_column('books', sa.Column('motto', sa.Text()))\n"
        "def downgrade():\n    op.drop_column('books', 'motto')\n"
    )
    return folder


def test_an_older_backup_is_brought_to_this_version(
    sqlite_backup: Path,
    databases: Databases,
    tmp_path: Path,
    later_version: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(migrating, "folder", lambda: later_version)
    with elsewhere(databases, tmp_path / "other") as other:
        restore(other, parts(sqlite_backup), untold)
        assert migrating.current(other.engine) == "9999"
        with other.engine.connect() as connection:
            assert connection.execute(text("SELECT motto FROM books")).scalars().all() == [None]
        assert is_fine(other)


def test_a_newer_backup_is_refused(
    sqlite_backup: Path, other: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "is_known", lambda _revision: False)
    with pytest.raises(BackupError, match="was made by the newer version"):
        restore(other, parts(sqlite_backup), untold)
    assert_untouched(other)


def test_a_database_of_a_newer_version_is_refused(
    sqlite_backup: Path, databases: Databases, tmp_path: Path
) -> None:
    with databases.fresh() as url, installed(url, tmp_path / "other") as other:
        with other.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(ConfigurationError, match="newer version"):
            restore(other, parts(sqlite_backup), untold)
