"""Amounts as people read and write them; the ledger itself knows only integers.

An amount of ``scale`` decimals is kept in the smallest unit: 1250 of a commodity with scale 2 is
``12.50``. Time is kept in minutes and written ``h:mm`` (90 is ``1:30``), unless its commodity has
decimals of its own, which then are decimals of an hour. The point is always ``.``, there are no
separators between thousands, and a minus is ``-``.
"""

import re
from typing import Final

from timebank.errors import MalformedError
from timebank.ledger.encoding import MAX_INTEGER

MINUTES_PER_HOUR: Final = 60

_CLOCK: Final = re.compile(r"(-?)(0|[1-9][0-9]{0,15}):([0-5][0-9])", re.ASCII)
_DECIMAL: Final = re.compile(r"(-?)(0|[1-9][0-9]{0,15})(?:\.([0-9]{1,6}))?", re.ASCII)


def format_amount(amount: int, scale: int, kind: str) -> str:
    """Write an amount in smallest units, or a balance, which may be negative, for people.

    ``scale`` and ``kind`` are those of the commodity. All decimals are written.
    """
    sign = "-" if amount < 0 else ""
    if _is_clock(scale, kind):
        hours, minutes = divmod(abs(amount), MINUTES_PER_HOUR)
        return f"{sign}{hours}:{minutes:02}"
    if scale == 0:
        return f"{sign}{abs(amount)}"
    whole, part = divmod(abs(amount), 10**scale)
    return f"{sign}{whole}.{part:0{scale}}"


def parse_amount(text: str, scale: int, kind: str) -> int:
    """Read what :func:`format_amount` writes, in smallest units, within ±(2^53-1).

    Decimals at the end may be left out (``12.5``), but none may be more than the commodity has:
    nothing is ever rounded. Raises :class:`MalformedError`.
    """
    amount = _parse_clock(text) if _is_clock(scale, kind) else _parse_decimal(text, scale)
    if abs(amount) > MAX_INTEGER:
        raise MalformedError("amount", "must be within ±(2^53-1) of the smallest unit")
    return amount


def _is_clock(scale: int, kind: str) -> bool:
    return kind == "time" and scale == 0


def _parse_clock(text: str) -> int:
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise MalformedError("amount", "must be hours and minutes, as in 1:30")
    sign, hours, minutes = found.groups()
    return int(f"{sign}1") * (int(hours) * MINUTES_PER_HOUR + int(minutes))


def _parse_decimal(text: str, scale: int) -> int:
    found = _DECIMAL.fullmatch(text)
    if found is None:
        raise MalformedError("amount", "must be a number such as 1250" + (".75" if scale else ""))
    sign, whole, part = found.groups(default="")
    if len(part) > scale:
        raise MalformedError("amount", f"must have at most {scale} decimals")
    return int(f"{sign}{whole}{part:0<{scale}}")
