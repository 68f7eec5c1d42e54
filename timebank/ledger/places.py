"""Places where goods are: a shelf such as ``stock:yicang``, and its quarantine beside it."""

from typing import Final

from timebank.ledger.registry import matches

STOCK: Final = "stock:"
"""How the codes of all accounts that hold goods at places begin."""

_SHELF: Final = "stock:*"
_QUARANTINE: Final = "quarantine"


def is_shelf(account: str) -> bool:
    """Whether it is the shelf of a place, from which goods are handed on."""
    return matches(_SHELF, account)


def place_of(account: str) -> str:
    """The place of a stock account or of one of its parts: ``stock:yicang``."""
    return ":".join(account.split(":")[:2])


def quarantine_of(place: str) -> str:
    """Where goods wait at a place until somebody has looked at them."""
    return f"{place}:{_QUARANTINE}"


def is_quarantine(account: str) -> bool:
    """Whether goods wait there until somebody has looked at them."""
    return account.startswith(STOCK) and account == quarantine_of(place_of(account))
