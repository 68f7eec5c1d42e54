"""API keys, and the requests that made them. What a key may do is decided elsewhere."""

from functools import lru_cache

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from timebank.errors import UnknownKeyError
from timebank.store.driver import Row, Statement
from timebank.store.lines import Lines
from timebank.store.requests import Idempotency
from timebank.store.tables import api_keys, idempotency

_decode_words = msgspec.json.Decoder(tuple[str, ...]).decode


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """An API key as it is stored. Times are RFC 3339 in UTC, to the second."""

    key_id: str
    app: str
    secret_hash: bytes
    scopes: tuple[str, ...]
    capacities: tuple[str, ...]
    title: str
    created: str
    expires: str | None
    revoked: str | None = None
    last_used: str | None = None

    def __repr__(self) -> str:
        """Without the hash of the secret."""
        return f"KeyRow(key_id={self.key_id!r}, app={self.app!r})"


_NAMES = KeyRow.__struct_fields__
_COLUMNS = [api_keys.c[name] for name in _NAMES]

# Made once, since every call of the API looks for its key.
_FIND = Statement(
    select(*_COLUMNS).where(
        api_keys.c.book_id == bindparam("book"), api_keys.c.key_id == bindparam("key")
    )
)


def insert_key(connection: Connection, book_id: int, key: KeyRow) -> None:
    """Store a new key."""
    values = msgspec.structs.asdict(key)
    values["scopes"] = msgspec.json.encode(key.scopes).decode()
    values["capacities"] = msgspec.json.encode(key.capacities).decode()
    connection.execute(insert(api_keys).values(book_id=book_id, **values))


def find_key(connection: Connection, book_id: int, key_id: str) -> KeyRow:
    """Find a key of a book. Raises :class:`UnknownKeyError`."""
    return _only(key_id, _FIND.run(connection, book=book_id, key=key_id))


def look_for_key(lines: Lines, book_id: int, key_id: str) -> KeyRow:
    """Find a key of a book as it is just now. Raises :class:`UnknownKeyError`."""
    return _only(key_id, lines.look(_FIND, book=book_id, key=key_id))


def list_keys(connection: Connection, book_id: int) -> list[KeyRow]:
    """List all keys of a book, the expired and revoked ones too, by their ids."""
    query = select(*_COLUMNS).where(api_keys.c.book_id == book_id).order_by(api_keys.c.key_id)
    return [_to_key(tuple(row)) for row in connection.execute(query)]


def revoke_key(connection: Connection, book_id: int, key_id: str, at: str) -> None:
    """Mark a key as revoked at this time."""
    _change(connection, book_id, key_id, revoked=at)


def expire_key(connection: Connection, book_id: int, key_id: str, at: str) -> None:
    """Have a key expire at this time."""
    _change(connection, book_id, key_id, expires=at)


def use_key(connection: Connection, book_id: int, key_id: str, at: str) -> None:
    """Note that a key was used at this time."""
    _change(connection, book_id, key_id, last_used=at)


def find_request(
    connection: Connection, book_id: int, asked: Idempotency
) -> tuple[bytes, str | None] | None:
    """Find what an idempotency key was used for: the digest of the request, and what it made.

    What it made is None where that is not a resource but an entry.
    """
    row = connection.execute(
        select(idempotency.c.request_digest, idempotency.c.resource).where(
            idempotency.c.book_id == book_id,
            idempotency.c.app == asked.app,
            idempotency.c.key_digest == asked.key_digest,
        )
    ).one_or_none()
    return None if row is None else (row.request_digest, row.resource)


def insert_request(connection: Connection, book_id: int, asked: Idempotency, resource: str) -> None:
    """Remember that a request made this resource."""
    connection.execute(
        insert(idempotency).values(
            book_id=book_id,
            app=asked.app,
            key_digest=asked.key_digest,
            request_digest=asked.request_digest,
            seq=None,
            resource=resource,
        )
    )


def _change(connection: Connection, book_id: int, key_id: str, **values: str) -> None:
    connection.execute(
        update(api_keys)
        .where(api_keys.c.book_id == book_id, api_keys.c.key_id == key_id)
        .values(**values)
    )


def _only(key_id: str, rows: list[Row]) -> KeyRow:
    if not rows:
        raise UnknownKeyError(key_id)
    return _to_key(rows[0])


# The same few rows are read with each call of the API.
@lru_cache(maxsize=1_024)
def _to_key(row: Row) -> KeyRow:
    values = dict(zip(_NAMES, row, strict=True))
    values |= {name: _decode_words(values[name]) for name in ("scopes", "capacities")}
    return KeyRow(**values)
