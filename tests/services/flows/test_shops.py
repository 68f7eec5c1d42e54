"""Charity supermarket 公益超市 and grid shop 义坊 through the journal, on both databases."""

from typing import Any

import pytest

from tests.installations import Community, open_balance
from tests.ledger.bench import hash_of
from tests.services.flows.checks import check_book, has, refused
from timebank.errors import (
    AlreadyUsedError,
    CapacityError,
    HolderGoneError,
    InsufficientBalanceError,
    LegPatternError,
    LotError,
    LotExpiredError,
    LotRecalledError,
    NotSettledError,
    OverCapError,
    PolicyMissingError,
    TimebankError,
    UnknownAccountError,
    UnknownCommodityError,
)
from timebank.flows.command import Command
from timebank.flows.counts import Spoil
from timebank.flows.definitions import (
    DefineCommodity,
    OpenAccount,
    RegisterLot,
    SetPolicy,
    SettingFact,
)
from timebank.flows.goods import Batch, Goods
from timebank.flows.intakes import TakeIn
from timebank.flows.periods import Close
from timebank.flows.reversals import Reverse
from timebank.flows.shops import PayOut, Redeem, SellInShop
from timebank.services import members
from timebank.services.balances import member_balances
from timebank.services.posting import post_batch

SHOP, YICANG, AGENCY = "stock:supermarket", "stock:yicang", "fund:agency"
RICE, SOAP = "RICE-5KG", "SOAP"
TREASURER = ("staff:treasurer:1",)
TWO = ("staff:storekeeper:1", "staff:treasurer:2")

Cases = list[tuple[Command, type[TimebankError]]]
"""Commands, and how each is refused."""


@pytest.fixture
def book(community: Community) -> Community:
    """A supermarket with rice for 20 and soap for 3 points, and the stalls of two families."""
    for command in (
        OpenAccount(account=SHOP),
        DefineCommodity(commodity=SOAP, commodity_kind="goods", scale=0),
        RegisterLot(commodity="CNY", lot=AGENCY),
        RegisterLot(commodity=RICE, lot="rice-2", expires="2026-09-01"),
        RegisterLot(commodity=RICE, lot="rice-old", expires="2026-02-28"),
        RegisterLot(commodity=RICE, lot="rice-aid", expires="2026-04-01", uses=("aid",)),
        RegisterLot(commodity=SOAP, lot="soap-1", uses=("reward", "aid")),
        RegisterLot(commodity=SOAP, lot="soap-2", expires="2026-03-20"),
        SetPolicy(settings=(price(RICE, 20), price(SOAP, 3), daily(60))),
    ):
        community.post(command)
    for lot in ("rice-1", "rice-2", "rice-old", "rice-aid"):
        open_balance(community, SHOP, 3, commodity=RICE, lot=lot)
    open_balance(community, SHOP, 40, commodity=SOAP, lot="soap-1")
    community.enrol("吴家", "郑家", kind="stall")
    return community


def price(goods: str, value: int) -> SettingFact:
    return SettingFact(setting="price", commodity="POINT", goods=goods, value=value)


def daily(value: int) -> SettingFact:
    return SettingFact(setting="redeem_daily", commodity="POINT", value=value)


def goods(commodity: str, amount: int, lot: str = "") -> Goods:
    return Goods(commodity=commodity, amount=amount, lot=lot)


def redemption(book: Community, *wanted: Goods, name: str = "王", **more: Any) -> Redeem:  # noqa: ANN401
    fields: dict[str, Any] = {"commodity": "POINT", "place": SHOP, **more}
    return Redeem(member=book.ids[name], goods=wanted, **fields)


def shop_sale(book: Community, price: int, *sold: Batch, stall: str = "吴家") -> SellInShop:
    return SellInShop(stall=book.ids[stall], commodity="CNY", price=price, goods=sold)


def payout(book: Community, amount: int, stall: str = "吴家") -> PayOut:
    return PayOut(stall=book.ids[stall], commodity="CNY", amount=amount)


def batch(amount: int, lot: str = "soap-1", commodity: str = SOAP) -> Batch:
    return Batch(commodity=commodity, lot=lot, amount=amount)


def owned(book: Community, name: str, commodity: str = "POINT", account: str = "members") -> int:
    rows = member_balances(book.installation, book.slug, book.ids[name]).rows
    return sum(row.balance for row in rows if (row.account, row.commodity) == (account, commodity))


