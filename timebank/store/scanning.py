"""Reading a whole book in order, a stretch at a time: for verifying, exporting and rebuilding.

Nothing here keeps more than one stretch in memory. All of it is to be used in one transaction,
which sees one state of the book throughout.
"""

from collections.abc import Collection, Iterator
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    Select,
    Table,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.exc import NoResultFound

from timebank.store.driver import Row, Statement
from timebank.store.tables import entries, leg_sides, subtree_roots

STRETCH: Final = 500
"""How many entries are read at a time; an entry has at most 16 KiB and 128 leg sides."""

_EARLIER: Final = 256
"""How many earlier entries are kept for those that go on from them."""

_WHOLE: Final = BigInteger().with_variant(Integer(), "sqlite")
_NO_ENTRY: Final = "No row was found when one was required"


class StoredEntry(NamedTuple):
    """An entry and what stands beside its bytes."""

    seq: int
    body: bytes
    leaf: bytes
    kind: str
    day: str
    posted: str


_ENTRIES: Final = Statement(
    select(*(entries.c[name] for name in StoredEntry._fields))
    .where(entries.c.book_id == bindparam("book_id"), entries.c.seq > bindparam("after"))
    .order_by(entries.c.seq)
    .limit(bindparam("count"))
)
_BODY: Final = Statement(
    select(entries.c.body).where(
        entries.c.book_id == bindparam("book_id"), entries.c.seq == bindparam("seq")
    )
)


class Scanner:
    """Reads the tables of one book."""

    def __init__(self, connection: Connection, book_id: int) -> None:
        """Read through this connection."""
        self.connection = connection
        self.book_id = book_id
        self.body: Final = lru_cache(maxsize=_EARLIER)(self._read_body)
        self.owners: Final = lru_cache(maxsize=_EARLIER)(self._read_owners)

    def entries(self) -> Iterator[list[StoredEntry]]:
        """All entries in order, a stretch at a time."""
        return (list(map(StoredEntry._make, rows)) for rows in self.entry_rows())

    def entry_rows(self) -> Iterator[list[Row]]:
        """The same as rows, which are the fields of :class:`StoredEntry`."""
        last = -1
        while rows := _ENTRIES.run(
            self.connection, book_id=self.book_id, after=last, count=STRETCH
        ):
            last = rows[-1][0]
            yield rows

    def rows(self, table: Table[Any], names: Collection[str]) -> Iterator[Row]:
        """Columns of all rows of a table, streamed in the order of the primary key."""
        return self._stream(
            select(*(table.c[name] for name in names))
            .where(table.c.book_id == self.book_id)
            .order_by(*_places(table))
        )

    def rows_of_seqs(
        self, table: Table[Any], names: tuple[str, ...], first: int, last: int
    ) -> list[Row]:
        """Columns of the rows of entries from ``first`` to ``last``, in order."""
        statement = _of_seqs(table, names)
        return statement.run(self.connection, book_id=self.book_id, first=first, last=last)

    def rows_from_seq(self, table: Table[Any], names: Collection[str], first: int) -> Iterator[Row]:
        """Columns of the rows of entries from ``first`` on, streamed in order."""
        return self._stream(
            select(*(table.c[name] for name in names))
            .where(table.c.book_id == self.book_id, table.c.seq >= first)
            .order_by(*_places(table))
        )

    def sums_of_sides(self, *, by_day: bool, first: int = 0) -> Iterator[Row]:
        """What the leg sides add up to, in the order of the primary keys of both projections.

        ``account, holder, commodity, lot[, day], debits, credits, first_seq, last_seq``: for each
        account as a whole (holder 0) and for each holder in it. Of entries from ``first`` on only.
        """
        parts = (self._sums(whole, by_day=by_day, first=first) for whole in (True, False))
        both = union_all(*parts).subquery()
        names = ["account", "holder", "commodity", "lot", *(["day"] if by_day else [])]
        return self._stream(select(both).order_by(*(both.c[name] for name in names)))

    def subtree_root(self, level: int, number: int) -> bytes | None:
        """The stored root of a full subtree, None where there is none."""
        table = subtree_roots
        query = select(table.c.root).where(
            table.c.book_id == self.book_id, table.c.level == level, table.c.number == number
        )
        return self.connection.scalar(query)

    def _sums(
        self,
        whole: bool,  # noqa: FBT001  which of two halves
        *,
        by_day: bool,
        first: int,
    ) -> Select[Any]:
        sides = leg_sides.c
        days = [entries.c.day] if by_day else []
        sums = [
            _sum(case((sides.side == 1, sides.amount), else_=0)).label("debits"),
            _sum(case((sides.side == 0, sides.amount), else_=0)).label("credits"),
            func.min(sides.seq).label("first_seq"),
            func.max(sides.seq).label("last_seq"),
        ]
        holder = literal(0, _WHOLE).label("holder") if whole else sides.holder
        columns: list[Any] = [sides.account, holder, sides.commodity, sides.lot, *days, *sums]
        query: Select[Any] = select(*columns).where(sides.book_id == self.book_id)
        if not whole:
            query = query.where(sides.holder > 0)
        if first:
            query = query.where(sides.seq >= first)
        if by_day:
            same = and_(entries.c.book_id == sides.book_id, entries.c.seq == sides.seq)
            query = query.join(entries, same)
        parts = [] if whole else [sides.holder]
        return query.group_by(sides.account, sides.commodity, sides.lot, *days, *parts)

    def _stream(self, query: Select[Any]) -> Iterator[Row]:
        rows = self.connection.execute(query, execution_options={"yield_per": STRETCH})
        for part in rows.partitions():
            yield from map(tuple, part)

    def _read_body(self, seq: int) -> bytes:
        """The bytes of an earlier entry."""
        for (body,) in _BODY.run(self.connection, book_id=self.book_id, seq=seq):
            assert isinstance(body, bytes)
            return body
        raise NoResultFound(_NO_ENTRY)

    def _read_owners(self, seq: int) -> dict[tuple[int, int], int]:
        """Who is said to stand behind each (leg, side) of an entry; nobody is not there."""
        rows = self.rows_of_seqs(leg_sides, ("leg", "side", "holder"), seq, seq)
        return {(leg, side): holder for leg, side, holder in rows}


@cache
def _of_seqs(table: Table[Any], names: tuple[str, ...]) -> Statement:
    return Statement(
        select(*(table.c[name] for name in names))
        .where(
            table.c.book_id == bindparam("book_id"),
            table.c.seq >= bindparam("first"),
            table.c.seq <= bindparam("last"),
        )
        .order_by(*_places(table))
    )


def columns_of(table: Table[Any]) -> tuple[str, ...]:
    """The names of all columns but the book's, those of the primary key first."""
    key = keys_of(table)
    others = (column.name for column in table.columns if column.name not in key)
    return (*key, *(name for name in others if name != "book_id"))


def keys_of(table: Table[Any]) -> tuple[str, ...]:
    """The names of the columns of the primary key but the book's."""
    return tuple(column.name for column in table.primary_key if column.name != "book_id")


def _places(table: Table[Any]) -> list[Any]:
    return [table.c[name] for name in keys_of(table)]


def _sum(amounts: Any) -> Any:  # noqa: ANN401  an SQL expression
    # A sum of bigints is a numeric on PostgreSQL.
    return cast(func.sum(amounts), _WHOLE)
