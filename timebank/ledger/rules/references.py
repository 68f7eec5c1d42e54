"""References: a fact that names an earlier entry, such as the market of a sale, by its seq.

An entry answers another where no second one may refer to it so: the report on a plan. What was
answered is not reversed before its answer.
"""

from collections.abc import Iterator

from timebank.errors import ReferredError, StaleStateError, UnknownEntryError
from timebank.ledger.model import Entry
from timebank.ledger.registry import Kind, Registry
from timebank.ledger.rules.names import Name, name_of_fact, standing
from timebank.ledger.state import BookState


def check_references(kind: Kind, entry: Entry, state: BookState) -> None:
    """Raise unless each entry that is referred to is there, of its kind, and still stands.

    Raises UnknownEntryError, ReferredError and StaleStateError.
    """
    for refers in kind.refers:
        seq = entry.public.get(refers.fact)
        if seq is None:
            continue
        found = earlier_entry(seq, entry, state)
        if found.kind != refers.kind:
            raise ReferredError(refers.fact, seq, refers.kind)
        if seq in state.reversed_by:
            reason = f"was reversed by entry {state.reversed_by[seq]}"
            raise StaleStateError(f"entry {seq}", reason)


def earlier_entry(seq: int, entry: Entry, state: BookState) -> Entry:
    """The entry ``seq``, which must stand before ``entry``. Raises UnknownEntryError."""
    found = state.earlier(seq) if seq < entry.seq else None
    if found is None:
        raise UnknownEntryError(seq)
    return found[0]


def names_of_answers(original: Entry, registry: Registry) -> Iterator[Name]:
    """The names that answers to an entry take, if it can be reversed at all."""
    if not registry.kind(original.kind).reversible:
        return
    for kind, fact in registry.answers(original.kind):
        yield name_of_fact(kind, fact, original.seq)


def check_unanswered(original: Entry, state: BookState) -> None:
    """Raise StaleStateError where a standing entry answers the one that is to be reversed."""
    for name in names_of_answers(original, state.registry):
        answer = standing(name, state)
        if answer:
            raise StaleStateError(f"entry {original.seq}", f"entry {answer} answers it")
