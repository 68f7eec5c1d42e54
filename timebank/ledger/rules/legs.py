"""Legs: each within a pattern of its kind, between open accounts, in the right lot."""

from timebank.errors import (
    HolderGoneError,
    LegPatternError,
    LotError,
    SamePersonError,
    UnknownAccountError,
    UnknownCommodityError,
)
from timebank.ledger.model import Commodity, Entry, Holder, Key, Leg, Owners
from timebank.ledger.places import place_of
from timebank.ledger.registry import Kind, Pattern
from timebank.ledger.routes import Route, RouteKey
from timebank.ledger.rules.lots import check_lot, check_lot_of
from timebank.ledger.state import BookState


def check_legs(
    kind: Kind, entry: Entry, owners: Owners, state: BookState, *, revealed: bool
) -> list[Route]:
    """Give the route of each leg, or raise the error that speaks against one of them."""
    if not kind.legs.least <= len(entry.legs) <= kind.legs.most:
        raise LegPatternError(
            kind.kind, len(entry.legs), f"must have {kind.legs.least} to {kind.legs.most} legs"
        )
    routes: list[Route] = []
    for index, leg in enumerate(entry.legs):
        route = _route_of(kind, index, leg, state)
        if route.pattern is not None:
            _check_owners(kind, index, route.pattern, owners[index])
            check_lot(entry, index, route.pattern, state)
        if revealed:
            _check_holders(kind, index, route, owners[index], state)
        routes.append(route)
    return routes


def _route_of(kind: Kind, index: int, leg: Leg, state: BookState) -> Route:
    """The route of a leg, which was found before for one like it, or is checked now."""
    from_, from_mark, _ = leg.from_.partition("#")
    to, to_mark, _ = leg.to.partition("#")
    key: RouteKey = kind.kind, from_, from_mark, to, to_mark, leg.commodity, leg.lot
    route = state.routes.get(key)
    if route is None:
        route = state.routes[key] = _find_route(kind, index, leg, state)
    return route


def _find_route(kind: Kind, index: int, leg: Leg, state: BookState) -> Route:
    """Check all of a leg that another leg on the same route will share."""
    commodity = _commodity_of(leg, state)
    from_, to = _account_of(leg.from_, state), _account_of(leg.to, state)
    pattern = None
    if not kind.reverses:
        pattern = state.registry.pattern(kind, from_, to, commodity.kind)
        if pattern is None:
            raise LegPatternError(kind.kind, index, f"may not move {leg.commodity} {from_} -> {to}")
        if pattern.same_place and place_of(from_) != place_of(to):
            raise LegPatternError(kind.kind, index, "must stay at the same place")
        check_lot_of(kind.kind, index, leg, pattern)
    return Route(
        Key(from_, 0, leg.commodity, leg.lot),
        Key(to, 0, leg.commodity, leg.lot),
        pattern,
        (_holder_of(from_, state), _holder_of(to, state)),
    )


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
    account = state.open_account(code)
    if (account.type == "control") != bool(part):
        raise UnknownAccountError(reference if part else f"{code} without #member")
    return code


def _holder_of(account: str, state: BookState) -> str:
    """What sort of holder stands behind an account, empty where none does."""
    family = state.registry.family(account)
    return family.holder if family else ""


def _check_owners(kind: Kind, index: int, pattern: Pattern, sides: tuple[int, int]) -> None:
    if pattern.other_owner and sides[0] and sides[0] == sides[1]:
        raise SamePersonError("the one who pays", "the one who is paid")
    if pattern.same_owner and sides[0] != sides[1]:
        raise LegPatternError(kind.kind, index, "must stay with the same member")


def _check_holders(
    kind: Kind, index: int, route: Route, sides: tuple[int, int], state: BookState
) -> None:
    from_owner, to_owner = sides
    from_wanted, to_wanted = route.holders
    if from_wanted:
        _check_holder(kind, index, route.from_.account, from_wanted, state.holders[from_owner])
    if to_wanted:
        _check_holder(kind, index, route.to.account, to_wanted, state.holders[to_owner])
    if from_owner == to_owner and route.from_ == route.to:
        raise LegPatternError(kind.kind, index, "from and to are the same")


def _check_holder(kind: Kind, index: int, account: str, wanted: str, holder: Holder) -> None:
    if holder.kind != wanted:
        raise LegPatternError(kind.kind, index, f"{account} is for a {wanted}")
    if holder.left:
        raise HolderGoneError(holder.name or str(holder.number))
