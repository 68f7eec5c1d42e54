"""Names: what may be said once, such as the task a service did, and what is said of a lot.

A name is a scope and a value. A kind with ``once`` gives one for each of these facts, and so do
some rules. Whoever said it first has it, until that entry is reversed.
"""

from collections.abc import Iterator
from typing import NamedTuple

from timebank.errors import AlreadyUsedError
from timebank.ledger.model import Entry
from timebank.ledger.registry import Kind
from timebank.ledger.state import BookState

RECALLED = "recalled"
PURCHASED = "purchased"


class Name(NamedTuple):
    """Something that is said of ``value`` within ``scope``."""

    scope: str
    value: str


def name_of_fact(kind: str, fact: str, value: str | int) -> Name:
    """The name that a fact of a kind takes, ``service:task`` and its value."""
    return Name(f"{kind}:{fact}", str(value))


def name_of_lot(scope: str, commodity: str, lot: str) -> Name:
    """The name of what is said of a lot."""
    return Name(scope, f"{commodity}/{lot}")


def gives_names(kind: Kind) -> bool:
    """Whether entries of a kind may take names."""
    return bool(kind.once) or "cost" in kind.rules or "recall" in kind.rules


def names_of(kind: Kind, entry: Entry) -> Iterator[Name]:
    """All names that an entry takes, each once."""
    for fact in kind.once:
        if fact in entry.public:
            yield name_of_fact(kind.kind, fact, entry.public[fact])
    if "cost" in kind.rules:
        for item in entry.public["lots"]:
            yield name_of_lot(PURCHASED, item["commodity"], item["lot"])
    if "recall" in kind.rules and entry.public["reason"] == RECALLED:
        for commodity, lot in sorted({(leg.commodity, leg.lot) for leg in entry.legs}):
            yield name_of_lot(RECALLED, commodity, lot)


def check_names(kind: Kind, entry: Entry, state: BookState) -> None:
    """Raise AlreadyUsedError where a standing entry has one of the names; recalls may repeat."""
    for name in names_of(kind, entry):
        holder = standing(name, state)
        if holder and name.scope != RECALLED:
            raise AlreadyUsedError(name.scope, name.value, holder)


def apply_names(kind: Kind, entry: Entry, state: BookState) -> None:
    """Give the entry its names."""
    for name in names_of(kind, entry):
        state.names.add(name.scope, name.value, entry.seq)


def standing(name: Name, state: BookState) -> int:
    """The seq of the first entry that has the name and was not reversed, 0 where there is none."""
    seqs = state.names.seqs(name.scope, name.value)
    return next((seq for seq in seqs if seq not in state.reversed_by), 0)
