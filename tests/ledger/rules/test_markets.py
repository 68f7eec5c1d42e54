"""Charity markets: filed before they are held, and each sale split as filed."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.ledger.bench import TODAY, leg, member_id
from tests.ledger.market import (
    AGENCY,
    CASH,
    POOL,
    TWO,
    Change,
    Market,
    moved,
    points,
    refused,
    told,
)
from timebank.errors import (
    AccountClosedError,
    AlreadyUsedError,
    DayError,
    FactsError,
    FigureError,
    FundRestrictedError,
    InsufficientBalanceError,
    LegPatternError,
    LotError,
    NotReversibleError,
    ReferredError,
    SamePersonError,
    TimebankError,
    UnknownAccountError,
    UnknownEntryError,
)
from timebank.ledger.model import Place
from timebank.ledger.rules.markets import pool_share

TOMORROW = "2026-11-23"


@pytest.fixture
def market() -> Market:
    """A market held today, of which 105 thousandths are the pool's."""
    return Market()


# --- filing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "share", "amount"),
    [(0, 105, 0), (9, 105, 0), (10, 105, 1), (9_999, 105, 1_049), (1, 1_000, 1), (1, 999, 0)],
)
def test_the_share_of_the_pool_is_rounded_down(price: int, share: int, amount: int) -> None:
    assert pool_share(price, share) == amount


def test_a_market_is_filed_on_its_day_or_before(market: Market) -> None:
    market.bench.post(market.filing(market="yiji-2", held=TOMORROW))
    market.bench.replay()
    draft = market.bench.draft(market.filing(market="yiji-3"))
    refused(market, draft, DayError, told(held="2026-11-21"))


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"market": "yiji-1"}, AlreadyUsedError),
        ({"closes": 540}, FactsError),
        ({"opens": 1_441}, FactsError),
        ({"share": 1_001}, FactsError),
        ({"basis": None}, FactsError),
        ({"cash": "cash:none"}, UnknownAccountError),
        ({"cash": "bank:main"}, FactsError),
        ({"cash": "cash:closed"}, AccountClosedError),
        ({"fund": "fund:none"}, LotError),
        ({"fund": AGENCY}, FundRestrictedError),
        ({"fund": "fund:flood"}, FundRestrictedError),
        ({"fund": "fund:plain"}, FundRestrictedError),
        ({"fund": "fund:over"}, FundRestrictedError),
        ({"commodity": "RICE", "fund": "rice-1"}, FundRestrictedError),
        ({"share": 99}, FactsError),
    ],
)
def test_a_market_is_filed_by_the_rules(
    market: Market, facts: dict[str, Any], error: type[TimebankError]
) -> None:
    market.fund("fund:flood", "donated")
    market.fund("fund:over", "earned", ends=TODAY)
    market.bench.lot("CNY", "fund:plain")
    market.rice("rice-1")
    market.bench.account("cash:closed")
    market.bench.close_account("cash:closed")
    market.setting("pool_share_min", 100)
    draft = market.bench.draft(market.filing(market="yiji-2", held=TOMORROW))

    refused(market, draft, error, told(**facts))


def test_a_filing_that_is_refused_says_what_it_should_be(market: Market) -> None:
    market.setting("pool_share_min", 100)
    draft = market.bench.draft(market.filing(market="yiji-2", held=TOMORROW))

    least = refused(market, draft, FactsError, told(share=99))
    till = refused(market, draft, FactsError, told(cash="bank:main"))

    assert str(least) == "public.share: must be at least 100"
    assert str(till) == "public.cash: must be an account cash:*"


def test_what_was_filed_stays(market: Market) -> None:
    with pytest.raises(NotReversibleError):
        market.bench.reverse(market.seq)


# --- sales ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "price", "legs"),
    [
        (105, 1_000, [(105, CASH, POOL), (895, "stalls", AGENCY)]),
        (105, 9, [(9, "stalls", AGENCY)]),
        (0, 9, [(9, "stalls", AGENCY)]),
        (1_000, 9, [(9, CASH, POOL)]),
    ],
)
def test_a_price_is_split_as_filed(
    market: Market, share: int, price: int, legs: list[tuple[int, str, str]]
) -> None:
    seq = market.bench.post(market.filing(market="yiji-2", share=share))
    market.bench.post(market.sale(price, market=seq))

    found = market.bench.entry().legs
    assert [(leg.amount, leg.to.partition("#")[0], leg.lot) for leg in found] == legs
    market.bench.keyed_replay()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (told(price=1_010), FigureError),
        (told(price=9), FactsError),
        (moved(0, 1, amount=104), FigureError),
        (moved(1), FactsError),
        (moved(0), FactsError),
        (moved(0, 0, 1), FactsError),
        (moved(1, 0), FactsError),
        (moved(0, 1, lot="fund:other"), FactsError),
        (moved(0, 1, to=Place("cash:other")), FactsError),
        (moved(0, 1, commodity="USD"), FactsError),
        (moved(0, 1, lot=AGENCY), FundRestrictedError),
        (moved(1, lot=POOL), LegPatternError),
        (told(market=1), ReferredError),
        (told(market=999), UnknownEntryError),
        (told(market=None), FactsError),
    ],
)
def test_a_sale_is_by_the_rules(market: Market, change: Change, error: type[TimebankError]) -> None:
    market.bench.define("USD", "money", 2)
    market.bench.lot("USD", POOL)
    market.fund("fund:other", "earned")
    market.bench.account("cash:other")
    draft = market.bench.draft(market.sale(1_000))

    refused(market, draft, error, change)


