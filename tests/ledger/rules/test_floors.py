import pytest

from tests.ledger.bench import Bench, keyed_replay, leg, member_id, place, replay
from timebank.errors import InsufficientBalanceError, LogBrokenError, OverflowingBalanceError
from timebank.flows.holds import Settle
from timebank.flows.movements import Issue, Reclaim, Transfer
from timebank.ledger.encoding import MAX_INTEGER
from timebank.ledger.rules.floors import check_floors
from timebank.ledger.rules.legs import check_legs
from timebank.ledger.sums import sum_up


@pytest.fixture
def bench() -> Bench:
    """A book with ana, who has 10 points, and bo and cy, who have none."""
    bench = Bench()
    bench.enrol("ana", "bo", "cy")
    bench.issue("ana", 10)
    return bench


def test_a_member_may_spend_all_they_have(bench: Bench) -> None:
    bench.transfer("ana", "bo", 10)

    assert bench.balance("ana") == 0


def test_a_member_may_not_spend_more(bench: Bench) -> None:
    with pytest.raises(InsufficientBalanceError) as caught:
        bench.transfer("ana", "bo", 13)

    assert caught.value.details() == {
        "account": f"members#{member_id('ana')}",
        "commodity": "POINT",
        "lot": "",
        "balance": 10,
        "shortfall": 3,
    }


def test_a_refused_entry_changes_nothing(bench: Bench) -> None:
    size = len(bench.bodies)

    with pytest.raises(InsufficientBalanceError):
        bench.transfer("ana", "bo", 13)

    assert (len(bench.bodies), bench.state.size) == (size, size)
    assert (bench.balance("ana"), bench.balance("bo")) == (10, 0)


def test_the_legs_of_an_entry_count_together(bench: Bench) -> None:
    bench.post(Transfer(legs=(leg("bo", "cy", 10), leg("ana", "bo", 10))))
    assert bench.balance("cy") == 10

    with pytest.raises(InsufficientBalanceError):
        bench.post(Transfer(legs=(leg("cy", "ana", 6), leg("cy", "bo", 6))))


def test_the_book_may_give_all_members_credit(bench: Bench) -> None:
    bench.policy("credit_limit", 5, "POINT")

    bench.transfer("bo", "ana", 5)

    assert bench.balance("bo") == -5
    with pytest.raises(InsufficientBalanceError) as caught:
        bench.transfer("bo", "ana", 1)
    assert (caught.value.balance, caught.value.shortfall) == (-5, 1)


def test_credit_is_for_one_commodity(bench: Bench) -> None:
    bench.define("HOUR", "time")
    bench.policy("credit_limit", 5, "POINT")

    with pytest.raises(InsufficientBalanceError):
        bench.transfer("bo", "ana", 1, "HOUR")


def test_a_limit_counts_from_the_day_on_which_it_takes_force(bench: Bench) -> None:
    bench.policy("credit_limit", 5, "POINT", in_force="2026-12-01")
    with pytest.raises(InsufficientBalanceError):
        bench.transfer("bo", "ana", 1)

    bench.today = "2026-12-01"
    bench.transfer("bo", "ana", 5)


def test_what_counts_is_the_day_of_posting(bench: Bench) -> None:
    bench.policy("credit_limit", 5, "POINT", in_force="2026-12-01")
    bench.today = "2026-12-02"

    bench.post(Transfer(legs=(leg("bo", "ana", 5),), day="2026-11-30"))

    assert bench.balance("bo") == -5


def test_the_limit_of_the_latest_day_counts_and_of_these_the_latest_entry(bench: Bench) -> None:
    bench.policy("credit_limit", 9, "POINT", in_force="2026-12-02")
    bench.policy("credit_limit", 5, "POINT", in_force="2026-12-01")
    bench.policy("credit_limit", 4, "POINT", in_force="2026-12-01")

    assert bench.state.setting("credit_limit", "2026-11-30", commodity="POINT") is None
    assert bench.state.setting("credit_limit", "2026-12-01", commodity="POINT") == 4
    assert bench.state.setting("credit_limit", "2026-12-03", commodity="POINT") == 9


