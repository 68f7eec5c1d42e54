"""Entries 记账凭证: posting them, one or many at a time, and reading the log."""

from typing import Annotated, Any, Final, Literal

import msgspec

from timebank.api.calls import Answer, Call, Nothing, Row, Table
from timebank.api.commands import CommandBodies, CommandBody
from timebank.api.operations import Resource
from timebank.api.values import PAGE_SIZE, Day, Figures, PageSize, PostedView, to_posted
from timebank.flows.registry import ENTRY_COMMANDS
from timebank.flows.reversals import Reverse
from timebank.ledger import codes
from timebank.ledger.encoding import MAX_INTEGER, to_base64
from timebank.ledger.entry import decode_entry
from timebank.services import entries
from timebank.services.entries import EntryFilter, OpenedSeal, Parties, RecordedEntry
from timebank.services.noted import noted_of
from timebank.services.pages import Page
from timebank.services.posting import post

COLUMNS: Final = (
    *("seq", "day", "posted", "kind", "by", "leg", "from", "from_member", "to", "to_member"),
    *("commodity", "lot", "amount"),
)

WAIT_SECONDS_MAX: Final = 30

resource = Resource("entries", "The log: what was posted, for ever. 记账凭证")
_SEQ: Final = f"<int(max={MAX_INTEGER}):seq>"

bodies = CommandBodies(ENTRY_COMMANDS)
reversal = CommandBody(Reverse, "Reversal", without=("reverses",))


class EntriesQuery(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"first": "from", "last": "to"},
):
    """Which entries. All conditions hold of each; ``account`` and ``commodity`` of one leg.

    ``parties`` asks for who is behind the legs. That and ``member`` take the scope ``members``.
    """

    account: str | None = None
    member: str | None = None
    commodity: str | None = None
    kind: str | None = None
    first: Annotated[Day | None, msgspec.Meta(description="The first day.")] = None
    last: Annotated[Day | None, msgspec.Meta(description="The last day.")] = None
    parties: bool = False
    after: Annotated[int, msgspec.Meta(ge=-1, le=MAX_INTEGER)] = -1
    limit: PageSize = PAGE_SIZE
    wait: Annotated[
        int,
        msgspec.Meta(
            ge=0,
            le=WAIT_SECONDS_MAX,
            description="Where there is nothing to list yet, wait so many seconds for it.",
        ),
    ] = 0


class EntryQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether to show who is behind the legs, which takes the scope ``members``."""

    parties: bool = False


class PartyView(msgspec.Struct, frozen=True, kw_only=True):
    """Who is behind one side of a leg."""

    leg: int
    side: Literal["from", "to"]
    member: str


class EntryView(PostedView, frozen=True, kw_only=True, omit_defaults=True):
    """An entry in the log. Parties who were forgotten are not shown."""

    reversed_by: int | None = None
    parties: tuple[PartyView, ...] | None = None


class EntryPage(msgspec.Struct, frozen=True):
    """Some of the entries of a book."""

    entries: tuple[EntryView, ...]


class SealView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A seal, with salt (base64) and details where they were not erased."""

    seal: str
    salt: str | None = None
    details: dict[str, Any] | None = None


class SealList(msgspec.Struct, frozen=True):
    """The seals of an entry."""

    seals: tuple[SealView, ...]


def to_table(call: Call[EntriesQuery], found: EntryPage) -> Table:
    """Entries as a table, a row for each leg; an entry without legs has one row."""
    figures = Figures(call)
    return Table(COLUMNS, (row for one in found.entries for row in _rows(figures, one)))


@resource.post("/entries", scope="post", takes=bodies.type, gives=PostedView, again=True)
def post_entry(call: Call[msgspec.Struct]) -> Answer[PostedView]:
    """Post an entry, for ever."""
    posting = call.posting(bodies.asked(call.input), required=True)
    posted = post(call.installation, call.slug, posting)
    created = f"/entries/{posted.seq}"
    return Answer(value=to_posted(posted), created=created, replayed=posted.replayed)


