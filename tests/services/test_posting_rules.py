"""The rules through the journal, on real databases: holds, reversals, closing, and refusals."""

import pytest
from sqlalchemy import select

from tests.installations import NO_LIST, Community, open_balance
from tests.services.points import net, size
from timebank.errors import (
    AccountClosedError,
    AlreadyReversedError,
    CapacityError,
    DayError,
    InsufficientBalanceError,
    LegPatternError,
    LotError,
    MalformedError,
    NotCanonicalError,
    NothingLeftError,
    NotReversibleError,
    PeriodClosedError,
    StaleStateError,
    TimebankError,
    TooLargeError,
    UnknownAccountError,
    UnknownCommodityError,
    UnknownEntryError,
)
from timebank.flows.command import Command
from timebank.flows.definitions import (
    CloseAccount,
    DefineCommodity,
    OpenAccount,
    RegisterLot,
    SetPolicy,
    SettingFact,
    ValueFact,
)
from timebank.flows.holds import Hold, Release, Settle
from timebank.flows.movements import Issue, OpenBalances, Transfer
from timebank.flows.periods import Close
from timebank.flows.reversals import Reverse
from timebank.ledger.encoding import MAX_ENTRY_BYTES
from timebank.ledger.model import Leg
from timebank.services import books
from timebank.services.installation import Installation
from timebank.store import tables
from timebank.store.journal import REVERSAL_ROOM_BYTES


def test_an_open_hold_is_settled_in_parts_and_the_rest_released(community: Community) -> None:
    hold = community.post(Hold(member=community.ids["王"], amount=40, commodity="POINT"))
    assert (net(community, "王"), net(community, "王", "members:held")) == (60, 40)
    community.post(Settle(hold=hold.seq, to=community.reference("李"), amount=15))
    refused = community.refusal(Settle(hold=hold.seq, to=community.reference("李"), amount=26))
    assert isinstance(refused, NothingLeftError)
    assert (refused.remaining, refused.asked) == (25, 26)
    community.post(Release(hold=hold.seq))
    assert (net(community, "王"), net(community, "李")) == (85, 15)
    assert isinstance(community.refusal(Release(hold=hold.seq)), NothingLeftError)
    with community.installation.engine.connect() as connection:
        assert connection.execute(select(tables.remainders)).all() == []


def test_held_points_cannot_be_spent(community: Community) -> None:
    community.post(Hold(member=community.ids["王"], amount=40, commodity="POINT"))
    refused = community.refusal(Transfer(legs=(community.leg("王", "李", 61),)))
    assert isinstance(refused, InsufficientBalanceError)
    assert (refused.balance, refused.shortfall) == (60, 1)
    assert refused.account == community.reference("王")


def test_a_reversed_settlement_can_be_settled_again(community: Community) -> None:
    hold = community.post(Hold(member=community.ids["王"], amount=40, commodity="POINT"))
    settled = community.post(Settle(hold=hold.seq, to=community.reference("李")))
    community.post(Reverse(reverses=settled.seq))
    assert (net(community, "李"), net(community, "王", "members:held")) == (0, 40)
    community.post(Settle(hold=hold.seq, to=community.reference("李"), amount=40))
    assert net(community, "李") == 40


def test_a_hold_that_has_gone_on_is_not_reversed(community: Community) -> None:
    hold = community.post(Hold(member=community.ids["王"], amount=40, commodity="POINT"))
    community.post(Release(hold=hold.seq, amount=1))
    assert isinstance(community.refusal(Reverse(reverses=hold.seq)), StaleStateError)


def test_a_hold_ends_by_policy(community: Community) -> None:
    community.post(SetPolicy(settings=(SettingFact("hold_days", 7),)))
    hold = community.post(Hold(member=community.ids["王"], amount=40, commodity="POINT"))
    assert hold.entry.public["expires"] == "2026-03-08"
    community.clock.advance(days=8)
    settle = Settle(hold=hold.seq, to=community.reference("李"))
    assert isinstance(community.refusal(settle), StaleStateError)
    community.post(Release(hold=hold.seq))
    assert net(community, "王") == 100


