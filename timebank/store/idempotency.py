"""Idempotency: what was accepted once is answered again, and never done twice.

Only what was accepted is remembered, for ever, with the entry and in its transaction; a refused
request may be tried again with its key.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from timebank.errors import IdempotencyConflictError
from timebank.store.requests import Idempotency
from timebank.store.rows import Rows
from timebank.store.tables import idempotency


class Seen:
    """The requests among those of one append that were accepted before, or earlier in it."""

    def __init__(self, connection: Connection, book_id: int, asked: Iterable[Idempotency]) -> None:
        """Look all the keys up in one query for each app."""
        self._seen: dict[tuple[str, bytes], tuple[bytes, int | None]] = {}
        keys: dict[str, list[bytes]] = {}
        for one in asked:
            keys.setdefault(one.app, []).append(one.key_digest)
        for app, digests in keys.items():
            query = select(idempotency).where(
                idempotency.c.book_id == book_id,
                idempotency.c.app == app,
                idempotency.c.key_digest.in_(digests),
            )
            for row in connection.execute(query):
                self._seen[row.app, row.key_digest] = (row.request_digest, row.seq)

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
        rows.add(
            idempotency,
            app=asked.app,
            key_digest=asked.key_digest,
            request_digest=asked.request_digest,
            seq=seq,
            resource=None,
        )
