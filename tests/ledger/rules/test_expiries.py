import pytest
from msgspec.structs import replace

from tests.ledger.bench import Bench, keyed_replay, member_id, place, replay
from tests.ledger.time_bank import expire, fact, policy, time_bank
from timebank.errors import (
    CapacityError,
    DayError,
    FactsError,
    FigureError,
    LegPatternError,
    LogBrokenError,
    NothingExpiredError,
    PolicyMissingError,
    UnknownAccountError,
)
from timebank.flows.gifts import Give
from timebank.flows.retirements import Expire
from timebank.ledger.model import Draft, Key
from timebank.ledger.rules.expiries import expirable

OLD, DAY = "2026-11-22", "2027-11-22"


@pytest.fixture
def bench() -> Bench:
    """A time bank where points expire after 365 days; ana and the club have 50 since long ago."""
    bench = time_bank(today=OLD)
    policy(bench, fact("expiry_days", 365, "POINT"))
    bench.issue("ana", 50)
    bench.issue("groups:chess", 50)
    bench.today = DAY
    return bench


def draft_for(bench: Bench, *names: str, until: str = OLD) -> Draft:
    accounts = tuple(map(place, names))
    return bench.draft(Expire(accounts=accounts, commodity="POINT", until=until))


def with_amount(draft: Draft, amount: int) -> Draft:
    return replace(draft, legs=(draft.legs[0]._replace(amount=amount),))


def expires(bench: Bench, name: str, until: str = OLD) -> int:
    return expirable(bench.state, Key("members", bench.number(name), "POINT", ""), until)


# --- how much -----------------------------------------------------------------------------------


def test_what_was_not_spent_expires(bench: Bench) -> None:
    bench.transfer("ana", "bo", 20)

    seq = expire(bench, "ana", "groups:chess", "bo", until=OLD)

    assert [leg.amount for leg in bench.entry(seq).legs] == [30, 50]
    assert bench.entry(seq).public == {"policy": 7, "until": OLD}
    assert (bench.balance("ana"), bench.balance("groups:chess")) == (0, 0)
    assert (bench.balance("retired:expired"), bench.balance("bo")) == (80, 20)
    bench.replay()
    bench.keyed_replay()


def test_what_came_in_later_stays(bench: Bench) -> None:
    bench.today = "2026-11-23"
    bench.issue("ana", 15)
    bench.today = DAY

    assert expires(bench, "ana") == 50
    bench.transfer("ana", "bo", 45)
    assert expires(bench, "ana") == 5
    expire(bench, "ana", until=OLD)

    assert bench.balance("ana") == 15
    bench.keyed_replay()


def test_what_is_oldest_is_spent_first(bench: Bench) -> None:
    bench.issue("ana", 100)
    bench.transfer("ana", "bo", 60)

    assert expires(bench, "ana") == 0
    with pytest.raises(NothingExpiredError):
        expire(bench, "ana", until=OLD)


def test_what_is_on_hold_does_not_expire(bench: Bench) -> None:
    hold = bench.hold("ana", 30)

    expire(bench, "ana", until=OLD)
    assert (bench.balance("ana"), bench.held("ana")) == (0, 30)
    bench.release(hold)
    expire(bench, "ana", until=OLD)

    assert bench.balance("ana") == 0
    bench.keyed_replay()


def test_who_owes_something_has_nothing_to_lose(bench: Bench) -> None:
    policy(bench, fact("credit_limit", 100, "POINT"))
    bench.transfer("ana", "bo", 70)

    assert expires(bench, "ana") == 0


def test_a_reversed_expiry_is_done_again(bench: Bench) -> None:
    wrong = expire(bench, "ana", until=OLD)
    bench.reverse(wrong)
    bench.transfer("ana", "bo", 10)

    expire(bench, "ana", until=OLD)

    assert (bench.balance("ana"), bench.balance("retired:expired")) == (0, 40)
    bench.replay()
    bench.keyed_replay()


def test_a_late_expiry_goes_by_the_day_it_belongs_to(bench: Bench) -> None:
    bench.today = "2027-12-02"
    bench.close("2027-11-30")

    with pytest.raises(DayError, match="is less than 365 days before 2027-11-21"):
        expire(bench, "ana", until=OLD, belongs="2027-11-21")
    expire(bench, "ana", until=OLD, belongs="2027-11-22")
    assert bench.balance("ana") == 0
    bench.replay()


