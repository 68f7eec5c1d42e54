"""Holds: which of them are open, and what is left of them."""

from collections.abc import Iterable, Iterator
from typing import Final

from sqlalchemy import Connection, select

from timebank.store.balances import Scope
from timebank.store.seqs import CHUNK, iterate_scope
from timebank.store.tables import remainders

HELD: Final = "members:held"
"""The control account of what is on hold."""


def iterate_open(connection: Connection, book_id: int, *, after: int) -> Iterator[int]:
    """Go through the entries after ``after`` of which something is left that can go on."""
    seq = remainders.c.seq
    query = select(seq).distinct().order_by(seq).limit(CHUNK)
    while True:
        condition = (remainders.c.book_id == book_id) & (seq > after) & (remainders.c.remaining > 0)
        chunk = list(connection.execute(query.where(condition)).scalars())
        yield from chunk
        if len(chunk) < CHUNK:
            return
        after = chunk[-1]


def iterate_of_holder(
    connection: Connection, book_id: int, holder: int, *, after: int
) -> Iterator[int]:
    """Go through the entries after ``after`` that held something of a holder's or gave it back."""
    scope = Scope(holder=holder, account=HELD)
    return iterate_scope(connection, book_id, scope, None, after=after)


def read_remaining(connection: Connection, book_id: int, seqs: Iterable[int]) -> dict[int, int]:
    """Read what is left of the first leg of these entries, where it is more than nothing."""
    query = select(remainders.c.seq, remainders.c.remaining).where(
        remainders.c.book_id == book_id,
        remainders.c.seq.in_(list(seqs)),
        remainders.c.leg == 0,
        remainders.c.remaining > 0,
    )
    return {row.seq: row.remaining for row in connection.execute(query)}
