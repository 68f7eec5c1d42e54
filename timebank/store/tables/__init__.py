"""All tables, by the name they have in the database. The migrations make them."""

from timebank.store.tables.access import api_keys, idempotency
from timebank.store.tables.definitions import accounts, commodities, lots, policies
from timebank.store.tables.directory import books, heads, signing_keys
from timebank.store.tables.holders import contacts, holder_keys, holders, openings
from timebank.store.tables.log import entries, subtree_roots
from timebank.store.tables.projections import (
    balances,
    leg_sides,
    names,
    remainders,
    reversals,
    tallies,
    turnovers,
)
from timebank.store.tables.shape import metadata

__all__ = [
    "accounts",
    "api_keys",
    "balances",
    "books",
    "commodities",
    "contacts",
    "entries",
    "heads",
    "holder_keys",
    "holders",
    "idempotency",
    "leg_sides",
    "lots",
    "metadata",
    "names",
    "openings",
    "policies",
    "remainders",
    "reversals",
    "signing_keys",
    "subtree_roots",
    "tallies",
    "turnovers",
]