# --- by which policy ------------------------------------------------------------------------------


def test_nothing_expires_before_its_time(bench: Bench) -> None:
    with pytest.raises(DayError) as caught:
        expire(bench, "ana", until="2026-11-23")

    assert str(caught.value) == "2026-11-23: is less than 365 days before 2027-11-22"
    for until, found in (("2026-11-23", True), (OLD, False)):
        draft = draft_for(bench, "ana", until=OLD)
        later = replace(draft, public={**draft.public, "until": until})
        bodies = bench.forge(later)
        if found:
            with pytest.raises(LogBrokenError, match="day_invalid"):
                replay(bodies)
        else:
            replay(bodies)


def test_nothing_expires_where_no_policy_says_so(bench: Bench) -> None:
    with pytest.raises(PolicyMissingError, match="no expiry_days of HOUR is in force"):
        expire(bench, "ana", until=OLD, commodity="HOUR")
    policy(bench, fact("expiry_days", 0, "POINT"))
    with pytest.raises(PolicyMissingError):
        expire(bench, "ana", until=OLD)


def test_the_policy_that_decides_is_cited(bench: Bench) -> None:
    draft = draft_for(bench, "ana")
    other = policy(bench, fact("hold_days", 30))
    wrong = replace(draft, public={**draft.public, "policy": other})

    with pytest.raises(FigureError, match=f"policy: must be 7, not {other}"):
        bench.append(wrong)
    newer = policy(bench, fact("expiry_days", 100, "POINT"))
    with pytest.raises(FigureError, match=f"policy: must be {newer}, not 7"):
        bench.append(draft)


def test_an_expiry_takes_the_treasurer(bench: Bench) -> None:
    with pytest.raises(CapacityError):
        bench.append(draft_for(bench, "ana"), by=("staff:verifier:1",))


# --- what a log says that was never asked about --------------------------------------------------


@pytest.mark.parametrize("amount", [1, 49, 51])
def test_the_keys_show_a_wrong_amount(bench: Bench, amount: int) -> None:
    bench.issue("ana", 20)
    wrong = with_amount(draft_for(bench, "ana"), amount)

    with pytest.raises(FigureError, match=f"must be 50, not {amount}"):
        bench.append(wrong)
    bodies = bench.forge(wrong)
    replay(bodies)
    with pytest.raises(LogBrokenError, match=f"must be 50, not {amount}"):
        keyed_replay(bodies, bench.ring())


def test_everybody_sees_a_wrong_amount_of_a_club(bench: Bench) -> None:
    bench.issue("groups:chess", 20)
    wrong = with_amount(draft_for(bench, "groups:chess"), 60)

    with pytest.raises(LogBrokenError, match="must be 50, not 60"):
        replay(bench.forge(wrong))


def test_an_account_is_named_once_and_all_are_in_one_commodity(bench: Bench) -> None:
    draft = draft_for(bench, "ana")
    twice = replace(draft, legs=(draft.legs[0]._replace(amount=25),) * 2)
    bench.issue("ana", 10, "HOUR")
    mixed = replace(draft, legs=(draft.legs[0], draft.legs[0]._replace(commodity="HOUR")))

    with pytest.raises(FactsError, match="account twice"):
        expire(bench, "ana", "ana", until=OLD)
    with pytest.raises(FigureError):
        bench.append(twice)
    twice = replace(draft, legs=draft.legs * 2)
    with pytest.raises(FactsError, match="account twice"):
        bench.append(twice)
    with pytest.raises(FactsError, match="in one commodity"):
        bench.append(mixed)


def test_the_pool_and_what_is_not_there_do_not_expire(bench: Bench) -> None:
    with pytest.raises(UnknownAccountError):
        expire(bench, "groups:nobody", "ana", until=OLD)
    with pytest.raises(UnknownAccountError):
        expire(bench, f"members#{member_id('nobody')}", until=OLD)
    bench.issue("bo", 5)
    bench.post(Give(giver=place("bo"), amount=5, commodity="POINT"))
    bench.today = "2028-11-22"
    with pytest.raises(LegPatternError):
        expire(bench, "pool:donated", until=DAY)
