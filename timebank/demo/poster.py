"""Posters: how a demo gets into a book. What is posted does not depend on who posts it."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Protocol

from timebank.demo.community import Demo, live
from timebank.demo.days import FIRST, LAST
from timebank.demo.diary import Item
from timebank.demo.people import Person

Progress = Callable[[int, int], None]
"""Takes how much is done, and of how much."""


class Poster(Protocol):
    """Posts to one book, on days that are told in order."""

    def open(self, day: date) -> None:
        """Open the book."""

    def enrol(self, day: date, people: Sequence[Person]) -> list[str]:
        """Enrol everybody in order; give their member ids."""

    def post(self, day: date, items: Sequence[Item]) -> None:
        """Post items of a day together, each at its place."""


def fill(demo: Demo, poster: Poster, tell: Progress = lambda _done, _total: None) -> None:
    """Open the book of a demo and let the community live through its days."""
    total = (LAST - FIRST).days + 1
    poster.open(FIRST)
    member_ids = poster.enrol(FIRST, demo.people())
    for done, (day, batches) in enumerate(live(demo, member_ids), start=1):
        for items in batches:
            poster.post(day, items)
        tell(done, total)
