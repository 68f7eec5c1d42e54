"""Values that several answers and queries have in common."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec

from timebank.api.calls import Call
from timebank.ledger.amounts import format_amount
from timebank.ledger.encoding import MAX_INTEGER, to_base64
from timebank.ledger.model import Limit
from timebank.services import chart
from timebank.services.pages import LIMIT, LIMIT_MAX
from timebank.services.posting import Posted

Day = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date"})]
Moment = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
Seq = Annotated[int, msgspec.Meta(ge=0, le=MAX_INTEGER)]
PageSize = Annotated[int, msgspec.Meta(ge=1, le=LIMIT_MAX, description="How many at most.")]

PAGE_SIZE: Final = LIMIT


class PageQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of a list; ``after`` is what the address of the next page says."""

    after: str = ""
    limit: PageSize = PAGE_SIZE


class LimitView(msgspec.Struct, frozen=True):
    """How far below zero an account or a member may go in a commodity."""

    commodity: str
    amount: int


class PostedView(msgspec.Struct, frozen=True, kw_only=True):
    """An entry in its place: its seq, and its bytes as the log keeps them, which are JSON."""

    seq: int
    leaf_hash: Annotated[str, msgspec.Meta(description="base64 of SHA-256(00 ‖ entry bytes)")]
    entry: Annotated[
        msgspec.Raw, msgspec.Meta(extra_json_schema={"$ref": "#/components/schemas/Entry"})
    ]


def to_posted(posted: Posted) -> PostedView:
    """An entry as the API shows it to whoever posted it."""
    return PostedView(
        seq=posted.seq,
        leaf_hash=to_base64(posted.leaf),
        entry=msgspec.Raw(posted.body),
    )


def to_limits(limits: Sequence[Limit]) -> tuple[LimitView, ...]:
    """Limits as the API shows them."""
    return tuple(LimitView(limit.commodity, limit.amount) for limit in limits)


class Figures:
    """Writes amounts of a book in the decimals of their commodities, for tables."""

    def __init__(self, call: Call[Any]) -> None:
        """Look up the commodities of the book that a call is about."""
        found = chart.list_commodities(call.installation, call.slug)
        self._commodities = {commodity.code: commodity for commodity in found}

    def format(self, amount: int, commodity: str) -> str:
        """Write an amount of this commodity."""
        known = self._commodities[commodity]
        return format_amount(amount, known.scale, known.kind)
