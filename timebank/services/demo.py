"""A small demo book, so that a new installation has something to look at.

An association as in 翠竹园: neighbours who help each other for points, two clubs, a fund of money
and a shelf of rice. The content is always the same; ids, keys and salts are fresh.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from timebank.errors import TimebankError
from timebank.flows.command import Command
from timebank.flows.definitions import (
    DefineCommodity,
    LimitFact,
    OpenAccount,
    RegisterLot,
    SetPolicy,
    SettingFact,
    ValueFact,
)
from timebank.flows.holds import Hold, Release, Settle
from timebank.flows.movements import Issue, OpenBalances, Transfer
from timebank.flows.reversals import Reverse
from timebank.ledger import encoding
from timebank.ledger.model import Leg
from timebank.services.books import open_book
from timebank.services.installation import Installation
from timebank.services.members import Enrolment, enrol_batch, find_member_ids
from timebank.services.posting import Idempotency, Posted, Posting, post_batch
from timebank.store.books import Book

SLUG: Final = "demo"
TITLE: Final = "翠竹园互助会演示账本"
TIME_ZONE: Final = "Asia/Shanghai"

_SYSTEM: Final = ("system",)
_TREASURER: Final = ("app:demo", "staff:treasurer:1")
_MEMBER: Final = ("app:demo", "member")

_NAMES: Final = (
    *("王芳", "李强", "张敏", "刘洋", "陈静", "杨建国"),
    *("赵秀英", "黄磊", "周桂兰", "吴昊", "徐丽", "孙志明"),
)
_CHESS: Final = "groups:chess-club"
_CHOIR: Final = "groups:choir"

_DEFINITIONS: Final[tuple[Command, ...]] = (
    DefineCommodity(commodity="POINT", commodity_kind="points", scale=0, title="积分"),
    DefineCommodity(commodity="HOUR", commodity_kind="time", scale=0, title="小时"),
    DefineCommodity(commodity="CNY", commodity_kind="money", scale=2, title="人民币"),
    DefineCommodity(commodity="RICE-5KG", commodity_kind="goods", scale=0, title="大米 5 公斤"),
    OpenAccount(account=_CHESS, title="棋社"),
    OpenAccount(account=_CHOIR, title="合唱队", limits=(LimitFact("POINT", 100),)),
    OpenAccount(account="bank:main", title="基本户"),
    OpenAccount(account="cash:market", title="义集现金"),
    OpenAccount(account="stock:yicang", title="义仓"),
    RegisterLot(commodity="CNY", lot="fund:operating", title="日常运营"),
    RegisterLot(commodity="CNY", lot="fund:flood-2026", title="2026 年洪灾救助"),
    RegisterLot(
        commodity="RICE-5KG",
        lot="rice-2026-01",
        title="居民捐赠大米",
        expires="2027-01-31",
        source="donated",
        basis="fair-value",
        value=ValueFact(amount=150_000, commodity="CNY"),
    ),
    RegisterLot(
        commodity="RICE-5KG",
        lot="rice-2026-02",
        title="专户采购大米",
        expires="2027-02-28",
        source="purchased",
        basis="cost",
        value=ValueFact(amount=84_000, commodity="CNY"),
        fund="fund:flood-2026",
    ),
    SetPolicy(
        settings=(
            SettingFact("credit_limit", 20, "POINT"),
            SettingFact("hold_days", 90),
        )
    ),
)

# What was there before the book was opened, as filed by the treasurer.
_OPENING: Final = (
    ("world:opening", "bank:main", 1_268_050, "CNY", "fund:operating"),
    ("world:opening", "bank:main", 500_000, "CNY", "fund:flood-2026"),
    ("world:opening", "cash:market", 32_600, "CNY", "fund:operating"),
    ("world:opening", "stock:yicang", 30, "RICE-5KG", "rice-2026-01"),
    ("world:opening", "stock:yicang", 20, "RICE-5KG", "rice-2026-02"),
)

Place = int | str
"""A public account, or a member by the place in the list of names."""

Movement = tuple[str, Place, Place, int, str, str]
"""Day, from, to, amount, commodity, memo."""

_ISSUES: Final[tuple[Movement, ...]] = (
    *(("2026-01-08", "issued", place, 100, "POINT", "入会积分") for place in range(len(_NAMES))),
    ("2026-01-08", "issued", _CHESS, 200, "POINT", "活动经费"),
    ("2026-01-16", "issued", 1, 180, "HOUR", "社区清洁日"),
    ("2026-01-16", "issued", 4, 120, "HOUR", "社区清洁日"),
)
_TRANSFERS: Final[tuple[Movement, ...]] = (
    ("2026-01-10", 0, 1, 20, "POINT", "修水龙头"),
    ("2026-01-11", 2, 3, 15, "POINT", "接送孩子"),
    ("2026-01-12", 4, 0, 30, "POINT", "教手机"),
    ("2026-01-14", 5, 6, 10, "POINT", "代买药"),
    ("2026-01-18", 7, _CHESS, 12, "POINT", "棋社活动"),
    ("2026-01-20", 1, 4, 60, "HOUR", "陪护两天"),
    ("2026-01-24", _CHESS, 8, 25, "POINT", "指导老师"),
    ("2026-01-27", 9, 10, 40, "POINT", "理发"),
    ("2026-02-01", 11, _CHOIR, 18, "POINT", "合唱队服装"),
    ("2026-02-03", 3, 5, 22, "POINT", "修自行车"),
    ("2026-02-06", 6, 2, 16, "POINT", "包饺子"),
    ("2026-02-09", 10, 7, 35, "POINT", "辅导作业"),
)
_HOLDS: Final = (
    ("2026-02-10", 0, 40),
    ("2026-02-12", 8, 25),
    ("2026-02-15", 1, 30),
)


def open_demo_book(installation: Installation) -> Book:
    """Open the demo book. Raises AlreadyDefinedError where there is a book of this name."""
    book = open_book(installation, slug=SLUG, title=TITLE, time_zone=TIME_ZONE)
    demo = _Demo(installation)
    demo.define()
    demo.enrol()
    demo.move()
    demo.hold()
    return book


class _Demo:
    """The demo book while it is filled."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._member_ids: list[str] = []

    def define(self) -> None:
        """Define what is counted, where, and by which rules; take over what was there before."""
        legs = tuple(
            Leg(amount=amount, commodity=commodity, lot=lot, from_=from_, to=to)
            for from_, to, amount, commodity, lot in _OPENING
        )
        filed = sha256(encoding.encode([list(row) for row in _OPENING])).digest()
        opening = OpenBalances(legs=legs, list=encoding.to_base64(filed), day="2026-01-05")
        self._post(_SYSTEM, (*_DEFINITIONS, opening))

    def enrol(self) -> None:
        """Enrol the members."""
        numbers = [f"{place:04}" for place in range(1, len(_NAMES) + 1)]
        enrolments = [
            (
                Enrolment(number=number, name=name, day="2026-01-06"),
                Idempotency("demo", number, "DEMO", "members", number.encode()),
            )
            for number, name in zip(numbers, _NAMES, strict=True)
        ]
        _check(enrol_batch(self._installation, SLUG, enrolments, by=_SYSTEM))
        found = find_member_ids(self._installation, SLUG, numbers)
        self._member_ids = [found[number] for number in numbers]

    def move(self) -> None:
        """Issue points and hours, and pass them on; one payment was a mistake."""
        issues = [
            Issue(legs=(self._leg(from_, to, amount, unit),), day=day, memo=memo)
            for day, from_, to, amount, unit, memo in _ISSUES
        ]
        self._post(_TREASURER, issues)
        transfers = [
            Transfer(legs=(self._leg(from_, to, amount, unit),), day=day, memo=memo)
            for day, from_, to, amount, unit, memo in _TRANSFERS
        ]
        last = self._post(_MEMBER, transfers)[-1]
        self._post(_TREASURER, [Reverse(reverses=last.seq, day="2026-02-10", memo="记错了人")])

    def hold(self) -> None:
        """Set points aside: one hold is settled, one partly released, one still open."""
        holds = [
            Hold(member=self._member_ids[place], amount=amount, commodity="POINT", day=day)
            for day, place, amount in _HOLDS
        ]
        settled, released, _ = self._post(_MEMBER, holds)
        self._post(
            _MEMBER,
            [
                Settle(hold=settled.seq, to=self._reference(9), day="2026-02-14", memo="家电维修"),
                Release(hold=released.seq, amount=10, day="2026-02-16"),
            ],
        )

    def _leg(self, from_: Place, to: Place, amount: int, commodity: str) -> Leg:
        return Leg(
            amount=amount,
            commodity=commodity,
            from_=self._reference(from_),
            to=self._reference(to),
        )

    def _reference(self, place: Place) -> str:
        return place if isinstance(place, str) else f"members#{self._member_ids[place]}"

    def _post(self, by: tuple[str, ...], commands: Sequence[Command]) -> list[Posted]:
        postings = [Posting(command=command, by=by) for command in commands]
        return _check(post_batch(self._installation, SLUG, postings, atomic=True))


def _check(outcomes: Sequence[Posted | TimebankError]) -> list[Posted]:
    """Give what was posted. Raises the first refusal."""
    for outcome in outcomes:
        if isinstance(outcome, TimebankError):
            raise outcome
    return [outcome for outcome in outcomes if isinstance(outcome, Posted)]
