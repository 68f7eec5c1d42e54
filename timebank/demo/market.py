"""The charity market 义集: once a month neighbours sell at stalls, and the pool buys staples."""

from collections import Counter
from datetime import date
from typing import Final

from timebank.demo import days, goods, places
from timebank.demo.agenda import Agenda
from timebank.demo.diary import paper
from timebank.demo.food_bank import FoodBank
from timebank.demo.officers import BUYER, COORDINATOR, COUNTER, SECRETARY, STOREKEEPER, TREASURER
from timebank.demo.places import BANK, CHARITY_POOL, CNY, FOOD_BANK, MARKET_TILL, POINT
from timebank.demo.scene import Scene
from timebank.flows.charity_market import (
    Buy,
    FileMarket,
    PaidInPoints,
    ReportMarket,
    Sell,
    TakeHome,
    TakenHome,
)
from timebank.flows.funds import FilePlan, FileReport, MoveMoney
from timebank.flows.goods import Batch
from timebank.flows.reversals import Reverse

FILED_DAYS_BEFORE: Final = 10
SHARE: Final = 150
"""The pool's part of each price, in thousandths."""

REPORTED_DAYS_AFTER: Final = 7
LATE_MONTH: Final = 9
LATE_DAYS_AFTER: Final = 80
"""The market of September is reported long after it was due."""

FIRST_PLAN_DAY: Final = date(2025, 1, 7)
FIRST_PURCHASE_DAY: Final = date(2025, 1, 9)
FEES: Final = 1_500
"""What bringing the goods costs, in fen."""

TILL_MAX: Final = 200_000
"""What is more than this after the purchase goes to the bank."""

STALLS_COUNTED: Final = 64
"""How many stalls are counted in one entry at most."""


