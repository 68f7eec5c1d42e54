from collections.abc import Callable

import pytest

from tests.ledger.bench import (
    ORIGIN,
    Bench,
    auditor,
    keyed_replay,
    leg,
    place,
    replay,
    ring_of,
    viewing_key,
)
from timebank.errors import LogBrokenError
from timebank.flows.movements import Transfer
from timebank.flows.reversals import Reverse
from timebank.ledger.keyring import KeyRing, Revealer, repeated_from, sides_of
from timebank.ledger.model import Draft, Entry, Owners
from timebank.ledger.viewing import FROM, TO


@pytest.fixture
def bench() -> Bench:
    """A book with ana, who has 100 points, and bo and cy, who have none."""
    bench = Bench()
    bench.enrol("ana", "bo", "cy")
    bench.issue("ana", 100)
    return bench


def busy(bench: Bench) -> None:
    """Holds, settlements and reversals of them, over two months."""
    hold = bench.hold("ana", 30)
    settlement = bench.settle(hold, "bo", 20)
    bench.today = "2026-12-24"
    bench.reverse(settlement)
    bench.settle(hold, "cy", 10)
    bench.reverse(bench.release(hold, 5))
    bench.reverse(bench.transfer("ana", "bo", 7))


def test_the_keys_alone_tell_who_stands_behind_every_reference(bench: Bench) -> None:
    busy(bench)
    checker = replay([])
    owners: list[Owners] = []
    reveal = auditor(bench.bodies, bench.ring())

    found = replay(bench.bodies, reveal=lambda entry, state: told(reveal, owners, entry, state))

    assert owners == bench.owners
    assert found.root() != checker.root()
    assert reveal.unchecked == 0


def told(reveal: Revealer, owners: list[Owners], entry: Entry, state: object) -> Owners:
    found = reveal(entry, state)  # type: ignore[arg-type]
    owners.append(found)
    return found


def test_a_holder_finds_their_own_legs_with_their_own_key(bench: Bench) -> None:
    busy(bench)
    bo = bench.number("bo")
    ring = ring_of([bo])

    found = [
        (entry.seq, side)
        for entry in (written.entry for written in bench.written)
        for leg, side, _, _ in sides_of(entry)
        if ring.search(entry, leg, side)
    ]

    settled, paid = 7, 12
    assert found == [(settled, TO), (paid, TO)]


def test_one_key_opens_nothing_of_others(bench: Bench) -> None:
    bench.transfer("ana", "bo", 5)
    ring = ring_of([bench.number("cy")])

    assert ring.search(bench.entry(), 0, FROM) == 0
    assert not ring.matches(bench.number("cy"), bench.entry(), 0, TO)
    assert list(ring.owners()) == [bench.number("cy")]


def test_keys_of_a_month_are_made_once(bench: Bench) -> None:
    ana = bench.number("ana")
    ring = bench.ring()

    november = ring.month_key(ana, "2026-11-01")

    assert ring.month_key(ana, "2026-11-30") is november
    assert ring.month_key(ana, "2026-12-01") != november
    assert ring.month_key(ana, "2026-11-01") == november


def test_what_an_entry_repeats_is_named_in_its_facts(bench: Bench) -> None:
    hold = bench.hold("ana", 30)
    release = bench.release(hold)
    reversal = bench.reverse(release)

    repeated = [repeated_from(bench.entry(seq), bench.state) for seq in (hold, release, reversal)]

    assert repeated == [None, hold, release]
    stranger = bench.entry()
    assert repeated_from(changed(stranger, kind="gift"), bench.state) is None
    assert repeated_from(changed(stranger, public={"reverses": "1"}), bench.state) is None


def changed(entry: Entry, **fields: object) -> Entry:
    values = {name: getattr(entry, name) for name in entry.__struct_fields__}
    return Entry(**{**values, **fields})


# --- what keyed replay refuses ------------------------------------------------------------------


def test_a_reference_of_nobody_is_refused(bench: Bench) -> None:
    def by_nobody(entry: Entry) -> Entry:
        (moved,) = entry.legs
        part = "x3k" + "A" * 40
        legs = (leg(moved.from_, f"members#{part}", moved.amount),)
        return changed(entry, legs=legs)

    forged = bench.forge(bench.draft(Transfer(legs=(leg("ana", "bo", 5),))), by_nobody)

    replay(forged)
    with pytest.raises(LogBrokenError, match="leg 0, to members: the reference is not that of its"):
        keyed_replay(forged, bench.ring())


