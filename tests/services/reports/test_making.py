"""Reports as such: what they cover, and that they are given only where the balances agree."""

import time
from contextlib import ExitStack
from itertools import product
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Table, update

from tests.installations import Community, open_balance
from tests.services.reports.asking import report
from timebank.errors import (
    BusyError,
    MalformedError,
    ReportMismatchError,
    UnknownBookError,
    UnknownEntryError,
    UnknownReportError,
)
from timebank.flows.movements import Issue
from timebank.services.chart import list_commodities
from timebank.services.reports import (
    REPORTS,
    Report,
    headings,
    make_report,
    making,
    told,
    written,
)
from timebank.store.database import writing
from timebank.store.tables import balances, entries, turnovers


@pytest.fixture
def busy(community: Community) -> Community:
    """A book in which something moved on three days, some of it posted late."""
    open_balance(community, "bank:main", 1_250, commodity="CNY", lot="fund:operating")
    open_balance(community, "stock:yicang", 20, commodity="RICE-5KG", lot="rice-1")
    community.clock.advance(days=2)
    community.transfer("王", "groups:chess-club", 30)
    community.post(Issue(day="2026-03-02", legs=(community.leg("issued", "李", 7),)))
    return community


PERIODS = (
    ("2026-03-01", "2026-03-01"),
    ("2026-03-02", "2026-03-02"),
    ("2026-03-02", "2026-12-31"),
    ("0001-01-01", "9999-12-31"),
    ("2020-01-01", "2020-12-31"),
)


def test_every_report_agrees_with_the_balances_of_any_period(busy: Community) -> None:
    commodities = list_commodities(busy.installation, busy.slug)
    for name, (first, last) in product(REPORTS, PERIODS):
        made = report(busy, name, (first, last))
        assert made.covered[:2] == (first, last)
        rows = list(written(made.definition, made.covered, made.rows, commodities))
        assert len(rows) == len(made.rows)
        assert {len(row) for row in rows} <= {len(headings(made.definition))}
        assert told(made)["rows"] == made.rows


def test_a_report_says_which_entries_it_covers(busy: Community) -> None:
    last = report(busy, "movements").covered.as_of
    assert report(busy, "movements").covered[2:] == (0, last, last)
    assert report(busy, "movements", ("2026-03-02", "2026-03-02")).covered[2:] == (last, last, last)
    nothing = report(busy, "movements", ("2027-01-01", "2027-12-31"))
    assert nothing.covered[2:] == (None, None, last)
    assert nothing.rows == ()


def test_a_report_as_of_an_entry_never_changes(busy: Community) -> None:
    before = {name: report(busy, name) for name in REPORTS}
    as_of = before["movements"].covered.as_of
    busy.post(Issue(day="2026-03-02", legs=(busy.leg("issued", "李", 5),)))
    open_balance(busy, "stock:yicang", 5, commodity="RICE-5KG", lot="rice-1")
    for name, made in before.items():
        assert report(busy, name, as_of=as_of) == made
    assert report(busy, "circulation") != before["circulation"]


def test_what_cannot_be_asked(busy: Community) -> None:
    with pytest.raises(UnknownReportError, match="there is no report profit"):
        report(busy, "profit")
    with pytest.raises(MalformedError, match="from"):
        report(busy, "movements", ("yesterday", "2026-03-01"))
    with pytest.raises(MalformedError, match="to: must not be before from"):
        report(busy, "movements", ("2026-03-02", "2026-03-01"))
    with pytest.raises(UnknownEntryError):
        report(busy, "movements", as_of=1_000)
    with pytest.raises(UnknownBookError):
        make_report(busy.installation, "x", "movements", first="2026-01-01", last="2026-01-01")


def test_only_so_many_reports_are_made_at_a_time(
    busy: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "WAIT_SECONDS_MAX", 0)
    with ExitStack() as others:
        for _ in range(making.AT_ONCE):
            others.enter_context(making.PLACES)
        with pytest.raises(BusyError):
            report(busy, "movements")
    assert report(busy, "movements").rows


def test_only_so_many_wait_for_a_report_and_keep_threads_from_others(busy: Community) -> None:
    outcomes: list[Report | BusyError] = []

    def ask() -> None:
        try:
            outcomes.append(report(busy, "movements"))
        except BusyError as error:
            outcomes.append(error)

    with ExitStack() as others:
        for _ in range(making.AT_ONCE):
            others.enter_context(making.PLACES)
            others.enter_context(making.LINE)
        threads = [Thread(target=ask) for _ in range(making.WAITING_MAX + 3)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + making.WAIT_SECONDS_MAX / 2
        while len(outcomes) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert [type(outcome) for outcome in outcomes] == [BusyError] * 3
    for thread in threads:
        thread.join()
    assert [type(outcome) for outcome in outcomes[3:]] == [Report] * making.WAITING_MAX


WHOLE = {"holder": 0, "account": "members"}
DAMAGES: dict[str, tuple[Table[Any], dict[str, Any], dict[str, Any]]] = {
    "a sum of a day": (turnovers, {**WHOLE, "day": "2026-03-03"}, {"credits": 31}),
    "the day of a sum": (turnovers, {**WHOLE, "day": "2026-03-02"}, {"day": "2026-02-28"}),
    "a balance": (balances, {"account": "bank:main"}, {"debits": 1_251}),
    "the lot of a balance": (balances, {"account": "stock:yicang"}, {"lot": "rice-2"}),
    "the day of an entry": (entries, {"day": "2026-03-02"}, {"day": "2026-02-27"}),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_no_report_is_given_where_the_balances_are_damaged(busy: Community, damage: str) -> None:
    table, where, values = DAMAGES[damage]
    conditions = [table.c[column] == value for column, value in where.items()]
    with writing(busy.installation.engine) as connection:
        changed = connection.execute(update(table).where(*conditions).values(**values))
        assert changed.rowcount == 1
    for name in REPORTS:
        with pytest.raises(ReportMismatchError, match="run timebank verify"):
            report(busy, name, ("2026-03-02", "2026-12-31"))
