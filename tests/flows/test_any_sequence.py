"""Whatever a book is asked to do, in whatever order: what must hold after every step."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.ledger.bench import (
    BY,
    ORIGIN,
    Bench,
    auditor,
    leg,
    log_vkey,
    member_id,
    place,
    viewing_key,
)
from timebank.errors import TimebankError
from timebank.flows.command import Command
from timebank.flows.definitions import (
    CloseAccount,
    LeaveHolder,
    OpenAccount,
    RegisterLot,
    RotateKey,
    SetPolicy,
    SettingFact,
)
from timebank.flows.holds import Hold, Release, Settle
from timebank.flows.movements import Issue, OpenBalances, Reclaim, Transfer
from timebank.flows.periods import Close
from timebank.flows.reversals import Reverse
from timebank.ledger.encoding import MAX_INTEGER
from timebank.ledger.keyring import KeyRing
from timebank.ledger.model import ZERO, Balance, Key
from timebank.ledger.registry import standard_registry
from timebank.ledger.replay import Replay

MEMBERS = ["ana", "bo", "cy"]
GROUPS = ["groups:a", "groups:b"]
ACCOUNTS = [*GROUPS, "bank:main", "stock:main", "pool:donated", "world:more", "tools:shed"]
PLACES = [*MEMBERS, "dee", "carrier", "nobody", *ACCOUNTS, "issued", "world:opening", "members"]
COUNTED = ["POINT", "HOUR"]
THINGS = [("POINT", ""), ("HOUR", ""), ("CNY", "fund:a"), ("RICE", "b-1"), ("CNY", ""), ("TEA", "")]
CIRCULATION = ("members", "groups:", "pool:", "retired:")

amounts = st.integers(1, 40)
commodities = st.sampled_from(COUNTED)
members = st.sampled_from(MEMBERS)
payees = st.sampled_from([*MEMBERS, *GROUPS])
days_back = st.sampled_from([0, 0, 0, 1, 3])
parts = st.none() | st.integers(1, 15)

# What no rule below asks for: mostly nonsense, and each must be refused or be right.
strange_amounts = amounts | st.sampled_from([2**52, MAX_INTEGER])
strange_days = st.none() | st.dates(date(2026, 9, 1), date(2027, 3, 1)).map(str)
strange_seqs = st.integers(0, 60)
strange_legs = st.lists(
    st.builds(
        lambda from_, to, amount, thing: leg(from_, to, amount, *thing),
        st.sampled_from(PLACES),
        st.sampled_from(PLACES),
        strange_amounts,
        st.sampled_from(THINGS),
    ),
    min_size=1,
    max_size=3,
).map(tuple)
strange_settings = st.builds(
    SettingFact,
    setting=st.sampled_from(["credit_limit", "hold_days", "daily_cap"]),
    value=st.integers(0, 40_000),
    commodity=st.none() | st.sampled_from(["POINT", "RICE", "TEA"]),
)
strange_commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(Issue, legs=strange_legs, day=strange_days, policy=st.none() | strange_seqs),
    st.builds(Reclaim, legs=strange_legs, day=strange_days, belongs=strange_days),
    st.builds(Transfer, legs=strange_legs, day=strange_days, belongs=strange_days),
    st.builds(OpenBalances, legs=strange_legs, list=st.just("A" * 43 + "=")),
    st.builds(
        Hold,
        member=st.sampled_from(PLACES).map(member_id),
        amount=strange_amounts,
        commodity=st.sampled_from([*COUNTED, "RICE"]),
        expires=strange_days,
    ),
    st.builds(Release, hold=strange_seqs, amount=st.none() | strange_amounts, day=strange_days),
    st.builds(Settle, hold=strange_seqs, to=st.sampled_from(PLACES).map(place), day=strange_days),
    st.builds(Reverse, reverses=strange_seqs, day=strange_days, belongs=strange_days),
    st.builds(Close, until=strange_days.filter(bool)),
    st.builds(SetPolicy, settings=st.tuples(strange_settings), in_force=strange_days),
    st.builds(RotateKey, vkey=st.integers(1, 4).map(log_vkey)),
    st.builds(OpenAccount, account=st.sampled_from(ACCOUNTS)),
    st.builds(CloseAccount, account=st.sampled_from(ACCOUNTS)),
    st.builds(LeaveHolder, member=st.sampled_from(PLACES).map(member_id)),
    st.builds(
        RegisterLot,
        commodity=st.sampled_from(["CNY", "RICE", "POINT", "TEA"]),
        lot=st.sampled_from(["fund:a", "fund:b", "b-2"]),
        fund=st.none() | st.sampled_from(["fund:b", "b-1"]),
    ),
)


class AnySequence(RuleBasedStateMachine):
    """A journal, and beside it the two replays, which follow entry by entry."""

    @initialize()
    def start(self) -> None:
        self.bench = Bench(today="2026-11-22")
        self.ring = KeyRing(ORIGIN)
        self.public = Replay(standard_registry(), earlier_body=self.body)
        self.keyed = Replay(
            standard_registry(),
            earlier_body=self.body,
            reveal=auditor(self.bench.bodies, self.ring),
        )
        self.before: dict[Key, Balance] = {}
        self.names = [*MEMBERS]
        self.bench.define("HOUR", "time")
        self.bench.define("CNY", "money")
        self.bench.define("RICE", "goods")
        self.bench.lot("CNY", "fund:a")
        self.bench.lot("RICE", "b-1")
        for account in (*GROUPS, "bank:main", "stock:main"):
            self.bench.account(account)
        self.bench.enrol(*MEMBERS)
        self.bench.enrol("carrier", kind="carrier")
        for name in MEMBERS:
            for commodity in COUNTED:
                self.bench.issue(name, 50, commodity)
        self.follow()

    def body(self, seq: int) -> bytes:
        return self.bench.bodies[seq]

    # --- what may be asked ----------------------------------------------------------------------

    @rule(days=st.sampled_from([1, 2, 10, 31, -1]))
    def time_passes(self, days: int) -> None:
        self.bench.today = self.day(-days)

    @rule(command=strange_commands, by=st.sampled_from([BY, BY, BY, ("member",), ("app:x",)]))
    def ask_something_strange(self, command: Command, by: tuple[str, ...]) -> None:
        self.post(command, by=by)

    @rule(from_=payees, to=payees, amount=amounts, commodity=commodities, back=days_back)
    def pay(self, from_: str, to: str, amount: int, commodity: str, back: int) -> None:
        if from_ != to:
            legs = (leg(from_, to, amount, commodity),)
            self.post(Transfer(legs=legs, day=self.day(back)))

    @rule(commodity=commodities)
    def everybody_spends_all_they_may(self, commodity: str) -> None:
        state = self.bench.state
        for name in self.names:
            key = Key("members", self.bench.number(name), commodity, "")
            most = state.balances[key].net + state.limit(key, self.bench.posted())
            if most > 0:
                self.post(Transfer(legs=(leg(name, "groups:a", most, commodity),)))

    @rule(amounts=st.tuples(amounts, amounts, amounts))
    def pay_in_a_ring(self, amounts: tuple[int, int, int]) -> None:
        ring = zip(MEMBERS, [*MEMBERS[1:], MEMBERS[0]], amounts, strict=True)
        self.post(Transfer(legs=tuple(leg(*link) for link in ring)))

    @rule(from_=members, to=members, amount=amounts)
    def pay_late(self, from_: str, to: str, amount: int) -> None:
        closed = self.bench.state.closed_until or None
        if from_ != to:
            self.post(Transfer(legs=(leg(from_, to, amount),), belongs=closed))

    @rule(to=payees, amount=amounts, commodity=commodities)
    def issue(self, to: str, amount: int, commodity: str) -> None:
        self.post(Issue(legs=(leg("issued", to, amount, commodity),)))

    @rule(from_=payees, amount=amounts, commodity=commodities)
    def reclaim(self, from_: str, amount: int, commodity: str) -> None:
        self.post(Reclaim(legs=(leg(from_, "issued", amount, commodity),)))

    @rule(amount=amounts, goods=st.booleans())
    def take_over(self, amount: int, *, goods: bool) -> None:
        bought = leg("world:opening", "stock:main", amount, "RICE", "b-1")
        banked = leg("world:opening", "bank:main", amount, "CNY", "fund:a")
        self.post(OpenBalances(legs=(bought if goods else banked,), list="A" * 43 + "="))

    @rule(name=members, amount=amounts, commodity=commodities, ahead=st.sampled_from([None, 0, 2]))
    def hold(self, name: str, amount: int, commodity: str, ahead: int | None) -> None:
        expires = None if ahead is None else self.day(-ahead)
        self.post(Hold(member=member_id(name), amount=amount, commodity=commodity, expires=expires))

    @precondition(lambda self: self.bench.state.remainders)
    @rule(data=st.data(), amount=parts)
    def release(self, data: st.DataObject, amount: int | None) -> None:
        self.post(Release(hold=self.open_hold(data), amount=amount))

    @precondition(lambda self: self.bench.state.remainders)
    @rule(data=st.data(), to=payees, amount=parts, back=days_back)
    def settle(self, data: st.DataObject, to: str, amount: int | None, back: int) -> None:
        hold = self.open_hold(data)
        self.post(Settle(hold=hold, to=place(to), amount=amount, day=self.day(back)))

    @rule(data=st.data(), kind=st.sampled_from(["", "hold", "release", "settle"]))
    def reverse(self, data: st.DataObject, kind: str) -> None:
        entries = [written.entry for written in self.bench.written]
        found = [entry.seq for entry in entries if entry.legs and entry.kind.startswith(kind)]
        self.post(Reverse(reverses=data.draw(st.sampled_from(found or [0]))))

    @rule(value=st.sampled_from([0, 5, 30]), commodity=commodities, ahead=st.sampled_from([0, 2]))
    def set_limit(self, value: int, commodity: str, ahead: int) -> None:
        fact = SettingFact(setting="credit_limit", value=value, commodity=commodity)
        self.post(SetPolicy(settings=(fact,), in_force=self.day(-ahead)))

    @rule(limits=st.none() | st.dictionaries(commodities, st.sampled_from([0, 20])))
    def enrol(self, limits: dict[str, int] | None) -> None:
        name = f"m{len(self.names)}"
        self.ask(lambda: self.bench.enrol(name, limits=limits))
        self.names.append(name)

    @rule(data=st.data(), amount=amounts, back=st.booleans())
    def pay_to_or_from_anybody(self, data: st.DataObject, amount: int, *, back: bool) -> None:
        name = data.draw(st.sampled_from([name for name in self.names if name != "ana"]))
        from_, to = (name, "ana") if back else ("ana", name)
        self.post(Transfer(legs=(leg(from_, to, amount),)))

    @rule(data=st.data())
    def settle_up_and_leave(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.names[2:]))
        for commodity in COUNTED:
            has = self.bench.balance(name, commodity)
            command = Reclaim if has > 0 else Issue
            sides = (name, "issued") if has > 0 else ("issued", name)
            if has:
                self.post(command(legs=(leg(*sides, abs(has), commodity),)))
        self.post(LeaveHolder(member=member_id(name)))

    @rule(back=st.sampled_from([1, 1, 10]))
    def close(self, back: int) -> None:
        self.post(Close(until=self.day(back)))

    # --- how it is asked ------------------------------------------------------------------------

    def day(self, back: int) -> str:
        return str(date.fromisoformat(self.bench.today) - timedelta(days=back))

    def open_hold(self, data: st.DataObject) -> int:
        """The seq of a hold of which something is left."""
        return data.draw(st.sampled_from([seq for seq, _ in self.bench.state.remainders]))

    def post(self, command: Command, *, by: tuple[str, ...] = BY) -> None:
        self.ask(lambda: self.bench.post(command, by=by))

    def ask(self, wish: Any) -> None:  # noqa: ANN401 - what it gives does not matter
        size, self.before = len(self.bench.bodies), dict(self.bench.state.balances)
        try:
            wish()
        except TimebankError:
            assert len(self.bench.bodies) == self.bench.state.size == size
            assert self.moved() == []
        self.follow()

    def follow(self) -> None:
        """Let both replays read what was written."""
        for number in set(self.bench.members.values()) - set(self.ring.owners()):
            self.ring.add(number, viewing_key(number))
        for body in self.bench.bodies[self.public.state.size :]:
            self.public.feed(body)
            self.keyed.feed(body)

    def moved(self) -> list[Key]:
        """The keys whose balance is another than before the last wish."""
        now = self.bench.state.balances
        return [key for key, balance in now.items() if balance != self.before.get(key, ZERO)]

    # --- what holds after every step ------------------------------------------------------------

    @invariant()
    def every_commodity_and_lot_sums_to_zero(self) -> None:
        sums: defaultdict[tuple[str, str], int] = defaultdict(int)
        for key, balance in self.bench.state.balances.items():
            if not key.owner:
                sums[key.commodity, key.lot] += balance.net
        assert set(sums.values()) <= {0}

    @invariant()
    def the_parts_of_a_control_account_sum_to_its_total(self) -> None:
        parts: defaultdict[Key, Balance] = defaultdict(lambda: ZERO)
        balances = self.bench.state.balances
        for key, balance in balances.items():
            if key.owner:
                whole = key._replace(owner=0)
                so_far = parts[whole]
                parts[whole] = Balance(
                    so_far.debits + balance.debits, so_far.credits + balance.credits
                )
        for key, balance in list(balances.items()):
            if not key.owner and self.bench.state.accounts[key.account].type == "control":
                assert parts[key] == balance

    @invariant()
    def nothing_that_went_down_is_below_its_floor(self) -> None:
        state = self.bench.state
        for key in self.moved():
            type_ = state.accounts[key.account].type
            went_down = state.balances[key].net < self.before.get(key, ZERO).net
            if went_down and (key.owner or type_ == "holding"):
                assert state.balances[key].net >= -state.limit(key, state.posted)
            elif went_down and type_ == "control":
                limit = state.ceilings.total(key.commodity) if key.account == "members" else 0
                assert state.balances[key].net >= -limit

    @invariant()
    def what_was_issued_is_in_circulation_or_retired(self) -> None:
        for commodity in COUNTED:
            rows = [
                (key.account, balance.net)
                for key, balance in self.bench.state.balances.items()
                if key.commodity == commodity and not key.owner
            ]
            issued = sum(net for account, net in rows if account == "issued")
            assert -issued == sum(net for account, net in rows if account.startswith(CIRCULATION))

    @invariant()
    def what_is_held_is_what_is_left_of_holds(self) -> None:
        held = [
            balance.net
            for key, balance in self.bench.state.balances.items()
            if key.account == "members:held" and not key.owner
        ]
        assert sum(held) == sum(self.bench.state.remainders.values())

    @invariant()
    def who_has_left_has_nothing(self) -> None:
        gone = {holder.number for holder in self.bench.state.holders.values() if holder.left}
        balances = self.bench.state.balances.items()
        assert not any(balance.net for key, balance in balances if key.owner in gone)

    def teardown(self) -> None:
        """The log alone, and the log with the keys, give the balances of the journal."""
        if not hasattr(self, "keyed") or self.keyed.state.size < self.bench.state.size:
            return  # a step has failed, and says why
        own, public, keyed = (
            {key: found for key, found in state.balances.items() if found != ZERO}
            for state in (self.bench.state, self.public.state, self.keyed.state)
        )
        assert keyed == own
        assert public == {key: found for key, found in own.items() if not key.owner}
        assert self.public.state.remainders == self.bench.state.remainders
        assert self.public.state.reversed_by == self.bench.state.reversed_by
        assert self.public.root() == self.keyed.root()


TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = settings(max_examples=80, stateful_step_count=50, deadline=None)
