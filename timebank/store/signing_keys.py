"""The keys that sign the logs, wrapped by the installation key."""

from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from timebank.store.tables import books, signing_keys


@dataclass(frozen=True, slots=True)
class WrappedSigningKey:
    """The private key that signs a log from the entry ``seq`` on, still encrypted."""

    origin: str
    seq: int
    wrapped: bytes = field(repr=False)


def find_signing_key(connection: Connection) -> WrappedSigningKey | None:
    """Find any signing key there is, as of the oldest book; None without books."""
    query = (
        select(books.c.origin, signing_keys.c.seq, signing_keys.c.wrapped)
        .join(signing_keys, signing_keys.c.book_id == books.c.book_id)
        .order_by(books.c.book_id, signing_keys.c.seq)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else WrappedSigningKey(*row)
