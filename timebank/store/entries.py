"""Entries as they were written: by seq, and in pages."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from sqlalchemy import Connection, select

from timebank.store.balances import Scope
from timebank.store.scanning import StoredEntry
from timebank.store.seqs import Days, iterate_days, iterate_log, iterate_scope
from timebank.store.tables import entries, reversals

EXAMINED_MAX: Final = 5_000
"""How many entries one page looks at, at most; a page of rare ones may be short and yet go on."""

CHUNK_MIN: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries: those that moved a balance in scope, of a kind, with a day in a period."""

    scope: Scope | None = None
    kind: str | None = None
    days: Days | None = None


def read_entries(
    connection: Connection, book_id: int, seqs: Iterable[int], wanted: Wanted | None = None
) -> list[StoredEntry]:
    """Read those of the entries that are of the kind and have a day of the period, in order."""
    table = entries.c
    query = select(table.seq, table.body, table.leaf, table.kind, table.day, table.posted)
    query = query.where(table.book_id == book_id, table.seq.in_(list(seqs)))
    if wanted is not None and wanted.kind is not None:
        query = query.where(table.kind == wanted.kind)
    if wanted is not None and wanted.days is not None:
        # Not by the index of days, or SQLite would read all entries of the period for a few.
        query = query.where(wanted.days.has(table.day.concat("")))
    return [StoredEntry(*row) for row in connection.execute(query.order_by(table.seq))]


def read_page(
    connection: Connection, book_id: int, wanted: Wanted, *, after: int, limit: int
) -> tuple[list[StoredEntry], int | None]:
    """Read the first entries that are wanted after ``after``, in order, ``limit`` at most.

    Also gives the seq after which there may be more, or None. A page that looked at
    :data:`EXAMINED_MAX` entries ends there.
    """
    found: list[StoredEntry] = []
    size = max(limit + 1, CHUNK_MIN) if _is_filtered(wanted) else limit + 1
    candidates = _candidates(connection, book_id, wanted, after)
    for _ in range(0, EXAMINED_MAX, size):
        chunk = list(islice(candidates, size))
        matching = read_entries(connection, book_id, chunk, wanted)
        found += matching
        if len(found) > limit:
            return found[:limit], found[limit - 1].seq
        if len(chunk) < size:
            return found, None
        after = chunk[-1]
        if not matching and wanted.kind is not None:
            following = next(iterate_log(connection, book_id, wanted.kind, after=after), None)
            if following is None:
                return found, None
            candidates = _candidates(connection, book_id, wanted, following - 1)
    return found, after


def read_reversals(connection: Connection, book_id: int, seqs: Sequence[int]) -> dict[int, int]:
    """Read which of the entries were reversed, each with the entry that did it."""
    query = select(reversals.c.reversed, reversals.c.seq).where(
        reversals.c.book_id == book_id, reversals.c.reversed.in_(seqs)
    )
    return {row.reversed: row.seq for row in connection.execute(query)}


def _is_filtered(wanted: Wanted) -> bool:
    """Whether entries are to be looked at one by one, as no index gives just those."""
    kind, days = wanted.kind is not None, wanted.days is not None
    return (kind or days) if wanted.scope else (kind and days)


def _candidates(connection: Connection, book_id: int, wanted: Wanted, after: int) -> Iterator[int]:
    if wanted.scope is not None:
        return iterate_scope(connection, book_id, wanted.scope, wanted.days, after=after)
    if wanted.days is not None:
        return iterate_days(connection, book_id, wanted.days, after=after)
    return iterate_log(connection, book_id, wanted.kind, after=after)
