"""Blinded references, and the viewing keys by which a holder finds their own legs.

A holder has one random key K of 32 bytes for all control accounts of the book. Its hash is
published when the holder is enrolled. From K follows a key for each month, and from that a
reference for each side of each leg, which links to nothing for whoever lacks the key.

The bytes of each are stated at its function; origin is ASCII, 00 and the sides are single bytes.
The tags end in ``v1``: another rule gets another tag.
"""

from binascii import b2a_base64
from functools import lru_cache
from hashlib import sha256
from struct import Struct
from struct import error as StructError  # noqa: N812 - its own name says nothing
from typing import Final, Literal, TypeAlias

from timebank.errors import MalformedError
from timebank.ledger.hashing import check_length, hmac_blocks, hmac_sha256

Side: TypeAlias = Literal[0, 1]
"""The side of a leg that a reference stands on."""

FROM: Final = 0
TO: Final = 1

_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_PLACE: Final = Struct(">QHB")


class Blinder:
    """Makes the references of one holder in one month; see :func:`blinded`.

    All that is hashed but the place is the same each time, so it is put together once.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes, origin: str) -> None:
        """Take the holder's key for the month."""
        check_length(key, field="month_key")
        inner, self._outer = hmac_blocks(key)
        self._inner = inner + _under("timebank/ref/v1", origin)

    def __call__(self, seq: int, leg: int, side: Side) -> str:
        """The reference of a place. Raises MalformedError where there can be no such place."""
        if side not in {FROM, TO}:
            raise MalformedError("side", "must be 0 (from) or 1 (to)")
        try:
            place = _PLACE.pack(seq, leg, side)
        except StructError as error:
            raise MalformedError("seq", "must fit 64 bits, and the leg 16") from error
        digest = sha256(self._outer + sha256(self._inner + place).digest()).digest()
        return b2a_base64(digest, newline=False)[:-1].translate(_URL_SAFE).decode("ascii")


def key_hash(origin: str, key: bytes) -> bytes:
    """SHA-256("timebank/key/v1" ‖ 00 ‖ origin ‖ 00 ‖ key): what enrolment publishes, 32 bytes."""
    check_length(key, field="key")
    return sha256(_under("timebank/key/v1", origin) + key).digest()


def month_key(key: bytes, origin: str, month: str) -> bytes:
    """HMAC-SHA256(key, "timebank/month/v1" ‖ 00 ‖ origin ‖ 00 ‖ month), 32 bytes.

    ``month`` is ``YYYY-MM``, that of the entry's ``posted``: see :func:`month_of`.
    """
    check_length(key, field="key")
    return hmac_sha256(key, _under("timebank/month/v1", origin) + month.encode("ascii"))


def blinded(key: bytes, origin: str, seq: int, leg: int, side: Side) -> str:
    """HMAC-SHA256(key, "timebank/ref/v1" ‖ 00 ‖ origin ‖ 00 ‖ u64be(seq) ‖ u16be(leg) ‖ side).

    ``key`` is the month's, ``leg`` counts from 0, ``side`` is :data:`FROM` or :data:`TO`. Given
    as base64url without padding, 43 characters: what follows ``#`` in a reference.
    """
    return Blinder(key, origin)(seq, leg, side)


def month_of(day: str) -> str:
    """Month of a day: ``YYYY-MM`` of ``YYYY-MM-DD``."""
    return day[:7]


@lru_cache(maxsize=256)
def _under(tag: str, origin: str) -> bytes:
    """Tag ‖ 00 ‖ origin ‖ 00."""
    return f"{tag}\0{origin}\0".encode("ascii")
