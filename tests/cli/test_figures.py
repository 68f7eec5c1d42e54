"""Balances and statements, in figures as people read them."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from timebank.cli.figures import write_text

MEMBERS = "member,joined,name\n0001,2026-01-01,王\n0002,2026-01-01,李\n"
TRANSFERS = """reference,date,payer,payee,amount,unit,reason
a,2026-01-02,issued,0001,12.50,SRF,
b,2026-01-03,0001,0002,2.25,SRF,
c,2026-02-01,0002,0001,1,SRF,
d,2026-02-02,issued,0002,7,POINT,
"""


@pytest.fixture
def filled(demo: Run, tmp_path: Path) -> Run:
    (tmp_path / "m.csv").write_text(MEMBERS, encoding="utf-8")
    (tmp_path / "t.csv").write_text(TRANSFERS, encoding="utf-8")
    demo("import", "members", str(tmp_path / "m.csv"), "--book", "demo")
    demo("import", "transfers", str(tmp_path / "t.csv"), "--book", "demo")
    return demo


def test_balances_as_csv(filled: Run) -> None:
    assert filled("balances", "--book", "demo", "--format", "csv").output == (
        "account,member,commodity,lot,debits,credits,balance\n"
        "issued,,POINT,,0,7,-7\n"
        "issued,,SRF,,0.00,12.50,-12.50\n"
        "members,,POINT,,7,0,7\n"
        "members,,SRF,,15.75,3.25,12.50\n"
        "members,0001,SRF,,13.50,2.25,11.25\n"
        "members,0002,POINT,,7,0,7\n"
        "members,0002,SRF,,2.25,1.00,1.25\n"
    )


def test_balances_for_the_eye(filled: Run) -> None:
    header, *rows = filled("balances", "--book", "demo").output.splitlines()
    assert header.split() == [
        *("account", "member", "commodity", "lot", "debits", "credits", "balance")
    ]
    assert rows[-1].split() == ["members", "0002", "SRF", "2.25", "1.00", "1.25"]
    assert len({len(row) for row in (header, *rows)}) == 1


def test_a_members_statement(filled: Run) -> None:
    words = ("statement", "--book", "demo", "--member", "0001", "--format", "csv")
    assert filled(*words, "--from", "2026-01-03", "--to", "2026-01-31").output == (
        "day,entry,kind,account,counter,commodity,lot,debit,credit,balance\n"
        "2026-01-03,,opening,members,,SRF,,,,12.50\n"
        "2026-01-03,6,transfer,members,members,SRF,,,2.25,10.25\n"
        "2026-01-31,,closing,members,,SRF,,,,10.25\n"
    )
    assert filled(*words).output.splitlines()[1:] == [
        ",,opening,members,,SRF,,,,0.00",
        "2026-01-02,5,issue,members,issued,SRF,,12.50,,12.50",
        "2026-01-03,6,transfer,members,members,SRF,,,2.25,10.25",
        "2026-02-01,7,transfer,members,members,SRF,,1.00,,11.25",
        ",,closing,members,,SRF,,,,11.25",
    ]


def test_a_statement_of_many_pages_is_told_in_one(
    filled: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("statement", "--book", "demo", "--account", "members")
    whole = filled(*words).output
    monkeypatch.setattr("timebank.cli.statement.LIMIT_MAX", 1)
    assert filled(*words).output == whole
    assert whole.count("transfer") == 4


def test_a_statement_of_nobody(filled: Run) -> None:
    words = ("statement", "--book", "demo")
    assert "there is no member" in filled(*words, "--member", "9", status=1).output
    assert filled(*words, "--account", "bank:x", status=1).output == (
        "Error: there is no account bank:x\n"
    )
    assert filled("balances", "--book", "x", status=1).output == "Error: there is no book x\n"
    wrong = filled(*words, "--account", "issued", "--from", "1. Mai", status=1)
    assert wrong.output.startswith("Error: from: must be")


def test_chinese_takes_two_columns(capsys: pytest.CaptureFixture[str]) -> None:
    write_text(("名", "n"), (6, -3), [("合计", "1"), ("ab", "22")])
    assert capsys.readouterr().out == "名        n\n合计      1\nab       22\n"
