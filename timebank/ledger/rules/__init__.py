"""The rules of a book: whether an entry may be next, and what it changes.

Each rule stands in the module of its noun: :mod:`facts`, :mod:`capacities`, :mod:`days`,
:mod:`legs`, :mod:`floors`, :mod:`continuations`, :mod:`definitions`, :mod:`policies`,
:mod:`closing`. The journal asks them before it writes, replay asks them again of what was written.
"""

from timebank.ledger.model import Entry, Owners
from timebank.ledger.rules import (
    capacities,
    closing,
    continuations,
    days,
    definitions,
    facts,
    floors,
    legs,
    policies,
)
from timebank.ledger.state import BookState, LegSide

__all__ = ["apply", "check"]


def check(entry: Entry, owners: Owners, state: BookState, *, revealed: bool) -> None:
    """Raise the RefusedError, ConflictError or DeniedError that speaks against the entry, if any.

    ``revealed`` says that ``owners`` names who stands behind each control account, so that each
    holder's own rules can be checked; otherwise (public replay) the totals are.
    """
    kind = state.registry.kind(entry.kind)
    facts.check_facts(kind, entry)
    capacities.check_capacities(kind, entry.by)
    days.check_days(entry, state)
    definitions.check_definition(entry, state, revealed=revealed)
    policies.check_policy(entry, state)
    legs.check_legs(kind, entry, owners, state, revealed=revealed)
    continuations.check_continuation(kind, entry, state)
    closing.check_close(entry, state)
    floors.check_floors(entry, owners, state, revealed=revealed)


def apply(entry: Entry, owners: Owners, state: BookState) -> list[LegSide]:
    """Fold a checked entry into the state; give its leg sides with their running sums."""
    kind = state.registry.kind(entry.kind)
    definitions.apply_definition(entry, state)
    sides = state.post_legs(entry, owners)
    continuations.apply_continuation(kind, entry, state)
    closing.apply_close(entry, state)
    state.posted = entry.posted
    state.size = entry.seq + 1
    return sides
