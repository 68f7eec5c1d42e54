from typing import Any

import pytest
from msgspec.structs import replace

from tests.ledger.bench import ORIGIN, TODAY, Bench, hash_of, leg, log_vkey, member_id, replay
from timebank.errors import (
    AccountClosedError,
    AlreadyDefinedError,
    CannotCheckError,
    CapacityError,
    FactsError,
    HolderGoneError,
    LogBrokenError,
    LotError,
    NotSettledError,
    StaleStateError,
    UnknownAccountError,
    UnknownCommodityError,
    UnknownKindError,
    UnknownMemberError,
)
from timebank.flows import definitions
from timebank.ledger.model import Draft


@pytest.fixture
def bench() -> Bench:
    """A book with points, hours, money with a fund, and rice."""
    bench = Bench()
    bench.define("HOUR", "time")
    bench.define("CNY", "money", 2)
    bench.lot("CNY", "fund:flood-2026")
    bench.define("RICE", "goods")
    return bench


def append(bench: Bench, kind: str, /, **public: Any) -> int:  # noqa: ANN401 - any fact
    """Post a definition that no flow has looked at."""
    return bench.append(Draft(kind=kind, day=bench.today, public=public))


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


# --- lots and funds -----------------------------------------------------------------------------


def lot(bench: Bench, commodity: str, lot: str, **facts: Any) -> int:  # noqa: ANN401 - any fact
    return append(bench, "lot.registered", commodity=commodity, lot=lot, **facts)


VALUE = {"amount": 1_200, "commodity": "CNY"}


def test_a_lot_of_goods_says_where_it_comes_from_and_what_it_is_worth(bench: Bench) -> None:
    facts = {
        "basis": "cost",
        "expires": "2027-01-31",
        "fund": "fund:flood-2026",
        "source": "purchased",
        "title": "东北大米",
        "uses": ["household", "kitchen"],
        "value": VALUE,
    }
    lot(bench, "RICE", "b-17", **facts)

    assert bench.state.lots["RICE", "b-17"].facts["value"] == VALUE


def test_a_lot_is_registered_once_in_its_commodity(bench: Bench) -> None:
    bench.define("TEA", "goods")
    bench.lot("RICE", "b-17")
    bench.lot("TEA", "b-17")

    with pytest.raises(AlreadyDefinedError, match="lot b-17 is defined already"):
        bench.lot("RICE", "b-17")


@pytest.mark.parametrize("commodity", ["POINT", "HOUR"])
def test_hours_and_points_have_no_lots(bench: Bench, commodity: str) -> None:
    with pytest.raises(LotError, match="hours and points have no lots"):
        bench.lot(commodity, "fund:a")


def test_a_lot_is_of_a_commodity_that_was_defined(bench: Bench) -> None:
    with pytest.raises(UnknownCommodityError):
        bench.lot("TEA", "b-17")


@pytest.mark.parametrize(("commodity", "code"), [("CNY", "b-17"), ("RICE", "fund:flood-2026")])
def test_a_fund_is_a_lot_of_money_and_nothing_else_is(
    bench: Bench, commodity: str, code: str
) -> None:
    with pytest.raises(LotError, match=r"money is in fund:\.\.\., goods are not"):
        bench.lot(commodity, code)


@pytest.mark.parametrize(
    "facts",
    [
        {"basis": "cost"},
        {"expires": "2027-01-31"},
        {"fund": "fund:flood-2026"},
        {"source": "donated"},
        {"uses": ["household"]},
        {"value": VALUE},
    ],
)
def test_a_fund_has_no_facts_of_goods(bench: Bench, facts: dict[str, Any]) -> None:
    with pytest.raises(FactsError, match="a fund has no"):
        lot(bench, "CNY", "fund:other", **facts)


@pytest.mark.parametrize("facts", [{"basis": "cost"}, {"value": VALUE}])
def test_value_and_basis_go_together(bench: Bench, facts: dict[str, Any]) -> None:
    with pytest.raises(FactsError, match="value and basis go together"):
        lot(bench, "RICE", "b-17", **facts)


def test_a_value_is_in_money(bench: Bench) -> None:
    with pytest.raises(FactsError, match=r"value\.commodity: must be money"):
        lot(bench, "RICE", "b-17", basis="cost", value={**VALUE, "commodity": "POINT"})
    with pytest.raises(UnknownCommodityError):
        lot(bench, "RICE", "b-17", basis="cost", value={**VALUE, "commodity": "USD"})


@pytest.mark.parametrize("fund", ["fund:other", "b-16"])
def test_goods_are_bought_from_a_fund_that_there_is(bench: Bench, fund: str) -> None:
    bench.lot("RICE", "b-16")

    with pytest.raises(LotError, match=f"there is no fund {fund}"):
        lot(bench, "RICE", "b-17", fund=fund)


# --- holders ------------------------------------------------------------------------------------


def test_a_holder_has_the_seq_of_their_enrolment_as_number(bench: Bench) -> None:
    seq = bench.enrol("ana", limits={"POINT": 5})

    holder = bench.state.holders[seq]
    assert (holder.number, holder.kind, holder.limits[0].amount) == (seq, "member", 5)