def test_an_entry_is_reversed_once_and_a_reversal_never(community: Community) -> None:
    moved = community.transfer("王", "李", 30)
    back = community.post(Reverse(reverses=moved.seq))
    assert net(community, "王") == 100
    assert isinstance(community.refusal(Reverse(reverses=moved.seq)), AlreadyReversedError)
    assert isinstance(community.refusal(Reverse(reverses=back.seq)), NotReversibleError)
    assert isinstance(community.refusal(Reverse(reverses=0)), NotReversibleError)
    assert isinstance(community.refusal(Reverse(reverses=999)), UnknownEntryError)


def test_a_reversal_says_what_is_missing(community: Community) -> None:
    moved = community.transfer("王", "李", 30)
    community.transfer("李", "groups:chess-club", 20)
    refused = community.refusal(Reverse(reverses=moved.seq))
    assert isinstance(refused, InsufficientBalanceError)
    assert (refused.balance, refused.shortfall) == (10, 20)


def test_a_credit_limit_lets_a_member_go_below_zero(community: Community) -> None:
    community.post(SetPolicy(settings=(SettingFact("credit_limit", 50, "POINT"),)))
    community.transfer("李", "王", 50)
    refused = community.refusal(Transfer(legs=(community.leg("李", "王", 1),)))
    assert isinstance(refused, InsufficientBalanceError)
    assert (refused.balance, refused.shortfall) == (-50, 1)


def test_a_closed_period_takes_nothing_more(community: Community) -> None:
    community.clock.advance(days=1)
    community.post(Close(until="2026-03-01"))
    late = Transfer(legs=(community.leg("王", "李", 1),), day="2026-03-01")
    assert isinstance(community.refusal(late), PeriodClosedError)
    assert isinstance(community.refusal(Close(until="2026-03-01")), DayError)
    assert isinstance(community.refusal(Close(until="2026-03-02")), DayError)
    belated = Transfer(legs=(community.leg("王", "李", 1),), belongs="2026-03-01")
    assert community.post(belated).entry.public == {"belongs": "2026-03-01"}
    assert isinstance(
        community.refusal(Transfer(legs=(community.leg("王", "李", 1),), belongs="2026-03-02")),
        DayError,
    )


def test_a_close_states_what_is_in_circulation_on_its_last_day(community: Community) -> None:
    open_balance(community, "bank:main", 250, commodity="CNY", lot="fund:operating")
    community.clock.advance(days=1)
    community.issue("李", 7)
    closed = community.post(Close(until="2026-03-01"))
    assert closed.entry.public["totals"] == [
        {"amount": 250, "commodity": "CNY", "lot": "fund:operating"},
        {"amount": 100, "commodity": "POINT"},
    ]
    community.clock.advance(days=1)
    assert community.post(Close(until="2026-03-02")).entry.public["totals"][1]["amount"] == 107


def test_an_account_closes_only_when_it_is_empty_and_for_good(community: Community) -> None:
    community.transfer("王", "groups:chess-club", 5)
    closing = CloseAccount(account="groups:chess-club")
    assert community.refusal(closing).code == "not_settled"
    community.transfer("groups:chess-club", "王", 5)
    community.post(closing)
    refused = community.refusal(Transfer(legs=(community.leg("王", "groups:chess-club", 5),)))
    assert isinstance(refused, AccountClosedError)
    assert community.refusal(OpenAccount(account="groups:chess-club")).code == "already_defined"
    assert community.refusal(closing).code == "account_closed"


def test_goods_name_a_fund_that_is_there(community: Community) -> None:
    value = ValueFact(1_000, "CNY")
    lot = RegisterLot(
        commodity="RICE-5KG", lot="rice-2", fund="fund:operating", basis="cost", value=value
    )
    community.post(lot)
    unknown = RegisterLot(commodity="RICE-5KG", lot="rice-3", fund="fund:nobody")
    assert isinstance(community.refusal(unknown), LotError)


