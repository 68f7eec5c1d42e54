"""Members, carriers and stalls: who they are, as rows; and erasing somebody."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    literal_column,
    not_,
    select,
    union,
)

from timebank.errors import UnknownMemberError
from timebank.store.driver import Statement
from timebank.store.rows import Rows
from timebank.store.tables import (
    contacts,
    holder_keys,
    holders,
    idempotency,
    leg_sides,
    openings,
)
from timebank.store.tables.shape import WHOLE
from timebank.store.vault import FORGOTTEN

CHUNK: Final = 1_000
"""How many digests one query names at most."""

_NO_DIGEST = bytes(32)


@dataclass(frozen=True, slots=True)
class HolderRow:
    """A holder as it is stored; ``contact`` is still encrypted, None where it was erased."""

    holder: int
    member_id: str
    kind: str
    key_hash: bytes
    left_seq: int | None
    forgotten: bool
    wrapped: bytes
    contact: bytes | None


_HOLDER = (
    select(
        holders.c.holder,
        holders.c.member_id,
        holders.c.kind,
        holders.c.key_hash,
        holders.c.left_seq,
        holders.c.forgotten,
        holder_keys.c.wrapped,
        contacts.c.ciphertext,
    )
    .join(
        holder_keys,
        and_(holder_keys.c.book_id == holders.c.book_id, holder_keys.c.holder == holders.c.holder),
    )
    .outerjoin(
        contacts,
        and_(contacts.c.book_id == holders.c.book_id, contacts.c.holder == holders.c.holder),
    )
)
# Of more than a few digests SQLite expects less than of all holders, and would read them all.
_BY_DIGESTS: Final = Statement(
    select(holders.c.number_digest, holders.c.member_id)
    .where(
        holders.c.book_id == bindparam("book"),
        holders.c.number_digest.in_(bindparam("digests", expanding=True)),
    )
    .with_hint(holders, "INDEXED BY sqlite_autoindex_holders_4", "sqlite")
)


def list_holders(
    connection: Connection, book_id: int, *, kind: str | None, after: int, limit: int
) -> list[HolderRow]:
    """Holders that were not forgotten, in the order of their enrolment, after that number.

    All kinds of them where none is asked for.
    """
    query = (
        _HOLDER.where(
            holders.c.book_id == book_id,
            holders.c.holder > after,
            not_(holders.c.forgotten),
        )
        .order_by(holders.c.holder)
        .limit(limit)
    )
    if kind is not None:
        query = query.where(holders.c.kind == kind)
    return [_to_holder(row) for row in connection.execute(query)]


def find_by_id(connection: Connection, book_id: int, member_id: str) -> HolderRow:
    """The holder with this member id, also a forgotten one. Raises UnknownMemberError."""
    return _find(connection, book_id, holders.c.member_id == member_id, member_id)


def find_by_number(connection: Connection, book_id: int, number_digest: bytes) -> HolderRow:
    """The holder with the number of this digest. Raises UnknownMemberError."""
    return _find(connection, book_id, holders.c.number_digest == number_digest, "of this number")


def find_by_seq(connection: Connection, book_id: int, holder: int) -> HolderRow:
    """The holder that the entry of this seq enrolled. Raises UnknownMemberError."""
    return _find(connection, book_id, holders.c.holder == holder, str(holder))


def find_by_key_hash(connection: Connection, book_id: int, key_hash: bytes) -> HolderRow | None:
    """The holder with the viewing key of this hash, or None."""
    query = _HOLDER.where(holders.c.book_id == book_id, holders.c.key_hash == key_hash)
    row = connection.execute(query).one_or_none()
    return None if row is None else _to_holder(row)


def find_by_digests(
    connection: Connection, book_id: int, digests: Iterable[bytes]
) -> dict[bytes, str]:
    """Member ids by the digests of their numbers; unknown ones are left out."""
    found: dict[bytes, str] = {}
    rest = iter(digests)
    while some := list(islice(rest, CHUNK)):
        found.update(_BY_DIGESTS.run(connection, book=book_id, digests=some))
    return found


def list_forgotten(connection: Connection, book_id: int) -> list[bytes]:
    """The hashes of the viewing keys of all who were forgotten."""
    query = select(holders.c.key_hash).where(holders.c.book_id == book_id, holders.c.forgotten)
    return list(connection.execute(query).scalars())


def write_contact(connection: Connection, book_id: int, holder: int, ciphertext: bytes) -> None:
    """Replace the contact record of a holder."""
    rows = Rows(book_id)
    rows.replace(contacts, [(book_id, holder, ciphertext)])
    rows.flush(connection)


def erase(connection: Connection, book_id: int, holder: int) -> None:
    """Erase all that is private about a holder: keys, contact record, openings, digests.

    The keys are overwritten where they stand, so that no page of the file keeps a copy.
    """
    rows = Rows(book_id)
    rows.change(holder_keys, {"holder": holder}, wrapped=FORGOTTEN)
    rows.change(holders, {"holder": holder}, forgotten=True, number_digest=None)
    rows.change(idempotency, {"seq": holder}, request_digest=_NO_DIGEST)
    rows.flush(connection)
    connection.execute(
        delete(contacts).where(contacts.c.book_id == book_id, contacts.c.holder == holder)
    )
    seqs = union(
        select(leg_sides.c.seq).where(
            leg_sides.c.book_id == book_id,
            leg_sides.c.holder == holder,
            # As the index of holders' leg sides says it, without which SQLite does not use it.
            leg_sides.c.holder > literal_column("0", WHOLE),
        ),
        select(holders.c.holder).where(holders.c.book_id == book_id, holders.c.holder == holder),
    )
    connection.execute(
        delete(openings).where(openings.c.book_id == book_id, openings.c.seq.in_(seqs))
    )


def _find(
    connection: Connection, book_id: int, condition: ColumnElement[bool], name: str
) -> HolderRow:
    query = _HOLDER.where(holders.c.book_id == book_id, condition)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise UnknownMemberError(name)
    return _to_holder(row)


def _to_holder(row: Row) -> HolderRow:  # type: ignore[type-arg]
    return HolderRow(*row)
