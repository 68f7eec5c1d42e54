"""Hashes, blinded references and keys, from the definitions in docs/FORMAT.md and nothing else.

Neither this nor what makes vectors of it imports anything of timebank, so that none of them can be
wrong in the way of the other.
"""

from base64 import b64encode, urlsafe_b64encode
from hashlib import sha256
from typing import Any, TypeAlias

Vector: TypeAlias = dict[str, Any]

ORIGIN = "timebank.example.org/log/cuizhuyuan"
OTHER_ORIGIN = "timebank.example.org/log/cuizhuyuan-2"
KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
SALT = bytes(range(64, 96))


def hash_of(data: bytes) -> bytes:
    return sha256(data).digest()


def leaf_hash(data: bytes) -> bytes:
    return hash_of(b"\x00" + data)


def node_hash(left: bytes, right: bytes) -> bytes:
    return hash_of(b"\x01" + left + right)


def split(leaves: list[bytes]) -> int:
    """Largest power of two below the number of leaves."""
    power = 1
    while power * 2 < len(leaves):
        power *= 2
    return power


def tree_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, over leaf hashes."""
    if not leaves:
        return hash_of(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = split(leaves)
    return node_hash(tree_root(leaves[:k]), tree_root(leaves[k:]))


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(leaves)
    if index < k:
        return [*path(index, leaves[:k]), tree_root(leaves[k:])]
    return [*path(index - k, leaves[k:]), tree_root(leaves[:k])]


def subproof(size: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, 2.1.2."""
    if size == len(leaves):
        return [] if whole else [tree_root(leaves)]
    k = split(leaves)
    if size <= k:
        return [*subproof(size, leaves[:k], whole=whole), tree_root(leaves[k:])]
    return [*subproof(size - k, leaves[k:], whole=False), tree_root(leaves[:k])]


def hmac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 of RFC 2104, for keys of at most 64 bytes."""
    padded = key.ljust(64, b"\x00")
    inner = bytes(byte ^ 0x36 for byte in padded)
    outer = bytes(byte ^ 0x5C for byte in padded)
    return hash_of(outer + hash_of(inner + message))


def key_hash(origin: str, key: bytes) -> bytes:
    return hash_of(b"timebank/key/v1" + b"\x00" + origin.encode() + b"\x00" + key)


def month_key(key: bytes, origin: str, month: str) -> bytes:
    parts = b"timebank/month/v1" + b"\x00" + origin.encode() + b"\x00" + month.encode()
    return hmac(key, parts)


def blinded(key: bytes, origin: str, seq: int, leg: int, side: int) -> str:
    place = seq.to_bytes(8, "big") + leg.to_bytes(2, "big") + side.to_bytes(1, "big")
    parts = b"timebank/ref/v1" + b"\x00" + origin.encode() + b"\x00" + place
    return urlsafe_b64encode(hmac(key, parts)).decode().rstrip("=")


def commitment(salt: bytes, origin: str, seq: int, index: int, canonical: str) -> bytes:
    place = seq.to_bytes(8, "big") + index.to_bytes(2, "big")
    return hash_of(b"\x22" + salt + origin.encode() + b"\x00" + place + canonical.encode())


def vkey(name: str, public_key: bytes, *, type_byte: int = 1, id_shift: int = 0) -> str:
    typed_key = type_byte.to_bytes(1, "big") + public_key
    key_id = hash_of(name.encode() + b"\x0a" + typed_key)[id_shift : id_shift + 4]
    return f"{name}+{key_id.hex()}+{b64encode(typed_key).decode()}"


def flipped(data: bytes, bit: int = 0) -> bytes:
    """The same bytes with one bit changed."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
