"""The books there are, the keys that sign them, and where each of them ends."""

from typing import Final

from sqlalchemy import Column, Named, TypedColumns, UniqueConstraint

from timebank.store.tables.shape import (
    BYTES,
    TEXT,
    WHOLE,
    OfBook,
    check,
    of_book,
    sized,
    table,
    within,
)


class BookColumns(TypedColumns):
    """A book by its names. ``slug`` leads to it, ``origin`` is its public name for ever."""

    book_id: Named[int] = Column(WHOLE, primary_key=True, autoincrement=False)
    slug: Named[str] = Column(TEXT)
    origin: Named[str] = Column(TEXT)
    title: Named[str] = Column(TEXT)
    time_zone: Named[str] = Column(TEXT)


books: Final = table(
    "books",
    BookColumns,
    UniqueConstraint("slug"),
    UniqueConstraint("origin"),
    within("book_id", 1),
    rowid=True,
)


class SigningKeyColumns(OfBook):
    """An Ed25519 key of the log, in use from the entry ``seq`` that published its ``vkey``."""

    seq: Named[int] = Column(WHOLE, primary_key=True, autoincrement=False)
    vkey: Named[str] = Column(TEXT)
    wrapped: Named[bytes] = Column(BYTES)


signing_keys: Final = table("signing_keys", SigningKeyColumns, of_book(), within("seq", 0))


class HeadColumns(OfBook):
    """Where a book ends. Its lock is the one lock of the book.

    ``edge`` is the right edge of the tree, its hashes one after the other. ``defined`` is the
    size of the log when the last definition was written, so definitions kept in memory are
    current while it has not moved. Before the first entry ``posted`` is empty, as
    ``closed_until`` is before the first close.
    """

    size: Named[int] = Column(WHOLE)
    last_leaf: Named[bytes] = Column(BYTES)
    edge: Named[bytes] = Column(BYTES)
    posted: Named[str] = Column(TEXT)
    closed_until: Named[str] = Column(TEXT)
    defined: Named[int] = Column(WHOLE)


heads: Final = table(
    "heads",
    HeadColumns,
    of_book(),
    within("size", 0),
    sized("last_leaf", 32),
    check("edge", "length(edge) % 32 = 0"),
    check("posted", "length(posted) = CASE WHEN size = 0 THEN 0 ELSE 10 END"),
    check("closed_until", "length(closed_until) IN (0, 10)"),
    check("defined", "defined >= 0 AND defined <= size"),
    rowid=True,
)
