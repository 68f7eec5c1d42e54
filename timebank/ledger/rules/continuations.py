"""Continuations and reversals: legs that go on from earlier ones and repeat their references.

A release or settlement takes from what a hold left, and a reversal turns all legs of an entry
round, once. Both name the earlier entry and repeat its references letter for letter, so that
anyone can check that no more goes on than there was, and that it returns to where it came from.
"""

from collections.abc import Iterator

from timebank.errors import (
    AlreadyReversedError,
    ContinuationError,
    DayError,
    FactsError,
    LegPatternError,
    NothingLeftError,
    NotReversibleError,
    StaleStateError,
)
from timebank.ledger import codes
from timebank.ledger.model import Entry, Leg, Owners
from timebank.ledger.registry import Continues, Kind, matches
from timebank.ledger.rules.allowances import check_untouched, undo_allowance
from timebank.ledger.rules.arrivals import undo_arrivals
from timebank.ledger.rules.days import business_day
from timebank.ledger.rules.references import check_unanswered, earlier_entry
from timebank.ledger.rules.tallies import undo_tallies
from timebank.ledger.state import BookState


def concerns(kind: Kind) -> bool:
    """Whether entries of a kind go on from others, others may from them, or it is the reversal."""
    return bool(kind.continues or kind.reverses or kind.continuable)


def check_continuation(kind: Kind, entry: Entry, state: BookState) -> None:
    """Raise the error that speaks against what the entry continues or reverses, if any."""
    if kind.continues and _does_continue(kind.continues, entry):
        origin = earlier_entry(entry.public[kind.continues.fact], entry, state)
        _check_day(origin, entry)
        _check_origin(kind.continues, origin, entry)
        _check_left(kind.continues, origin, entry, state)
    if kind.reverses:
        check_reversible(entry.public[kind.reverses], entry, state)
    _check_distinct(kind, entry)


def apply_continuation(kind: Kind, entry: Entry, owners: Owners, state: BookState) -> None:
    """Count what the entry leaves of what it continues, and of itself."""
    for index, leg in _continuable(kind, entry):
        state.remainders[entry.seq, index] = leg.amount
    if kind.continues and _does_continue(kind.continues, entry):
        origin = earlier_entry(entry.public[kind.continues.fact], entry, state)
        for leg in _continuing(kind.continues, entry):
            _change_left(origin, _leg_of(kind.continues, origin, leg), -leg.amount, state)
    if kind.reverses:
        _apply_reversal(entry.public[kind.reverses], entry, owners, state)


def check_reversible(seq: int, entry: Entry, state: BookState) -> None:
    """Raise unless ``entry`` is the one right reversal of the entry ``seq``."""
    original = earlier_entry(seq, entry, state)
    kind = state.registry.kind(original.kind)
    if not kind.reversible:
        raise NotReversibleError(seq, original.kind)
    if seq in state.reversed_by:
        raise AlreadyReversedError(seq, state.reversed_by[seq])
    for index, leg in _continuable(kind, original):
        left = state.remainders.get((seq, index), 0)
        if left != leg.amount:
            raise StaleStateError(f"entry {seq}", f"{leg.amount - left} of it has gone on")
    check_untouched(kind, original, state)
    check_unanswered(original, state)
    _check_day(original, entry)
    if entry.legs != tuple(map(turned_round, original.legs)):
        raise ContinuationError(seq, "a reversal has the same legs turned round")


def turned_round(leg: Leg) -> Leg:
    """The same leg with its references exchanged."""
    return Leg(amount=leg.amount, commodity=leg.commodity, from_=leg.to, to=leg.from_, lot=leg.lot)


def _continuable(kind: Kind, entry: Entry) -> Iterator[tuple[int, Leg]]:
    """The legs that others may go on from, with their indices."""
    if kind.continuable:
        for index, leg in enumerate(entry.legs):
            if matches(kind.continuable, codes.split_reference(leg.to)[0]):
                yield index, leg


def _check_distinct(kind: Kind, entry: Entry) -> None:
    """Raise LegPatternError unless a leg that goes on from one of these will tell from which."""
    things = set()
    for index, leg in _continuable(kind, entry):
        if (leg.to, leg.commodity, leg.lot) in things:
            raise LegPatternError(kind.kind, index, "brings what another leg brings there")
        things.add((leg.to, leg.commodity, leg.lot))


def _continuing(continues: Continues, entry: Entry) -> list[Leg]:
    """The legs that go on from earlier ones."""
    return [
        leg
        for leg in entry.legs
        if not continues.from_ or matches(continues.from_, codes.split_reference(leg.from_)[0])
    ]


def _does_continue(continues: Continues, entry: Entry) -> bool:
    """Whether legs go on. Raises FactsError where the fact does not say from what, or says so."""
    named, goes_on = continues.fact in entry.public, bool(_continuing(continues, entry))
    if named != goes_on:
        reason = "is missing" if goes_on else f"is named, but no leg leaves {continues.from_}"
        raise FactsError(continues.fact, reason)
    return goes_on


def _check_origin(continues: Continues, origin: Entry, entry: Entry) -> None:
    if origin.kind not in continues.kinds:
        raise ContinuationError(origin.seq, f"is no {' or '.join(continues.kinds)}")
    last_day = origin.public.get(continues.until)
    if last_day is not None and business_day(entry) > last_day:
        raise StaleStateError(f"entry {origin.seq}", f"ended on {last_day}")
    for leg in _continuing(continues, entry):
        _leg_of(continues, origin, leg)


def _check_day(earlier: Entry, entry: Entry) -> None:
    """Nothing goes on or back before it came: the balances of a day between are what they were."""
    if entry.day < earlier.day:
        raise DayError(entry.day, f"is before the day of entry {earlier.seq}, {earlier.day}")


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
    for leg in _continuing(continues, entry):
        index = _leg_of(continues, origin, leg)
        asked[index] = asked.get(index, 0) + leg.amount
    for index, amount in asked.items():
        left = state.remainders.get((origin.seq, index), 0)
        if amount > left:
            raise NothingLeftError(origin.seq, left, amount)
    if continues.whole:
        _check_whole(origin, asked, state)


def _check_whole(origin: Entry, asked: dict[int, int], state: BookState) -> None:
    for index in range(len(origin.legs)):
        left = state.remainders.get((origin.seq, index), 0) - asked.get(index, 0)
        if left:
            raise ContinuationError(origin.seq, f"{left} of leg {index} would be left")


def _change_left(origin: Entry, index: int, change: int, state: BookState) -> None:
    left = state.remainders.pop((origin.seq, index), 0) + change
    assert 0 <= left <= origin.legs[index].amount, "the rules checked this"
    if left:
        state.remainders[origin.seq, index] = left


def _apply_reversal(seq: int, entry: Entry, owners: Owners, state: BookState) -> None:
    original = earlier_entry(seq, entry, state)
    kind = state.registry.kind(original.kind)
    state.reversed_by[seq] = entry.seq
    undo_allowance(kind, original, state)
    owned = tuple((from_, to) for to, from_ in owners)
    undo_tallies(kind, original, owned, state)
    undo_arrivals(kind, original, owned, state)
    for index, _ in _continuable(kind, original):
        state.remainders.pop((seq, index), None)
    if kind.continues and kind.continues.fact in original.public:
        origin = earlier_entry(original.public[kind.continues.fact], entry, state)
        for leg in _continuing(kind.continues, original):
            _change_left(origin, _leg_of(kind.continues, origin, leg), leg.amount, state)
