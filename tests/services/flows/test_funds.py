"""Earmarked money through the journal, on both databases."""

from typing import Any

import pytest
from sqlalchemy import Table

from tests.installations import Community
from tests.ledger.bench import hash_of
from tests.services.tampering import Row, rows_of
from timebank.errors import (
    AlreadyUsedError,
    CapacityError,
    FactsError,
    FundRestrictedError,
    InsufficientBalanceError,
    NothingLeftError,
    NotReversibleError,
    ReferredError,
    SamePersonError,
    StaleStateError,
    TimebankError,
    UnknownEntryError,
)
from timebank.flows.command import Command
from timebank.flows.definitions import OpenAccount, RegisterLot
from timebank.flows.funds import (
    Donate,
    FilePlan,
    FileReport,
    MoveMoney,
    OpenFund,
    Reclassify,
    Spend,
    TakeGrant,
)
from timebank.flows.reversals import Reverse
from timebank.services.balances import public_balances
from timebank.services.posting import Posted, post_batch
from timebank.services.rebuild import rebuild_book
from timebank.services.verification import Verdict, verify_book
from timebank.store import tables

BANK, TILL, CLUB = "bank:main", "cash:till", "groups:chess-club"
FLOOD, WINTER, CITY, OPERATING = "fund:flood", "fund:winter", "fund:city", "fund:operating"
THREE = ("staff:coordinator:1", "staff:verifier:2", "staff:treasurer:3")
HASH = hash_of("file")

PROJECTIONS: list[Table[Any]] = [
    tables.balances,
    tables.turnovers,
    tables.lots,
    tables.names,
    tables.remainders,
    tables.reversals,
]


@pytest.fixture
def funds(community: Community) -> Community:
    """A book with a fund of donations, one of a grant, a till, and 1,000.00 of the donors."""
    for command in (
        OpenAccount(account=TILL),
        OpenFund(
            fund=FLOOD,
            commodity="CNY",
            purpose="救灾",
            source="donated",
            categories=("food", "shelter"),
            ends="2026-12-31",
        ),
        OpenFund(fund=WINTER, commodity="CNY", purpose="冬衣", source="donated"),
        OpenFund(fund=CITY, commodity="CNY", purpose="社区", source="granted", overheads=True),
        donation(),
    ):
        community.post(command)
    return community