def test_a_limit_of_their_own_comes_before_that_of_the_book(bench: Bench) -> None:
    bench.enrol("rich", limits={"POINT": 50})
    bench.enrol("poor", limits={"POINT": 0})
    bench.policy("credit_limit", 5, "POINT")

    bench.transfer("rich", "ana", 50)
    with pytest.raises(InsufficientBalanceError):
        bench.transfer("poor", "ana", 1)


def test_a_lowered_limit_does_not_stop_a_debtor_from_earning(bench: Bench) -> None:
    bench.policy("credit_limit", 5, "POINT")
    bench.transfer("bo", "ana", 5)
    bench.policy("credit_limit", 0, "POINT")

    bench.transfer("ana", "bo", 2)

    assert bench.balance("bo") == -3
    with pytest.raises(InsufficientBalanceError):
        bench.transfer("bo", "ana", 1)


def test_an_entry_that_takes_nothing_from_a_debtor_is_no_new_debt(bench: Bench) -> None:
    """What comes in and what goes out of an account count together."""
    bench.policy("credit_limit", 5, "POINT")
    bench.transfer("bo", "ana", 5)
    bench.policy("credit_limit", 0, "POINT")

    bench.post(Transfer(legs=(leg("ana", "bo", 2), leg("bo", "cy", 2))))

    assert (bench.balance("bo"), bench.balance("cy")) == (-5, 2)
    with pytest.raises(InsufficientBalanceError):
        bench.post(Transfer(legs=(leg("ana", "bo", 2), leg("bo", "cy", 3))))
    bench.keyed_replay()


def test_a_group_has_the_limit_it_was_opened_with(bench: Bench) -> None:
    bench.account("groups:chess", limits={"POINT": 7})
    bench.account("groups:go")
    bench.policy("credit_limit", 100, "POINT")

    bench.transfer("groups:chess", "ana", 7)
    with pytest.raises(InsufficientBalanceError, match="groups:chess has -7 POINT, 1 too few"):
        bench.transfer("groups:chess", "ana", 1)
    with pytest.raises(InsufficientBalanceError, match="groups:go has 0 POINT, 1 too few"):
        bench.transfer("groups:go", "ana", 1)


def test_what_is_on_hold_cannot_be_spent(bench: Bench) -> None:
    bench.hold("ana", 8)

    with pytest.raises(InsufficientBalanceError):
        bench.transfer("ana", "bo", 3)


def test_a_boundary_account_has_no_floor(bench: Bench) -> None:
    bench.issue("bo", 1_000_000)

    assert bench.balance("issued") == -1_000_010


def test_sums_never_pass_the_greatest_integer(bench: Bench) -> None:
    bench.issue("bo", MAX_INTEGER - 10)

    with pytest.raises(OverflowingBalanceError) as caught:
        bench.issue("cy", 1)

    assert caught.value.account == "issued"


def test_sums_count_what_came_in_even_if_it_went_out_again(bench: Bench) -> None:
    bench.issue("ana", 2**52)
    bench.reclaim("ana", 2**52)

    with pytest.raises(OverflowingBalanceError):
        bench.issue("ana", 2**52)


def test_what_came_in_never_passes_the_greatest_integer_either(bench: Bench) -> None:
    """Of all members together, as what one passes on comes in again with another."""
    bench.issue("bo", 2**52)

    with pytest.raises(OverflowingBalanceError) as caught:
        bench.transfer("bo", "cy", 2**52)

    assert caught.value.account == "members"
    forged = bench.forge(bench.draft(Transfer(legs=(leg("bo", "cy", 2**52),))))
    with pytest.raises(LogBrokenError, match="balance_overflow"):
        replay(forged)
    bench.transfer("bo", "cy", 2**52 - 11)
    bench.replay()


