"""``timebank balances``: what everybody and everything has."""

from collections.abc import Iterable, Iterator

import click

from timebank.cli.figures import FORMATS, Figures, write_csv, write_text
from timebank.cli.home import book_option, example, opened
from timebank.services.balance_sheets import SheetRow, iterate_sheet

HEADER = ("account", "member", "commodity", "lot", "debits", "credits", "balance")
WIDTHS = (26, 14, 12, 20, -16, -16, -16)


@click.command(epilog=example("timebank balances --book demo --format csv > balances.csv"))
@book_option
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True)
def balances(slug: str, format_: str) -> None:
    """List all balances, of accounts and of members by their numbers. This is private.

    A row without a member is of the account as a whole. Debits are what came in, credits what
    went out.
    """
    with opened() as installation:
        rows = _rows(Figures(installation, slug), iterate_sheet(installation, slug))
        if format_ == "text":
            write_text(HEADER, WIDTHS, rows)
        else:
            write_csv(HEADER, rows, for_excel=format_ == "excel")


def _rows(figures: Figures, sheet: Iterable[SheetRow]) -> Iterator[tuple[str, ...]]:
    for row in sheet:
        sums = (
            figures.show(sum_, row.commodity) for sum_ in (row.debits, row.credits, row.balance)
        )
        yield (row.account, row.member, row.commodity, row.lot, *sums)
