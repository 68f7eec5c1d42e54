"""Closes 结账: which periods are closed, with what totals."""

import msgspec

from timebank.api.calls import Answer, Call, Table
from timebank.api.commands import CommandBody
from timebank.api.operations import Resource
from timebank.api.values import PAGE_SIZE, Day, PageSize, PostedView, Seq, to_posted
from timebank.flows.periods import Close
from timebank.services.entries import EntryFilter, RecordedEntry, list_entries
from timebank.services.posting import post

resource = Resource("closes", "Periods that are closed: nothing is posted in them. 结账")
closing = CommandBody(Close)


class ClosesQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page; ``after`` is the seq of a close."""

    after: Seq = 0
    limit: PageSize = PAGE_SIZE


class TotalView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What there was of a commodity, and of a fund where it has any."""

    commodity: str
    amount: int
    lot: str = ""


class CloseView(msgspec.Struct, frozen=True, kw_only=True):
    """A close: its entry, the last day of the period, and the digest of the trial balance."""

    seq: int
    until: Day
    posted: Day
    trial_balance: str
    totals: tuple[TotalView, ...]


class ClosePage(msgspec.Struct, frozen=True):
    """Some of the closes of a book."""

    closes: tuple[CloseView, ...]


def to_table(_call: Call[ClosesQuery], found: ClosePage) -> Table:
    """Closes as a table."""
    rows = ((one.seq, one.until, one.posted, one.trial_balance) for one in found.closes)
    return Table(("seq", "until", "posted", "trial_balance"), rows)


@resource.get("/closes", scope="read", query=ClosesQuery, gives=ClosePage, table=to_table)
def list_closes(call: Call[ClosesQuery]) -> Answer[ClosePage]:
    """List the closes in their order."""
    page = list_entries(
        call.installation,
        call.slug,
        EntryFilter(kind="close"),
        after=call.input.after,
        limit=call.input.limit,
    )
    return Answer(value=ClosePage(tuple(map(_to_view, page.items))), next_after=page.after)


@resource.post("/closes", scope="define", takes=closing.type, gives=PostedView)
def close_period(call: Call[msgspec.Struct]) -> Answer[PostedView]:
    """Close the period that ends on a day before today, for ever."""
    posted = post(call.installation, call.slug, call.posting(closing.asked(call.input)))
    created = f"/entries/{posted.seq}"
    return Answer(value=to_posted(posted), created=created, replayed=posted.replayed)


def _to_view(found: RecordedEntry) -> CloseView:
    facts = found.entry.public
    return CloseView(
        seq=found.seq,
        until=facts["until"],
        posted=found.entry.posted,
        trial_balance=facts["trial_balance"],
        totals=msgspec.convert(facts["totals"], tuple[TotalView, ...]),
    )
