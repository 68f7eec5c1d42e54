"""Donations and grants: into which funds they come, and once for each receipt."""

import pytest

from tests.ledger.bench import Bench
from tests.ledger.funds import (
    BANK,
    FLOOD,
    STAFF,
    TILL,
    book_of_funds,
    donate,
    file_plan,
    money,
    seen_in_public,
    spend,
)
from timebank.errors import AlreadyUsedError, FundRestrictedError, InsufficientBalanceError
from timebank.flows.funds import TakeGrant


@pytest.fixture
def bench() -> Bench:
    """A book with funds for donations, for a grant, and for the running of things."""
    return book_of_funds()


def test_a_donation_comes_into_a_fund_that_was_opened_for_donations(bench: Bench) -> None:
    donate(bench, donor="王")

    assert bench.balance(BANK, "CNY", FLOOD) == 1_000
    assert bench.balance("world:donors", "CNY", FLOOD) == -1_000
    assert bench.entry().public == {"receipt": "r-1"}
    assert bench.sealed() == {
        "at": "2026-11-22T09:30:00Z",
        "donor": "王",
    }
    bench.keyed_replay()


@pytest.mark.parametrize("fund", ["fund:city", STAFF, "fund:plain"])
def test_a_donation_never_comes_where_overheads_are_paid(bench: Bench, fund: str) -> None:
    bench.lot("CNY", "fund:plain")

    with pytest.raises(FundRestrictedError, match=f"{fund} was not opened for what is donated"):
        donate(bench, fund=fund)
    legs = [("world:donors", BANK, 1, fund)]
    assert "fund_restricted" in seen_in_public(bench, "donation", legs, receipt="r-1")


def test_a_grant_comes_into_a_fund_that_was_opened_for_it(bench: Bench) -> None:
    grant = TakeGrant(receipt="g-1", grantor="民政局", named=True, **money(fund="fund:city"))
    bench.post(grant)

    assert bench.entry().public == {"receipt": "g-1", "grantor": "民政局"}
    with pytest.raises(FundRestrictedError, match="was not opened for what is granted"):
        bench.post(TakeGrant(receipt="g-2", **money(fund=FLOOD)))


def test_a_receipt_is_given_once(bench: Bench) -> None:
    first = donate(bench)

    with pytest.raises(AlreadyUsedError, match=f"r-1 stands in entry {first}"):
        donate(bench, account=TILL)
    legs = [("world:donors", BANK, 1, FLOOD)]
    assert "already_used" in seen_in_public(bench, "donation", legs, receipt="r-1")
    bench.reverse(first)
    donate(bench)
    bench.post(TakeGrant(receipt="r-1", **money(fund="fund:city")))

    assert bench.balance(BANK, "CNY", FLOOD) == 1_000
    bench.keyed_replay()


def test_the_receipt_of_a_grant_is_given_once(bench: Bench) -> None:
    grant = TakeGrant(receipt="g-1", **money(fund="fund:city"))
    first = bench.post(grant)

    with pytest.raises(AlreadyUsedError, match=f"g-1 stands in entry {first}"):
        bench.post(grant)
    legs = [("world:grantors", BANK, 1, "fund:city")]
    assert "already_used" in seen_in_public(bench, "grant", legs, receipt="g-1")
    bench.reverse(first)
    bench.post(grant)
    bench.keyed_replay()


def test_nothing_is_given_to_a_fund_that_ended(bench: Bench) -> None:
    bench.today = "2027-07-01"

    with pytest.raises(FundRestrictedError, match="fund:flood ended on 2027-06-30"):
        donate(bench)
    donate(bench, day="2027-06-30")


def test_a_donation_that_was_spent_is_not_taken_back(bench: Bench) -> None:
    first = donate(bench)
    spend(bench, file_plan(bench), 1)

    with pytest.raises(InsufficientBalanceError) as caught:
        bench.reverse(first)
    assert caught.value.shortfall == 1


def test_money_of_others_is_nobodys_donation(bench: Bench) -> None:
    with pytest.raises(FundRestrictedError, match="fund:agency is not the association's money"):
        donate(bench, fund="fund:agency")
