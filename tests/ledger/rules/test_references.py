"""Facts that name earlier entries, by notices and the one answer that each may have."""

from typing import Any

import pytest

from tests.ledger.bench import Bench, replay
from timebank.errors import (
    AlreadyUsedError,
    LogBrokenError,
    ReferredError,
    StaleStateError,
    UnknownEntryError,
)
from timebank.ledger.model import Draft
from timebank.ledger.registry import FactSpec, Kind, Refers, standard_registry
from timebank.ledger.rules.names import Name
from timebank.ledger.rules.references import names_of_answers

SEQ = FactSpec(type="integer", least=0)
NOTICE = Kind(kind="notice", by=(("system",),), facts={}, reversible=True)
DECREE = Kind(kind="decree", by=(("system",),), facts={})
REFERS = (Refers("notice", "notice"),)
REMARK = Kind(
    kind="remark",
    by=(("system",),),
    facts={"notice": FactSpec(type="integer", least=0, optional=True)},
    reversible=True,
    refers=REFERS,
)
ANSWER = Kind(
    kind="answer",
    by=(("system",),),
    facts={"notice": SEQ, "decree": FactSpec(type="integer", optional=True)},
    reversible=True,
    once=("notice", "decree"),
    refers=(*REFERS, Refers("decree", "decree")),
)
KINDS = standard_registry().with_kinds(NOTICE, DECREE, REMARK, ANSWER)


@pytest.fixture
def bench() -> Bench:
    """A book with a notice: entry 2."""
    bench = Bench(kinds=KINDS)
    assert append(bench, "notice") == 2
    return bench


def draft(bench: Bench, kind: str, **public: Any) -> Draft:  # noqa: ANN401 - any fact
    return Draft(kind=kind, day=bench.today, public=public)


def append(bench: Bench, kind: str, **public: Any) -> int:  # noqa: ANN401 - any fact
    return bench.append(draft(bench, kind, **public))


def test_a_reference_names_an_earlier_entry_of_its_kind(bench: Bench) -> None:
    remark = append(bench, "remark", notice=2)
    append(bench, "remark", notice=2)

    with pytest.raises(ReferredError) as caught:
        append(bench, "remark", notice=remark)
    assert caught.value.details() == {"field": "notice", "seq": remark, "kind": "notice"}
    for seq in (5, 999):
        with pytest.raises(UnknownEntryError):
            append(bench, "remark", notice=seq)
    with pytest.raises(LogBrokenError, match="entry 1 is no notice"):
        replay(bench.forge(draft(bench, "remark", notice=1)), kinds=KINDS)


def test_a_reference_that_may_be_left_out_is(bench: Bench) -> None:
    append(bench, "remark")


def test_what_was_reversed_is_not_referred_to(bench: Bench) -> None:
    reversal = bench.reverse(2)

    with pytest.raises(StaleStateError, match=f"entry 2: was reversed by entry {reversal}"):
        append(bench, "remark", notice=2)
    with pytest.raises(LogBrokenError, match="was reversed"):
        replay(bench.forge(draft(bench, "remark", notice=2)), kinds=KINDS)


def test_what_was_answered_is_not_reversed_before_its_answer(bench: Bench) -> None:
    append(bench, "remark", notice=2)
    first = append(bench, "answer", notice=2)
    reversal = draft(bench, "reversal", reverses=2)

    with pytest.raises(AlreadyUsedError):
        append(bench, "answer", notice=2)
    with pytest.raises(StaleStateError, match=f"entry 2: entry {first} answers it"):
        bench.reverse(2)
    with pytest.raises(LogBrokenError, match="answers it"):
        replay(bench.forge(sealed(reversal)), kinds=KINDS)
    bench.reverse(first)
    second = append(bench, "answer", notice=2)
    bench.reverse(second)
    bench.reverse(2)
    replay(bench.bodies, kinds=KINDS)


def sealed(draft: Draft) -> Draft:
    return Draft(kind=draft.kind, day=draft.day, public=draft.public, details=({},))


def test_answers_are_looked_for_where_something_can_be_reversed(bench: Bench) -> None:
    decree = append(bench, "decree")
    append(bench, "answer", notice=2, decree=decree)

    assert list(names_of_answers(bench.entry(2), KINDS)) == [Name("answer:notice", "2")]
    assert list(names_of_answers(bench.entry(decree), KINDS)) == []
    assert list(names_of_answers(bench.entry(1), KINDS)) == []
    assert KINDS.answers("decree") == (("answer", "decree"),)
    assert KINDS.answers("plan.filed") == (("report.filed", "plan"),)
