"""API keys: ``tb_<id>_<secret>``, shown once, of which only a hash is kept.

The id is 16 characters of base64url: the number of its book (4 bytes, big-endian) and 8 random
bytes, so that a key says where it belongs and can be told from one of another book. The secret is
43 characters of base64url, 32 random bytes; kept is the SHA-256 of those characters.

A key belongs to one book and to one app, whose code stands in each entry it posts. ``scopes`` say
what it may do, ``capacities`` in which further capacities it may post: ``staff:treasurer:1``, or
``staff:treasurer:*`` for every treasurer. There is none for the auditor 监事, who writes nothing.
"""

import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final, Literal, get_args

from msgspec import structs
from sqlalchemy import Connection

from timebank.errors import (
    IdempotencyConflictError,
    MalformedError,
    NotCanonicalError,
    StaleStateError,
)
from timebank.ledger import codes, encoding
from timebank.ledger.rules.capacities import AUDITOR, meets
from timebank.services.installation import Installation
from timebank.services.posting import Idempotency, digest
from timebank.store import keys, requests
from timebank.store.books import Book, find_book, lock_head
from timebank.store.database import reading, retrying, writing
from timebank.store.keys import KeyRow

Scope = Literal["read", "post", "members", "define", "keys"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

MAX_CAPACITIES: Final = 16
MAX_TITLE_CHARACTERS: Final = 200

_BOOK_BYTES: Final = 4
_RANDOM_BYTES: Final = 8
_SECRET_BYTES: Final = 32
_TOKEN: Final = re.compile(r"tb_([A-Za-z0-9_-]{16})_([A-Za-z0-9_-]{43})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """An API key to be issued; without ``expires`` it is valid until it is revoked."""

    app: str
    scopes: tuple[str, ...]
    capacities: tuple[str, ...] = ()
    title: str = ""
    expires: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key as those see it who manage keys. Times are RFC 3339 in UTC."""

    key_id: str
    app: str
    scopes: tuple[str, ...]
    capacities: tuple[str, ...]
    title: str
    created: str
    expires: str | None
    revoked: str | None
    last_used: str | None


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new API key. ``token`` is what its owner sends, and given with the first answer only."""

    key: ApiKey
    token: str | None = field(repr=False)
    replayed: bool


def issue(
    installation: Installation, slug: str, new: NewKey, *, idempotency: Idempotency | None = None
) -> IssuedKey:
    """Issue an API key. Raises MalformedError, UnknownBookError, IdempotencyConflictError."""
    check_new_key(new)
    created = installation.clock.now()
    expires = None if new.expires is None else _future("expires", new.expires, created)

    def make(connection: Connection, book: Book) -> tuple[KeyRow, str]:
        """Make a key that is new."""
        return _insert(connection, book, new, created=created, expires=expires)

    return _once(installation, slug, idempotency, make)


def rotate(
    installation: Installation,
    slug: str,
    key_id: str,
    *,
    overlap_until: datetime,
    idempotency: Idempotency | None = None,
) -> IssuedKey:
    """Issue a key that may do the same as this one, which stays valid until the given time.

    Raises MalformedError, UnknownKeyError, StaleStateError where it is no longer valid, and
    IdempotencyConflictError.
    """
    created = installation.clock.now()
    until = _future("overlap_until", overlap_until, created)

    def make(connection: Connection, book: Book) -> tuple[KeyRow, str]:
        """Make the key that takes over, and set an end to the old one."""
        old = keys.find_key(connection, book.book_id, key_id)
        if not is_valid(old, created):
            raise StaleStateError("API key", "it has expired or was revoked")
        new = NewKey(app=old.app, scopes=old.scopes, capacities=old.capacities, title=old.title)
        keys.expire_key(connection, book.book_id, key_id, min(until, old.expires or until))
        return _insert(connection, book, new, created=created, expires=old.expires)

    return _once(installation, slug, idempotency, make)


def revoke(installation: Installation, slug: str, key_id: str) -> ApiKey:
    """Revoke a key at once. To repeat it changes nothing. Raises UnknownKeyError."""
    now = installation.clock.now()

    def mark() -> ApiKey:
        """Mark the key as revoked, in a transaction of its own."""
        with writing(installation.engine) as connection:
            book = find_book(connection, slug)
            lock_head(connection, book.book_id)
            key = keys.find_key(connection, book.book_id, key_id)
            if key.revoked is None:
                keys.revoke_key(connection, book.book_id, key_id, now)
                key = structs.replace(key, revoked=now)
            return _to_key(key)

    return retrying(mark)


def list_keys(installation: Installation, slug: str) -> list[ApiKey]:
    """List all keys of a book by their ids, the expired and revoked ones too."""
    with reading(installation.engine) as connection:
        book = find_book(connection, slug)
        return [_to_key(row) for row in keys.list_keys(connection, book.book_id)]


def get_key(installation: Installation, slug: str, key_id: str) -> ApiKey:
    """Find a key of a book. Raises UnknownKeyError."""
    with reading(installation.engine) as connection:
        book = find_book(connection, slug)
        return _to_key(keys.find_key(connection, book.book_id, key_id))


def is_valid(key: KeyRow, now: str) -> bool:
    """Whether a key may be used at this time."""
    return key.revoked is None and (key.expires is None or now < key.expires)


def parse_token(token: str) -> tuple[str, str] | None:
    """Split ``tb_<id>_<secret>`` into id and secret; None where it does not look like a key."""
    found = _TOKEN.fullmatch(token)
    return found and (found[1], found[2])


def hash_secret(secret: str) -> bytes:
    """SHA-256 of the characters of a secret, 32 bytes."""
    return sha256(secret.encode("ascii")).digest()


@lru_cache(maxsize=1_024)
def book_of(key_id: str) -> int:
    """The number of the book that the id of a key says it belongs to."""
    return int.from_bytes(urlsafe_b64decode(key_id)[:_BOOK_BYTES])


def check_new_key(new: NewKey) -> None:
    """Raise MalformedError where a key to be issued is not well formed."""
    codes.check_code("word", new.app, field="app")
    if not new.scopes or not set(new.scopes) <= set(SCOPES):
        raise MalformedError("scopes", f"must be some of {', '.join(SCOPES)}")
    if len(new.capacities) > MAX_CAPACITIES:
        raise MalformedError("capacities", f"must be at most {MAX_CAPACITIES}")
    for index, capacity in enumerate(new.capacities):
        _check_capacity(capacity, f"capacities[{index}]")
    for name, words in (("scopes", new.scopes), ("capacities", new.capacities)):
        if len(set(words)) < len(words):
            raise MalformedError(name, "must not name anything twice")
    _check_title(new.title)


def _check_capacity(capacity: str, field_name: str) -> None:
    example = f"{capacity[:-1]}1" if capacity.endswith(":*") else capacity
    if not (codes.is_capacity(example) and example.startswith("staff:")):
        raise MalformedError(field_name, "must be staff:<role>:<number> or staff:<role>:*")
    if meets(capacity, AUDITOR):
        raise MalformedError(field_name, "must not be of an auditor, who writes nothing")


def _check_title(title: str) -> None:
    if len(title) > MAX_TITLE_CHARACTERS:
        raise MalformedError("title", f"must have at most {MAX_TITLE_CHARACTERS} characters")
    try:
        encoding.check(title)
    except NotCanonicalError as error:
        raise MalformedError("title", error.reason) from error


def _future(field_name: str, moment: datetime, now: str) -> str:
    """A time to come as RFC 3339 in UTC, so that such times sort as text."""
    try:
        text = moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    except OverflowError as error:
        raise MalformedError(field_name, "is outside the calendar") from error
    if text <= now:
        raise MalformedError(field_name, f"must be after now, {now}")
    return text


def _once(
    installation: Installation,
    slug: str,
    idempotency: Idempotency | None,
    make: Callable[[Connection, Book], tuple[KeyRow, str]],
) -> IssuedKey:
    """Make a key, or find the one that the same request has made before."""

    def work() -> IssuedKey:
        """Find or make the key, in a transaction of its own."""
        with writing(installation.engine) as connection:
            book = find_book(connection, slug)
            lock_head(connection, book.book_id)
            asked = idempotency and digest(installation, book, idempotency)
            made = asked and _made_before(connection, book, asked)
            if made:
                return IssuedKey(_to_key(made), None, replayed=True)
            row, token = make(connection, book)
            if asked:
                keys.insert_request(connection, book.book_id, asked, row.key_id)
            return IssuedKey(_to_key(row), token, replayed=False)

    return retrying(work)


def _made_before(connection: Connection, book: Book, asked: requests.Idempotency) -> KeyRow | None:
    found = keys.find_request(connection, book.book_id, asked)
    if found is None:
        return None
    request_digest, key_id = found
    if key_id is None or request_digest != asked.request_digest:
        raise IdempotencyConflictError
    return keys.find_key(connection, book.book_id, key_id)


def _insert(
    connection: Connection, book: Book, new: NewKey, *, created: str, expires: str | None
) -> tuple[KeyRow, str]:
    number = book.book_id.to_bytes(_BOOK_BYTES) + secrets.token_bytes(_RANDOM_BYTES)
    key_id = urlsafe_b64encode(number).decode()
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    row = KeyRow(
        key_id=key_id,
        app=new.app,
        secret_hash=hash_secret(secret),
        scopes=new.scopes,
        capacities=new.capacities,
        title=new.title,
        created=created,
        expires=expires,
    )
    keys.insert_key(connection, book.book_id, row)
    return row, f"tb_{key_id}_{secret}"


def _to_key(row: KeyRow) -> ApiKey:
    return ApiKey(
        key_id=row.key_id,
        app=row.app,
        scopes=row.scopes,
        capacities=row.capacities,
        title=row.title,
        created=row.created,
        expires=row.expires,
        revoked=row.revoked,
        last_used=row.last_used,
    )
