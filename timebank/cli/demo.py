"""``timebank demo``: a community to look at, with a year of everything."""

import click

from timebank.cli.home import example, opened
from timebank.cli.progress import progress_bar
from timebank.demo.community import SEED, Demo
from timebank.demo.size import FULL, SIZES
from timebank.services.demo import SLUG, open_demo_book


@click.command(epilog=example("timebank demo", "timebank demo --size small --book playground"))
@click.option("--book", "slug", default=SLUG, show_default=True, metavar="SLUG", help="Its name.")
@click.option("--size", default=FULL.name, show_default=True, type=click.Choice(sorted(SIZES)))
@click.option(
    "--seed", default=SEED, show_default=True, type=click.IntRange(0, 999_999), help="Of chance."
)
def demo(slug: str, size: str, seed: int) -> None:
    """Open a book with an invented community and a year of its life, 2025.

    The same size and seed give the same log, byte for byte, keys and salts included: everybody can
    read and sign for it, so never use it for real people. Its origin ends in demo.invalid to say
    so. In full it takes up to a minute; what was interrupted goes on where it was.
    """
    with opened() as installation, progress_bar("day") as tell:
        book = open_demo_book(installation, Demo(SIZES[size], seed), slug=slug, tell=tell)
    click.echo(f"Opened the demo book {book.slug}, origin {book.origin}.")
