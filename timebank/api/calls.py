"""A call of the API: who asks what of which book; and its answer."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import msgspec

from timebank.api.commands import KEY_PATTERN, Asked
from timebank.errors import MalformedError
from timebank.flows.command import Command
from timebank.services.access import Caller
from timebank.services.cells import Cell
from timebank.services.installation import Installation
from timebank.services.noted import method_of, path_of
from timebank.services.posting import Idempotency, Posting

InputT_co = TypeVar("InputT_co", covariant=True)
ValueT = TypeVar("ValueT")
CommandT = TypeVar("CommandT", bound=Command)

Row = Sequence[Cell]

PREFIX: Final = "/api/v1"
"""What all addresses of the API begin with."""

_KEY_HEADER: Final = "Idempotency-Key"
_KEY_VARIABLE: Final = "HTTP_IDEMPOTENCY_KEY"
_is_key: Final = re.compile(KEY_PATTERN).fullmatch


class Nothing(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A query without parameters, or a body without fields."""


class Call(msgspec.Struct, Generic[InputT_co], frozen=True):
    """A call about one book. ``input`` is the query of a GET, the body of a POST or PUT.

    ``environ`` is what the server says of it, ``entered`` who called; of public addresses it is
    nobody.
    """

    environ: dict[str, Any]
    installation: Installation
    slug: str
    entered: Caller | None
    input: InputT_co

    @property
    def caller(self) -> Caller:
        """Who called, at an address which is not public."""
        assert self.entered is not None
        return self.entered

    @property
    def address(self) -> str:
        """The address of the book."""
        return f"{PREFIX}/books/{self.slug}"

    def idempotency(self, canonical: bytes, *, required: bool = False) -> Idempotency | None:
        """By what a repetition of this call is known, where it has the header for it.

        ``canonical`` are the bytes of what it asks. Raises MalformedError.
        """
        key = self.environ.get(_KEY_VARIABLE)
        if key is None:
            if required:
                raise MalformedError(_KEY_HEADER, "is needed, as a header")
            return None
        if not _is_key(key):
            raise MalformedError(_KEY_HEADER, "must be 1 to 200 visible ASCII characters")
        return self.idempotency_of(key, canonical, path_of(self.environ))

    def idempotency_of(self, key: str, canonical: bytes, path: str) -> Idempotency:
        """By what a repetition of a command with this key is known, as if posted to ``path``."""
        return Idempotency(self.caller.app, key, method_of(self.environ), path, canonical)

    def posting(self, asked: Asked[CommandT], *, required: bool = False) -> Posting:
        """The command that was asked for, to be posted in the caller's capacities.

        ``required`` says whether the call must have an idempotency key. Raises MalformedError,
        CapacityError.
        """
        return Posting(
            command=asked.command,
            by=self.capacities(asked),
            idempotency=self.idempotency(asked.canonical, required=required),
            key_id=self.caller.key_id,
        )

    def capacities(self, asked: Asked[CommandT]) -> tuple[str, ...]:
        """The capacities of the entry that was asked for. Raises MalformedError, CapacityError."""
        kind = str(asked.command.__struct_config__.tag)
        return self.caller.capacities_for(kind, asked.by)


class Answer(msgspec.Struct, Generic[ValueT], frozen=True, kw_only=True):
    """An answer. ``created`` is the address of what was made, under that of the book.

    ``next_after`` is where the next page of a list begins, ``replayed`` whether the same was
    answered before.
    """

    value: ValueT
    created: str | None = None
    replayed: bool = False
    next_after: str | int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """An answer as rows of a table, under column headings."""

    columns: Sequence[str]
    rows: Iterable[Row]
