"""Openings as they are kept: salt and details of a seal, under the keys of all its parties."""

from timebank.ledger import encoding
from timebank.ledger.model import Entry, Owners
from timebank.ledger.seals import Opening

SALT_BYTES = 32


def pack_opening(salt: bytes, details: bytes) -> bytes:
    """The plaintext of an opening: its salt (32 bytes), then JCS of its details."""
    return salt + details


def unpack_opening(plaintext: bytes) -> Opening:
    """The opening in a plaintext. Raises NotCanonicalError."""
    return Opening(plaintext[:SALT_BYTES], encoding.decode(plaintext[SALT_BYTES:]))


def parties_of(entry: Entry, owners: Owners) -> frozenset[int]:
    """The holders whose data keys encrypt the openings of an entry.

    They are the owners of its legs and, of an enrolment, the holder who is enrolled.
    """
    parties = {owner for sides in owners for owner in sides if owner}
    if entry.kind == "holder.enrolled":
        parties.add(entry.seq)
    return frozenset(parties)
