"""Views: one state of a book, as it is read from beginning to end of a question."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from timebank.errors import (
    MalformedError,
    UnknownAccountError,
    UnknownEntryError,
    UnknownMemberError,
)
from timebank.ledger import codes
from timebank.services.installation import Installation
from timebank.store import members
from timebank.store.balances import Until
from timebank.store.books import Book, Head, find_book, read_head
from timebank.store.database import reading
from timebank.store.definitions import find_account
from timebank.store.seqs import Days


@dataclass(frozen=True, slots=True)
class View:
    """A book and where it ends, seen through one connection."""

    connection: Connection
    book: Book
    head: Head

    @property
    def last(self) -> int:
        """The seq of the last entry."""
        return self.head.size - 1

    def until(self, as_of: int | None, on: str | None) -> Until:
        """Which entries count: those up to the seq ``as_of``, with a day up to ``on``.

        Raises MalformedError, and UnknownEntryError where the log does not go that far.
        """
        if on is not None:
            codes.check_code("day", on, field="on")
        if as_of is not None and not 0 <= as_of <= self.last:
            raise UnknownEntryError(as_of)
        return Until(seq=None if as_of == self.last else as_of, day=on)

    def check_account(self, code: str) -> None:
        """Raise UnknownAccountError where no account was ever opened with this code."""
        if find_account(self.connection, self.book.book_id, code) is None:
            raise UnknownAccountError(code)

    def number_of(self, member_id: str) -> int:
        """The number of a member in the ledger. Raises UnknownMemberError, also if forgotten."""
        row = members.find_by_id(self.connection, self.book.book_id, member_id)
        if row.forgotten:
            raise UnknownMemberError(member_id)
        return row.holder


@contextmanager
def view(installation: Installation, slug: str) -> Iterator[View]:
    """See one state of the book throughout the block. Raises UnknownBookError."""
    with reading(installation.engine) as connection:
        book = find_book(connection, slug)
        yield View(connection, book, read_head(connection, book.book_id))


def check_days(first: str | None, last: str | None) -> Days:
    """The period from ``first`` to ``last``, as far as they are given. Raises MalformedError."""
    given = {"from": first, "to": last}
    for field, day in given.items():
        if day is not None:
            codes.check_code("day", day, field=field)
    days = Days(
        **{name: day for name, day in zip(("first", "last"), (first, last), strict=True) if day}
    )
    if days.first > days.last:
        raise MalformedError("to", "must not be before from")
    return days
