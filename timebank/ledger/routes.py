"""Routes: where legs go, found out once for all legs like it."""

from typing import NamedTuple, TypeAlias

from timebank.ledger.model import Key
from timebank.ledger.registry import Pattern


class Route(NamedTuple):
    """Where a leg goes: what the book's definitions and its kind say of all legs like it.

    ``from_`` and ``to`` are the balances of the whole accounts. ``pattern`` is that of the kind
    which allows the leg, None for a reversal, which turns round what was allowed before.
    ``holders`` says for either side what sort of holder must stand behind it, empty for none.
    """

    from_: Key
    to: Key
    pattern: Pattern | None
    holders: tuple[str, str]


RouteKey: TypeAlias = tuple[str, str, str, str, str, str, str]
"""Kind, either account followed by ``#`` where a holder stands behind it, commodity and lot."""