def test_a_name_is_in_the_seal_only(bench: Bench) -> None:
    bench.enrol("Ana Maria")

    written = bench.written[-1]
    assert b"Ana" not in written.body
    assert bench.sealed() == {
        "at": "2026-11-22T09:30:00Z",
        "name": "Ana Maria",
        "number": str(written.entry.seq),
    }


def test_a_viewing_key_is_enrolled_once(bench: Bench) -> None:
    bench.enrol("ana")
    key_hash = bench.entry().public["key"]
    command = definitions.EnrolHolder(holder="member", key_hash=key_hash, number="2", name="bo")

    with pytest.raises(AlreadyDefinedError, match="key"):
        bench.post(command)


@pytest.mark.parametrize("kind", ["carrier", "stall"])
def test_only_members_have_limits(bench: Bench, kind: Any) -> None:  # noqa: ANN401 - a literal
    with pytest.raises(FactsError, match="only members have credit limits"):
        bench.enrol("ana", kind=kind, limits={"POINT": 5})


def test_limits_of_members_are_in_hours_and_points(bench: Bench) -> None:
    with pytest.raises(FactsError, match="credit is in hours and points only"):
        bench.enrol("ana", limits={"RICE": 5})


@pytest.mark.parametrize("by", [("app:kiosk",), ("member",), ("app:kiosk", "staff:coordinator:2")])
def test_credit_is_given_by_the_treasurer_or_the_operator(
    bench: Bench, by: tuple[str, ...]
) -> None:
    lent = bench.enrolment("ana", limits={"POINT": 5})

    with pytest.raises(CapacityError, match="credit must be posted by staff:treasurer or system"):
        bench.post(lent, by=by)
    with pytest.raises(LogBrokenError, match="capacity_missing: credit"):
        replay(bench.forge(bench.draft(lent), by=by))
    bench.post(bench.enrolment("ana"), by=by)
    for lender in (("staff:treasurer:1",), ("system",)):
        bench.post(bench.enrolment("bo", limits={"POINT": 5}), by=lender)
    bench.replay()


def test_who_leaves_owns_nothing_and_owes_nothing(bench: Bench) -> None:
    bench.policy("credit_limit", 5, "POINT")
    bench.enrol("ana", "bo")
    bench.issue("ana", 7)
    hold = bench.hold("ana", 7)

    with pytest.raises(NotSettledError, match=f"members:held#{member_id('ana')} still holds 7"):
        bench.leave("ana")
    bench.release(hold)
    with pytest.raises(NotSettledError, match=f"members#{member_id('ana')} still holds 7"):
        bench.leave("ana")
    bench.transfer("ana", "bo", 12)
    with pytest.raises(NotSettledError, match="still holds -5 POINT"):
        bench.leave("ana")
    bench.transfer("bo", "ana", 5)
    seq = bench.leave("ana")

    assert bench.state.holders[bench.number("ana")].left == seq


def test_nobody_leaves_twice(bench: Bench) -> None:
    number = bench.enrol("ana")
    bench.leave("ana")

    with pytest.raises(HolderGoneError):
        append(bench, "holder.left", enrolled=number)


def test_only_who_was_enrolled_leaves(bench: Bench) -> None:
    with pytest.raises(UnknownMemberError):
        append(bench, "holder.left", enrolled=2)


def test_the_keys_show_who_left_with_something(bench: Bench) -> None:
    number = bench.enrol("ana")
    bench.issue("ana", 7)
    left = Draft(kind="holder.left", day=bench.today, public={"enrolled": number})
    replay(bench.forge(left))

    bench.force(left)

    with pytest.raises(LogBrokenError, match=f"members#{number} still holds 7 POINT"):
        bench.keyed_replay()


# --- policy -------------------------------------------------------------------------------------


def settings(*items: dict[str, Any], in_force: str = "2026-11-22") -> dict[str, Any]:
    return {"in_force": in_force, "settings": list(items)}


CREDIT = {"setting": "credit_limit", "value": 5, "commodity": "POINT"}


def test_policy_is_kept_with_the_day_it_takes_force(bench: Bench) -> None:
    seq = append(bench, "policy.set", **settings(CREDIT, in_force="2027-01-01"))

    assert bench.state.policies[-1].seq == seq
    assert bench.state.setting("credit_limit", "2027-01-01", commodity="POINT") == 5
    assert bench.state.setting("credit_limit", "2026-12-31", commodity="POINT") is None
    assert bench.state.setting("credit_limit", "2027-01-01", commodity="HOUR") is None


def test_policy_never_takes_force_before_it_is_decided(bench: Bench) -> None:
    with pytest.raises(FactsError, match="must not be before the day it is decided, 2026-11-22"):
        append(bench, "policy.set", **settings(CREDIT, in_force="2026-11-21"))


