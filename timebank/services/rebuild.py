"""Rebuilding: dropping all projections of a book and computing them again from its log.

The bytes of the entries are the only thing that is believed. Who is behind a reference is taken
from the old leg sides where it proves right with the viewing key, and else found by trying all
keys; only the legs of forgotten holders are taken as told.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from timebank.errors import CannotCheckError
from timebank.ledger import merkle
from timebank.ledger.model import Entry
from timebank.ledger.registry import standard_registry
from timebank.ledger.replay import Replay
from timebank.services.installation import Installation
from timebank.services.owners import OwnerFinder, read_keys
from timebank.store.books import Book, Head, find_book, lock_head
from timebank.store.database import reading, writing
from timebank.store.projections import Projection
from timebank.store.rebuilding import Rebuilder, holder_columns
from timebank.store.scanning import Scanner, StoredEntry
from timebank.store.spool import Spooled
from timebank.store.tables import holders, leg_sides

Progress = Callable[[int, int], None]

_OWNED: Final = ("seq", "leg", "side", "holder")


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was rebuilt: ``size`` entries with this ``root``, in hexadecimal.

    ``told`` leg sides belong to forgotten holders, so that the old projection was believed.
    ``size_before`` is what the head said; a greater one means that entries were lost.
    """

    size: int
    root: str
    told: int
    size_before: int


def rebuild_book(
    installation: Installation, slug: str, progress: Progress | None = None
) -> Rebuilt:
    """Rebuild the projections of a book in one transaction, under its lock.

    Nothing is changed where the log itself cannot be right: raises LogBrokenError, or
    CannotCheckError, or UnknownBookError.
    """
    with reading(installation.engine) as connection:
        book = find_book(connection, slug)
    with writing(installation.engine) as connection, Spooled() as spooled:
        head = lock_head(connection, book.book_id)
        return _Rebuild(installation, connection, book, head, spooled).run(progress)


class _Rebuild:
    """One book, in the transaction that holds its lock."""

    def __init__(
        self,
        installation: Installation,
        connection: Connection,
        book: Book,
        head: Head,
        spooled: Spooled,
    ) -> None:
        self._connection = connection
        self._book_id = book.book_id
        self._head = head
        self._defined = 0
        self._scanner = Scanner(connection, book.book_id)
        self._rows = Rebuilder(connection, book.book_id)
        keys = read_keys(self._scanner, installation.vault.book(book.origin), book.origin)
        self._finder = OwnerFinder(keys, self._scanner.owners)
        self._replay = Replay(
            standard_registry(),
            earlier_body=self._scanner.body,
            origin=book.origin,
            reveal=self._finder,
            names=spooled.names,
            arrivals=spooled.arrivals,
        )

    def run(self, progress: Progress | None) -> Rebuilt:
        """Rebuild everything."""
        self._rows.drop_all()
        for stretch in self._scanner.entries():
            self._fold(stretch)
            if progress:
                progress(self._replay.state.size, max(self._head.size, self._replay.state.size))
        self._rows.drop_sides(self._replay.state.size, None)
        self._write_holders()
        self._write_head()
        root = merkle.root(self._replay.edge()).hex()
        return Rebuilt(self._replay.state.size, root, self._finder.unchecked, self._head.size)

    def _fold(self, stretch: Sequence[StoredEntry]) -> None:
        """Replay a stretch, and put what follows from it in place of the old leg sides."""
        first, last = self._replay.state.size, stretch[-1].seq
        told = self._scanner.rows_of_seqs(leg_sides, _OWNED, first, last)
        self._finder.begin(first, told)
        projection = Projection(self._book_id, self._replay.state)
        for stored in stretch:
            step = self._replay.feed(stored.body)
            projection.add(step.entry, step.sides, step.completed)
            self._write_entry(stored, step.entry, step.leaf)
        self._rows.drop_sides(first, last)
        projection.flush(self._connection)
        if projection.defined is not None:
            self._defined = projection.defined

    def _write_entry(self, stored: StoredEntry, entry: Entry, leaf: bytes) -> None:
        right = stored._replace(leaf=leaf, kind=entry.kind, day=entry.day, posted=entry.posted)
        if stored != right:
            columns: dict[str, Any] = right._asdict()
            del columns["body"]
            self._rows.change_entry(stored.seq, columns)

    def _write_holders(self) -> None:
        wanted = {
            number: holder_columns(holder) for number, holder in self._replay.state.holders.items()
        }
        names = ("holder", "kind", "key_hash", "limits", "left_seq")
        for row in list(self._scanner.rows(holders, names)):
            if wanted.get(row[0]) == dict(zip(names, row, strict=True)):
                del wanted[row[0]]
        for number, columns in wanted.items():
            if not self._rows.change_holder(columns):
                reason = "the private rows of who it enrolled are gone; a backup may have them"
                raise CannotCheckError(number, reason)

    def _write_head(self) -> None:
        state = self._replay.state
        self._rows.change_head(
            {
                "size": state.size,
                "last_leaf": self._replay.previous,
                "edge": self._replay.edge().to_bytes(),
                "posted": state.posted,
                "closed_until": state.closed_until,
                "defined": self._defined,
            }
        )
