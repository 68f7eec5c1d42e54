"""Members 成员: who has accounts in a book, what is known of them, and letting them go.

Everybody who may read sees the random ids; number, name and contact data take the scope
``members``. What names a person stands in bodies only, never in an address.
"""

from typing import Annotated, Literal

import msgspec

from timebank.api.calls import Answer, Call, Nothing, Row, Table
from timebank.api.commands import By
from timebank.api.operations import Resource
from timebank.api.values import PAGE_SIZE, Day, PageSize, PostedView, Seq, to_posted
from timebank.flows.definitions import LimitFact
from timebank.services import members
from timebank.services.forgetting import forget
from timebank.services.members import Enrolment, Member

resource = Resource("members", "Who has accounts in a book: members, carriers, stalls. 成员")

_encode = msgspec.json.Encoder(order="sorted").encode

Kind = Literal["member", "carrier", "stall"]
Contact = Annotated[
    dict[str, str],
    msgspec.Meta(
        description="How to reach them, by field; kept encrypted, and erased when forgotten.",
        examples=[{"phone": "+86 25 5555 0100"}],
    ),
]


class EnrolmentRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody to be enrolled. ``number`` is the association's own, unique in the book."""

    number: str
    name: str
    kind: Kind = "member"
    contact: Contact = {}
    limits: Annotated[tuple[LimitFact, ...], msgspec.Meta(max_length=16)] = ()
    day: Day | None = None
    by: By = ()


class MembersQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Members of one kind, or all, and which page; ``after`` is the seq of an enrolment."""

    kind: Kind | None = None
    after: Seq = 0
    limit: PageSize = PAGE_SIZE


class NumberQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The association's own number of a member."""

    number: str


class ContactRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Name and contact data in place of those that were there; the number stays."""

    name: str
    contact: Contact = {}


class DepartureRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A member who owns nothing and owes nothing leaves."""

    day: Day | None = None
    by: By = ()


class ForgettingRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In which capacities, where the member has yet to leave."""

    by: By = ()


class MemberView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A member by a random id, enrolled by the entry ``enrolled``.

    Number and name are shown to those only who may see them.
    """

    member: str
    kind: Kind
    enrolled: int
    left: bool
    number: str | None = None
    name: str | None = None


class EnrolledView(MemberView, frozen=True, kw_only=True, omit_defaults=True):
    """A new member; ``viewing_key`` (base64) is shown in the first answer, and not in others."""

    viewing_key: str | None = None


class MemberPage(msgspec.Struct, frozen=True):
    """Some of the members of a book."""

    members: tuple[MemberView, ...]


