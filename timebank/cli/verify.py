"""``timebank verify``: whether a log, and all that is kept beside it, is as it should be."""

from pathlib import Path

import click

from timebank.cli.home import FAILURES, counted, example, opened, reason_of
from timebank.cli.progress import progress_bar
from timebank.services.verification import Report, Verdict, verify_book, verify_file


@click.command(epilog=example("timebank verify --book demo", "timebank verify demo.jsonl"))
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--book", "slug", metavar="SLUG", help="A book in the database.")
@click.pass_context
def verify(context: click.Context, file: Path | None, slug: str | None) -> None:
    """Check a book in the database, or a FILE that timebank export wrote.

    A file is replayed by the public rules. With the database also legs, balances, turnovers, the
    tree, definitions, keys and seals are checked, and everything that is wrong is named.

    Exit status: 0 all is well, 1 something is wrong, 2 it cannot be checked.
    """
    if (file is None) == (slug is None):
        raise click.UsageError("name either --book SLUG or a FILE")
    try:
        report = _verify_book(slug) if slug is not None else _verify_file(file)
    except FAILURES as error:
        click.echo(f"Cannot check: {reason_of(error)}", err=True)
        context.exit(Verdict.CANNOT_CHECK.value)
    _show(report)
    context.exit(report.verdict.value)


def _verify_book(slug: str) -> Report:
    with opened(with_any_key=True) as installation, progress_bar(" entries") as progress:
        return verify_book(installation, slug, progress)


def _verify_file(file: Path | None) -> Report:
    assert file is not None, "one of the two is named"
    with progress_bar("B", scale=True) as progress:
        return verify_file(file, progress)


def _show(report: Report) -> None:
    for finding in report.findings:
        click.echo(str(finding), err=True)
    if report.finding_count > len(report.findings):
        click.echo(f"... and {report.finding_count - len(report.findings)} more", err=True)
    for note in report.notes:
        click.echo(f"Note: {note}.", err=True)
    if report.unchecked:
        click.echo(f"{report.unchecked} leg sides of forgotten members: owners were taken as told.")
    if report.verdict is Verdict.FINE:
        click.echo(f"All is well: {report.size} entries, root {report.root}.")
    elif report.verdict is Verdict.WRONG:
        findings = counted(report.finding_count, "finding")
        click.echo(f"Wrong: {findings} in {report.size} entries.", err=True)
    else:
        click.echo(f"Cannot check: {report.obstacle}.", err=True)
