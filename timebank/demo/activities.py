"""Public activities 公益活动 since 2010: headcounts, which are not hours.

Those from before the book was opened are posted when it is, each with the day on which it was.
"""

from datetime import date, timedelta
from typing import Final

from timebank.demo import days
from timebank.demo.agenda import Agenda
from timebank.demo.chance import Chance
from timebank.demo.clubs import clubs_of
from timebank.demo.officers import COORDINATOR
from timebank.demo.scene import Scene
from timebank.flows.attendances import Attendance

SINCE: Final = date(2010, 5, 1)
RECORDED: Final = days.after(days.FIRST)
"""The day on which the activities before the book are posted."""

_CATEGORIES: Final = ("festival", "health", "culture", "sport", "children", "elders", "market")
_LATEST: Final = date(2025, 12, 20)


class Activities:
    """The public activities, by the day on which they are posted."""

    def __init__(self, scene: Scene) -> None:
        """Imagine all of them."""
        self._diary = scene.diary
        self._agenda = Agenda()
        chance, size = scene.chance("activities"), scene.size
        held = sorted(_imagine_day(chance) for _ in range(size.activities))
        counts = _split(size.attendances, [chance.whole(40, 400) for _ in held])
        clubs = [place for place, _ in clubs_of(size)]
        for number, (day, headcount) in enumerate(zip(held, counts, strict=True), start=1):
            posted = max(day, RECORDED)
            attendance = Attendance(
                day=None if day == posted else day.isoformat(),
                event=f"activity:{number:03}",
                category=chance.one_of(_CATEGORIES),
                headcount=headcount,
                group=chance.one_of(clubs) if chance.happens(60) else None,
            )
            self._agenda.add(posted, self._record, attendance)

    def on(self, day: date) -> None:
        """Post the activities of a day."""
        self._agenda.take(day)

    def _record(self, attendance: Attendance) -> None:
        self._diary.post(attendance, *COORDINATOR)


def _imagine_day(chance: Chance) -> date:
    return SINCE + timedelta(days=chance.whole(0, (_LATEST - SINCE).days))


def _split(total: int, weights: list[int]) -> list[int]:
    """Whole numbers that add up to ``total``, about as the weights do."""
    seen, given, parts = 0, 0, []
    for weight in weights:
        seen += weight
        upto = total * seen // sum(weights)
        parts.append(upto - given)
        given = upto
    return parts