def test_a_sale_is_on_the_day_of_the_market(market: Market) -> None:
    early = market.bench.draft(market.sale(100, day="2026-11-21"))
    assert "is held on 2026-11-22" in str(refused(market, early, DayError))

    market.bench.today = TOMORROW
    refused(market, market.bench.draft(market.sale(100)), DayError)
    market.bench.post(market.sale(100, day=TODAY))
    market.bench.close(TODAY)
    late = market.bench.draft(market.sale(100, belongs=TODAY))
    refused(market, late, DayError, told(belongs="2026-11-21"))
    market.bench.append(late)
    market.bench.keyed_replay()


def test_points_are_paid_beside_money_or_instead(market: Market) -> None:
    market.bench.post(market.sale(100, points=points(30)))
    market.bench.post(market.sale(points=points(20)))

    assert (market.bench.balance("ana"), market.bench.balance("bo")) == (50, 150)
    market.bench.keyed_replay()


def test_one_buyer_pays_one_seller_in_points(market: Market) -> None:
    draft = market.bench.draft(market.sale(points=points(20)))
    twice = replace(draft, legs=draft.legs * 2)
    assert "one buyer" in str(refused(market, twice, FactsError))

    (paid,) = draft.legs
    to_self = replace(draft, legs=(paid._replace(to=paid.from_),))
    refused(market, to_self, SamePersonError, public=False)


def test_a_sale_that_was_reversed_is_made_again(market: Market) -> None:
    market.bench.reverse(market.sell(1_000))
    assert (market.bench.balance(CASH, "CNY", POOL), market.owed("one")) == (0, 0)
    market.sell(1_000)
    assert (market.bench.balance(CASH, "CNY", POOL), market.owed("one")) == (105, 895)
    market.bench.keyed_replay()


def test_the_money_of_stalls_moves_only_to_and_from_stalls(market: Market) -> None:
    with pytest.raises(FundRestrictedError, match="is not the association's money"):
        market.bench.take_over(leg("world:opening", CASH, 1, "CNY", AGENCY))


# --- takings --------------------------------------------------------------------------------------


def test_a_stall_takes_home_at_most_what_it_is_owed(market: Market) -> None:
    market.sell(1_000)
    market.sell(1_000, stall="two")
    too_much = market.bench.draft(market.takings(one=896))
    refused(market, too_much, InsufficientBalanceError, public=False)
    all_of_both = market.bench.draft(market.takings(one=895, two=896))
    refused(market, all_of_both, InsufficientBalanceError)

    seq = market.bench.post(market.takings(one=895, two=100), by=TWO)
    assert (market.owed("one"), market.owed("two")) == (0, 795)
    market.bench.reverse(seq)
    market.bench.post(market.takings(one=895), by=TWO)
    market.bench.keyed_replay()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (told(market=1), ReferredError),
        (moved(0, commodity="USD"), FactsError),
        (moved(0, lot=POOL), LegPatternError),
        (moved(0, to=Place("world:suppliers")), LegPatternError),
    ],
)
def test_takings_are_by_the_rules(
    market: Market, change: Change, error: type[TimebankError]
) -> None:
    market.bench.define("USD", "money", 2)
    market.bench.lot("USD", AGENCY)
    market.sell(1_000)

    refused(market, market.bench.draft(market.takings(one=1)), error, change)


def test_takings_are_counted_by_two_officers(market: Market) -> None:
    market.sell(1_000)
    draft = market.bench.draft(market.takings(one=1))

    refused(market, draft, SamePersonError, by=("staff:treasurer:1", "staff:verifier:1"))
    refused(market, draft, SamePersonError, by=("staff:treasurer:1",))
    market.bench.append(draft, by=TWO)


# --- reports --------------------------------------------------------------------------------------


def test_a_market_is_reported_once_and_again_after_a_reversal(market: Market) -> None:
    draft = market.bench.draft(market.report())
    seq = market.bench.append(draft, by=TWO)
    refused(market, draft, AlreadyUsedError)
    market.bench.reverse(seq)
    market.bench.append(draft, by=TWO)
    market.bench.replay()


@pytest.mark.parametrize(
    ("facts", "error"),
    [({"market": 1}, ReferredError), ({"evidence": []}, FactsError), ({"stalls": -1}, FactsError)],
)
def test_a_report_is_by_the_rules(
    market: Market, facts: dict[str, Any], error: type[TimebankError]
) -> None:
    refused(market, market.bench.draft(market.report()), error, told(**facts))


def test_nothing_comes_of_a_market_before_it_is_held(market: Market) -> None:
    market.sell(1_000)
    seq = market.bench.post(market.filing(market="yiji-2", held=TOMORROW))
    for command in (market.report(market=seq), market.takings(one=1)):
        draft = market.bench.draft(command)
        refused(market, draft, DayError, told(market=seq))
    assert member_id("one") not in str(market.bench.entry())
