"""How every import goes: look the whole file through, then post it batch by batch."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

from timebank.errors import (
    DayError,
    IdempotencyConflictError,
    MalformedError,
    NotCanonicalError,
    PeriodClosedError,
    TimebankError,
)
from timebank.ledger import codes, encoding
from timebank.services.imports.tables import BadRow, Columns, Row, read_rows
from timebank.services.installation import Installation
from timebank.services.posting import Idempotency, Posted, digest
from timebank.store import requests
from timebank.store.books import find_book, read_head
from timebank.store.database import reading
from timebank.store.idempotency import Seen, keys_by_app, look_up
from timebank.store.spool import Spool

BATCH: Final = 1_000
"""How many rows are posted in one transaction."""

APP: Final = "import"
"""The app that imported rows belong to, by which they are known again."""

ISSUED: Final = "issued"
"""What stands for the issuing account in the place of a member."""

_OTHER_CONTENT: Final = "was imported before with other content"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """A good row: ``key`` tells it from all others, ``content`` from other versions of it."""

    line: int
    key: str
    day: str
    content: bytes
    value: T


@dataclass(frozen=True, slots=True)
class Imported:
    """The outcome: how many rows there were, were written, had been written before, were bad.

    ``stopped`` is the last line of the batch after which the import stopped, if it did.
    """

    rows: int
    written: int = 0
    repeated: int = 0
    bad: int = 0
    stopped: int | None = None


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who is told of bad rows, as they are found, and of how much is done, of how much (or 0)."""

    bad: Callable[[BadRow], None]
    progress: Callable[[int, int], None] = lambda _done, _total: None


class Sort(Protocol[T]):
    """What is particular about one sort of row."""

    @property
    def columns(self) -> Columns:
        """Which columns the file has."""

    @property
    def path(self) -> str:
        """What is imported, in a word."""

    def parse(self, row: Row) -> Item[T]:
        """Read a row. Raises TimebankError where it is bad whatever the book says."""

    def problems(self, items: Sequence[Item[T]]) -> Iterator[BadRow]:
        """What speaks against new rows, as the book is now."""

    def post(self, items: Sequence[tuple[Item[T], Idempotency]]) -> list[Posted | TimebankError]:
        """Post rows, each on its own; give the outcome of each."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What the book says of days: its today and the last day of the last closed period."""

    today: str
    closed_until: str

    def check(self, day: str) -> None:
        """Raise DayError or PeriodClosedError where nothing can be posted with this day."""
        if day > self.today:
            raise DayError(day, f"is in the future; today is {self.today}")
        if day <= self.closed_until:
            raise PeriodClosedError(day, self.closed_until)


