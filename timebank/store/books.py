"""The directory of books, and the head of each, whose lock is the one lock of a book."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, insert, or_, select, text

from timebank.errors import AlreadyDefinedError, UnknownBookError
from timebank.ledger.hashing import EMPTY_ROOT
from timebank.store.driver import Cursor, Statement
from timebank.store.tables import books, heads


@dataclass(frozen=True, slots=True)
class Book:
    """One association's ledger, by its names."""

    book_id: int
    slug: str
    origin: str
    title: str
    time_zone: str


class Head(NamedTuple):
    """Where a book ends (``timebank.store.tables.directory`` says what the fields mean)."""

    size: int
    last_leaf: bytes
    edge: bytes
    posted: str
    closed_until: str
    defined: int


_BOOK: Final = select(
    books.c.book_id, books.c.slug, books.c.origin, books.c.title, books.c.time_zone
)
HEAD: Final = select(
    heads.c.size,
    heads.c.last_leaf,
    heads.c.edge,
    heads.c.posted,
    heads.c.closed_until,
    heads.c.defined,
)

_BY_SLUG: Final = Statement(_BOOK.where(books.c.slug == bindparam("slug")))
_LOCK_HEAD: Final = Statement(HEAD.where(heads.c.book_id == bindparam("book")).with_for_update())


def insert_book(
    connection: Connection, *, slug: str, origin: str, title: str, time_zone: str
) -> Book:
    """Enter a book with an empty log into the directory.

    To be called in ``writing``. Raises :class:`AlreadyDefinedError` when the slug or the origin
    is taken.
    """
    if connection.dialect.name == "postgresql":
        # Nobody else enters a book meanwhile, while all may go on reading and posting.
        connection.execute(text("LOCK TABLE books IN SHARE ROW EXCLUSIVE MODE"))
    _check_free(connection, slug, origin)
    book_id = (connection.scalar(select(func.max(books.c.book_id))) or 0) + 1
    book = Book(book_id, slug, origin, title, time_zone)
    connection.execute(
        insert(books).values(
            book_id=book_id, slug=slug, origin=origin, title=title, time_zone=time_zone
        )
    )
    connection.execute(
        insert(heads).values(
            book_id=book_id,
            size=0,
            last_leaf=EMPTY_ROOT,
            edge=b"",
            posted="",
            closed_until="",
            defined=0,
        )
    )
    return book


def list_books(connection: Connection) -> list[Book]:
    """List all books in the order in which they were opened."""
    return [_to_book(row) for row in connection.execute(_BOOK.order_by(books.c.book_id))]


def has_books(connection: Connection) -> bool:
    """Whether any book was opened."""
    return connection.scalar(select(books.c.book_id).limit(1)) is not None


def find_book(connection: Connection, slug: str) -> Book:
    """Find a book by its slug. Raises :class:`UnknownBookError`."""
    rows = _BY_SLUG.run(connection, slug=slug)
    if not rows:
        raise UnknownBookError(slug)
    return Book(*rows[0])


def find_book_by_origin(connection: Connection, origin: str) -> Book:
    """Find a book by its public name. Raises :class:`UnknownBookError`."""
    return _find(connection, books.c.origin == origin, origin)


def read_head(connection: Connection, book_id: int) -> Head:
    """Read where a book ends, as this connection sees it."""
    return Head(*connection.execute(HEAD.where(heads.c.book_id == book_id)).one())


def read_sizes(connection: Connection, book_ids: Iterable[int]) -> dict[int, int]:
    """Read how many entries these books have."""
    query = select(heads.c.book_id, heads.c.size).where(heads.c.book_id.in_(list(book_ids)))
    return {row.book_id: row.size for row in connection.execute(query)}


def lock_head(within: Connection | Cursor, book_id: int) -> Head:
    """Lock a book until this transaction ends, and read where the book ends.

    This is to be the first statement in ``writing``: nothing read before it may decide anything.
    On SQLite the transaction holds the lock already.
    """
    (row,) = _LOCK_HEAD.run(within, book=book_id)
    return Head(*row)


def _find(connection: Connection, condition: ColumnElement[bool], name: str) -> Book:
    row = connection.execute(_BOOK.where(condition)).one_or_none()
    if row is None:
        raise UnknownBookError(name)
    return _to_book(row)


def _to_book(row: Row[int, str, str, str, str]) -> Book:
    return Book(*row)


def _check_free(connection: Connection, slug: str, origin: str) -> None:
    taken = connection.execute(
        _BOOK.where(or_(books.c.slug == slug, books.c.origin == origin)).limit(1)
    ).first()
    if taken is not None:
        raise AlreadyDefinedError("book", slug if taken.slug == slug else origin)
