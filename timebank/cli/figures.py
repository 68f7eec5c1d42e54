"""Figures in the decimals of their commodity, and tables as CSV or for the eye."""

import codecs
import csv
import sys
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final
from unicodedata import east_asian_width

import click

from timebank.ledger.amounts import format_amount
from timebank.services.cells import harmless
from timebank.services.chart import list_commodities
from timebank.services.installation import Installation

FORMATS: Final = ("text", "csv", "excel")
"""``excel`` is CSV that Excel knows to be in UTF-8, by the mark at its beginning."""

_BYTE_ORDER_MARK: Final = "\ufeff"

_in_utf_8: Final = codecs.getwriter("utf-8")


class Figures:
    """Writes amounts as people read them."""

    def __init__(self, installation: Installation, slug: str) -> None:
        """Look up what the book counts, and with how many decimals."""
        self._commodities = {item.code: item for item in list_commodities(installation, slug)}

    def show(self, amount: int, commodity: str) -> str:
        """Write an amount or a balance of a commodity."""
        found = self._commodities[commodity]
        return format_amount(amount, found.scale, found.kind)


def write_csv(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, for_excel: bool = False
) -> None:
    """Write a table to stdout, row by row, in UTF-8 whatever the locale says."""
    stdout = _in_utf_8(sys.stdout.buffer)
    if for_excel:
        stdout.write(_BYTE_ORDER_MARK)
    writer = csv.writer(stdout, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    sys.stdout.buffer.flush()


def write_text(header: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[str]]) -> None:
    """Write a table to stdout in columns; those of negative width are figures, set to the right."""
    for row in chain([header], rows):
        click.echo(_aligned(row, widths))


def width_of(text: str) -> int:
    """How many columns of a terminal a text takes; a Chinese character takes two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = []
    for cell, width in zip(row, widths, strict=True):
        space = " " * (abs(width) - width_of(cell))
        cells.append(cell + space if width > 0 else space + cell)
    return "  ".join(cells).rstrip()
