"""Chance: draws from a seed, the same on every machine and in every version of Python."""

import random
from collections.abc import Sequence
from typing import Final, TypeVar

T = TypeVar("T")

_HUNDRED: Final = 100


class Chance:
    """Draws for one topic, so that more of them in one place change nothing in another.

    Made from ``random.Random.random`` alone, the one sequence that Python promises to keep.
    """

    def __init__(self, seed: int, topic: str) -> None:
        """Begin at the seed, of which each topic has a sequence of its own."""
        self._random = random.Random(f"{seed}/{topic}").random  # noqa: S311  nothing here is secret

    def whole(self, least: int, most: int) -> int:
        """A whole number from ``least`` to ``most``, each as likely as any other."""
        return least + int(self._random() * (most - least + 1))

    def happens(self, percent: float) -> bool:
        """Whether something of this likelihood happens."""
        return self._random() * _HUNDRED < percent

    def times(self, average: float) -> int:
        """How often something happens that does so ``average`` times: 0 to twice that."""
        drawn = self._random() * 2 * average
        return int(drawn) + (self._random() < drawn % 1)

    def one_of(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[int(self._random() * len(items))]

    def some_of(self, items: Sequence[T], count: int) -> list[T]:
        """So many of the items, or all there are, each once."""
        left = list(range(len(items)))
        drawn = []
        for _ in range(min(count, len(left))):
            place = int(self._random() * len(left))
            left[place], left[-1] = left[-1], left[place]
            drawn.append(items[left.pop()])
        return drawn
