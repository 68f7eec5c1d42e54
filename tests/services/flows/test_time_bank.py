"""The time bank over a real journal: services, gifts, attendances, expiry, adjustment."""

import pytest

from tests.installations import SYSTEM, Community
from tests.services.flows.checks import check_book
from tests.services.flows.time_bank import (
    TWO_STAFF,
    VERIFIED,
    balance,
    balances,
    hold,
    post_all,
    serve,
    service,
    with_rules,
)
from timebank.errors import PeriodClosedError
from timebank.flows.attendances import Attendance
from timebank.flows.definitions import SetPolicy, SettingFact
from timebank.flows.gifts import Give, GrantFromPool
from timebank.flows.holds import Release
from timebank.flows.movements import Issue, Transfer
from timebank.flows.periods import Close
from timebank.flows.retirements import Adjust, Expire
from timebank.flows.reversals import Reverse
from timebank.services.posting import Posted


@pytest.fixture
def bank(community: Community) -> Community:
    """王 has 100 points, 李 and 张 none; an hour earns 6; 10 a day and 40 ever may be kept."""
    return with_rules(community)


def test_a_year_of_a_time_bank(bank: Community) -> None:
    serve(bank, "park", ("李", 60), ("张", 90))
    held = hold(bank, "王", 20)
    serve(bank, "tap", ("李", 60), hold=held)
    bank.post(Release(hold=held))
    serve(bank, "fair", ("李", 60), ("张", 30), category="given")
    bank.post(Give(giver=bank.reference("王"), amount=30, commodity="POINT"))
    bank.post(
        Give(giver=bank.reference("王"), to=bank.reference("李"), amount=5, commodity="POINT")
    )
    grant = GrantFromPool(to=bank.reference("张"), amount=12, commodity="POINT")
    bank.post(grant, by=TWO_STAFF)
    bank.post(
        Attendance(event="open-day", category="culture", headcount=80, group="groups:chess-club")
    )
    cited = bank.post(SetPolicy(settings=(SettingFact("expiry_days", 300, "POINT"),))).seq
    bank.post(
        Adjust(account=bank.reference("王"), amount=9, commodity="POINT", policy=cited),
        by=TWO_STAFF,
    )
    assert balances(bank, "王", "李", "张") == [50, 15, 21]
    assert balances(bank, "pool:donated", "retired:adjusted") == [2 + 15 + 30 - 12, 9]

    bank.clock.advance(days=300)
    bank.issue("李", 7)
    members = tuple(map(bank.reference, ("王", "李", "张")))
    bank.post(Expire(accounts=members, commodity="POINT", until="2026-03-01"))
    assert balances(bank, "王", "李", "张", "retired:expired") == [0, 7, 0, 86]
    check_book(bank)


def test_what_is_over_the_caps_goes_to_the_pool_and_a_reversal_frees_them(bank: Community) -> None:
    first = serve(bank, "a", ("李", 60))
    serve(bank, "b", ("李", 60))
    serve(bank, "c", ("李", 60))
    assert balances(bank, "李", "pool:donated") == [10, 8]

    bank.post(Reverse(reverses=first.seq))
    serve(bank, "a", ("李", 60))
    assert balances(bank, "李", "pool:donated") == [10, 8]
    for day in range(4):
        bank.clock.advance(days=1)
        serve(bank, f"day {day}", ("李", 120))
    assert balances(bank, "李", "pool:donated") == [40, 8 + 3 * 2 + 12]
    bank.post(Transfer(legs=(bank.leg("李", "王", 40),)))
    serve(bank, "z", ("李", 60))
    assert balance(bank, "李") == 0
    check_book(bank)


def test_in_a_batch_each_item_sees_the_caps_and_holds_as_those_before_left_them(
    bank: Community,
) -> None:
    held = hold(bank, "王", 10)
    reversed_ = serve(bank, "before", ("李", 60)).seq

    outcomes = post_all(
        bank,
        (service(bank, "a", ("李", 60)), VERIFIED),
        (service(bank, "b", ("李", 60), hold=held), VERIFIED),
        (service(bank, "a", ("张", 60)), VERIFIED),
        (service(bank, "c", ("张", 60), hold=held), VERIFIED),
        (Reverse(reverses=reversed_), SYSTEM),
        (service(bank, "a2", ("李", 60), ("张", 60)), VERIFIED),
        (service(bank, "d", ("张", 60)), ("staff:verifier:1", "staff:coordinator:1")),
    )

    codes = [getattr(outcome, "code", "posted") for outcome in outcomes]
    assert codes == [
        *("posted", "posted", "already_used", "over_remaining"),
        *("posted", "posted", "same_person"),
    ]
    assert isinstance(outcomes[1], Posted)
    assert outcomes[1].entry.public["helpers"] == [{"donated": 6, "minutes": 60}]
    assert isinstance(outcomes[5], Posted)
    assert outcomes[5].entry.public["helpers"] == [{"minutes": 60}, {"minutes": 60}]
    assert balances(bank, "李", "张", "pool:donated") == [10, 6, 2 + 6]
    check_book(bank)


