"""Holds to be read: open ones, those of a member, one by its seq."""

import pytest

from tests.installations import SYSTEM, Community
from timebank.errors import UnknownEntryError, UnknownMemberError
from timebank.flows.holds import Hold as PostHold
from timebank.flows.holds import Release, Settle
from timebank.services import forgetting
from timebank.services.holds import Hold, get_hold, list_holds


def hold(community: Community, name: str, amount: int, *, expires: str | None = None) -> int:
    """Hold points of a member; give the seq."""
    command = PostHold(
        member=community.ids[name], amount=amount, commodity="POINT", expires=expires
    )
    return community.post(command).seq


def test_hold_says_what_is_left_and_until_when(community: Community) -> None:
    seq = hold(community, "王", 40, expires="2026-04-01")
    community.post(Settle(hold=seq, to=community.reference("李"), amount=15))
    held = get_hold(community.installation, "demo", seq, private=True)
    assert held == Hold(seq, community.ids["王"], "POINT", 40, 25, "2026-03-01", "2026-04-01")
    assert get_hold(community.installation, "demo", seq).member_id is None


def test_open_holds_come_in_pages_without_those_that_ended(community: Community) -> None:
    community.issue("李", 50)
    first, second, third, fourth = (
        hold(community, name, amount)
        for name, amount in (("王", 1), ("李", 2), ("王", 3), ("李", 4))
    )
    community.post(Release(hold=second))
    page = list_holds(community.installation, "demo", limit=2)
    assert [item.seq for item in page.items] == [first, third]
    assert page.after == third
    page = list_holds(community.installation, "demo", after=third, limit=2, private=True)
    assert [(item.seq, item.member_id) for item in page.items] == [(fourth, community.ids["李"])]
    assert page.after is None
    assert get_hold(community.installation, "demo", second).remaining == 0


def test_holds_of_one_member_are_told_apart(community: Community) -> None:
    community.issue("李", 50)
    mine, _ = hold(community, "王", 1), hold(community, "李", 2)
    page = list_holds(community.installation, "demo", member_id=community.ids["王"])
    assert [item.seq for item in page.items] == [mine]


def test_what_does_not_exist_is_told_apart(community: Community) -> None:
    transfer = community.transfer("王", "李", 1)
    for seq in (0, transfer.seq, 1_000):
        with pytest.raises(UnknownEntryError):
            get_hold(community.installation, "demo", seq)
    with pytest.raises(UnknownMemberError):
        list_holds(community.installation, "demo", member_id="A" * 22)


def test_hold_of_the_forgotten_has_no_owner(community: Community) -> None:
    seq = hold(community, "王", 100)
    community.post(Settle(hold=seq, to=community.reference("李")))
    forgetting.forget(community.installation, "demo", community.ids["王"], by=SYSTEM)
    assert get_hold(community.installation, "demo", seq, private=True).member_id is None