class Market:
    """What happens around the markets on each day. Money is in fen."""

    def __init__(self, scene: Scene, food_bank: FoodBank, *, bank: int, till: int) -> None:
        """Begin with so much of the pool's money in the bank and in the till."""
        self._diary = scene.diary
        self._people = scene.people
        self._size = scene.size
        self._stock = scene.stock
        self._food_bank = food_bank
        self._bank = bank
        self._till = till
        self._chance = scene.chance("market")
        self._agenda = Agenda()
        self._agenda.add(FIRST_PLAN_DAY, self._plan_first)

    def on(self, day: date) -> None:
        """Post what happens on a day."""
        self._agenda.take(day)
        held = days.after(day, FILED_DAYS_BEFORE)
        if days.is_market_day(held) and held <= days.YEAR_END:
            self._file(held)

    def _file(self, held: date) -> None:
        market = self._diary.post(
            FileMarket(
                market=f"market:{held:%Y-%m}",
                held=held.isoformat(),
                opens=9 * 60,
                closes=12 * 60,
                place="翠竹园南门广场",
                purpose="所得公益金为义仓购买米面粮油",
                basis="社区居委会备案",
                commodity=CNY,
                cash=MARKET_TILL,
                fund=CHARITY_POOL,
                share=SHARE,
                stall_fee=0,
            ),
            *COORDINATOR,
        )
        self._agenda.add(held, self._hold, market, held)

    def _hold(self, market: int, day: date) -> None:
        """Sell at the stalls, and count what each of them takes home."""
        chance, most = self._chance, self._size.stalls_a_market
        stalls = chance.some_of(self._people.stallholders, chance.whole(most * 3 // 4, most))
        owed: Counter[str] = Counter()
        for stall in stalls:
            for _ in range(chance.times(self._size.sales_a_stall)):
                owed[stall] += self._sell(market, stall)
        counted = [
            TakenHome(stall=one, amount=owed[one], taken_by=one) for one in stalls if owed[one]
        ]
        for first in range(0, len(counted), STALLS_COUNTED):
            self._diary.post(
                TakeHome(
                    market=market,
                    commodity=CNY,
                    stalls=tuple(counted[first : first + STALLS_COUNTED]),
                    counters=(*COUNTER, *SECRETARY),
                ),
                *COUNTER,
                *SECRETARY,
            )
        bought = days.after(day, 2)
        self._agenda.add(bought, self._buy, market, bought)
        late = day.month == LATE_MONTH
        reported = days.after(day, LATE_DAYS_AFTER if late else REPORTED_DAYS_AFTER)
        self._agenda.add(reported, self._report, market, len(stalls))

    def _sell(self, market: int, stall: str) -> int:
        """Sell something; give what the stall is owed for it. Some sales are a mistake."""
        chance = self._chance
        points = self._pay_in_points() if chance.happens(8) else None
        for_points_alone = points is not None and chance.happens(40)
        price = 0 if for_points_alone else 100 * chance.whole(20, 240)
        command = Sell(market=market, stall=stall, commodity=CNY, price=price, points=points)
        seq = self._diary.post(command, *COUNTER)
        if points is None and chance.happens(self._size.mistakes_percent):
            self._diary.post(Reverse(reverses=seq, memo="重复录入"), *COORDINATOR)
            return 0
        share = price * SHARE // 1_000
        self._till += share
        return price - share

    def _pay_in_points(self) -> PaidInPoints | None:
        buyer, seller = self._chance.some_of(self._people.staying, 2)
        amount = self._chance.whole(1, 10)
        if self._diary.points(places.member(buyer)) < amount:
            return None
        self._diary.move_points(places.member(buyer), places.member(seller), amount)
        return PaidInPoints(amount=amount, commodity=POINT, buyer=buyer, seller=seller)

    def _plan_first(self) -> None:
        """Before the first market the pool's savings fill the shelves, by a plan."""
        plan = self._diary.post(
            FilePlan(
                fund=CHARITY_POOL,
                commodity=CNY,
                category="aid",
                amount=self._bank // 2,
                plan=paper("plan", CHARITY_POOL),
                until=days.after(FIRST_PURCHASE_DAY).isoformat(),
            ),
            *SECRETARY,
        )
        self._agenda.add(FIRST_PURCHASE_DAY, self._fill_shelves, plan, FIRST_PURCHASE_DAY)

    def _fill_shelves(self, plan: int, day: date) -> None:
        wanted = self._choose(day, self._bank // 2 - FEES)
        self._bank -= self._purchase(day, wanted, BANK, plan=plan)
        report = FileReport(plan=plan, result="首批物资已入库", evidence=(paper("invoice", plan),))
        self._agenda.add(days.after(day, 20), self._file_report, report)

    def _file_report(self, report: FileReport) -> None:
        self._diary.post(report, *SECRETARY)

    def _buy(self, market: int, day: date) -> None:
        """Buy what is missing on the shelves of the food bank, with savings if need be."""
        wanted = self._choose(day, self._till + self._bank - FEES)
        missing = sum(sort.cost * amount for sort, amount in wanted) + FEES - self._till
        if missing > 0:
            self._move(BANK, MARKET_TILL, missing)
            self._bank -= missing
            self._till += missing
        if wanted:
            self._till -= self._purchase(day, wanted, MARKET_TILL, market=market)
        if (rest := self._till - TILL_MAX) > 0:
            self._move(MARKET_TILL, BANK, rest)
            self._till -= rest
            self._bank += rest

    def _choose(self, day: date, budget: int) -> list[tuple[goods.Goods, int]]:
        """What the shelves lack and the money is enough for."""
        wanted = []
        for sort in goods.STAPLES:
            there = self._stock.amount(FOOD_BANK, sort, day, "reward")
            lacking = 2 * self._size.households_a_round - there
            amount = min(lacking, budget // sort.cost)
            if amount > 0:
                wanted.append((sort, amount))
                budget -= amount * sort.cost
        return wanted

    def _purchase(
        self,
        day: date,
        wanted: list[tuple[goods.Goods, int]],
        account: str,
        *,
        market: int | None = None,
        plan: int | None = None,
    ) -> int:
        """Buy goods, who buys and who receives being different people; give what was paid."""
        came = [
            (
                self._food_bank.register(
                    sort, amount, day, uses=("aid", "reward"), fund=CHARITY_POOL
                ),
                amount,
            )
            for sort, amount in wanted
        ]
        paid = sum(sort.cost * amount for sort, amount in wanted) + FEES
        seq = self._diary.post(
            Buy(
                account=account,
                fund=CHARITY_POOL,
                commodity=CNY,
                paid=paid,
                place=FOOD_BANK,
                lots=tuple(
                    Batch(commodity=lot.goods.commodity, lot=lot.code, amount=amount)
                    for lot, amount in came
                ),
                fees=FEES,
                market=market,
                plan=plan,
                supplier="城东粮油批发",
            ),
            *BUYER,
            *STOREKEEPER,
        )
        self._food_bank.inspect_later(days.after(day), seq, came)
        return paid

    def _report(self, market: int, stalls: int) -> None:
        visitors = stalls * self._chance.whole(8, 15)
        self._diary.post(
            ReportMarket(
                market=market,
                stalls=stalls,
                visitors=visitors,
                evidence=(paper("market", market, "counting sheets"),),
            ),
            *COORDINATOR,
        )

    def _move(self, account: str, to: str, amount: int) -> None:
        self._diary.post(
            MoveMoney(account=account, to=to, fund=CHARITY_POOL, commodity=CNY, amount=amount),
            *TREASURER,
        )