def test_in_a_batch_a_new_tariff_and_a_close_count_at_once(bank: Community) -> None:
    bank.clock.advance(days=3)
    dearer = SetPolicy(settings=(SettingFact("tariff", 9, "POINT", "general"),))

    outcomes = post_all(
        bank,
        (service(bank, "a", ("李", 60)), VERIFIED),
        (dearer, SYSTEM),
        (service(bank, "b", ("张", 60)), VERIFIED),
        (service(bank, "c", ("张", 60), day="2026-03-03"), VERIFIED),
        (Close(until="2026-03-03"), SYSTEM),
        (service(bank, "d", ("张", 60), day="2026-03-03"), VERIFIED),
        (service(bank, "e", ("李", 60), belongs="2026-03-03"), VERIFIED),
    )

    assert [getattr(one, "code", "posted") for one in outcomes] == [
        *("posted",) * 5, "period_closed", "posted",
    ]  # fmt: skip
    assert isinstance(outcomes[5], PeriodClosedError)
    assert balances(bank, "李", "张", "pool:donated") == [10, 15, 2]
    check_book(bank)


def test_nobody_changes_a_tariff_for_days_gone_by(bank: Community) -> None:
    """But what was never set may begin on them, once."""
    bank.clock.advance(days=3)

    def since_yesterday(category: str) -> tuple[SetPolicy, tuple[str, ...]]:
        setting = SettingFact("tariff", 9, "POINT", category)
        return SetPolicy(settings=(setting,), day="2026-03-03"), SYSTEM

    outcomes = post_all(
        bank, since_yesterday("general"), since_yesterday("night"), since_yesterday("night")
    )

    assert [getattr(one, "code", "posted") for one in outcomes] == [
        "facts_invalid", "posted", "facts_invalid",
    ]  # fmt: skip
    assert "tariff POINT general was set before" in str(outcomes[0])
    check_book(bank)


def test_a_late_item_counts_on_the_day_it_is_posted_with(bank: Community) -> None:
    serve(bank, "a", ("李", 100))
    bank.clock.advance(days=31)
    bank.post(Close(until="2026-03-31"))

    late = serve(bank, "b", ("李", 60), belongs="2026-03-01")
    serve(bank, "c", ("李", 60))
    assert balances(bank, "李", "pool:donated") == [20, 2]

    bank.post(Reverse(reverses=late.seq))
    serve(bank, "b", ("李", 60), belongs="2026-03-02")
    assert balances(bank, "李", "pool:donated") == [20, 2]
    check_book(bank)


def test_what_expires_is_seen_in_a_batch_as_those_before_left_it(bank: Community) -> None:
    bank.post(SetPolicy(settings=(SettingFact("expiry_days", 10, "POINT"),)))
    paid = bank.post(Transfer(legs=(bank.leg("王", "李", 30),))).seq
    bank.clock.advance(days=10)
    expiry = Expire(accounts=(bank.reference("王"),), commodity="POINT", until="2026-03-01")

    outcomes = post_all(
        bank,
        (Transfer(legs=(bank.leg("王", "张", 20),)), SYSTEM),
        (Issue(legs=(bank.leg("issued", "王", 8),)), SYSTEM),
        (expiry, SYSTEM),
        (expiry, SYSTEM),
        (Reverse(reverses=paid), SYSTEM),
        (expiry, SYSTEM),
    )

    codes = [getattr(one, "code", "posted") for one in outcomes]
    assert codes == ["posted"] * 3 + ["nothing_expired", "posted", "posted"]
    assert isinstance(outcomes[2], Posted)
    assert [leg.amount for leg in outcomes[2].entry.legs] == [50]
    assert isinstance(outcomes[5], Posted)
    assert [leg.amount for leg in outcomes[5].entry.legs] == [30]
    assert balances(bank, "王", "retired:expired") == [8, 80]
    check_book(bank)


def test_a_wrong_expiry_is_reversed_and_done_again(bank: Community) -> None:
    bank.post(SetPolicy(settings=(SettingFact("expiry_days", 10, "POINT"),)))
    held = hold(bank, "王", 40)
    bank.post(Issue(legs=(bank.leg("issued", "groups:chess-club", 5),)))
    bank.clock.advance(days=10)
    accounts = (bank.reference("王"), "groups:chess-club")
    expiry = Expire(accounts=accounts, commodity="POINT", until="2026-03-01")
    wrong = bank.post(expiry)
    assert [leg.amount for leg in wrong.entry.legs] == [60, 5]

    bank.post(Reverse(reverses=wrong.seq))
    bank.post(Release(hold=held))
    right = bank.post(expiry)

    assert [leg.amount for leg in right.entry.legs] == [100, 5]
    check_book(bank)
