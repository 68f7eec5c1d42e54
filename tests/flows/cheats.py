"""Cheats: what a member of staff with a pen makes of a draft, so that it says something else.

``cheat`` changes a draft that a flow has made in one or two ways. Whoever stands behind a leg is
told truly, as the service could not write it otherwise; all else may be anything.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

from msgspec.structs import replace

from tests.flows.staff.association import (
    BANK,
    CARRIER,
    CLUB,
    FUNDS,
    LOTS,
    MEMBERS,
    OFFICERS,
    PLACES,
    POOL,
    STALLS,
    TILL,
    days_from,
)
from tests.flows.staff.chance import flip, one_of, pick
from tests.ledger.bench import Bench, hash_of, member_id
from timebank.ledger.model import Draft, DraftLeg, Place

OTHER_KINDS: Final = (
    "transfer", "give", "issue", "pool.granted", "bank.moved", "intake", "move", "shop.sale",
    "payout", "settle", "reversal", "donation", "reclassification", "spend", "arrival",
)  # fmt: skip
PUBLIC: Final = (
    "issued", "retired:redeemed", "retired:expired", POOL, CLUB, BANK, TILL, *PLACES,
    *(f"{place}:quarantine" for place in PLACES), "world:consumed", "world:suppliers",
    "world:customers", "world:payees", "world:donors", "world:lost", "world:rejected",
    "world:variance", "world:reclassified",
)  # fmt: skip

PEOPLE: Final = {
    "members": MEMBERS, "members:held": MEMBERS, "transit": (CARRIER,), "stalls": STALLS,
}  # fmt: skip

ALONE: Final = (
    ("staff:treasurer:1",),
    ("staff:treasurer:1", "staff:storekeeper:1", "staff:verifier:1", "staff:coordinator:1"),
    ("staff:storekeeper:2", "staff:storekeeper:1"),
    ("staff:storekeeper:2", "staff:verifier:3"),
    ("staff:treasurer:1", "staff:coordinator:4"),
    ("staff:treasurer:1", "staff:storekeeper:2", "staff:verifier:3", "staff:auditor:5"),
    ("app:shop", "member"),
    ("system",),
)
"""Fewer officers than some entries need, one in many roles, or one who writes nothing."""


def people(dice: Random) -> tuple[str, ...]:
    """In what capacities an entry is posted: mostly in all that there are."""
    return pick(dice, (OFFICERS,), ALONE)


def cheat(dice: Random, bench: Bench, draft: Draft) -> Draft:
    """A draft that says something else than what happened."""
    for _ in range(dice.choice((1, 1, 2))):
        change = dice.choice(CHEATS_OF_LEGS if draft.legs and dice.random() < 0.75 else CHEATS)
        draft = change(dice, bench, draft)
    return draft


# --- legs -----------------------------------------------------------------------------------------


def other_amount(dice: Random, _bench: Bench, draft: Draft) -> Draft:
    by = dice.choice((1, -1, 7))
    return change_leg(dice, draft, lambda leg: leg._replace(amount=max(1, leg.amount + by)))


def other_lot(dice: Random, _bench: Bench, draft: Draft) -> Draft:
    lot = dice.choice((*LOTS, *FUNDS, "fund:agency", ""))
    return change_leg(dice, draft, lambda leg: leg._replace(lot=lot))


def other_commodity(dice: Random, _bench: Bench, draft: Draft) -> Draft:
    commodity = dice.choice(("POINT", "HOUR", "RICE", "OIL", "CNY"))
    return change_leg(dice, draft, lambda leg: leg._replace(commodity=commodity))


def other_end(dice: Random, bench: Bench, draft: Draft) -> Draft:
    new = dice.choice(places(bench))
    if flip(dice):
        return change_leg(dice, draft, lambda leg: leg._replace(from_=new))
    return change_leg(dice, draft, lambda leg: leg._replace(to=new))


def other_person(dice: Random, bench: Bench, draft: Draft) -> Draft:
    """The same accounts, but somebody else's."""
    numbers = {account: of_name(dice, bench, names) for account, names in PEOPLE.items()}

    def somebody(place: Place) -> Place:
        number = numbers.get(place.account)
        return place if number is None else Place(place.account, number)

    if flip(dice):
        return change_leg(dice, draft, lambda leg: leg._replace(from_=somebody(leg.from_)))
    return change_leg(dice, draft, lambda leg: leg._replace(to=somebody(leg.to)))


def of_name(dice: Random, bench: Bench, names: Sequence[str]) -> int:
    return bench.members[member_id(dice.choice(names))]


def turned(dice: Random, _bench: Bench, draft: Draft) -> Draft:
    return change_leg(dice, draft, lambda leg: leg._replace(from_=leg.to, to=leg.from_))