def test_an_entry_that_adds_up_beyond_the_greatest_integer_is_refused(bench: Bench) -> None:
    legs = tuple(leg("issued", name, 2**52) for name in ("ana", "bo"))

    with pytest.raises(OverflowingBalanceError):
        bench.post(Issue(legs=legs))


# --- what the log alone shows -------------------------------------------------------------------


def test_the_log_alone_shows_a_group_below_its_floor(bench: Bench) -> None:
    bench.account("groups:chess")
    forged = bench.forge(bench.draft(Transfer(legs=(leg("groups:chess", "ana", 1),))))

    with pytest.raises(LogBrokenError, match="insufficient_balance: groups:chess"):
        replay(forged)


def test_the_log_alone_shows_all_members_below_their_floors(bench: Bench) -> None:
    forged = bench.forge(bench.draft(Reclaim(legs=(leg("ana", "issued", 11),))))

    with pytest.raises(LogBrokenError, match="insufficient_balance: members has 10 POINT, 1 too"):
        replay(forged)


def test_one_members_floor_is_shown_by_the_keys_only(bench: Bench) -> None:
    forged = bench.forge(bench.draft(Transfer(legs=(leg("ana", "bo", 11),))))

    replay(forged)
    with pytest.raises(LogBrokenError, match="insufficient_balance: members#2 has 10 POINT, 1 too"):
        keyed_replay(forged, bench.ring())


def test_the_members_may_owe_what_their_limits_allow_together(bench: Bench) -> None:
    bench.policy("credit_limit", 5, "POINT")
    bench.enrol("rich", limits={"POINT": 50})
    for name, amount in (("ana", 15), ("bo", 5), ("cy", 5), ("rich", 50)):
        bench.reclaim(name, amount)
    assert bench.balance("members") == -65
    bench.replay()

    forged = bench.forge(bench.draft(Reclaim(legs=(leg("ana", "issued", 1),))))

    with pytest.raises(LogBrokenError, match="members has -65 POINT, 1 too few"):
        replay(forged)


def test_older_debts_stand_when_limits_are_lowered(bench: Bench) -> None:
    bench.policy("credit_limit", 5, "POINT")
    bench.reclaim("bo", 5)
    bench.reclaim("cy", 5)
    bench.policy("credit_limit", 1, "POINT")
    bench.reclaim("ana", 11)
    bench.enrol("dee")
    bench.reclaim("dee", 1)

    bench.replay()
    bench.keyed_replay()

    assert bench.balance("members") == -12


def test_who_has_left_owes_nothing(bench: Bench) -> None:
    bench.policy("credit_limit", 5, "POINT")
    bench.enrol("rich", limits={"POINT": 50})
    for name in ("bo", "cy", "rich"):
        bench.leave(name)
    assert bench.state.ceilings.total("POINT") == 5

    forged = bench.forge(bench.draft(Reclaim(legs=(leg("ana", "issued", 16),))))

    with pytest.raises(LogBrokenError, match="members has 10 POINT, 1 too few"):
        replay(forged)


def test_nothing_on_hold_is_ever_owed(bench: Bench) -> None:
    bench.policy("credit_limit", 100, "POINT")
    hold = bench.hold("ana", 5)
    draft = bench.draft(Settle(hold=hold, to=place("bo")))
    bench.settle(hold, "bo", 5)
    entry = bench.write(draft).entry

    kind, nobody = bench.state.registry.kind(entry.kind), ((0, 0),)
    routes = check_legs(kind, entry, nobody, bench.state, revealed=False)
    after, _ = sum_up(entry, nobody, routes, bench.state, tells=False)
    with pytest.raises(InsufficientBalanceError, match="members:held has 0 POINT, 5 too few"):
        check_floors(entry, after, bench.state, revealed=False)
