"""Statements: opening balance, lines in the order of their days, closing balance; in pages."""

import pytest

from tests.installations import Community
from timebank.errors import (
    MalformedError,
    UnknownAccountError,
    UnknownEntryError,
    UnknownMemberError,
)
from timebank.flows.holds import Hold
from timebank.flows.movements import Issue
from timebank.services.statements import (
    Period,
    Section,
    Statement,
    StatementLine,
    account_statement,
    member_statement,
)

MARCH = Period(first="2026-03-01", last="2026-03-31")


def ask(
    community: Community, name: str, period: Period = MARCH, *, after: str | None = None
) -> Statement:
    """A page of two lines of a member's statement."""
    return member_statement(
        community.installation, "demo", community.ids[name], period, after=after, limit=2
    )


def test_line_says_what_moved_where_and_what_was_left(community: Community) -> None:
    community.clock.advance(days=1)
    posted = community.transfer("王", "李", 30)
    found = ask(community, "王", Period(first="2026-03-02", last="2026-03-02"))
    assert found.sections == (Section("members", "POINT", "", 100, 0, 30, 70),)
    assert found.lines == (
        StatementLine(
            seq=posted.seq,
            leg=0,
            day="2026-03-02",
            posted="2026-03-02",
            kind="transfer",
            account="members",
            commodity="POINT",
            lot="",
            counter="members",
            debit=0,
            credit=30,
            balance=70,
        ),
    )
    assert found.after is None


def test_late_entry_stands_on_the_day_it_happened(community: Community) -> None:
    community.clock.advance(days=3)
    community.transfer("王", "李", 30)
    community.post(Issue(day="2026-03-02", legs=(community.leg("issued", "王", 7),)))
    found = member_statement(community.installation, "demo", community.ids["王"], MARCH)
    assert [(line.day, line.balance) for line in found.lines] == [
        ("2026-03-01", 100),
        ("2026-03-02", 107),
        ("2026-03-04", 77),
    ]
    until_second = ask(community, "王", Period(first="2026-03-02", last="2026-03-03"))
    assert until_second.sections[0].opening == 100
    assert until_second.sections[0].closing == 107


def test_page_is_not_changed_by_a_late_entry_that_is_posted_meanwhile(
    community: Community,
) -> None:
    community.clock.advance(days=1)
    for amount in (1, 2, 3):
        community.transfer("王", "李", amount)
    first = ask(community, "王")
    community.post(Issue(day="2026-03-01", legs=(community.leg("issued", "王", 50),)))
    second = ask(community, "王", after=first.after)
    assert [line.balance for line in (*first.lines, *second.lines)] == [100, 99, 97, 94]
    assert first.sections == second.sections
    assert first.as_of == second.as_of
    assert second.after is None
    assert ask(community, "王").sections[0].closing == 144


def test_statement_can_be_drawn_again_as_it_was(community: Community) -> None:
    member_id = community.ids["王"]
    before = member_statement(community.installation, "demo", member_id, MARCH)
    community.transfer("王", "李", 30)
    again = member_statement(community.installation, "demo", member_id, MARCH, as_of=before.as_of)
    assert again == before


def test_hold_stands_in_both_accounts_of_the_member(community: Community) -> None:
    community.post(Hold(member=community.ids["王"], amount=40, commodity="POINT"))
    installation, member_id = community.installation, community.ids["王"]
    both = member_statement(installation, "demo", member_id, MARCH)
    assert [(section.account, section.closing) for section in both.sections] == [
        ("members", 60),
        ("members:held", 40),
    ]
    assert [(line.account, line.counter, line.balance) for line in both.lines[1:]] == [
        ("members", "members:held", 60),
        ("members:held", "members", 40),
    ]
    held = member_statement(installation, "demo", member_id, MARCH, account="members:held")
    assert [line.debit for line in held.lines] == [40]


def test_balance_without_movement_has_a_section_and_no_line(community: Community) -> None:
    found = ask(community, "王", Period(first="2026-04-01", last="2026-04-30"))
    assert found.sections == (Section("members", "POINT", "", 100, 0, 0, 100),)
    assert found.lines == ()
    assert ask(community, "李").sections == ()


def test_control_account_has_a_public_statement_as_a_whole(community: Community) -> None:
    community.transfer("王", "李", 30)
    found = account_statement(community.installation, "demo", "members", MARCH)
    assert found.sections == (Section("members", "POINT", "", 0, 130, 30, 100),)
    assert [(line.debit, line.credit, line.balance) for line in found.lines] == [
        (100, 0, 100),
        (0, 30, 70),
        (30, 0, 100),
    ]


def test_statement_can_be_of_one_commodity(community: Community) -> None:
    community.post(Issue(legs=(community.leg("issued", "王", 5, commodity="HOUR"),)))
    period = Period(first="2026-03-01", last="2026-03-31", commodity="HOUR")
    assert [line.commodity for line in ask(community, "王", period).lines] == ["HOUR"]


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "1_2026-03-01_1_1",
        "1_2026-03-01_1_1_2",
        "-1_2026-03-01_1_1_1",
        "1_2026-04-01_1_1_1",
    ],
)
def test_cursor_of_no_page_is_refused(community: Community, after: str) -> None:
    with pytest.raises(MalformedError, match="after"):
        ask(community, "王", after=after)


def test_what_cannot_be_asked_is_refused(community: Community) -> None:
    installation, member_id = community.installation, community.ids["王"]
    backwards = Period(first="2026-03-02", last="2026-03-01")
    for period in (backwards, Period(first="2026-02-30", last="2026-03-01")):
        with pytest.raises(MalformedError):
            ask(community, "王", period)
    for limit in (0, 1_001):
        with pytest.raises(MalformedError, match="limit"):
            account_statement(installation, "demo", "issued", MARCH, limit=limit)
    with pytest.raises(UnknownEntryError):
        ask(community, "王", after="999_2026-03-01_1_1_1")
    with pytest.raises(UnknownMemberError):
        member_statement(installation, "demo", "A" * 22, MARCH)
    with pytest.raises(UnknownAccountError):
        member_statement(installation, "demo", member_id, MARCH, account="nothing")
    with pytest.raises(UnknownAccountError):
        account_statement(installation, "demo", "nothing", MARCH)


@pytest.mark.parametrize("near", [0, 2, 1_000])
def test_statement_is_the_same_whichever_way_it_is_read(
    community: Community, monkeypatch: pytest.MonkeyPatch, near: int
) -> None:
    for amount in (1, 2, 3):
        community.clock.advance(days=1)
        community.transfer("王", "李", amount)
    community.post(Issue(day="2026-03-02", legs=(community.leg("issued", "王", 50),)))
    community.transfer("李", "王", 4)
    monkeypatch.setattr("timebank.store.statements.NEAR_MAX", near)
    found = member_statement(community.installation, "demo", community.ids["王"], MARCH)
    assert [(line.day, line.balance) for line in found.lines] == [
        ("2026-03-01", 100),
        ("2026-03-02", 99),
        ("2026-03-02", 149),
        ("2026-03-03", 147),
        ("2026-03-04", 144),
        ("2026-03-04", 148),
    ]
