"""Books with a history of many sorts of movements, and the naive answer to each question.

The naive answers come from the entries and the owners of their legs alone, by going through all
of them each time.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from hypothesis import strategies as st
from sqlalchemy import select

from tests.installations import NO_LIST, START, Community, SetClock, found_community
from timebank.flows.command import Command
from timebank.flows.definitions import RegisterLot
from timebank.flows.holds import Hold, Release, Settle
from timebank.flows.movements import Issue, OpenBalances, Reclaim, Transfer
from timebank.flows.reversals import Reverse
from timebank.ledger.entry import decode_entry
from timebank.ledger.model import Entry
from timebank.services.books import list_books
from timebank.services.installation import Installation
from timebank.services.posting import Posted, post_batch
from timebank.store.books import find_book
from timebank.store.database import reading
from timebank.store.tables import entries, holders, leg_sides

NAMES = ("王", "李", "张")
GROUP = "groups:chess-club"
LOTS = ("rice-1", "rice-2")
ACCOUNTS = ("issued", "members", "members:held", GROUP, "stock:yicang", "world:opening")


class Side(NamedTuple):
    """One side of a leg, with all that statements say of it."""

    day: str
    seq: int
    leg: int
    side: int
    posted: str
    kind: str
    account: str
    member_id: str | None
    commodity: str
    lot: str
    amount: int
    counter: str


@dataclass
class History:
    """A community, its entries, and their sides."""

    community: Community
    entries: list[Entry]
    sides: list[Side]

    @property
    def installation(self) -> Installation:
        """The installation of the book."""
        return self.community.installation

    @property
    def slug(self) -> str:
        """The slug of the book."""
        return self.community.slug

    @property
    def last(self) -> int:
        """The seq of the last entry."""
        return len(self.entries) - 1

    def of(self, subject: str) -> list[Side]:
        """What moved for a member by name, or in an account as a whole."""
        member_id = self.community.ids.get(subject)
        if member_id:
            return [side for side in self.sides if side.member_id == member_id]
        return [side for side in self.sides if side.account == subject]


Pairs = dict[tuple[str, str, str], tuple[int, int]]


def pairs(sides: Iterable[Side]) -> Pairs:
    """Debits and credits by account, commodity and lot."""
    found: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for side in sides:
        found[side.account, side.commodity, side.lot][1 - side.side] += side.amount
    return {key: (debits, credits_) for key, (debits, credits_) in found.items()}


def counted(sides: Iterable[Side], as_of: int | None, on: str | None) -> list[Side]:
    """The sides of entries up to a seq, with a day up to ``on``."""
    return [
        side
        for side in sides
        if (as_of is None or side.seq <= as_of) and (on is None or side.day <= on)
    ]


def read_history(community: Community) -> History:
    """Read entries and owners as they are stored."""
    sides = leg_sides.c
    owned = select(sides.seq, sides.leg, sides.side, holders.c.member_id).join(
        holders, (holders.c.book_id == sides.book_id) & (holders.c.holder == sides.holder)
    )
    bodies = select(entries.c.body).order_by(entries.c.seq)
    with reading(community.installation.engine) as connection:
        book_id = find_book(connection, community.slug).book_id
        log = [
            decode_entry(body)
            for body in connection.execute(bodies.where(entries.c.book_id == book_id)).scalars()
        ]
        owners = {
            (row.seq, row.leg, row.side): row.member_id
            for row in connection.execute(owned.where(sides.book_id == book_id))
        }
    return History(community, log, [side for entry in log for side in _sides(entry, owners)])


def _sides(entry: Entry, owners: dict[tuple[int, int, int], str]) -> Iterator[Side]:
    for index, leg in enumerate(entry.legs):
        codes = [reference.partition("#")[0] for reference in (leg.from_, leg.to)]
        for side in (0, 1):
            yield Side(
                entry.day,
                entry.seq,
                index,
                side,
                entry.posted,
                entry.kind,
                codes[side],
                owners.get((entry.seq, index, side)),
                leg.commodity,
                leg.lot,
                leg.amount,
                codes[1 - side],
            )


Step = tuple[Any, ...]

_PARTIES = st.sampled_from((*NAMES, GROUP))
_AMOUNTS = st.integers(1, 30)
_BACK = st.sampled_from((0, 0, 0, 1, 2, 5))

histories = st.lists(
    st.one_of(
        st.tuples(st.just("issue"), _BACK, _PARTIES, _AMOUNTS),
        st.tuples(st.just("reclaim"), _BACK, _PARTIES, _AMOUNTS),
        st.tuples(st.just("transfer"), _BACK, _PARTIES, _PARTIES, _AMOUNTS, _PARTIES, _AMOUNTS),
        st.tuples(st.just("hold"), _BACK, st.sampled_from(NAMES), _AMOUNTS),
        st.tuples(st.just("release"), _BACK, st.integers(0, 9), _AMOUNTS),
        st.tuples(st.just("settle"), _BACK, st.integers(0, 9), _AMOUNTS, _PARTIES),
        st.tuples(st.just("reverse"), _BACK, st.integers(0, 60)),
        st.tuples(st.just("rice"), _BACK, st.sampled_from(LOTS), _AMOUNTS),
        st.tuples(st.just("wait"), st.integers(1, 3)),
    ),
    max_size=25,
)
"""What may happen in a book; what is refused does not."""


def live(installation: Installation, happening: Iterable[Step]) -> History:
    """Found a further book, on 1 March 2026, in which this happens."""
    assert isinstance(installation.clock, SetClock)
    today = date.fromisoformat(installation.clock.today("Asia/Shanghai"))
    installation.clock.advance(days=(START.date() - today).days)
    community = found_community(installation, f"book-{len(list_books(installation)) + 1}")
    community.post(RegisterLot(commodity="RICE-5KG", lot="rice-2"))
    community.enrol(*NAMES)
    for name in NAMES:
        community.issue(name, 20)
    holds: list[int] = []
    for waits, some in groupby(happening, key=lambda step: step[0] == "wait"):
        if waits:
            community.clock.advance(days=sum(step[1] for step in some))
        else:
            holds += _post(community, [_command(community, holds, *step) for step in some])
    return read_history(community)


def _post(community: Community, commands: Iterable[Command]) -> Iterator[int]:
    """Post all that is not refused; give the holds."""
    postings = [community.posting(command) for command in commands]
    for outcome in post_batch(community.installation, community.slug, postings, atomic=False):
        if isinstance(outcome, Posted) and outcome.entry.kind == "hold":
            yield outcome.seq


def _command(
    community: Community, holds: list[int], word: str, back: int, *rest: object
) -> Command:
    return _COMMANDS[word](community, holds, _day(community, back), *rest)


def _day(community: Community, back: int) -> str:
    today = date.fromisoformat(community.clock.today("Asia/Shanghai"))
    return str(today - timedelta(days=back))


def _pick(holds: list[int], number: int) -> int:
    return holds[number % len(holds)] if holds else 1


Make = Callable[..., Command]
_COMMANDS: dict[str, Make] = {
    "issue": lambda book, _, day, to, amount: Issue(
        day=day, legs=(book.leg("issued", to, amount),)
    ),
    "reclaim": lambda book, _, day, from_, amount: Reclaim(
        day=day, legs=(book.leg(from_, "issued", amount),)
    ),
    "transfer": lambda book, _, day, a, b, amount, c, more: Transfer(
        day=day,
        legs=tuple(
            book.leg(from_, to, part)
            for from_, to, part in ((a, b, amount), (b, c, more))
            if from_ != to
        )
        or (book.leg(a, "issued", amount),),
    ),
    "hold": lambda book, _, day, name, amount: Hold(
        day=day, member=book.ids[name], amount=amount, commodity="POINT"
    ),
    "release": lambda _, holds, day, number, amount: Release(
        day=day, hold=_pick(holds, number), amount=amount
    ),
    "settle": lambda book, holds, day, number, amount, to: Settle(
        day=day, hold=_pick(holds, number), amount=amount, to=book.reference(to)
    ),
    "reverse": lambda _, __, day, seq: Reverse(day=day, reverses=seq),
    "rice": lambda book, _, day, lot, amount: OpenBalances(
        day=day,
        legs=(book.leg("world:opening", "stock:yicang", amount, commodity="RICE-5KG", lot=lot),),
        list=NO_LIST,
    ),
}
