"""Making a report on a period of a book."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import Final

from timebank.errors import BusyError
from timebank.services.installation import Installation
from timebank.services.reports.catalogue import find_report
from timebank.services.reports.frame import Frame
from timebank.services.reports.tables import Covered, Report
from timebank.services.views import check_days, view

AT_ONCE: Final = 2
"""How many reports a process makes at a time: anybody may ask, and a long period takes long."""

WAITING_MAX: Final = 14
"""How many more may wait, each of which keeps a thread from answering others."""

WAIT_SECONDS_MAX: Final = 10

PLACES: Final = BoundedSemaphore(AT_ONCE)
LINE: Final = BoundedSemaphore(AT_ONCE + WAITING_MAX)


def make_report(  # noqa: PLR0913  what, when, and as of when
    installation: Installation,
    slug: str,
    name: str,
    *,
    first: str,
    last: str,
    as_of: int | None = None,
) -> Report:
    """The report of this name on the days from ``first`` to ``last``.

    ``as_of`` is the last entry that counts, the last there is where none is given: with it the
    figures stay what they are for ever. What it tells is public. Raises UnknownReportError,
    UnknownBookError, MalformedError, UnknownEntryError, BusyError while too many are made, and
    ReportMismatchError where the balances of the book are not what its entries make.
    """
    definition = find_report(name)
    days = check_days(first, last)
    with _place(), view(installation, slug) as seen:
        today = installation.clock.today(seen.book.time_zone)
        frame = Frame(seen, days, as_of=as_of, today=today)
        rows = tuple(definition.rows(frame))
    assert frame.is_checked, "a report goes through its period"
    keys = {column.key for column in definition.columns}
    assert all(row.keys() == keys for row in rows), "each row says something of each column"
    covered = Covered(days.first, days.last, frame.first_seq, frame.last_seq, frame.as_of)
    return Report(definition, seen.book.origin, covered, rows)


@contextmanager
def _place() -> Iterator[None]:
    """Wait for a place among the reports that are made, unless too many wait already."""
    with _held(LINE, 0), _held(PLACES, WAIT_SECONDS_MAX):
        yield


@contextmanager
def _held(places: BoundedSemaphore, wait_seconds: int) -> Iterator[None]:
    if not places.acquire(timeout=wait_seconds):
        raise BusyError(WAIT_SECONDS_MAX)
    try:
        yield
    finally:
        places.release()
