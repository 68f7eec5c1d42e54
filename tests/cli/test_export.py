"""Exporting as the log itself and as a journal for hledger."""

from pathlib import Path

from tests.cli.conftest import Run
from tests.hledger import check_strictly, hledger_balances, needs_hledger

MEMBERS = "member,joined,name\n0001,2026-01-01,王\n0002,2026-01-01,李\n"
TRANSFERS = """reference,date,payer,payee,amount,unit,reason
a,2026-01-02,issued,0001,12.50,SRF,
b,2026-01-03,0001,0002,2.25,SRF,
"""


def test_entries_are_the_default(demo: Run) -> None:
    default = demo("export", "--book", "demo").stdout_bytes
    assert default == demo("export", "--book", "demo", "--format", "entries").stdout_bytes
    assert default.count(b"\n") == 3


@needs_hledger
def test_a_journal_for_hledger(demo: Run, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(MEMBERS, encoding="utf-8")
    (tmp_path / "t.csv").write_text(TRANSFERS, encoding="utf-8")
    demo("import", "members", str(tmp_path / "m.csv"), "--book", "demo")
    demo("import", "transfers", str(tmp_path / "t.csv"), "--book", "demo")
    journal = tmp_path / "demo.journal"
    journal.write_bytes(demo("export", "--book", "demo", "--format", "hledger").stdout_bytes)
    check_strictly(journal)
    assert hledger_balances(journal) == {
        ("issued", "SRF"): "-12.50",
        ("members:0001", "SRF"): "10.25",
        ("members:0002", "SRF"): "2.25",
    }


def test_exporting_a_book_that_is_not_there(demo: Run) -> None:
    words = ("export", "--book", "x", "--format", "hledger")
    assert demo(*words, status=1).stderr == "Error: there is no book x\n"
