"""The chart of a book as the journal needs it: accounts, commodities, policy, verifier keys."""

from dataclasses import dataclass, field
from functools import lru_cache

import msgspec
from sqlalchemy import Connection, select

from timebank.ledger.model import Account, Commodity, Limit, Policy
from timebank.ledger.routes import Route, RouteKey
from timebank.ledger.settings import Settings
from timebank.store.tables import accounts, commodities, policies, signing_keys


@dataclass(frozen=True, slots=True)
class Chart:
    """The definitions of a book that every command needs, as of ``defined`` (see the head)."""

    defined: int
    accounts: dict[str, Account]
    commodities: dict[str, Commodity]
    policies: list[Policy]
    vkeys: list[str]
    settings: Settings
    routes: dict[RouteKey, Route] = field(default_factory=dict)
    """The ways that legs went and may go again until something is defined; appends add to them."""


def load_chart(connection: Connection, book_id: int, defined: int) -> Chart:
    """Read the chart of a book whose head says ``defined``."""
    policies = _load_policies(connection, book_id)
    return Chart(
        defined,
        _load_accounts(connection, book_id),
        _load_commodities(connection, book_id),
        policies,
        _load_vkeys(connection, book_id),
        Settings().extended(policies),
    )


@lru_cache(maxsize=256)
def to_limits(text: str) -> tuple[Limit, ...]:
    """Limits from their canonical JSON."""
    return tuple(Limit(item["commodity"], item["amount"]) for item in msgspec.json.decode(text))


def _load_accounts(connection: Connection, book_id: int) -> dict[str, Account]:
    query = select(accounts).where(accounts.c.book_id == book_id)
    return {
        row.account: Account(
            row.account, row.type, row.opened, row.title, to_limits(row.limits), row.closed or 0
        )
        for row in connection.execute(query)
    }


def _load_commodities(connection: Connection, book_id: int) -> dict[str, Commodity]:
    query = select(commodities).where(commodities.c.book_id == book_id)
    return {
        row.commodity: Commodity(row.commodity, row.kind, row.scale, row.seq, row.title)
        for row in connection.execute(query)
    }


def _load_policies(connection: Connection, book_id: int) -> list[Policy]:
    query = select(policies).where(policies.c.book_id == book_id).order_by(policies.c.seq)
    return [
        Policy(row.seq, row.in_force, tuple(msgspec.json.decode(row.settings)))
        for row in connection.execute(query)
    ]


def _load_vkeys(connection: Connection, book_id: int) -> list[str]:
    table = signing_keys
    query = select(table.c.vkey).where(table.c.book_id == book_id).order_by(table.c.seq)
    return list(connection.execute(query).scalars())
