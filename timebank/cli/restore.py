"""``timebank restore``: a backup, back into an empty database."""

from contextlib import closing
from pathlib import Path

import click

from timebank.cli.backup import parts_of
from timebank.cli.home import counted, example
from timebank.cli.progress import progress_bar
from timebank.config import Settings
from timebank.services.backups import check_backup
from timebank.services.backups import restore as restore_backup
from timebank.services.books import list_books
from timebank.services.clock import Clock
from timebank.services.installation import Installation
from timebank.services.verification import Report, Verdict, verify_book
from timebank.store.engines import make_engine
from timebank.store.installation_key import read_installation_key
from timebank.store.vault import Vault


@click.command(
    epilog=example(
        "timebank restore timebank-20261122T031500Z.backup --keys timebank-20261122T031500Z.keys",
        "timebank restore --check timebank-20261122T031500Z.backup",
    )
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--keys",
    "keys_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The keys, of the same backup or a later one; by default those beside FILE.",
)
@click.option("--check", is_flag=True, help="Only read the backup to its end; restore nothing.")
@click.pass_context
def restore(context: click.Context, file: Path, keys_file: Path | None, *, check: bool) -> None:
    """Restore the backup FILE into the database that DATABASE_URL names, which must be empty.

    It may be of the other kind than the one the backup was made of. The installation key must be
    in its place, and the service must not run. All is restored or nothing, and what was interrupted
    can be tried again, but not be served before that; then every book is verified. Whoever was
    forgotten after the backup was made is forgotten again, by the list in
    TIMEBANK_HOME/forgotten.jsonl and by the keys.

    Exit status: 0 all is well, 1 it is not, and the last lines say what.
    """
    paths = parts_of(file, keys_file)
    with closing(_new_installation()) as installation:
        with progress_bar("B", scale=True) as progress:
            done = (check_backup if check else restore_backup)(installation, paths, progress)
        click.echo(f"{'Checked' if check else 'Restored'} {done.rows:,} rows as of {done.made}.")
        if check:
            return
        if done.erased:
            click.echo(f"Forgot {counted(done.erased, 'member')} again.")
        reports = [_verify(installation, book.slug) for book in list_books(installation)]
    if any(report.verdict is not Verdict.FINE for report in reports):
        context.exit(1)


def _new_installation() -> Installation:
    """The installation of the environment, whose database need not be there yet."""
    settings = Settings.from_env()
    vault = Vault(settings.installation_key or read_installation_key(settings.home))
    return Installation(make_engine(settings.database_url), vault, settings, Clock())


def _verify(installation: Installation, slug: str) -> Report:
    with progress_bar(" entries") as progress:
        report = verify_book(installation, slug, progress)
    if report.verdict is Verdict.FINE:
        click.echo(f"{slug}: all is well, {report.size:,} entries, root {report.root}.")
        return report
    for finding in report.findings:
        click.echo(f"{slug}: {finding}", err=True)
    reason = report.obstacle or counted(report.finding_count, "finding")
    click.echo(f"{slug}: not as it should be: {reason}", err=True)
    return report
