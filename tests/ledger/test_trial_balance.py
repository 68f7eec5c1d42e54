from hashlib import sha256
from typing import Any

import pytest

from tests.ledger.bench import Bench, leg, place
from tests.vectors import load
from timebank.flows.holds import Settle
from timebank.flows.movements import Issue
from timebank.ledger.encoding import MAX_INTEGER, to_base64
from timebank.ledger.model import Key
from timebank.ledger.trial_balance import (
    TrialRow,
    canonical_line,
    digest,
    totals,
    trial_balance,
)

VECTORS = load("trial_balance")


def rows_of(vector: dict[str, Any]) -> list[TrialRow]:
    return [TrialRow(**row) for row in vector["rows"]]


@pytest.mark.parametrize("vector", VECTORS["valid"])
def test_a_trial_balance_has_one_form(vector: dict[str, Any]) -> None:
    rows = rows_of(vector)

    assert b"".join(map(canonical_line, rows)).decode() == vector["lines"]
    assert digest(rows) == vector["digest"]


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda vector: vector["about"])
def test_no_other_form_has_its_digest(vector: dict[str, Any]) -> None:
    assert to_base64(sha256(vector["lines"].encode()).digest()) == vector["digest"]
    assert digest(rows_of(vector)) != vector["digest"]


@pytest.fixture
def bench() -> Bench:
    """A book with hours, two funds of money, and goods, on 22 November."""
    bench = Bench()
    bench.define("CNY", "money", 2)
    bench.define("RICE", "goods")
    bench.lot("CNY", "fund:a")
    bench.lot("CNY", "fund:b")
    bench.lot("RICE", "b-1")
    bench.lot("RICE", "b-2")
    bench.account("bank:main")
    bench.account("stock:yicang")
    bench.enrol("ana", "bo")
    bench.today = "2026-11-23"
    bench.issue("ana", 100)
    bench.transfer("ana", "bo", 30)
    bench.take_over(
        leg("world:opening", "bank:main", 500, "CNY", "fund:a"),
        leg("world:opening", "bank:main", 70, "CNY", "fund:b"),
        leg("world:opening", "stock:yicang", 3, "RICE", "b-1"),
        leg("world:opening", "stock:yicang", 4, "RICE", "b-2"),
    )
    return bench


def test_a_trial_balance_shows_whole_accounts_in_order(bench: Bench) -> None:
    rows = trial_balance(bench.state, "2026-11-23")

    assert [tuple(row) for row in rows] == [
        ("bank:main", "CNY", "fund:a", 500, 0),
        ("bank:main", "CNY", "fund:b", 70, 0),
        ("issued", "POINT", "", 0, 100),
        ("members", "POINT", "", 130, 30),
        ("stock:yicang", "RICE", "b-1", 3, 0),
        ("stock:yicang", "RICE", "b-2", 4, 0),
        ("world:opening", "CNY", "fund:a", 0, 500),
        ("world:opening", "CNY", "fund:b", 0, 70),
        ("world:opening", "RICE", "b-1", 0, 3),
        ("world:opening", "RICE", "b-2", 0, 4),
    ]


def test_debits_and_credits_are_equal_in_each_commodity_and_lot(bench: Bench) -> None:
    sums: dict[tuple[str, str], int] = {}
    for row in trial_balance(bench.state, "2026-11-23"):
        sums[row.commodity, row.lot] = sums.get((row.commodity, row.lot), 0) + row.net

    assert set(sums.values()) == {0}


def test_what_happened_after_the_day_is_left_out(bench: Bench) -> None:
    assert trial_balance(bench.state, "2026-11-22") == []

    bench.post(Issue(legs=(leg("issued", "ana", 1),), day="2026-11-21"))

    assert [tuple(row) for row in trial_balance(bench.state, "2026-11-22")] == [
        ("issued", "POINT", "", 0, 1),
        ("members", "POINT", "", 1, 0),
    ]


def totals_of(bench: Bench) -> list[dict[str, Any]]:
    return totals(trial_balance(bench.state, bench.today), bench.state)


