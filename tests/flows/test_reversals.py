import pytest

from tests.ledger.bench import Bench, leg
from timebank.errors import NotReversibleError, UnknownEntryError
from timebank.flows.movements import Transfer
from timebank.flows.needs import Needs
from timebank.flows.registry import needs_of
from timebank.flows.reversals import Reverse


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.account("groups:chess")
    bench.enrol("ana", "bo")
    bench.issue("ana", 100)
    return bench


def test_a_reversal_turns_every_leg_round_with_its_references_and_owners(bench: Bench) -> None:
    legs = (leg("ana", "bo", 30), leg("ana", "groups:chess", 5))
    seq = bench.post(Transfer(legs=legs))
    paid = bench.entry(seq)

    draft = bench.draft(Reverse(reverses=seq, memo="paid twice"))

    assert draft.public == {"reverses": seq}
    for turned, original, owners in zip(draft.legs, paid.legs, bench.owners[seq], strict=True):
        assert turned.amount == original.amount
        assert (turned.to.owner, turned.from_.owner) == owners
        assert f"{turned.to.account}#{turned.to.blinded}" == original.from_
    assert draft.legs[1].from_.blinded == ""


def test_it_may_belong_to_a_closed_day(bench: Bench) -> None:
    seq = bench.transfer("ana", "bo", 30)
    bench.today = "2026-12-01"
    bench.close("2026-11-30")

    bench.post(Reverse(reverses=seq, belongs="2026-11-22"))

    assert bench.entry().public == {"belongs": "2026-11-22", "reverses": seq}
    bench.replay()


@pytest.mark.parametrize("seq", [0, 1, 2, 3])
def test_a_definition_cannot_be_reversed(bench: Bench, seq: int) -> None:
    with pytest.raises(NotReversibleError) as caught:
        bench.reverse(seq)

    assert caught.value.seq == seq


def test_what_is_not_there_cannot_be_reversed(bench: Bench) -> None:
    with pytest.raises(UnknownEntryError):
        bench.reverse(99)


def test_it_needs_the_entry_it_reverses() -> None:
    assert needs_of(Reverse(reverses=7)) == Needs(entries=frozenset({7}))
