"""The food bank 义仓: goods come in and are looked at, and rounds bring them to households."""

from datetime import date
from typing import Final, Literal

from timebank.demo import categories, days, goods
from timebank.demo.agenda import Agenda
from timebank.demo.goods import Goods as Sort
from timebank.demo.helping import Helping
from timebank.demo.officers import COUNTER, STOREKEEPER, VERIFIER
from timebank.demo.places import CNY, FOOD_BANK, SUPERMARKET
from timebank.demo.scene import Scene
from timebank.demo.stock import StockLot
from timebank.flows.counts import Count, Counted, Spoil
from timebank.flows.definitions import RegisterLot, ValueFact
from timebank.flows.goods import Batch, Goods
from timebank.flows.intakes import Inspect, TakeIn
from timebank.flows.moves import Arrive, Move
from timebank.flows.rounds import EndRound, HandOver, SendRound

DAMAGE_DAY: Final = date(2025, 3, 14)
RECALL_DAY: Final = date(2025, 8, 12)
COUNT_DAY: Final = date(2025, 10, 20)
"""On it a count finds that some of a lot is missing."""

DONATION_DAYS: Final = (3, 19)
SHORT_DATED_DAY: Final = date(2025, 5, 3)
"""What is donated on it can be used for three more days only, in which no round leaves."""
STOCKING_DAY: Final = 27
"""On this day of a month the charity supermarket gets goods from the food bank."""

_REFUSED_PERCENT: Final = 3
_ABSENT_PERCENT: Final = 4


