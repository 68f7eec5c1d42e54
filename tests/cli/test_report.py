"""Reports on the command line: for the eye, as CSV and as JSON."""

import json
from codecs import BOM_UTF8
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from tests.cli.conftest import Run
from timebank.cli import main
from timebank.cli.home import opened
from timebank.flows.funds import OpenFund
from timebank.services.posting import Posting, post
from timebank.services.reports import REPORTS
from timebank.store.database import writing
from timebank.store.tables import turnovers

TRANSFERS = """reference,date,payer,payee,amount,unit,reason
a,2026-01-02,issued,0001,12.50,SRF,
b,2026-02-03,0001,0002,2.25,SRF,
"""
WORDS = ("report", "circulation", "--book", "demo", "--from", "2026-02-01", "--to", "2026-02-28")


@pytest.fixture
def filled(demo: Run, tmp_path: Path) -> Run:
    """Two members, and two movements in different months."""
    members, transfers = tmp_path / "m.csv", tmp_path / "t.csv"
    members.write_text("member,joined,name\n0001,2026-01-01,王\n0002,2026-01-01,李\n", "utf-8")
    transfers.write_text(TRANSFERS, encoding="utf-8")
    demo("import", "members", str(members), "--book", "demo")
    demo("import", "transfers", str(transfers), "--book", "demo")
    return demo


def test_a_report_for_the_eye(filled: Run) -> None:
    assert filled(*WORDS).output == (
        "时间与积分流通 Hours and points in circulation, localhost/log/demo\n"
        "2026-02-01 to 2026-02-28, entries 6 to 6 of 0 to 6\n"
        "account  commodity  opening  received  given  closing\n"
        "issued   SRF         -12.50      0.00   0.00   -12.50\n"
        "members  SRF          12.50      2.25   2.25    12.50\n"
        "         SRF          12.50                     12.50\n"
    )


def test_a_report_on_days_without_entries_says_so(filled: Run) -> None:
    words = (*WORDS[:5], "2026-02-04", "--to", "2026-02-05")
    assert filled(*words).output.splitlines()[1] == (
        "2026-02-04 to 2026-02-05, no entries of 0 to 6"
    )


def test_a_report_as_csv(filled: Run) -> None:
    assert filled(*WORDS, "--format", "csv").output == (
        "账户 Account,计量单位 Commodity,上期结余 Opening balance,本期转入 Came in,"
        "本期转出 Went out,本期结余 Closing balance,"
        "起始日 From,截止日 To,首号 First entry,末号 Last entry,账本末号 Log up to entry\n"
        "issued,SRF,-12.50,0.00,0.00,-12.50,2026-02-01,2026-02-28,6,6,6\n"
        "members,SRF,12.50,2.25,2.25,12.50,2026-02-01,2026-02-28,6,6,6\n"
        ",SRF,12.50,,,12.50,2026-02-01,2026-02-28,6,6,6\n"
    )


def test_a_report_for_excel_says_that_it_is_in_utf_8(filled: Run) -> None:
    plain = filled(*WORDS, "--format", "csv").stdout_bytes
    assert filled(*WORDS, "--format", "excel").stdout_bytes == BOM_UTF8 + plain


def test_files_are_in_utf_8_whatever_the_locale_says(filled: Run) -> None:
    plain = filled(*WORDS, "--format", "csv").stdout_bytes
    chinese = CliRunner(charset="gbk")
    assert chinese.invoke(main, (*WORDS, "--format", "csv")).stdout_bytes == plain
    assert chinese.invoke(main, (*WORDS, "--format", "excel")).stdout_bytes == BOM_UTF8 + plain


def test_what_the_locale_cannot_write_is_escaped(filled: Run) -> None:
    assert filled(*WORDS).output.startswith("时间")
    told = CliRunner(charset="latin-1").invoke(main, WORDS)
    assert told.exit_code == 0
    assert told.stdout_bytes.startswith(rb"\u65f6\u95f4")


def test_no_cell_of_a_file_is_a_formula(filled: Run) -> None:
    titles = ("=1+1", "-2+3", "-3.50", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(1)")
    filled("commodity", "add", "CNY", "--kind", "money", "--scale", "2", "--book", "demo")
    with opened() as installation:
        for number, title in enumerate(titles):
            opening = OpenFund(
                fund=f"fund:{number}",
                commodity="CNY",
                purpose="水灾",
                source="granted",
                title=title,
                day="2026-02-04",
            )
            post(installation, "demo", Posting(command=opening, by=("system",)))
    _, *rows = filled("report", "funds", *WORDS[2:], "--format", "csv").output.splitlines()
    assert [row.split(",")[2] for row in rows] == [
        title if title == "-3.50" else f"'{title}" for title in titles
    ]


def test_a_report_as_json(filled: Run) -> None:
    shown = json.loads(filled(*WORDS, "--format", "json", "--as-of", "5").output)
    assert (shown["from"], shown["to"], shown["as_of"]) == ("2026-02-01", "2026-02-28", 5)
    assert (shown["first_seq"], shown["last_seq"]) == (None, None)
    assert shown["rows"][1] == {
        "account": "members",
        "commodity": "SRF",
        "opening": 1250,
        "received": 0,
        "given": 0,
        "closing": 1250,
    }


def test_the_help_names_all_reports(run: Run) -> None:
    words = run("report", "--help").output.replace(",", " ").replace(".", " ").split()
    assert set(REPORTS) <= set(words)


def test_what_cannot_be_reported(filled: Run) -> None:
    assert filled("report", "profit", *WORDS[2:], status=2).output.count("profit") == 1
    assert filled(*WORDS[:3], "x", *WORDS[4:], status=1).output == "Error: there is no book x\n"
    with opened() as installation, writing(installation.engine) as connection:
        connection.execute(update(turnovers).values(debits=turnovers.c.debits + 1))
    told = filled(*WORDS, status=1).output
    assert told.startswith("Error: ")
    assert told.endswith("run timebank verify\n")