def test_a_key_that_is_missing_is_told(bench: Bench) -> None:
    ana = bench.number("ana")

    with pytest.raises(LogBrokenError, match="leg 0, to members: the reference is not that of its"):
        keyed_replay(bench.bodies, ring_of(set(bench.members.values()) - {ana}))


def test_a_key_that_was_not_the_one_enrolled_is_told(bench: Bench) -> None:
    ring = bench.ring()
    cy = bench.number("cy")
    ring.add(cy, viewing_key(999))

    with pytest.raises(LogBrokenError, match=f"entry {cy}: the viewing key of this holder is anot"):
        keyed_replay(bench.bodies, ring)


def test_a_reference_of_somebody_who_is_enrolled_later_is_refused(bench: Bench) -> None:
    later = bench.state.size + 1
    draft = bench.draft(Transfer(legs=(leg("ana", "bo", 5),)))
    (moved,) = draft.legs
    legs = (moved._replace(to=moved.to._replace(owner=later)),)
    forged = bench.forge(Draft(kind="transfer", day=draft.day, legs=legs, details=draft.details))
    ring = bench.ring()
    ring.add(later, viewing_key(later))

    with pytest.raises(LogBrokenError, match="the reference is not that of its holder"):
        keyed_replay(forged, ring)


def reveal(bench: Bench, hint: Callable[[int, int, int], int], gone: set[int]) -> Revealer:
    ring = ring_of(set(bench.members.values()) - gone)
    return Revealer(ring, hint, gone.__contains__)


def honest(bench: Bench) -> Callable[[int, int, int], int]:
    """What the projection of the book says."""
    return lambda seq, leg, side: bench.owners[seq][leg][side]


def test_who_was_forgotten_is_taken_as_told_and_counted(bench: Bench) -> None:
    busy(bench)
    bo = bench.number("bo")
    revealer = reveal(bench, honest(bench), {bo})

    found = replay(bench.bodies, reveal=revealer)

    assert found.state.balances == bench.keyed_replay().state.balances
    assert revealer.unchecked == 2


def test_who_was_not_forgotten_is_not_taken_as_told(bench: Bench) -> None:
    bo = bench.number("bo")
    bench.transfer("ana", "bo", 5)
    revealer = Revealer(ring_of(set(bench.members.values()) - {bo}), honest(bench), lambda _: False)

    with pytest.raises(LogBrokenError, match="the reference is not that of its holder"):
        replay(bench.bodies, reveal=revealer)


@pytest.mark.parametrize("owner", [0, 1, 999, -1])
def test_somebody_who_is_no_holder_is_never_told(bench: Bench, owner: int) -> None:
    revealer = Revealer(bench.ring(), lambda *_: owner, lambda _: True)

    with pytest.raises(LogBrokenError, match="the reference is not that of its holder"):
        replay(bench.bodies, reveal=revealer)


def test_a_false_hint_is_refused(bench: Bench) -> None:
    bench.transfer("ana", "bo", 5)
    seq, cy = bench.state.size - 1, bench.number("cy")

    def hint(of: int, leg: int, side: int) -> int:
        return cy if (of, side) == (seq, TO) else bench.owners[of][leg][side]

    with pytest.raises(LogBrokenError, match="the reference is not that of its holder"):
        replay(bench.bodies, reveal=reveal(bench, hint, set()))


def test_of_a_repeated_reference_no_hint_is_asked(bench: Bench) -> None:
    """A reversed settlement repeats the hold, whatever a hint says of the settlement."""
    hold = bench.hold("ana", 30)
    settlement = bench.settle(hold, "bo", 20)
    bench.reverse(settlement)
    cy = bench.number("cy")

    def hint(seq: int, leg: int, side: int) -> int:
        return cy if (seq, side) == (settlement, FROM) else bench.owners[seq][leg][side]

    found = replay(bench.bodies, reveal=reveal(bench, hint, set()))

    assert found.state.balances == bench.keyed_replay().state.balances


def test_a_reversal_may_not_name_what_is_not_there(bench: Bench) -> None:
    seq = bench.transfer("ana", "bo", 5)
    draft = bench.draft(Reverse(reverses=seq))

    for named in (-1, bench.state.size, bench.state.size + 5):
        forged = bench.forge(draft, lambda entry, named=named: to_reverse(entry, named))  # type: ignore[misc]
        with pytest.raises(LogBrokenError):
            keyed_replay(forged, bench.ring())


def to_reverse(entry: Entry, seq: int) -> Entry:
    return changed(entry, public={"reverses": seq})


def test_a_ring_starts_empty() -> None:
    ring = KeyRing(ORIGIN)

    assert list(ring.owners()) == []
    assert not ring.knows(2)
    assert place("ana").startswith("members#")
