"""Funds 专户: money for a purpose comes in, is planned for, spent and reported."""

from collections import Counter
from datetime import date
from typing import Final

from timebank.demo import days, places
from timebank.demo.agenda import Agenda
from timebank.demo.clubs import clubs_of
from timebank.demo.diary import paper
from timebank.demo.officers import COORDINATOR, SECRETARY, TREASURER
from timebank.demo.places import CNY
from timebank.demo.scene import Scene
from timebank.flows.funds import (
    Donate,
    FilePlan,
    FileReport,
    MoveMoney,
    Reclassify,
    Spend,
    TakeGrant,
)

FIRST_DONATION_DAY: Final = date(2025, 1, 20)
FLOOD_DAY: Final = date(2025, 6, 17)
AID_PLAN_DAY: Final = date(2025, 6, 30)
REPAIRS_PLAN_DAY: Final = date(2025, 7, 15)
MICRO_GRANT_DAY: Final = date(2025, 4, 10)
CONSENT_DAY: Final = date(2025, 12, 10)
"""On it what is left of the flood fund gets another purpose."""

GRANTS: Final = ((date(2025, 1, 10), 6_000_000), (date(2025, 7, 8), 3_000_000))
"""What the 街道 grants for meals of the elders, in fen."""

MONTHLY: Final = (
    (places.OPERATING, "wages", 420_000, "工作人员"),
    (places.OPERATING, "office", 76_000, "物业与办公用品"),
    (places.ELDER_MEALS, "meals", 540_000, "社区食堂"),
)
"""What is planned for a quarter and paid each month: fund, category, fen a month, payee."""

PETTY_CASH: Final = 30_000
MICRO_GRANT: Final = 50_000

_FLOOD_DAYS: Final = 20
_QUARTERS: Final = (1, 4, 7, 10)
_PAY_DAY: Final = 15
_DONORS: Final = ("翠竹园业主一组", "南风书店", "城东小学家委会", "好邻居便利店")


