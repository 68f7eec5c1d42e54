"""What every flow owes a book: a refusal changes nothing, and the book is what its log says."""

from typing import Any, TypeVar

import pytest
from sqlalchemy import Table

from tests.installations import Community
from tests.services.tampering import Row, rows_of
from timebank.errors import TimebankError
from timebank.flows.command import Command
from timebank.services.balances import public_balances
from timebank.services.rebuild import rebuild_book
from timebank.services.verification import Verdict, verify_book
from timebank.store import tables

PROJECTIONS: list[Table[Any]] = [
    tables.balances,
    tables.turnovers,
    tables.lots,
    tables.names,
    tables.remainders,
    tables.reversals,
    tables.tallies,
]

E = TypeVar("E", bound=TimebankError)


def refused(
    book: Community, command: Command, error: type[E], *, by: tuple[str, ...] = ("system",)
) -> E:
    """The error against a command, which changed nothing."""
    engine = book.installation.engine
    before = [rows_of(engine, table) for table in (tables.heads, *PROJECTIONS)]
    with pytest.raises(error) as caught:
        book.post(command, by=by)
    assert [rows_of(engine, table) for table in (tables.heads, *PROJECTIONS)] == before
    return caught.value


def has(book: Community, account: str, commodity: str = "CNY", lot: str | None = None) -> int:
    """What an account as a whole has, in one lot or in all of them."""
    return sum(
        row.balance
        for row in public_balances(book.installation, book.slug).rows
        if (row.account, row.commodity) == (account, commodity) and lot in (None, row.lot)
    )


def check_book(book: Community) -> None:
    """The book is as its log says, and rebuilding it changes nothing."""
    found = verify_book(book.installation, book.slug)
    assert found.verdict is Verdict.FINE, found.findings
    before = _everything(book)
    assert rebuild_book(book.installation, book.slug).root == found.root
    assert _everything(book) == before


def _everything(book: Community) -> list[list[Row]]:
    return [rows_of(book.installation.engine, table) for table in PROJECTIONS]
