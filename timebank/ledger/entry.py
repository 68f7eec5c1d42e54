"""Entries as bytes: decoding what the log holds, and writing a draft into its place.

Entry bytes are RFC 8785 (JCS) of one object in the subset of docs/FORMAT.md. What was parsed,
encoded again, must give the same bytes, so that there is one way to write an entry and no room
for anything that a reader might overlook.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from timebank.errors import NotCanonicalError, TooLargeError
from timebank.ledger import codes, encoding, seals, viewing
from timebank.ledger.model import Draft, DraftLeg, Entry, Leg, Place
from timebank.ledger.seals import Opening

MAX_LEGS = 64
MAX_SEALS = 64
MAX_CAPACITIES = 4
HASH_BYTES = 32
VERSION = 1

_decoder = msgspec.json.Decoder(Entry)


@dataclass(frozen=True, slots=True)
class Written:
    """A draft in its place: the entry, its bytes, and the openings of its seals in order."""

    entry: Entry
    body: bytes
    openings: tuple[Opening, ...]


def encode_entry(entry: Entry) -> bytes:
    """The canonical bytes of an entry. Raises NotCanonicalError, TooLargeError."""
    check_entry(entry)
    body = msgspec.json.encode(entry, order="sorted")
    if len(body) > encoding.MAX_ENTRY_BYTES:
        raise TooLargeError("entry", encoding.MAX_ENTRY_BYTES, "bytes")
    return body


def decode_entry(body: bytes) -> Entry:
    """Read an entry from its bytes. Raises NotCanonicalError for anything but canonical bytes."""
    if len(body) > encoding.MAX_ENTRY_BYTES:
        raise NotCanonicalError(f"over {encoding.MAX_ENTRY_BYTES} bytes")
    try:
        entry = _decoder.decode(body)
        again = msgspec.json.encode(entry, order="sorted")
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise NotCanonicalError(str(error) or type(error).__name__) from error
    if again != body:
        raise NotCanonicalError("encoding it again gives other bytes")
    check_entry(entry)
    return entry


def check_entry(entry: Entry) -> None:
    """Check the grammar of every field. Raises NotCanonicalError.

    Whether the entry is allowed in its book is for the rules, not decided here.
    """
    _demand(entry.v == VERSION, "v is not 1")
    _demand(codes.is_origin(entry.book), "book is not an origin")
    _demand(0 <= entry.seq <= encoding.MAX_INTEGER, "seq is out of range")
    _demand(_is_hash(entry.prev), "prev is not the base64 of 32 bytes")
    _demand(codes.is_kind(entry.kind), "kind is not a tag")
    _demand(codes.is_day(entry.day) and codes.is_day(entry.posted), "day or posted is not a day")
    _check_capacities(entry.by)
    _demand(len(entry.legs) <= MAX_LEGS, f"more than {MAX_LEGS} legs")
    for leg in entry.legs:
        _check_leg(leg)
    encoding.check(entry.public, depth=2)
    _demand(len(entry.seals) <= MAX_SEALS, f"more than {MAX_SEALS} seals")
    _demand(all(map(_is_hash, entry.seals)), "a seal is not the base64 of 32 bytes")


def _check_capacities(by: tuple[str, ...]) -> None:
    _demand(1 <= len(by) <= MAX_CAPACITIES, f"by needs 1 to {MAX_CAPACITIES} capacities")
    _demand(all(map(codes.is_capacity, by)), "by has something that is no capacity")
    _demand(len(set(by)) == len(by), "by names a capacity twice")


def _check_leg(leg: Leg) -> None:
    _demand(codes.is_commodity(leg.commodity), "commodity is not a commodity code")
    _demand(not leg.lot or codes.is_code(leg.lot), "lot is not a lot code")
    _demand(
        codes.is_reference(leg.from_) and codes.is_reference(leg.to), "not an account reference"
    )
    _demand(leg.from_ != leg.to, "from and to are the same")
    _demand(1 <= leg.amount <= encoding.MAX_INTEGER, "amount is out of range")


def _is_hash(text: str) -> bool:
    try:
        encoding.from_base64(text, HASH_BYTES)
    except NotCanonicalError:
        return False
    return True


def _demand(holds: bool, reason: str) -> None:  # noqa: FBT001  reads as a sentence at each call
    if not holds:
        raise NotCanonicalError(reason)


def write_entry(  # noqa: PLR0913  a place in the log has this many parts
    draft: Draft,
    *,
    origin: str,
    seq: int,
    prev: bytes,
    posted: str,
    by: tuple[str, ...],
    month_key: Callable[[int], bytes],
    salts: tuple[bytes, ...],
) -> Written:
    """Give a draft its place in the log.

    ``month_key`` maps an owner to that holder's viewing key for the month of ``posted``; ``salts``
    are as many fresh random 32-byte strings as the draft has details. Raises NotCanonicalError
    or TooLargeError when the entry would lie outside the format.
    """
    openings = tuple(map(Opening, salts, draft.details))
    entry = Entry(
        v=VERSION,
        book=origin,
        seq=seq,
        prev=encoding.to_base64(prev),
        kind=draft.kind,
        day=draft.day,
        posted=posted,
        by=by,
        legs=tuple(
            _write_leg(leg, origin, seq, index, month_key) for index, leg in enumerate(draft.legs)
        ),
        public=draft.public,
        seals=tuple(
            encoding.to_base64(seals.commitment(opening.salt, origin, seq, index, opening.details))
            for index, opening in enumerate(openings)
        ),
    )
    return Written(entry, encode_entry(entry), openings)


def _write_leg(
    leg: DraftLeg, origin: str, seq: int, index: int, month_key: Callable[[int], bytes]
) -> Leg:
    def reference(place: Place, side: viewing.Side) -> str:
        if place.blinded or not place.owner:
            part = place.blinded
        else:
            part = viewing.blinded(month_key(place.owner), origin, seq, index, side)
        return codes.join_reference(place.account, part)

    return Leg(
        amount=leg.amount,
        commodity=leg.commodity,
        from_=reference(leg.from_, viewing.FROM),
        to=reference(leg.to, viewing.TO),
        lot=leg.lot,
    )
