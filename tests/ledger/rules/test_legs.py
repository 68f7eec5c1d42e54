import pytest

from tests.ledger.bench import Bench, keyed_replay, leg, member_id, replay
from timebank.errors import (
    AccountClosedError,
    HolderGoneError,
    LegPatternError,
    LogBrokenError,
    LotError,
    UnknownAccountError,
    UnknownCommodityError,
)
from timebank.flows.movements import Issue, OpenBalances, Transfer
from timebank.ledger.entry import owners_of
from timebank.ledger.model import Draft, DraftLeg, Leg, Owners, Place
from timebank.ledger.registry import standard_registry
from timebank.ledger.rules.legs import check_legs

KINDS = standard_registry().kinds


@pytest.fixture
def bench() -> Bench:
    """A book with hours, points, money and rice, members ana and bo, a carrier and a stall."""
    bench = Bench()
    bench.define("HOUR", "time")
    bench.define("CNY", "money", 2)
    bench.lot("CNY", "fund:operating")
    bench.define("RICE", "goods")
    bench.lot("RICE", "b-17")
    bench.account("bank:main")
    bench.account("stock:yicang")
    bench.account("groups:chess")
    bench.account("groups:old")
    bench.close_account("groups:old")
    bench.enrol("ana", "bo")
    bench.enrol("carrier", kind="carrier")
    bench.enrol("stall", kind="stall")
    bench.issue("ana", 100)
    return bench


def transfer(bench: Bench, *legs: Leg) -> int:
    return bench.post(Transfer(legs=legs))


def take_over(bench: Bench, *legs: Leg) -> int:
    return bench.post(OpenBalances(legs=legs, list="A" * 43 + "="))


def test_legs_within_a_pattern_are_posted(bench: Bench) -> None:
    transfer(bench, leg("ana", "bo", 1), leg("ana", "groups:chess", 2))
    take_over(
        bench,
        leg("world:opening", "bank:main", 500, "CNY", "fund:operating"),
        leg("world:opening", "stock:yicang", 20, "RICE", "b-17"),
        leg("issued", "bo", 60, "HOUR"),
    )

    assert bench.balance("ana") == 97
    assert bench.balance("stock:yicang", "RICE", "b-17") == 20


@pytest.mark.parametrize(
    "wrong",
    [
        leg("issued", "ana", 1),
        leg("ana", "issued", 1),
        leg("ana", "pool:donated", 1),
        leg("ana", "retired:expired", 1),
        leg("ana", "world:payees", 1),
        leg("ana", f"members:held#{member_id('ana')}", 1),
        leg("groups:chess", "bank:main", 1, "CNY", "fund:operating"),
    ],
)
def test_a_leg_outside_the_patterns_of_its_kind_is_refused(bench: Bench, wrong: Leg) -> None:
    with pytest.raises(LegPatternError, match="transfer, leg 1: may not move") as caught:
        transfer(bench, leg("ana", "bo", 1), wrong)

    assert caught.value.leg == 1


@pytest.mark.parametrize(
    "wrong",
    [
        leg("world:opening", "ana", 1),
        leg("world:opening", "groups:chess", 1, "HOUR"),
        leg("issued", "bank:main", 1, "CNY", "fund:operating"),
        leg("issued", "stock:yicang", 1, "RICE", "b-17"),
        leg("world:opening", "stock:yicang", 1, "CNY", "fund:operating"),
        leg("world:opening", "bank:main", 1, "RICE", "b-17"),
    ],
)
def test_hours_never_touch_the_world_and_goods_and_money_are_never_issued(
    bench: Bench, wrong: Leg
) -> None:
    with pytest.raises(LegPatternError, match="may not move"):
        take_over(bench, wrong)


def test_a_kind_has_its_number_of_legs(bench: Bench) -> None:
    with pytest.raises(LegPatternError, match="transfer, leg 0: must have 1 to 64 legs"):
        bench.append(Draft(kind="transfer", day=bench.today, details=({},)))

    two = bench.draft(Transfer(legs=(leg("ana", "bo", 1), leg("ana", "bo", 2))))
    hold = Draft(kind="hold", day=bench.today, legs=two.legs, details=({},))
    with pytest.raises(LegPatternError, match="hold, leg 2: must have 1 to 1 legs"):
        bench.append(hold)


def test_a_definition_has_no_legs(bench: Bench) -> None:
    legs = bench.draft(Transfer(legs=(leg("ana", "bo", 1),))).legs
    public = {"commodity": "TEA", "kind": "goods", "scale": 0}

    with pytest.raises(LegPatternError, match="must have 0 to 0 legs"):
        bench.append(Draft(kind="commodity.defined", day=bench.today, legs=legs, public=public))


@pytest.mark.parametrize(
    "kind", [kind.kind for kind in KINDS.values() if not (kind.legs.most or kind.reverses)]
)
def test_what_only_says_something_moves_nothing(bench: Bench, kind: str) -> None:
    legs = bench.draft(Transfer(legs=(leg("ana", "bo", 1),))).legs
    draft = Draft(kind=kind, day=bench.today, legs=legs)
    entry = bench.write(draft).entry

    with pytest.raises(LegPatternError, match=f"{kind}, leg 1: must have 0 to 0 legs"):
        check_legs(KINDS[kind], entry, owners_of(draft), bench.state, revealed=False)


