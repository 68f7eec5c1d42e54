"""Stock: what lots are on the shelves, so that nobody hands out what is not there."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from timebank.demo.goods import Goods


@dataclass(slots=True)
class StockLot:
    """A lot, and how much of it is on which shelf; ``order`` is that of registration."""

    goods: Goods
    code: str
    expires: date
    uses: tuple[str, ...]
    order: int
    recalled: bool = False
    shelves: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def is_usable(self, day: date, use: str) -> bool:
        """Whether it may be handed on for a use."""
        return day <= self.expires and not self.recalled and use in self.uses


class Stock:
    """All lots there are."""

    def __init__(self) -> None:
        """Begin with empty shelves."""
        self.lots: list[StockLot] = []

    def register(self, goods: Goods, code: str, expires: date, uses: tuple[str, ...]) -> StockLot:
        """Know of a new lot, of which nothing is there yet."""
        lot = StockLot(goods, code, expires, uses, len(self.lots))
        self.lots.append(lot)
        return lot

    def usable(self, place: str, goods: Goods, day: date, use: str) -> list[StockLot]:
        """The lots on a shelf that may go for a use, those that expire first before others."""
        found = [
            lot
            for lot in self.lots
            if lot.goods is goods and lot.shelves[place] and lot.is_usable(day, use)
        ]
        return sorted(found, key=lambda lot: (lot.expires, lot.order))

    def amount(self, place: str, goods: Goods, day: date, use: str) -> int:
        """How much of some goods on a shelf may go for a use."""
        return sum(lot.shelves[place] for lot in self.usable(place, goods, day, use))

    def take(
        self, place: str, goods: Goods, amount: int, day: date, use: str
    ) -> list[tuple[StockLot, int]]:
        """Take goods from a shelf, first expired first; give how much of which lots."""
        taken = []
        for lot in self.usable(place, goods, day, use):
            part = min(amount, lot.shelves[place])
            if part:
                lot.shelves[place] -= part
                amount -= part
                taken.append((lot, part))
        assert not amount, "there was enough of it"
        return taken
