"""SHA-256 with a prefix for each use, so that a hash made for one use is no use for another.

==============  =======================================================
hash            bytes under SHA-256
==============  =======================================================
leaf            00 ‖ entry bytes                        (RFC 6962, 2.1)
node            01 ‖ left hash ‖ right hash             (RFC 6962, 2.1)
seal            22 ‖ …                                  (``seals``)
==============  =======================================================
"""

from hashlib import sha256
from struct import Struct
from struct import error as StructError  # noqa: N812 - its own name says nothing
from typing import Final

from timebank.errors import MalformedError

HASH_BYTES: Final = 32
"""Length of every hash, key and salt in the log, in bytes."""

EMPTY_ROOT: Final = sha256(b"").digest()
"""SHA-256 of nothing: the root of the empty tree, and ``prev`` of the first entry."""

_PLACE: Final = Struct(">QH")

_INNER_PAD: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD: Final = bytes(byte ^ 0x5C for byte in range(256))
_INNER_REST: Final = bytes([0x36] * (64 - HASH_BYTES))
_OUTER_REST: Final = bytes([0x5C] * (64 - HASH_BYTES))


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(00 ‖ data): the hash of an entry, 32 bytes."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(01 ‖ left ‖ right): the hash of an inner node over two of 32 bytes."""
    return sha256(b"\x01" + left + right).digest()


def hmac_blocks(key: bytes) -> tuple[bytes, bytes]:
    """The blocks that HMAC-SHA256 makes of a key of 32 bytes (RFC 2104, 2): inner and outer.

    HMAC(key, message) = SHA-256(outer ‖ SHA-256(inner ‖ message)). Where one key has many messages
    this takes half as long as ``hmac``, which makes the blocks anew for each.
    """
    return key.translate(_INNER_PAD) + _INNER_REST, key.translate(_OUTER_PAD) + _OUTER_REST


def hmac_of(blocks: tuple[bytes, bytes], message: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104) with the key of these blocks, 32 bytes."""
    inner, outer = blocks
    return sha256(outer + sha256(inner + message).digest()).digest()


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104) with a key of 32 bytes, 32 bytes."""
    return hmac_of(hmac_blocks(key), message)


def place(seq: int, index: int) -> bytes:
    """u64be(seq) ‖ u16be(index): a leg or a seal of an entry, 10 bytes."""
    try:
        return _PLACE.pack(seq, index)
    except StructError as error:
        raise MalformedError("seq", "must fit 64 bits, and the index 16") from error


def check_length(data: bytes, *, field: str) -> None:
    """Raise :class:`MalformedError` at ``field`` unless these are 32 bytes."""
    if len(data) != HASH_BYTES:
        raise MalformedError(field, f"must be {HASH_BYTES} bytes")
