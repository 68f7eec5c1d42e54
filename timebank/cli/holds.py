"""``timebank holds``: what is to be done about holds every day."""

import click

from timebank.cli.home import counted, example, opened
from timebank.errors import TimebankError
from timebank.services.books import list_books
from timebank.services.expired_holds import release_expired
from timebank.services.installation import Installation


@click.group()
def holds() -> None:
    """Look after amounts that are set aside."""


@holds.command(
    "release-expired",
    epilog=example("timebank holds release-expired", "timebank holds release-expired --book demo"),
)
@click.option("--book", "slug", metavar="SLUG", help="Only in this book; in all by default.")
@click.pass_context
def release(context: click.Context, slug: str | None) -> None:
    """Give back what is on hold beyond its last day, in the day of each book's time zone.

    To be run every day; to run it twice, or while another runs, does no harm. Exit status 1 says
    that a hold or a book could not be looked after; the others were.
    """
    with opened() as installation:
        slugs = [book.slug for book in list_books(installation)] if slug is None else [slug]
        refused = sum([_release(installation, one) for one in slugs])
    if refused:
        context.exit(1)


def _release(installation: Installation, slug: str) -> int:
    """Release those of one book; give how often something spoke against it, which is told."""
    try:
        released = release_expired(installation, slug)
    except TimebankError as error:
        click.echo(f"{slug}: {error}", err=True)
        return 1  # The other books do not wait for this one.
    click.echo(f"{slug}: released {counted(released.count, 'hold')}.")
    for seq, refusal in released.refused:
        click.echo(f"{slug}: entry {seq}: {refusal}", err=True)
    return len(released.refused)
