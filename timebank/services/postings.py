"""What is posted: a command, in what capacities, and by which key it may be repeated.

There is one of each for every entry, so they are structs, which are made in one step.
"""

import msgspec

from timebank.flows.command import Command
from timebank.store.requests import NewHolder, NewSigningKey


class Idempotency(msgspec.Struct, frozen=True):
    """By what a repeated request is known: the app's key, and what it asked.

    ``command`` is the validated command in some canonical form.
    """

    app: str
    key: str
    method: str
    path: str
    command: bytes

    def __repr__(self) -> str:
        """Without the key, and without what was asked."""
        return f"Idempotency(app={self.app!r}, method={self.method!r}, path={self.path!r})"


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """A command to be posted: in what capacities, and by which key it may be repeated.

    ``key_id`` names the API key of whoever asked, where that is to be valid still when the command
    is decided on.
    """

    command: Command
    by: tuple[str, ...]
    idempotency: Idempotency | None = None
    attached: NewHolder | NewSigningKey | None = None
    key_id: str | None = None
