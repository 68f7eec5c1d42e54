"""Running the command line in this process, on an installation of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from timebank.cli import main

Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home folder, not made yet."""
    return tmp_path / "home"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, home: Path, database_url: str) -> None:
    """The environment of an installation on either database; the test runs on both."""
    set_environment(monkeypatch, home, database_url)


@pytest.fixture
def run(environment: None) -> Run:  # noqa: ARG001 - it is set, not given
    """Run a command, which must exit with ``status``."""
    return run_command


@pytest.fixture
def demo(run: Run) -> Run:
    """Run commands on an installation with an empty book ``demo`` that counts POINT and SRF."""
    run("init")
    run("book", "open", "demo", "--title", "翠竹园", "--timezone", "Asia/Shanghai")
    run("commodity", "add", "POINT", "--kind", "points", "--book", "demo")
    run("commodity", "add", "SRF", "--kind", "points", "--scale", "2", "--book", "demo")
    return run


@pytest.fixture
def sqlite_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: Path) -> Run:
    """Run a command where there is nothing at all yet; on SQLite only."""
    set_environment(monkeypatch, home, None)
    monkeypatch.chdir(tmp_path)
    return run_command


def set_environment(monkeypatch: pytest.MonkeyPatch, home: Path, url: str | None) -> None:
    for name in ("DATABASE_URL", "TIMEBANK_ORIGIN", "TIMEBANK_INSTALLATION_KEY", "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TIMEBANK_HOME", str(home))
    if url is not None:
        monkeypatch.setenv("DATABASE_URL", url)


def run_command(*arguments: str, status: int = 0) -> Result:
    result = CliRunner().invoke(main, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == status, result.output
    return result
