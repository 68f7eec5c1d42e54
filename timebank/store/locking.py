"""What is read first under the lock of a book, before anything is decided about it.

Where the book ends, which API keys of those who ask are valid, and what was accepted before.
SQLite is asked for all of it at once, as to ask takes it longer than to answer.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, bindparam, literal_column, null, or_, select, union_all

from timebank.ledger.tuples import new
from timebank.store.books import HEAD, Head, lock_head
from timebank.store.driver import Cursor, Statement
from timebank.store.idempotency import ACCEPTED, Seen, keys_by_app, look_up
from timebank.store.requests import Request
from timebank.store.tables import api_keys, heads

_VALID: Final = select(api_keys.c.key_id).where(
    api_keys.c.book_id == bindparam("book"),
    api_keys.c.key_id.in_(bindparam("key_ids", expanding=True)),
    api_keys.c.revoked.is_(None),
    or_(api_keys.c.expires.is_(None), api_keys.c.expires > bindparam("now")),
)
_FIND_VALID: Final = Statement(_VALID)

_OF_HEAD, _OF_API_KEY, _OF_REQUEST = range(3)
_LONGEST: Final = len(HEAD.selected_columns)
_REQUEST_END: Final = 1 + len(ACCEPTED.selected_columns)


def _told_apart(sort: int, query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The rows of a query behind their sort, and as long as those of the head."""
    columns = list(query.selected_columns)
    missing = [null() for _ in range(_LONGEST - len(columns))]
    return query.with_only_columns(literal_column(str(sort)), *columns, *missing)


_AT_ONCE: Final = Statement(
    union_all(
        _told_apart(_OF_HEAD, HEAD.where(heads.c.book_id == bindparam("book"))),
        _told_apart(_OF_API_KEY, _VALID),
        _told_apart(_OF_REQUEST, ACCEPTED),
    )
)


class Locked(NamedTuple):
    """What is known of a book from when its lock is held."""

    head: Head
    valid: set[str]
    """The API keys that are valid, of those by which something is asked for."""
    seen: Seen


def lock_for(cursor: Cursor, book_id: int, requests: Sequence[Request], now: str) -> Locked:
    """Lock a book until this transaction ends, and read what lets these requests in.

    ``now`` is RFC 3339 in UTC. This is to be the first in ``writing``: nothing read before it may
    decide anything. On SQLite the transaction holds the lock already.
    """
    key_ids = list({request.key_id for request in requests if request.key_id is not None})
    asked = keys_by_app([request.idempotency for request in requests if request.idempotency])
    if cursor.on_sqlite and key_ids and len(asked) == 1:
        ((app, keys),) = asked.items()
        return _read_at_once(cursor, app, book=book_id, key_ids=key_ids, now=now, keys=keys)
    head = lock_head(cursor, book_id)
    found = _FIND_VALID.run(cursor, book=book_id, key_ids=key_ids, now=now) if key_ids else []
    return Locked(head, {key_id for (key_id,) in found}, look_up(cursor, book_id, asked))


def _read_at_once(cursor: Cursor, app: str, **values: Any) -> Locked:  # noqa: ANN401  of any columns
    """Read everything by one statement, where all that was accepted before is of one app."""
    seen = Seen()
    valid = set()
    head: Head | None = None
    for row in _AT_ONCE.run(cursor, app=app, **values):
        if row[0] == _OF_HEAD:
            head = new(Head, row[1:])
        elif row[0] == _OF_API_KEY:
            valid.add(row[1])
        else:
            seen.note(app, row[1:_REQUEST_END])
    assert head is not None, "each book has a head"
    return Locked(head, valid, seen)
