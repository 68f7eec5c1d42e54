"""Cells of tables that people open in a spreadsheet, which runs what looks like a formula."""

import re
from typing import Final

Cell = str | int | None

_BEGINNINGS: Final = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Those of formulas. The last four are =, +, - and @ as wide as a Chinese character."""

_is_figure: Final = re.compile(r"-[0-9]+(?:[.:][0-9]+)?").fullmatch
"""Amounts below zero, as ``timebank.ledger.amounts`` writes them."""


def harmless(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula; figures stay what they are.

    Names and titles are whatever somebody entered. One that begins like a formula gets an
    apostrophe before it, as the OWASP page on CSV injection says.
    """
    if isinstance(cell, str) and cell.startswith(_BEGINNINGS):
        return cell if _is_figure(cell) else f"'{cell}"
    return cell
