"""``timebank report``: figures of a period, as they are disclosed."""

import click
import msgspec

from timebank.cli.figures import FORMATS, width_of, write_csv, write_text
from timebank.cli.home import book_option, example, opened
from timebank.services.chart import list_commodities
from timebank.services.reports import REPORTS, Report, headings, make_report, told, written


@click.command(
    epilog=example(
        "timebank report income-expenditure --book demo --from 2026-01-01 --to 2026-12-31"
    )
)
@click.argument("name", metavar="REPORT", type=click.Choice(tuple(REPORTS)))
@book_option
@click.option("--from", "first", required=True, metavar="DAY", help="The first day.")
@click.option("--to", "last", required=True, metavar="DAY", help="The last day.")
@click.option("--as-of", type=int, metavar="SEQ", help="The last entry that counts.")
@click.option(
    "--format", "format_", type=click.Choice((*FORMATS, "json")), default="text", show_default=True
)
def report(  # noqa: PLR0913, PLR0917  one for each option
    name: str, slug: str, first: str, last: str, as_of: int | None, format_: str
) -> None:
    """Make a REPORT on the days from one to another. All it tells is public.

    Reports: income-expenditure, funds, plans, hours-by-category, hours-by-club, hours-by-source,
    circulation, markets, food-bank, rounds, movements. Their columns are told in docs/REPORTS.md.
    Each is held against the trial balance first.
    """
    with opened() as installation:
        made = make_report(installation, slug, name, first=first, last=last, as_of=as_of)
        if format_ == "json":
            click.echo(msgspec.json.encode(told(made)))
            return
        commodities = list_commodities(installation, slug)
    rows = list(written(made.definition, made.covered, made.rows, commodities))
    if format_ == "text":
        _write_text(made, rows)
    else:
        write_csv(headings(made.definition), rows, for_excel=format_ == "excel")


def _write_text(made: Report, rows: list[tuple[str, ...]]) -> None:
    """Write the title, what is covered, and the columns that say anything, under their keys."""
    covered = made.covered
    click.echo(f"{made.definition.title}, {made.origin}")
    seqs = f"entries {covered.first_seq} to {covered.last_seq}"
    if covered.first_seq is None:
        seqs = "no entries"
    click.echo(f"{covered.first} to {covered.last}, {seqs} of 0 to {covered.as_of}")
    columns = made.definition.columns
    places = [place for place, _ in enumerate(columns) if not rows or any(r[place] for r in rows)]
    header = [columns[place].key for place in places]
    shown = [[row[place] for place in places] for row in rows]
    widths = [
        max(map(width_of, cells)) * (1 if columns[place].kind in {"text", "day"} else -1)
        for place, *cells in zip(places, header, *shown, strict=True)
    ]
    write_text(header, widths, shown)
