"""Commands as bodies of requests: what a flow takes, and in which capacities it is posted.

The body of a command has the command's own fields. It has ``by`` beside them, which is no part of
the command, and it lacks what the address says already, such as the seq of a hold to be released.
In a batch each item has its ``idempotency_key`` too.
"""

from collections.abc import Collection, Iterable, Mapping
from operator import attrgetter
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from msgspec.structs import fields

from timebank.flows.command import Command
from timebank.ledger.entry import MAX_CAPACITIES

CommandT = TypeVar("CommandT", bound=Command)

KEY_PATTERN: Final = r"^[!-~]{1,200}$(?!\n)"

By = Annotated[
    tuple[str, ...],
    msgspec.Meta(
        max_length=MAX_CAPACITIES,
        description="In which capacities besides the app's own: `staff:<role>:<number>`, as far "
        "as the API key covers them, or `member`. Where it is left out, those of the key.",
        examples=[["staff:treasurer:1"]],
    ),
]
IdempotencyKey = Annotated[
    str,
    msgspec.Meta(
        pattern=KEY_PATTERN,
        description="1 to 200 visible ASCII characters, chosen by the caller. The same key with "
        "the same content is answered as before, and done only once.",
    ),
]

_encode: Final = msgspec.json.Encoder(order="sorted").encode


class Asked(msgspec.Struct, Generic[CommandT], frozen=True):
    """What a body asks for. ``canonical`` are bytes that tell it from any other command."""

    command: CommandT
    by: tuple[str, ...]
    canonical: bytes


class CommandBody(Generic[CommandT]):
    """The body of one sort of command."""

    def __init__(  # noqa: PLR0913  all the ways in which bodies differ
        self,
        command: type[CommandT],
        name: str = "",
        *,
        without: Collection[str] = (),
        rename: Mapping[str, str] | None = None,
        tagged: bool = False,
        in_batch: bool = False,
    ) -> None:
        """Derive the body from the command.

        ``without`` are fields that the address gives, ``rename`` says how the body calls others,
        ``tagged`` whether the body names its kind.
        """
        self.command = command
        own = [info for info in fields(command) if info.name not in without]
        self._names = tuple(info.name for info in own)
        self._read = attrgetter(*self._names, "by")
        self.type = msgspec.defstruct(
            name or command.__name__,
            [*map(_definition, own), *_extra(in_batch=in_batch)],
            namespace={"__doc__": command.__doc__},
            rename=dict(rename or {}),
            tag_field="kind" if tagged else None,
            tag=command.__struct_config__.tag if tagged else None,
            forbid_unknown_fields=True,
            frozen=True,
            kw_only=True,
        )

    def asked(self, body: Any, **given: Any) -> Asked[CommandT]:  # noqa: ANN401  of the derived type
        """Split a decoded body into the command and its capacities; the address gave the rest."""
        *values, by = self._read(body)
        command = self.command(**dict(zip(self._names, values, strict=True)), **given)
        return Asked(command, by, _encode((command, by)))


class CommandBodies:
    """The bodies of several sorts of command, told apart by their ``kind``."""

    def __init__(self, commands: Iterable[type[Command]], *, in_batch: bool = False) -> None:
        """Derive the body of each."""
        suffix = "Item" if in_batch else ""
        self._bodies: dict[type[msgspec.Struct], CommandBody[Command]] = {}
        for command in commands:
            body = CommandBody(
                command, f"{command.__name__}{suffix}", tagged=True, in_batch=in_batch
            )
            self._bodies[body.type] = body

    @property
    def type(self) -> Any:  # noqa: ANN401  a union
        """The type that all of them are read as."""
        union: Any = None
        for one in self._bodies:
            union = one if union is None else union | one
        return union

    def asked(self, body: msgspec.Struct) -> Asked[Command]:
        """Split a decoded body into the command and its capacities."""
        return self._bodies[type(body)].asked(body)


def _definition(info: msgspec.structs.FieldInfo) -> tuple[Any, ...]:
    """A field as defstruct takes it."""
    if info.required:
        return (info.name, info.type)
    return (info.name, info.type, info.default)


def _extra(*, in_batch: bool) -> list[tuple[Any, ...]]:
    by = ("by", By, ())
    return [("idempotency_key", IdempotencyKey), by] if in_batch else [by]
