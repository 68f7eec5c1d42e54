"""What a book has defined, to be shown: accounts, commodities, lots, policy."""

from collections.abc import Collection
from typing import Final

import msgspec
from sqlalchemy import Connection, Row, select, tuple_

from timebank.ledger.model import Account, Commodity, Lot, Policy
from timebank.store.charts import to_limits
from timebank.store.tables import accounts, commodities, lots, policies

_ACCOUNT: Final = select(
    accounts.c.account,
    accounts.c.type,
    accounts.c.opened,
    accounts.c.title,
    accounts.c.limits,
    accounts.c.closed,
)
_LOT: Final = select(lots.c.commodity, lots.c.lot, lots.c.seq, lots.c.facts)


def list_accounts(connection: Connection, book_id: int, *, after: str, limit: int) -> list[Account]:
    """Accounts by code, those that follow ``after``."""
    query = _ACCOUNT.where(accounts.c.book_id == book_id, accounts.c.account > after)
    rows = connection.execute(query.order_by(accounts.c.account).limit(limit))
    return [_to_account(row) for row in rows]


def find_account(connection: Connection, book_id: int, code: str) -> Account | None:
    """The account with this code, or None."""
    query = _ACCOUNT.where(accounts.c.book_id == book_id, accounts.c.account == code)
    row = connection.execute(query).one_or_none()
    return None if row is None else _to_account(row)


def list_commodities(connection: Connection, book_id: int) -> list[Commodity]:
    """All commodities by code; they are few."""
    query = select(commodities).where(commodities.c.book_id == book_id)
    return [
        Commodity(row.commodity, row.kind, row.scale, row.seq, row.title)
        for row in connection.execute(query.order_by(commodities.c.commodity))
    ]


def list_lots(
    connection: Connection,
    book_id: int,
    of: Collection[str],
    *,
    after: tuple[str, str],
    limit: int,
) -> list[Lot]:
    """Lots of these commodities by commodity and code, those that follow ``after``."""
    if not of:
        return []
    place = (lots.c.commodity, lots.c.lot)
    # From the first of these commodities to the last, since the database goes on in this order.
    after = max(after, (min(of), ""))
    query = _LOT.where(
        lots.c.book_id == book_id,
        lots.c.commodity.in_(of),
        lots.c.commodity <= max(of),
        tuple_(*place) > tuple_(*after),
    )
    return [_to_lot(row) for row in connection.execute(query.order_by(*place).limit(limit))]


def find_lot(connection: Connection, book_id: int, commodity: str, code: str) -> Lot | None:
    """The lot of a commodity with this code, or None."""
    query = _LOT.where(lots.c.book_id == book_id, lots.c.commodity == commodity, lots.c.lot == code)
    row = connection.execute(query).one_or_none()
    return None if row is None else _to_lot(row)


def list_policies(connection: Connection, book_id: int) -> list[Policy]:
    """All versions of the policy, in the order in which they were decided."""
    query = select(policies).where(policies.c.book_id == book_id).order_by(policies.c.seq)
    return [
        Policy(row.seq, row.in_force, tuple(msgspec.json.decode(row.settings)))
        for row in connection.execute(query)
    ]


def _to_account(row: Row[str, str, int, str, str, int | None]) -> Account:
    code, type_, opened, title, limits, closed = row
    return Account(code, type_, opened, title, to_limits(limits), closed or 0)


def _to_lot(row: Row[str, str, int, str]) -> Lot:
    commodity, code, seq, facts = row
    return Lot(commodity, code, seq, msgspec.json.decode(facts))
