"""Services 服务: neighbours help, and are credited by the tariff in force on the day they helped.

The one helped pays from a hold, ``members:held#r -> members#v``, or the community does, ``issued ->
members#v``, one leg a helper. What a helper may not keep goes to ``pool:donated`` in a leg of its
own after it: all where the category or the hours of a team are donate-only, else what is over a
cap. Who verifies a task is never who dispatched it 查办分离.
"""

from collections.abc import Iterator
from typing import Annotated

import msgspec

from timebank.errors import (
    ContinuationError,
    HolderGoneError,
    MalformedError,
    PeriodClosedError,
    SamePersonError,
    UnknownAccountError,
    UnknownEntryError,
)
from timebank.flows.checks import check_hash
from timebank.flows.command import Flow, PostedCommand, Seq
from timebank.flows.facts import Facts, is_member_id
from timebank.flows.needs import Needs, Tallied, Wanted
from timebank.ledger import codes
from timebank.ledger.model import Draft, DraftLeg, Place
from timebank.ledger.rules.names import name_of_fact
from timebank.ledger.rules.tariffs import (
    EARNED,
    MEMBERS,
    POOL,
    Share,
    credit_of,
    is_donated,
    over_cap,
    rate_of,
    room,
)

HELD = "members:held"
ISSUED = "issued"

Minutes = Annotated[int, msgspec.Meta(ge=1, le=1440)]


class Helper(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member who helped, and for how long: from sign-in to sign-out."""

    member: str
    minutes: Minutes


class Service(PostedCommand, frozen=True, kw_only=True, tag="service"):
    """Credit the helpers of a verified task 核查结案; amounts follow from the tariff.

    ``task`` is the base64 of 32 bytes that name the task, once in a book, ``category`` a class of
    the tariff. ``hold`` is the seq of the hold of whoever was helped; without it the community
    pays. ``noticed`` is the day on which the public notice 公示 began.
    """

    task: str
    category: str
    commodity: str
    helpers: Annotated[tuple[Helper, ...], msgspec.Meta(min_length=1, max_length=32)]
    hold: Seq | None = None
    noticed: str | None = None


def needs_of_service(command: Service) -> Needs:
    """The task, the hold, and what each helper has and has earned. Raises MalformedError."""
    check_hash(command.task, "task")
    codes.check_code("code", command.category, field="category")
    codes.check_code("commodity", command.commodity, field="commodity")
    if command.noticed is not None:
        codes.check_code("day", command.noticed, field="noticed")
    for index, helper in enumerate(command.helpers):
        if not is_member_id(helper.member):
            raise MalformedError(f"helpers[{index}].member", "must be a member id")
    members = {helper.member for helper in command.helpers}
    commodity, day = command.commodity, command.day or ""
    return Needs(
        balances=frozenset(
            {Wanted(MEMBERS, member, commodity, "") for member in members}
            | {Wanted(account, "", commodity, "") for account in (ISSUED, POOL)}
        ),
        entries=frozenset() if command.hold is None else frozenset({command.hold}),
        names=frozenset({name_of_fact("service", "task", command.task)}),
        tallies=frozenset(Tallied(EARNED, member, commodity, day) for member in members),
    )


def build_service(command: Service, facts: Facts) -> Draft:
    """The draft of a service.

    Raises PolicyMissingError where no tariff is in force, FactsError where it makes nothing of the
    minutes, UnknownAccountError, HolderGoneError and SamePersonError where it cannot be these
    helpers, PeriodClosedError, and UnknownEntryError or ContinuationError where there is no such
    hold.
    """
    day = command.day or facts.today
    if day <= facts.state.closed_until:
        raise PeriodClosedError(day, facts.state.closed_until)
    payer = _payer(command, facts)
    helpers = [_helper(helper.member, facts) for helper in command.helpers]
    _check_people([place.owner for place in helpers], payer.owner)
    shares = list(_shares(command, helpers, day, facts))
    legs = tuple(
        DraftLeg(amount, command.commodity, "", payer, to)
        for share, helper in zip(shares, helpers, strict=True)
        for amount, to in ((share.credited - share.donated, helper), (share.donated, Place(POOL)))
        if amount
    )
    named = [helper.member for helper in command.helpers]
    return Draft(
        kind="service",
        day=day,
        legs=legs,
        public=command.public(
            category=command.category,
            helpers=[
                {"minutes": helper.minutes, **({"donated": share.donated} if share.donated else {})}
                for helper, share in zip(command.helpers, shares, strict=True)
            ],
            hold=command.hold,
            noticed=command.noticed,
            task=command.task,
        ),
        details=(facts.details(legs, {"helpers": named, **command.private()}),),
    )


def _payer(command: Service, facts: Facts) -> Place:
    """Where the credit comes from: the hold, of which the reference is repeated, or ``issued``."""
    if command.hold is None:
        return Place(ISSUED)
    found = facts.state.earlier(command.hold)
    if found is None:
        raise UnknownEntryError(command.hold)
    entry, owners = found
    if entry.kind != "hold":
        raise ContinuationError(command.hold, "is no hold")
    leg = entry.legs[0]
    if leg.commodity != command.commodity:
        raise ContinuationError(command.hold, f"is in {leg.commodity}")
    return Place(HELD, owners[0][1], codes.split_reference(leg.to)[1])


def _helper(member: str, facts: Facts) -> Place:
    place = facts.place(codes.join_reference(MEMBERS, member))
    holder = facts.state.holders[place.owner]
    if holder.kind != "member":
        raise UnknownAccountError(codes.join_reference(MEMBERS, member))
    if holder.left:
        raise HolderGoneError(member)
    return place


def _check_people(helpers: list[int], helped: int) -> None:
    """Also of those who keep nothing, whom no leg names."""
    if len(set(helpers)) < len(helpers):
        raise SamePersonError("helper", "another helper of the same service")
    if helped in helpers:
        raise SamePersonError("helper", "the one who is helped")


def _shares(command: Service, helpers: list[Place], day: str, facts: Facts) -> Iterator[Share]:
    state, commodity = facts.state, command.commodity
    done = command.belongs or day
    rate = rate_of(state, done, commodity, command.category)
    all_of_it = is_donated(state, done, command.category, len(helpers))
    for index, (place, helper) in enumerate(zip(helpers, command.helpers, strict=True)):
        amount = credit_of(index, helper.minutes, rate)
        over = over_cap(amount, room(state, place.owner, commodity, day))
        yield Share(amount, amount if all_of_it else over)


FLOWS = (Flow(Service, needs_of_service, build_service),)
