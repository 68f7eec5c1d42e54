"""The small demo community: hledger and all reports agree with every balance of its year."""

from collections.abc import Iterator

import pytest

from tests.databases import Databases
from tests.hledger import check_agreement, needs_hledger
from tests.installations import installed
from timebank.demo.community import Demo
from timebank.demo.size import SMALL
from timebank.services.balances import public_balances
from timebank.services.demo import SLUG, open_demo_book
from timebank.services.installation import Installation
from timebank.services.reports import REPORTS, make_report

FIRST, LAST = "2025-01-01", "2026-01-31"


@pytest.fixture(scope="module")
def demo(
    sqlite_databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """An installation with the small demo book."""
    with (
        sqlite_databases.fresh() as url,
        installed(url, tmp_path_factory.mktemp("home")) as installation,
    ):
        open_demo_book(installation, Demo(size=SMALL))
        yield installation


@needs_hledger
def test_hledger_agrees_with_the_demo_book(
    demo: Installation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    check_agreement(demo, SLUG, tmp_path_factory.mktemp("journal"))


def test_every_report_of_the_demo_year_says_something(demo: Installation) -> None:
    for name in REPORTS:
        made = make_report(demo, SLUG, name, first=FIRST, last=LAST)
        assert made.rows, name
        assert made.covered.last_seq == made.covered.as_of


def test_movements_of_the_demo_year_make_its_balances(demo: Installation) -> None:
    net: dict[tuple[object, ...], int] = {}
    for row in make_report(demo, SLUG, "movements", first=FIRST, last=LAST).rows:
        amount = row["amount"]
        assert isinstance(amount, int)
        for account, sign in ((row["to_account"], 1), (row["from_account"], -1)):
            key = account, row["commodity"], row["lot"]
            net[key] = net.get(key, 0) + sign * amount
    balances = public_balances(demo, SLUG).rows
    assert {key: amount for key, amount in net.items() if amount} == {
        (row.account, row.commodity, row.lot): row.balance for row in balances if row.balance
    }
