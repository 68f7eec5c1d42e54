"""Seals: commitments in the log to private details that are kept outside it.

A seal shows nothing until it is opened with its salt and details; erase these two and it never
can be. The salt is 32 fresh random bytes for each seal, since details alone could be guessed.
"""

from hashlib import sha256
from typing import NamedTuple

from timebank.errors import ProofError
from timebank.ledger.encoding import Value, encode
from timebank.ledger.hashing import check_length, place


class Opening(NamedTuple):
    """What opens a seal: its salt (32 bytes) and its details."""

    salt: bytes
    details: Value


def commitment(salt: bytes, origin: str, seq: int, index: int, details: Value) -> bytes:
    """SHA-256(22 ‖ salt ‖ origin ‖ 00 ‖ u64be(seq) ‖ u16be(index) ‖ JCS(details)), 32 bytes.

    22 and 00 are bytes in hexadecimal. ``index`` is the seal's place in the entry, from 0. Raises
    :class:`NotCanonicalError` when canonical JSON cannot say the details.
    """
    return commitment_of_bytes(salt, origin, seq, index, encode(details))


def commitment_of_bytes(salt: bytes, origin: str, seq: int, index: int, details: bytes) -> bytes:
    """The same of details that are encoded already."""
    check_length(salt, field="salt")
    place_bytes = origin.encode("ascii") + b"\x00" + place(seq, index)
    return sha256(b"\x22" + salt + place_bytes + details).digest()


def verify_opening(seal: bytes, opening: Opening, *, origin: str, seq: int, index: int) -> None:
    """Raise :class:`ProofError` unless the opening opens this seal at this place in the log."""
    if commitment(opening.salt, origin, seq, index, opening.details) != seal:
        raise ProofError("the opening does not open this seal")