def check_till(book: Community) -> None:
    """The agency cash in the till is what the families are owed, and nobody else has any of it."""
    found = has(book, "stalls", lot=AGENCY)
    assert found == sum(owned(book, name, "CNY", "stalls") for name in ("吴家", "郑家"))
    outside = has(book, "world:customers", lot=AGENCY) + has(book, "world:payees", lot=AGENCY)
    assert found + outside == 0


# --- charity supermarket ----------------------------------------------------------------------


def test_goods_are_given_for_points_by_the_price_list_in_force(book: Community) -> None:
    """Of the lots that are not named, those that expire first and may be given as a reward."""
    book.post(redemption(book, goods(RICE, 1), goods(SOAP, 2), pickup=hash_of("code")))
    assert owned(book, "王") == 100 - 26
    assert has(book, SHOP, RICE, "rice-2") == 2
    assert has(book, "retired:redeemed", "POINT") == 26
    assert has(book, "world:consumed", SOAP, "soap-1") == 2

    book.post(SetPolicy(settings=(price(SOAP, 5), daily(1_000)), in_force="2026-03-05"))
    book.clock.advance(days=4)
    assert book.post(redemption(book, goods(SOAP, 1))).entry.legs[0].amount == 5
    assert book.post(redemption(book, goods(SOAP, 1), day="2026-03-04")).entry.legs[0].amount == 3
    book.post(Close(until="2026-03-04"))
    late = redemption(book, goods(RICE, 1, "rice-1"), goods(SOAP, 1), belongs="2026-03-04")
    assert book.post(late).entry.legs[0].amount == 23
    check_book(book)


def test_points_and_goods_go_together_or_not_at_all(book: Community) -> None:
    """Each refusal that the supermarket knows, after which nothing has changed."""
    book.post(DefineCommodity(commodity="OIL", commodity_kind="goods", scale=0))
    book.post(RegisterLot(commodity="OIL", lot="oil-1"))
    open_balance(book, SHOP, 3, commodity="OIL", lot="oil-1")
    recalled = Spoil(account=SHOP, goods=(batch(1, "rice-1", RICE),), reason="recalled")
    book.post(recalled, by=TWO)
    soap = goods(SOAP, 1)
    cases: Cases = [
        (redemption(book, goods("OIL", 1)), PolicyMissingError),
        (redemption(book, soap, commodity="HOUR"), PolicyMissingError),
        (redemption(book, goods("CANDLE", 1)), UnknownCommodityError),
        (redemption(book, goods(SOAP, 1, "soap-9")), LotError),
        (redemption(book, goods(SOAP, 41)), InsufficientBalanceError),
        (redemption(book, goods(SOAP, 1, "soap-2")), InsufficientBalanceError),
        (redemption(book, goods(RICE, 1, "rice-old")), LotExpiredError),
        (redemption(book, goods(RICE, 1, "rice-aid")), LotError),
        (redemption(book, goods(RICE, 1, "rice-1")), LotRecalledError),
        (redemption(book, goods(RICE, 4)), InsufficientBalanceError),
        (redemption(book, soap, name="李"), InsufficientBalanceError),
        (redemption(book, soap, name="吴家"), LegPatternError),
        (redemption(book, soap, place="stock:other"), UnknownAccountError),
        (redemption(book, goods(SOAP, 21)), OverCapError),
    ]
    for command, error in cases:
        refused(book, command, error)
    refused(book, redemption(book, soap), CapacityError, by=("member",))
    check_book(book)


def test_a_pickup_code_is_good_once_and_again_after_a_reversal(book: Community) -> None:
    coded = redemption(book, goods(SOAP, 1), pickup=hash_of("code"))
    first = book.post(coded)
    other = redemption(book, goods(SOAP, 2), pickup=hash_of("code"))
    refused(book, other, AlreadyUsedError)
    book.post(Reverse(reverses=first.seq))
    assert (owned(book, "王"), has(book, SHOP, SOAP)) == (100, 40)
    book.post(other)
    check_book(book)


