"""Export, verify and rebuild, and their exit statuses."""

from pathlib import Path

import pytest
from sqlalchemy import text

from tests.cli.conftest import Run
from timebank.cli.home import opened
from timebank.services import forgetting
from timebank.services.members import find_member
from timebank.store.engines import make_engine


def execute(url: str, statement: str) -> None:
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_an_exported_log_is_fine(demo: Run, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(demo("export", "--book", "demo").stdout_bytes)
    assert log.read_bytes().count(b"\n") == 3
    of_file = demo("verify", str(log)).output
    assert of_file.startswith("All is well: 3 entries, root ")
    assert demo("verify", "--book", "demo").output == of_file


def test_what_is_wrong_is_told_and_exits_with_1(demo: Run, database_url: str) -> None:
    execute(database_url, "UPDATE commodities SET scale = 1 WHERE commodity = 'SRF'")
    result = demo("verify", "--book", "demo", status=1)
    assert result.stderr == (
        "commodities, commodity SRF, scale: is 1, should be 2\nWrong: 1 finding in 3 entries.\n"
    )
    assert result.stdout == ""
    rebuilt = demo("rebuild", "--book", "demo").output
    assert rebuilt.startswith("Rebuilt 3 entries, root ")
    demo("verify", "--book", "demo")


def test_findings_beyond_a_hundred_are_counted(demo: Run, database_url: str) -> None:
    statement = "INSERT INTO reversals (book_id, reversed, seq) VALUES (1, {}, {})"
    for number in range(150):
        execute(database_url, statement.format(2 * number, 2 * number + 1))
    result = demo("verify", "--book", "demo", status=1)
    assert "... and 50 more\n" in result.stderr


def test_a_broken_log_is_neither_fine_nor_rebuilt(demo: Run, database_url: str) -> None:
    execute(database_url, "DELETE FROM entries WHERE seq = 1")
    result = demo("verify", "--book", "demo", status=1)
    assert "entries, seq 1: is missing\n" in result.stderr
    assert "Note: replay stopped before entry 1" in result.stderr
    assert demo("rebuild", "--book", "demo", status=1).output.startswith("Error: entry 1: ")


def test_legs_of_forgotten_members_are_counted(demo: Run, tmp_path: Path) -> None:
    members, transfers = tmp_path / "members.csv", tmp_path / "transfers.csv"
    members.write_text("member,joined\n1,2026-01-01\n2,2026-01-01\n")
    transfers.write_text(
        "reference,date,payer,payee,amount,unit\n"
        "a,2026-01-02,issued,1,5,POINT\n"
        "b,2026-01-02,1,issued,5,POINT\n"
    )
    demo("import", "members", str(members), "--book", "demo")
    demo("import", "transfers", str(transfers), "--book", "demo")
    with opened() as installation:
        member = find_member(installation, "demo", number="1")
        forgetting.forget(installation, "demo", member.member_id, by=("system",))
    assert demo("verify", "--book", "demo").output.startswith("2 leg sides of forgotten members")
    assert "2 leg sides of forgotten members" in demo("rebuild", "--book", "demo").output
    sheet = demo("balances", "--book", "demo", "--format", "csv").output
    assert "members,(forgotten),POINT,,5,5,0\n" in sheet


def test_lost_entries_are_warned_of(demo: Run, database_url: str) -> None:
    execute(database_url, "DELETE FROM entries WHERE seq = 2")
    result = demo("rebuild", "--book", "demo")
    assert "Warning: the book had 3 entries and now has 2" in result.stderr


def test_what_cannot_be_checked_exits_with_2(
    demo: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = demo("verify", str(tmp_path / "nothing.jsonl"), status=2)
    assert missing.stderr.startswith("Cannot check: [Errno 2]")
    assert demo("verify", str(tmp_path), status=2).stderr.startswith("Cannot check: [Errno 21]")
    unknown = demo("verify", "--book", "nowhere", status=2)
    assert unknown.stderr == "Cannot check: there is no book nowhere\n"
    monkeypatch.setenv("TIMEBANK_INSTALLATION_KEY", "A" * 43 + "=")
    other_key = demo("verify", "--book", "demo", status=2)
    assert other_key.stderr.startswith("Cannot check: the installation key is not the one")


def test_a_file_that_is_no_log_exits_with_1(sqlite_run: Run, tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("# Hello\n", encoding="utf-8")
    result = sqlite_run("verify", str(path), status=1)
    assert result.stderr.startswith("README.md, line 1: ")
    assert "Wrong: 1 finding in 0 entries." in result.stderr


def test_exporting_a_book_that_is_not_there(demo: Run) -> None:
    assert demo("export", "--book", "x", status=1).stderr == "Error: there is no book x\n"
