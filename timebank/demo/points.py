"""Points that change hands: passed on, given away, granted, issued, expired, taken back."""

from datetime import date
from typing import Final

from timebank.demo import days, places
from timebank.demo.clubs import clubs_of
from timebank.demo.officers import MEMBER, SECRETARY, TREASURER
from timebank.demo.places import POINT
from timebank.demo.scene import Scene
from timebank.flows.definitions import LeaveHolder
from timebank.flows.gifts import Give, GrantFromPool
from timebank.flows.movements import Issue, Reclaim, Transfer
from timebank.flows.retirements import Adjust, Expire
from timebank.flows.reversals import Reverse
from timebank.ledger.model import Leg

ADJUSTMENT_DAY: Final = date(2025, 9, 9)
ADJUSTED: Final = 40
RECLAIM_DAY: Final = date(2025, 11, 11)
RECLAIMED: Final = 10
GRANT_DAY: Final = 12
GRANTED: Final = 30
ISSUED: Final = 60
"""What each club is issued for a quarter."""
EXPIRY_UNTIL: Final = date(2025, 1, 5)

_QUARTERS: Final = (1, 4, 7, 10)
_LEAVING_DAYS: Final = 330
"""In so many days all have left who leave in the year."""
_MEMOS: Final = ("谢谢帮忙", "拼车", "代取快递", "借用工具", "团购余款", "一起买菜")


class Points:
    """Which points change hands on each day."""

    def __init__(self, scene: Scene, policy: int) -> None:
        """Begin with all leavers still there; ``policy`` is the seq of the first settings."""
        self._diary = scene.diary
        self._people = scene.people
        self._size = scene.size
        self._policy = policy
        self._clubs = [place for place, _ in clubs_of(scene.size)]
        self._chance = scene.chance("points")
        self._mistakes: list[tuple[int, str, str, int]] = []
        self._leavers = list(scene.people.leavers)

    def on(self, day: date) -> None:
        """Post what happens on a day."""
        self._correct()
        for _ in range(self._chance.times(self._size.transfers_daily)):
            self._transfer()
        for _ in range(self._chance.times(self._size.gifts_daily)):
            self._give()
        if day.day == GRANT_DAY:
            self._grant()
            if day.month in _QUARTERS:
                self._issue()
        if day == ADJUSTMENT_DAY:
            self._adjust()
        if day == RECLAIM_DAY:
            self._reclaim()
        if day == days.YEAR_END:
            self._expire()
        every = _LEAVING_DAYS // self._size.leavers
        if self._leavers and (day - days.FIRST).days % every == every - 1:
            self._let_go(self._leavers.pop(0))

    def _transfer(self) -> None:
        """Pass points on, some to a club or from it; some go to the wrong neighbour."""
        chance = self._chance
        from_, to = map(places.member, chance.some_of(self._people.staying, 2))
        if chance.happens(10):
            to = chance.one_of(self._clubs)
        elif chance.happens(5):
            from_ = chance.one_of(self._clubs)
        amount = chance.whole(1, 15)
        if self._diary.points(from_) < amount:
            return
        leg = Leg(amount=amount, commodity=POINT, from_=from_, to=to)
        seq = self._diary.post(Transfer(legs=(leg,), memo=chance.one_of(_MEMOS)), *MEMBER)
        self._diary.move_points(from_, to, amount)
        if chance.happens(self._size.mistakes_percent):
            self._mistakes.append((seq, from_, to, amount))

    def _correct(self) -> None:
        """Reverse yesterday's mistakes, as far as the points are still there."""
        for seq, from_, to, amount in self._mistakes:
            if self._diary.points(to) >= amount:
                self._diary.post(Reverse(reverses=seq, memo="转错了人"), *TREASURER)
                self._diary.move_points(to, from_, amount)
        self._mistakes.clear()

    def _give(self) -> None:
        """Give points to the pool for others in need, or to a relative."""
        chance = self._chance
        giver, relative = map(places.member, chance.some_of(self._people.staying, 2))
        amount = chance.whole(3, 20)
        if self._diary.points(giver) >= amount:
            self._give_to(places.POOL if chance.happens(75) else relative, giver, amount)

    def _give_to(self, to: str, giver: str, amount: int, memo: str = "") -> None:
        command = Give(giver=giver, amount=amount, commodity=POINT, to=to, memo=memo)
        self._diary.post(command, *MEMBER)
        self._diary.move_points(giver, to, amount)

    def _grant(self) -> None:
        """Grant points of the pool to those of the elders who have the fewest."""
        elders = map(places.member, self._people.elders)
        poorest = sorted(elders, key=lambda one: (self._diary.points(one), one))
        for member in poorest[: max(3, len(poorest) // 20)]:
            if self._diary.points(places.POOL) < GRANTED:
                return
            command = GrantFromPool(to=member, amount=GRANTED, commodity=POINT)
            self._diary.post(command, *TREASURER, *SECRETARY)
            self._diary.move_points(places.POOL, member, GRANTED)

    def _issue(self) -> None:
        """Give the clubs points for the quarter, as the policy says."""
        legs = tuple(
            Leg(amount=ISSUED, commodity=POINT, from_="issued", to=club) for club in self._clubs
        )
        self._diary.post(Issue(legs=legs, policy=self._policy, memo="季度活动积分"), *TREASURER)
        for club in self._clubs:
            self._diary.move_points("", club, ISSUED)

    def _adjust(self) -> None:
        """Take back points that a club was given twice."""
        club = max(self._clubs, key=self._diary.points)
        command = Adjust(account=club, amount=ADJUSTED, commodity=POINT, policy=self._policy)
        self._diary.post(command, *TREASURER, *SECRETARY)
        self._diary.move_points(club, "", ADJUSTED)

    def _reclaim(self) -> None:
        """Take out of circulation what a club does not need."""
        club = max(self._clubs, key=self._diary.points)
        leg = Leg(amount=RECLAIMED, commodity=POINT, from_=club, to="issued")
        self._diary.post(Reclaim(legs=(leg,), policy=self._policy), *TREASURER)
        self._diary.move_points(club, "", RECLAIMED)

    def _expire(self) -> None:
        """Let old points expire of households that hardly ever spend any."""
        quiet = self._people.staying[len(self._people.active) : -len(self._people.elders)]
        expiring = self._chance.some_of(quiet, max(5, len(quiet) // 50))
        accounts = tuple(map(places.member, expiring))
        command = Expire(accounts=accounts, commodity=POINT, until=EXPIRY_UNTIL.isoformat())
        self._diary.post(command, *TREASURER)
        for account in accounts:
            # What is left of it follows from the log; nobody counts on it any more.
            self._diary.move_points(account, "", self._diary.points(account))

    def _let_go(self, member_id: str) -> None:
        """Let a household go that moves away; what it has goes to the pool before."""
        member = places.member(member_id)
        self._give_to(places.POOL, member, self._diary.points(member), "搬离")
        self._diary.post(LeaveHolder(member=member_id), *SECRETARY)
