"""What grows with the log, so that it may be kept elsewhere than in memory: names and arrivals."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Protocol

from timebank.ledger.model import Key


class Names(Protocol):
    """Which entries took a name, in order. It grows with the log, so it may be kept elsewhere."""

    def seqs(self, scope: str, value: str) -> tuple[int, ...]:
        """The entries that took this name."""

    def add(self, scope: str, value: str, seq: int) -> None:
        """Let an entry take a name."""


class NamesInMemory:
    """Names kept in memory. With ``complete=False`` only those that were loaded are known."""

    def __init__(self, *, complete: bool = True) -> None:
        """Start without names."""
        self._complete = complete
        self._seqs: dict[tuple[str, str], tuple[int, ...]] = {}

    def load(self, scope: str, value: str, seqs: tuple[int, ...]) -> None:
        """Know of a name, even that nobody took it."""
        self._seqs[scope, value] = seqs

    def seqs(self, scope: str, value: str) -> tuple[int, ...]:
        """The entries that took this name. Raises KeyError where it was not loaded."""
        if self._complete:
            return self._seqs.get((scope, value), ())
        return self._seqs[scope, value]

    def add(self, scope: str, value: str, seq: int) -> None:
        """Let an entry take a name."""
        self._seqs[scope, value] = (*self.seqs(scope, value), seq)


class Arrivals(Protocol):
    """What came into accounts on which day. It grows with the log, so it may be kept elsewhere."""

    def add(self, key: Key, day: str, amount: int) -> None:
        """Count what came in on a day; an amount below zero takes back."""

    def after(self, key: Key, day: str) -> int:
        """All that came in after a day, >= 0."""


class ArrivalsInMemory:
    """Arrivals kept in memory. With ``complete=False`` only those that were loaded are known."""

    def __init__(self, *, complete: bool = True) -> None:
        """Start without arrivals."""
        self._complete = complete
        self._known_after: dict[Key, str] = {}
        self._amounts: defaultdict[Key, dict[str, int]] = defaultdict(dict)

    def load(self, key: Key, after: str, amounts: Mapping[str, int]) -> None:
        """Know what came in on each day after one, even that nothing did."""
        self._known_after[key] = after
        self._amounts[key] = dict(amounts)

    def add(self, key: Key, day: str, amount: int) -> None:
        """Count what came in on a day; what was not asked for is not kept."""
        if self._complete or key in self._known_after:
            of_key = self._amounts[key]
            of_key[day] = of_key.get(day, 0) + amount

    def after(self, key: Key, day: str) -> int:
        """All that came in after a day. Raises KeyError where it was not loaded."""
        if not self._complete and day < self._known_after[key]:
            raise KeyError((key, day))
        return sum(amount for on, amount in self._amounts[key].items() if on > day)
