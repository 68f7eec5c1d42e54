"""Names and verifier keys of Ed25519 note signers, as c2sp.org/signed-note says.

key id = first 4 bytes of SHA-256(name ‖ 0A ‖ 01 ‖ public key), where 01 is the byte of the Ed25519
signature type and the public key has 32 bytes. The key of a book's log has the origin as name.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from timebank.errors import MalformedError, NotCanonicalError
from timebank.ledger.encoding import from_base64, to_base64
from timebank.ledger.hashing import HASH_BYTES, check_length

_ED25519: Final = b"\x01"
_KEY_ID_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Whose signature, and the public key (32 bytes) that checks it."""

    name: str
    public_key: bytes


def is_key_name(name: str) -> bool:
    """Whether it is not empty, and has no Unicode space, no plus and no control character."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return bool(name) and not any(
        character.isspace() or character < " " or character == "+" for character in name
    )


def key_id(name: str, public_key: bytes) -> bytes:
    """SHA-256(name ‖ 0A ‖ 01 ‖ public key), the first 4 bytes."""
    if not is_key_name(name):
        raise MalformedError("name", "must not be empty nor have spaces, '+' or control characters")
    check_length(public_key, field="public_key")
    return sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:_KEY_ID_BYTES]


def vkey(name: str, public_key: bytes) -> str:
    """``name+hex(key id)+base64(01 ‖ public key)``: how a verifier key is written."""
    return f"{name}+{key_id(name, public_key).hex()}+{to_base64(_ED25519 + public_key)}"


def parse_vkey(text: str) -> VerifierKey:
    """Read an Ed25519 verifier key, in the one form that :func:`vkey` writes.

    Raises :class:`MalformedError` on any other: wrong base64, another signature type, an id that
    does not belong to name and key, upper-case hexadecimal.
    """
    name, _, rest = text.partition("+")
    encoded = rest.partition("+")[2]
    try:
        typed_key = from_base64(encoded, len(_ED25519) + HASH_BYTES)
    except NotCanonicalError as error:
        raise MalformedError("vkey", error.reason) from error
    key = VerifierKey(name, typed_key.removeprefix(_ED25519))
    if not typed_key.startswith(_ED25519):
        raise MalformedError("vkey", "is not of an Ed25519 key")
    if vkey(key.name, key.public_key) != text:
        raise MalformedError("vkey", "has a key id that is not of this name and key")
    return key
