"""Whole installations for tests: a real database, a home folder, secrets, a clock to be set.

``Community`` is a book with members in it, so that tests speak of names and not of ids.
"""

import itertools
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from timebank.config import Settings
from timebank.errors import TimebankError
from timebank.flows.command import Command
from timebank.flows.definitions import DefineCommodity, OpenAccount, RegisterLot
from timebank.flows.movements import Issue, OpenBalances, Transfer
from timebank.ledger.model import Leg
from timebank.services import books, members
from timebank.services.clock import Clock
from timebank.services.installation import Installation
from timebank.services.members import Enrolment, Kind
from timebank.services.posting import Idempotency, Posted, Posting, post
from timebank.store.engines import make_engine
from timebank.store.vault import Vault

SYSTEM = ("system",)
START = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
NO_LIST = "A" * 43 + "="


class SetClock(Clock):
    """A clock that stands still until the test moves it."""

    def __init__(self) -> None:
        """Begin at noon of 1 March 2026 in Shanghai."""
        self.seconds = START.timestamp()
        super().__init__(wall=lambda: self.seconds, running=lambda: self.seconds)

    def advance(self, *, days: int = 0, minutes: int = 0) -> None:
        """Let so much time pass."""
        self.seconds += timedelta(days=days, minutes=minutes).total_seconds()

    def follow(self, other: "SetClock") -> None:
        """Show what another clock does."""
        self.seconds = other.seconds


@contextmanager
def installed(url: str, home: Path) -> Iterator[Installation]:
    """An installation over a migrated database, with a clock of the test's own."""
    engine = make_engine(url)
    settings = Settings(home=home, database_url=url)
    vault = Vault(bytes(range(32)))
    with closing(Installation(engine, vault, settings, SetClock())) as installation:
        yield installation


@dataclass
class Community:
    """A book whose members are known by name; amounts are in POINT unless it is said."""

    installation: Installation
    slug: str = "demo"
    ids: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def clock(self) -> SetClock:
        """The clock of the installation."""
        clock = self.installation.clock
        assert isinstance(clock, SetClock)
        return clock

    def enrol(self, *names: str, kind: Kind = "member") -> None:
        """Enrol members, carriers or stalls."""
        for name in names:
            number = f"{next(self.numbers):04}"
            enrolment = Enrolment(number=number, name=name, kind=kind)
            enrolled = members.enrol(self.installation, self.slug, enrolment, by=SYSTEM)
            self.ids[name] = enrolled.member.member_id

    def reference(self, name: str, control: str = "members") -> str:
        """How a command calls a member's account, or a public account by its code."""
        return f"{control}#{self.ids[name]}" if name in self.ids else name

    def leg(
        self, from_: str, to: str, amount: int, *, commodity: str = "POINT", lot: str = ""
    ) -> Leg:
        """A leg between members by name, or public accounts."""
        return Leg(
            amount=amount,
            commodity=commodity,
            from_=self.reference(from_),
            to=self.reference(to),
            lot=lot,
        )

    def post(self, command: Command, *, key: str = "", by: tuple[str, ...] = SYSTEM) -> Posted:
        """Post a command, by an idempotency key where one is given."""
        return post(self.installation, self.slug, self.posting(command, key=key, by=by))

    def posting(self, command: Command, *, key: str = "", by: tuple[str, ...] = SYSTEM) -> Posting:
        """A posting of a command, as an app would make it."""
        known = Idempotency("test", key, "POST", "/entries", repr(command).encode())
        return Posting(command=command, by=by, idempotency=known if key else None)

    def issue(self, name: str, amount: int) -> Posted:
        """Issue points."""
        return self.post(Issue(legs=(self.leg("issued", name, amount),)))

    def transfer(self, from_: str, to: str, amount: int, *, key: str = "") -> Posted:
        """Pass points on."""
        return self.post(Transfer(legs=(self.leg(from_, to, amount),)), key=key)

    def refusal(self, command: Command) -> TimebankError:
        """The error against a command, which must be refused."""
        try:
            self.post(command)
        except TimebankError as error:
            return error
        raise AssertionError(f"{command} was not refused")


def found_community(installation: Installation, slug: str = "demo") -> Community:
    """A book with points, hours, money, rice, a club and a bank; nobody in it yet."""
    books.open_book(installation, slug=slug, title="翠竹园互助会", time_zone="Asia/Shanghai")
    community = Community(installation, slug)
    for command in (
        DefineCommodity(commodity="POINT", commodity_kind="points", scale=0, title="积分"),
        DefineCommodity(commodity="HOUR", commodity_kind="time", scale=0, title="小时"),
        DefineCommodity(commodity="CNY", commodity_kind="money", scale=2, title="人民币"),
        DefineCommodity(commodity="RICE-5KG", commodity_kind="goods", scale=0, title="大米"),
        OpenAccount(account="groups:chess-club", title="棋社"),
        OpenAccount(account="bank:main"),
        OpenAccount(account="stock:yicang", title="义仓"),
        RegisterLot(commodity="CNY", lot="fund:operating"),
        RegisterLot(commodity="RICE-5KG", lot="rice-1", source="donated", expires="2027-01-01"),
    ):
        community.post(command)
    return community


def open_balance(community: Community, to: str, amount: int, *, commodity: str, lot: str) -> Posted:
    """Bring money or goods in as an opening balance."""
    leg = community.leg("world:opening", to, amount, commodity=commodity, lot=lot)
    return community.post(OpenBalances(legs=(leg,), list=NO_LIST))
