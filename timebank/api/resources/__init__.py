"""The resources of the API, one module for each noun."""

from timebank.api import problems
from timebank.api.resources import (
    accounts,
    balances,
    batches,
    books,
    closes,
    commodities,
    entries,
    holds,
    keys,
    lots,
    members,
    policies,
    presets,
    reports,
    statements,
)

RESOURCES = (
    books.resource,
    commodities.resource,
    lots.lots,
    lots.funds,
    accounts.resource,
    members.resource,
    entries.resource,
    batches.resource,
    holds.resource,
    balances.resource,
    statements.resource,
    reports.resource,
    policies.resource,
    presets.resource,
    closes.resource,
    keys.resource,
    problems.resource,
)
"""In the order in which the description of the API shows them."""