def leave_out(dice: Random, _bench: Bench, draft: Draft) -> Draft:
    index = dice.randint(0, len(draft.legs) - 1)
    return replace(draft, legs=draft.legs[:index] + draft.legs[index + 1 :])


def repeat(dice: Random, _bench: Bench, draft: Draft) -> Draft:
    return replace(draft, legs=(*draft.legs, (dice.choice(draft.legs))))


def split(dice: Random, _bench: Bench, draft: Draft) -> Draft:
    """One leg as two, which together are as much: nothing is gained by it."""
    index = dice.randint(0, len(draft.legs) - 1)
    leg = draft.legs[index]
    if leg.amount == 1:
        return draft
    halves = (leg._replace(amount=1), leg._replace(amount=leg.amount - 1))
    return replace(draft, legs=(*draft.legs[:index], *halves, *draft.legs[index + 1 :]))


def add_a_leg(dice: Random, bench: Bench, draft: Draft) -> Draft:
    """Something for oneself besides."""
    model = dice.choice(draft.legs)
    from_, to = ((dice.choice(places(bench))) for _ in range(2))
    return replace(draft, legs=(*draft.legs, model._replace(from_=from_, to=to)))


def change_leg(dice: Random, draft: Draft, change: Callable[[DraftLeg], DraftLeg]) -> Draft:
    index = dice.randint(0, len(draft.legs) - 1)
    legs = [change(leg) if place == index else leg for place, leg in enumerate(draft.legs)]
    return replace(draft, legs=tuple(legs))


def places(bench: Bench) -> list[Place]:
    """All places there are, of everybody."""
    of_people = [
        Place(account, bench.members[member_id(name)])
        for account, names in PEOPLE.items()
        for name in names
    ]
    return [*map(Place, PUBLIC), *of_people]


# --- all else -------------------------------------------------------------------------------------


def other_day(dice: Random, bench: Bench, draft: Draft) -> Draft:
    day = days_from(bench.posted(), dice.randint(-4, 1))
    if flip(dice):
        return replace(draft, day=day)
    return replace(draft, public={**draft.public, "belongs": day})


def other_fact(dice: Random, bench: Bench, draft: Draft) -> Draft:
    """Another number, entry, code, day or hash, or none."""
    if not draft.public:
        return draft
    name = dice.choice(sorted(draft.public))
    value: Any = draft.public[name]
    public = {key: one for key, one in draft.public.items() if key != name}
    if dice.choice((True, True, True, False)):
        public[name] = other_value(dice, bench, name, value)
    return replace(draft, public=public)


def other_value(dice: Random, bench: Bench, name: str, value: Any) -> Any:  # noqa: ANN401
    kinds = {entry.entry.kind for entry in bench.written[-12:]}
    if isinstance(value, bool | list | dict):
        return other_item(dice, value)
    if isinstance(value, int):
        seq = one_of(dice, bench, *sorted(kinds))
        return dice.choice((value + 1, max(0, value - 1), seq))
    if len(value) == len(hash_of("")) and value.endswith("="):
        return hash_of(dice.choice(("a", "task 1", "plan")))
    if name in {"day", "until", "held", "noticed"}:
        return days_from(bench.posted(), dice.randint(-3, 9))
    return dice.choice(("a", "aid", "wages", "event", "fund:winter", "damaged", "none"))


def other_item(dice: Random, value: Any) -> Any:  # noqa: ANN401
    """A list with other numbers in one of its objects."""
    if not (isinstance(value, list) and value and isinstance(value[0], dict)):
        return value
    index = dice.randint(0, len(value) - 1)
    item = dict(value[index])
    for name in sorted(item):
        if isinstance(item[name], int):
            item[name] = max(1, item[name] + (dice.choice((0, 1, -1))))
    if "minutes" in item and flip(dice):
        item["donated"] = dice.randint(1, 12)
    return [*value[:index], item, *value[index + 1 :]]


def other_kind(dice: Random, bench: Bench, draft: Draft) -> Draft:
    """The same under the name of something harmless, with references of its own if it must."""
    kind = bench.kinds.kind(dice.choice(OTHER_KINDS))
    public = {name: value for name, value in draft.public.items() if name in kind.facts}
    if not (kind.continues or kind.reverses):
        fresh = (
            leg._replace(from_=Place(*leg.from_[:2]), to=Place(*leg.to[:2])) for leg in draft.legs
        )
        draft = replace(draft, legs=tuple(fresh))
    return replace(draft, kind=kind.kind, public=public, details=({},) * kind.seals)


CHEATS_OF_LEGS: Final = (
    other_amount, other_amount, other_lot, other_commodity, other_end, other_person, turned,
    leave_out, repeat, split, add_a_leg,
)  # fmt: skip
CHEATS: Final = (other_day, other_fact, other_fact, other_kind)
