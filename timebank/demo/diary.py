"""The diary: what the association posts, day by day, and which place each entry will have.

Nothing in the demo is refused, so the place of an entry follows from how many stand before it, and
later ones can name it: the service names the hold it is paid from.
"""

from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from timebank.flows.command import Command
from timebank.ledger.encoding import to_base64

BATCH_MAX: Final = 1_000
"""How many items are posted together at most."""

_NAMING: Final = ("hold", "market", "move", "plan", "received", "reverses", "round")
"""Fields of commands that name an earlier entry, which must be in the book before."""


@dataclass(frozen=True, slots=True)
class Item:
    """A command to be posted at the place ``seq``, in these capacities besides the app's own."""

    seq: int
    command: Command
    by: tuple[str, ...]


class Diary:
    """What is written down for a day, and the points and money that are surely there."""

    def __init__(self, size: int) -> None:
        """Begin in a book that has so many entries."""
        self._size = size
        self._batches: list[list[Item]] = []
        self._points: defaultdict[str, int] = defaultdict(int)

    def post(self, command: Command, *by: str) -> int:
        """Write a command down for today; give the seq that its entry will have."""
        seq = self._size
        if not self._batches or self._must_wait(command, self._batches[-1]):
            self._batches.append([])
        self._batches[-1].append(Item(seq, command, by))
        self._size += 1
        return seq

    @property
    def last(self) -> int:
        """The seq of the entry written down last."""
        return self._size - 1

    def tear_off(self) -> list[list[Item]]:
        """The items of the day, which then are no longer here, as they can be posted together."""
        batches, self._batches = self._batches, []
        return batches

    def points(self, account: str) -> int:
        """How many points a member, a group or the pool surely has; it may be more."""
        return self._points[account]

    def move_points(self, from_: str, to: str, amount: int) -> None:
        """Count points that go from one to another; what is "" is not counted."""
        self._points[from_] -= amount
        self._points[to] += amount
        assert self._points[from_] >= 0 or not from_, "nobody spends what they may not have"

    @staticmethod
    def _must_wait(command: Command, batch: list[Item]) -> bool:
        """Whether a command comes after a batch: that is full, or what it names is in it."""
        named = (getattr(command, field, None) for field in _NAMING)
        first = batch[0].seq
        return len(batch) == BATCH_MAX or any(
            isinstance(seq, int) and seq >= first for seq in named
        )


def paper(*words: object) -> str:
    """The base64 SHA-256 of a paper that nobody wrote: a plan, a list of evidence, a task."""
    return to_base64(sha256(" ".join(map(str, words)).encode()).digest())
