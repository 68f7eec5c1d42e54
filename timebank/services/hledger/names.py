"""What things are called in a journal that hledger reads.

An account is called by its code. What a holder has in a control account is called
``<control>:<number>``, by the association's own number, of which anything but letters, digits and
``-``, ``_``, ``.`` is written as ``%`` and the hexadecimal bytes of its UTF-8. So no number ends
early, nests or begins a comment, and no two give the same name. Who was forgotten has no number
left and is called ``#<seq>``, by the entry that enrolled them; no number is written like that.
"""

from collections.abc import Collection
from typing import Final

from timebank.ledger.amounts import format_amount

_PLAIN: Final = "-_."


def escape_number(number: str) -> str:
    """Write a number as one part of an account name, by which it can be told from all others."""
    return "".join(
        letter if letter.isalnum() or letter in _PLAIN else _escape(letter) for letter in number
    )


def subaccount(control: str, part: str, codes: Collection[str]) -> str:
    """The name of a holder's part of a control account; ``codes`` are those of all accounts.

    A member whose number is ``held`` must not be taken for the account ``members:held``.
    """
    name = f"{control}:{part}"
    if any(code == name or code.startswith(f"{name}:") for code in codes):
        return f"{control}:{_escape(part[0])}{part[1:]}"
    return name


def forgotten(holder: int) -> str:
    """What stands for the number of somebody whose number was erased, or cannot be read."""
    return f"#{holder}"


def symbol(commodity: str, lot: str) -> str:
    """A commodity, and its lot where it has one, in double quotes."""
    return f'"{commodity} {lot}"' if lot else f'"{commodity}"'


def decimal(amount: int, scale: int) -> str:
    """Write an amount in the decimals of its commodity.

    Time without decimals of its own stays in minutes, since hledger does not read hours and
    minutes.
    """
    return format_amount(amount, scale, "points")


def commodity_directive(commodity: str, lot: str, scale: int) -> str:
    """Declare a commodity, showing by an example how many decimals it has."""
    return f"commodity 1000.{'0' * scale} {symbol(commodity, lot)}"


def _escape(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode())
