from typing import Any

import msgspec
import pytest

from tests.ledger.bench import hash_of, member_id
from tests.ledger.market import AGENCY, CASH, POOL, RICE, YICANG, Market, points
from timebank.errors import (
    FactsError,
    LotError,
    MalformedError,
    ReferredError,
    SamePersonError,
    UnknownAccountError,
    UnknownEntryError,
)
from timebank.flows.needs import Needs, Spot, Wanted
from timebank.flows.registry import needs_of
from timebank.ledger.model import Draft, Place
from timebank.ledger.rules.names import Name


@pytest.fixture
def market() -> Market:
    """A market filed by entry 17."""
    return Market()


def changed(command: msgspec.Struct, **fields: Any) -> Any:  # noqa: ANN401 - of the same type
    return msgspec.structs.replace(command, **fields)


def legs(draft: Draft) -> list[tuple[int, str, Place, Place]]:
    return [(leg.amount, leg.lot, leg.from_, leg.to) for leg in draft.legs]


# --- what they need -------------------------------------------------------------------------------


def test_a_filing_needs_its_fund_and_its_name(market: Market) -> None:
    assert needs_of(market.filing()) == Needs(
        lots=frozenset({("CNY", POOL)}), names=frozenset({Name("market.filed:market", "yiji-1")})
    )


def test_a_sale_needs_the_market_and_all_who_pay_and_are_paid(market: Market) -> None:
    one, ana, bo = map(member_id, ("one", "ana", "bo"))
    found = needs_of(market.sale(100, points=points(5)))

    assert found == Needs(
        balances=frozenset(
            {
                Wanted("world:customers", "", "CNY", AGENCY),
                Wanted("stalls", one, "CNY", AGENCY),
                Wanted("members", ana, "POINT", ""),
                Wanted("members", bo, "POINT", ""),
            }
        ),
        lots=frozenset({("CNY", AGENCY)}),
        entries=frozenset({17}),
        counterparts=frozenset({Spot("world:customers", "")}),
    )


def test_a_purchase_needs_what_was_filed_and_whether_a_lot_was_bought(market: Market) -> None:
    found = needs_of(market.purchase("rice-1", 900))
    assert found.entries == {17}
    assert found.names == {Name("purchased", "RICE/rice-1")}
    assert found.lots == {("CNY", POOL), (RICE, "rice-1")}
    assert Wanted(f"{YICANG}:quarantine", "", RICE, "rice-1") in found.balances

    by_plan = needs_of(market.purchase("rice-1", 900, market=None, plan=9))
    assert by_plan.entries == {9}
    assert by_plan.names == {*found.names, Name("report.filed:plan", "9")}


def test_takings_and_reports_need_the_market(market: Market) -> None:
    found = needs_of(market.takings(one=5))
    assert found.entries == {17}
    assert Wanted("stalls", member_id("one"), "CNY", AGENCY) in found.balances
    assert needs_of(market.report()) == Needs(
        entries=frozenset({17}), names=frozenset({Name("market.reported:market", "17")})
    )


@pytest.mark.parametrize(
    ("name", "fields", "field"),
    [
        ("filing", {"held": "soon"}, "held"),
        ("filing", {"market": "Yiji"}, "market"),
        ("filing", {"cash": "cash market"}, "cash"),
        ("filing", {"fund": "Pool"}, "fund"),
        ("filing", {"commodity": "cny"}, "commodity"),
        ("filing", {"place": "a\u0000"}, "place"),
        ("sale", {"price": 0}, "price"),
        ("sale", {"stall": "one"}, "stall"),
        ("sale", {"commodity": "cny"}, "commodity"),
        ("sale", {"points": points(5, seller="ana")}, "points.seller"),
        ("takings", {"counters": ("a\u0000", "b")}, "counters[0]"),
        ("takings", {"commodity": "cny"}, "commodity"),
        ("purchase", {"place": "stock:a:quarantine"}, "place"),
        ("purchase", {"account": "Cash"}, "account"),
        ("purchase", {"fund": "Pool"}, "fund"),
        ("report", {"evidence": ("x",)}, "evidence[0]"),
    ],
)
def test_what_is_not_well_formed_is_told_by_field(
    market: Market, name: str, fields: dict[str, Any], field: str
) -> None:
    good = {
        "filing": market.filing(),
        "sale": market.sale(100),
        "takings": market.takings(one=5, two=6),
        "purchase": market.purchase("rice-1", 900),
        "report": market.report(),
    }[name]
    needs_of(good)

    with pytest.raises(MalformedError) as caught:
        needs_of(changed(good, **fields))
    assert caught.value.field == field


