"""Grid shops 义坊: shelves run for a family, who get what is taken in."""

from timebank.errors import FactsError, LegPatternError
from timebank.ledger.model import Entry, Owners
from timebank.ledger.state import BookState


def check_shop(entry: Entry, owners: Owners, state: BookState, *, revealed: bool) -> None:
    """Raise unless what was sold is paid in one leg, to the family whose goods they were.

    Raises FactsError, and LegPatternError where the owners are known and are not one.
    """
    paid = [
        index
        for index, leg in enumerate(entry.legs)
        if state.commodities[leg.commodity].kind == "money"
    ]
    if len(paid) != 1:
        raise FactsError("legs", "are goods, if any, and the money for them in one leg")
    family = owners[paid[0]][1]
    for index, (from_owner, _) in enumerate(owners):
        if revealed and index not in paid and from_owner != family:
            raise LegPatternError(entry.kind, index, "must be of the family that is paid")
