"""What a time bank refuses over a real journal, alone or in a batch; nothing changes by it."""

from typing import Any

import pytest

from tests.installations import SYSTEM, Community
from tests.ledger.bench import hash_of
from tests.services.flows.checks import check_book
from tests.services.flows.time_bank import (
    TWO_STAFF,
    VERIFIED,
    balances,
    hold,
    post_all,
    serve,
    service,
    size,
    with_rules,
)
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
from timebank.flows.holds import Hold
from timebank.flows.movements import Transfer
from timebank.flows.retirements import Adjust, Expire
from timebank.flows.reversals import Reverse
from timebank.flows.services import Helper, Service


@pytest.fixture
def bank(community: Community) -> Community:
    """王 has 100 points, 李 and 张 none; an hour earns 6; 10 a day and 40 ever may be kept."""
    return with_rules(community)


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
    check_book(bank)


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
    check_book(bank)
