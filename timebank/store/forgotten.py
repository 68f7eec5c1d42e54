"""The list of the forgotten: who must be erased again after an older backup was restored.

It is kept outside the database, in ``TIMEBANK_HOME/forgotten.jsonl``: one line of canonical JSON
for each holder, ``{"key_hash":<base64>,"origin":<origin>}``. Lines are only ever added. The hash
of a viewing key stands in the public log anyhow and leads to nobody once the key is gone.
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from timebank.errors import ConfigurationError, NotCanonicalError
from timebank.ledger.encoding import decode, encode, from_base64, to_base64
from timebank.ledger.hashing import HASH_BYTES
from timebank.store.files import make_private_folder, sync_folder

FILE_NAME: Final = "forgotten.jsonl"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A holder to be forgotten: the origin of the book, and the hash of the viewing key."""

    origin: str
    key_hash: bytes


def read(home: Path) -> list[Forgotten]:
    """List the forgotten in the order in which they were; none where there is no list.

    A last line without its end was cut off by a power cut before :func:`append` returned, so it
    does not count. Raises :class:`ConfigurationError` when a line is not what it should be.
    """
    path = home / FILE_NAME
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return []
    return [_parse(line, f"{path}:{number}") for number, line in enumerate(lines, 1)]


def append(home: Path, forgotten: Forgotten) -> None:
    """Add a holder to the list; when this returns, the line is on the disk.

    To be done right after the holder was erased from the database; if the power goes in between,
    the next start adds whom the database knows to be forgotten. A holder may be in it twice.
    """
    make_private_folder(home)
    line = encode({"key_hash": to_base64(forgotten.key_hash), "origin": forgotten.origin})
    descriptor = os.open(home / FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _drop_unfinished_line(file)
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(home)


def _parse(line: bytes, place: str) -> Forgotten:
    try:
        match decode(line):
            case {"key_hash": str(key_hash), "origin": str(origin), **others} if not others:
                return Forgotten(origin, from_base64(key_hash, HASH_BYTES))
    except NotCanonicalError as error:
        raise ConfigurationError(place, "is not a line of this list") from error
    raise ConfigurationError(place, "is not a line of this list")


def _drop_unfinished_line(file: BinaryIO) -> None:
    whole = file.read().rpartition(b"\n")
    file.truncate(len(whole[0] + whole[1]))
