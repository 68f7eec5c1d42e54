"""The agenda: what is to be done on a later day."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from functools import partial

Step = Callable[[], None]


class Agenda:
    """Steps by the day on which they are taken."""

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self._steps: defaultdict[date, list[Step]] = defaultdict(list)

    def add(self, day: date, step: Callable[..., None], *given: object) -> None:
        """Have a step taken on a later day, with what it is given."""
        self._steps[day].append(partial(step, *given))

    def take(self, day: date) -> None:
        """Take the steps of a day, in the order in which they were added."""
        for step in self._steps.pop(day, []):
            step()
