import pytest

from tests.ledger.bench import Bench, hash_of, leg, member_id
from timebank.errors import MalformedError, UnknownAccountError
from timebank.flows.movements import Issue, OpenBalances, Reclaim, Transfer
from timebank.flows.needs import Wanted
from timebank.flows.registry import needs_of


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.enrol("ana", "bo")
    bench.policy("hold_days", 7)
    return bench


def test_points_are_issued_passed_on_and_reclaimed(bench: Bench) -> None:
    bench.issue("ana", 100)
    bench.transfer("ana", "bo", 30)
    bench.reclaim("bo", 10)

    assert (bench.balance("ana"), bench.balance("bo"), bench.balance("issued")) == (70, 20, -90)


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (Issue(legs=(leg("issued", "ana", 1),), policy=4), "issue"),
        (Reclaim(legs=(leg("ana", "issued", 1),), policy=4), "reclaim"),
    ],
)
def test_the_policy_that_allows_it_may_be_cited(
    bench: Bench, command: Issue | Reclaim, kind: str
) -> None:
    draft = bench.draft(command)

    assert (draft.kind, draft.public) == (kind, {"policy": 4})


def test_opening_balances_name_the_list_they_come_from(bench: Bench) -> None:
    bench.take_over(leg("issued", "ana", 12), leg("issued", "bo", 7))

    assert bench.entry().public == {"list": hash_of("filed list")}
    assert len(bench.entry().legs) == 2
    with pytest.raises(MalformedError, match="list: must be the base64 of 32 bytes"):
        bench.post(OpenBalances(legs=(leg("issued", "ana", 1),), list="a file"))


def test_a_draft_keeps_the_day_it_is_given(bench: Bench) -> None:
    legs = (leg("ana", "bo", 1),)

    assert bench.draft(Transfer(legs=legs)).day == "2026-11-22"
    assert bench.draft(Transfer(legs=legs, day="2026-11-20")).day == "2026-11-20"
    assert bench.draft(Transfer(legs=legs, belongs="2026-10-01")).public == {
        "belongs": "2026-10-01"
    }


def test_it_needs_the_balances_of_its_legs() -> None:
    needs = needs_of(Transfer(legs=(leg("ana", "groups:chess", 1),)))

    assert needs.balances == {
        Wanted("members", member_id("ana"), "POINT", ""),
        Wanted("groups:chess", "", "POINT", ""),
    }


def test_a_member_that_is_not_known_is_no_account(bench: Bench) -> None:
    with pytest.raises(UnknownAccountError, match=member_id("cy")):
        bench.transfer("ana", "cy", 1)
