"""The values of the ledger: legs, entries, drafts and what definitions define.

Everything here is frozen. Amounts are integers in the commodity's smallest unit, from 1 to
2^53-1; days are ``YYYY-MM-DD`` in the book's time zone; an empty ``lot`` means that the
commodity has no lots; the owner 0 means that nobody in particular owns that side of a leg.
"""

from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import msgspec

from timebank.ledger.encoding import MAX_INTEGER

Amount = Annotated[int, msgspec.Meta(ge=1, le=MAX_INTEGER)]
Owners = tuple[tuple[int, int], ...]
"""Per leg the holder behind its ``from`` and its ``to`` side, 0 where there is none or unknown."""


class Leg(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    rename={"from_": "from"},
):
    """One movement of ``amount`` from one account (credited) to another (debited).

    ``from_`` and ``to`` are references: a public code (``stock:yicang``) or a control account
    with a part (``members#x3k...``).
    """

    amount: Amount
    commodity: str
    from_: str
    to: str
    lot: str = ""


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry as the log holds it; its fields are the keys of docs/FORMAT.md.

    Hashes, which stand in the log as base64, are bytes here.
    """

    v: int
    book: str
    seq: int
    prev: bytes
    kind: str
    day: str
    posted: str
    by: tuple[str, ...]
    legs: tuple[Leg, ...]
    public: dict[str, Any]
    seals: tuple[bytes, ...]


class Place(NamedTuple):
    """One side of a draft's leg: an account, its owner, and the reference if it is repeated.

    ``blinded`` is set only in a continuation, which repeats the 43 characters of an earlier leg.
    """

    account: str
    owner: int = 0
    blinded: str = ""


class DraftLeg(NamedTuple):
    """A leg that has no place in the log yet, so that its references are not blinded yet."""

    amount: int
    commodity: str
    lot: str
    from_: Place
    to: Place


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An entry before it has a place in the log.

    ``details`` holds one object per seal of the kind: what is private, kept outside the log.
    """

    kind: str
    day: str
    legs: tuple[DraftLeg, ...] = ()
    public: dict[str, Any] = {}
    details: tuple[dict[str, Any], ...] = ()


class Key(NamedTuple):
    """What a balance belongs to; owner 0 is the whole account."""

    account: str
    owner: int
    commodity: str
    lot: str


class TallyKey(NamedTuple):
    """What a member has earned, or redeemed, on a day; the empty day counts all days."""

    tally: str
    owner: int
    commodity: str
    day: str


class Balance(NamedTuple):
    """Two growing sums, 0 to 2^53-1 each: what came in (debits), what went out (credits)."""

    debits: int = 0
    credits: int = 0

    @property
    def net(self) -> int:
        """What is there now: positive, or negative within a limit or on a boundary account."""
        return self.debits - self.credits


ZERO = Balance()


@dataclass(frozen=True, slots=True)
class Limit:
    """How far below zero an account may go in a commodity: ``amount`` >= 0."""

    commodity: str
    amount: int


@dataclass(frozen=True, slots=True)
class Account:
    """A container that was opened by the entry ``opened``; ``closed`` is 0 while it is open."""

    code: str
    type: str
    opened: int
    title: str = ""
    limits: tuple[Limit, ...] = ()
    closed: int = 0


@dataclass(frozen=True, slots=True)
class Commodity:
    """What is counted; ``scale`` is the number of decimals people see."""

    code: str
    kind: str
    scale: int
    seq: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class Lot:
    """A batch of goods or a fund of money; ``facts`` are those of ``lot.registered``."""

    commodity: str
    code: str
    seq: int
    facts: dict[str, Any]


class Holder(msgspec.Struct, frozen=True):
    """A member, carrier or stall. ``number`` is the seq of the entry that enrolled it.

    ``name`` is how errors call it: empty in replay, the member id in the service.
    """

    number: int
    kind: str
    key_hash: str
    limits: tuple[Limit, ...] = ()
    left: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """Settings that take force on the day ``in_force``, set by the entry ``seq``."""

    seq: int
    in_force: str
    settings: tuple[dict[str, Any], ...]
