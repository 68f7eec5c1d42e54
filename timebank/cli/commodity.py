"""``timebank commodity``: what a book counts."""

from typing import Literal

import click

from timebank.cli.home import BY_SYSTEM, book_option, example, opened
from timebank.flows.definitions import DefineCommodity
from timebank.services.posting import Posting, post

Kind = Literal["time", "points", "money", "goods"]


@click.group()
def commodity() -> None:
    """Define what a book counts."""


@commodity.command(
    epilog=example(
        "timebank commodity add POINT --kind points --scale 0 --title 积分 --book cuizhuyuan"
    )
)
@click.argument("code")
@click.option(
    "--kind",
    required=True,
    type=click.Choice(["time", "points", "money", "goods"]),
    help="Time is kept in minutes; money needs funds, goods need batches.",
)
@click.option("--scale", type=click.IntRange(0, 6), default=0, show_default=True, help="Decimals.")
@click.option("--title", help="What people call it.")
@book_option
def add(code: str, kind: Kind, scale: int, title: str | None, slug: str) -> None:
    """Define the commodity CODE, for ever."""
    command = DefineCommodity(commodity=code, commodity_kind=kind, scale=scale, title=title)
    with opened() as installation:
        posted = post(installation, slug, Posting(command=command, by=BY_SYSTEM))
    click.echo(f"Entry {posted.seq} defines {code}.")
