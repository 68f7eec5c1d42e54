"""Charity supermarket 公益超市 and grid shop 义坊: goods for points, and a shelf run for a family.

What is redeemed is one entry, ``members#a -> retired:redeemed`` and ``stock:supermarket ->
world:consumed``. A shop sells the family's goods, ``stalls#f -> world:customers``, for money that
is the family's, ``world:customers -> stalls#f`` in ``fund:agency``, and pays it out to them by
``stalls#f -> world:payees``.
"""

from collections.abc import Iterator
from typing import Annotated, Final

import msgspec

from timebank.errors import FactsError, OverflowingBalanceError
from timebank.flows.checks import check_hash
from timebank.flows.command import Flow, PostedCommand
from timebank.flows.drafts import draft_of_goods, draft_of_legs
from timebank.flows.facts import Facts, account_of, needs_of_legs
from timebank.flows.goods import (
    Batch,
    GoodsList,
    check_goods,
    check_place,
    day_of,
    leg_of,
    needs_of_shelf,
    pick,
)
from timebank.flows.needs import Needs, Tallied, Wanted
from timebank.ledger import codes
from timebank.ledger.encoding import MAX_INTEGER
from timebank.ledger.model import Amount, Draft, DraftLeg, Leg, Place
from timebank.ledger.rules.markets import AGENCY, CUSTOMERS, STALLS
from timebank.ledger.rules.names import name_of_fact
from timebank.ledger.rules.prices import REDEEMED, cost_of

MEMBERS: Final = "members"
REDEEMED_POINTS: Final = "retired:redeemed"
CONSUMED: Final = "world:consumed"
PAYEES: Final = "world:payees"
REWARD: Final = "reward"


class Redeem(PostedCommand, frozen=True, kw_only=True, tag="redemption"):
    """Give a ``member`` goods from the shelf of a ``place`` for hours or points 积分兑换.

    What they cost in the ``commodity`` follows from the price list in force. ``pickup`` is the
    base64 SHA-256 of a pickup code 取货码, which is good once.
    """

    member: str
    commodity: str
    place: str
    goods: GoodsList
    pickup: str | None = None


class SellInShop(PostedCommand, frozen=True, kw_only=True, tag="shop.sale"):
    """Sell at a grid shop 义坊 for the family whose ``stall`` it is, who get all of the price.

    ``goods`` of theirs that the book knows leave it with the sale.
    """

    stall: str
    commodity: str
    price: Amount
    goods: Annotated[tuple[Batch, ...], msgspec.Meta(max_length=32)] = ()


class PayOut(PostedCommand, frozen=True, kw_only=True, tag="payout"):
    """Pay a family takings of their own ``stall``, at most what it is owed."""

    stall: str
    commodity: str
    amount: Amount


def needs_of_redemption(command: Redeem) -> Needs:
    """What the member has and has redeemed, the shelf, and the pickup code.

    Raises MalformedError.
    """
    codes.check_code("commodity", command.commodity, field="commodity")
    check_place(command.place, "place")
    check_goods(command.goods, "goods")
    if command.pickup is not None:
        check_hash(command.pickup, "pickup")
    codes_taken = [name_of_fact("redemption", "pickup", command.pickup)] if command.pickup else []
    account_of(command.member, MEMBERS, "member")
    tallied = Tallied(REDEEMED, command.member, command.commodity, command.day or "")
    return needs_of_shelf(command.place, command.goods, CONSUMED) | Needs(
        balances=frozenset(
            {
                Wanted(MEMBERS, command.member, command.commodity, ""),
                Wanted(REDEEMED_POINTS, "", command.commodity, ""),
            }
        ),
        names=frozenset(codes_taken),
        tallies=frozenset({tallied}),
    )


def build_redemption(command: Redeem, facts: Facts) -> Draft:
    """The draft of a redemption: of the lots that are not named, those that expire first.

    Raises FactsError where it costs nothing, PolicyMissingError where there is no price,
    OverflowingBalanceError, and what :func:`timebank.flows.goods.pick` raises.
    """
    day = day_of(command, facts)
    batches = pick(command.place, command.goods, day, facts, use=REWARD)
    amounts = ((one.commodity, one.amount) for one in command.goods)
    cost = cost_of(facts.state, day, command.commodity, amounts)
    if not cost:
        raise FactsError("goods", "cost nothing by the price list")
    if cost > MAX_INTEGER:
        raise OverflowingBalanceError(REDEEMED_POINTS, command.commodity)
    member = facts.place(account_of(command.member, MEMBERS, "member"))
    paid = DraftLeg(cost, command.commodity, "", member, Place(REDEEMED_POINTS))
    handed = (leg_of(batch, Place(command.place), Place(CONSUMED)) for batch in batches)
    return draft_of_goods("redemption", command, (paid, *handed), facts, pickup=command.pickup)


def needs_of_shop_sale(command: SellInShop) -> Needs:
    """What the family has, of money and of the goods. Raises MalformedError."""
    codes.check_code("commodity", command.commodity, field="commodity")
    check_goods(command.goods, "goods")
    return needs_of_legs(_legs_of_shop_sale(command))


def build_shop_sale(command: SellInShop, facts: Facts) -> Draft:
    """The draft of a sale in a shop."""
    return draft_of_legs("shop.sale", command, tuple(_legs_of_shop_sale(command)), facts)


def needs_of_payout(command: PayOut) -> Needs:
    """What the family is owed. Raises MalformedError."""
    codes.check_code("commodity", command.commodity, field="commodity")
    return needs_of_legs([_leg_of_payout(command)])


def build_payout(command: PayOut, facts: Facts) -> Draft:
    """The draft of a payout."""
    return draft_of_legs("payout", command, (_leg_of_payout(command),), facts)


def _legs_of_shop_sale(command: SellInShop) -> Iterator[Leg]:
    stall = account_of(command.stall, STALLS, "stall")
    for one in command.goods:
        yield Leg(
            amount=one.amount, commodity=one.commodity, from_=stall, to=CUSTOMERS, lot=one.lot
        )
    yield Leg(
        amount=command.price, commodity=command.commodity, from_=CUSTOMERS, to=stall, lot=AGENCY
    )


def _leg_of_payout(command: PayOut) -> Leg:
    stall = account_of(command.stall, STALLS, "stall")
    return Leg(
        amount=command.amount, commodity=command.commodity, from_=stall, to=PAYEES, lot=AGENCY
    )


FLOWS = (
    Flow(Redeem, needs_of_redemption, build_redemption),
    Flow(SellInShop, needs_of_shop_sale, build_shop_sale),
    Flow(PayOut, needs_of_payout, build_payout),
)
