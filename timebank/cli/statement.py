"""``timebank statement``: what moved in one account, or at one member's."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import click

from timebank.cli.figures import FORMATS, Figures, write_csv, write_text
from timebank.cli.home import book_option, example, opened
from timebank.services.installation import Installation
from timebank.services.members import find_member
from timebank.services.pages import LIMIT_MAX
from timebank.services.statements import (
    Period,
    Section,
    Statement,
    StatementLine,
    account_statement,
    member_statement,
)

HEADER: Final = (
    *("day", "entry", "kind", "account", "counter", "commodity", "lot"),
    *("debit", "credit", "balance"),
)
WIDTHS: Final = (10, 8, 16, 16, 20, 12, 20, -14, -14, -14)

_FIRST_DAY: Final = "0001-01-01"
_LAST_DAY: Final = "9999-12-31"


@click.command(epilog=example("timebank statement --book demo --member 0003 --from 2026-01-01"))
@book_option
@click.option("--member", metavar="NUMBER", help="The association's own number of a member.")
@click.option("--account", metavar="CODE", help="An account, such as stock:yicang.")
@click.option("--from", "first", default=_FIRST_DAY, metavar="DAY", help="The first day.")
@click.option("--to", "last", default=_LAST_DAY, metavar="DAY", help="The last day.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True)
def statement(  # noqa: PLR0913, PLR0917  one for each option
    slug: str, member: str | None, account: str | None, first: str, last: str, format_: str
) -> None:
    """Show what moved in an account or at a member's, with opening and closing balances.

    A member's statement is private.
    """
    if (member is None) == (account is None):
        raise click.UsageError("name either --member NUMBER or --account CODE")
    with opened() as installation:
        period = Period(first=first, last=last)
        ask = _ask(installation, slug, member, account, period)
        rows = _rows(Figures(installation, slug), ask, ask(limit=LIMIT_MAX))
        if format_ == "text":
            write_text(HEADER, WIDTHS, rows)
        else:
            write_csv(HEADER, rows, for_excel=format_ == "excel")


Ask = Callable[..., Statement]
"""A statement still to be asked for, page by page."""


def _ask(
    installation: Installation,
    slug: str,
    member: str | None,
    account: str | None,
    period: Period,
) -> Ask:
    if member is not None:
        member_id = find_member(installation, slug, number=member).member_id
        return partial(member_statement, installation, slug, member_id, period)
    assert account is not None, "one of the two is named"
    return partial(account_statement, installation, slug, account, period)


def _rows(figures: Figures, ask: Ask, page: Statement) -> Iterator[tuple[str, ...]]:
    """The rows of a statement: opening balances, all lines of all pages, closing balances."""
    for section in page.sections:
        yield _edge(figures, page.first, "opening", section, section.opening)
    while True:
        yield from (_line(figures, line) for line in page.lines)
        if page.after is None:
            break
        page = ask(after=page.after, limit=LIMIT_MAX)
    for section in page.sections:
        yield _edge(figures, page.last, "closing", section, section.closing)


def _edge(figures: Figures, day: str, kind: str, section: Section, balance: int) -> tuple[str, ...]:
    shown = figures.show(balance, section.commodity)
    place = section.account, "", section.commodity, section.lot
    return ("" if day in {_FIRST_DAY, _LAST_DAY} else day, "", kind, *place, "", "", shown)


def _line(figures: Figures, line: StatementLine) -> tuple[str, ...]:
    debit, credit = (
        figures.show(amount, line.commodity) if amount else ""
        for amount in (line.debit, line.credit)
    )
    place = line.account, line.counter, line.commodity, line.lot
    balance = figures.show(line.balance, line.commodity)
    return (line.day, str(line.seq), line.kind, *place, debit, credit, balance)
