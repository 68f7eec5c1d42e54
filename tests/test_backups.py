"""Backups of a real service under load: nothing acknowledged is missing, and nothing is half."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from tests.databases import Databases
from tests.installations import found_community
from tests.servers import TIMEBANK, Server, environment, free_port
from tests.test_kills import Clients, assert_verifies, remembered
from timebank.config import Settings
from timebank.services import keys
from timebank.services.clock import Clock
from timebank.services.installation import Installation
from timebank.store import tables
from timebank.store.engines import make_engine
from timebank.store.installation_key import FILE_NAME, ensure_installation_key
from timebank.store.vault import Vault

ACKNOWLEDGED = 100
OPENINGS = 60_000


def installation_over(url: str, home: Path) -> Installation:
    key = ensure_installation_key(home, has_books=lambda: False)
    settings = Settings(home=home, database_url=url)
    return Installation(make_engine(url), Vault(key), settings, Clock())


def run(installation: Installation, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command on an installation."""
    settings = installation.settings
    return subprocess.run(
        [TIMEBANK, *map(str, arguments)],
        env=environment(settings.home, settings.database_url),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """An installation whose home and database a service can use; the test runs on both."""
    databases: Databases = request.getfixturevalue(f"{request.param}_databases")
    with databases.fresh() as url:
        made = installation_over(url, tmp_path / "home")
        yield made
        made.close()


@pytest.fixture
def other(
    installation: Installation,
    sqlite_databases: Databases,
    postgresql_databases: Databases,
    tmp_path: Path,
) -> Iterator[Installation]:
    """An installation with the same key over an empty database of the other kind."""
    is_sqlite = installation.engine.dialect.name == "sqlite"
    home = tmp_path / "other"
    home.mkdir()
    shutil.copy(installation.settings.home / FILE_NAME, home)
    with (postgresql_databases if is_sqlite else sqlite_databases).bare() as url:
        made = installation_over(url, home)
        yield made
        made.close()


def test_what_was_acknowledged_before_a_backup_is_in_it(
    installation: Installation, other: Installation, tmp_path: Path
) -> None:
    community = found_community(installation)
    community.enrol("王", "李")
    community.issue("王", 1_000_000)
    leg = {
        "from": community.reference("王"),
        "to": community.reference("李"),
        "amount": 1,
        "commodity": "POINT",
    }
    token = keys.issue(installation, "demo", keys.NewKey(app="shop", scopes=("post",))).token
    settings = installation.settings
    server = Server(free_port(), environment(settings.home, settings.database_url), workers=2)
    clients = Clients(server.port, token or "", leg)
    try:
        server.start()
        clients.start()
        clients.wait_for(ACKNOWLEDGED)
        before = set(clients.acknowledged.values())
        made = run(installation, "backup", tmp_path / "one.backup")
        assert made.returncode == 0, made.stderr
        clients.wait_for(len(clients.acknowledged) + ACKNOWLEDGED)
    finally:
        clients.stopping.set()
        clients.join()
        server.stop()
    restored = run(other, "restore", tmp_path / "one.backup")
    assert restored.returncode == 0, restored.stderr
    assert "demo: all is well" in restored.stdout
    assert before <= remembered(other) < remembered(installation)
    assert_verifies(other)


def test_a_killed_backup_leaves_no_file_with_its_name(
    installation: Installation, tmp_path: Path
) -> None:
    fill(installation)
    books, partial = tmp_path / "one.backup", tmp_path / ".timebank-backup-books.partial"
    settings = installation.settings
    process = subprocess.Popen(
        [TIMEBANK, "backup", books],
        env=environment(settings.home, settings.database_url),
        stdout=subprocess.DEVNULL,
    )
    while not (partial.exists() and partial.stat().st_size):
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.001)
    process.kill()
    process.wait()
    assert partial.exists()
    assert not books.exists()
    assert not books.with_suffix(".keys").exists()
    assert run(installation, "backup", books).returncode == 0
    assert run(installation, "restore", "--check", books).returncode == 0
    assert not partial.exists()


def fill(installation: Installation) -> None:
    """Fill a table with what takes some time to be written."""
    found_community(installation)
    rows = [
        {"book_id": 1, "seq": seq, "seal": 0, "ciphertext": os.urandom(200)}
        for seq in range(1_000, 1_000 + OPENINGS)
    ]
    with installation.engine.begin() as connection:
        connection.execute(insert(tables.openings), rows)