def money(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    return {"account": BANK, "fund": FLOOD, "commodity": "CNY", "amount": 100_000, **more}


def donation(receipt: str = "r-1", **more: Any) -> Donate:  # noqa: ANN401 - any field
    return Donate(receipt=receipt, **money(**more))


def plan(**more: Any) -> FilePlan:  # noqa: ANN401 - any field
    fields = {"fund": FLOOD, "category": "food", "amount": 600, "until": "2026-06-30", **more}
    return FilePlan(commodity="CNY", plan=HASH, **fields)


def spend(plan: int, amount: int, **more: Any) -> Spend:  # noqa: ANN401 - any field
    return Spend(**{"plan": plan, "amount": amount, "account": BANK, "related": "none", **more})


def report(plan: int) -> FileReport:
    return FileReport(plan=plan, result="发放完毕", evidence=(HASH,))


def change(fund: str, to_fund: str, amount: int = 100) -> Reclassify:
    fields = money(fund=fund, amount=amount)
    return Reclassify(to_fund=to_fund, basis="consent", document=HASH, **fields)


def move(account: str, to: str, amount: int = 100, **more: Any) -> MoveMoney:  # noqa: ANN401
    return MoveMoney(to=to, **money(account=account, amount=amount, **more))


def post(book: Community, *commands: Command) -> Posted:
    """Post some by three officers; give the last."""
    return [book.post(command, by=THREE) for command in commands][-1]


def filed(book: Community, **more: Any) -> int:  # noqa: ANN401 - any field
    return post(book, plan(**more)).seq


def refused(
    book: Community, command: Command, error: type[TimebankError], *, by: tuple[str, ...] = THREE
) -> TimebankError:
    """The error against a command, which changed nothing."""
    engine = book.installation.engine
    before = [rows_of(engine, table) for table in (tables.heads, *PROJECTIONS)]
    with pytest.raises(error) as caught:
        book.post(command, by=by)
    assert [rows_of(engine, table) for table in (tables.heads, *PROJECTIONS)] == before
    return caught.value


def has(book: Community, account: str, fund: str = FLOOD) -> int:
    found = public_balances(book.installation, book.slug).rows
    return sum(row.balance for row in found if (row.account, row.lot) == (account, fund))


def everything(book: Community) -> list[list[Row]]:
    return [rows_of(book.installation.engine, table) for table in PROJECTIONS]


def check_book(book: Community) -> None:
    """The book is as its log says, and rebuilding it changes nothing."""
    found = verify_book(book.installation, book.slug)
    assert found.verdict is Verdict.FINE, found.findings
    before = everything(book)
    rebuild_book(book.installation, book.slug)
    assert everything(book) == before


def test_a_year_of_a_fund(funds: Community) -> None:
    """Given, planned, moved, spent, taken back, spent again, reported; the rest goes elsewhere."""
    seq = filed(funds)
    wrong = post(funds, move(BANK, TILL, 1_000), move(BANK, CLUB, 250), spend(seq, 600)).seq
    post(funds, Reverse(reverses=wrong))
    post(funds, spend(seq, 350, account=TILL), spend(seq, 250, account=CLUB), report(seq))
    post(funds, TakeGrant(receipt="g-1", **money(fund=CITY)), change(CITY, OPERATING, 500))
    post(funds, change(FLOOD, WINTER, 98_750))

    assert [has(funds, account) for account in (BANK, TILL, CLUB)] == [0, 650, 0]
    assert [has(funds, BANK, fund) for fund in (WINTER, CITY, OPERATING)] == [98_750, 99_500, 500]
    assert has(funds, "world:payees") == 600
    check_book(funds)


def test_a_plan_is_never_overdrawn(funds: Community) -> None:
    seq = filed(funds)
    first = post(funds, spend(seq, 400)).seq

    assert refused(funds, spend(seq, 201), NothingLeftError).details() == {
        "seq": seq,
        "remaining": 200,
        "asked": 201,
    }
    post(funds, Reverse(reverses=first))
    refused(funds, spend(seq, 601), NothingLeftError)
    post(funds, spend(seq, 100), spend(seq, 500))
    refused(funds, spend(seq, 1), NothingLeftError)
    check_book(funds)


def test_a_batch_of_spends_ends_with_the_plan(funds: Community) -> None:
    """Each sees what those before it left; a reversal in the middle gives room again."""
    seq = filed(funds)
    first = post(funds, spend(seq, 300)).seq
    commands = [
        spend(seq, 300),
        spend(seq, 1),
        Reverse(reverses=first),
        spend(seq, 200),
        spend(seq, 101),
        donation("r-1"),
        donation("r-2"),
        donation("r-2"),
        report(seq),
        spend(seq, 100),
        report(seq),
        Reverse(reverses=seq),
    ]
    outcomes = post_batch(
        funds.installation,
        funds.slug,
        [funds.posting(command, by=THREE) for command in commands],
        atomic=False,
    )

    assert [one.code if isinstance(one, TimebankError) else "" for one in outcomes] == [
        "",
        "over_remaining",
        "",
        "",
        "over_remaining",
        "already_used",
        "",
        "already_used",
        "",
        "stale_state",
        "already_used",
        "stale_state",
    ]
    assert has(funds, "world:payees") == 500
    check_book(funds)


def test_what_was_drawn_on_or_reported_is_not_taken_back(funds: Community) -> None:
    seq = filed(funds)
    drawn = post(funds, spend(seq, 1)).seq
    refused(funds, Reverse(reverses=seq), StaleStateError)
    answer = post(funds, Reverse(reverses=drawn), report(seq)).seq

    error = refused(funds, Reverse(reverses=seq), StaleStateError)
    assert f"entry {answer} answers it" in str(error)
    post(funds, Reverse(reverses=answer), Reverse(reverses=seq))
    refused(funds, spend(seq, 1), StaleStateError)
    refused(funds, report(seq), StaleStateError)
    check_book(funds)


def test_a_receipt_may_be_given_again_once_its_donation_was_taken_back(funds: Community) -> None:
    first = post(funds, donation("r-2")).seq
    assert isinstance(refused(funds, donation("r-2"), AlreadyUsedError), AlreadyUsedError)
    post(funds, Reverse(reverses=first), donation("r-2", amount=1))
    refused(funds, donation("r-2"), AlreadyUsedError)

    assert has(funds, BANK) == 100_001
    check_book(funds)


def test_every_other_refusal_changes_nothing(funds: Community) -> None:
    seq, winter = filed(funds), filed(funds, fund=WINTER)
    funds.post(RegisterLot(commodity="CNY", lot="fund:agency"))
    chess = ("staff:coordinator:1", "staff:treasurer:1", "staff:verifier:1")
    cases: list[tuple[Command, type[TimebankError], tuple[str, ...]]] = [
        (donation("r-3", fund=CITY), FundRestrictedError, THREE),
        (donation("r-3", fund=OPERATING), FundRestrictedError, THREE),
        (TakeGrant(receipt="g-1", **money()), FundRestrictedError, THREE),
        (donation("r-3"), CapacityError, ("app:shop",)),
        (plan(category="feast"), FundRestrictedError, THREE),
        (plan(fund=WINTER, category="wages"), FundRestrictedError, THREE),
        (plan(fund=WINTER, category="fees"), FundRestrictedError, THREE),
        (plan(fund=CITY, category="wages"), FundRestrictedError, THREE),
        (plan(until="2027-01-01"), FundRestrictedError, THREE),
        (plan(until="2026-02-28"), FactsError, THREE),
        (spend(seq, 1), SamePersonError, chess),
        (spend(seq, 1), CapacityError, THREE[:2]),
        (spend(winter, 1), InsufficientBalanceError, THREE),
        (spend(seq, 1, account=CLUB), InsufficientBalanceError, THREE),
        (spend(seq, 1, day="2026-02-28"), FactsError, THREE),
        (spend(3, 1), ReferredError, THREE),
        (spend(9_999, 1), UnknownEntryError, THREE),
        (report(9_999), UnknownEntryError, THREE),
        (change(FLOOD, OPERATING), FundRestrictedError, THREE),
        (change(FLOOD, CITY), FundRestrictedError, THREE),
        (change(FLOOD, FLOOD), FactsError, THREE),
        (change("fund:agency", WINTER, 1), FundRestrictedError, THREE),
        (change(FLOOD, WINTER), SamePersonError, ("staff:treasurer:1", "staff:verifier:1")),
        (change(FLOOD, WINTER, 100_001), InsufficientBalanceError, THREE),
        (move(BANK, TILL, 1, fund="fund:agency"), FundRestrictedError, THREE),
        (move(TILL, BANK, 1), InsufficientBalanceError, THREE),
        (Reverse(reverses=seq - 3), NotReversibleError, THREE),
    ]
    for command, error, by in cases:
        refused(funds, command, error, by=by)
    funds.clock.advance(days=122)
    refused(funds, spend(seq, 1), FactsError)
    funds.clock.advance(days=184)
    refused(funds, donation("r-4"), FundRestrictedError)
    refused(funds, move(BANK, CLUB, 1), FundRestrictedError)
    refused(funds, change(WINTER, FLOOD, 1), FundRestrictedError)
    post(funds, move(BANK, TILL, 1), change(FLOOD, WINTER, 99_999))
    check_book(funds)


def test_a_fund_is_a_lot_for_goods_to_be_bought_from(funds: Community) -> None:
    lot: dict[str, Any] = {"commodity": "RICE-5KG", "source": "purchased", "fund": FLOOD}
    refused(funds, RegisterLot(lot="rice-2", uses=("feast",), **lot), FundRestrictedError)
    funds.post(RegisterLot(lot="rice-2", uses=("food",), **lot))
    check_book(funds)
