"""Definitions: how a book begins, its keys, its commodities and its accounts."""

from typing import Any

import pytest

from tests.ledger.bench import ORIGIN, Bench, leg, log_vkey, replay
from tests.ledger.definitions import append, book_of_all_sorts
from timebank.errors import (
    AccountClosedError,
    AlreadyDefinedError,
    CannotCheckError,
    FactsError,
    LogBrokenError,
    NotSettledError,
    StaleStateError,
    UnknownAccountError,
    UnknownCommodityError,
    UnknownKindError,
)
from timebank.flows import definitions
from timebank.ledger.model import Draft


@pytest.fixture
def bench() -> Bench:
    """A book with points, hours, money with a fund, and rice."""
    return book_of_all_sorts()


# --- the book -----------------------------------------------------------------------------------


def test_a_book_begins_with_its_chart_time_zone_and_verifier_key() -> None:
    state = Bench().state

    assert state.time_zone == "Asia/Shanghai"
    assert state.vkeys == [log_vkey()]
    assert state.accounts["members"].type == "control"
    assert state.accounts["world:payees"].type == "boundary"
    assert set(state.accounts) == set(state.registry.chart)


def test_nothing_comes_before_the_opening_of_the_book() -> None:
    with pytest.raises(StaleStateError, match="book: it is opened by its first entry, once"):
        Bench(opened=False).define("POINT", "points")


def test_a_book_is_opened_once() -> None:
    with pytest.raises(StaleStateError, match="book: it is opened by its first entry, once"):
        Bench().open(vkey=log_vkey(2))


def genesis(**changes: Any) -> int:  # noqa: ANN401 - any fact
    bench = Bench(opened=False)
    command = definitions.OpenBook(title="t", time_zone="Asia/Shanghai", vkey=log_vkey())
    public = {**bench.draft(command).public, **changes}
    return append(bench, "book.opened", **public)


MEMBERS = {"account": "members", "type": "control"}


def test_a_book_may_begin_with_another_chart_as_the_registry_grows() -> None:
    genesis(chart=[MEMBERS, {"account": "groups:board", "type": "holding"}])


def test_a_chart_names_no_account_twice() -> None:
    with pytest.raises(FactsError, match="names an account twice"):
        genesis(chart=[MEMBERS, MEMBERS])


def test_an_account_in_the_chart_has_the_type_of_its_family() -> None:
    with pytest.raises(FactsError, match="issued cannot be a holding account"):
        genesis(chart=[{"account": "issued", "type": "holding"}])


def test_an_account_of_a_family_that_is_not_known_cannot_be_checked() -> None:
    with pytest.raises(UnknownKindError, match="tools:shed"):
        genesis(chart=[{"account": "tools:shed", "type": "holding"}])


@pytest.mark.parametrize("time_zone", ["UTC", "Etc/GMT+8", "America/Argentina/Buenos_Aires"])
def test_a_time_zone_has_a_name_of_the_iana(time_zone: str) -> None:
    assert genesis(time_zone=time_zone) == 0


@pytest.mark.parametrize("time_zone", ["+08:00", "Asia/", "/Asia", "Asia//Shanghai", "上海", "A B"])
def test_a_time_zone_has_no_other_name(time_zone: str) -> None:
    with pytest.raises(FactsError, match="must be an IANA time zone"):
        genesis(time_zone=time_zone)


def test_the_verifier_key_is_named_after_the_book() -> None:
    with pytest.raises(FactsError, match="its name must be the origin"):
        genesis(vkey=log_vkey(origin=ORIGIN + "-2"))


def test_the_signing_key_is_rotated_to_a_new_one_of_the_same_name(bench: Bench) -> None:
    bench.rotate(2)
    bench.rotate(3)

    assert bench.state.vkeys == [log_vkey(number) for number in (1, 2, 3)]
    with pytest.raises(AlreadyDefinedError, match="vkey"):
        bench.rotate(1)
    with pytest.raises(FactsError, match="its name must be the origin"):
        append(bench, "key.rotated", vkey=log_vkey(4, ORIGIN + "-2"))


# --- commodities and accounts -------------------------------------------------------------------


def test_a_commodity_is_defined_once(bench: Bench) -> None:
    assert bench.state.commodities["CNY"].scale == 2
    with pytest.raises(AlreadyDefinedError, match="commodity CNY is defined already"):
        bench.define("CNY", "points")


