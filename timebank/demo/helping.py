"""Helping: services of neighbours for neighbours, and for the whole community."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from timebank.demo import categories, days, places
from timebank.demo.agenda import Agenda
from timebank.demo.categories import Category
from timebank.demo.diary import paper
from timebank.demo.officers import COORDINATOR, MEMBER, TREASURER, VERIFIER
from timebank.demo.places import POINT
from timebank.demo.scene import Scene
from timebank.flows.definitions import SetPolicy, SettingFact
from timebank.flows.holds import Hold, Release, Settle
from timebank.flows.reversals import Reverse
from timebank.flows.services import Helper, Service

POLICY_DAY: Final = date(2025, 6, 20)
HALF_YEAR: Final = date(2025, 7, 1)
SKILLED_RATE: Final = 12
"""What takes a skill earns more in the second half of the year."""

LATE_DAY: Final = 8
"""On this day of a month somebody remembers a service of the month before."""
FIRST_CLOSE: Final = date(2025, 2, 5)
DOUBTED_MONTH: Final = 9
TEAM_DAY: Final = 25


@dataclass(frozen=True, slots=True)
class _Promise:
    """Help that was agreed on and is paid from a hold."""

    hold: int
    held: int
    helper: str
    helped: str
    category: Category
    minutes: int


class Helping:
    """Who helps whom on each day."""

    def __init__(self, scene: Scene) -> None:
        """Begin with nothing agreed on."""
        self._diary = scene.diary
        self._people = scene.people
        self._size = scene.size
        self._seed = scene.seed
        self._chance = scene.chance("helping")
        self._rates = {one.code: one.rate for one in categories.ALL}
        self._agenda = Agenda()
        self._tasks = 0

    def on(self, day: date) -> None:
        """Post what happens on a day."""
        self._change_policy(day)
        self._agenda.take(day)
        for _ in range(self._chance.times(self._size.paid_services_daily)):
            self._promise(day)
        for _ in range(self._chance.times(self._size.free_services_daily)):
            self._help_freely()
        if day.day == LATE_DAY and day > FIRST_CLOSE:
            self._remember(day)
        if day.day == TEAM_DAY:
            self._clean()

    def credit(
        self,
        category: Category,
        minutes: dict[str, int],
        *,
        hold: int | None = None,
        belongs: date | None = None,
        memo: str = "",
    ) -> int:
        """Credit helpers with their minutes, from a hold or by the community; give the seq."""
        self._tasks += 1
        return self._diary.post(
            Service(
                task=paper("task", self._seed, self._tasks),
                category=category.code,
                commodity=category.commodity,
                helpers=tuple(Helper(*helper) for helper in minutes.items()),
                hold=hold,
                belongs=None if belongs is None else belongs.isoformat(),
                memo=memo,
            ),
            *VERIFIER,
            *COORDINATOR,
        )

    def _promise(self, day: date) -> None:
        """Agree on help: the one who is helped sets points aside."""
        chance = self._chance
        helped = chance.one_of(self._people.elders if chance.happens(70) else self._people.staying)
        helper = chance.one_of(self._people.active)
        category = chance.one_of(categories.PAID)
        minutes = 15 * chance.whole(2, 8)
        held = self._points_for(category, minutes)
        if helper == helped or self._diary.points(places.member(helped)) < held:
            return
        seq = self._diary.post(Hold(member=helped, amount=held, commodity=POINT), *MEMBER)
        self._diary.move_points(places.member(helped), "", held)
        kept = days.after(day, chance.whole(1, 5))
        promise = _Promise(seq, held, helper, helped, category, minutes)
        self._agenda.add(kept, self._keep, promise)

    def _keep(self, promise: _Promise) -> None:
        """Help, and be paid for the time it took; what is left of the hold goes back."""
        chance, spent = self._chance, 0
        if chance.happens(8):
            spent = chance.whole(1, promise.held)
            to = places.member(promise.helper)
            self._diary.post(
                Settle(hold=promise.hold, to=to, amount=spent, memo="私下商定"), *MEMBER
            )
            self._diary.move_points("", to, spent)
        elif not chance.happens(6):
            minutes = self._minutes_within(promise) - 15 * chance.whole(0, 1)
            spent = self._points_for(promise.category, minutes)
            self.credit(promise.category, {promise.helper: minutes}, hold=promise.hold)
            self._diary.move_points("", places.member(promise.helper), spent)
        if spent < promise.held:
            self._diary.post(Release(hold=promise.hold), *MEMBER)
            back = promise.held - spent
            self._diary.move_points("", places.member(promise.helped), back)

    def _minutes_within(self, promise: _Promise) -> int:
        """The time agreed on, or less where the tariff has been raised since."""
        within = promise.held * 60 // self._rates[promise.category.code]
        return min(promise.minutes, within - within % 15)

    def _points_for(self, category: Category, minutes: int) -> int:
        return minutes * self._rates[category.code] // 60

    def _help_freely(self) -> None:
        """Help for the community's hours; the keenest come up against the caps."""
        chance = self._chance
        keen = chance.happens(45)
        helper = chance.one_of(self._people.keen if keen else self._people.active)
        minutes = 15 * chance.whole(4, 12) if keen else 15 * chance.whole(2, 7)
        self.credit(chance.one_of(categories.FREE), {helper: minutes})

    def _remember(self, day: date) -> None:
        """A service of the month before comes late: it earns by the tariff of its own day."""
        helper = self._chance.one_of(self._people.active)
        belongs = days.before(days.month_end(day), self._chance.whole(0, 9))
        seq = self.credit(categories.VISITS, {helper: 60}, belongs=belongs, memo="上月漏记")
        if day.month == DOUBTED_MONTH:
            self._diary.post(Reverse(reverses=seq, memo="核查有误，撤销"), *VERIFIER)

    def _clean(self) -> None:
        """Clean the yards together: a team's hours, which are given away."""
        team = self._chance.some_of(self._people.active, self._chance.whole(4, 9))
        self.credit(categories.CLEANING, dict.fromkeys(team, 90), memo="社区清洁日")

    def _change_policy(self, day: date) -> None:
        """Decide on a new rate, which takes force later."""
        code = categories.SKILLED.code
        if day == POLICY_DAY:
            setting = SettingFact("tariff", SKILLED_RATE, POINT, code)
            self._diary.post(
                SetPolicy(settings=(setting,), in_force=HALF_YEAR.isoformat()), *TREASURER
            )
        if day == HALF_YEAR:
            self._rates[code] = SKILLED_RATE
