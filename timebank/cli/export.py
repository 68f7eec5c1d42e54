"""``timebank export``: a book, to be kept or checked by anybody, or read by hledger."""

import sys
from typing import Final

import click

from timebank.cli.home import book_option, example, opened
from timebank.services.export import export_entries
from timebank.services.hledger import export_hledger

_EXPORTS: Final = {"entries": export_entries, "hledger": export_hledger}


@click.command(
    epilog=example(
        "timebank export --book demo > demo.jsonl",
        "timebank export --book demo --format hledger > demo.journal",
        "hledger -f demo.journal check --strict",
    )
)
@book_option
@click.option(
    "--format", "format_", type=click.Choice(tuple(_EXPORTS)), default="entries", show_default=True
)
def export(slug: str, format_: str) -> None:
    """Write a book to stdout.

    As entries, that is the public log: the bytes of all entries, one a line, no names, nothing
    private. timebank verify FILE checks it.

    As hledger, it is a plain-text journal with the same balances, those asserted that each close
    states. It calls members by their numbers: this is private.
    """
    with opened() as installation:
        for line in _EXPORTS[format_](installation, slug):
            sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
