"""``timebank book``: opening and listing books, and the keys that sign them."""

import click

from timebank.cli.home import book_option, example, opened
from timebank.services import books


@click.group()
def book() -> None:
    """Open and list books."""


@book.command(
    "open",
    epilog=example("timebank book open cuizhuyuan --title 翠竹园互助会 --timezone Asia/Shanghai"),
)
@click.argument("slug")
@click.option("--title", required=True, help="What people call it.")
@click.option("--timezone", required=True, help="IANA time zone of its days: Asia/Shanghai.")
@click.option("--origin", help="Its public name for ever; default TIMEBANK_ORIGIN/log/SLUG.")
def open_(slug: str, title: str, timezone: str, origin: str | None) -> None:
    """Open the book SLUG.

    Its origin, a name such as timebank.example.org/log/cuizhuyuan, can never be changed.
    """
    with opened() as installation:
        opened_book = books.open_book(
            installation, slug=slug, title=title, time_zone=timezone, origin=origin
        )
    click.echo(f"Opened {opened_book.slug}, origin {opened_book.origin}.")


@book.command("list", epilog=example("timebank book list"))
def list_() -> None:
    """List all books: slug, origin, time zone, title."""
    with opened() as installation:
        for found in books.list_books(installation):
            click.echo(f"{found.slug}\t{found.origin}\t{found.time_zone}\t{found.title}")


@book.command("rotate-key", epilog=example("timebank book rotate-key --book cuizhuyuan"))
@book_option
def rotate_key(slug: str) -> None:
    """Sign the log with a new key from now on.

    The entry that says so is signed for by the old key, so whoever follows the log learns of the
    new one.
    """
    with opened() as installation:
        posted = books.rotate_key(installation, slug)
    click.echo(f"Entry {posted.seq} publishes the new key {posted.entry.public['vkey']}.")
