"""Reversals 冲正: the legs of an earlier entry turned round, posted now, once."""

from timebank.errors import NotReversibleError, UnknownEntryError
from timebank.flows.command import Flow, PostedCommand, Seq
from timebank.flows.facts import Facts
from timebank.flows.needs import Needs
from timebank.ledger import codes
from timebank.ledger.model import Draft, DraftLeg, Leg, Place


class Reverse(PostedCommand, frozen=True, kw_only=True, tag="reversal"):
    """Undo the entry with the seq ``reverses``."""

    reverses: Seq


def needs_of_reversal(command: Reverse) -> Needs:
    """The entry to reverse."""
    return Needs(entries=frozenset({command.reverses}))


def build_reversal(command: Reverse, facts: Facts) -> Draft:
    """The draft of a reversal. Raises UnknownEntryError, NotReversibleError."""
    found = facts.state.earlier(command.reverses)
    if found is None:
        raise UnknownEntryError(command.reverses)
    entry, owners = found
    if not facts.state.registry.kind(entry.kind).reversible:
        raise NotReversibleError(command.reverses, entry.kind)
    legs = tuple(map(_turned_round, entry.legs, owners))
    return Draft(
        kind="reversal",
        day=command.day or facts.today,
        legs=legs,
        public=command.public(reverses=command.reverses),
        details=(facts.details(legs, command.private()),),
    )


def _turned_round(leg: Leg, owners: tuple[int, int]) -> DraftLeg:
    from_account, from_part = codes.split_reference(leg.from_)
    to_account, to_part = codes.split_reference(leg.to)
    return DraftLeg(
        leg.amount,
        leg.commodity,
        leg.lot,
        Place(to_account, owners[1], to_part),
        Place(from_account, owners[0], from_part),
    )


FLOWS = (Flow(Reverse, needs_of_reversal, build_reversal),)
