"""The time bank over a real journal: services, gifts, attendances, expiry, adjustment."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Table

from tests.installations import SYSTEM, Community
from tests.ledger.bench import hash_of
from tests.services.tampering import rows_of
from timebank.errors import (
    AlreadyUsedError,
    CapacityError,
    DayError,
    FactsError,
    HolderGoneError,
    InsufficientBalanceError,
    LegPatternError,
    NothingExpiredError,
    NothingLeftError,
    PeriodClosedError,
    PolicyMissingError,
    SamePersonError,
    StaleStateError,
    TimebankError,
    UnknownAccountError,
)
from timebank.flows.attendances import Attendance
from timebank.flows.command import Command
from timebank.flows.definitions import LeaveHolder, SetPolicy, SettingFact
from timebank.flows.gifts import Give, GrantFromPool
from timebank.flows.holds import Hold, Release
from timebank.flows.movements import Issue, Transfer
from timebank.flows.periods import Close
from timebank.flows.retirements import Adjust, Expire
from timebank.flows.reversals import Reverse
from timebank.flows.services import Helper, Service
from timebank.services.balances import account_balances, member_balances, overview
from timebank.services.posting import Posted, Posting, post_batch
from timebank.services.rebuild import rebuild_book
from timebank.services.verification import Verdict, verify_book
from timebank.store import tables

PROJECTIONS: list[Table[Any]] = [
    tables.balances,
    tables.turnovers,
    tables.names,
    tables.remainders,
    tables.reversals,
    tables.tallies,
]
VERIFIED = ("staff:verifier:1", "staff:coordinator:2")
TWO_STAFF = ("staff:treasurer:1", "staff:coordinator:2")
RULES = (
    SettingFact("tariff", 6, "POINT", "general"),
    SettingFact("tariff", 60, "HOUR", "general"),
    SettingFact("tariff", 10, "POINT", "given"),
    SettingFact("donate_only", 1, category="given"),
    SettingFact("cap_daily", 10, "POINT"),
    SettingFact("cap_lifetime", 40, "POINT"),
)


@pytest.fixture
def bank(community: Community) -> Community:
    """王 has 100 points, 李 and 张 none; an hour earns 6; 10 a day and 40 ever may be kept."""
    community.enrol("张")
    community.post(SetPolicy(settings=RULES))
    return community


def service(
    bank: Community,
    name: str,
    *helpers: tuple[str, int],
    **more: Any,  # noqa: ANN401 - any field
) -> Service:
    named = tuple(Helper(bank.ids[helper], minutes) for helper, minutes in helpers)
    fields = {"category": "general", "commodity": "POINT", **more}
    return Service(task=hash_of(name), helpers=named, **fields)


def serve(
    bank: Community,
    name: str,
    *helpers: tuple[str, int],
    **more: Any,  # noqa: ANN401 - any field
) -> Posted:
    return bank.post(service(bank, name, *helpers, **more), by=VERIFIED)


def hold(bank: Community, name: str, amount: int) -> int:
    return bank.post(Hold(member=bank.ids[name], amount=amount, commodity="POINT")).seq


def balance(bank: Community, name: str) -> int:
    """What somebody, or a public account, has in points."""
    installation, slug = bank.installation, bank.slug
    if name in bank.ids:
        found = member_balances(installation, slug, bank.ids[name], commodity="POINT")
    else:
        found = account_balances(installation, slug, name, commodity="POINT")
    return sum(row.balance for row in found.rows if row.account in ("members", name))


def balances(bank: Community, *names: str) -> list[int]:
    return [balance(bank, name) for name in names]


def post_all(
    bank: Community, *asked: tuple[Command, tuple[str, ...]]
) -> Sequence[Posted | TimebankError]:
    postings = [Posting(command=command, by=by) for command, by in asked]
    return post_batch(bank.installation, bank.slug, postings, atomic=False)


def size(bank: Community) -> int:
    return overview(bank.installation, bank.slug).size


def check_whole(bank: Community) -> None:
    """The log and all that is kept beside it are right, and rebuilding changes nothing."""
    engine = bank.installation.engine
    report = verify_book(bank.installation, bank.slug)
    assert report.verdict is Verdict.FINE, report.findings
    before = [rows_of(engine, table) for table in PROJECTIONS]
    rebuilt = rebuild_book(bank.installation, bank.slug)
    assert rebuilt.root == report.root
    assert [rows_of(engine, table) for table in PROJECTIONS] == before


# --- what happens ---------------------------------------------------------------------------------


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
    check_whole(bank)


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
    check_whole(bank)


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
    check_whole(bank)


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
    check_whole(bank)


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
    check_whole(bank)


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
    check_whole(bank)


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
    check_whole(bank)


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
    check_whole(bank)


# --- what is refused ------------------------------------------------------------------------------


def refused(bank: Community) -> list[tuple[Command, tuple[str, ...], type[TimebankError]]]:
    """Commands that must be refused, and by what; 王 has a hold of 10, 张 has left."""
    wang, li = bank.reference("王"), bank.reference("李")
    held = hold(bank, "王", 10)
    cited = bank.post(SetPolicy(settings=(SettingFact("expiry_days", 10, "POINT"),))).seq
    serve(bank, "done", ("李", 60))
    bank.post(Attendance(event="open-day", category="culture", headcount=1))
    bank.post(LeaveHolder(member=bank.ids["张"]))
    one = ("staff:verifier:1", "staff:coordinator:1")

    def asked(*helpers: tuple[str, int], **more: Any) -> Service:  # noqa: ANN401 - any field
        return service(bank, "new", *helpers, **more)

    def give(amount: int, giver: str = wang, **more: Any) -> Give:  # noqa: ANN401 - any field
        return Give(giver=giver, amount=amount, commodity="POINT", **more)

    def expire(*accounts: str, until: str = "2026-02-01", commodity: str = "POINT") -> Expire:
        return Expire(accounts=accounts, commodity=commodity, until=until)

    def adjust(amount: int = 1, policy: int = cited, account: str = wang) -> Adjust:
        return Adjust(account=account, amount=amount, commodity="POINT", policy=policy)

    grant = GrantFromPool(to=li, amount=1, commodity="POINT")
    return [
        (service(bank, "done", ("李", 60)), VERIFIED, AlreadyUsedError),
        (asked(("李", 60)), VERIFIED[:1], CapacityError),
        (asked(("李", 60)), one, SamePersonError),
        (asked(("李", 60), ("李", 60)), VERIFIED, SamePersonError),
        (asked(("王", 60), hold=held), VERIFIED, SamePersonError),
        (asked(("王", 60), hold=held, category="given"), VERIFIED, SamePersonError),
        (asked(("李", 120), hold=held), VERIFIED, NothingLeftError),
        (asked(("张", 60)), VERIFIED, HolderGoneError),
        (asked(("张", 60), category="given"), VERIFIED, HolderGoneError),
        (asked(("李", 60), category="night"), VERIFIED, PolicyMissingError),
        (asked(("李", 9), ("王", 60)), VERIFIED, FactsError),
        (asked(("李", 60), noticed="2026-04-01"), VERIFIED, FactsError),
        (asked(("李", 60), day="2026-03-02"), VERIFIED, DayError),
        (Service(task=hash_of("n"), category="general", commodity="POINT",
                 helpers=(Helper("A" * 22, 60),)), VERIFIED, UnknownAccountError),
        (give(1_000), SYSTEM, InsufficientBalanceError),
        (give(1, giver="pool:donated", to=li), SYSTEM, LegPatternError),
        (grant, SYSTEM, CapacityError),
        (grant, one, SamePersonError),
        (grant, TWO_STAFF, InsufficientBalanceError),
        (Attendance(event="open-day", category="a", headcount=1), SYSTEM, AlreadyUsedError),
        (Attendance(event="b", category="a", headcount=1, group="groups:x"), SYSTEM,
         UnknownAccountError),
        (expire(wang, until="2026-02-20"), SYSTEM, DayError),
        (expire(wang), SYSTEM, NothingExpiredError),
        (expire(wang, commodity="HOUR"), SYSTEM, PolicyMissingError),
        (expire(wang, "groups:x"), SYSTEM, UnknownAccountError),
        (expire(wang, wang), SYSTEM, FactsError),
        (adjust(), ("staff:treasurer:1",), SamePersonError),
        (adjust(policy=cited + 1), TWO_STAFF, FactsError),
        (adjust(1_000), TWO_STAFF, InsufficientBalanceError),
        (adjust(account="issued"), TWO_STAFF, LegPatternError),
    ]  # fmt: skip


def test_what_is_refused_changes_nothing_alone_or_in_a_batch(bank: Community) -> None:
    cases = refused(bank)
    before, had = size(bank), balances(bank, "王", "李", "pool:donated")

    for command, by, error in cases:
        with pytest.raises(error):
            bank.post(command, by=by)
    together = post_all(bank, *((command, by) for command, by, _ in cases))

    assert [type(one) for one in together] == [error for _, _, error in cases]
    assert size(bank) == before
    assert balances(bank, "王", "李", "pool:donated") == had
    check_whole(bank)


def test_a_reversal_that_would_take_what_was_spent_is_refused(bank: Community) -> None:
    served = serve(bank, "a", ("李", 60))
    bank.post(Transfer(legs=(bank.leg("李", "王", 4),)))
    before = size(bank)

    with pytest.raises(InsufficientBalanceError) as caught:
        bank.post(Reverse(reverses=served.seq))
    assert caught.value.details()["shortfall"] == 4
    assert size(bank) == before


def test_a_hold_pays_no_service_after_its_last_day(bank: Community) -> None:
    command = Hold(member=bank.ids["王"], amount=10, commodity="POINT", expires="2026-03-02")
    held = bank.post(command).seq
    bank.clock.advance(days=2)

    with pytest.raises(StaleStateError):
        serve(bank, "a", ("李", 60), hold=held)
    serve(bank, "a", ("李", 60), hold=held, day="2026-03-02")
    check_whole(bank)
