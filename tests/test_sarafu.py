"""A real community currency, whole, through the command line: killed, resumed, repeated, exact.

19,871 members and 53,537 transfers of Sarafu (Kenya, 12 May 2020). It runs where the data set is;
tests/data/sarafu has an excerpt that every test run imports on both databases.
"""

import csv
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

from tests.servers import TIMEBANK, environment

WRITTEN_BEFORE_KILL = 10_000
IMPORT_SECONDS = 600


def run(home: Path, *arguments: str) -> str:
    """Run a command of the operator's, which must succeed; give what it printed."""
    done = subprocess.run(
        [str(TIMEBANK), *arguments],
        env=environment(home, f"sqlite:///{home / 'timebank.db'}"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def size(home: Path) -> int:
    """How many entries the book has."""
    with closing(sqlite3.connect(home / "timebank.db")) as connection:
        found: int = connection.execute("SELECT size FROM heads").fetchone()[0]
    return found


def import_and_kill(home: Path, transfers: Path) -> None:
    """Start the import of transfers, and kill it when it is well under way."""
    before = size(home)
    process = subprocess.Popen(
        [str(TIMEBANK), "import", "transfers", str(transfers), "--book", "sarafu"],
        env=environment(home, f"sqlite:///{home / 'timebank.db'}"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + IMPORT_SECONDS
    while size(home) < before + WRITTEN_BEFORE_KILL:
        assert process.poll() is None, "it ended before it was killed"
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()


def balances(home: Path) -> dict[str, str]:
    """Balances by member, and that of the issuing account, as people read them."""
    rows = csv.DictReader(run(home, "balances", "--book", "sarafu", "--format", "csv").splitlines())
    return {
        row["member"] or row["account"]: row["balance"]
        for row in rows
        if row["member"] or row["account"] == "issued"
    }


def test_all_of_sarafu_comes_out_to_the_cent(shared: Path, tmp_path: Path) -> None:
    data = shared / "data" / "sarafu"
    members, transfers = str(data / "members.csv"), data / "transfers.csv"
    run(tmp_path, "init")
    run(tmp_path, "book", "open", "sarafu", "--title", "Sarafu", "--timezone", "Africa/Nairobi")
    run(tmp_path, "commodity", "add", "SRF", "--kind", "points", "--scale", "2", "--book", "sarafu")
    run(tmp_path, "import", "members", members, "--book", "sarafu")
    import_and_kill(tmp_path, transfers)
    run(tmp_path, "import", "transfers", str(transfers), "--book", "sarafu")
    assert size(tmp_path) == 2 + 19_871 + 53_537
    with (data / "expected_balances.csv").open(encoding="utf-8", newline="") as file:
        expected = {row["member"]: row["balance"] for row in csv.DictReader(file)}
    assert balances(tmp_path) == expected
    for kind, path in (("members", members), ("transfers", str(transfers))):
        printed = run(tmp_path, "import", kind, path, "--book", "sarafu")
        assert f"Imported 0 {kind};" in printed
    assert size(tmp_path) == 2 + 19_871 + 53_537
    assert "All is well" in run(tmp_path, "verify", "--book", "sarafu")
