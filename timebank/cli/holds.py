"""``timebank holds``: what is to be done about holds every day."""

import click

from timebank.cli.home import counted, example, opened
from timebank.services.books import list_books
from timebank.services.expired_holds import release_expired


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
    that a hold could not be released.
    """
    refused = 0
    with opened() as installation:
        slugs = [book.slug for book in list_books(installation)] if slug is None else [slug]
        for one in slugs:
            released = release_expired(installation, one)
            click.echo(f"{one}: released {counted(released.count, 'hold')}.")
            for seq, error in released.refused:
                click.echo(f"{one}: entry {seq}: {error}", err=True)
            refused += len(released.refused)
    if refused:
        context.exit(1)
