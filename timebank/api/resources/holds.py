"""Holds 冻结: amounts set aside until they are released or settled."""

from typing import Final

import msgspec

from timebank.api.calls import Answer, Call, Table
from timebank.api.commands import CommandBody
from timebank.api.operations import Resource
from timebank.api.values import PAGE_SIZE, Day, Figures, PageSize, PostedView, Seq, to_posted
from timebank.flows.holds import Hold as HoldCommand
from timebank.flows.holds import Release, Settle
from timebank.ledger.encoding import MAX_INTEGER
from timebank.services import holds
from timebank.services.holds import Hold
from timebank.services.posting import Posted, Posting, post

resource = Resource("holds", "Amounts set aside until they are released or settled. 冻结")

holding = CommandBody(HoldCommand, "HoldRequest")
release = CommandBody(Release, "ReleaseRequest", without=("hold",))
settlement = CommandBody(Settle, "SettlementRequest", without=("hold",))

_SEQ: Final = f"<int(max={MAX_INTEGER}):seq>"


class HoldsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which holds. ``parties`` asks whose they are; that and ``member`` take ``members``."""

    member: str | None = None
    parties: bool = False
    after: Seq = 0
    limit: PageSize = PAGE_SIZE


class HoldQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether to show whose it is, which takes the scope ``members``."""

    parties: bool = False


class HoldView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An amount on hold, and how much of it is left."""

    seq: int
    commodity: str
    amount: int
    remaining: int
    day: Day
    expires: Day | None = None
    member: str | None = None


class HoldPage(msgspec.Struct, frozen=True):
    """Some of the open holds of a book."""

    holds: tuple[HoldView, ...]


def to_table(call: Call[HoldsQuery], found: HoldPage) -> Table:
    """Holds as a table."""
    figures = Figures(call)
    columns = ("seq", "day", "expires", "member", "commodity", "amount", "remaining")
    rows = (
        (
            *(one.seq, one.day, one.expires, one.member, one.commodity),
            figures.format(one.amount, one.commodity),
            figures.format(one.remaining, one.commodity),
        )
        for one in found.holds
    )
    return Table(columns, rows)


@resource.get("/holds", scope="read", query=HoldsQuery, gives=HoldPage, table=to_table)
def list_holds(call: Call[HoldsQuery]) -> Answer[HoldPage]:
    """List the open holds in the order of their entries."""
    asked = call.input
    if asked.parties or asked.member is not None:
        call.caller.demand("members")
    page = holds.list_holds(
        call.installation,
        call.slug,
        member_id=asked.member,
        after=asked.after,
        limit=asked.limit,
        private=asked.parties,
    )
    return Answer(value=HoldPage(tuple(map(_to_view, page.items))), next_after=page.after)


@resource.get(f"/holds/{_SEQ}", scope="read", query=HoldQuery, gives=HoldView)
def get_hold(call: Call[HoldQuery], seq: int) -> Answer[HoldView]:
    """Show a hold, open or not."""
    if call.input.parties:
        call.caller.demand("members")
    found = holds.get_hold(call.installation, call.slug, seq, private=call.input.parties)
    return Answer(value=_to_view(found))


@resource.post("/holds", scope="post", takes=holding.type, gives=PostedView)
def hold(call: Call[msgspec.Struct]) -> Answer[PostedView]:
    """Set an amount of a member's aside."""
    posted = _post(call, call.posting(holding.asked(call.input), required=True))
    return _to_answer(posted, f"/holds/{posted.seq}")


@resource.post(f"/holds/{_SEQ}/release", scope="post", takes=release.type, gives=PostedView)
def release_hold(call: Call[msgspec.Struct], seq: int) -> Answer[PostedView]:
    """Give back what a hold still has, or a part of it."""
    asked = release.asked(call.input, hold=seq)
    posted = _post(call, call.posting(asked, required=True))
    return _to_answer(posted, f"/entries/{posted.seq}")


@resource.post(f"/holds/{_SEQ}/settlement", scope="post", takes=settlement.type, gives=PostedView)
def settle_hold(call: Call[msgspec.Struct], seq: int) -> Answer[PostedView]:
    """Pay what a hold still has, or a part of it, to a member or a group."""
    asked = settlement.asked(call.input, hold=seq)
    posted = _post(call, call.posting(asked, required=True))
    return _to_answer(posted, f"/entries/{posted.seq}")


def _post(call: Call[msgspec.Struct], posting: Posting) -> Posted:
    return post(call.installation, call.slug, posting)


def _to_answer(posted: Posted, created: str) -> Answer[PostedView]:
    return Answer(value=to_posted(posted), created=created, replayed=posted.replayed)


def _to_view(found: Hold) -> HoldView:
    return HoldView(
        seq=found.seq,
        commodity=found.commodity,
        amount=found.amount,
        remaining=found.remaining,
        day=found.day,
        expires=found.expires,
        member=found.member_id,
    )
