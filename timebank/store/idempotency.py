"""Idempotency: what was accepted once is answered again, and never done twice.

Only what was accepted is remembered, for ever, with the entry and in its transaction; a refused
request may be tried again with its key.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Connection, bindparam, select

from timebank.errors import IdempotencyConflictError
from timebank.store.driver import Cursor, Row, Statement
from timebank.store.requests import Idempotency
from timebank.store.rows import Rows
from timebank.store.tables import idempotency

ACCEPTED: Final = select(
    idempotency.c.key_digest, idempotency.c.request_digest, idempotency.c.seq
).where(
    idempotency.c.book_id == bindparam("book"),
    idempotency.c.app == bindparam("app"),
    idempotency.c.key_digest.in_(bindparam("keys", expanding=True)),
)
"""The requests of one app that were accepted, by the digests of their keys."""

_FIND: Final = Statement(ACCEPTED)


def keys_by_app(asked: Iterable[Idempotency]) -> dict[str, list[bytes]]:
    """The digests of the keys of requests, by their apps."""
    found: dict[str, list[bytes]] = {}
    for one in asked:
        found.setdefault(one.app, []).append(one.key_digest)
    return found


class Seen:
    """The requests among those of one append that were accepted before, or earlier in it."""

    def __init__(self) -> None:
        """Know of none."""
        self._seen: dict[tuple[str, bytes], tuple[bytes, int | None]] = {}

    def note(self, app: str, row: Row) -> None:
        """Take in a request that was accepted, as :data:`ACCEPTED` gives it."""
        key, request, seq = row
        self._seen[app, key] = (request, seq)

    def find(self, asked: Idempotency) -> int | None:
        """The seq of the entry that this very request made, or None.

        Raises IdempotencyConflictError where the key was used for something else.
        """
        seen = self._seen.get((asked.app, asked.key_digest))
        if seen is None:
            return None
        request_digest, seq = seen
        if request_digest != asked.request_digest or seq is None:
            raise IdempotencyConflictError
        return seq

    def add(self, rows: Rows, asked: Idempotency, seq: int) -> None:
        """Remember that the request made the entry ``seq``."""
        self._seen[asked.app, asked.key_digest] = (asked.request_digest, seq)
        row = rows.book_id, asked.app, asked.key_digest, asked.request_digest, seq, None
        rows.to(idempotency).append(row)


def look_up(within: Connection | Cursor, book_id: int, keys: Mapping[str, list[bytes]]) -> Seen:
    """Look requests up by their apps and the digests of their keys, in one query an app."""
    seen = Seen()
    for app, digests in keys.items():
        for row in _FIND.run(within, book=book_id, app=app, keys=digests):
            seen.note(app, row)
    return seen