def test_what_a_member_redeems_on_a_day_is_limited(book: Community) -> None:
    """In one batch too; what is reversed does not count, nor what was on another day."""
    book.clock.advance(days=1)
    seq = book.post(redemption(book, goods(RICE, 2))).seq
    postings = [
        book.posting(redemption(book, goods(SOAP, amount), **more))
        for amount, more in ((6, {}), (1, {}), (10, {"day": "2026-03-01"}))
    ]
    outcomes = post_batch(book.installation, book.slug, postings, atomic=False)
    assert [isinstance(one, OverCapError) for one in outcomes] == [False, True, False]
    error = refused(book, redemption(book, goods(SOAP, 1)), OverCapError)
    assert error.details() == {
        "setting": "redeem_daily",
        "commodity": "POINT",
        "limit": 60,
        "used": 58,
    }
    book.post(Reverse(reverses=seq))
    book.post(redemption(book, goods(SOAP, 14)))
    refused(book, redemption(book, goods(SOAP, 1)), OverCapError)
    book.clock.advance(days=1)
    assert owned(book, "王") == 100 - 18 - 30 - 42
    book.post(redemption(book, goods(SOAP, 3)))
    check_book(book)


# --- grid shop --------------------------------------------------------------------------------


def test_a_family_gets_all_that_its_shelf_takes_in(book: Community) -> None:
    stall = f"stalls#{book.ids['吴家']}"
    book.post(TakeIn(to=stall, goods=(batch(5),), source="suppliers"))
    book.post(shop_sale(book, 1_250, batch(2)))
    book.post(shop_sale(book, 80))
    book.post(shop_sale(book, 300, stall="郑家"))
    wrong = book.post(shop_sale(book, 700, batch(3)))
    book.post(Reverse(reverses=wrong.seq))
    assert (owned(book, "吴家", "CNY", "stalls"), owned(book, "吴家", SOAP, "stalls")) == (1_330, 3)
    check_till(book)
    assert "world:payees" in str(book.post(payout(book, 1_330), by=TREASURER).entry.legs)
    assert (owned(book, "吴家", "CNY", "stalls"), has(book, "stalls", lot=AGENCY)) == (0, 300)
    check_till(book)
    check_book(book)


def test_nothing_of_a_family_goes_to_another(book: Community) -> None:
    """Neither goods nor takings, and nothing that is spoilt is sold."""
    stall = f"stalls#{book.ids['吴家']}"
    for lot in (batch(5), batch(5, "rice-old", RICE), batch(5, "rice-2", RICE)):
        book.post(TakeIn(to=stall, goods=(lot,), source="suppliers"))
    open_balance(book, YICANG, 1, commodity=RICE, lot="rice-2")
    recall = Spoil(account=YICANG, goods=(batch(1, "rice-2", RICE),), reason="recalled")
    book.post(recall, by=TWO)
    book.post(shop_sale(book, 500))
    cases: Cases = [
        (shop_sale(book, 100, batch(1), stall="郑家"), InsufficientBalanceError),
        (shop_sale(book, 100, batch(6)), InsufficientBalanceError),
        (shop_sale(book, 100, batch(1, "rice-old", RICE)), LotExpiredError),
        (shop_sale(book, 100, batch(1, "rice-2", RICE)), LotRecalledError),
        (shop_sale(book, 100, stall="王"), LegPatternError),
        (payout(book, 501), InsufficientBalanceError),
        (payout(book, 1, stall="郑家"), InsufficientBalanceError),
        (payout(book, 1, stall="王"), LegPatternError),
    ]
    for command, error in cases:
        refused(book, command, error)
    refused(book, payout(book, 1), CapacityError, by=("staff:coordinator:1",))
    refused(book, shop_sale(book, 1), CapacityError, by=("member",))
    check_book(book)


def test_a_stall_leaves_when_it_is_owed_nothing(book: Community) -> None:
    book.post(shop_sale(book, 500))
    with pytest.raises(NotSettledError):
        members.leave(book.installation, book.slug, book.ids["吴家"], by=("system",))
    book.post(payout(book, 500), by=TREASURER)
    members.leave(book.installation, book.slug, book.ids["吴家"], by=("system",))
    refused(book, shop_sale(book, 1), HolderGoneError)
    stalls = members.list_members(book.installation, book.slug, kind="stall")
    assert [(one.name, one.left) for one in stalls] == [("吴家", True), ("郑家", False)]
    check_book(book)
