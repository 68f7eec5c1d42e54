"""Statements 对账单: what moved in an account over some days, with opening and closing balances.

Lines stand in the order of their days, and within a day in that of the log; opening balance and
lines together always make the closing balance. A long statement comes in pages. All of them tell
what the log said as of the same seq, so that a late entry which is posted meanwhile changes none.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, NamedTuple

from timebank.errors import MalformedError
from timebank.ledger.model import Key
from timebank.ledger.trial_balance import TrialRow
from timebank.services.installation import Installation
from timebank.services.pages import LIMIT, check_limit
from timebank.services.views import View, check_days, view
from timebank.store.balances import Scope, Until, read_balances
from timebank.store.seqs import Days
from timebank.store.statements import Line, iterate_lines

_CURSOR: Final = re.compile(
    r"(?P<as_of>[0-9]{1,16})_(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"_(?P<seq>[0-9]{1,16})_(?P<leg>[0-9]{1,2})_(?P<side>[01])",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What a statement is to tell: the days from ``first`` to ``last``, narrowed down if need be.

    An empty ``lot`` asks for what has no lot.
    """

    first: str
    last: str
    commodity: str | None = None
    lot: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One account in one commodity and lot over the whole period, in smallest units."""

    account: str
    commodity: str
    lot: str
    opening: int
    debits: int
    credits: int
    closing: int


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One side of a leg: what came in (``debit``) or went out (``credit``); the other one is 0.

    ``counter`` is the account on the other side, without who is behind it. ``balance`` is that of
    this account, commodity and lot after the line.
    """

    seq: int
    leg: int
    day: str
    posted: str
    kind: str
    account: str
    commodity: str
    lot: str
    counter: str
    debit: int
    credit: int
    balance: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One page of a statement. The sections are those of the whole statement on every page.

    ``as_of`` is the seq up to which entries count; ``after`` asks for the next page, if there is
    one.
    """

    first: str
    last: str
    as_of: int
    sections: tuple[Section, ...]
    lines: tuple[StatementLine, ...]
    after: str | None


def account_statement(  # noqa: PLR0913  each narrows the question down
    installation: Installation,
    slug: str,
    account: str,
    period: Period,
    *,
    as_of: int | None = None,
    after: str | None = None,
    limit: int = LIMIT,
) -> Statement:
    """The statement of an account as a whole, a control account too; this is public.

    ``after`` is what the page before gave. Raises UnknownAccountError, UnknownEntryError where
    the log does not go as far as ``as_of``, and MalformedError.
    """
    with view(installation, slug) as seen:
        seen.check_account(account)
        scope = Scope(account=account, commodity=period.commodity, lot=period.lot)
        return _read(seen, scope, period, _Page(as_of, after, limit))


def member_statement(  # noqa: PLR0913  each narrows the question down
    installation: Installation,
    slug: str,
    member_id: str,
    period: Period,
    *,
    account: str | None = None,
    as_of: int | None = None,
    after: str | None = None,
    limit: int = LIMIT,
) -> Statement:
    """The statement of a member in all control accounts, or in one of them. Private.

    ``after`` is what the page before gave. Raises UnknownMemberError, UnknownAccountError,
    UnknownEntryError where the log does not go as far as ``as_of``, and MalformedError.
    """
    with view(installation, slug) as seen:
        if account is not None:
            seen.check_account(account)
        scope = Scope(
            holder=seen.number_of(member_id),
            account=account,
            commodity=period.commodity,
            lot=period.lot,
        )
        return _read(seen, scope, period, _Page(as_of, after, limit))


class _Cursor(NamedTuple):
    """Where a page ends: after which line, in a statement as of which seq."""

    as_of: int
    day: str
    seq: int
    leg: int
    side: int

    def __str__(self) -> str:
        return "_".join(map(str, self))


class _Page(NamedTuple):
    """Which page of a statement is asked for."""

    as_of: int | None
    after: str | None
    limit: int


def _read(seen: View, scope: Scope, period: Period, page: _Page) -> Statement:
    check_limit(page.limit)
    days = check_days(period.first, period.last)
    cursor = None if page.after is None else _parse_cursor(page.after, days)
    as_of = page.as_of if cursor is None else cursor.as_of
    question = _Question(seen, scope, days, seen.until(as_of, None))
    sections = question.sections()
    lines = list(islice(question.lines(sections, cursor), page.limit + 1))
    shown = tuple(lines[: page.limit])
    as_of = seen.last if as_of is None else as_of
    after = str(_end_of(shown[-1], as_of)) if len(lines) > page.limit else None
    return Statement(days.first, days.last, as_of, sections, shown, after)


def _parse_cursor(text: str, days: Days) -> _Cursor:
    found = _CURSOR.fullmatch(text)
    if found is None or not days.first <= found["day"] <= days.last:
        raise MalformedError("after", "must be what the page before gave")
    numbers = {name: int(found[name]) for name in ("as_of", "seq", "leg", "side")}
    return _Cursor(day=found["day"], **numbers)


def _end_of(line: StatementLine, as_of: int) -> _Cursor:
    return _Cursor(as_of, line.day, line.seq, line.leg, int(line.debit > 0))


@dataclass(frozen=True, slots=True)
class _Question:
    """Which statement is asked for: of what, over which days, of which entries."""

    seen: View
    scope: Scope
    days: Days
    until: Until

    def sections(self) -> tuple[Section, ...]:
        """Each balance that was not zero at the beginning, or moved in the period."""
        before = {row[:3]: row for row in self.balances_before(self.days.first)}
        found = []
        for row in self._balances(replace(self.until, day=self.days.last)):
            start = before.get(row[:3], TrialRow(*row[:3], 0, 0))
            debits, credits_ = row.debits - start.debits, row.credits - start.credits
            if start.net or debits or credits_:
                found.append(Section(*row[:3], start.net, debits, credits_, row.net))
        return tuple(found)

    def balances_before(self, day: str) -> list[TrialRow]:
        """The balances at the beginning of a day."""
        return self._balances(replace(self.until, day=day, with_day=False))

    def lines(
        self, sections: tuple[Section, ...], cursor: _Cursor | None
    ) -> Iterator[StatementLine]:
        """Give the lines after the cursor; balances run on from the beginning of its day."""
        days = self.days if cursor is None else replace(self.days, first=cursor.day)
        rows = self.balances_before(days.first)
        running = defaultdict(int, {self._key(row): row.net for row in rows})
        moved = [self._key(section) for section in sections if section.debits or section.credits]
        last = self.seen.last if self.until.seq is None else self.until.seq
        for line in iterate_lines(
            self.seen.connection, self.seen.book.book_id, moved, days, last=last
        ):
            key = self._key(line)
            running[key] += line.amount if line.side else -line.amount
            if cursor is None or line[:4] > cursor[1:]:
                yield _to_line(line, running[key])

    def _balances(self, until: Until) -> list[TrialRow]:
        return read_balances(self.seen.connection, self.seen.book.book_id, self.scope, until)

    def _key(self, of: TrialRow | Section | Line) -> Key:
        return Key(of.account, self.scope.holder, of.commodity, of.lot)


def _to_line(line: Line, balance: int) -> StatementLine:
    return StatementLine(
        seq=line.seq,
        leg=line.leg,
        day=line.day,
        posted=line.posted,
        kind=line.kind,
        account=line.account,
        commodity=line.commodity,
        lot=line.lot,
        counter=line.counter,
        debit=line.amount if line.side else 0,
        credit=0 if line.side else line.amount,
        balance=balance,
    )
