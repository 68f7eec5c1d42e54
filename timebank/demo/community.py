"""The demo community, whole: who is in it, and what is posted on each day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from timebank.demo import days, founding, places
from timebank.demo.activities import Activities
from timebank.demo.diary import Diary, Item
from timebank.demo.food_bank import FoodBank
from timebank.demo.funds import Funds
from timebank.demo.helping import Helping
from timebank.demo.market import Market
from timebank.demo.officers import TREASURER
from timebank.demo.origins import HOST
from timebank.demo.people import People, Person, imagine_people, name_people
from timebank.demo.points import Points
from timebank.demo.scene import Scene
from timebank.demo.shops import GridShop, Supermarket
from timebank.demo.size import FULL, Size
from timebank.flows.periods import Close

SEED: Final = 2010
"""Of the demo that everybody sees who asks for no other."""

TITLE: Final = "翠竹园互助会（演示，非真实数据）"
TIME_ZONE: Final = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Demo:
    """Which demo: the same seed and size are the same log, byte for byte."""

    size: Size = FULL
    seed: int = SEED

    def origin(self, slug: str) -> str:
        """The origin of its book, which is another for each demo."""
        return f"{self.size.name}-{self.seed}.{HOST}/log/{slug}"

    def people(self) -> list[Person]:
        """Everybody who is enrolled on the first day, right after the book is opened."""
        return imagine_people(self.seed, self.size)


def live(demo: Demo, member_ids: Sequence[str]) -> Iterator[tuple[date, list[list[Item]]]]:
    """Each day with the batches that are posted on it, given the ids of the people in their order.

    Everybody stands in the book before the first item.
    """
    year = _Year(demo, name_people(demo.size, member_ids), 1 + len(member_ids))
    for day in days.all_days():
        yield day, year.post(day)


class _Year:
    """All businesses together."""

    def __init__(self, demo: Demo, people: People, size: int) -> None:
        """Begin in a book that has so many entries."""
        self._diary = Diary(size)
        scene = Scene(demo.seed, demo.size, people, self._diary)
        policy = founding.found(scene)
        helping = Helping(scene)
        food_bank = FoodBank(scene, helping)
        market = Market(
            scene,
            food_bank,
            bank=founding.MONEY[places.BANK, places.CHARITY_POOL],
            till=founding.MONEY[places.MARKET_TILL, places.CHARITY_POOL],
        )
        self._businesses = (
            Activities(scene),
            helping,
            Points(scene, policy),
            food_bank,
            market,
            GridShop(scene),
            Supermarket(scene),
            Funds(scene),
        )

    def post(self, day: date) -> list[list[Item]]:
        """What is posted on a day; on some the month before is closed first."""
        if day.day == days.CLOSE_DAY and day > days.FIRST.replace(day=31):
            self._diary.post(Close(until=days.month_end(day).isoformat()), *TREASURER)
        for business in self._businesses:
            business.on(day)
        return self._diary.tear_off()
