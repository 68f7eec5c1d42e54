"""``timebank export``: the log of a book, to be kept or checked by anybody."""

import sys

import click

from timebank.cli.home import book_option, example, opened
from timebank.services import export as exporting


@click.command(epilog=example("timebank export --book demo > demo.jsonl"))
@book_option
def export(slug: str) -> None:
    """Write the bytes of all entries to stdout, one entry a line.

    That is the public log: no names, nothing private. timebank verify FILE checks it.
    """
    with opened() as installation:
        for line in exporting.export_entries(installation, slug):
            sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