PRICE = {"setting": "price", "value": 5, "commodity": "POINT", "goods": "RICE"}
SKILLED = {"setting": "tariff", "value": 10, "commodity": "POINT", "category": "skilled"}


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ({"setting": "report_days", "value": 30}, "report_days"),
        (CREDIT, "credit_limit POINT"),
        (SKILLED, "tariff POINT skilled"),
        (PRICE, "price POINT RICE"),
    ],
)
def test_what_was_set_before_never_changes_for_days_gone_by(
    bench: Bench, item: dict[str, Any], name: str
) -> None:
    append(bench, "policy.set", **settings(item))
    bench.today = "2026-12-01"
    other = {"setting": "hold_days", "value": 7}
    back = Draft(
        kind="policy.set", day="2026-11-22", public=settings(other, item, in_force="2026-11-30")
    )

    with pytest.raises(FactsError, match=f"the day of posting, 2026-12-01: {name} was set") as e:
        bench.append(back)

    assert e.value.field == "in_force"
    with pytest.raises(LogBrokenError, match=f"{name} was set before"):
        replay(bench.forge(back))
    bench.append(replace(back, public=settings(other, item, in_force="2026-12-01")))
    bench.replay()


def test_not_even_where_it_was_to_take_force_later(bench: Bench) -> None:
    append(bench, "policy.set", **settings(CREDIT, in_force="2027-01-01"))
    bench.today = "2026-12-01"
    sooner = Draft(kind="policy.set", day=TODAY, public=settings(CREDIT, in_force="2026-11-30"))

    with pytest.raises(FactsError, match="credit_limit POINT was set before"):
        bench.append(sooner)


def test_what_was_never_set_may_take_force_on_a_day_that_is_open(bench: Bench) -> None:
    """For another commodity, category or goods it is another setting."""
    append(bench, "policy.set", **settings(CREDIT, SKILLED, PRICE))
    bench.today = "2026-12-01"
    others = (
        {**CREDIT, "commodity": "HOUR"},
        {**SKILLED, "category": "general"},
        {**SKILLED, "commodity": "HOUR"},
        {**PRICE, "commodity": "HOUR"},
    )

    early = settings(*others, in_force=TODAY)
    bench.append(Draft(kind="policy.set", day=TODAY, public=early))

    assert bench.state.setting("credit_limit", TODAY, commodity="HOUR") == 5
    bench.replay()


def test_a_setting_that_is_not_known_cannot_be_checked(bench: Bench) -> None:
    unknown = {"setting": "daily_cap", "value": 120}
    with pytest.raises(UnknownKindError, match="daily_cap"):
        append(bench, "policy.set", **settings(unknown))

    draft = Draft(kind="policy.set", day=bench.today, public=settings(unknown))
    with pytest.raises(CannotCheckError, match="daily_cap"):
        replay(bench.forge(draft))


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"setting": "credit_limit", "value": 5}, "credit_limit is set for a commodity"),
        (
            {"setting": "hold_days", "value": 5, "commodity": "POINT"},
            "hold_days is not set for a commodity",
        ),
        ({**CREDIT, "commodity": "RICE"}, "credit_limit is for time and points"),
        ({**CREDIT, "category": "general"}, "credit_limit is not set for a category"),
        ({**CREDIT, "setting": "tariff"}, "tariff is set for a category"),
        ({**CREDIT, "setting": "price"}, "price is set for a goods"),
        ({**CREDIT, "goods": "RICE"}, "credit_limit is not set for a goods"),
        ({"setting": "hold_days", "value": 36_501}, "hold_days is at most 36500"),
    ],
)
def test_a_setting_is_given_as_the_registry_says(
    bench: Bench, item: dict[str, Any], reason: str
) -> None:
    with pytest.raises(FactsError, match=reason) as caught:
        append(bench, "policy.set", **settings(CREDIT, item))

    assert caught.value.field == "settings[1]"


@pytest.mark.parametrize("goods", ["POINT", "CNY"])
def test_a_price_is_that_of_goods(bench: Bench, goods: str) -> None:
    public = settings(PRICE, {**PRICE, "goods": goods})

    with pytest.raises(FactsError, match="must be goods") as caught:
        append(bench, "policy.set", **public)

    assert caught.value.field == "settings[1].goods"
    draft = Draft(kind="policy.set", day=bench.today, public=public)
    with pytest.raises(LogBrokenError, match="must be goods"):
        replay(bench.forge(draft))
    append(bench, "policy.set", **settings(PRICE))


def test_a_setting_is_for_a_commodity_that_there_is(bench: Bench) -> None:
    with pytest.raises(UnknownCommodityError):
        append(bench, "policy.set", **settings({**CREDIT, "commodity": "TEA"}))


def test_a_setting_is_named_once_but_for_each_commodity(bench: Bench) -> None:
    append(bench, "policy.set", **settings(CREDIT, {**CREDIT, "commodity": "HOUR"}))

    with pytest.raises(FactsError, match="names a setting twice"):
        append(bench, "policy.set", **settings(CREDIT, {**CREDIT, "value": 6}))


def test_a_key_hash_is_a_hash(bench: Bench) -> None:
    append_hash = hash_of("key")[:-1]

    with pytest.raises(FactsError, match=r"public\.key"):
        append(bench, "holder.enrolled", holder="member", key=append_hash)
