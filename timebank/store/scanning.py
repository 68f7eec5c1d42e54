"""Reading a whole book in order, a stretch at a time: for verifying, exporting and rebuilding.

Nothing here keeps more than one stretch in memory. All of it is to be used in one transaction,
which sees one state of the book throughout.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    Select,
    Table,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)

from timebank.store.tables import entries, leg_sides, subtree_roots

STRETCH: Final = 500
"""How many entries are read at a time; an entry has at most 16 KiB and 128 leg sides."""

_EARLIER: Final = 256
"""How many earlier entries are kept for those that go on from them."""

_WHOLE: Final = BigInteger().with_variant(Integer(), "sqlite")

Row = tuple[Any, ...]
"""Values of the columns that were asked for, in that order."""


class StoredEntry(NamedTuple):
    """An entry and what stands beside its bytes."""

    seq: int
    body: bytes
    leaf: bytes
    kind: str
    day: str
    posted: str


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
        table = entries
        query = select(*(table.c[name] for name in StoredEntry._fields)).order_by(table.c.seq)
        last = -1
        while True:
            condition = and_(table.c.book_id == self.book_id, table.c.seq > last)
            rows = self.connection.execute(query.where(condition).limit(STRETCH))
            stretch = [StoredEntry._make(row) for row in rows]
            if not stretch:
                return
            yield stretch
            last = stretch[-1].seq

    def rows(self, table: Table[Any], names: Collection[str]) -> Iterator[Row]:
        """Columns of all rows of a table, streamed in the order of the primary key."""
        return self._stream(
            select(*(table.c[name] for name in names))
            .where(table.c.book_id == self.book_id)
            .order_by(*_places(table))
        )

    def rows_of_seqs(
        self, table: Table[Any], names: Collection[str], first: int, last: int | None
    ) -> Iterator[Row]:
        """Columns of the rows of entries from ``first`` to ``last``, of all later ones if None."""
        query = (
            select(*(table.c[name] for name in names))
            .where(table.c.book_id == self.book_id, table.c.seq >= first)
            .order_by(*_places(table))
        )
        return self._stream(query if last is None else query.where(table.c.seq <= last))

    def sums_of_sides(self, *, by_day: bool, without: Collection[int] = ()) -> Iterator[Row]:
        """What the leg sides add up to, in the order of the primary keys of both projections.

        ``account, holder, commodity, lot[, day], debits, credits, first_seq, last_seq``: for each
        account as a whole (holder 0) and for each holder in it. Leaves the entries ``without`` out.
        """
        parts = (self._sums(whole, by_day=by_day, without=without) for whole in (True, False))
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
        without: Collection[int],
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
        if without:
            query = query.where(sides.seq.not_in(sorted(without)))
        if by_day:
            same = and_(entries.c.book_id == sides.book_id, entries.c.seq == sides.seq)
            query = query.join(entries, same)
        parts = [] if whole else [sides.holder]
        return query.group_by(sides.account, sides.commodity, sides.lot, *days, *parts)

    def _stream(self, query: Select[Any]) -> Iterator[Row]:
        rows = self.connection.execute(query, execution_options={"yield_per": STRETCH})
        return map(tuple, rows)

    def _read_body(self, seq: int) -> bytes:
        """The bytes of an earlier entry."""
        table = entries
        query = select(table.c.body).where(table.c.book_id == self.book_id, table.c.seq == seq)
        return self.connection.execute(query).scalar_one()

    def _read_owners(self, seq: int) -> dict[tuple[int, int], int]:
        """Who is said to stand behind each (leg, side) of an entry; nobody is not there."""
        found: defaultdict[tuple[int, int], int] = defaultdict(int)
        for leg, side, holder in self.rows_of_seqs(leg_sides, ("leg", "side", "holder"), seq, seq):
            found[leg, side] = holder
        return found


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