class Funds:
    """What happens to the funds on each day."""

    def __init__(self, scene: Scene) -> None:
        """Begin before the first grant."""
        self._diary = scene.diary
        self._size = scene.size
        self._chance = scene.chance("funds")
        self._free: Counter[str] = Counter()
        """What was donated and no plan has set aside, by fund."""
        self._receipts = 0
        self._agenda = Agenda()
        for day, amount in GRANTS:
            self._agenda.add(day, self._take_grant, amount)
        self._agenda.add(FIRST_DONATION_DAY, self._donate, places.NEIGHBOURS)
        self._agenda.add(AID_PLAN_DAY, self._help_the_flooded, AID_PLAN_DAY)
        self._agenda.add(REPAIRS_PLAN_DAY, self._repair, REPAIRS_PLAN_DAY)
        self._agenda.add(MICRO_GRANT_DAY, self._support_clubs, MICRO_GRANT_DAY)
        self._agenda.add(CONSENT_DAY, self._reclassify)

    def on(self, day: date) -> None:
        """Post what happens on a day."""
        self._agenda.take(day)
        if FLOOD_DAY <= day < days.after(FLOOD_DAY, _FLOOD_DAYS):
            for _ in range(self._chance.times(self._size.flood_donors / _FLOOD_DAYS)):
                self._donate(places.FLOOD)
        for _ in range(self._chance.times(self._size.donations_daily)):
            self._donate(places.NEIGHBOURS)
        if day.day == days.CLOSE_DAY + 1:
            self._move(places.BANK, places.OFFICE_TILL, places.OPERATING, PETTY_CASH, "备用金")
        if day.day == days.CLOSE_DAY + 2 and day.month in _QUARTERS and day <= days.YEAR_END:
            self._plan_quarter(day)

    def _take_grant(self, amount: int) -> None:
        self._receipts += 1
        self._diary.post(
            TakeGrant(
                account=places.BANK,
                fund=places.ELDER_MEALS,
                commodity=CNY,
                amount=amount,
                receipt=f"grant:{self._receipts:05}",
                grantor="翠竹街道办事处",
                named=True,
            ),
            *TREASURER,
        )

    def _donate(self, fund: str) -> None:
        """Somebody gives money: most are not named, and some nobody knows."""
        chance = self._chance
        self._receipts += 1
        named = chance.happens(25)
        amount = 1_000 * chance.whole(2, 60)
        self._diary.post(
            Donate(
                account=places.BANK,
                fund=fund,
                commodity=CNY,
                amount=amount,
                receipt=f"donation:{self._receipts:05}",
                donor=chance.one_of(_DONORS) if named else None,
                named=named,
            ),
            *TREASURER,
        )
        self._free[fund] += amount

    def _move(self, account: str, to: str, fund: str, amount: int, memo: str) -> None:
        self._diary.post(
            MoveMoney(account=account, to=to, fund=fund, commodity=CNY, amount=amount, memo=memo),
            *TREASURER,
        )

    def _plan_quarter(self, day: date) -> None:
        """File the plans of a quarter, pay each month, and report after it."""
        pay_days = [day.replace(month=day.month + month, day=_PAY_DAY) for month in range(3)]
        for fund, category, amount, payee in MONTHLY:
            plan = self._file(day, fund, category, 3 * amount, until=pay_days[-1])
            for pay_day in pay_days:
                self._agenda.add(pay_day, self._spend, plan, places.BANK, amount, payee)
            self._agenda.add(days.after(pay_days[-1], 14), self._report, plan, "按计划支出")

    def _help_the_flooded(self, day: date) -> None:
        amount = self._set_aside(places.FLOOD, 60)
        plan = self._file(day, places.FLOOD, "aid", amount, until=days.after(day, 60))
        for part, week in enumerate((1, 3, 5), start=1):
            share = amount * part // 3 - amount * (part - 1) // 3
            self._agenda.add(
                days.after(day, 7 * week), self._spend, plan, places.BANK, share, "受灾家庭"
            )
        self._agenda.add(days.after(day, 50), self._report, plan, "三批救助金已发放")

    def _repair(self, day: date) -> None:
        """Spent, and never reported: it is overdue at the end of the year."""
        amount = self._set_aside(places.FLOOD, 50)
        plan = self._file(day, places.FLOOD, "repairs", amount, until=days.after(day, 45))
        self._agenda.add(
            days.after(day, 20), self._spend, plan, places.BANK, amount * 3 // 4, "维修队"
        )

    def _support_clubs(self, day: date) -> None:
        """Micro-grants: clubs hold money of the fund, spend it within the plan and report."""
        clubs = [place for place, _ in clubs_of(self._size)][:3]
        amount = min(MICRO_GRANT, self._set_aside(places.NEIGHBOURS, 80) // len(clubs))
        plan = self._file(
            day, places.NEIGHBOURS, "activities", len(clubs) * amount, until=date(2025, 9, 30)
        )
        for weeks, club in enumerate(clubs, start=2):
            self._move(places.BANK, club, places.NEIGHBOURS, amount, "小额资助")
            self._agenda.add(
                days.after(day, 7 * weeks), self._spend, plan, club, amount, "活动用品"
            )
        self._agenda.add(days.after(day, 60), self._report, plan, "三个俱乐部各办活动一场")

    def _reclassify(self) -> None:
        """The donors agree that the rest of the flood fund is for neighbours in need."""
        self._diary.post(
            Reclassify(
                account=places.BANK,
                fund=places.FLOOD,
                to_fund=places.NEIGHBOURS,
                commodity=CNY,
                amount=self._set_aside(places.FLOOD, 100),
                basis="consent",
                document=paper("consent of the donors"),
            ),
            *TREASURER,
            *SECRETARY,
        )

    def _file(self, day: date, fund: str, category: str, amount: int, *, until: date) -> int:
        return self._diary.post(
            FilePlan(
                fund=fund,
                commodity=CNY,
                category=category,
                amount=amount,
                plan=paper("plan", fund, category, day),
                until=until.isoformat(),
            ),
            *COORDINATOR,
        )

    def _spend(self, plan: int, account: str, amount: int, payee: str) -> None:
        self._diary.post(
            Spend(plan=plan, account=account, amount=amount, related="none", payee=payee),
            *COORDINATOR,
            *SECRETARY,
            *TREASURER,
        )

    def _report(self, plan: int, result: str) -> None:
        evidence = tuple(paper("evidence", plan, number) for number in (1, 2))
        self._diary.post(FileReport(plan=plan, result=result, evidence=evidence), *SECRETARY)

    def _set_aside(self, fund: str, percent: int) -> int:
        """So much of what is free of the donations to a fund, which then is no longer free."""
        amount = self._free[fund] * percent // 100
        self._free[fund] -= amount
        return amount
