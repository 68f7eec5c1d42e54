"""Goods that a fund buys: they carry it, and are for nothing that it is not for."""

from typing import Any, Literal

import pytest

from tests.ledger.bench import Bench, member_id, replay
from tests.ledger.funds import FLOOD, WINTER, book_of_funds
from timebank.errors import FundRestrictedError, LogBrokenError, LotError
from timebank.flows.definitions import RegisterLot, ValueFact
from timebank.flows.goods import Batch
from timebank.flows.intakes import TakeIn


@pytest.fixture
def bench() -> Bench:
    """A book with funds for donations, for a grant, and for the running of things."""
    return book_of_funds()


def bought(fund: str, commodity: str = "CNY", **more: Any) -> RegisterLot:  # noqa: ANN401
    fields = {"source": "purchased", "basis": "cost", "value": ValueFact(100, commodity), **more}
    return RegisterLot(commodity="RICE", lot="b-1", fund=fund, **fields)


@pytest.mark.parametrize("uses", [(), ("feast",), ("food", "feast")])
def test_goods_may_be_used_for_nothing_that_their_fund_is_not_for(
    bench: Bench, uses: tuple[str, ...]
) -> None:
    with pytest.raises(FundRestrictedError, match="is for food, shelter; name such uses"):
        bench.post(bought(FLOOD, uses=uses))


@pytest.mark.parametrize("uses", [("food",), ("shelter", "food")])
def test_goods_carry_their_fund(bench: Bench, uses: tuple[str, ...]) -> None:
    bench.post(bought(FLOOD, uses=uses))

    assert bench.state.lots["RICE", "b-1"].facts["fund"] == FLOOD


def test_the_fund_of_goods_is_in_the_money_of_their_cost(bench: Bench) -> None:
    bench.define("USD", "money", 2)

    with pytest.raises(LotError, match="there is no fund fund:winter"):
        bench.post(bought(WINTER, "USD"))
    bench.post(bought(WINTER))


def test_goods_are_not_bought_with_money_of_others(bench: Bench) -> None:
    with pytest.raises(FundRestrictedError, match="is not the association's money"):
        bench.post(bought("fund:agency"))


@pytest.mark.parametrize("source", ["partners", "suppliers", "donors"])
def test_goods_that_a_fund_bought_come_in_by_its_purchase_only(
    bench: Bench,
    source: Literal["partners", "suppliers", "donors"],
) -> None:
    bench.account("stock:yicang:quarantine")
    bench.enrol("shop", kind="stall")
    bench.post(bought(WINTER))
    bench.post(RegisterLot(commodity="RICE", lot="given", fund=WINTER, source="donated"))
    to = f"stalls#{member_id('shop')}" if source == "suppliers" else "stock:yicang"
    intakes = [
        TakeIn(to=to, source=source, goods=(Batch(commodity="RICE", lot=lot, amount=1),))
        for lot in ("b-1", "given")
    ]

    with pytest.raises(LotError if source == "donors" else FundRestrictedError):
        bench.post(intakes[0])
    with pytest.raises(LogBrokenError):
        replay(bench.forge(bench.draft(intakes[0])))
    if source == "donors":
        bench.post(intakes[1])
    else:
        with pytest.raises(FundRestrictedError, match="pays for its goods where they come in"):
            bench.post(intakes[1])
