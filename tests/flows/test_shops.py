from typing import Any

import msgspec
import pytest

from tests.ledger.bench import TODAY, hash_of, member_id
from tests.ledger.market import AGENCY, RICE, SHOP, Market, batch, goods
from timebank.errors import (
    FactsError,
    InsufficientBalanceError,
    MalformedError,
    OverflowingBalanceError,
    PolicyMissingError,
    UnknownAccountError,
)
from timebank.flows.needs import Needs, Spot, Tallied, Wanted
from timebank.flows.registry import needs_of
from timebank.ledger.encoding import MAX_INTEGER
from timebank.ledger.model import Place
from timebank.ledger.rules.names import Name

ANA, ONE = member_id("ana"), member_id("one")


@pytest.fixture
def market() -> Market:
    """A shop with three lots of rice, of which the oldest are not for everybody."""
    market = Market()
    market.setting("price", 20, commodity="POINT", goods=RICE)
    for lot, facts in (
        ("rice-1", {}),
        ("rice-2", {"expires": "2026-12-31"}),
        ("rice-aid", {"uses": ("aid",), "expires": "2026-11-30"}),
        ("rice-old", {"expires": "2026-11-21"}),
    ):
        market.rice(lot, **facts)
        market.stock(lot, 3)
    return market


def test_a_redemption_needs_the_member_the_shelf_and_the_code(market: Market) -> None:
    command = market.redemption(goods(1), goods(2, "rice-1"), pickup=hash_of("code"), day=TODAY)

    assert needs_of(command) == Needs(
        balances=frozenset(
            {Wanted("members", ANA, "POINT", ""), Wanted("retired:redeemed", "", "POINT", "")}
        ),
        lots=frozenset({(RICE, "rice-1")}),
        shelves=frozenset({(SHOP, RICE)}),
        counterparts=frozenset({Spot(SHOP, ""), Spot("world:consumed", "")}),
        names=frozenset({Name("redemption:pickup", hash_of("code"))}),
        tallies=frozenset({Tallied("redeemed", ANA, "POINT", TODAY)}),
    )


def test_shops_need_what_the_family_has(market: Market) -> None:
    assert needs_of(market.shop_sale(500, batch("rice-1", 2))).balances == {
        Wanted("stalls", ONE, RICE, "rice-1"),
        Wanted("world:customers", "", RICE, "rice-1"),
        Wanted("world:customers", "", "CNY", AGENCY),
        Wanted("stalls", ONE, "CNY", AGENCY),
    }
    assert needs_of(market.payout(5)).balances == {
        Wanted("stalls", ONE, "CNY", AGENCY),
        Wanted("world:payees", "", "CNY", AGENCY),
    }


@pytest.mark.parametrize(
    ("name", "fields", "field"),
    [
        ("redemption", {"member": "ana"}, "member"),
        ("redemption", {"commodity": "point"}, "commodity"),
        ("redemption", {"place": "stock:shop:quarantine"}, "place"),
        ("redemption", {"pickup": "1234"}, "pickup"),
        ("redemption", {"goods": (goods(1, "Lot"),)}, "goods[0].lot"),
        ("shop_sale", {"stall": "one"}, "stall"),
        ("shop_sale", {"commodity": "cny"}, "commodity"),
        ("shop_sale", {"goods": (batch("", 1),)}, "goods[0].lot"),
        ("payout", {"stall": "one"}, "stall"),
        ("payout", {"commodity": "cny"}, "commodity"),
    ],
)
def test_what_is_not_well_formed_is_told_by_field(
    market: Market, name: str, fields: dict[str, Any], field: str
) -> None:
    good = {
        "redemption": market.redemption(goods(1)),
        "shop_sale": market.shop_sale(500),
        "payout": market.payout(5),
    }[name]
    needs_of(good)

    with pytest.raises(MalformedError) as caught:
        needs_of(msgspec.structs.replace(good, **fields))
    assert caught.value.field == field


def test_points_are_computed_and_lots_found(market: Market) -> None:
    draft = market.bench.draft(market.redemption(goods(4)))

    points, *given = draft.legs
    assert (points.amount, points.commodity, points.to) == (80, "POINT", Place("retired:redeemed"))
    assert [(leg.amount, leg.lot) for leg in given] == [(3, "rice-2"), (1, "rice-1")]
    assert all((leg.from_, leg.to) == (Place(SHOP), Place("world:consumed")) for leg in given)
    assert draft.public == {}


def test_what_cannot_be_given_is_told(market: Market) -> None:
    with pytest.raises(InsufficientBalanceError, match="has 6 RICE, 1 too few"):
        market.bench.draft(market.redemption(goods(7)))
    with pytest.raises(PolicyMissingError, match="no price of RICE in HOUR"):
        market.bench.draft(market.redemption(goods(1), commodity="HOUR"))
    with pytest.raises(UnknownAccountError):
        market.bench.draft(market.redemption(goods(1), name="cy"))
    market.setting("price", 0, commodity="POINT", goods=RICE)
    with pytest.raises(FactsError, match="goods: cost nothing by the price list"):
        market.bench.draft(market.redemption(goods(1)))
    market.setting("price", MAX_INTEGER, commodity="POINT", goods=RICE)
    with pytest.raises(OverflowingBalanceError):
        market.bench.draft(market.redemption(goods(2)))


def test_a_shop_sells_the_familys_goods_and_pays_out_its_takings(market: Market) -> None:
    stall = Place("stalls", market.bench.number("one"))
    sold = market.bench.draft(market.shop_sale(500, batch("rice-1", 2)))

    assert [(leg.amount, leg.lot, leg.from_, leg.to) for leg in sold.legs] == [
        (2, "rice-1", stall, Place("world:customers")),
        (500, AGENCY, Place("world:customers"), stall),
    ]
    (paid,) = market.bench.draft(market.payout(500)).legs
    assert (paid.from_, paid.to, paid.lot) == (stall, Place("world:payees"), AGENCY)
