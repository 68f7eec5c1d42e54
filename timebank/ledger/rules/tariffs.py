"""Tariffs 计分标准: what a service earns, by the policy in force on the day it was done.

Each helper is credited floor(minutes x rate / 60), the rate being that of the category and the
commodity. What goes to ``pool:donated`` of it is decided by policy too: all where the category or
a team is donate-only, and else what is over the daily or the lifetime cap of the helper.

The public replay recomputes what each helper is credited, and that no service leaves a helper more
than a cap; what of it somebody has used before, and so whether just what is over a cap was donated,
only whoever knows the owners can tell. Nobody ever keeps more than the caps. Of a helper who kept
nothing the log has no leg and so no reference: who that was is in the seal.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from timebank.errors import FactsError, FigureError, PolicyMissingError, SamePersonError
from timebank.ledger import codes
from timebank.ledger.model import Entry, Owners, TallyKey
from timebank.ledger.rules.days import business_day
from timebank.ledger.rules.tallies import EVER
from timebank.ledger.state import BookState

EARNED = "earned"
MEMBERS = "members"
POOL = "pool:donated"


class Share(NamedTuple):
    """What one helper is credited, and the part of it that goes to the pool."""

    credited: int
    donated: int


def rate_of(state: BookState, day: str, commodity: str, category: str) -> int:
    """What 60 minutes earn, in the commodity's smallest unit. Raises PolicyMissingError."""
    rate = state.setting("tariff", day, commodity=commodity, category=category)
    if rate is None:
        raise PolicyMissingError("tariff", f"{category} in {commodity}", day)
    return rate


def credited(minutes: int, rate: int) -> int:
    """floor(minutes x rate / 60)."""
    return minutes * rate // 60


def credit_of(place: int, minutes: int, rate: int) -> int:
    """What the helper in this place of the list is credited. Raises FactsError for nothing."""
    amount = credited(minutes, rate)
    if not amount:
        raise FactsError(f"helpers[{place}].minutes", "earn nothing by the tariff")
    return amount


def is_donated(state: BookState, day: str, category: str, helpers: int) -> bool:
    """Whether all that ``helpers`` earn goes to the pool: by the category, or as a team's hours."""
    return bool(
        state.setting("donate_only", day, category=category)
        or (helpers > 1 and state.setting("team_donate_only", day))
    )


def room(state: BookState, owner: int, commodity: str, day: str) -> int | None:
    """How much a member may still earn on a day, >= 0; None where no cap is in force.

    A late item counts on the day it is posted with, and so do its caps: what was earned on each
    day of a closed period is not kept. So nobody keeps more than the cap for each day of posting.
    """
    left = []
    for setting, tallied in (("cap_daily", day), ("cap_lifetime", EVER)):
        cap = state.setting(setting, day, commodity=commodity)
        if cap is not None:
            left.append(cap - state.tallies[TallyKey(EARNED, owner, commodity, tallied)])
    return max(0, min(left)) if left else None


def least_cap(state: BookState, commodity: str, day: str) -> int | None:
    """The least of the caps in force on a day, >= 0; None where there is none."""
    caps = (state.setting(cap, day, commodity=commodity) for cap in ("cap_daily", "cap_lifetime"))
    return min((cap for cap in caps if cap is not None), default=None)


def over_cap(amount: int, room_left: int | None) -> int:
    """What of an amount is more than a member may still earn."""
    return 0 if room_left is None else max(0, amount - room_left)


def check_tariff(entry: Entry, owners: Owners, state: BookState, *, revealed: bool) -> None:
    """Raise unless a service credits what policy says, and gives the pool no more and no less.

    Raises FactsError, FigureError, PolicyMissingError and SamePersonError. The caps of each helper
    are checked where the owners are known; of a helper who kept nothing no leg tells who it was.
    """
    _check_notice(entry, state)
    commodity = entry.legs[0].commodity
    if len({(codes.split_reference(leg.from_)[0], leg.commodity) for leg in entry.legs}) > 1:
        raise FactsError("helpers", "are all paid from one account in one commodity")
    shares = list(_shares(entry, commodity, state))
    _check_legs(entry, shares)
    kept = _owners_of_kept(shares, owners)
    if revealed:
        _check_caps(entry, shares, kept, state)


def _check_notice(entry: Entry, state: BookState) -> None:
    """Where policy asks for public notice 公示 before credit, it must have been long enough.

    It begins when the service was done or later, and is over when it is credited.
    """
    days = state.setting("notice_days", entry.posted) or 0
    noticed = entry.public.get("noticed")
    if noticed is None:
        if days:
            reason = f"is missing; {days} days of public notice come before credit"
            raise FactsError("noticed", reason)
        return
    if not business_day(entry) <= noticed <= entry.posted:
        raise FactsError("noticed", "is before the service or after the day of credit")
    if (date.fromisoformat(entry.posted) - date.fromisoformat(noticed)).days < days:
        raise FactsError("noticed", f"is less than {days} days ago")


def _shares(entry: Entry, commodity: str, state: BookState) -> Iterator[Share]:
    day, category = business_day(entry), entry.public["category"]
    helpers: list[dict[str, Any]] = entry.public["helpers"]
    rate = rate_of(state, day, commodity, category)
    all_of_it = is_donated(state, day, category, len(helpers))
    cap = least_cap(state, commodity, entry.day)
    may_donate = all_of_it or cap is not None
    for index, helper in enumerate(helpers):
        share = Share(credit_of(index, helper["minutes"], rate), helper.get("donated", 0))
        field = f"helpers[{index}].donated"
        if all_of_it and share.donated != share.credited:
            raise FigureError(field, share.credited, share.donated)
        if share.donated > (share.credited if may_donate else 0):
            raise FigureError(field, share.credited if may_donate else 0, share.donated)
        if cap is not None and share.credited - share.donated > cap:
            raise FigureError(field, share.credited - cap, share.donated)
        yield share


def _check_legs(entry: Entry, shares: list[Share]) -> None:
    """The legs are, helper by helper, what is kept and what is donated."""
    wanted = [
        (amount, account)
        for share in shares
        for amount, account in (
            (share.credited - share.donated, MEMBERS),
            (share.donated, POOL),
        )
        if amount
    ]
    found = [(leg.amount, codes.split_reference(leg.to)[0]) for leg in entry.legs]
    if [account for _, account in found] != [account for _, account in wanted]:
        raise FactsError("helpers", "do not stand in the order of the legs")
    for index, ((is_, _), (should_be, _)) in enumerate(zip(found, wanted, strict=True)):
        if is_ != should_be:
            raise FigureError(f"legs[{index}].amount", should_be, is_)


def _owners_of_kept(shares: list[Share], owners: Owners) -> dict[int, int]:
    """Who kept something, by the helper's place; 0 where owners are not known."""
    sides = iter(owners)
    kept = {}
    for index, share in enumerate(shares):
        if share.credited > share.donated:
            kept[index] = next(sides)[1]
        if share.donated:
            next(sides)
    return kept


def _check_caps(entry: Entry, shares: list[Share], kept: dict[int, int], state: BookState) -> None:
    if len(set(kept.values())) < len(kept):
        raise SamePersonError("helper", "another helper of the same service")
    commodity = entry.legs[0].commodity
    day, category = business_day(entry), entry.public["category"]
    if is_donated(state, day, category, len(shares)):
        return
    for index, owner in kept.items():
        over = over_cap(shares[index].credited, room(state, owner, commodity, entry.day))
        if shares[index].donated != over:
            raise FigureError(f"helpers[{index}].donated", over, shares[index].donated)
