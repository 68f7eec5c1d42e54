"""Imports from the command line, also when they are killed in the middle."""

import subprocess
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.cli.conftest import Run
from tests.servers import TIMEBANK, environment
from timebank.store import tables
from timebank.store.engines import make_engine

MEMBERS = 10
ROWS = 6_000


def test_a_dry_run_tells_of_bad_rows_and_writes_nothing(demo: Run, tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text("member,joined\n1,2026-01-01\n2,gestern\n", encoding="utf-8")
    words = ("import", "members", str(path), "--book", "demo")
    result = demo(*words, "--dry-run", status=1)
    assert result.stderr.startswith("line 3: joined: must be a day")
    assert result.stderr.endswith("Error: 1 bad row; nothing was imported\n")
    path.write_text("member,joined\n1,2026-01-01\n2,2026-01-01\n", encoding="utf-8")
    assert demo(*words, "--dry-run").output.startswith("2 rows are well formed: 2 members would be")
    assert demo(*words).output == "Imported 2 members; 0 were before.\n"
    assert demo(*words).output == "Imported 0 members; 2 were before.\n"


def test_a_refused_row_stops_the_import_and_the_way_on_is_told(demo: Run, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("member,joined\n1,2026-01-01\n2,2026-01-01\n")
    demo("import", "members", str(tmp_path / "m.csv"), "--book", "demo")
    header = "reference,date,payer,payee,amount,unit\n"
    rows = "a,2026-01-01,issued,1,5,POINT\nb,2026-01-01,1,2,6,POINT\n"
    (tmp_path / "t.csv").write_text(header + rows)
    result = demo("import", "transfers", str(tmp_path / "t.csv"), "--book", "demo", status=1)
    assert "line 3: " in result.stderr
    assert "1 too few" in result.stderr
    assert "stopped after line 3: 1 row refused, 1 transfers imported" in result.stderr


def test_a_file_that_is_not_there(demo: Run, tmp_path: Path) -> None:
    missing = str(tmp_path / "none.csv")
    assert "No such file" in demo("import", "members", missing, "--book", "demo", status=1).stderr
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n")
    result = demo("import", "transfers", str(wrong), "--book", "demo", status=1)
    assert result.stderr.startswith("Error: header: lacks reference, date, payer, payee, amount")


@pytest.fixture
def transfers(demo: Run, tmp_path: Path) -> Path:
    """Members are there; a file of thousands of transfers waits."""
    members = tmp_path / "members.csv"
    members.write_text(
        "member,joined\n" + "".join(f"{number},2026-01-01\n" for number in range(MEMBERS))
    )
    demo("import", "members", str(members), "--book", "demo")
    path = tmp_path / "transfers.csv"
    with path.open("w") as file:
        file.write("reference,date,payer,payee,amount,unit,reason\n")
        for number in range(ROWS):
            payer = "issued" if number % 2 == 0 else number % MEMBERS
            payee = (number + 3) % MEMBERS if number % 2 else (number + 1) % MEMBERS
            file.write(f"r{number},2026-01-02,{payer},{payee},1,POINT,\n")
    return path


def test_an_import_that_was_killed_goes_on_and_ends_the_same(
    demo: Run, transfers: Path, home: Path, database_url: str
) -> None:
    words = [str(TIMEBANK), "import", "transfers", str(transfers), "--book", "demo"]
    process = subprocess.Popen(
        words, env=environment(home, database_url), stdout=subprocess.DEVNULL
    )
    before = count_transfers(database_url)
    while count_transfers(database_url) < before + ROWS // 3:
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    process.kill()
    process.wait()
    killed_at = count_transfers(database_url)
    assert before < killed_at < before + ROWS
    again = demo("import", "transfers", str(transfers), "--book", "demo").output
    assert again == f"Imported {ROWS - killed_at} transfers; {killed_at} were before.\n"
    assert count_transfers(database_url) == before + ROWS
    assert references_in_order(database_url)
    balances = demo("balances", "--book", "demo", "--format", "csv").output
    assert f"issued,,POINT,,0,{ROWS // 2},-{ROWS // 2}\n" in balances
    demo("verify", "--book", "demo")


def count_transfers(url: str) -> int:
    engine = make_engine(url)
    query = (
        select(func.count())
        .select_from(tables.entries)
        .where(tables.entries.c.kind.in_(("issue", "transfer")))
    )
    with engine.connect() as connection:
        count = connection.scalar(query)
    engine.dispose()
    return count or 0


def references_in_order(url: str) -> bool:
    """Issues and transfers alternate in the file, so they must in the log."""
    engine = make_engine(url)
    kinds = tables.entries.c.kind
    query = select(kinds).where(kinds.in_(("issue", "transfer"))).order_by(tables.entries.c.seq)
    with engine.connect() as connection:
        found = list(connection.scalars(query))
    engine.dispose()
    return found == ["issue", "transfer"] * (len(found) // 2)
