import json
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.bench import ORIGIN, Bench, auditor, keyed_replay, replay
from tests.ledger.written_books import SMALL_BOOK
from timebank.errors import CannotCheckError, LogBrokenError
from timebank.ledger import merkle
from timebank.ledger.encoding import decode
from timebank.ledger.hashing import EMPTY_ROOT, leaf_hash
from timebank.ledger.model import Draft
from timebank.ledger.registry import standard_registry
from timebank.ledger.replay import Replay

BODIES = SMALL_BOOK.bodies


# --- any change ---------------------------------------------------------------------------------


def small_book() -> Bench:
    bench = Bench()
    bench.enrol("ana", "bo")
    bench.issue("ana", 100)
    hold = bench.hold("ana", 30)
    bench.reverse(bench.settle(hold, "bo", 20))
    return bench


SMALL_BENCH = small_book()
SMALL = SMALL_BENCH.bodies
SMALL_ROOT = replay(SMALL).root()


def shows_a_change(bodies: Sequence[bytes]) -> bool:
    try:
        return replay(bodies).root() != SMALL_ROOT
    except (LogBrokenError, CannotCheckError):
        return True


@pytest.mark.parametrize("seq", range(len(SMALL)))
def test_every_changed_byte_is_found(seq: int) -> None:
    body = SMALL[seq]

    for place in range(len(body)):
        for bit in (0x01, 0x20):
            changed = bytearray(body)
            changed[place] ^= bit
            assert shows_a_change([*SMALL[:seq], bytes(changed), *SMALL[seq + 1 :]]), place


@pytest.mark.parametrize("seq", range(len(SMALL)))
def test_every_byte_that_is_cut_or_put_in_is_found(seq: int) -> None:
    body = SMALL[seq]

    for place in range(0, len(body), 7):
        for changed in (body[:place] + body[place + 1 :], body[:place] + b"0" + body[place:]):
            assert shows_a_change([*SMALL[:seq], changed, *SMALL[seq + 1 :]]), place


@pytest.mark.parametrize("seq", range(len(SMALL) - 1))
def test_an_entry_that_was_dropped_repeated_or_moved_is_found(seq: int) -> None:
    dropped = [*SMALL[:seq], *SMALL[seq + 1 :]]
    repeated = [*SMALL[: seq + 1], *SMALL[seq:]]
    exchanged = [*SMALL[:seq], SMALL[seq + 1], SMALL[seq], *SMALL[seq + 2 :]]

    for changed in (dropped, repeated, exchanged):
        with pytest.raises(LogBrokenError) as caught:
            replay(changed)
        assert caught.value.seq in (seq, seq + 1)


def test_an_end_that_is_missing_is_found_by_the_root_only() -> None:
    assert replay(SMALL[:-1]).root() != SMALL_ROOT


Path: TypeAlias = tuple[str | int, ...]


def paths_in(value: Any, path: Path = ()) -> list[Path]:  # noqa: ANN401 - JSON
    """The paths of all values in a JSON value."""
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
    return [path] + [found for key, item in items for found in paths_in(item, (*path, key))]


def value_at(value: Any, path: Path) -> Any:  # noqa: ANN401 - JSON
    return reduce(lambda found, key: found[key], path, value)


VALUES: list[Any] = [decode(body) for body in BODIES]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
# What stands elsewhere in the book comes further than junk does.
STRANGE = JSON | st.sampled_from(
    [value_at(value, path) for value in VALUES for path in paths_in(value)]
)


@given(data=st.data(), seq=st.integers(0, len(BODIES) - 1), strange=STRANGE, keyed=st.booleans())
@settings(max_examples=300)
def test_whatever_stands_in_an_entry_nothing_but_a_finding_comes_of_it(
    data: st.DataObject, seq: int, strange: object, *, keyed: bool
) -> None:
    value: Any = decode(BODIES[seq])
    path = data.draw(st.sampled_from(paths_in(value)[1:]))
    value_at(value, path[:-1])[path[-1]] = strange
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    body = text.encode("utf-8", "surrogatepass")

    log = [*BODIES[:seq], body]
    try:
        (keyed_replay(log, SMALL_BOOK.ring()) if keyed else replay(log)).root()
    except (LogBrokenError, CannotCheckError) as error:
        assert error.seq == seq  # noqa: PT017 - both are good, and so is neither


