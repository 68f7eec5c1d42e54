"""Price lists: what goods cost in points, and what a member may redeem on a day."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.ledger.bench import TODAY, hash_of
from tests.ledger.market import SHOP, TWO, Change, Market, goods, moved, refused
from timebank.errors import (
    AlreadyUsedError,
    FactsError,
    FigureError,
    InsufficientBalanceError,
    LegPatternError,
    LotError,
    LotExpiredError,
    OverCapError,
    PolicyMissingError,
    TimebankError,
)
from timebank.ledger.model import DraftLeg, Place
from timebank.ledger.rules.prices import price_of

TOMORROW = "2026-11-23"


@pytest.fixture
def market() -> Market:
    """A shop with rice, which costs 20 points."""
    market = Market()
    price(market, 20)
    for lot, facts in (
        ("rice-1", {}),
        ("rice-old", {"expires": "2026-11-21"}),
        ("rice-aid", {"uses": ("aid",)}),
    ):
        market.rice(lot, **facts)
        market.stock(lot, 10)
    return market


def price(market: Market, value: int, commodity: str = "POINT", **more: Any) -> int:  # noqa: ANN401
    return market.setting("price", value, commodity=commodity, goods="RICE", **more)


def test_the_price_in_force_on_the_day_counts(market: Market) -> None:
    price(market, 30, in_force=TOMORROW)
    state = market.bench.state

    assert price_of(state, TODAY, "POINT", "RICE") == 20
    assert price_of(state, TOMORROW, "POINT", "RICE") == 30
    for day, commodity in (("2026-11-21", "POINT"), (TODAY, "HOUR")):
        with pytest.raises(PolicyMissingError):
            price_of(state, day, commodity, "RICE")


def test_goods_are_given_for_what_they_cost(market: Market) -> None:
    market.bench.post(market.redemption(goods(2, "rice-1")))

    assert (market.bench.balance("ana"), market.bench.balance("retired:redeemed")) == (60, 40)
    assert market.bench.balance(SHOP, "RICE", "rice-1") == 8
    market.bench.keyed_replay()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (moved(0, 1, amount=39), FigureError),
        (moved(0, 1, amount=41), FigureError),
        (moved(1, 0, amount=3), FigureError),
        (moved(0, 0), FactsError),
        (moved(1, 1), FactsError),
        (moved(0), LegPatternError),
        (moved(1), LegPatternError),
        (moved(0, 0, 1), FactsError),
        (moved(1, 0, lot="rice-old"), LotExpiredError),
        (moved(1, 0, lot="rice-aid"), LotError),
        (moved(1, 0, to=Place("world:spoiled")), LegPatternError),
        (moved(0, 1, to=Place("issued")), LegPatternError),
    ],
)
def test_points_and_goods_go_together(
    market: Market, change: Change, error: type[TimebankError]
) -> None:
    refused(market, market.bench.draft(market.redemption(goods(2, "rice-1"))), error, change)


def test_what_has_no_price_is_not_given(market: Market) -> None:
    market.bench.define("HOUR", "time")
    market.bench.issue("ana", 100, "HOUR")
    draft = market.bench.draft(market.redemption(goods(2, "rice-1")))
    paid, given = draft.legs
    in_hours = replace(draft, legs=(paid._replace(commodity="HOUR"), given))

    refused(market, in_hours, PolicyMissingError)


def test_nobody_pays_more_than_they_have(market: Market) -> None:
    draft = market.bench.draft(market.redemption(goods(6, "rice-1")))

    refused(market, draft, InsufficientBalanceError, public=False)


def test_a_pickup_code_is_good_once(market: Market) -> None:
    coded = market.redemption(goods(1, "rice-1"), pickup=hash_of("code"))
    draft = market.bench.draft(coded)
    seq = market.bench.append(draft)
    refused(market, draft, AlreadyUsedError)
    market.bench.reverse(seq)
    market.bench.append(draft)
    market.bench.keyed_replay()


def test_the_daily_limit_is_each_members_own(market: Market) -> None:
    market.setting("redeem_daily", 60, commodity="POINT")
    first = market.bench.post(market.redemption(goods(2, "rice-1")))
    market.bench.post(market.redemption(goods(3, "rice-1"), name="bo"))
    draft = market.bench.draft(market.redemption(goods(2, "rice-1")))

    error = refused(market, draft, OverCapError, public=False)
    assert (error.limit, error.used) == (60, 40)
    market.bench.reverse(first)
    market.bench.append(draft)
    refused(market, draft, OverCapError, public=False)
    market.bench.today = TOMORROW
    market.bench.post(market.redemption(goods(1, "rice-1")))
    market.bench.keyed_replay()


def test_the_log_alone_shows_that_one_redemption_is_over_the_limit(market: Market) -> None:
    market.setting("redeem_daily", 39, commodity="POINT")
    draft = market.bench.draft(market.redemption(goods(2, "rice-1")))

    error = refused(market, draft, OverCapError)

    assert (error.limit, error.used) == (39, 0)
    market.setting("redeem_daily", 40, commodity="POINT")
    market.bench.append(draft)
    market.bench.replay()


def test_a_late_redemption_has_the_price_of_its_day(market: Market) -> None:
    price(market, 30, in_force=TOMORROW)
    market.bench.today = "2026-11-24"
    market.bench.close(TOMORROW)
    late = market.bench.draft(market.redemption(goods(1, "rice-1"), belongs=TODAY))

    assert late.legs[0].amount == 20
    wrong = replace(late, legs=(late.legs[0]._replace(amount=30), late.legs[1]))
    refused(market, wrong, FigureError)
    market.bench.append(late)
    market.bench.keyed_replay()


def test_a_redemption_pays_in_one_commodity(market: Market) -> None:
    draft = market.bench.draft(market.redemption(goods(2, "rice-1")))
    paid, given = draft.legs
    half = paid._replace(amount=20)
    more = DraftLeg(20, "POINT", "", half.from_, Place("retired:redeemed"))

    error = refused(market, replace(draft, legs=(half, more, given)), FactsError, by=TWO)
    assert "in one leg" in str(error)