@pytest.mark.parametrize(
    "account",
    [
        "groups:chess",
        "bank:main",
        "cash:market",
        "stock:a",
        "stock:a:quarantine",
        "stock:a:reserved",
    ],
)
def test_accounts_of_these_families_are_opened(bench: Bench, account: str) -> None:
    seq = bench.account(account)

    assert bench.state.accounts[account].opened == seq


@pytest.mark.parametrize("account", ["pool:other", "groups", "groups:a:b", "stock:a:b"])
def test_the_flow_refuses_all_other_accounts(bench: Bench, account: str) -> None:
    with pytest.raises(FactsError, match=r"is none of groups:\*, bank:\*"):
        bench.account(account)


@pytest.mark.parametrize("account", ["pool:other", "retired:gone"])
def test_no_other_account_of_a_known_family_is_opened_later(bench: Bench, account: str) -> None:
    with pytest.raises(FactsError, match="is opened with the book, or never"):
        append(bench, "account.opened", account=account, type="holding")


def test_a_boundary_account_is_not_opened_as_a_holding(bench: Bench) -> None:
    with pytest.raises(FactsError, match="world:more cannot be a holding account"):
        append(bench, "account.opened", account="world:more", type="holding")


def test_replay_cannot_check_an_account_of_a_family_it_does_not_know(bench: Bench) -> None:
    facts = {"account": "tools:shed", "type": "holding"}

    with pytest.raises(CannotCheckError, match="tools:shed"):
        replay(bench.forge(Draft(kind="account.opened", day=bench.today, public=facts)))


def test_an_account_is_opened_once_and_never_again(bench: Bench) -> None:
    bench.account("groups:chess")
    with pytest.raises(AlreadyDefinedError, match="account groups:chess is defined already"):
        bench.account("groups:chess")

    bench.close_account("groups:chess")
    with pytest.raises(AlreadyDefinedError):
        bench.account("groups:chess")


def test_limits_are_in_hours_and_points_each_once(bench: Bench) -> None:
    with pytest.raises(UnknownCommodityError):
        bench.account("groups:chess", limits={"TEA": 1})
    with pytest.raises(FactsError, match="credit is in hours and points only"):
        bench.account("groups:chess", limits={"CNY": 1})
    twice = [{"commodity": "POINT", "amount": amount} for amount in (1, 2)]
    with pytest.raises(FactsError, match="names a commodity twice"):
        append(bench, "account.opened", account="groups:chess", type="holding", limits=twice)


def test_an_account_is_closed_when_it_holds_nothing(bench: Bench) -> None:
    bench.enrol("ana")
    bench.account("groups:chess", limits={"POINT": 5})
    bench.issue("groups:chess", 7)

    with pytest.raises(NotSettledError, match="groups:chess still holds 7 POINT"):
        bench.close_account("groups:chess")
    bench.transfer("groups:chess", "ana", 12)
    with pytest.raises(NotSettledError, match="groups:chess still holds -5 POINT"):
        bench.close_account("groups:chess")
    bench.transfer("ana", "groups:chess", 5)
    seq = bench.close_account("groups:chess")

    assert bench.state.accounts["groups:chess"].closed == seq
    with pytest.raises(AccountClosedError):
        bench.close_account("groups:chess")


def test_an_account_with_nothing_but_different_lots_still_holds_them(bench: Bench) -> None:
    bench.lot("RICE", "b-1")
    bench.account("stock:a")
    bench.take_over(leg("world:opening", "stock:a", 1, "RICE", "b-1"))

    with pytest.raises(NotSettledError) as caught:
        bench.close_account("stock:a")

    assert caught.value.lot == "b-1"


def test_only_what_was_opened_later_is_closed(bench: Bench) -> None:
    with pytest.raises(UnknownAccountError, match="groups:none"):
        bench.close_account("groups:none")
    with pytest.raises(FactsError, match="pool:donated is part of every book"):
        bench.close_account("pool:donated")


def test_the_log_alone_shows_that_an_account_was_closed_too_early(bench: Bench) -> None:
    bench.account("groups:chess")
    bench.issue("groups:chess", 7)
    forged = bench.forge(bench.draft(definitions.CloseAccount(account="groups:chess")))

    with pytest.raises(LogBrokenError, match="not_settled: groups:chess still holds 7 POINT"):
        replay(forged)
