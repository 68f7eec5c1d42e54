"""docs/REPORTS.md says what the reports do: its example, its list and its columns."""

import re
from base64 import b64encode
from pathlib import Path

import pytest

from tests.cli.conftest import run_command, set_environment
from tests.installations import NO_LIST, Community, installed, open_balance
from tests.shared import ROOT
from timebank.flows.definitions import DefineCommodity, OpenAccount, RegisterLot
from timebank.flows.funds import Donate, FilePlan, OpenFund, Spend, TakeGrant
from timebank.services.books import open_book
from timebank.services.reports import REPORTS

PAGE = (ROOT / "docs" / "REPORTS.md").read_text(encoding="utf-8")
OFFICERS = ("staff:proposer:1", "staff:approver:2", "staff:treasurer:3")
BANK = "bank:main"


def example() -> tuple[str, str]:
    """The command of the example, and what it shows."""
    found = re.search(r"```sh\n(timebank [^\n]+)\n```\n```text\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1], found[2]


def fill(community: Community) -> None:
    """What the example tells of."""
    flood, street = "fund:flood", "fund:street"
    for command in (
        DefineCommodity(commodity="CNY", commodity_kind="money", scale=2),
        OpenAccount(account=BANK),
        RegisterLot(commodity="CNY", lot="fund:operating", title="日常运营"),
        OpenFund(
            fund=flood, commodity="CNY", purpose="水灾救助", source="donated", title="水灾专户"
        ),
        OpenFund(
            fund=street, commodity="CNY", purpose="社区养老", source="granted", title="养老专户"
        ),
    ):
        community.post(command)
    open_balance(community, BANK, 100_000, commodity="CNY", lot="fund:operating")
    gift = Donate(account=BANK, fund=flood, commodity="CNY", amount=500_000, receipt="r-1")
    community.post(gift)
    grant = TakeGrant(account=BANK, fund=street, commodity="CNY", amount=200_000, receipt="g-1")
    community.post(grant)
    plan = FilePlan(
        fund=flood,
        commodity="CNY",
        category="food",
        amount=300_000,
        plan=NO_LIST,
        until="2026-04-15",
    )
    filed = community.post(plan, by=OFFICERS[:1])
    spend = Spend(plan=filed.seq, account=BANK, amount=150_000, related="none")
    community.post(spend, by=OFFICERS)


def test_the_example_is_what_the_command_shows(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with installed(sqlite_url, tmp_path) as installation:
        open_book(installation, slug="demo", title="翠竹园", time_zone="Asia/Shanghai")
        fill(Community(installation))
    set_environment(monkeypatch, tmp_path, sqlite_url)
    monkeypatch.setenv("TIMEBANK_INSTALLATION_KEY", b64encode(bytes(range(32))).decode())
    command, shown = example()
    assert run_command(*command.split()[1:]).output == shown


def test_all_reports_are_listed() -> None:
    listed = re.findall(r"(?m)^\| `([a-z-]+)` \| (.*?) \| ", PAGE.partition("### ")[0])
    assert listed == [(name, one.title.zh) for name, one in REPORTS.items()]


@pytest.mark.parametrize("name", REPORTS)
def test_all_columns_are_listed(name: str) -> None:
    definition = REPORTS[name]
    _, found, section = PAGE.partition(f"### {name} {definition.title.zh}\n")
    assert found
    table = section.partition("### ")[0].partition("| column | 列 | |\n")[2]
    listed = re.findall(r"(?m)^\| `([a-z_]+)` \| (.*?) \| (.*); ([a-z]+) \|$", table)
    assert listed == [
        (column.key, column.title.zh, column.title.en, column.kind) for column in definition.columns
    ]
