"""Books 账本: which there are, and how long each is."""

import msgspec

from timebank.api.calls import Answer, Call, Nothing, Row, Table
from timebank.api.operations import Resource
from timebank.api.values import Day
from timebank.demo.origins import is_demo
from timebank.services import balances, books

resource = Resource("books", "Each is one association's whole ledger. 账本", of_book=False)


class BookName(msgspec.Struct, frozen=True, kw_only=True):
    """A book by its names: the short one, the public one, and that for people.

    Of a ``demo`` everybody can know all keys: nothing in it is true, and nothing is safe.
    """

    book: str
    origin: str
    title: str
    time_zone: str
    demo: bool


class BookNames(msgspec.Struct, frozen=True):
    """All books of this installation."""

    books: tuple[BookName, ...]


class BookView(BookName, frozen=True, kw_only=True, omit_defaults=True):
    """A book: how many entries it has, the day of the last one, and that of the last close."""

    size: int
    posted: Day
    closed_until: Day | None = None


def to_table(_call: Call[Nothing], found: BookNames) -> Table:
    """Books as a table."""
    columns = ("book", "origin", "title", "time_zone", "demo")
    return Table(columns, map(_row, found.books))


@resource.get("/books", scope=None, query=Nothing, gives=BookNames, table=to_table)
def list_books(call: Call[Nothing]) -> Answer[BookNames]:
    """List the books of this installation."""
    found = books.list_books(call.installation)
    names = (
        BookName(
            book=book.slug,
            origin=book.origin,
            title=book.title,
            time_zone=book.time_zone,
            demo=is_demo(book.origin),
        )
        for book in found
    )
    return Answer(value=BookNames(tuple(names)))


@resource.get("/books/<book>", scope=None, query=Nothing, gives=BookView)
def get_book(call: Call[Nothing]) -> Answer[BookView]:
    """Show a book and where it ends."""
    seen = balances.overview(call.installation, call.slug)
    view = BookView(
        book=seen.book.slug,
        origin=seen.book.origin,
        title=seen.book.title,
        time_zone=seen.book.time_zone,
        demo=is_demo(seen.book.origin),
        size=seen.size,
        posted=seen.posted,
        closed_until=seen.closed_until or None,
    )
    return Answer(value=view)


def _row(one: BookName) -> Row:
    return (one.book, one.origin, one.title, one.time_zone, str(one.demo).lower())
