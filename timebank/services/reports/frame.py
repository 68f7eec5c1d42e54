"""The frame of a report: the balances at both ends of its period, and what happened between them.

A report is made from the bytes of the entries, while the balances come from what is kept beside the
log. Each is held against the other, account by account and figure by figure: what was there at the
beginning, and what all entries of the period moved, must be what is there at the end. A report that
does not agree with its trial balance is not given.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple

from timebank.errors import ReportMismatchError
from timebank.ledger.codes import split_reference
from timebank.ledger.model import Commodity, Lot
from timebank.ledger.settings import Settings
from timebank.ledger.trial_balance import TrialRow
from timebank.services.reports.happenings import Happening, Told, read_told, to_happening
from timebank.services.views import View
from timebank.store.balances import Scope, Until, read_balances
from timebank.store.by_day import iterate_by_day, read_of_kind
from timebank.store.definitions import list_commodities, list_lots, list_policies
from timebank.store.entries import read_entries, read_reversals
from timebank.store.scanning import STRETCH, Scanner, StoredEntry
from timebank.store.seqs import Days
from timebank.store.tables import accounts

_LOTS_MAX: Final = 10**9
_OUTSIDE: Final = "boundary"


class Place(NamedTuple):
    """One account as a whole in one commodity and lot."""

    account: str
    commodity: str
    lot: str


class Frame:
    """A period of a book, as its log was at one moment.

    ``today`` is the day by which something is overdue: the last day of the period, or the day of
    asking where that is earlier.
    """

    def __init__(self, seen: View, days: Days, *, as_of: int | None, today: str) -> None:
        """Read the balances at both ends. Raises UnknownEntryError."""
        self.days: Final = days
        self.as_of: Final = seen.last if as_of is None else as_of
        self.today: Final = min(days.last, today)
        self.first_seq: int | None = None
        self.last_seq: int | None = None
        self.is_checked = False
        self._seen = seen
        self._book_id = seen.book.book_id
        self._scanner = Scanner(seen.connection, self._book_id)
        self._types: dict[str, str] = dict(self._scanner.rows(accounts, ("account", "type")))
        self._moved: defaultdict[Place, list[int]] = defaultdict(lambda: [0, 0])
        until = seen.until(as_of, None)
        self.opening: Final = self._balances(Until(seq=until.seq, day=days.first, with_day=False))
        self.closing: Final = self._balances(Until(seq=until.seq, day=days.last))

    @cached_property
    def commodities(self) -> dict[str, Commodity]:
        """The commodities that the log has, by code."""
        found = list_commodities(self._seen.connection, self._book_id)
        return {one.code: one for one in found if one.seq <= self.as_of}

    def of_kinds(self, *kinds: str) -> frozenset[str]:
        """The codes of the commodities of these kinds: ``money``, ``goods``, and so on."""
        return frozenset(one.code for one in self.commodities.values() if one.kind in kinds)

    def lots(self, *kinds: str) -> dict[tuple[str, str], Lot]:
        """The lots that the log has of commodities of these kinds, by commodity and code."""
        found = list_lots(
            self._seen.connection,
            self._book_id,
            self.of_kinds(*kinds),
            after=("", ""),
            limit=_LOTS_MAX,
        )
        return {(lot.commodity, lot.code): lot for lot in found if lot.seq <= self.as_of}

    @cached_property
    def settings(self) -> Settings:
        """The settings of all policies that were decided until the end of the period."""
        policies = list_policies(self._seen.connection, self._book_id)
        counted = self.counted(one.seq for one in policies)
        return Settings().extended([one for one in policies if one.seq in counted])

    def is_outside(self, account: str) -> bool:
        """Whether an account stands for the outside, or for what was promised."""
        return self._types[account] == _OUTSIDE

    def happenings(self) -> Iterator[Happening]:
        """What happened in the period, by day and seq; to be gone through once, to the end.

        At the end raises ReportMismatchError unless it made the closing balances of the opening
        ones.
        """
        connection = self._seen.connection
        for stretch in iterate_by_day(connection, self._book_id, self.days, last=self.as_of):
            for stored in stretch:
                told = read_told(stored.body)
                self._count(told)
                yield to_happening(told, self._scanner.body)
        self._check()
        self.is_checked = True

    def standing(self, kind: str) -> list[Happening]:
        """All entries of a rare kind until the end of the period, but for those taken back by then.

        In the order of the log.
        """
        connection, book_id = self._seen.connection, self._book_id
        found = read_of_kind(connection, book_id, kind, last=self.as_of)
        undone: set[int] = set()
        for chunk in _chunks([stored.seq for stored in found]):
            reversed_by = read_reversals(connection, book_id, chunk)
            reversals = read_entries(connection, book_id, reversed_by.values())
            counted = {stored.seq for stored in reversals if self._counts(stored)}
            undone |= {seq for seq, reversal in reversed_by.items() if reversal in counted}
        return [
            to_happening(read_told(stored.body), self._scanner.body)
            for stored in found
            if self._counts(stored) and stored.seq not in undone
        ]

    def counted(self, seqs: Iterable[int]) -> set[int]:
        """Which of these entries, of which there are few, lie before the end of the period.

        What was opened only later is not told where nothing moved: so a report on a period stays
        what it was.
        """
        connection = self._seen.connection
        return {
            stored.seq
            for chunk in _chunks(list(seqs))
            for stored in read_entries(connection, self._book_id, chunk)
            if self._counts(stored)
        }

    def facts_of(self, seq: int) -> dict[str, Any]:
        """The public facts of an entry that others name."""
        return read_told(self._scanner.body(seq)).public

    def go_through(self) -> None:
        """Go through what happened where a report only asks for balances and rare entries."""
        for _ in self.happenings():
            pass

    def before(self, place: Place) -> TrialRow:
        """What an account had at the beginning."""
        return self.opening.get(place, TrialRow(*place, 0, 0))

    def moved(self, place: Place) -> tuple[int, int]:
        """What came into an account (debits) and went out of it (credits) in the period."""
        debits, credits_ = self._moved[place]
        return debits, credits_

    def _check(self) -> None:
        for end in (self.opening, self.closing):
            _check_sums(end)
        for place in {*self.opening, *self.closing, *self._moved}:
            before, after = (_pair(end, place) for end in (self.opening, self.closing))
            for side, name in enumerate(("debits", "credits")):
                expected = before[side] + self._moved[place][side]
                if after[side] != expected:
                    what = f"{name} of {_written(place)} until {self.days.last}"
                    raise ReportMismatchError(what, expected, after[side])

    def net(
        self, end: Mapping[Place, TrialRow], counts: Callable[[Place], bool]
    ) -> dict[tuple[str, str], int]:
        """What is there at one end by commodity and lot, in all places that count."""
        found: defaultdict[tuple[str, str], int] = defaultdict(int)
        for place, row in end.items():
            if counts(place):
                found[place.commodity, place.lot] += row.net
        return dict(found)

    def _balances(self, until: Until) -> dict[Place, TrialRow]:
        rows = read_balances(self._seen.connection, self._book_id, Scope(), until)
        return {Place(row.account, row.commodity, row.lot): row for row in rows}

    def _counts(self, stored: StoredEntry) -> bool:
        return stored.seq <= self.as_of and stored.day <= self.days.last

    def _count(self, told: Told) -> None:
        seqs = [seq for seq in (self.first_seq, self.last_seq, told.seq) if seq is not None]
        self.first_seq, self.last_seq = min(seqs), max(seqs)
        for leg in told.legs:
            for side, reference in enumerate((leg.to, leg.from_)):
                account, _ = split_reference(reference)
                self._moved[Place(account, leg.commodity, leg.lot)][side] += leg.amount


def check_figure(what: str, reported: int, balance: int) -> None:
    """Raise ReportMismatchError where a figure of a report is not that of the trial balance."""
    if reported != balance:
        raise ReportMismatchError(what, reported, balance)


def _check_sums(end: Mapping[Place, TrialRow]) -> None:
    """Each commodity and lot is conserved: all accounts together have nothing."""
    sums: defaultdict[tuple[str, str], int] = defaultdict(int)
    for place, row in end.items():
        sums[place.commodity, place.lot] += row.net
    for (commodity, lot), total in sums.items():
        check_figure(f"the sum of all accounts in {commodity} {lot}".rstrip(), 0, total)


def _chunks(seqs: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(seqs), STRETCH):
        yield seqs[start : start + STRETCH]


def _pair(end: Mapping[Place, TrialRow], place: Place) -> tuple[int, int]:
    row = end.get(place)
    return (0, 0) if row is None else (row.debits, row.credits)


def _written(place: Iterable[str]) -> str:
    return " ".join(filter(None, place))
