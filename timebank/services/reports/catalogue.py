"""All reports, by name, in the order in which they are listed."""

from typing import Final

from timebank.errors import UnknownReportError
from timebank.services.reports import (
    categories,
    circulation,
    clubs,
    food_bank,
    funds,
    income,
    markets,
    movements,
    plans,
    rounds,
)
from timebank.services.reports.tables import Definition

REPORTS: Final[dict[str, Definition]] = {
    definition.name: definition
    for definition in (
        income.DEFINITION,
        funds.DEFINITION,
        plans.DEFINITION,
        categories.DEFINITION,
        clubs.DEFINITION,
        movements.BY_SOURCE,
        circulation.DEFINITION,
        markets.DEFINITION,
        food_bank.DEFINITION,
        rounds.DEFINITION,
        movements.MOVEMENTS,
    )
}


def find_report(report: str) -> Definition:
    """What the report of this name is. Raises UnknownReportError."""
    found = REPORTS.get(report)
    if found is None:
        raise UnknownReportError(report)
    return found