def test_totals_are_by_commodity_and_of_money_by_fund(bench: Bench) -> None:
    assert totals_of(bench) == [
        {"amount": 500, "commodity": "CNY", "lot": "fund:a"},
        {"amount": 70, "commodity": "CNY", "lot": "fund:b"},
        {"amount": 100, "commodity": "POINT"},
        {"amount": 7, "commodity": "RICE"},
    ]


def test_a_total_of_nothing_is_left_out(bench: Bench) -> None:
    bench.transfer("bo", "ana", 30)
    bench.reclaim("ana", 100)

    assert "POINT" not in [total["commodity"] for total in totals_of(bench)]


def test_more_funds_than_an_entry_has_room_for_are_left_to_the_digest(bench: Bench) -> None:
    for number in range(126):
        bench.lot("CNY", f"fund:{number}")
        fund = f"fund:{number}"
        bench.take_over(leg("world:opening", "bank:main", 1, "CNY", fund))

    assert totals_of(bench) == [
        {"amount": 696, "commodity": "CNY"},
        {"amount": 100, "commodity": "POINT"},
        {"amount": 7, "commodity": "RICE"},
    ]


def test_names_too_long_for_an_entry_are_left_to_the_digest(bench: Bench) -> None:
    for number in range(110):
        fund = f"fund:{number:x>59}"
        bench.lot("CNY", fund)
        bench.take_over(leg("world:opening", "bank:main", 10**12, "CNY", fund))

    assert [total["commodity"] for total in totals_of(bench)] == ["CNY", "POINT", "RICE"]
    bench.today = "2026-11-24"
    bench.close("2026-11-23")
    bench.replay()


def test_more_goods_than_an_entry_has_room_for_are_left_to_the_digest(bench: Bench) -> None:
    for number in range(130):
        bench.define(f"GOODS-{number}", "goods")
        bench.lot(f"GOODS-{number}", "b-1")
        bench.take_over(leg("world:opening", "stock:yicang", 1, f"GOODS-{number}", "b-1"))

    assert totals_of(bench) == [
        {"amount": 570, "commodity": "CNY"},
        {"amount": 100, "commodity": "POINT"},
    ]


def test_a_total_beyond_the_greatest_integer_is_left_to_the_digest(bench: Bench) -> None:
    bench.take_over(leg("world:opening", "stock:yicang", MAX_INTEGER - 5, "RICE", "b-1"))

    assert [total["commodity"] for total in totals_of(bench)] == ["CNY", "POINT"]


def test_where_nothing_fits_a_book_can_still_be_closed(bench: Bench) -> None:
    for number in range(129):
        bench.define(f"POINT-{number}", "points")
        bench.issue("ana", 1, f"POINT-{number}")
    bench.today = "2026-11-24"

    bench.close("2026-11-23")

    assert bench.entry().public["totals"] == []
    bench.replay()


def test_parts_of_control_accounts_are_not_shown(bench: Bench) -> None:
    owned = [key for key in bench.state.balances if key.owner]

    assert Key("members", bench.number("ana"), "POINT", "") in owned
    assert all("#" not in row.account for row in trial_balance(bench.state, bench.today))


def test_days_may_show_less_than_nothing_where_the_log_never_did(bench: Bench) -> None:
    """What is settled anew with an earlier day is paid from what came back on a later one."""
    hold = bench.hold("ana", 10)
    bench.today = "2026-11-25"
    wrong = bench.settle(hold, "bo")
    bench.today = "2026-11-27"
    bench.reverse(wrong)
    bench.post(Settle(hold=hold, to=place("bo"), day="2026-11-24"))

    assert [held_on(bench, f"2026-11-{day}") for day in range(23, 28)] == [10, 0, -10, -10, 0]
    assert bench.held("ana") == bench.held("bo") == 0
    bench.close("2026-11-26")
    bench.replay()
    bench.keyed_replay()


def held_on(bench: Bench, day: str) -> int:
    """What was on hold at the end of a day, by the days of the entries."""
    rows = trial_balance(bench.state, day)
    return sum(row.debits - row.credits for row in rows if row.account == "members:held")
