"""What an installation needs, and what is said where it is missing."""

import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.servers import free_port

PUT_BACK = "put that one back"


def test_init_makes_home_key_and_database_for_the_owner_alone(sqlite_run: Run, home: Path) -> None:
    result = sqlite_run("init")
    assert str(home / "timebank.db") in result.output
    assert str(home / "installation.key") in result.output
    for path in (home, home / "timebank.db", home / "installation.key"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_init_again_changes_nothing(sqlite_run: Run, home: Path) -> None:
    sqlite_run("init")
    key = (home / "installation.key").read_bytes()
    sqlite_run("init")
    assert (home / "installation.key").read_bytes() == key


def test_init_on_either_database(run: Run) -> None:
    assert "Database: " in run("init").output
    assert run("book", "list").output == ""


def test_the_key_may_come_from_the_environment(
    sqlite_run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIMEBANK_INSTALLATION_KEY", "A" * 43 + "=")
    assert "TIMEBANK_INSTALLATION_KEY" in sqlite_run("init").output
    assert not (home / "installation.key").exists()
    sqlite_run("book", "list")


def test_a_lost_key_is_not_replaced(sqlite_run: Run, home: Path) -> None:
    sqlite_run("init")
    sqlite_run("book", "open", "demo", "--title", "Demo", "--timezone", "Asia/Shanghai")
    (home / "installation.key").unlink()
    assert "put back the key" in sqlite_run("init", status=1).output


@pytest.mark.parametrize(
    "command",
    [
        "init",
        "serve",
        "book open another --title A --timezone Asia/Shanghai",
        "key issue --book demo --scope read",
        "import members members.csv --book demo",
        "rebuild --book demo",
    ],
)
def test_nothing_is_encrypted_with_another_key_than_before(
    demo: Run, home: Path, command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "members.csv").write_text("number,name\n1001,王秀英\n")
    monkeypatch.chdir(tmp_path)
    path = home / "installation.key"
    right = path.read_bytes()
    path.write_text("A" * 43 + "=")
    monkeypatch.setenv("PORT", str(free_port()))
    output = demo(*command.split(), status=1).output
    assert output == f"Error: {path}: is not the key that the books were made with: {PUT_BACK}\n"
    path.write_bytes(right)
    assert "All is well: 3 entries" in demo("verify", "--book", "demo").output
    assert demo("key", "list", "--book", "demo").output == ""


def test_without_init_nothing_is_made_and_the_cure_is_said(sqlite_run: Run, home: Path) -> None:
    result = sqlite_run("book", "list", status=1)
    assert result.output == f"Error: {home / 'timebank.db'}: is not there; timebank init makes it\n"
    assert not home.exists()


def test_tables_of_another_version_are_not_used(sqlite_run: Run, home: Path) -> None:
    sqlite_run("init")
    (home / "timebank.db").write_bytes(b"")
    assert "timebank init brings them there" in sqlite_run("book", "list", status=1).output


def test_a_file_that_is_no_database_is_told_in_one_line(sqlite_run: Run, home: Path) -> None:
    sqlite_run("init")
    (home / "timebank.db").write_bytes(b"no database" * 1000)
    result = sqlite_run("book", "list", status=1)
    assert result.output == "Error: the database: file is not a database\n"


def test_a_wrong_setting_is_told(sqlite_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIMEBANK_ORIGIN", "https://example.org")
    assert sqlite_run("init", status=1).output.startswith("Error: TIMEBANK_ORIGIN: ")
