"""Whatever happens in a book: what is read of it equals what going through all entries gives."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from unittest import mock

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.services.histories import (
    ACCOUNTS,
    GROUP,
    NAMES,
    History,
    Pairs,
    Side,
    Step,
    counted,
    histories,
    live,
    pairs,
    read_history,
)
from timebank.errors import DayError
from timebank.flows.movements import Issue
from timebank.ledger import trial_balance as ledger
from timebank.ledger.model import Entry
from timebank.ledger.trial_balance import TrialRow
from timebank.services import balances, entries, holds, statements, trial_balances
from timebank.services.balances import Balances
from timebank.services.entries import EntryFilter
from timebank.services.holds import Hold
from timebank.services.installation import Installation
from timebank.services.statements import Period, Statement, StatementLine
from timebank.store import entries as entry_queries
from timebank.store import holds as hold_queries
from timebank.store import seqs as seq_queries
from timebank.store import statements as statement_queries

DAYS = [f"2026-02-{day:02}" for day in range(23, 29)]
DAYS += [f"2026-03-{day:02}" for day in range(1, 32)]

some_day = st.sampled_from(DAYS)
some_period = st.tuples(some_day, some_day).map(sorted)
some_subject = st.sampled_from((*ACCOUNTS, *NAMES))
some_limit = st.integers(1, 7) | st.just(1000)
some_kind = st.sampled_from((None, None, "transfer", "hold", "reversal"))

of_books = settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a book is too slow to be shrunk
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@contextmanager
def in_pieces(chunk: int, near: int) -> Iterator[None]:
    """Have so much read at a time that short books come in many pieces."""
    with ExitStack() as stack:
        for module in (seq_queries, statement_queries, hold_queries, holds):
            stack.enter_context(mock.patch.object(module, "CHUNK", chunk))
        stack.enter_context(mock.patch.object(entry_queries, "CHUNK_MIN", chunk))
        stack.enter_context(mock.patch.object(statement_queries, "NEAR_MAX", near))
        yield


some_pieces = st.builds(in_pieces, st.sampled_from((1, 3, 100)), st.sampled_from((0, 4, 2000)))


@of_books
@given(happening=histories, data=st.data())
def test_balances_are_what_the_entries_add_up_to(
    installation: Installation, happening: list[Step], data: st.DataObject
) -> None:
    history = live(installation, happening)
    for _ in range(8):
        subject = data.draw(some_subject)
        as_of = data.draw(st.none() | st.integers(0, history.last))
        on = data.draw(st.none() | some_day)
        asked = ask_balances(history, subject, as_of, on)
        assert asked.as_of == (history.last if as_of is None else as_of)
        assert to_pairs(asked) == pairs(counted(history.of(subject), as_of, on))


@of_books
@given(happening=histories, data=st.data())
def test_trial_balance_is_what_the_entries_add_up_to(
    installation: Installation, happening: list[Step], data: st.DataObject
) -> None:
    history = live(installation, happening)
    for _ in range(4):
        as_of = data.draw(st.none() | st.integers(0, history.last))
        until = data.draw(st.none() | some_day)
        expected = pairs(counted(history.sides, as_of, until))
        rows = [TrialRow(*key, *pair) for key, pair in sorted(expected.items())]
        asked = trial_balances.trial_balance(installation, history.slug, as_of=as_of, until=until)
        assert list(asked.rows) == rows
        assert asked.digest == ledger.digest(rows)
        public = balances.public_balances(installation, history.slug, as_of=as_of, on=until)
        assert to_pairs(public) == expected


@of_books
@given(happening=histories, data=st.data())
def test_statement_runs_from_opening_to_closing_balance(
    installation: Installation, happening: list[Step], data: st.DataObject
) -> None:
    history = live(installation, happening)
    for _ in range(6):
        subject = data.draw(some_subject)
        first, last = data.draw(some_period)
        as_of = data.draw(st.none() | st.integers(0, history.last))
        pages = Statements(history, subject, Period(first=first, last=last), as_of)
        limit = data.draw(some_limit)
        with data.draw(some_pieces):
            asked = pages.read_all(limit)
        check_statement(asked, counted(history.of(subject), asked[0].as_of, last))
        history = read_history(history.community)


@of_books
@given(happening=histories, data=st.data())
def test_pages_of_entries_are_together_all_that_are_wanted(
    installation: Installation, happening: list[Step], data: st.DataObject
) -> None:
    history = live(installation, happening)
    for _ in range(8):
        name = data.draw(st.none() | st.sampled_from(NAMES))
        first, last = data.draw(some_period)
        wanted = EntryFilter(
            account=data.draw(st.none() | st.sampled_from(ACCOUNTS)),
            member_id=None if name is None else history.community.ids[name],
            commodity=data.draw(st.sampled_from((None, None, "POINT", "RICE-5KG"))),
            kind=data.draw(some_kind),
            first=data.draw(st.sampled_from((None, first))),
            last=data.draw(st.sampled_from((None, last))),
        )
        limit, pieces = data.draw(some_limit), data.draw(some_pieces)
        examined = data.draw(st.sampled_from((3, 5_000)))
        with pieces, mock.patch.object(entry_queries, "EXAMINED_MAX", examined):
            found = read_all_entries(history, wanted, limit)
        assert found == [
            entry.seq for entry in history.entries if is_wanted(history, entry, wanted)
        ]


@of_books
@given(happening=histories, data=st.data())
def test_open_holds_are_those_of_which_something_is_left(
    installation: Installation, happening: list[Step], data: st.DataObject
) -> None:
    history = live(installation, happening)
    everybody: dict[int, int] = {}
    for name in NAMES:
        with data.draw(some_pieces):
            found = read_all_holds(history, history.community.ids[name])
        left = {hold.seq: hold.remaining for hold in found}
        assert list(left) == sorted(left)
        held = sum(
            side.amount if side.side else -side.amount
            for side in history.of(name)
            if side.account == "members:held"
        )
        assert sum(left.values()) == held
        assert {hold.member_id for hold in found} <= {history.community.ids[name]}
        everybody |= left
    with data.draw(some_pieces):
        found = read_all_holds(history, None)
    assert {hold.seq: hold.remaining for hold in found} == everybody


def ask_balances(history: History, subject: str, as_of: int | None, on: str | None) -> Balances:
    """The balances of a member by name, or of an account."""
    if subject in NAMES:
        member_id = history.community.ids[subject]
        return balances.member_balances(
            history.installation, history.slug, member_id, as_of=as_of, on=on
        )
    return balances.account_balances(
        history.installation, history.slug, subject, as_of=as_of, on=on
    )


def to_pairs(asked: Balances) -> Pairs:
    """Balances as pairs; they come in order, and none without any movement."""
    found = {(row.account, row.commodity, row.lot): (row.debits, row.credits) for row in asked.rows}
    assert list(found) == sorted(found)
    assert len(found) == len(asked.rows)
    return found


class Statements:
    """The pages of one statement."""

    def __init__(self, history: History, subject: str, period: Period, as_of: int | None) -> None:
        """Ask for the statement of a member by name, or of an account."""
        self._history = history
        self._subject = subject
        self._period = period
        self._as_of = as_of

    def read_all(self, limit: int) -> list[Statement]:
        """All pages; somebody posts a late entry between any two of them."""
        pages = [self._read(None, limit)]
        while pages[-1].after:
            assert len(pages[-1].lines) == limit
            self._post_late()
            pages.append(self._read(pages[-1].after, limit))
        return pages

    def _read(self, after: str | None, limit: int) -> Statement:
        installation, as_of = self._history.installation, self._as_of
        member_id = self._history.community.ids.get(self._subject)
        ask: Callable[..., Statement] = (
            statements.member_statement if member_id else statements.account_statement
        )
        return ask(
            installation,
            self._history.slug,
            member_id or self._subject,
            self._period,
            as_of=as_of,
            after=after,
            limit=limit,
        )

    def _post_late(self) -> None:
        community = self._history.community
        legs = tuple(community.leg("issued", name, 1) for name in (*NAMES, GROUP))
        with suppress(DayError):
            community.post(Issue(day=self._period.first, legs=legs))


def check_statement(pages: list[Statement], sides: list[Side]) -> None:
    """Hold the pages of a statement against the sides up to its last day."""
    first = pages[0].first
    opening = pairs(side for side in sides if side.day < first)
    running = {key: debits - credits_ for key, (debits, credits_) in opening.items()}
    expected = []
    for side in sorted(side for side in sides if side.day >= first):
        key = (side.account, side.commodity, side.lot)
        running[key] = running.get(key, 0) + (side.amount if side.side else -side.amount)
        expected.append(to_line(side, running[key]))
    assert [line for page in pages for line in page.lines] == expected
    for page in pages:
        assert page.sections == pages[0].sections
        assert page.as_of == pages[0].as_of
    moved = pairs(side for side in sides if side.day >= first)
    for section in pages[0].sections:
        key = (section.account, section.commodity, section.lot)
        before = opening.get(key, (0, 0))
        assert section.opening == before[0] - before[1]
        assert (section.debits, section.credits) == moved.pop(key, (0, 0))
        assert section.opening + section.debits - section.credits == section.closing
        assert section.closing == running.pop(key)
    assert not moved
    assert set(running.values()) <= {0}


def to_line(side: Side, balance: int) -> StatementLine:
    """The line a statement should have for one side of a leg."""
    return StatementLine(
        seq=side.seq,
        leg=side.leg,
        day=side.day,
        posted=side.posted,
        kind=side.kind,
        account=side.account,
        commodity=side.commodity,
        lot=side.lot,
        counter=side.counter,
        debit=side.amount if side.side else 0,
        credit=0 if side.side else side.amount,
        balance=balance,
    )


def read_all_entries(history: History, wanted: EntryFilter, limit: int) -> list[int]:
    """The seqs of all entries that are wanted, page by page."""
    found: list[int] = []
    after: int | None = -1
    while after is not None:
        page = entries.list_entries(
            history.installation, history.slug, wanted, after=after, limit=limit
        )
        assert len(page.items) <= limit
        found += [item.seq for item in page.items]
        after = page.after
    return found


def is_wanted(history: History, entry: Entry, wanted: EntryFilter) -> bool:
    """Whether all conditions that are given hold of an entry."""
    sides = [
        side
        for side in history.sides
        if side.seq == entry.seq
        and wanted.account in (None, side.account)
        and wanted.member_id in (None, side.member_id)
        and wanted.commodity in (None, side.commodity)
    ]
    moves = (wanted.account, wanted.member_id, wanted.commodity) == (None, None, None)
    return (
        (moves or bool(sides))
        and wanted.kind in (None, entry.kind)
        and (wanted.first or "") <= entry.day <= (wanted.last or "9")
    )


def read_all_holds(history: History, member_id: str | None) -> list[Hold]:
    """All open holds, or a member's, page by page."""
    found: list[Hold] = []
    after: int | None = -1
    while after is not None:
        page = holds.list_holds(
            history.installation,
            history.slug,
            member_id=member_id,
            after=after,
            limit=2,
            private=True,
        )
        found += page.items
        after = page.after
    return found
