"""What the entries written so far add up to, to be asserted at the end of each period."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from timebank.ledger.model import Key
from timebank.ledger.trial_balance import TrialRow


class Assertion(NamedTuple):
    """What an account has; ``inclusive`` counts that of its subaccounts in."""

    account: str
    holder: int
    commodity: str
    lot: str
    balance: int
    inclusive: bool = False


class Sums:
    """Running sums of accounts as a whole, and of holders in them where they have anything."""

    def __init__(self, controls: Collection[str]) -> None:
        """Start at zero; ``controls`` are the codes of control accounts."""
        self._controls = frozenset(controls)
        self._wholes: dict[tuple[str, str, str], list[int]] = {}
        self._parts: dict[Key, int] = {}

    def add(self, key: Key, amount: int) -> None:
        """Count what came in, or as a negative amount went out."""
        whole = self._wholes.setdefault((key.account, key.commodity, key.lot), [0, 0])
        whole[amount < 0] += abs(amount)
        if key.account in self._controls:
            part = self._parts.pop(key, 0) + amount
            if part:
                self._parts[key] = part

    def trial_balance(self) -> list[TrialRow]:
        """All accounts as a whole, as a close states them."""
        return sorted(TrialRow(*place, *pair) for place, pair in self._wholes.items())

    def assertions(self) -> Iterator[Assertion]:
        """Give what every account has that ever moved, and every holder who has anything."""
        totals = {(row.account, row.commodity, row.lot): row.net for row in self.trial_balance()}
        for (account, commodity, lot), net in totals.items():
            inclusive = account in self._controls
            if inclusive:
                net += sum(  # noqa: PLW2901  a control account counts those under it in
                    other
                    for (code, *unit), other in totals.items()
                    if code.startswith(f"{account}:") and unit == [commodity, lot]
                )
            yield Assertion(account, 0, commodity, lot, net, inclusive)
        for key in sorted(self._parts):
            yield Assertion(key.account, key.owner, key.commodity, key.lot, self._parts[key])
