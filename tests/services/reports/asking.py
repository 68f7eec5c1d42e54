"""Asking for reports in tests, and picking columns of their lines."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.foundings import PAIR, like
from tests.installations import Community
from timebank.services.reports import Report, make_report

Period = tuple[str, str]
"""The first and the last day."""

WHOLE: Period = ("2026-03-01", "2026-12-31")
MARCH: Period = ("2026-03-01", "2026-03-31")
APRIL: Period = ("2026-04-01", "2026-04-30")
MAY: Period = ("2026-05-01", "2026-05-31")


@contextmanager
def filled_book(
    request: pytest.FixtureRequest,
    homes: pytest.TempPathFactory,
    fill: Callable[[Community], None],
) -> Iterator[Community]:
    """A book like ``community``, in which more happened, for all tests of a module that only read.

    On the database that the fixture's parameter names.
    """
    databases = request.getfixturevalue(f"{request.param}_databases")
    with like(PAIR, databases, homes.mktemp("home")) as founded:
        fill(founded)
        yield founded


def report(
    community: Community, name: str, period: Period = WHOLE, *, as_of: int | None = None
) -> Report:
    """A report on the book of a community."""
    first, last = period
    return make_report(
        community.installation, community.slug, name, first=first, last=last, as_of=as_of
    )


def lines(
    community: Community, name: str, columns: str, period: Period = WHOLE
) -> list[tuple[Any, ...]]:
    """Some columns of all lines of a report."""
    rows = report(community, name, period).rows
    return [tuple(row[column] for column in columns.split()) for row in rows]
