"""What is less, or more, than the book says: spoilage 报损 and counts 盘点.

``stock:p -> world:spoiled`` takes out what nobody can use any more; a recall marks the lot for the
whole book. A count posts the difference only, ``stock:p -> world:variance`` or back. What waits in
quarantine goes on from the entry that brought it there, so that the inspection knows what is left.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from timebank.errors import NoDifferenceError
from timebank.flows.command import Flow, PostedCommand, Seq
from timebank.flows.drafts import draft_of_goods
from timebank.flows.facts import Facts
from timebank.flows.goods import BatchList, check_goods, leg_of, merge, needs_of_lots, thing_of
from timebank.flows.needs import Needs
from timebank.ledger import codes
from timebank.ledger.encoding import MAX_INTEGER
from timebank.ledger.model import Draft, DraftLeg, Place
from timebank.ledger.rules.counts import VARIANCE

SPOILED = "world:spoiled"


class Spoil(PostedCommand, frozen=True, kw_only=True, tag="spoilage"):
    """Take out goods that cannot be used 报损, at the ``account`` of a shelf or a quarantine.

    Two officers sign. The reason ``recalled`` 召回 marks the lots in the whole book, until the
    entry is reversed. What is in quarantine came there by the entry ``received``.
    """

    account: str
    goods: BatchList
    reason: Literal["expired", "damaged", "contaminated", "recalled"]
    received: Seq | None = None


class Counted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of a lot was found."""

    commodity: str
    lot: str
    amount: Annotated[int, msgspec.Meta(ge=0, le=MAX_INTEGER)]


class Count(PostedCommand, frozen=True, kw_only=True, tag="count"):
    """Post what a count 盘点 found at the ``account`` of a shelf or a quarantine: the difference.

    It was counted ``against`` the book as of the entry with this seq, since which none of these
    lots may have moved there. Who counts is not the storekeeper alone. What is missing in
    quarantine came there by the entry ``received``.
    """

    account: str
    against: Seq
    counted: Annotated[tuple[Counted, ...], msgspec.Meta(min_length=1, max_length=100)]
    received: Seq | None = None


def needs_of_spoilage(command: Spoil) -> Needs:
    """The lots and what there is of them. Raises MalformedError."""
    codes.check_code("code", command.account, field="account")
    check_goods(command.goods, "goods")
    lots = needs_of_lots(map(thing_of, command.goods), command.account, SPOILED)
    return lots | _needs_of_origin(command)


def build_spoilage(command: Spoil, facts: Facts) -> Draft:
    """The draft of taking out what is spoiled."""
    from_, to = Place(command.account), Place(SPOILED)
    legs = (leg_of(one, from_, to) for one in merge(command.goods))
    return draft_of_goods(
        "spoilage", command, legs, facts, reason=command.reason, received=command.received
    )


def needs_of_count(command: Count) -> Needs:
    """The lots, what there is of them, and when they moved last. Raises MalformedError."""
    codes.check_code("code", command.account, field="account")
    for index, one in enumerate(command.counted):
        codes.check_code("commodity", one.commodity, field=f"counted[{index}].commodity")
        codes.check_code("code", one.lot, field=f"counted[{index}].lot")
    lots = {(one.commodity, one.lot) for one in command.counted}
    moved = Needs(moved=frozenset((command.account, *lot) for lot in lots))
    return needs_of_lots(lots, command.account, VARIANCE) | moved | _needs_of_origin(command)


def build_count(command: Count, facts: Facts) -> Draft:
    """The draft of the differences. Raises NoDifferenceError where there are none."""
    legs = tuple(leg for leg in _differences(command, facts) if leg.amount)
    if not legs:
        raise NoDifferenceError(command.account)
    return draft_of_goods(
        "count", command, legs, facts, against=command.against, received=command.received
    )


def _needs_of_origin(command: Spoil | Count) -> Needs:
    return Needs(entries=frozenset() if command.received is None else frozenset({command.received}))


def _differences(command: Count, facts: Facts) -> Iterator[DraftLeg]:
    shelf, variance = Place(command.account), Place(VARIANCE)
    for one in command.counted:
        found = one.amount - facts.state.balance_at(command.account, one.commodity, one.lot)
        sides = (variance, shelf) if found > 0 else (shelf, variance)
        yield DraftLeg(abs(found), one.commodity, one.lot, *sides)


FLOWS = (
    Flow(Spoil, needs_of_spoilage, build_spoilage),
    Flow(Count, needs_of_count, build_count),
)
