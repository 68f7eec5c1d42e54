"""The commands around backups and holds: what they print, and how they end."""

import dataclasses
import re
import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from tests.cli.conftest import Run
from tests.installations import Community, SetClock, found_community
from tests.servers import free_port
from timebank.cli.backup import parts_of
from timebank.cli.home import opened
from timebank.flows.holds import Hold
from timebank.store.tables import heads


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for backups."""
    made = tmp_path / "backups"
    made.mkdir()
    return made


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def move_home(monkeypatch: pytest.MonkeyPatch, home: Path, name: str) -> Path:
    """Go to a new home with the same installation key, and to a database of its own."""
    other = home.with_name(name)
    other.mkdir()
    shutil.copy(home / "installation.key", other)
    monkeypatch.setenv("TIMEBANK_HOME", str(other))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return other


def test_a_backup_goes_there_and_back(
    demo: Run, home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = demo("backup", str(folder / "one.backup")).output
    shown = r"Backed up 1 book with 3 entries, [0-9]+ rows\.\n"
    shown += r"books: \S+/one\.backup \(0\.0 MiB, SHA-256 [0-9a-f]{64}\)\n"
    shown += r"keys: \S+/one\.keys \(0\.0 MiB, SHA-256 [0-9a-f]{64}\)\n"
    assert re.fullmatch(shown, output), output
    checked = demo("restore", "--check", str(folder / "one.backup")).output
    assert re.fullmatch(r"Checked [0-9]+ rows as of \S+Z\.\n", checked)
    move_home(monkeypatch, home, "other")
    restored = demo("restore", str(folder / "one.backup")).output
    assert re.fullmatch(
        r"Restored [0-9]+ rows as of \S+Z\.\ndemo: all is well, 3 entries, root [0-9a-f]{64}\.\n",
        restored,
    )
    assert "demo" in demo("book", "list").output
    again = demo("restore", str(folder / "one.backup"), status=1).output
    assert again.startswith("Error: the database is not empty")
    assert again.count("\n") == 1


def test_in_a_folder_files_are_named_by_the_time(demo: Run, folder: Path) -> None:
    keys = folder / "keys"
    keys.mkdir()
    demo("backup", str(folder), "--keys", str(keys))
    (books,) = [name for name in names(folder) if name != "keys"]
    assert re.fullmatch(r"timebank-[0-9]{8}T[0-9]{6}Z\.backup", books)
    assert names(keys) == [books.replace(".backup", ".keys")]
    demo("restore", "--check", str(folder / books), "--keys", str(keys / names(keys)[0]))


def test_keys_lie_beside_a_file_of_any_name() -> None:
    assert parts_of(Path("a/b"), None)["keys"] == Path("a/b.keys")
    assert parts_of(Path("a/b.backup"), None)["keys"] == Path("a/b.keys")


def test_a_damaged_file_is_told_in_one_line_and_makes_nothing(
    demo: Run, home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "one.backup"
    demo("backup", str(path))
    path.write_bytes(path.read_bytes()[:-7])
    other = move_home(monkeypatch, home, "other")
    output = demo("restore", str(path), status=1).output
    assert output == f"Error: {path}: is damaged or was cut off: its sum is another\n"
    assert names(other) == ["installation.key", "restore.unfinished"]
    assert "restore.unfinished" in demo("serve", "--port", str(free_port()), status=1).output


def test_a_restore_that_failed_is_tried_again_before_anything_is_served(
    demo: Run, home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo("backup", str(folder / "one.backup"))
    with opened() as installation:
        Community(installation).enrol("王")
    demo("backup", str(folder / "two.backup"))
    other = move_home(monkeypatch, home, "other")
    arguments = ("restore", str(folder / "two.backup"), "--keys")
    failed = demo(*arguments, str(folder / "one.keys"), status=1).output
    assert "lacks the keys of 1 member" in failed
    refused = demo("serve", "--port", str(free_port()), status=1).output
    assert refused.startswith(f"Error: {other}/restore.unfinished: a restore was begun")
    assert refused.count("\n") == 1
    assert "all is well" in demo(*arguments, str(folder / "two.keys")).output
    assert names(other) == ["installation.key", "timebank.db"]


def test_without_the_keys_nothing_is_restored(demo: Run, folder: Path) -> None:
    demo("backup", str(folder / "one.backup"))
    (folder / "one.keys").unlink()
    output = demo("restore", str(folder / "one.backup"), status=1).output
    assert "one.keys" in output


def test_without_the_installation_key_nothing_is_restored(
    demo: Run, home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo("backup", str(folder / "one.backup"))
    other = move_home(monkeypatch, home, "other")
    (other / "installation.key").unlink()
    output = demo("restore", str(folder / "one.backup"), status=1).output
    assert "installation.key" in output


def test_a_book_that_is_not_as_it_should_be_is_told(
    demo: Run, home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened() as installation, installation.engine.begin() as connection:
        connection.execute(text("UPDATE accounts SET title = 'x' WHERE account = 'issued'"))
    demo("backup", str(folder / "one.backup"))
    move_home(monkeypatch, home, "other")
    output = demo("restore", str(folder / "one.backup"), status=1).output
    assert "demo: not as it should be: 1 finding" in output


def test_expired_holds_of_all_books_or_of_one_are_released(demo: Run) -> None:
    demo("book", "open", "second", "--title", "二", "--timezone", "Asia/Shanghai")
    assert demo("holds", "release-expired").output == (
        "demo: released 0 holds.\nsecond: released 0 holds.\n"
    )
    assert demo("holds", "release-expired", "--book", "second").output.startswith("second:")
    assert "no book" in demo("holds", "release-expired", "--book", "third", status=1).output


def test_a_book_that_cannot_be_posted_to_keeps_no_other_from_its_holds(run: Run) -> None:
    run("init")
    with opened() as installation:
        then = dataclasses.replace(installation, clock=SetClock())
        for slug in ("first", "second"):
            community = found_community(then, slug)
            community.enrol("王")
            community.issue("王", 10)
            hold = Hold(
                member=community.ids["王"], amount=3, commodity="POINT", expires="2026-03-02"
            )
            community.post(hold)
        then.on_close.close()
    with opened() as installation, installation.engine.begin() as connection:
        last = select(func.min(heads.c.book_id)).scalar_subquery()
        connection.execute(update(heads).where(heads.c.book_id == last).values(posted="9998-01-01"))
    output = run("holds", "release-expired", status=1).output
    assert output.startswith("first: ")
    assert output.endswith("\nsecond: released 1 hold.\n")
