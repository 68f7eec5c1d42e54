"""Continuations and reversals: legs that go on from earlier ones and repeat their references.

A release or settlement takes from what a hold left, and a reversal turns all legs of an entry
round, once. Both name the earlier entry and repeat its references letter for letter, so that
anyone can check that no more goes on than there was, and that it returns to where it came from.
"""

from timebank.errors import (
    AlreadyReversedError,
    ContinuationError,
    NothingLeftError,
    NotReversibleError,
    StaleStateError,
    UnknownEntryError,
)
from timebank.ledger.model import Entry, Leg
from timebank.ledger.registry import Continues, Kind
from timebank.ledger.rules.days import business_day
from timebank.ledger.state import BookState


def check_continuation(kind: Kind, entry: Entry, state: BookState) -> None:
    """Raise the error that speaks against what the entry continues or reverses, if any."""
    if kind.continues:
        origin = earlier_entry(entry.public[kind.continues.fact], entry, state)
        _check_origin(kind.continues, origin, entry)
        _check_left(kind.continues, origin, entry, state)
    if kind.reverses:
        check_reversible(entry.public[kind.reverses], entry, state)


def apply_continuation(kind: Kind, entry: Entry, state: BookState) -> None:
    """Count what the entry leaves of what it continues, and of itself."""
    if kind.continuable:
        for index, leg in enumerate(entry.legs):
            state.remainders[entry.seq, index] = leg.amount
    if kind.continues:
        origin = earlier_entry(entry.public[kind.continues.fact], entry, state)
        for leg in entry.legs:
            _change_left(origin, _leg_of(kind.continues, origin, leg), -leg.amount, state)
    if kind.reverses:
        _apply_reversal(entry.public[kind.reverses], entry, state)


def earlier_entry(seq: int, entry: Entry, state: BookState) -> Entry:
    """The entry ``seq``, which must stand before ``entry``. Raises UnknownEntryError."""
    found = state.earlier(seq) if seq < entry.seq else None
    if found is None:
        raise UnknownEntryError(seq)
    return found[0]


def check_reversible(seq: int, entry: Entry, state: BookState) -> None:
    """Raise unless ``entry`` is the one right reversal of the entry ``seq``."""
    original = earlier_entry(seq, entry, state)
    kind = state.registry.kind(original.kind)
    if not kind.reversible:
        raise NotReversibleError(seq, original.kind)
    if seq in state.reversed_by:
        raise AlreadyReversedError(seq, state.reversed_by[seq])
    if kind.continuable:
        for index, leg in enumerate(original.legs):
            left = state.remainders.get((seq, index), 0)
            if left != leg.amount:
                raise StaleStateError(f"entry {seq}", f"{leg.amount - left} of it has gone on")
    if entry.legs != tuple(map(turned_round, original.legs)):
        raise ContinuationError(seq, "a reversal has the same legs turned round")


def turned_round(leg: Leg) -> Leg:
    """The same leg with its references exchanged."""
    return Leg(amount=leg.amount, commodity=leg.commodity, from_=leg.to, to=leg.from_, lot=leg.lot)


def _check_origin(continues: Continues, origin: Entry, entry: Entry) -> None:
    if origin.kind != continues.kind:
        raise ContinuationError(origin.seq, f"is no {continues.kind}")
    last_day = origin.public.get(continues.until)
    if last_day is not None and business_day(entry) > last_day:
        raise StaleStateError(f"entry {origin.seq}", f"ended on {last_day}")
    for leg in entry.legs:
        _leg_of(continues, origin, leg)


def _leg_of(continues: Continues, origin: Entry, leg: Leg) -> int:
    """The index of the leg that ``leg`` goes on from. Raises ContinuationError."""
    for index, earlier in enumerate(origin.legs):
        same_thing = (earlier.commodity, earlier.lot) == (leg.commodity, leg.lot)
        if earlier.to == leg.from_ and same_thing:
            if continues.returns and earlier.from_ != leg.to:
                raise ContinuationError(origin.seq, "it must return to where it came from")
            return index
    raise ContinuationError(origin.seq, "repeats no reference, commodity and lot of it")


def _check_left(continues: Continues, origin: Entry, entry: Entry, state: BookState) -> None:
    asked: dict[int, int] = {}
    for leg in entry.legs:
        index = _leg_of(continues, origin, leg)
        asked[index] = asked.get(index, 0) + leg.amount
    for index, amount in asked.items():
        left = state.remainders.get((origin.seq, index), 0)
        if amount > left:
            raise NothingLeftError(origin.seq, left, amount)


def _change_left(origin: Entry, index: int, change: int, state: BookState) -> None:
    left = state.remainders.pop((origin.seq, index), 0) + change
    assert 0 <= left <= origin.legs[index].amount, "the rules checked this"
    if left:
        state.remainders[origin.seq, index] = left


def _apply_reversal(seq: int, entry: Entry, state: BookState) -> None:
    original = earlier_entry(seq, entry, state)
    kind = state.registry.kind(original.kind)
    state.reversed_by[seq] = entry.seq
    if kind.continuable:
        for index in range(len(original.legs)):
            state.remainders.pop((seq, index), None)
    if kind.continues:
        origin = earlier_entry(original.public[kind.continues.fact], entry, state)
        for leg in original.legs:
            _change_left(origin, _leg_of(kind.continues, origin, leg), leg.amount, state)
