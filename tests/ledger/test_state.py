import pytest

from tests.ledger.bench import ORIGIN, Bench, leg
from timebank.errors import CannotCheckError
from timebank.flows.movements import Transfer
from timebank.ledger.entry import owners_of
from timebank.ledger.model import ZERO, Balance, Key
from timebank.ledger.registry import standard_registry
from timebank.ledger.rules import apply
from timebank.ledger.state import BookState


@pytest.fixture
def bench() -> Bench:
    """A book with ana, who has 100 points, and bo, who has none."""
    bench = Bench()
    bench.enrol("ana", "bo")
    bench.issue("ana", 100)
    return bench


def test_an_empty_book_has_nothing_anywhere() -> None:
    state = BookState.empty(standard_registry(), ORIGIN)

    assert (state.size, state.posted, state.closed_until) == (0, "", "")
    assert state.balances[Key("issued", 0, "POINT", "")] == ZERO
    assert state.earlier(0) is None


def test_a_partial_state_never_answers_what_it_did_not_load() -> None:
    state = BookState(registry=standard_registry(), origin=ORIGIN)

    with pytest.raises(KeyError):
        state.balances[Key("issued", 0, "POINT", "")]


def test_a_balance_is_two_growing_sums(bench: Bench) -> None:
    bench.transfer("ana", "bo", 30)
    bench.transfer("bo", "ana", 10)

    ana, bo = bench.number("ana"), bench.number("bo")
    balances = bench.state.balances
    assert balances[Key("members", ana, "POINT", "")] == Balance(110, 30)
    assert balances[Key("members", bo, "POINT", "")] == Balance(30, 10)
    assert balances[Key("members", 0, "POINT", "")] == Balance(140, 40)
    assert balances[Key("issued", 0, "POINT", "")].net == -100


def test_each_side_of_a_leg_tells_the_sums_after_it(bench: Bench) -> None:
    bench.account("groups:chess")
    ana, bo = bench.number("ana"), bench.number("bo")
    draft = bench.draft(Transfer(legs=(leg("ana", "bo", 30), leg("bo", "groups:chess", 5))))
    entry = bench.write(draft).entry

    sides = apply(bench.check(entry, owners_of(draft)), bench.state)

    assert [tuple(side) for side in sides] == [
        (0, 0, "members", ana, "POINT", "", 30, 100, 30, 100, 30),
        (0, 1, "members", bo, "POINT", "", 30, 30, 0, 130, 30),
        (1, 0, "members", bo, "POINT", "", 5, 30, 5, 130, 35),
        (1, 1, "groups:chess", 0, "POINT", "", 5, 5, 0, 5, 0),
    ]


def test_an_entry_tells_each_balance_that_it_touches_before_it_is_posted(bench: Bench) -> None:
    draft = bench.draft(Transfer(legs=(leg("ana", "bo", 30), leg("ana", "bo", 20))))
    entry = bench.write(draft).entry
    ana, bo = bench.number("ana"), bench.number("bo")

    accepted = bench.check(entry, owners_of(draft))

    assert accepted.after == {
        Key("members", 0, "POINT", ""): Balance(150, 50),
        Key("members", ana, "POINT", ""): Balance(100, 50),
        Key("members", bo, "POINT", ""): Balance(50, 0),
    }
    assert bench.state.balances[Key("members", ana, "POINT", "")] == Balance(100, 0)


def test_turnovers_are_kept_by_day_for_whole_accounts(bench: Bench) -> None:
    bench.post(Transfer(legs=(leg("ana", "bo", 30),), day="2026-11-20"))
    bench.post(Transfer(legs=(leg("ana", "bo", 20),), day="2026-11-20"))

    members = Key("members", 0, "POINT", "")
    assert bench.state.turnovers["2026-11-20"] == {members: [50, 50]}
    assert bench.state.turnovers["2026-11-22"][members] == [100, 0]


def test_an_account_is_called_by_what_people_know(bench: Bench) -> None:
    ana = bench.number("ana")

    assert bench.state.name_of(Key("issued", 0, "POINT", "")) == "issued"
    assert bench.state.name_of(Key("members", ana, "POINT", "")) == "members#" + "ana".ljust(
        22, "_"
    )
    assert bench.keyed_replay().state.name_of(Key("members", ana, "POINT", "")) == f"members#{ana}"


def test_only_the_main_account_of_members_has_credit(bench: Bench) -> None:
    bench.policy("credit_limit", 5, "POINT")
    ana = bench.number("ana")

    def limit(account: str, owner: int) -> int:
        return bench.state.limit(Key(account, owner, "POINT", ""), bench.today)

    assert limit("members", ana) == 5
    assert limit("members:held", ana) == limit("members", 0) == limit("pool:donated", 0) == 0


def test_replay_ends_in_the_state_of_the_journal(bench: Bench) -> None:
    bench.account("groups:chess", limits={"POINT": 3})
    bench.policy("hold_days", 7)
    hold = bench.hold("ana", 30)
    bench.reverse(bench.settle(hold, "bo", 10))
    bench.reverse(bench.transfer("ana", "groups:chess", 20))

    found, own = bench.keyed_replay().state, bench.state

    assert {key: value for key, value in found.balances.items() if value != ZERO} == {
        key: value for key, value in own.balances.items() if value != ZERO
    }
    assert (found.remainders, found.reversed_by) == (own.remainders, own.reversed_by)
    assert (found.accounts, found.policies, found.lots) == (own.accounts, own.policies, own.lots)
    assert (found.ceilings, found.turnovers) == (own.ceilings, own.turnovers)
    assert (found.size, found.posted, found.vkeys) == (own.size, own.posted, own.vkeys)


def test_cannot_check_is_an_error_of_the_service_and_not_of_the_log() -> None:
    assert CannotCheckError(3, "x").code == "cannot_check"
