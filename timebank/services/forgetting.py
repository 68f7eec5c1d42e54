"""Forgetting a person: what could name them goes, and every proof still verifies.

Keys, contact record and openings are erased from the database at once; the list of the forgotten
makes it so again after an older backup was restored. What stays are anonymous rows, whose legs
belong to a holder that nobody can name.
"""

from functools import partial

from sqlalchemy import Connection

from timebank.errors import TimebankError
from timebank.flows.definitions import LeaveHolder
from timebank.services.installation import Installation
from timebank.services.posting import Posting, append
from timebank.store import forgotten, members
from timebank.store.books import Book, find_book, list_books, lock_head
from timebank.store.database import reading, retrying, scrub, writing
from timebank.store.forgotten import Forgotten
from timebank.store.members import HolderRow


def forget(installation: Installation, slug: str, member_id: str, *, by: tuple[str, ...]) -> None:
    """Forget a member, who leaves if they have not left before. To repeat it changes nothing.

    Raises UnknownMemberError, and NotSettledError while they own, owe or hold something.
    """
    person = retrying(lambda: _forget(installation, slug, member_id, by))
    forgotten.append(installation.settings.home, person)
    scrub(installation.engine)


def apply_list(installation: Installation) -> int:
    """Bring list and database together, as at a start after a restore; give how many it erased.

    Whoever is in the list is erased from the database, whatever it says of their balances, and
    whoever was forgotten by the database is in the list afterwards. What a kill kept from being
    scrubbed is scrubbed now.
    """
    listed = set(forgotten.read(installation.settings.home))
    erased = 0
    with reading(installation.engine) as connection:
        books = list_books(connection)
    for book in books:
        known, again = retrying(partial(_apply_to_book, installation, book, listed))
        for person in known - listed:
            forgotten.append(installation.settings.home, person)
        erased += again
    scrub(installation.engine)
    return erased


def _forget(
    installation: Installation, slug: str, member_id: str, by: tuple[str, ...]
) -> Forgotten:
    with writing(installation.engine) as connection:
        book = find_book(connection, slug)
        lock_head(connection, book.book_id)
        row = members.find_by_id(connection, book.book_id, member_id)
        if row.left_seq is None:
            _leave(installation, connection, book, row, by)
        members.erase(connection, book.book_id, row.holder)
    return Forgotten(book.origin, row.key_hash)


def _leave(
    installation: Installation,
    connection: Connection,
    book: Book,
    row: HolderRow,
    by: tuple[str, ...],
) -> None:
    posting = Posting(command=LeaveHolder(member=row.member_id), by=by)
    outcome = append(installation, connection, book, [posting])[0]
    if isinstance(outcome, TimebankError):
        raise outcome


def _apply_to_book(
    installation: Installation, book: Book, listed: set[Forgotten]
) -> tuple[set[Forgotten], int]:
    """Erase who is listed and still there; give all who are forgotten now, and how many were."""
    with writing(installation.engine) as connection:
        lock_head(connection, book.book_id)
        erased = 0
        for person in listed:
            if person.origin != book.origin:
                continue
            row = members.find_by_key_hash(connection, book.book_id, person.key_hash)
            if row is not None and not row.forgotten:
                members.erase(connection, book.book_id, row.holder)
                erased += 1
        hashes = members.list_forgotten(connection, book.book_id)
    return {Forgotten(book.origin, key_hash) for key_hash in hashes}, erased