def test_an_account_must_have_been_opened(bench: Bench) -> None:
    with pytest.raises(UnknownAccountError) as caught:
        transfer(bench, leg("ana", "groups:none", 1))

    assert caught.value.account == "groups:none"


def test_a_closed_account_takes_and_gives_nothing(bench: Bench) -> None:
    with pytest.raises(AccountClosedError, match="groups:old"):
        transfer(bench, leg("ana", "groups:old", 1))
    with pytest.raises(AccountClosedError, match="groups:old"):
        transfer(bench, leg("groups:old", "ana", 1))


def test_a_control_account_is_named_with_a_reference(bench: Bench) -> None:
    with pytest.raises(UnknownAccountError, match="members without #member"):
        transfer(bench, leg("ana", "members", 1))


def test_a_public_account_is_named_without_one(bench: Bench) -> None:
    with pytest.raises(UnknownAccountError, match="groups:chess#"):
        transfer(bench, leg("ana", f"groups:chess#{member_id('bo')}", 1))


def test_a_commodity_must_have_been_defined(bench: Bench) -> None:
    with pytest.raises(UnknownCommodityError, match="TEA"):
        transfer(bench, leg("ana", "bo", 1, "TEA"))


def test_hours_and_points_have_no_lots(bench: Bench) -> None:
    with pytest.raises(LotError, match="hours and points have no lots"):
        transfer(bench, leg("ana", "bo", 1, "POINT", "b-17"))


def test_money_is_always_in_a_fund(bench: Bench) -> None:
    with pytest.raises(LotError, match="CNY: must name its fund as lot"):
        take_over(bench, leg("world:opening", "bank:main", 1, "CNY"))


def test_goods_are_always_of_a_batch(bench: Bench) -> None:
    with pytest.raises(LotError, match="RICE: must name its batch as lot"):
        take_over(bench, leg("world:opening", "stock:yicang", 1, "RICE"))


@pytest.mark.parametrize("lot", ["b-18", "fund:operating"])
def test_a_lot_must_have_been_registered_for_its_commodity(bench: Bench, lot: str) -> None:
    with pytest.raises(LotError, match=f"there is no lot {lot}") as caught:
        take_over(bench, leg("world:opening", "stock:yicang", 1, "RICE", lot))

    assert caught.value.lot == lot


def test_a_hold_stays_with_the_same_member(bench: Bench) -> None:
    ana, bo = Place("members", bench.number("ana")), Place("members:held", bench.number("bo"))
    draft = Draft(
        kind="hold", day=bench.today, legs=(DraftLeg(1, "POINT", "", ana, bo),), details=({},)
    )

    with pytest.raises(LegPatternError, match="must stay with the same member"):
        bench.append(draft)


def test_nobody_pays_themselves_under_two_references(bench: Bench) -> None:
    ana = Place("members", bench.number("ana"))
    draft = Draft(
        kind="transfer", day=bench.today, legs=(DraftLeg(1, "POINT", "", ana, ana),), details=({},)
    )

    with pytest.raises(LegPatternError, match="from and to are the same"):
        bench.append(draft)


@pytest.mark.parametrize("name", ["carrier", "stall"])
def test_only_members_have_hours_and_points(bench: Bench, name: str) -> None:
    with pytest.raises(LegPatternError, match="members is for a member"):
        bench.issue(name, 1)


def test_nothing_moves_on_the_accounts_of_who_has_left(bench: Bench) -> None:
    bench.leave("bo")

    with pytest.raises(HolderGoneError, match=f"the member {member_id('bo')} has left"):
        bench.transfer("ana", "bo", 1)


def test_who_stands_behind_a_reference_is_checked_only_where_it_is_known(bench: Bench) -> None:
    ana, carrier = bench.number("ana"), bench.number("carrier")
    entry = bench.write(bench.draft(Issue(legs=(leg("issued", "ana", 1),)))).entry
    told: Owners = ((0, carrier),)

    bench.check(entry, ((0, ana),))
    with pytest.raises(LegPatternError, match="members is for a member"):
        bench.check(entry, told)


def test_the_keys_show_what_moved_on_the_accounts_of_who_had_left(bench: Bench) -> None:
    draft = bench.draft(Transfer(legs=(leg("ana", "bo", 1),)))
    bench.leave("bo")
    forged = bench.forge(draft)

    replay(forged)
    with pytest.raises(LogBrokenError, match=f"member_left: the member {bench.number('bo')}"):
        keyed_replay(forged, bench.ring())


@pytest.mark.parametrize("name", ["carrier", "stall"])
def test_the_keys_show_what_came_to_somebody_who_is_no_member(bench: Bench, name: str) -> None:
    draft = bench.draft(Issue(legs=(leg("issued", name, 1),)))
    forged = bench.forge(draft)

    replay(forged)
    with pytest.raises(LogBrokenError, match="members is for a member"):
        keyed_replay(forged, bench.ring())
