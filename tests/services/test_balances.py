"""Balances: now, as of a seq, on a day; in public as a whole, in private for each member."""

import pytest

from tests.installations import Community, found_community, open_balance
from timebank.errors import (
    MalformedError,
    UnknownAccountError,
    UnknownBookError,
    UnknownEntryError,
    UnknownMemberError,
)
from timebank.flows.holds import Hold
from timebank.flows.movements import Issue
from timebank.services import forgetting
from timebank.services.balances import (
    AccountBalance,
    Balances,
    account_balances,
    member_balances,
    overview,
    public_balances,
)


def balances_of(found: Balances) -> dict[tuple[str, str, str], int]:
    """Balances by account, commodity and lot."""
    return {(row.account, row.commodity, row.lot): row.balance for row in found.rows}


def ask_member(
    community: Community, name: str, *, as_of: int | None = None, on: str | None = None
) -> dict[str, int]:
    """What a member has in POINT, by account."""
    found = member_balances(
        community.installation, "demo", community.ids[name], commodity="POINT", as_of=as_of, on=on
    )
    return {row.account: row.balance for row in found.rows}


def test_balance_has_what_came_in_and_what_went_out(community: Community) -> None:
    posted = community.transfer("王", "李", 30)
    found = account_balances(community.installation, "demo", "members")
    assert found == Balances(posted.seq, None, (AccountBalance("members", "POINT", "", 130, 30),))
    assert found.rows[0].balance == 100


def test_member_has_a_part_of_each_control_account(community: Community) -> None:
    community.transfer("王", "李", 30)
    community.post(Hold(member=community.ids["王"], amount=5, commodity="POINT"))
    assert ask_member(community, "王") == {"members": 65, "members:held": 5}
    assert ask_member(community, "李") == {"members": 30}


def test_balance_as_of_a_seq_counts_that_entry_and_those_before(community: Community) -> None:
    first = community.transfer("王", "李", 30).seq
    second = community.transfer("王", "李", 30).seq
    assert ask_member(community, "李", as_of=first - 1) == {}
    assert ask_member(community, "李", as_of=first) == {"members": 30}
    assert ask_member(community, "李", as_of=second) == {"members": 60}
    assert ask_member(community, "李") == {"members": 60}


def test_balance_on_a_day_counts_late_entries_of_that_day(community: Community) -> None:
    community.clock.advance(days=4)
    last = community.transfer("王", "李", 30).seq
    late = Issue(day="2026-03-02", legs=(community.leg("issued", "李", 7),))
    community.post(late)
    assert ask_member(community, "李", on="2026-03-01") == {}
    assert ask_member(community, "李", on="2026-03-02") == {"members": 7}
    assert ask_member(community, "李", on="2026-03-05") == {"members": 37}
    assert ask_member(community, "李", on="2026-03-02", as_of=last) == {}


def test_all_accounts_that_ever_moved_are_public(community: Community) -> None:
    open_balance(community, "bank:main", 500, commodity="CNY", lot="fund:operating")
    found = public_balances(community.installation, "demo")
    assert balances_of(found) == {
        ("bank:main", "CNY", "fund:operating"): 500,
        ("issued", "POINT", ""): -100,
        ("members", "POINT", ""): 100,
        ("world:opening", "CNY", "fund:operating"): -500,
    }
    money = public_balances(community.installation, "demo", commodity="CNY")
    assert {row.account for row in money.rows} == {"bank:main", "world:opening"}


def test_account_can_be_asked_for_one_lot_only(community: Community) -> None:
    open_balance(community, "stock:yicang", 5, commodity="RICE-5KG", lot="rice-1")
    installation = community.installation
    found = account_balances(installation, "demo", "stock:yicang", lot="rice-1")
    assert [row.balance for row in found.rows] == [5]
    assert account_balances(installation, "demo", "stock:yicang", lot="").rows == ()


def test_overview_says_how_long_the_book_is(community: Community) -> None:
    community.clock.advance(days=1)
    posted = community.transfer("王", "李", 30)
    found = overview(community.installation, "demo")
    assert (found.book.slug, found.size, found.posted, found.closed_until) == (
        *("demo", posted.seq + 1, "2026-03-02"),
        "",
    )
    assert [(row.account, row.balance) for row in found.balances] == [
        ("issued", -100),
        ("members", 100),
    ]


def test_books_share_nothing(community: Community) -> None:
    other = found_community(community.installation, "other")
    other.enrol("王")
    other.issue("王", 7)
    assert balances_of(public_balances(community.installation, "other")) == {
        ("issued", "POINT", ""): -7,
        ("members", "POINT", ""): 7,
    }
    with pytest.raises(UnknownMemberError):
        member_balances(community.installation, "other", community.ids["王"])


def test_nobody_asks_about_a_forgotten_member(community: Community) -> None:
    forgetting.forget(community.installation, "demo", community.ids["李"], by=("system",))
    with pytest.raises(UnknownMemberError):
        member_balances(community.installation, "demo", community.ids["李"])


def test_what_does_not_exist_is_told_apart(community: Community) -> None:
    installation = community.installation
    size = overview(installation, "demo").size
    with pytest.raises(UnknownBookError):
        public_balances(installation, "nowhere")
    with pytest.raises(UnknownAccountError):
        account_balances(installation, "demo", "groups:nobody")
    with pytest.raises(UnknownMemberError):
        member_balances(installation, "demo", "A" * 22)
    for seq in (-1, size):
        with pytest.raises(UnknownEntryError):
            public_balances(installation, "demo", as_of=seq)
    with pytest.raises(MalformedError):
        public_balances(installation, "demo", on="2026-02-30")
