"""Lots of goods and funds of money: what is said of them when they are registered."""

from typing import Any

import pytest

from tests.ledger.bench import Bench
from tests.ledger.definitions import append, book_of_all_sorts
from timebank.errors import AlreadyDefinedError, FactsError, LotError, UnknownCommodityError


@pytest.fixture
def bench() -> Bench:
    """A book with points, hours, money with a fund, and rice."""
    return book_of_all_sorts()


def lot(bench: Bench, commodity: str, lot: str, **facts: Any) -> int:  # noqa: ANN401 - any fact
    return append(bench, "lot.registered", commodity=commodity, lot=lot, **facts)


VALUE = {"amount": 1_200, "commodity": "CNY"}


def test_a_lot_of_goods_says_where_it_comes_from_and_what_it_is_worth(bench: Bench) -> None:
    facts = {
        "basis": "cost",
        "expires": "2027-01-31",
        "fund": "fund:flood-2026",
        "source": "purchased",
        "title": "东北大米",
        "uses": ["household", "kitchen"],
        "value": VALUE,
    }
    lot(bench, "RICE", "b-17", **facts)

    assert bench.state.lots["RICE", "b-17"].facts["value"] == VALUE


def test_a_lot_is_registered_once_in_its_commodity(bench: Bench) -> None:
    bench.define("TEA", "goods")
    bench.lot("RICE", "b-17")
    bench.lot("TEA", "b-17")

    with pytest.raises(AlreadyDefinedError, match="lot b-17 is defined already"):
        bench.lot("RICE", "b-17")


@pytest.mark.parametrize("commodity", ["POINT", "HOUR"])
def test_hours_and_points_have_no_lots(bench: Bench, commodity: str) -> None:
    with pytest.raises(LotError, match="hours and points have no lots"):
        bench.lot(commodity, "fund:a")


def test_a_lot_is_of_a_commodity_that_was_defined(bench: Bench) -> None:
    with pytest.raises(UnknownCommodityError):
        bench.lot("TEA", "b-17")


@pytest.mark.parametrize(("commodity", "code"), [("CNY", "b-17"), ("RICE", "fund:flood-2026")])
def test_a_fund_is_a_lot_of_money_and_nothing_else_is(
    bench: Bench, commodity: str, code: str
) -> None:
    with pytest.raises(LotError, match=r"money is in fund:\.\.\., goods are not"):
        bench.lot(commodity, code)


@pytest.mark.parametrize(
    "facts",
    [
        {"basis": "cost"},
        {"expires": "2027-01-31"},
        {"fund": "fund:flood-2026"},
        {"source": "donated"},
        {"uses": ["household"]},
        {"value": VALUE},
    ],
)
def test_a_fund_has_no_facts_of_goods(bench: Bench, facts: dict[str, Any]) -> None:
    with pytest.raises(FactsError, match="a fund has no"):
        lot(bench, "CNY", "fund:other", **facts)


@pytest.mark.parametrize("facts", [{"basis": "cost"}, {"value": VALUE}])
def test_value_and_basis_go_together(bench: Bench, facts: dict[str, Any]) -> None:
    with pytest.raises(FactsError, match="value and basis go together"):
        lot(bench, "RICE", "b-17", **facts)


def test_a_value_is_in_money(bench: Bench) -> None:
    with pytest.raises(FactsError, match=r"value\.commodity: must be money"):
        lot(bench, "RICE", "b-17", basis="cost", value={**VALUE, "commodity": "POINT"})
    with pytest.raises(UnknownCommodityError):
        lot(bench, "RICE", "b-17", basis="cost", value={**VALUE, "commodity": "USD"})


@pytest.mark.parametrize("fund", ["fund:other", "b-16"])
def test_goods_are_bought_from_a_fund_that_there_is(bench: Bench, fund: str) -> None:
    bench.lot("RICE", "b-16")

    with pytest.raises(LotError, match=f"there is no fund {fund}"):
        lot(bench, "RICE", "b-17", fund=fund)
