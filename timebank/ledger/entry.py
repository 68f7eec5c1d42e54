"""Entries as bytes: decoding what the log holds, and writing a draft into its place.

Entry bytes are RFC 8785 (JCS) of one object in the subset of docs/FORMAT.md. What was parsed,
encoded again, must give the same bytes, so that there is one way to write an entry and no room
for anything that a reader might overlook.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from timebank.errors import NotCanonicalError, TooLargeError
from timebank.ledger import codes, encoding, seals
from timebank.ledger.encoding import MAX_ENTRY_BYTES, MAX_INTEGER
from timebank.ledger.hashing import HASH_BYTES
from timebank.ledger.model import Draft, DraftLeg, Entry, Leg, Owners, Place
from timebank.ledger.tuples import new
from timebank.ledger.viewing import FROM, TO, Blinder, Side

MAX_LEGS = 64
MAX_SEALS = 64
MAX_CAPACITIES = 4
VERSION = 1

_NO_REFERENCE: Final = "not an account reference"

_decode: Final = msgspec.json.Decoder(Entry).decode
_encode: Final = msgspec.json.Encoder(order="sorted").encode

_KNOWN: Final = 4_096
"""How many combinations of codes are remembered as well formed; a book has few of them."""


class Written(NamedTuple):
    """A draft in its place: the entry, its bytes, and what opens its seals in order.

    ``salts`` are 32 bytes each, ``details`` the JCS of what is sealed.
    """

    entry: Entry
    body: bytes
    salts: tuple[bytes, ...]
    details: tuple[bytes, ...]


def encode_entry(entry: Entry) -> bytes:
    """The canonical bytes of an entry. Raises NotCanonicalError, TooLargeError."""
    check_entry(entry)
    return _to_bytes(entry)


def decode_entry(body: bytes) -> Entry:
    """Read an entry from its bytes. Raises NotCanonicalError for anything but canonical bytes."""
    if len(body) > MAX_ENTRY_BYTES:
        raise NotCanonicalError(f"over {MAX_ENTRY_BYTES} bytes")
    try:
        entry = _decode(body)
        again = _encode(entry)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise NotCanonicalError(str(error) or type(error).__name__) from error
    if again != body:
        raise NotCanonicalError("encoding it again gives other bytes")
    check_entry(entry)
    return entry


def reread_entry(body: bytes) -> Entry:
    """Read an entry again whose bytes :func:`decode_entry` took, maybe with its line end."""
    return _decode(body)


def check_entry(entry: Entry) -> None:
    """Check the grammar of every field. Raises NotCanonicalError.

    Whether the entry is allowed in its book is for the rules, not decided here.
    """
    _check_parts(entry)
    if len(entry.prev) != HASH_BYTES:
        raise NotCanonicalError("prev is not the base64 of 32 bytes")
    for leg in entry.legs:
        for reference in (leg.from_, leg.to):
            _, mark, part = reference.partition("#")
            if mark and not codes.is_blinded(part):
                raise NotCanonicalError(_NO_REFERENCE)
    for seal in entry.seals:
        if len(seal) != HASH_BYTES:
            raise NotCanonicalError("a seal is not the base64 of 32 bytes")


def _to_bytes(entry: Entry) -> bytes:
    body = _encode(entry)
    if len(body) > MAX_ENTRY_BYTES:
        raise TooLargeError("entry", MAX_ENTRY_BYTES, "bytes")
    return body


def _check_parts(entry: Entry) -> None:
    """Check all but the hashes and the blinded parts, which whoever writes an entry has made."""
    _check_heading(entry.v, entry.book, entry.kind, entry.day, entry.posted, entry.by)
    if not 0 <= entry.seq <= MAX_INTEGER:
        raise NotCanonicalError("seq is out of range")
    if len(entry.legs) > MAX_LEGS:
        raise NotCanonicalError(f"more than {MAX_LEGS} legs")
    for leg in entry.legs:
        from_, to = leg.from_, leg.to
        _check_codes(leg.commodity, leg.lot, from_.partition("#")[0], to.partition("#")[0])
        if from_ == to:
            raise NotCanonicalError("from and to are the same")
        if not 1 <= leg.amount <= MAX_INTEGER:
            raise NotCanonicalError("amount is out of range")
    if entry.public:
        encoding.check(entry.public, depth=2)
    if len(entry.seals) > MAX_SEALS:
        raise NotCanonicalError(f"more than {MAX_SEALS} seals")


@lru_cache(maxsize=_KNOWN)
def _check_heading(  # noqa: PLR0913, PLR0917  what thousands of entries have in common
    v: int, book: str, kind: str, day: str, posted: str, by: tuple[str, ...]
) -> None:
    _demand(v == VERSION, "v is not 1")
    _demand(codes.is_origin(book), "book is not an origin")
    _demand(codes.is_kind(kind), "kind is not a tag")
    _demand(codes.is_day(day) and codes.is_day(posted), "day or posted is not a day")
    _demand(1 <= len(by) <= MAX_CAPACITIES, f"by needs 1 to {MAX_CAPACITIES} capacities")
    _demand(all(map(codes.is_capacity, by)), "by has something that is no capacity")
    _demand(len(set(by)) == len(by), "by names a capacity twice")


@lru_cache(maxsize=_KNOWN)
def _check_codes(commodity: str, lot: str, from_account: str, to_account: str) -> None:
    _demand(codes.is_commodity(commodity), "commodity is not a commodity code")
    _demand(not lot or codes.is_code(lot), "lot is not a lot code")
    _demand(codes.is_code(from_account) and codes.is_code(to_account), _NO_REFERENCE)


def _demand(holds: bool, reason: str) -> None:  # noqa: FBT001  reads as a sentence at each call
    if not holds:
        raise NotCanonicalError(reason)


def owners_of(draft: Draft) -> Owners:
    """The owners of each leg, in order."""
    return tuple((leg.from_.owner, leg.to.owner) for leg in draft.legs)


def write_entry(  # noqa: PLR0913  a place in the log has this many parts
    draft: Draft,
    *,
    origin: str,
    seq: int,
    prev: bytes,
    posted: str,
    by: tuple[str, ...],
    blinder: Callable[[int], Blinder],
    salts: tuple[bytes, ...],
) -> Written:
    """Give a draft its place in the log.

    ``blinder`` maps an owner to what makes that holder's references in the month of ``posted``;
    ``salts`` are as many fresh random 32-byte strings as the draft has details. Raises
    NotCanonicalError or TooLargeError when the entry would lie outside the format.
    """
    # Of lists, as a generator that counts is no loop once it is compiled.
    legs = [_write_leg(leg, seq, index, blinder) for index, leg in enumerate(draft.legs)]
    details = tuple(encoding.encode(item) for item in draft.details)
    commitments = [
        seals.commitment_of_bytes(salts[index], origin, seq, index, encoded)
        for index, encoded in enumerate(details)
    ]
    entry = Entry(
        v=VERSION,
        book=origin,
        seq=seq,
        prev=prev,
        kind=draft.kind,
        day=draft.day,
        posted=posted,
        by=by,
        legs=tuple(legs),
        public=draft.public,
        seals=tuple(commitments),
    )
    _check_parts(entry)
    return new(Written, (entry, _to_bytes(entry), salts, details))


def _write_leg(leg: DraftLeg, seq: int, index: int, blinder: Callable[[int], Blinder]) -> Leg:
    amount, commodity, lot, from_, to = leg
    return Leg(
        amount=amount,
        commodity=commodity,
        from_=_write_reference(from_, seq, index, FROM, blinder),
        to=_write_reference(to, seq, index, TO, blinder),
        lot=lot,
    )


def _write_reference(
    place: Place, seq: int, index: int, side: Side, blinder: Callable[[int], Blinder]
) -> str:
    """The reference of one side of a leg; that of a continuation is there already."""
    account, owner, part = place
    if owner and not part:
        part = blinder(owner)(seq, index, side)
    return codes.join_reference(account, part)
