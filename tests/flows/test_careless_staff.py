"""Careless and cheating staff: whatever they do, nothing appears, vanishes or changes colour.

Staff post what they like through every flow (:mod:`tests.flows.staff`), or write drafts of their
own past them (:mod:`tests.flows.cheats`). After each step an auditor who knows no rule adds
everything up (:mod:`tests.flows.audit`), and both replays have followed. What the journal refused
is written down as if there were no rules, and the replay with the keys refuses it too; where
nobody's own account is touched, so does the replay with nothing but the log.
"""

from random import Random
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.flows.audit.book import Audit
from tests.flows.audit.checking import check
from tests.flows.cheats import cheat, people
from tests.flows.staff.association import days_from, found_association
from tests.flows.staff.book import reverse
from tests.flows.staff.chance import flip
from tests.flows.staff.offices import NEVER_WISHED, OFFICES, WISHES, Wish
from tests.ledger.bench import auditor, ring_of
from timebank.errors import (
    CannotCheckError,
    LogBrokenError,
    NotCanonicalError,
    TimebankError,
)
from timebank.flows.registry import FLOWS
from timebank.ledger.entry import Written, owners_of
from timebank.ledger.model import Draft
from timebank.ledger.registry import standard_registry
from timebank.ledger.replay import Replay

KINDS = standard_registry()
seeds = st.integers(0, 2**20 - 1)
K = TypeVar("K")
V = TypeVar("V")


class CarelessStaff(RuleBasedStateMachine):
    """An association, the two replays that read all it writes, and an auditor.

    Those who act are of one ``office``, and sometimes do what others do.
    """

    office: tuple[Wish, ...] = WISHES

    @initialize()
    def found(self) -> None:
        self.bench = found_association()
        self.shown: list[bytes] = []
        ring = ring_of(self.bench.state.holders)
        self.public = Replay(KINDS, earlier_body=self.body)
        self.keyed = Replay(KINDS, earlier_body=self.body, reveal=auditor(self.shown, ring))
        self.audit = Audit(self.bench)
        self.drafts: list[Draft] = []
        self.follow()

    def body(self, seq: int) -> bytes:
        return self.shown[seq]

    # --- what staff do ----------------------------------------------------------------------------

    @rule(days=st.sampled_from((1, 1, 2, 5)))
    def time_passes(self, days: int) -> None:
        self.bench.today = days_from(self.bench.today, days)

    @rule(seed=seeds)
    def do_ones_work(self, seed: int) -> None:
        dice = by_chance(seed)
        for _ in range(4):
            self.post(dice, self.office)

    @rule(seed=seeds)
    def do_what_others_do(self, seed: int) -> None:
        dice = by_chance(seed)
        self.post(dice, WISHES)

    @rule(seed=seeds)
    def take_it_back(self, seed: int) -> None:
        dice = by_chance(seed)
        self.post(dice, (reverse,))

    @rule(seed=seeds)
    def write_past_the_flow(self, seed: int) -> None:
        dice = by_chance(seed)
        for _ in range(4):
            draft = self.draft(dice, self.office)
            if draft:
                self.offer(cheat(dice, self.bench, draft), people(dice))

    @rule(seed=seeds)
    def write_it_once_more(self, seed: int) -> None:
        """As it was, or a little different."""
        dice = by_chance(seed)
        for _ in range(2 if self.drafts else 0):
            draft = dice.choice(self.drafts[-8:])
            if flip(dice):
                draft = cheat(dice, self.bench, draft)
            self.offer(draft, people(dice))

    def post(self, dice: Random, wishes: tuple[Wish, ...]) -> None:
        draft = self.draft(dice, wishes)
        if draft:
            self.offer(draft, people(dice))

    def draft(self, dice: Random, wishes: tuple[Wish, ...]) -> Draft | None:
        """The draft of a flow for some wish, if it makes one."""
        command = dice.choice(wishes)(dice, self.bench)
        try:
            return self.bench.draft(command)
        except TimebankError:
            return None

    def offer(self, draft: Draft, by: tuple[str, ...]) -> None:
        """Post a draft, if the rules allow it; otherwise show that nobody would believe it."""
        try:
            written = self.bench.write(draft, by=by)
        except NotCanonicalError:
            return
        try:
            self.bench.check(written.entry, owners_of(draft))
        except TimebankError:
            self.forge(written, draft)
        else:
            self.bench.force(draft, by=by)
            self.drafts.append(draft)
            self.follow()

    def forge(self, written: Written, draft: Draft) -> None:
        """What the journal refused is refused by whoever reads the log."""
        self.shown.append(written.body)
        with pytest.raises((LogBrokenError, CannotCheckError)):
            self.keyed.feed(written.body)
        if not any(map(any, owners_of(draft))):
            with pytest.raises((LogBrokenError, CannotCheckError)):
                self.public.feed(written.body)
        self.shown.pop()

    def follow(self) -> None:
        """Let both replays read what was written."""
        self.shown.extend(self.bench.bodies[len(self.shown) :])
        for body in self.shown[self.public.state.size :]:
            self.public.feed(body)
            self.keyed.feed(body)

    # --- what holds after every step --------------------------------------------------------------

    @invariant()
    def the_auditor_finds_nothing(self) -> None:
        check(self.audit)

    def teardown(self) -> None:
        """The log alone, and the log with the keys, give what the journal had."""
        if not hasattr(self, "keyed") or self.keyed.state.size < self.bench.state.size:
            return  # a step has failed, and says why
        own, public, keyed = self.bench.state, self.public.state, self.keyed.state
        assert self.audit.agrees_with(own.balances, keyed=True)
        assert self.audit.agrees_with(keyed.balances, keyed=True)
        assert self.audit.agrees_with(public.balances, keyed=False)
        assert own.remainders == public.remainders == keyed.remainders
        assert own.reversed_by == public.reversed_by == keyed.reversed_by
        assert filled(own.shelves) == filled(public.shelves) == filled(keyed.shelves)
        assert filled(own.tallies) == filled(keyed.tallies)
        assert self.public.root() == self.keyed.root()


def by_chance(seed: int) -> Random:
    """Dice that fall the same way again; one number a step keeps examples small and various."""
    return Random(seed)  # noqa: S311 - no secret


def filled(found: dict[K, V]) -> dict[K, V]:
    """What was not only looked at."""
    return {key: value for key, value in found.items() if value}


@pytest.mark.parametrize("office", OFFICES)
def test_whatever_staff_do_nothing_appears_vanishes_or_changes_colour(office: str) -> None:
    class OfOffice(CarelessStaff):
        pass

    OfOffice.office = OFFICES[office]
    many = settings(max_examples=25, stateful_step_count=40)
    run_state_machine_as_test(OfOffice, settings=many)


def test_staff_can_wish_whatever_a_flow_does() -> None:
    """A new flow needs a wish, or the machine would not know of it."""
    bench, dice = found_association(), by_chance(1)
    wished = {type(wish(dice, bench)) for wish in WISHES for _ in range(40)}

    assert wished == set(FLOWS) - NEVER_WISHED