@dataclass(slots=True)
class Import(Generic[T]):
    """One import of one file into one book."""

    installation: Installation
    slug: str
    path: Path
    sort: Sort[T]
    reporter: Reporter
    rows: int = 0
    bad: int = 0
    repeated: int = 0
    written: int = 0

    def run(self, *, dry_run: bool) -> Imported:
        """Look the file through, and unless a row is bad or it is a dry run, post it."""
        self._look_through()
        stopped = None
        if not self.bad and not dry_run and self.repeated < self.rows:
            self.repeated = 0
            stopped = self._post_all()
        return Imported(self.rows, self.written, self.repeated, self.bad, stopped)

    def _look_through(self) -> None:
        frame = _frame(self.installation, self.slug)
        with Spool() as spool:
            for items in _batches(self._good_items(spool)):
                self._check(items, frame)
                self.reporter.progress(self.rows, 0)

    def _good_items(self, spool: Spool) -> Iterator[Item[T]]:
        """Read the rows; those that are bad whatever the book says are told."""
        for row in read_rows(self.path, self.sort.columns):
            if isinstance(row, BadRow):
                self._tell(row)
                continue
            self.rows += 1
            try:
                item = self.sort.parse(row)
            except TimebankError as error:
                self._tell(BadRow(row.line, str(error)))
                continue
            first = spool.first_line(item.key, item.line)
            if first is None:
                yield item
            else:
                self._tell(BadRow(row.line, f"stands in line {first} already"))

    def _check(self, items: Sequence[Item[T]], frame: Frame) -> None:
        new = [item for item, _ in self._new(items)]
        for item in new:
            try:
                frame.check(item.day)
            except TimebankError as error:
                self._tell(BadRow(item.line, str(error)))
        for problem in self.sort.problems(new):
            self._tell(problem)

    def _post_all(self) -> int | None:
        """Post batch by batch; the last line of the one in which a row was refused, if any was."""
        done = 0
        for items in _batches(self._items_again()):
            new = self._new(items)
            outcomes = self.sort.post(new) if new else []
            for (item, _), outcome in zip(new, outcomes, strict=True):
                self._count(item, outcome)
            done += len(items)
            self.reporter.progress(done, self.rows)
            if self.bad:
                return items[-1].line
        return None

    def _items_again(self) -> Iterator[Item[T]]:
        for row in read_rows(self.path, self.sort.columns):
            if isinstance(row, BadRow):
                raise MalformedError("file", f"line {row.line} {row.reason}: it changed meanwhile")
            yield self.sort.parse(row)

    def _count(self, item: Item[T], outcome: Posted | TimebankError) -> None:
        if isinstance(outcome, IdempotencyConflictError):
            self._tell(BadRow(item.line, _OTHER_CONTENT))
        elif isinstance(outcome, TimebankError):
            self._tell(BadRow(item.line, str(outcome)))
        elif outcome.replayed:
            self.repeated += 1
        else:
            self.written += 1

    def _new(self, items: Sequence[Item[T]]) -> list[tuple[Item[T], Idempotency]]:
        """The items that were not imported before; those with other content are told."""
        known = [
            Idempotency(APP, item.key, "IMPORT", self.sort.path, item.content) for item in items
        ]
        new = []
        before = find_seen(self.installation, self.slug, known)
        for item, idempotency, seen in zip(items, known, before, strict=True):
            if seen is None:
                new.append((item, idempotency))
            elif isinstance(seen, IdempotencyConflictError):
                self._tell(BadRow(item.line, _OTHER_CONTENT))
            else:
                self.repeated += 1
        return new

    def _tell(self, row: BadRow) -> None:
        self.bad += 1
        self.reporter.bad(row)


def find_seen(
    installation: Installation, slug: str, known: Sequence[Idempotency]
) -> list[int | IdempotencyConflictError | None]:
    """The seqs of the entries that these requests made before; None where they did not."""
    with reading(installation.engine) as connection:
        book = find_book(connection, slug)
        asked = [digest(installation, book, one) for one in known]
        seen = look_up(connection, book.book_id, keys_by_app(asked))
        return [_find(seen, one) for one in asked]


def _find(seen: Seen, asked: requests.Idempotency) -> int | IdempotencyConflictError | None:
    try:
        return seen.find(asked)
    except IdempotencyConflictError as error:
        return error


def check_day(field_name: str, day: str) -> None:
    """Raise MalformedError unless it is a day."""
    codes.check_code("day", day, field=field_name)


def check_text(field_name: str, text: str, most: int) -> None:
    """Raise MalformedError unless it has 1 to ``most`` characters that the ledger can keep."""
    if not 1 <= len(text) <= most:
        raise MalformedError(field_name, f"must have 1 to {most} characters")
    try:
        encoding.check(text)
    except NotCanonicalError as error:
        raise MalformedError(field_name, error.reason) from error


def _frame(installation: Installation, slug: str) -> Frame:
    with reading(installation.engine) as connection:
        book = find_book(connection, slug)
        head = read_head(connection, book.book_id)
    today = max(installation.clock.today(book.time_zone), head.posted)
    return Frame(today, head.closed_until)


def _batches(items: Iterable[Item[T]]) -> Iterator[list[Item[T]]]:
    remaining = iter(items)
    while batch := list(islice(remaining, BATCH)):
        yield batch
