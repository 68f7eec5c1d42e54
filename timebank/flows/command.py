"""What all commands have in common, and how a flow is put together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from unicodedata import category

import msgspec
from msgspec.structs import astuple

from timebank.errors import MalformedError, NotCanonicalError
from timebank.flows.facts import Facts, Needs
from timebank.ledger import codes, encoding
from timebank.ledger.encoding import MAX_INTEGER
from timebank.ledger.model import Draft

Seq = Annotated[int, msgspec.Meta(ge=0, le=MAX_INTEGER)]
Memo = Annotated[str, msgspec.Meta(max_length=500)]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Command(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
):
    """A wish to post an entry; ``kind`` tells which. ``day`` is today where it is not given."""

    day: str | None = None


class PostedCommand(Command, frozen=True, kw_only=True):
    """A command that moves something: what its seal hides, and the closed day it belongs to.

    ``evidence`` are base64 SHA-256 of files kept elsewhere.
    """

    belongs: str | None = None
    memo: Memo = ""
    reference: Annotated[str, msgspec.Meta(max_length=100)] = ""
    evidence: Annotated[tuple[str, ...], msgspec.Meta(max_length=16)] = ()

    def private(self) -> dict[str, Any]:
        """What goes into the seal besides time and parties."""
        return {"memo": self.memo, "reference": self.reference, "evidence": list(self.evidence)}

    def public(self, **facts: Any) -> dict[str, Any]:  # noqa: ANN401  any canonical value
        """The given public facts that are set, and ``belongs``."""
        given = {**facts, "belongs": self.belongs}
        return {name: value for name, value in given.items() if value is not None}


_IDEOGRAPHS = range(0x20000, 0x3FFFE)

C = TypeVar("C", bound=Command)


@dataclass(frozen=True, slots=True)
class Flow(Generic[C]):
    """One flow: its command and its two pure functions."""

    command: type[C]
    needs: Callable[[C], Needs]
    build: Callable[[C, Facts], Draft]


def check_command(command: Command) -> None:
    """Raise MalformedError where days, evidence or texts of a command are not well formed."""
    for name, value in zip(command.__struct_fields__, astuple(command), strict=True):
        if type(value) is str and not (value.isascii() and value.isprintable()):
            check_text(value, name)
    if command.day is not None:
        codes.check_code("day", command.day, field="day")
    if isinstance(command, PostedCommand):
        if command.belongs is not None:
            codes.check_code("day", command.belongs, field="belongs")
        for index, item in enumerate(command.evidence):
            check_hash(item, f"evidence[{index}]")


def check_text(text: str, field: str) -> None:
    """Raise MalformedError unless the log can say the text, now and for ever.

    Canonical text is in Unicode normal form C. Of a character that is not assigned yet nobody
    knows its normal form, but for the planes of ideographs, which have none but themselves.
    """
    try:
        encoding.check(text)
    except NotCanonicalError as error:
        raise MalformedError(field, f"is {error.reason}") from error
    if not text.isascii() and any(map(_is_unassigned, text)):
        raise MalformedError(field, "is a string with a character that Unicode has not assigned")


def _is_unassigned(character: str) -> bool:
    return category(character) == "Cn" and ord(character) not in _IDEOGRAPHS


def check_hash(text: str, field: str) -> None:
    """Raise MalformedError unless it is the base64 of 32 bytes."""
    try:
        encoding.from_base64(text, 32)
    except NotCanonicalError as error:
        raise MalformedError(field, "must be the base64 of 32 bytes") from error
