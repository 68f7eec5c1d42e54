"""``timebank import``: members and transfers from CSV files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from tqdm import tqdm

from timebank.cli.home import book_option, counted, example, opened
from timebank.cli.progress import progress_bar
from timebank.services.imports import (
    BadRow,
    Imported,
    Reporter,
    import_members,
    import_transfers,
)

file_argument: Final = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
dry_run_option: Final = click.option(
    "--dry-run", is_flag=True, help="Only report what is wrong with the file."
)


@click.group("import")
def import_() -> None:
    """Import members and transfers from CSV files.

    The whole file is checked first, and while any row is bad nothing is written. An import can be
    repeated, and goes on where it was stopped or killed: what was imported is left alone.
    """


@import_.command(epilog=example("timebank import members members.csv --book demo --dry-run"))
@file_argument
@book_option
@dry_run_option
def members(file: Path, slug: str, dry_run: bool) -> None:  # noqa: FBT001  click hands options over so
    """Enrol the members in FILE, each on the day they joined.

    Columns: member (the association's own number, once only), joined (YYYY-MM-DD), name if there
    is one, holder (member, carrier or stall; member where it is empty), and any others, which are
    kept in the encrypted contact record.
    """
    with opened() as installation, _reporter() as reporter:
        imported = import_members(installation, slug, file, reporter, dry_run=dry_run)
    _conclude(imported, "members", dry_run=dry_run)


@import_.command(epilog=example("timebank import transfers transfers.csv --book demo"))
@file_argument
@book_option
@dry_run_option
def transfers(file: Path, slug: str, dry_run: bool) -> None:  # noqa: FBT001  click hands options over so
    """Post the transfers in FILE, in the order of the file, each with its own day.

    Columns: reference (once only, for ever), date (YYYY-MM-DD), payer, payee, amount, unit and,
    if there is one, reason. Payer and payee are members by their numbers, or groups by the code of
    their account; "issued" as payer makes an issue, as payee a reclaim. A row that the ledger
    refuses, say for want of balance, ends the import with its batch of 1,000 rows.
    """
    with opened() as installation, _reporter() as reporter:
        imported = import_transfers(installation, slug, file, reporter, dry_run=dry_run)
    _conclude(imported, "transfers", dry_run=dry_run)


@contextmanager
def _reporter() -> Iterator[Reporter]:
    with progress_bar(" rows") as bar:
        yield Reporter(bad=_tell, progress=bar)


def _tell(row: BadRow) -> None:
    with tqdm.external_write_mode():
        click.echo(f"line {row.line}: {row.reason}", err=True)


def _conclude(imported: Imported, what: str, *, dry_run: bool) -> None:
    """Say what was done, and end with status 1 if a row was bad."""
    if imported.stopped is not None:
        raise click.ClickException(
            f"stopped after line {imported.stopped}: {counted(imported.bad, 'row')} refused,"
            f" {imported.written} {what} imported, and nothing after that line."
            " Correct the rows named above and run the same command again;"
            " what was imported is left alone."
        )
    if imported.bad:
        raise click.ClickException(f"{counted(imported.bad, 'bad row')}; nothing was imported")
    if dry_run:
        new = imported.rows - imported.repeated
        click.echo(
            f"{imported.rows} rows are well formed: {new} {what} would be imported,"
            f" {imported.repeated} were before. Balances are checked only when importing."
        )
    else:
        click.echo(f"Imported {imported.written} {what}; {imported.repeated} were before.")
