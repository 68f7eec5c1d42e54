"""Books: opening one with its signing key, listing them, rotating the key."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from timebank.errors import TimebankError
from timebank.flows.definitions import OpenBook, RotateKey
from timebank.ledger import codes, notes
from timebank.services.clock import find_zone
from timebank.services.installation import Installation
from timebank.services.posting import Posted, Posting, append, post
from timebank.store import books
from timebank.store.books import Book
from timebank.store.database import reading, retrying, writing
from timebank.store.requests import NewSigningKey
from timebank.store.vault import KEY_BYTES

BY_SYSTEM = ("system",)


def open_book(
    installation: Installation,
    *,
    slug: str,
    title: str,
    time_zone: str,
    origin: str | None = None,
) -> Book:
    """Open a book: its place in the directory, its signing key and its first entry.

    The origin is ``<TIMEBANK_ORIGIN>/log/<slug>`` where none is given, and fixed for ever. Raises
    MalformedError, AlreadyDefinedError.
    """
    codes.check_code("slug", slug, field="slug")
    origin = origin or f"{installation.settings.origin_host}/log/{slug}"
    codes.check_code("origin", origin, field="origin")
    find_zone(time_zone)
    return retrying(lambda: _open(installation, slug, title, time_zone, origin))


def list_books(installation: Installation) -> list[Book]:
    """All books, in the order in which they were opened."""
    with reading(installation.engine) as connection:
        return books.list_books(connection)


def find_book(installation: Installation, slug: str) -> Book:
    """The book with this slug. Raises UnknownBookError."""
    with reading(installation.engine) as connection:
        return books.find_book(connection, slug)


def rotate_key(installation: Installation, slug: str) -> Posted:
    """Give the log a new signing key from the next entry on. Raises UnknownBookError."""
    book = find_book(installation, slug)
    key = _new_key(installation)
    posting = Posting(
        command=RotateKey(vkey=_vkey(book.origin, key)),
        by=BY_SYSTEM,
        attached=NewSigningKey(private_key=key.private_bytes_raw()),
    )
    return post(installation, slug, posting)


def _open(installation: Installation, slug: str, title: str, time_zone: str, origin: str) -> Book:
    key = _new_key(installation)
    posting = Posting(
        command=OpenBook(title=title, time_zone=time_zone, vkey=_vkey(origin, key)),
        by=BY_SYSTEM,
        attached=NewSigningKey(private_key=key.private_bytes_raw()),
    )
    with writing(installation.engine) as connection:
        book = books.insert_book(
            connection, slug=slug, origin=origin, title=title, time_zone=time_zone
        )
        outcome = append(installation, connection, book, [posting])[0]
        if isinstance(outcome, TimebankError):
            raise outcome
    return book


def _new_key(installation: Installation) -> Ed25519PrivateKey:
    """Make a key; any 32 bytes are one (RFC 8032, section 5.1.5)."""
    return Ed25519PrivateKey.from_private_bytes(installation.randomness.keys(KEY_BYTES))


def _vkey(origin: str, key: Ed25519PrivateKey) -> str:
    return notes.vkey(origin, key.public_key().public_bytes_raw())
