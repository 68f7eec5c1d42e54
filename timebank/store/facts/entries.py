"""Entries that a command goes on from, and what became of them."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import bindparam, select

from timebank.ledger.entry import decode_entry
from timebank.ledger.keyring import repeated_from
from timebank.ledger.model import Entry
from timebank.ledger.registry import FactType
from timebank.ledger.rules.references import names_of_answers
from timebank.store.driver import Statement
from timebank.store.facts.holders import load_holders
from timebank.store.facts.loading import Loading, chunks
from timebank.store.facts.names import load_names, load_reversals
from timebank.store.facts.tallies import load_tallied
from timebank.store.tables import entries, leg_sides, remainders

_ENTRIES: Final = Statement(
    select(entries.c.seq, entries.c.body).where(
        entries.c.book_id == bindparam("book"),
        entries.c.seq.in_(bindparam("seqs", expanding=True)),
    )
)
_OWNERS: Final = Statement(
    select(leg_sides.c.seq, leg_sides.c.leg, leg_sides.c.side, leg_sides.c.holder).where(
        leg_sides.c.book_id == bindparam("book"),
        leg_sides.c.seq.in_(bindparam("seqs", expanding=True)),
    )
)
_REMAINDERS: Final = Statement(
    select(remainders.c.seq, remainders.c.leg, remainders.c.remaining).where(
        remainders.c.book_id == bindparam("book"),
        remainders.c.seq.in_(bindparam("seqs", expanding=True)),
    )
)


def load_entries(loading: Loading, seqs: set[int]) -> None:
    """Read entries with owners, what is left of them and who answered them.

    What they in turn repeat, or draw on, is read too.
    """
    seqs = {seq for seq in seqs if seq < loading.state.size} - loading.earlier.keys()
    if not seqs:
        return
    found = _read_entries(loading, seqs)
    owners = _read_owners(loading, found)
    for seq, entry in found.items():
        loading.earlier[seq] = (entry, tuple(map(tuple, owners[seq])))  # type: ignore[arg-type]
    _load_open_ends(loading, seqs)
    load_reversals(loading, seqs)
    unknown = {owner for pairs in owners.values() for pair in pairs for owner in pair}
    load_holders(loading, unknown - loading.state.holders.keys() - {0})
    load_tallied(loading, found)
    registry = loading.state.registry
    load_names(loading, {name for e in found.values() for name in names_of_answers(e, registry)})
    load_entries(loading, {seq for entry in found.values() for seq in _behind(loading, entry)})


def _behind(loading: Loading, entry: Entry) -> Iterator[int]:
    """What an entry repeats, and what it draws on, as a reversal of it would change that."""
    repeated = repeated_from(entry, loading.state)
    if repeated is not None:
        yield repeated
    draws = loading.state.registry.kind(entry.kind).draws
    if draws in entry.public:
        yield entry.public[draws]


def _read_entries(loading: Loading, seqs: set[int]) -> dict[int, Entry]:
    found = {}
    for some in chunks(seqs):
        for seq, body in loading.run(_ENTRIES, seqs=some):
            found[seq] = decode_entry(body)
    return found


def _read_owners(loading: Loading, found: dict[int, Entry]) -> dict[int, list[list[int]]]:
    owners = {seq: [[0, 0] for _ in entry.legs] for seq, entry in found.items()}
    for some in chunks(found):
        for seq, leg, side, holder in loading.run(_OWNERS, seqs=some):
            owners[seq][leg][side] = holder
    return owners


def _load_open_ends(loading: Loading, seqs: set[int]) -> None:
    for some in chunks(seqs):
        for seq, leg, remaining in loading.run(_REMAINDERS, seqs=some):
            loading.state.remainders[seq, leg] = remaining


def things_of(loading: Loading, entry: Entry) -> set[tuple[str, str]]:
    """The commodities and lots of the legs, and the one that the facts name."""
    commodities = named_by(loading, entry, "commodity")
    named = zip(commodities, named_by(loading, entry, "lot"), strict=False)
    return {(leg.commodity, leg.lot) for leg in entry.legs} | set(named)


def named_by(loading: Loading, entry: Entry, type_: FactType) -> list[str]:
    """The facts of a type, such as the cash account of a market."""
    facts = loading.state.registry.kind(entry.kind).facts
    return [
        entry.public[name]
        for name, spec in facts.items()
        if spec.type == type_ and name in entry.public
    ]