@resource.post(f"/entries/{_SEQ}/reversal", scope="post", takes=reversal.type, gives=PostedView)
def reverse_entry(call: Call[msgspec.Struct], seq: int) -> Answer[PostedView]:
    """Reverse an entry, once: its legs turned round, posted now."""
    posting = call.posting(reversal.asked(call.input, reverses=seq), required=True)
    posted = post(call.installation, call.slug, posting)
    created = f"/entries/{posted.seq}"
    return Answer(value=to_posted(posted), created=created, replayed=posted.replayed)


@resource.get("/entries", scope="read", query=EntriesQuery, gives=EntryPage, table=to_table)
def list_entries(call: Call[EntriesQuery]) -> Answer[EntryPage]:
    """List entries in their order. New ones come at the end.

    With ``wait``, an answer without entries means that there was nothing new in that time: ask
    again in the same way. It also comes sooner, when the service stops.
    """
    asked = call.input
    if asked.parties or asked.member is not None:
        call.caller.demand("members")
    if asked.kind is not None:
        codes.check_code("kind", asked.kind, field="kind")
    wanted = EntryFilter(
        account=asked.account,
        member_id=asked.member,
        commodity=asked.commodity,
        kind=asked.kind,
        first=asked.first,
        last=asked.last,
    )

    def read(after: int) -> Page[RecordedEntry, int]:
        """Read the page after an entry."""
        return entries.list_entries(
            call.installation,
            call.slug,
            wanted,
            after=after,
            limit=asked.limit,
            private=asked.parties,
        )

    noted_of(call.environ).waited = asked.wait > 0
    news = call.installation.news
    page = news.when_new(call.slug, read, after=asked.after, seconds=asked.wait)
    return Answer(value=EntryPage(tuple(map(_to_view, page.items))), next_after=page.after)


@resource.get(f"/entries/{_SEQ}", scope="read", query=EntryQuery, gives=EntryView)
def get_entry(call: Call[EntryQuery], seq: int) -> Answer[EntryView]:
    """Show an entry."""
    if call.input.parties:
        call.caller.demand("members")
    found = entries.get_entry(call.installation, call.slug, seq, private=call.input.parties)
    return Answer(value=_to_view(found))


@resource.get(f"/entries/{_SEQ}/seals", scope="members", query=Nothing, gives=SealList)
def list_seals(call: Call[Nothing], seq: int) -> Answer[SealList]:
    """Show what the seals of an entry hide: exact time, parties, memo."""
    found = entries.open_seals(call.installation, call.slug, seq)
    return Answer(value=SealList(tuple(map(_to_seal, found))))


def _to_view(found: RecordedEntry) -> EntryView:
    return EntryView(
        seq=found.seq,
        leaf_hash=to_base64(found.leaf),
        entry=msgspec.Raw(found.body),
        reversed_by=found.reversed_by,
        parties=None if found.parties is None else _to_parties(found.parties),
    )


def _to_parties(found: Parties) -> tuple[PartyView, ...]:
    return tuple(
        PartyView(leg=leg, side="to" if side else "from", member=member)
        for (leg, side), member in sorted(found.items())
    )


def _to_seal(found: OpenedSeal) -> SealView:
    return SealView(
        seal=found.seal,
        salt=None if found.salt is None else to_base64(found.salt),
        details=None if found.details is None else dict(found.details),
    )


def _rows(figures: Figures, one: EntryView) -> list[Row]:
    entry = decode_entry(bytes(one.entry))
    start = (entry.seq, entry.day, entry.posted, entry.kind, " ".join(entry.by))
    if not entry.legs:
        return [(*start, *[None] * 8)]
    behind = {(party.leg, party.side): party.member for party in one.parties or ()}
    return [
        (
            *start,
            index,
            leg.from_,
            behind.get((index, "from")),
            leg.to,
            behind.get((index, "to")),
            leg.commodity,
            leg.lot,
            figures.format(leg.amount, leg.commodity),
        )
        for index, leg in enumerate(entry.legs)
    ]
