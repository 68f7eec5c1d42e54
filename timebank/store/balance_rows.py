"""All balances of a book, private ones too, with what is needed to say whose they are."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from sqlalchemy import Connection, and_, select

from timebank.store.tables import balances, contacts, holder_keys

_AT_ONCE: Final = 500


class BalanceRow(NamedTuple):
    """A balance; of a holder's also the wrapped keys and the encrypted contact record."""

    account: str
    holder: int
    commodity: str
    lot: str
    debits: int
    credits: int
    wrapped: bytes | None
    contact: bytes | None


def iterate_balances(connection: Connection, book_id: int) -> Iterator[BalanceRow]:
    """Stream them by account, holder, commodity and lot; an account as a whole comes first."""
    key = balances.c
    query = (
        select(
            key.account,
            key.holder,
            key.commodity,
            key.lot,
            key.debits,
            key.credits,
            holder_keys.c.wrapped,
            contacts.c.ciphertext,
        )
        .outerjoin(
            holder_keys,
            and_(holder_keys.c.book_id == key.book_id, holder_keys.c.holder == key.holder),
        )
        .outerjoin(
            contacts, and_(contacts.c.book_id == key.book_id, contacts.c.holder == key.holder)
        )
        .where(key.book_id == book_id)
        .order_by(key.account, key.holder, key.commodity, key.lot)
    )
    rows = connection.execute(query, execution_options={"yield_per": _AT_ONCE})
    return map(BalanceRow._make, rows)