class FoodBank:
    """What happens at the food bank on each day."""

    def __init__(self, scene: Scene, helping: Helping) -> None:
        """Begin with empty shelves."""
        self._diary = scene.diary
        self._people = scene.people
        self._size = scene.size
        self._stock = scene.stock
        self._helping = helping
        self._chance = scene.chance("food bank")
        self._agenda = Agenda()
        self._lots = 0
        self._rounds = 0

    def on(self, day: date) -> None:
        """Post what happens on a day."""
        self._agenda.take(day)
        self._throw_out_expired(day)
        if day.day in DONATION_DAYS and day <= days.YEAR_END:
            self._take_donation(day)
        if day == DAMAGE_DAY:
            broken = self._largest(day)
            self._spoil(broken, FOOD_BANK, min(2, broken.shelves[FOOD_BANK]), "damaged")
        if day == RECALL_DAY:
            self._recall(day)
        if day == COUNT_DAY:
            self._count(day)
        if day.day == STOCKING_DAY:
            self._stock_supermarket(day)
        if days.is_round_day(day, self._size.weeks_between_rounds):
            self._send_round(day)

    def register(  # noqa: PLR0913  all that is known of a lot
        self,
        sort: Sort,
        amount: int,
        day: date,
        *,
        uses: tuple[str, ...],
        fund: str | None = None,
        keeps_days: int | None = None,
    ) -> StockLot:
        """Register a lot that comes in on a day: bought with a fund, or else donated."""
        self._lots += 1
        code = sort.lot(f"{self._lots:04}")
        expires = days.after(day, sort.keeps_days if keeps_days is None else keeps_days)
        lot = self._stock.register(sort, code, expires, uses)
        self._diary.post(
            RegisterLot(
                commodity=sort.commodity,
                lot=code,
                title=f"{sort.title}，{day:%Y-%m}",
                expires=lot.expires.isoformat(),
                source="purchased" if fund else "donated",
                basis="cost" if fund else "fair-value",
                value=ValueFact(amount * sort.cost, CNY),
                fund=fund,
                uses=uses,
            ),
            *STOREKEEPER,
        )
        return lot

    def inspect_later(
        self, day: date, received: int, came: list[tuple[StockLot, int]], bad: int = 0
    ) -> None:
        """Have looked at on a day what came in by an entry; so many of its first lot are bad."""
        self._agenda.add(day, self._inspect, received, came, bad, day)

    def _inspect(
        self, received: int, came: list[tuple[StockLot, int]], bad: int, day: date
    ) -> None:
        """Let what is good on the shelf, and nothing that has expired or was recalled since."""
        rejected = []
        for place, (lot, amount) in enumerate(came):
            refused = bad if not place else 0
            if not lot.is_usable(day, "aid"):
                refused = amount
            if refused:
                rejected.append(_batch(lot, refused))
            lot.shelves[FOOD_BANK] += amount - refused
        self._diary.post(Inspect(received=received, rejected=tuple(rejected)), *VERIFIER)

    def _take_donation(self, day: date) -> None:
        """Neighbours bring staples; what they bring is for households in need."""
        chance = self._chance
        households = self._size.households_a_round
        came = []
        for sort in chance.some_of(goods.ALL, chance.whole(1, 2)):
            amount = chance.whole(households // 3, households)
            keeps = 3 if day == SHORT_DATED_DAY else sort.keeps_days
            lot = self.register(sort, amount, day, uses=("aid",), keeps_days=keeps)
            came.append((lot, amount))
        batches = tuple(_batch_of(lot, amount) for lot, amount in came)
        seq = self._diary.post(TakeIn(to=FOOD_BANK, goods=batches), *STOREKEEPER)
        bad = 1 if chance.happens(30) else 0
        self.inspect_later(days.after(day), seq, came, bad)

    def _send_round(self, day: date) -> None:
        """Bring a parcel to each household of a round, if there is enough on the shelf."""
        households = self._size.households_a_round - self._chance.whole(0, 1)
        parcel = [
            sort
            for sort in goods.ALL
            if self._stock.amount(FOOD_BANK, sort, day, "aid") >= households
        ]
        # The staples go in turn, so that they last.
        parcel = parcel[self._rounds % len(parcel) :][:2] if parcel else []
        if not parcel:
            return
        self._rounds += 1
        seq = self._diary.post(
            SendRound(
                place=FOOD_BANK,
                carrier=self._chance.one_of(self._people.carriers),
                households=households,
                goods=tuple(Goods(commodity=one.commodity, amount=households) for one in parcel),
            ),
            *STOREKEEPER,
        )
        taken = [self._stock.take(FOOD_BANK, sort, households, day, "aid") for sort in parcel]
        self._end_round(day, seq, households, taken)

    def _end_round(
        self, day: date, seq: int, households: int, taken: list[list[tuple[StockLot, int]]]
    ) -> None:
        """Some were not at home, some would not have it: all of that comes back."""
        chance = self._chance
        refused = sum(chance.happens(_REFUSED_PERCENT) for _ in range(households))
        absent = sum(chance.happens(_ABSENT_PERCENT) for _ in range(households - refused))
        without = min(refused + absent, *(lots[-1][1] for lots in taken))
        refused = min(refused, without)
        came = [(lots[-1][0], without) for lots in taken] if without else []
        back = self._diary.post(
            EndRound(
                round=seq,
                refused=refused,
                absent=without - refused,
                back=tuple(_batch(lot, amount) for lot, amount in came),
                handovers=tuple(
                    HandOver(
                        parcel=f"P{self._rounds:03}-{number:02}",
                        confirmed="neighbour" if chance.happens(15) else "code",
                    )
                    for number in range(1, households - without + 1)
                ),
            ),
            *STOREKEEPER,
        )
        if came:
            self.inspect_later(days.after(day), back, came, int(chance.happens(20)))
        team = chance.some_of(self._people.active, chance.whole(2, 4))
        minutes = {helper: 15 * chance.whole(4, 9) for helper in team}
        self._helping.credit(categories.DELIVERY, minutes, memo="送货上门")

    def _stock_supermarket(self, day: date) -> None:
        """Move goods to the charity supermarket that may be given for points."""
        sent = []
        for sort in goods.SHELF:
            there = self._stock.amount(FOOD_BANK, sort, day, "reward")
            wanted = 8 * max(1, self._size.households_a_round // 6)
            amount = min(there // 2, wanted - self._stock.amount(SUPERMARKET, sort, day, "reward"))
            if amount > 0:
                sent += self._stock.take(FOOD_BANK, sort, amount, day, "reward")
        if not sent:
            return
        seq = self._diary.post(
            Move(
                place=FOOD_BANK,
                carrier=self._chance.one_of(self._people.carriers),
                goods=tuple(_batch(lot, amount) for lot, amount in sent),
            ),
            *STOREKEEPER,
        )
        missing = int(self._chance.happens(20))
        lost = (_batch(sent[0][0], missing),) if missing else ()
        self._diary.post(Arrive(move=seq, place=SUPERMARKET, lost=lost), *STOREKEEPER)
        for place, (lot, amount) in enumerate(sent):
            lot.shelves[SUPERMARKET] += amount if place else amount - missing

    def _throw_out_expired(self, day: date) -> None:
        for lot in self._stock.lots:
            for place, amount in lot.shelves.items():
                if amount and days.after(lot.expires) == day and not lot.recalled:
                    self._spoil(lot, place, amount, "expired")

    def _recall(self, day: date) -> None:
        """The maker recalls a lot: none of it is handed out any more."""
        lot = self._largest(day)
        for place in (FOOD_BANK, SUPERMARKET):
            if lot.shelves[place]:
                self._spoil(lot, place, lot.shelves[place], "recalled")
        lot.recalled = True

    def _spoil(
        self,
        lot: StockLot,
        place: str,
        amount: int,
        reason: Literal["expired", "damaged", "recalled"],
    ) -> None:
        spoiled = (_batch_of(lot, amount),)
        self._diary.post(
            Spoil(account=place, goods=spoiled, reason=reason), *STOREKEEPER, *VERIFIER
        )
        lot.shelves[place] -= amount

    def _count(self, day: date) -> None:
        """Count a lot against the book, and find less than there should be."""
        lot = self._largest(day)
        found = lot.shelves[FOOD_BANK] - min(3, lot.shelves[FOOD_BANK])
        self._diary.post(
            Count(
                account=FOOD_BANK,
                against=self._diary.last,
                counted=(Counted(commodity=lot.goods.commodity, lot=lot.code, amount=found),),
                memo="盘点短少，原因不明",
            ),
            *STOREKEEPER,
            *COUNTER,
        )
        lot.shelves[FOOD_BANK] = found

    def _largest(self, day: date) -> StockLot:
        """The lot of which there is most on the shelf of the food bank."""
        lots = [
            lot for sort in goods.ALL for lot in self._stock.usable(FOOD_BANK, sort, day, "aid")
        ]
        return max(lots, key=lambda lot: (lot.shelves[FOOD_BANK], lot.code))


def _batch(lot: StockLot, amount: int) -> Goods:
    """So much of a lot, where a lot may be left out."""
    return Goods(commodity=lot.goods.commodity, lot=lot.code, amount=amount)


def _batch_of(lot: StockLot, amount: int) -> Batch:
    return Batch(commodity=lot.goods.commodity, lot=lot.code, amount=amount)
