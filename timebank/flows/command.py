"""What all commands have in common, and how a flow is put together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from timebank.flows.facts import Facts
from timebank.flows.needs import Needs
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
        facts["belongs"] = self.belongs
        return {name: value for name, value in facts.items() if value is not None}


C = TypeVar("C", bound=Command)


@dataclass(frozen=True, slots=True)
class Flow(Generic[C]):
    """One flow: its command and its two pure functions."""

    command: type[C]
    needs: Callable[[C], Needs]
    build: Callable[[C, Facts], Draft]