def bad_commands(community: Community) -> list[tuple[Command, type[TimebankError]]]:
    """Commands that must be refused, and by what."""

    def moving(*legs: Leg, **more: str) -> Transfer:
        return Transfer(legs=legs, day=more.get("day"), memo=more.get("memo", ""))

    leg = community.leg("王", "李", 1)
    money = community.leg("world:opening", "bank:main", 1, commodity="CNY")
    wrong = community.leg("world:opening", "bank:main", 1, commodity="CNY", lot="fund:none")
    nobody = Leg(amount=1, commodity="POINT", from_=leg.from_, to="members#" + "A" * 22)
    return [
        (moving(community.leg("王", "nowhere:x", 1)), UnknownAccountError),
        (moving(community.leg("王", "members", 1)), UnknownAccountError),
        (moving(nobody), UnknownAccountError),
        (moving(community.leg("王", "李", 1, commodity="NONE")), UnknownCommodityError),
        (moving(community.leg("王", "李", 1, lot="rice-1")), LotError),
        (moving(community.leg("王", "issued", 1)), LegPatternError),
        (moving(community.leg("王", "王", 1)), MalformedError),
        (moving(leg, day="2026-03-02"), DayError),
        (moving(leg, day="yesterday"), MalformedError),
        (moving(leg, memo="a\tb"), TimebankError),
        (OpenBalances(legs=(money,), list=NO_LIST), LotError),
        (OpenBalances(legs=(wrong,), list=NO_LIST), LotError),
        (OpenBalances(legs=(leg,), list="short"), MalformedError),
        (Hold(member="A" * 22, amount=1, commodity="POINT"), UnknownAccountError),
        (Settle(hold=3, to=community.reference("李")), TimebankError),
        (Settle(hold=99, to=community.reference("李")), UnknownEntryError),
        (moving(*([leg] * 65)), NotCanonicalError),
    ]


def test_bad_commands_are_refused_and_change_nothing(community: Community) -> None:
    before = size(community)
    for command, error in bad_commands(community):
        assert isinstance(community.refusal(command), error), command
    assert size(community) == before


def test_an_entry_leaves_room_for_its_reversal(installation: Installation) -> None:
    host = ".".join(["a" * 63] * 3 + ["a" * 55])
    books.open_book(installation, slug="big", title="大", time_zone="UTC", origin=f"{host}/log/big")
    community = Community(installation, "big")
    money, bank, fund = "C" * 32, "bank:" + "b" * 59, "fund:" + "f" * 59
    community.post(DefineCommodity(commodity=money, commodity_kind="money", scale=2))
    community.post(OpenAccount(account=bank))
    community.post(RegisterLot(commodity=money, lot=fund))
    leg = community.leg("world:opening", bank, (2**53 - 1) // 64, commodity=money, lot=fund)
    by = ("system", *(f"app:{letter * 60}" for letter in "xyz"))
    before = size(community)
    with pytest.raises(TooLargeError) as refused:
        community.post(OpenBalances(legs=(leg,) * 64, list=NO_LIST), by=by)
    assert refused.value.limit == MAX_ENTRY_BYTES - REVERSAL_ROOM_BYTES
    assert size(community) == before
    posted = community.post(OpenBalances(legs=(leg,) * 60, list=NO_LIST))
    community.post(Reverse(reverses=posted.seq, belongs=None), by=by)
    assert size(community) == before + 2


def test_an_issue_needs_the_treasurer(community: Community) -> None:
    command = Issue(legs=(community.leg("issued", "李", 1),))
    with pytest.raises(CapacityError):
        community.post(command, by=("app:shop",))
    assert community.post(command, by=("app:shop", "staff:treasurer:1")).entry.by == (
        "app:shop",
        "staff:treasurer:1",
    )
