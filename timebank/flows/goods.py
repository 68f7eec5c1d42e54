"""Goods in commands: from which lots they come, and of which earlier legs they are.

A command may leave the lots to the flow. From a shelf go the lots that expire first 先到期先出, as
far as they may be handed on and are for that use; of what is on its way or in quarantine a lot
need only be named where there are several of the commodity.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, NamedTuple

import msgspec

from timebank.errors import (
    ContinuationError,
    InsufficientBalanceError,
    LotError,
    MalformedError,
    NothingLeftError,
    UnknownAccountError,
    UnknownCommodityError,
    UnknownEntryError,
)
from timebank.flows.command import PostedCommand
from timebank.flows.facts import Facts, is_member_id, spot_of
from timebank.flows.needs import Needs, Wanted
from timebank.ledger import codes
from timebank.ledger.model import Amount, DraftLeg, Entry, Leg, Lot, Place
from timebank.ledger.places import is_shelf
from timebank.ledger.registry import matches
from timebank.ledger.rules.lots import expires, is_for, is_usable


class Goods(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount of a commodity of goods; where no ``lot`` is named, it is found."""

    commodity: str
    amount: Amount
    lot: str = ""


class Batch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount of one lot of goods."""

    commodity: str
    lot: str
    amount: Amount


GoodsList = Annotated[tuple[Goods, ...], msgspec.Meta(min_length=1, max_length=32)]
SomeGoods = Annotated[tuple[Goods, ...], msgspec.Meta(max_length=64)]
BatchList = Annotated[tuple[Batch, ...], msgspec.Meta(min_length=1, max_length=32)]


class OpenLeg(NamedTuple):
    """A leg of an earlier entry that can go on, whose it is, and what is left of it."""

    leg: Leg
    owners: tuple[int, int]
    left: int

    @property
    def reached(self) -> Place:
        """Where the leg came to, with the reference to be repeated."""
        account, part = codes.split_reference(self.leg.to)
        return Place(account, self.owners[1], part)


# --- what a command names -------------------------------------------------------------------------


def check_place(account: str, field: str) -> None:
    """Raise MalformedError unless it can be the shelf of a place, ``stock:yicang``."""
    codes.check_code("code", account, field=field)
    if not is_shelf(account):
        raise MalformedError(field, "must be a place such as stock:yicang")


def check_goods(goods: Iterable[Goods | Batch], field: str) -> None:
    """Raise MalformedError where goods of a command are not well formed."""
    for index, one in enumerate(goods):
        codes.check_code("commodity", one.commodity, field=f"{field}[{index}].commodity")
        if one.lot or isinstance(one, Batch):
            codes.check_code("code", one.lot, field=f"{field}[{index}].lot")


def carrier_of(carrier: str) -> str:
    """What a command calls the account of a carrier with this id. Raises MalformedError."""
    if not is_member_id(carrier):
        raise MalformedError("carrier", "must be the id of a carrier")
    return codes.join_reference("transit", carrier)


def needs_of_lots(lots: Iterable[tuple[str, str]], *references: str) -> Needs:
    """Lots by commodity and code, and their balances at all these places."""
    things = set(lots)
    return Needs(
        balances=frozenset(
            Wanted(*spot_of(reference), *thing) for reference in references for thing in things
        ),
        lots=frozenset(things),
    )


def needs_of_shelf(place: str, goods: Iterable[Goods], *references: str) -> Needs:
    """What :func:`pick` looks at on the shelf of a place, and where the goods go from there."""
    goods = tuple(goods)
    return Needs(
        lots=frozenset((one.commodity, one.lot) for one in goods if one.lot),
        shelves=frozenset((place, one.commodity) for one in goods),
        counterparts=frozenset(map(spot_of, (place, *references))),
    )


# --- from which lots ------------------------------------------------------------------------------


def pick(
    place: str, goods: Sequence[Goods], day: str, facts: Facts, *, use: str = ""
) -> list[Batch]:
    """The lots that goods are taken from on the shelf of a place: each once, named ones first.

    Where none is named, those that expire first, that may be handed on on this day, and that
    are for this use. Raises InsufficientBalanceError where these are too few,
    UnknownAccountError and UnknownCommodityError.
    """
    if place not in facts.state.accounts:
        raise UnknownAccountError(place)
    taken: defaultdict[tuple[str, str], int] = defaultdict(int)
    for one in goods:
        if one.lot:
            taken[one.commodity, one.lot] += one.amount
    for one in goods:
        if not one.lot:
            lots = _lots_to_take(place, one.commodity, day, use, facts)
            missing = _take(one.amount, place, lots, taken, facts)
            if missing:
                had = one.amount - missing
                raise InsufficientBalanceError(place, one.commodity, "", had, missing)
    return _to_batches({key: amount for key, amount in taken.items() if amount})


def _take(
    amount: int,
    place: str,
    lots: Sequence[Lot],
    taken: defaultdict[tuple[str, str], int],
    facts: Facts,
) -> int:
    """Take an amount from these lots in order, beside what is taken; give what is missing."""
    missing = amount
    for lot in lots:
        key = lot.commodity, lot.code
        part = min(missing, max(0, facts.state.balance_at(place, *key) - taken[key]))
        taken[key] += part
        missing -= part
    return missing


def _lots_to_take(place: str, commodity: str, day: str, use: str, facts: Facts) -> list[Lot]:
    """The lots on a shelf that may go now, those that expire first before others."""
    state = facts.state
    if commodity not in state.commodities:
        raise UnknownCommodityError(commodity)
    lots = [state.lots[commodity, code] for code in state.lots_at(place, commodity)]
    may_go = [lot for lot in lots if is_usable(lot, day, state) and (not use or is_for(lot, use))]
    return sorted(may_go, key=lambda lot: (expires(lot), lot.seq))


# --- of which earlier legs ------------------------------------------------------------------------


def open_legs(kind: str, seq: int, facts: Facts) -> list[OpenLeg]:
    """What is left of the legs of the entry ``seq``, which an entry of this kind goes on from.

    Raises UnknownEntryError, ContinuationError where that is of a wrong kind, and NothingLeftError.
    """
    state = facts.state
    found = state.earlier(seq)
    if found is None:
        raise UnknownEntryError(seq)
    entry, owners = found
    continues = state.registry.kind(kind).continues
    assert continues is not None, "kinds that go on say from what"
    if entry.kind not in continues.kinds:
        raise ContinuationError(seq, f"is no {' or '.join(continues.kinds)}")
    left = [state.remainders.get((seq, index), 0) for index in range(len(entry.legs))]
    if not any(left):
        raise NothingLeftError(seq, 0, _went_on(entry, facts))
    legs = zip(entry.legs, owners, left, strict=True)
    return [OpenLeg(*one) for one in legs if one[-1]]


def _went_on(entry: Entry, facts: Facts) -> int:
    """How much of an entry could go on at first: of a purchase the goods, not what they cost."""
    reaches = facts.state.registry.kind(entry.kind).continuable
    accounts = ((codes.split_reference(leg.to)[0], leg.amount) for leg in entry.legs)
    return sum(amount for account, amount in accounts if matches(reaches, account))


def share_out(goods: Iterable[Goods], legs: Sequence[OpenLeg], seq: int) -> list[int]:
    """How much of the goods is of each of these legs of the entry ``seq``.

    Raises ContinuationError where nothing of them is left there, LotError where the lot cannot
    be told, and NothingLeftError where they are more than is left.
    """
    shares = [0] * len(legs)
    for one in goods:
        missing = one.amount
        candidates = _legs_of(one, legs, seq)
        for index in candidates:
            part = min(missing, legs[index].left - shares[index])
            shares[index] += part
            missing -= part
        if missing:
            left = sum(legs[index].left for index in candidates)
            raise NothingLeftError(seq, left, left + missing)
    return shares


def _legs_of(goods: Goods, legs: Sequence[OpenLeg], seq: int) -> list[int]:
    """The indices of the legs that goods can be of."""
    found = [
        index
        for index, (leg, _, _) in enumerate(legs)
        if leg.commodity == goods.commodity and goods.lot in ("", leg.lot)
    ]
    if not found:
        named = f"{goods.commodity} {goods.lot}".rstrip()
        raise ContinuationError(seq, f"has no {named} left")
    lots = sorted({legs[index].leg.lot for index in found})
    if len(lots) > 1:
        raise LotError(goods.commodity, "", f"the lot must be named: {' or '.join(lots)}")
    return found


# --- legs and lots --------------------------------------------------------------------------------


def day_of(command: PostedCommand, facts: Facts) -> str:
    """The day that counts: of a late item the closed day it belongs to."""
    return command.belongs or command.day or facts.today


def thing_of(batch: Batch) -> tuple[str, str]:
    """Of which commodity and lot a batch is."""
    return batch.commodity, batch.lot


def leg_of(batch: Batch, from_: Place, to: Place) -> DraftLeg:
    """The leg that moves a batch."""
    return DraftLeg(batch.amount, batch.commodity, batch.lot, from_, to)


def merge(batches: Iterable[Batch]) -> list[Batch]:
    """Each lot once, with what there is of it in all."""
    amounts: defaultdict[tuple[str, str], int] = defaultdict(int)
    for one in batches:
        amounts[thing_of(one)] += one.amount
    return _to_batches(amounts)


def _to_batches(amounts: Mapping[tuple[str, str], int]) -> list[Batch]:
    return [Batch(commodity=key[0], lot=key[1], amount=amount) for key, amount in amounts.items()]