class ContactView(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a member."""

    member: str
    number: str | None
    name: str | None
    contact: dict[str, str]


class ViewingKeyView(msgspec.Struct, frozen=True):
    """A viewing key, base64 of 32 bytes: whoever has it finds the member's legs in the log."""

    viewing_key: str


class ForgottenView(msgspec.Struct, frozen=True):
    """A member of whom nothing is left but anonymous legs."""

    member: str
    forgotten: bool


def to_table(_call: Call[MembersQuery], found: MemberPage) -> Table:
    """Members as a table."""
    return Table(("member", "kind", "enrolled", "left", "number", "name"), map(_row, found.members))


@resource.get("/members", scope="read", query=MembersQuery, gives=MemberPage, table=to_table)
def list_members(call: Call[MembersQuery]) -> Answer[MemberPage]:
    """List members in the order of their enrolment, carriers 承运人 and stalls 摊位 among them.

    A command names a carrier or a stall by this id, and in a leg as `transit#<id>`, `stalls#<id>`.
    """
    limit = call.input.limit
    found = members.list_members(
        call.installation,
        call.slug,
        kind=call.input.kind,
        after=call.input.after,
        limit=limit + 1,
    )
    page = MemberPage(tuple(_to_view(call, member) for member in found[:limit]))
    more = found[limit - 1].enrolled if len(found) > limit else None
    return Answer(value=page, next_after=more)


@resource.get("/members/<member>", scope="read", query=Nothing, gives=MemberView)
def get_member(call: Call[Nothing], member: str) -> Answer[MemberView]:
    """Show a member."""
    return Answer(value=_to_view(call, members.get_member(call.installation, call.slug, member)))


@resource.post(
    "/members/lookup", scope="members", takes=NumberQuestion, gives=MemberView, creates=False
)
def find_member(call: Call[NumberQuestion]) -> Answer[MemberView]:
    """Find the member with the association's own number, which stands in no address."""
    found = members.find_member(call.installation, call.slug, number=call.input.number)
    return Answer(value=_to_view(call, found))


@resource.post("/members", scope="members", takes=EnrolmentRequest, gives=EnrolledView)
def enrol_member(call: Call[EnrolmentRequest]) -> Answer[EnrolledView]:
    """Enrol a member, a carrier or a stall."""
    fields = msgspec.structs.asdict(call.input)
    by = call.caller.capacities_for("holder.enrolled", fields.pop("by"))
    enrolled = members.enrol(
        call.installation,
        call.slug,
        Enrolment(**fields),
        by=by,
        idempotency=call.idempotency(_encode(call.input)),
    )
    shown = msgspec.structs.asdict(_to_view(call, enrolled.member))
    view = EnrolledView(**shown, viewing_key=enrolled.viewing_key)
    return Answer(value=view, created=f"/members/{view.member}", replayed=enrolled.posted.replayed)


@resource.get("/members/<member>/contact", scope="members", query=Nothing, gives=ContactView)
def get_contact(call: Call[Nothing], member: str) -> Answer[ContactView]:
    """Show what is known of a member."""
    found = members.get_member(call.installation, call.slug, member)
    return Answer(value=_to_contact(found))


@resource.put("/members/<member>/contact", scope="members", takes=ContactRequest, gives=ContactView)
def change_contact(call: Call[ContactRequest], member: str) -> Answer[ContactView]:
    """Replace the name and contact data of a member."""
    changed = members.change_contact(
        call.installation, call.slug, member, name=call.input.name, contact=call.input.contact
    )
    return Answer(value=_to_contact(changed))


@resource.get("/members/<member>/viewing-key", scope="members", query=Nothing, gives=ViewingKeyView)
def get_viewing_key(call: Call[Nothing], member: str) -> Answer[ViewingKeyView]:
    """Show the viewing key of a member."""
    key = members.viewing_key(call.installation, call.slug, member)
    return Answer(value=ViewingKeyView(key))


@resource.post(
    "/members/<member>/departure", scope="members", takes=DepartureRequest, gives=PostedView
)
def leave(call: Call[DepartureRequest], member: str) -> Answer[PostedView]:
    """Let a member go who owns nothing and owes nothing."""
    posted = members.leave(
        call.installation,
        call.slug,
        member,
        by=call.caller.capacities_for("holder.left", call.input.by),
        day=call.input.day,
        idempotency=call.idempotency(_encode(call.input)),
    )
    created = f"/entries/{posted.seq}"
    return Answer(value=to_posted(posted), created=created, replayed=posted.replayed)


@resource.post(
    "/members/<member>/forgetting",
    scope="members",
    takes=ForgettingRequest,
    gives=ForgottenView,
    creates=False,
)
def forget_member(call: Call[ForgettingRequest], member: str) -> Answer[ForgottenView]:
    """Forget a person for ever, who leaves if need be. To repeat it changes nothing."""
    by = call.caller.capacities_for("holder.left", call.input.by)
    forget(call.installation, call.slug, member, by=by)
    return Answer(value=ForgottenView(member, forgotten=True))


def _to_view(call: Call[object], found: Member) -> MemberView:
    private = "members" in call.caller.scopes
    return MemberView(
        member=found.member_id,
        kind=msgspec.convert(found.kind, Kind),
        enrolled=found.enrolled,
        left=found.left,
        number=found.number if private else None,
        name=found.name if private else None,
    )


def _to_contact(found: Member) -> ContactView:
    return ContactView(
        member=found.member_id,
        number=found.number,
        name=found.name,
        contact=dict(found.contact),
    )


def _row(one: MemberView) -> Row:
    return (one.member, one.kind, one.enrolled, str(one.left).lower(), one.number, one.name)
