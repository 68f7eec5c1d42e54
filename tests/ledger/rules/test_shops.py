"""Grid shops: what a family's shelf takes in is theirs."""

import pytest
from msgspec.structs import replace

from tests.ledger.bench import member_id
from tests.ledger.market import AGENCY, POOL, TWO, Market, batch, moved, refused
from timebank.errors import (
    CapacityError,
    FactsError,
    InsufficientBalanceError,
    LegPatternError,
    LotExpiredError,
)
from timebank.flows.intakes import TakeIn
from timebank.ledger.model import Place


@pytest.fixture
def market() -> Market:
    """A family with ten of rice on its shelf."""
    market = Market()
    market.rice("rice-1")
    to = f"stalls#{member_id('one')}"
    market.bench.post(TakeIn(to=to, goods=(batch("rice-1", 10),), source="suppliers"))
    return market


def test_goods_go_and_money_comes_to_the_same_family(market: Market) -> None:
    seq = market.bench.post(market.shop_sale(500, batch("rice-1", 4)))
    market.bench.post(market.shop_sale(80))

    assert (market.owed("one"), market.owed("one", "RICE", "rice-1")) == (580, 6)
    market.bench.reverse(seq)
    market.bench.post(market.shop_sale(500, batch("rice-1", 10)))
    market.bench.keyed_replay()


def test_the_money_for_goods_goes_to_nobody_else(market: Market) -> None:
    draft = market.bench.draft(market.shop_sale(500, batch("rice-1", 4)))
    goods, money = draft.legs
    other = money._replace(to=Place("stalls", market.bench.number("two")))

    refused(market, replace(draft, legs=(goods, other)), LegPatternError, public=False)


def test_goods_are_paid_in_one_leg(market: Market) -> None:
    draft = market.bench.draft(market.shop_sale(500, batch("rice-1", 4)))

    refused(market, draft, FactsError, moved(0))
    refused(market, draft, FactsError, moved(1, 1))
    refused(market, draft, LegPatternError, moved(1, lot=POOL))


def test_a_family_sells_and_is_paid_what_it_has(market: Market) -> None:
    draft = market.bench.draft(market.shop_sale(500, batch("rice-1", 11)))
    refused(market, draft, InsufficientBalanceError)

    market.bench.post(market.shop_sale(500))
    market.bench.post(market.shop_sale(500, stall="two"))
    too_much = market.bench.draft(market.payout(501))
    refused(market, too_much, InsufficientBalanceError, public=False)
    both = replace(too_much, legs=too_much.legs * 2)
    refused(market, both, LegPatternError)
    refused(market, too_much, CapacityError, by=("app:till", "staff:storekeeper:1"))
    seq = market.bench.post(market.payout(500), by=TWO)
    market.bench.reverse(seq)
    market.bench.post(market.payout(500), by=TWO)
    assert (market.owed("one"), market.bench.balance("stalls", "CNY", AGENCY)) == (0, 500)
    market.bench.keyed_replay()


def test_nothing_is_sold_that_expired(market: Market) -> None:
    market.rice("rice-old", expires="2026-11-21")
    to = f"stalls#{member_id('one')}"
    market.bench.post(TakeIn(to=to, goods=(batch("rice-old", 1),), source="suppliers"))
    draft = market.bench.draft(market.shop_sale(10, batch("rice-old", 1)))

    refused(market, draft, LotExpiredError)