def test_what_is_named_twice_or_of_nobody_is_told(market: Market) -> None:
    takings, bought = market.takings(one=5), market.purchase("rice-1", 900)
    (taken,) = takings.stalls
    for command, field in (
        (changed(takings, stalls=(taken, taken)), "stalls"),
        (changed(takings, stalls=(changed(taken, stall="x"),)), "stalls[0].stall"),
        (changed(takings, stalls=(changed(taken, taken_by="\u0000"),)), "stalls[0].taken_by"),
        (changed(bought, lots=bought.lots * 2), "lots"),
        (changed(bought, lots=(changed(bought.lots[0], commodity="x"),)), "lots[0].commodity"),
        (changed(bought, lots=(changed(bought.lots[0], lot="X"),)), "lots[0].lot"),
        (market.sale(points=changed(points(5), buyer="x")), "points.buyer"),
        (market.sale(points=changed(points(5), commodity="x")), "points.commodity"),
    ):
        with pytest.raises(MalformedError) as caught:
            needs_of(command)
        assert caught.value.field == field


# --- what they make -------------------------------------------------------------------------------


def test_a_filing_says_all_of_it_in_public(market: Market) -> None:
    public = market.bench.entry(17).public

    assert (public["market"], public["share"], public["stall_fee"]) == ("yiji-1", 105, 0)
    assert "day" not in public


def test_a_sale_is_computed_from_its_price(market: Market) -> None:
    draft = market.bench.draft(market.sale(1_000, points=points(5)))

    customers, stall = Place("world:customers"), Place("stalls", market.bench.number("one"))
    ana, bo = (Place("members", market.bench.number(name)) for name in ("ana", "bo"))
    assert legs(draft) == [
        (105, POOL, customers, Place(CASH)),
        (895, AGENCY, customers, stall),
        (5, "", ana, bo),
    ]
    assert draft.public == {"market": 17, "price": 1_000}


def test_a_sale_for_points_alone_says_its_stall_in_the_seal(market: Market) -> None:
    draft = market.bench.draft(market.sale(points=points(5)))

    assert (len(draft.legs), draft.public["price"]) == (1, 0)
    assert draft.details[0]["stall"] == member_id("one")


def test_takings_seal_who_counted_and_who_took_them_home(market: Market) -> None:
    draft = market.bench.draft(market.takings(one=5, two=6))

    assert [(leg.amount, leg.to) for leg in draft.legs] == [
        (5, Place("world:payees")),
        (6, Place("world:payees")),
    ]
    assert draft.public == {"market": 17}
    (sealed,) = draft.details
    assert sealed["counters"] == ["first", "second"]
    assert sealed["taken_by"] == ["holder of one", "holder of two"]


def test_who_counts_takes_nothing_home(market: Market) -> None:
    takings = market.takings(one=5)
    (taken,) = takings.stalls

    for wrong in (
        changed(takings, counters=("first", "first")),
        changed(takings, stalls=(changed(taken, taken_by="second"),)),
    ):
        with pytest.raises(SamePersonError):
            market.bench.draft(wrong)


def test_a_purchase_takes_its_costs_from_the_lots(market: Market) -> None:
    market.rice("rice-1", 900)
    command = market.purchase("rice-1", 920, fees=20, supplier="粮店")
    draft = market.bench.draft(command)

    suppliers = Place("world:suppliers")
    assert legs(draft) == [
        (920, POOL, Place(CASH), suppliers),
        (10, "rice-1", suppliers, Place(f"{YICANG}:quarantine")),
    ]
    assert draft.public["lots"] == [{"commodity": RICE, "cost": 900, "lot": "rice-1"}]
    assert draft.details[0]["supplier"] == "粮店"
    with pytest.raises(LotError, match="rice-2 was not registered as bought"):
        market.bench.draft(market.purchase("rice-2", 900))


def test_a_market_that_is_not_there_or_takes_other_money_is_told(market: Market) -> None:
    for command in (market.sale(100, market=99), changed(market.takings(one=5), market=99)):
        with pytest.raises(UnknownEntryError):
            market.bench.draft(command)
    for command in (market.sale(100, market=1), changed(market.takings(one=5), market=1)):
        with pytest.raises(ReferredError, match=r"market: entry 1 is no market\.filed"):
            market.bench.draft(command)
    with pytest.raises(FactsError, match="price: must be in CNY"):
        market.bench.draft(market.sale(100, commodity="USD"))
    with pytest.raises(UnknownAccountError):
        market.bench.draft(market.sale(100, stall="three"))


def test_a_report_has_its_evidence_in_public(market: Market) -> None:
    draft = market.bench.draft(market.report())

    assert draft.public == {
        "evidence": [hash_of("sheet")],
        "market": 17,
        "stalls": 2,
        "visitors": 90,
    }
    assert draft.details == ()
