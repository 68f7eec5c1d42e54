"""The log: entries as they were written, and roots of the tree over them.

These rows and those of ``projections`` are written thousands a second by the journal alone, and
``verify`` proves each against the log, so they carry no foreign keys.
"""

from typing import Final

from sqlalchemy import Column, Index, Named

from timebank.store.tables.shape import (
    BYTES,
    SMALL,
    TEXT,
    WHOLE,
    OfBook,
    check,
    sized,
    table,
    within,
)


class EntryColumns(OfBook):
    """An entry: ``body`` is its bytes, never serialised again; ``leaf`` is their leaf hash.

    What else stands here is in the bytes too, and is here to be searched by.
    """

    seq: Named[int] = Column(WHOLE, primary_key=True, autoincrement=False)
    body: Named[bytes] = Column(BYTES)
    leaf: Named[bytes] = Column(BYTES)
    kind: Named[str] = Column(TEXT)
    day: Named[str] = Column(TEXT)
    posted: Named[str] = Column(TEXT)


entries: Final = table(
    "entries",
    EntryColumns,
    Index(None, "book_id", "kind", "seq"),
    Index(None, "book_id", "day", "seq"),
    within("seq", 0),
    check("body", "length(body) BETWEEN 2 AND 16384"),
    sized("leaf", 32),
    sized("day", 10),
    sized("posted", 10),
    check("day_not_after_posted", "day <= posted"),
    rowid=True,
)


class SubtreeRootColumns(OfBook):
    """The root of a full subtree: of the leaves number·256^level up to (number + 1)·256^level.

    From level 1 on; they make the upper tiles without reading the log below them.
    """

    level: Named[int] = Column(SMALL, primary_key=True, autoincrement=False)
    number: Named[int] = Column(WHOLE, primary_key=True, autoincrement=False)
    root: Named[bytes] = Column(BYTES)


subtree_roots: Final = table(
    "subtree_roots",
    SubtreeRootColumns,
    within("level", 1, 7),
    within("number", 0),
    sized("root", 32),
)