# --- the checker itself -------------------------------------------------------------------------


def test_nothing_has_the_empty_root() -> None:
    assert replay([]).root() == EMPTY_ROOT


def test_another_book_is_told_when_the_origin_is_known() -> None:
    checker = Replay(
        standard_registry(), earlier_body=SMALL.__getitem__, origin="example.org/log/other"
    )

    with pytest.raises(LogBrokenError, match=f"belongs to the book {ORIGIN}"):
        checker.feed(SMALL[0])


def test_a_finding_leaves_the_replay_where_it_was() -> None:
    checker = Replay(standard_registry(), earlier_body=SMALL.__getitem__)
    checker.feed(SMALL[0])

    with pytest.raises(LogBrokenError):
        checker.feed(SMALL[2])
    for body in SMALL[1:]:
        checker.feed(body)

    assert checker.root() == SMALL_ROOT


def test_an_entry_of_a_later_version_cannot_be_checked() -> None:
    later = SMALL[1].replace(b'"v":1}', b'"v":2}')
    stranger = b'{"leaf":"","v":2}'

    for body in (later, stranger):
        with pytest.raises(CannotCheckError, match="later version of the format"):
            replay([SMALL[0], body])


@pytest.mark.parametrize("body", [b'{"v":0}', b'{"v":true}', b'{"v":"2"}', b"[2]", b'{"v": 2}'])
def test_what_is_of_no_version_is_broken(body: bytes) -> None:
    with pytest.raises(LogBrokenError, match="entry 1: not_canonical"):
        replay([SMALL[0], body])


def test_an_earlier_entry_that_cannot_be_read_again_is_broken() -> None:
    checker = Replay(standard_registry(), earlier_body=lambda _seq: b"{}")
    for body in SMALL[:6]:
        checker.feed(body)

    with pytest.raises(LogBrokenError, match="entry 5: cannot be read again"):
        checker.feed(SMALL[6])


def test_a_step_tells_what_an_entry_did() -> None:
    checker = Replay(standard_registry(), earlier_body=SMALL.__getitem__)

    steps = [checker.feed(body) for body in SMALL]

    assert steps[4].entry.kind == "issue"
    assert steps[4].leaf == leaf_hash(SMALL[4])
    assert steps[4].owners == ((0, 0),)
    assert steps[4].sides == []
    assert checker.edge().size == len(SMALL)


def test_with_keys_a_step_tells_the_running_sums_of_each_side() -> None:
    reveal = auditor(SMALL, SMALL_BENCH.ring())
    checker = Replay(standard_registry(), earlier_body=SMALL.__getitem__, reveal=reveal)

    steps = [checker.feed(body) for body in SMALL]

    assert [(side.account, side.owner, side.debits, side.credits) for side in steps[4].sides] == [
        ("issued", 0, 0, 100),
        ("members", steps[4].owners[0][1], 100, 0),
    ]


def test_full_subtrees_are_told_when_they_are_complete() -> None:
    bench = Bench()
    for number in range(255):
        bench.append(
            Draft(
                kind="commodity.defined",
                day=bench.today,
                public={"commodity": f"C{number}", "kind": "goods", "scale": 0},
            )
        )
    checker = Replay(standard_registry(), earlier_body=bench.bodies.__getitem__)

    completed = [step.completed for step in map(checker.feed, bench.bodies)]

    assert not any(completed[:255])
    ((level, index, root),) = [(found.level, found.index, found.root) for found in completed[255]]
    assert (level, index) == (1, 0)
    assert root == merkle.subtree_root([leaf_hash(body) for body in bench.bodies[:256]])
