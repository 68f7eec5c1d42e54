"""Members: enrolled once, found by those who may, reached, and let go."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from tests.installations import SYSTEM, Community
from timebank.errors import (
    AlreadyDefinedError,
    CapacityError,
    HolderGoneError,
    IdempotencyConflictError,
    MalformedError,
    NotSettledError,
    TimebankError,
    UnknownMemberError,
)
from timebank.flows.definitions import LimitFact
from timebank.flows.movements import Transfer
from timebank.ledger import encoding, viewing
from timebank.services import members
from timebank.services.members import Enrolment
from timebank.services.posting import Idempotency, Posted
from timebank.store.members import CHUNK

WANG = Enrolment(
    number="翠-0017", name="王奶奶", contact={"phone": "13800000017", "address": "翠竹园 3-201"}
)


def known(key: str, asked: bytes = b"1") -> Idempotency:
    """How an app repeats itself."""
    return Idempotency("app", key, "POST", "/members", asked)


def test_a_new_member_gets_a_key_whose_hash_is_in_the_log(community: Community) -> None:
    enrolled = members.enrol(community.installation, "demo", WANG, by=SYSTEM)
    assert enrolled.viewing_key is not None
    key = encoding.from_base64(enrolled.viewing_key, 32)
    entry = enrolled.posted.entry
    assert entry.public == {
        "holder": "member",
        "key": encoding.to_base64(viewing.key_hash(entry.book, key)),
    }
    assert (enrolled.member.number, enrolled.member.name) == ("翠-0017", "王奶奶")
    assert enrolled.member.contact["phone"] == "13800000017"
    assert len(entry.seals) == 1


def test_nothing_personal_stands_in_the_log_or_in_clear(community: Community) -> None:
    members.enrol(community.installation, "demo", WANG, by=SYSTEM)
    with community.installation.engine.connect() as connection:
        bodies = b"".join(connection.execute(text("SELECT body FROM entries")).scalars())
        kept = b"".join(connection.execute(text("SELECT ciphertext FROM contacts")).scalars())
    for secret in ("王奶奶", "翠-0017", "13800000017"):
        assert secret.encode() not in bodies + kept


def test_a_repeated_enrolment_enrols_once_and_shows_no_key_again(community: Community) -> None:
    first = members.enrol(community.installation, "demo", WANG, by=SYSTEM, idempotency=known("k"))
    again = members.enrol(community.installation, "demo", WANG, by=SYSTEM, idempotency=known("k"))
    assert (again.posted.replayed, again.viewing_key) == (True, None)
    assert again.member == first.member
    with pytest.raises(IdempotencyConflictError):
        members.enrol(community.installation, "demo", WANG, by=SYSTEM, idempotency=known("k", b"2"))


def test_a_number_is_given_once(community: Community) -> None:
    members.enrol(community.installation, "demo", WANG, by=SYSTEM)
    with pytest.raises(AlreadyDefinedError):
        members.enrol(community.installation, "demo", WANG, by=SYSTEM)
    other = replace(WANG, number="翠-0018")
    batch = [(other, known("a")), (other, known("b"))]
    results = members.enrol_batch(community.installation, "demo", batch, by=SYSTEM)
    assert [isinstance(result, Posted) for result in results] == [True, False]


@pytest.mark.parametrize(
    "bad",
    [
        replace(WANG, number=""),
        replace(WANG, number="1" * 65),
        replace(WANG, name=""),
        replace(WANG, name="a\nb"),
        replace(WANG, name="\ud800"),
        replace(WANG, contact={"name": "x"}),
        replace(WANG, contact={"a b": "x"}),
        replace(WANG, contact={"phone": "x" * 1001}),
        replace(WANG, contact={f"f{n}": "x" for n in range(33)}),
        replace(WANG, limits=(LimitFact("NONE", 1),)),
        replace(WANG, limits=(LimitFact("CNY", 1),)),
        replace(WANG, kind="stall", limits=(LimitFact("POINT", 1),)),
        replace(WANG, day="2026-03-02"),
    ],
)
def test_bad_enrolments_are_refused(community: Community, bad: Enrolment) -> None:
    with pytest.raises(TimebankError):
        members.enrol(community.installation, "demo", bad, by=SYSTEM)
    assert len(members.list_members(community.installation, "demo")) == 2


def test_a_member_may_have_a_limit_of_their_own(community: Community) -> None:
    zhao = Enrolment(number="3", name="赵", limits=(LimitFact("POINT", 5),))
    enrolled = members.enrol(community.installation, "demo", zhao, by=SYSTEM)
    community.ids["赵"] = enrolled.member.member_id
    community.transfer("赵", "王", 5)
    refused = community.refusal(Transfer(legs=(community.leg("赵", "王", 1),)))
    assert refused.code == "insufficient_balance"


def test_an_app_enrols_but_does_not_give_credit(community: Community) -> None:
    zhao = Enrolment(number="3", name="赵", limits=(LimitFact("POINT", 5),))
    with pytest.raises(CapacityError):
        members.enrol(community.installation, "demo", zhao, by=("app:kiosk",))
    treasurer = ("app:kiosk", "staff:treasurer:1")
    members.enrol(community.installation, "demo", zhao, by=treasurer)
    members.enrol(community.installation, "demo", WANG, by=("app:kiosk",))


def test_members_are_listed_and_found(community: Community) -> None:
    installation = community.installation
    enrolled = members.enrol(installation, "demo", WANG, by=SYSTEM).member
    listed = members.list_members(installation, "demo", limit=2)
    assert [member.name for member in listed] == ["王", "李"]
    rest = members.list_members(installation, "demo", after=listed[-1].enrolled)
    assert rest == [enrolled]
    assert members.get_member(installation, "demo", enrolled.member_id) == enrolled
    assert members.find_member(installation, "demo", number="翠-0017") == enrolled
    assert members.find_member_ids(installation, "demo", ["翠-0017", "none"]) == {
        "翠-0017": enrolled.member_id
    }
    with pytest.raises(UnknownMemberError):
        members.get_member(installation, "demo", "A" * 22)
    with pytest.raises(UnknownMemberError):
        members.find_member(installation, "demo", number="none")


def test_any_count_of_members_is_found_by_number(community: Community) -> None:
    found = members.find_member_ids(community.installation, "demo", ["0001", "0002"])
    assert len(found) == 2
    numbers = ["0001", *(f"none {count}" for count in range(2 * CHUNK)), "0002"]
    assert members.find_member_ids(community.installation, "demo", numbers) == found
    assert members.find_member_ids(community.installation, "demo", []) == {}


def test_contact_data_can_be_changed(community: Community) -> None:
    installation = community.installation
    member_id = members.enrol(installation, "demo", WANG, by=SYSTEM).member.member_id
    members.change_contact(installation, "demo", member_id, name="王秀英", contact={"phone": "139"})
    changed = members.get_member(installation, "demo", member_id)
    assert (changed.number, changed.name, changed.contact) == (
        "翠-0017",
        "王秀英",
        {"phone": "139"},
    )
    with pytest.raises(MalformedError):
        members.change_contact(installation, "demo", member_id, name="", contact={})


def test_whoever_leaves_owns_nothing_and_takes_no_more(community: Community) -> None:
    installation = community.installation
    with pytest.raises(NotSettledError) as refused:
        members.leave(installation, "demo", community.ids["王"], by=SYSTEM)
    assert refused.value.balance == 100
    members.leave(installation, "demo", community.ids["李"], by=SYSTEM)
    assert members.get_member(installation, "demo", community.ids["李"]).left
    late = Transfer(legs=(community.leg("王", "李", 1),))
    assert isinstance(community.refusal(late), HolderGoneError)
    with pytest.raises(HolderGoneError):
        members.leave(installation, "demo", community.ids["李"], by=SYSTEM)


def test_the_viewing_key_can_be_shown_again(community: Community) -> None:
    enrolled = members.enrol(community.installation, "demo", WANG, by=SYSTEM)
    shown = members.viewing_key(community.installation, "demo", enrolled.member.member_id)
    assert shown == enrolled.viewing_key
