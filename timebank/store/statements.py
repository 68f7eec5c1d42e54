"""Lines of statements: what moved some balances, in the order of the days it happened on.

The log is in the order of posting, where a late entry has an earlier day than its neighbours. The
turnovers of a day name the first and the last entry that moved a balance on it, and other days'
entries lie between these. So the entries from the first to the last of the whole period are put in
order where they are few; otherwise one day follows the other.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, islice
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from timebank.ledger.model import Key
from timebank.store.seqs import CHUNK, Days, Stretch, seqs_of_balance, seqs_of_day
from timebank.store.tables import entries, leg_sides, turnovers

NEAR_MAX: Final = 1_000
"""How many entries are put in order at once, at most."""


class Line(NamedTuple):
    """One side of a leg. ``side`` 1 came in, 0 went out; ``counter`` is the account opposite."""

    day: str
    seq: int
    leg: int
    side: int
    posted: str
    kind: str
    account: str
    commodity: str
    lot: str
    amount: int
    counter: str


class _Span(NamedTuple):
    """From where to where in the log entries of a day moved a balance."""

    day: str
    key: Key
    first: int
    last: int


class _Head(NamedTuple):
    """What the table of entries says of one, without its bytes."""

    day: str
    seq: int
    posted: str
    kind: str


class _Side(NamedTuple):
    """A row of leg sides."""

    seq: int
    leg: int
    side: int
    account: str
    holder: int
    commodity: str
    lot: str
    amount: int


def iterate_lines(
    connection: Connection, book_id: int, keys: Collection[Key], days: Days, *, last: int
) -> Iterator[Line]:
    """Go through what entries up to ``last`` moved in these balances on days of the period.

    Lines come by day, seq, leg and side, and are read as far as somebody takes them. The keys are
    all of one owner.
    """
    spans = [
        span for key in keys for span in _read_spans(connection, book_id, key, days, last=last)
    ]
    seqs = _order(connection, book_id, spans, days)
    while chunk := list(islice(seqs, CHUNK)):
        yield from _read_lines(connection, book_id, frozenset(keys), chunk)


def _read_spans(
    connection: Connection, book_id: int, key: Key, days: Days, *, last: int
) -> Iterator[_Span]:
    table = turnovers.c
    query = select(table.day, table.first_seq, table.last_seq).where(
        table.book_id == book_id,
        table.account == key.account,
        table.holder == key.owner,
        table.commodity == key.commodity,
        table.lot == key.lot,
        days.has(table.day),
        table.first_seq <= last,
    )
    for day, first_seq, last_seq in connection.execute(query):
        yield _Span(day, key, first_seq, min(last_seq, last))


def _order(
    connection: Connection, book_id: int, spans: Sequence[_Span], days: Days
) -> Iterator[int]:
    """Give the entries of all these spans by day and seq, none twice."""
    near = _read_near(connection, book_id, spans)
    if near is not None:
        heads = _read_heads(connection, book_id, near)
        yield from (head.seq for head in sorted(heads) if days.first <= head.day <= days.last)
        return
    for day, of_day in groupby(sorted(spans), key=lambda span: span.day):
        yield from _order_day(connection, book_id, day, list(of_day))


def _order_day(
    connection: Connection, book_id: int, day: str, spans: Sequence[_Span]
) -> Iterator[int]:
    near = _read_near(connection, book_id, spans)
    if near is not None:
        heads = _read_heads(connection, book_id, near)
        yield from sorted(head.seq for head in heads if head.day == day)
        return
    after, last = min(span.first for span in spans) - 1, max(span.last for span in spans)
    stretch = Stretch(after=after, last=last, limit=CHUNK)
    while chunk := seqs_of_day(connection, book_id, day, stretch):
        yield from chunk
        stretch = replace(stretch, after=chunk[-1])


def _read_near(connection: Connection, book_id: int, spans: Sequence[_Span]) -> set[int] | None:
    """Read which entries from the first to the last of the spans moved a balance.

    None stands for more than :data:`NEAR_MAX`.
    """
    found: set[int] = set()
    for key, of_key in groupby(sorted(spans, key=lambda span: span.key), key=lambda span: span.key):
        bounds = [(span.first, span.last) for span in of_key]
        stretch = Stretch(
            after=min(first for first, _ in bounds) - 1,
            last=max(last for _, last in bounds),
            limit=NEAR_MAX + 1,
        )
        found.update(seqs_of_balance(connection, book_id, key, stretch))
        if len(found) > NEAR_MAX:
            return None
    return found


def _read_heads(connection: Connection, book_id: int, seqs: Iterable[int]) -> list[_Head]:
    table = entries.c
    query = select(table.day, table.seq, table.posted, table.kind).where(
        table.book_id == book_id, table.seq.in_(list(seqs))
    )
    return [_Head(*row) for row in connection.execute(query)]


def _read_lines(
    connection: Connection, book_id: int, keys: Collection[Key], seqs: Sequence[int]
) -> Iterator[Line]:
    """Give the lines of these entries in this order."""
    owner = next(iter(keys)).owner
    heads = {head.seq: head for head in _read_heads(connection, book_id, seqs)}
    sides = _read_sides(connection, book_id, seqs)
    accounts = {(side.seq, side.leg, side.side): side.account for side in sides}
    order = {seq: place for place, seq in enumerate(seqs)}
    for side in sorted(sides, key=lambda side: (order[side.seq], side.leg, side.side)):
        key = Key(side.account, owner, side.commodity, side.lot)
        if key in keys and (not owner or side.holder == owner):
            yield _to_line(heads[side.seq], side, accounts[side.seq, side.leg, 1 - side.side])


def _read_sides(connection: Connection, book_id: int, seqs: Sequence[int]) -> list[_Side]:
    query = select(*(leg_sides.c[name] for name in _Side._fields)).where(
        leg_sides.c.book_id == book_id, leg_sides.c.seq.in_(seqs)
    )
    return [_Side._make(row) for row in connection.execute(query)]


def _to_line(head: _Head, side: _Side, counter: str) -> Line:
    return Line(
        day=head.day,
        seq=side.seq,
        leg=side.leg,
        side=side.side,
        posted=head.posted,
        kind=head.kind,
        account=side.account,
        commodity=side.commodity,
        lot=side.lot,
        amount=side.amount,
        counter=counter,
    )
