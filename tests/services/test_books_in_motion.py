"""Any sequence of commands, good and bad, keeps a book whole: on the real journal and database.

After every batch, each commodity and lot sums to zero over whole accounts, the parts of a control
account sum to its total, and nobody is below zero. At the end the book verifies, and
rebuilding it from its entries changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from tests.databases import Databases
from tests.installations import NO_LIST, found_community, installed
from timebank.errors import TimebankError
from timebank.flows.command import Command
from timebank.flows.definitions import CloseAccount, OpenAccount, SetPolicy, SettingFact
from timebank.flows.holds import Hold, Release, Settle
from timebank.flows.movements import Issue, OpenBalances, Reclaim, Transfer
from timebank.flows.periods import Close
from timebank.flows.reversals import Reverse
from timebank.ledger.model import Leg
from timebank.services import members
from timebank.services.forgetting import forget
from timebank.services.posting import Posted, post_batch
from timebank.services.rebuild import rebuild_book
from timebank.services.verification import Verdict, verify_book
from timebank.store import tables

NAMES = ("王", "李", "赵", "钱", "孙")
GROUPS = (*NAMES, "groups:chess-club")
PAIRS = st.permutations(GROUPS)
AMOUNTS = st.integers(1, 40)


class BookInMotion(RuleBasedStateMachine):
    """Random commands against one book; refusals are part of life."""

    databases: Databases
    entries: Bundle[int] = Bundle("entries")
    holds: Bundle[int] = Bundle("holds")

    @initialize()
    def found(self) -> None:
        """Open the book with five members of whom two have something."""
        self.stack = ExitStack()
        url = self.stack.enter_context(self.databases.fresh())
        home = Path(self.stack.enter_context(TemporaryDirectory()))
        installation = self.stack.enter_context(installed(url, home))
        self.community = found_community(installation)
        self.community.enrol(*NAMES)
        self.community.issue("王", 100)
        self.community.issue("李", 50)

    def teardown(self) -> None:
        """Hold the whole book against its log, and build it anew."""
        if not hasattr(self, "stack"):
            return
        with self.stack:
            installation = self.community.installation
            report = verify_book(installation, "demo")
            assert report.verdict is Verdict.FINE, report
            before = self.projections()
            rebuild_book(installation, "demo")
            assert self.projections() == before

    @rule(target=entries, pair=PAIRS, amount=AMOUNTS, many=st.integers(1, 3))
    def transfer(self, pair: list[str], amount: int, many: int) -> MultipleResults[int]:
        legs = tuple(self.leg(pair[i], pair[i + 1], amount, "POINT") for i in range(many))
        return self.post(Transfer(legs=legs))

    @rule(target=entries, name=st.sampled_from(GROUPS), amount=AMOUNTS)
    def issue(self, name: str, amount: int) -> MultipleResults[int]:
        return self.post(Issue(legs=(self.leg("issued", name, amount, "POINT"),)))

    @rule(target=entries, name=st.sampled_from(GROUPS), amount=AMOUNTS)
    def reclaim(self, name: str, amount: int) -> MultipleResults[int]:
        return self.post(Reclaim(legs=(self.leg(name, "issued", amount, "POINT"),)))

    @rule(target=entries, amount=AMOUNTS, to=st.sampled_from(("bank:main", "stock:yicang")))
    def bring_in(self, amount: int, to: str) -> MultipleResults[int]:
        money = ("CNY", "fund:operating") if to == "bank:main" else ("RICE-5KG", "rice-1")
        leg = self.community.leg("world:opening", to, amount, commodity=money[0], lot=money[1])
        return self.post(OpenBalances(legs=(leg,), list=NO_LIST))

    @rule(target=holds, name=st.sampled_from(NAMES), amount=AMOUNTS)
    def hold(self, name: str, amount: int) -> MultipleResults[int]:
        return self.post(Hold(member=self.community.ids[name], amount=amount, commodity="POINT"))

    @rule(target=entries, seq=holds, amount=st.none() | AMOUNTS)
    def release(self, seq: int, amount: int | None) -> MultipleResults[int]:
        return self.post(Release(hold=seq, amount=amount))

    @rule(target=entries, seq=holds, to=st.sampled_from(GROUPS), amount=st.none() | AMOUNTS)
    def settle(self, seq: int, to: str, amount: int | None) -> MultipleResults[int]:
        return self.post(Settle(hold=seq, to=self.community.reference(to), amount=amount))

    @rule(target=entries, seq=entries | holds)
    def reverse(self, seq: int) -> MultipleResults[int]:
        return self.post(Reverse(reverses=seq))

    @rule(
        places=st.permutations((*NAMES, "groups:chess-club", "issued", "pool:donated", "no:where")),
        amount=AMOUNTS,
        commodity=st.sampled_from(("POINT", "HOUR", "CNY", "NONE")),
        kind=st.sampled_from((Transfer, Issue, Reclaim)),
        seq=st.integers(0, 60),
    )
    def attempt(
        self,
        places: list[str],
        amount: int,
        commodity: str,
        kind: type[Transfer] | type[Issue] | type[Reclaim],
        seq: int,
    ) -> None:
        """Try something that is mostly wrong, together with something right."""
        self.post(
            kind(legs=(self.leg(places[0], places[1], amount, commodity),)),
            Transfer(legs=(self.leg("王", "李", 1, "POINT"),)),
            Release(hold=seq),
            Reverse(reverses=seq),
        )

    @rule(value=st.integers(0, 40), setting=st.sampled_from(("credit_limit", "hold_days")))
    def set_policy(self, value: int, setting: str) -> None:
        commodity = "POINT" if setting == "credit_limit" else None
        self.post(SetPolicy(settings=(SettingFact(setting, value, commodity),)))

    @rule(account=st.sampled_from(("groups:choir", "bank:main", "cash:box")))
    def open_or_close(self, account: str) -> None:
        self.post(CloseAccount(account=account), OpenAccount(account=account))

    @rule(days=st.integers(1, 40))
    def close(self, days: int) -> None:
        self.community.clock.advance(days=days)
        yesterday = self.community.clock.today("UTC")
        self.post(Close(until=yesterday[:8] + "01"))

    @rule(name=st.sampled_from(NAMES))
    def forget(self, name: str) -> None:
        try:
            forget(self.community.installation, "demo", self.community.ids[name], by=("system",))
        except TimebankError:
            return
        number = f"again-{self.community.ids[name]}"
        enrolment = members.Enrolment(number=number, name=name)
        enrolled = members.enrol(self.community.installation, "demo", enrolment, by=("system",))
        self.community.ids[name] = enrolled.member.member_id

    @invariant()
    def everything_is_conserved(self) -> None:
        if not hasattr(self, "community"):
            return
        whole: defaultdict[tuple[str, str], int] = defaultdict(int)
        totals: dict[tuple[str, str, str], tuple[int, int]] = {}
        parts: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
        for account, holder, commodity, lot, debits, credits_ in self.balances():
            key = account, commodity, lot
            if holder:
                parts[key][0] += debits
                parts[key][1] += credits_
                continue
            totals[key] = debits, credits_
            whole[commodity, lot] += debits - credits_
        assert not any(whole.values())
        assert {key: tuple(sums) for key, sums in parts.items()} == {
            key: sums for key, sums in totals.items() if key[0].startswith("members")
        }
        assert all(
            debits >= credits_
            for (account, _, _), (debits, credits_) in totals.items()
            if account not in ("issued", "members") and not account.startswith("world:")
        )

    def leg(self, from_: str, to: str, amount: int, commodity: str) -> Leg:
        return self.community.leg(from_, to, amount, commodity=commodity)

    def post(self, *commands: Command) -> MultipleResults[int]:
        """Post each on its own; what is refused is refused. Give the seq of the first, if any."""
        postings = [self.community.posting(command) for command in commands]
        outcomes = post_batch(self.community.installation, "demo", postings, atomic=False)
        first = outcomes[0]
        return multiple(first.seq) if isinstance(first, Posted) else multiple()

    def balances(self) -> Iterator[tuple[str, int, str, str, int, int]]:
        table = tables.balances
        query = select(
            table.c.account,
            table.c.holder,
            table.c.commodity,
            table.c.lot,
            table.c.debits,
            table.c.credits,
        )
        with self.community.installation.engine.connect() as connection:
            for row in connection.execute(query):
                account, holder, commodity, lot, debits, credits_ = row
                yield account, holder, commodity, lot, debits, credits_

    def projections(self) -> dict[str, list[tuple[object, ...]]]:
        """All rows that can be computed from the log."""
        computed = (
            tables.leg_sides,
            tables.balances,
            tables.turnovers,
            tables.accounts,
            tables.commodities,
            tables.lots,
            tables.policies,
            tables.remainders,
            tables.reversals,
            tables.subtree_roots,
            tables.heads,
        )
        with self.community.installation.engine.connect() as connection:
            return {
                table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
                for table in computed
            }


@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 25), ("postgresql", 8)])
def test_any_sequence_of_commands_keeps_a_book_whole(
    kind: str, examples: int, request: pytest.FixtureRequest
) -> None:
    class Machine(BookInMotion):
        databases = request.getfixturevalue(f"{kind}_databases")

    run_state_machine_as_test(
        Machine, settings=settings(max_examples=examples, stateful_step_count=50)
    )
