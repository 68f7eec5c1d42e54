"""Legs: each within a pattern of its kind, between open accounts, in the right lot."""

from timebank.errors import (
    AccountClosedError,
    HolderGoneError,
    LegPatternError,
    LotError,
    SamePersonError,
    UnknownAccountError,
    UnknownCommodityError,
)
from timebank.ledger.model import Commodity, Entry, Leg, Owners
from timebank.ledger.places import place_of
from timebank.ledger.registry import Kind, Pattern
from timebank.ledger.rules.lots import check_lot
from timebank.ledger.state import BookState


def check_legs(
    kind: Kind, entry: Entry, owners: Owners, state: BookState, *, revealed: bool
) -> None:
    """Raise the error that speaks against one of the legs, if any."""
    if not kind.legs.least <= len(entry.legs) <= kind.legs.most:
        raise LegPatternError(
            kind.kind, len(entry.legs), f"must have {kind.legs.least} to {kind.legs.most} legs"
        )
    for index, (leg, sides) in enumerate(zip(entry.legs, owners, strict=True)):
        commodity = _commodity_of(leg, state)
        accounts = _account_of(leg.from_, state), _account_of(leg.to, state)
        if not kind.reverses:
            pattern = state.registry.pattern(kind, *accounts, commodity.kind)
            _check_pattern(kind, index, leg, pattern, sides)
            assert pattern is not None, "it was just checked"
            check_lot(entry, index, pattern, state)
        if revealed:
            for account, owner in zip(accounts, sides, strict=True):
                _check_owner(kind, index, account, owner, state)
            if accounts[0] == accounts[1] and sides[0] == sides[1]:
                raise LegPatternError(kind.kind, index, "from and to are the same")


def _commodity_of(leg: Leg, state: BookState) -> Commodity:
    commodity = state.commodities.get(leg.commodity)
    if commodity is None:
        raise UnknownCommodityError(leg.commodity)
    if commodity.kind in ("time", "points"):
        if leg.lot:
            raise LotError(leg.commodity, leg.lot, "hours and points have no lots")
    elif not leg.lot:
        needed = "its fund" if commodity.kind == "money" else "its batch"
        raise LotError(leg.commodity, leg.lot, f"must name {needed} as lot")
    elif (leg.commodity, leg.lot) not in state.lots:
        raise LotError(leg.commodity, leg.lot, f"there is no lot {leg.lot}")
    return commodity


def _account_of(reference: str, state: BookState) -> str:
    code, _, part = reference.partition("#")
    account = state.accounts.get(code)
    if account is None:
        raise UnknownAccountError(code)
    if account.closed:
        raise AccountClosedError(code)
    if (account.type == "control") != bool(part):
        raise UnknownAccountError(reference if part else f"{code} without #member")
    return code


def _check_pattern(
    kind: Kind, index: int, leg: Leg, pattern: Pattern | None, sides: tuple[int, int]
) -> None:
    from_, to = leg.from_.partition("#")[0], leg.to.partition("#")[0]
    if pattern is None:
        raise LegPatternError(kind.kind, index, f"may not move {leg.commodity} {from_} -> {to}")
    if pattern.same_place and place_of(from_) != place_of(to):
        raise LegPatternError(kind.kind, index, "must stay at the same place")
    if pattern.other_owner and sides[0] and sides[0] == sides[1]:
        raise SamePersonError("the one who pays", "the one who is paid")
    if pattern.same_owner and sides[0] != sides[1]:
        raise LegPatternError(kind.kind, index, "must stay with the same member")


def _check_owner(kind: Kind, index: int, account: str, owner: int, state: BookState) -> None:
    family = state.registry.family(account)
    wanted = family.holder if family else ""
    if not wanted:
        return
    holder = state.holders[owner]
    if holder.kind != wanted:
        raise LegPatternError(kind.kind, index, f"{account} is for a {wanted}")
    if holder.left:
        raise HolderGoneError(holder.name or str(holder.number))
