"""What happened in a period, as reports count it: a reversal takes back what it reverses.

So what was spent on a category and reversed is nothing spent on it, and not something earned. A
reversal counts on its own day, as it does in the books: where that is in a later period than what
it reverses, it stands there as a negative figure.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec

from timebank.ledger.codes import split_reference
from timebank.ledger.model import Leg

_REVERSAL: Final = "reversal"


class Told(msgspec.Struct, frozen=True):
    """What reports read of an entry."""

    seq: int
    kind: str
    day: str
    legs: tuple[Leg, ...]
    public: dict[str, Any]


class Movement(NamedTuple):
    """What went from one account as a whole to another; negative where it was taken back."""

    from_: str
    to: str
    commodity: str
    lot: str
    amount: int


@dataclass(frozen=True, slots=True)
class Happening:
    """What an entry did, or as its reversal undid: then ``sign`` is -1, and else 1.

    ``kind``, ``facts`` and ``of`` are those of the entry that did it; ``seq`` and ``day`` those of
    the one that counts.
    """

    seq: int
    day: str
    of: int
    kind: str
    facts: dict[str, Any]
    movements: tuple[Movement, ...]
    sign: int


read_told: Final = msgspec.json.Decoder(Told).decode


def to_happening(entry: Told, body_of: Callable[[int], bytes]) -> Happening:
    """What an entry did; ``body_of`` gives the bytes of an earlier one."""
    if entry.kind != _REVERSAL:
        return _happening(entry, entry, 1)
    return _happening(entry, read_told(body_of(entry.public["reverses"])), -1)


def _happening(counted: Told, did: Told, sign: int) -> Happening:
    movements = tuple(
        Movement(
            split_reference(leg.from_)[0],
            split_reference(leg.to)[0],
            leg.commodity,
            leg.lot,
            sign * leg.amount,
        )
        for leg in did.legs
    )
    return Happening(counted.seq, counted.day, did.seq, did.kind, did.public, movements, sign)
