"""``timebank rebuild``: all that follows from the log, computed again."""

import click

from timebank.cli.home import book_option, example, opened
from timebank.cli.progress import progress_bar
from timebank.services.rebuild import rebuild_book


@click.command(epilog=example("timebank rebuild --book demo"))
@book_option
def rebuild(slug: str) -> None:
    """Drop what follows from the log of a book (balances, legs, turnovers, ...) and recompute it.

    The book is locked meanwhile, and nothing is changed if the log itself is broken. Run it when
    timebank verify finds something wrong outside the entries.
    """
    with opened() as installation, progress_bar(" entries") as progress:
        rebuilt = rebuild_book(installation, slug, progress)
    click.echo(f"Rebuilt {rebuilt.size} entries, root {rebuilt.root}.")
    if rebuilt.told:
        click.echo(f"{rebuilt.told} leg sides of forgotten members were taken as they stood.")
    if rebuilt.size_before > rebuilt.size:
        click.echo(
            f"Warning: the book had {rebuilt.size_before} entries and now has {rebuilt.size};"
            " if entries were lost, restore a backup.",
            err=True,
        )
