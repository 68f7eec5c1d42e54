"""What the journal is asked for, and what it answers.

There is one of each for every entry, so they are structs, which are made in one step.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from timebank.errors import TimebankError
from timebank.flows.command import Command
from timebank.ledger.model import Entry
from timebank.store.vault import HolderKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHolder:
    """What is private about somebody who is enrolled; it is stored with the entry."""

    member_id: str
    keys: HolderKeys
    number_digest: bytes
    contact: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSigningKey:
    """The Ed25519 key that signs the log from the entry on; ``private_key`` is its 32-byte seed."""

    private_key: bytes = field(repr=False)


class Idempotency(msgspec.Struct, frozen=True, kw_only=True):
    """By what a repeated request is known: HMACs of its key and of what it asked."""

    app: str
    key_digest: bytes
    request_digest: bytes

    def __repr__(self) -> str:
        """Without the digests."""
        return f"Idempotency(app={self.app!r})"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A command, in what capacities it is given, and what goes with it.

    ``key_id`` names the API key of whoever asks, where that is to be valid when it is decided.
    """

    command: Command
    by: tuple[str, ...]
    idempotency: Idempotency | None = None
    attached: NewHolder | NewSigningKey | None = None
    key_id: str | None = None


class Appended(msgspec.Struct, frozen=True):
    """An entry in its place. ``replayed`` says that an earlier request had put it there."""

    seq: int
    body: bytes
    leaf: bytes
    """The leaf hash of the body."""
    entry: Entry
    replayed: bool


Outcome = Appended | TimebankError
