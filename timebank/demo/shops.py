"""The grid shop 义坊, shelves run for families, and the charity supermarket 公益超市."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Final

from timebank.demo import days, goods, places
from timebank.demo.diary import paper
from timebank.demo.officers import COUNTER, STOREKEEPER, TREASURER
from timebank.demo.places import CNY, POINT, SUPERMARKET
from timebank.demo.scene import Scene
from timebank.flows.definitions import RegisterLot
from timebank.flows.goods import Batch, Goods
from timebank.flows.intakes import TakeIn
from timebank.flows.reversals import Reverse
from timebank.flows.shops import PayOut, Redeem, SellInShop

DELIVERY_DAY: Final = 2
PAYOUT_DAY: Final = 28


@dataclass(slots=True)
class _Shelf:
    """What a family has in the shop: the lot of the month and how much is left of it."""

    lot: str = ""
    left: int = 0


class GridShop:
    """What happens in the grid shop on each day."""

    def __init__(self, scene: Scene) -> None:
        """Begin with empty shelves."""
        self._diary = scene.diary
        self._size = scene.size
        self._chance = scene.chance("grid shop")
        self._shelves = {family: _Shelf() for family in scene.people.families}
        self._owed: Counter[str] = Counter()

    def on(self, day: date) -> None:
        """Post what happens on a day."""
        if day.day == DELIVERY_DAY and day <= days.YEAR_END:
            self._deliver(day)
        for _ in range(self._chance.times(self._size.shop_sales_daily)):
            self._sell()
        if day.day == PAYOUT_DAY:
            self._pay_out()

    def _deliver(self, day: date) -> None:
        """Each family brings what it made in the month."""
        for number, (family, shelf) in enumerate(self._shelves.items(), start=1):
            lot, amount = f"handicraft:{day:%Y-%m}-{number}", self._chance.whole(10, 30)
            self._diary.post(
                RegisterLot(
                    commodity=goods.HANDICRAFT,
                    lot=lot,
                    title=f"义坊寄售，{day:%Y-%m}",
                    source="produced",
                ),
                *STOREKEEPER,
            )
            self._diary.post(
                TakeIn(
                    to=f"stalls#{family}",
                    goods=(Batch(commodity=goods.HANDICRAFT, lot=lot, amount=amount),),
                    source="suppliers",
                ),
                *STOREKEEPER,
            )
            shelf.lot, shelf.left = lot, amount

    def _sell(self) -> None:
        """Sell something of a family's; all of the price is theirs."""
        chance = self._chance
        family = chance.one_of(list(self._shelves))
        shelf = self._shelves[family]
        amount = min(chance.whole(1, 2), shelf.left)
        if not amount:
            return
        price = amount * 100 * chance.whole(12, 45)
        seq = self._diary.post(
            SellInShop(
                stall=family,
                commodity=CNY,
                price=price,
                goods=(Batch(commodity=goods.HANDICRAFT, lot=shelf.lot, amount=amount),),
            ),
            *COUNTER,
        )
        if chance.happens(self._size.mistakes_percent):
            self._diary.post(Reverse(reverses=seq, memo="顾客退货"), *COUNTER)
        else:
            shelf.left -= amount
            self._owed[family] += price

    def _pay_out(self) -> None:
        for family, amount in self._owed.items():
            if amount:
                self._diary.post(PayOut(stall=family, commodity=CNY, amount=amount), *TREASURER)
        self._owed.clear()


class Supermarket:
    """What happens in the charity supermarket on each day."""

    def __init__(self, scene: Scene) -> None:
        """Begin with empty shelves."""
        self._diary = scene.diary
        self._people = scene.people
        self._size = scene.size
        self._stock = scene.stock
        self._seed = scene.seed
        self._chance = scene.chance("supermarket")
        self._codes = 0

    def on(self, day: date) -> None:
        """Post what happens on a day; nobody comes twice on one."""
        count = self._chance.times(self._size.redemptions_daily)
        for member in self._chance.some_of(self._people.staying, count):
            self._redeem(member, day)

    def _redeem(self, member: str, day: date) -> None:
        """Get goods for points, with a pickup code as a rule."""
        chance = self._chance
        chosen = [
            (sort, amount)
            for sort in chance.some_of(goods.SHELF, chance.whole(1, 2))
            if self._stock.amount(SUPERMARKET, sort, day, "reward")
            >= (amount := chance.whole(1, 2 if sort.price < goods.OIL.price else 1))
        ]
        cost = sum(sort.price * amount for sort, amount in chosen)
        if not chosen or self._diary.points(places.member(member)) < cost:
            return
        self._codes += 1
        self._diary.post(
            Redeem(
                member=member,
                commodity=POINT,
                place=SUPERMARKET,
                goods=tuple(
                    Goods(commodity=sort.commodity, amount=amount) for sort, amount in chosen
                ),
                pickup=paper("pickup", self._seed, self._codes) if chance.happens(80) else None,
            ),
            *STOREKEEPER,
        )
        self._diary.move_points(places.member(member), "", cost)
        for sort, amount in chosen:
            self._stock.take(SUPERMARKET, sort, amount, day, "reward")
