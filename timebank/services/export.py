"""Exporting: the bytes of all entries, one a line, as ``timebank verify FILE`` reads them."""

from collections.abc import Iterator

from timebank.services.installation import Installation
from timebank.store.books import find_book
from timebank.store.database import reading
from timebank.store.scanning import Scanner


def export_entries(installation: Installation, slug: str) -> Iterator[bytes]:
    """Give the entries of a book in order, each with a newline, as of one moment.

    Entries are JSON without line breaks, so a line is an entry. Memory does not grow with the
    book. Raises UnknownBookError with the first item.
    """
    with reading(installation.engine) as connection:
        book = find_book(connection, slug)
        for stretch in Scanner(connection, book.book_id).entries():
            for stored in stretch:
                yield stored.body + b"\n"
