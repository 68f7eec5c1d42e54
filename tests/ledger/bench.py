"""A book in memory: the journal without a database, for tests and examples.

    bench = Bench()
    bench.enrol("ana", "bo")
    bench.issue("ana", 100)
    hold = bench.hold("ana", 30)
    bench.settle(hold, "bo", 20)
    bench.balance("ana")  # 70
    bench.replay().root()  # the log alone has been checked

A :class:`Bench` takes commands as the service does: it asks their flows for drafts, gives each its
place in the log, asks the rules, and folds it into the state. Keys and salts follow from the
numbers of holders and entries, so the same commands give the same bytes each time. People go by
short names: ``ana`` stands for ``members#<member id of ana>``, all else is an account code.

``forge`` gives a log with one entry more that no rule was asked about; ``force`` goes on from such
an entry, as a journal without rules would.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Literal, TypeAlias

from msgspec.structs import replace

from timebank.flows import definitions, holds, movements, periods, registry, reversals
from timebank.flows.command import Command
from timebank.flows.facts import Facts
from timebank.ledger import codes, encoding, notes, rules, viewing
from timebank.ledger.entry import Written, decode_entry, encode_entry, owners_of, write_entry
from timebank.ledger.hashing import EMPTY_ROOT, leaf_hash
from timebank.ledger.keyring import KeyRing, Revealer
from timebank.ledger.model import Draft, Entry, Key, Leg, Owners
from timebank.ledger.registry import Registry, standard_registry
from timebank.ledger.replay import Replay, Reveal
from timebank.ledger.routes import Route
from timebank.ledger.rules import Accepted
from timebank.ledger.state import BookState
from timebank.ledger.sums import sum_up

ORIGIN = "timebank.example.org/log/cuizhuyuan"
TODAY = "2026-11-22"
BY = ("app:bench", "staff:treasurer:1", "system")

CommodityKind: TypeAlias = Literal["time", "points", "money", "goods"]
HolderKind: TypeAlias = Literal["member", "carrier", "stall"]
Limits: TypeAlias = dict[str, int]


def member_id(name: str) -> str:
    """A member id, 22 characters of base64url, that can be read."""
    return name.ljust(22, "_")


def place(name: str) -> str:
    """What a command calls the account of somebody, or an account by its code."""
    is_code = ":" in name or "#" in name or name in ("issued", "members", "transit", "stalls")
    return name if is_code else f"members#{member_id(name)}"


def leg(from_: str, to: str, amount: int, commodity: str = "POINT", lot: str = "") -> Leg:
    """A leg as a command names it."""
    return Leg(amount=amount, commodity=commodity, from_=place(from_), to=place(to), lot=lot)


def viewing_key(number: int) -> bytes:
    """The viewing key of a holder."""
    return sha256(b"viewing key %d" % number).digest()


def log_vkey(number: int = 1, origin: str = ORIGIN) -> str:
    """The verifier key of the ``number``-th key that signs the log."""
    return notes.vkey(origin, sha256(b"signing key %d" % number).digest())


def limit_facts(limits: Limits | None) -> tuple[definitions.LimitFact, ...]:
    return tuple(definitions.LimitFact(code, amount) for code, amount in (limits or {}).items())


class Bench:
    """A book with its log. Move ``today`` on as time passes."""

    def __init__(
        self, *, kinds: Registry | None = None, today: str = TODAY, opened: bool = True
    ) -> None:
        """A book that counts POINT; an empty log, if the test wants to open it."""
        self.kinds = kinds or standard_registry()
        self.state = BookState.empty(self.kinds, ORIGIN)
        self.state.earlier = self._earlier
        self.today = today
        self.bodies: list[bytes] = []
        self.written: list[Written] = []
        self.owners: list[Owners] = []
        self.members: dict[str, int] = {}
        if opened:
            self.open()
            self.define("POINT", "points")

    # --- what a journal does --------------------------------------------------------------------

    def post(self, command: Command, *, by: tuple[str, ...] = BY) -> int:
        """Post a command; give its seq. Raises what speaks against it, and then nothing changed."""
        return self.append(self.draft(command), by=by)

    def draft(self, command: Command) -> Draft:
        """The draft that the flow of a command makes."""
        registry.needs_of(command)
        return registry.build(command, self.facts())

    def facts(self) -> Facts:
        """What flows decide by; the log never goes back when the clock does."""
        now = f"{self.today}T09:30:00Z"
        return Facts(state=self.state, today=self.posted(), now=now, members=self.members)

    def posted(self) -> str:
        """The day with which the next entry is posted."""
        return max(self.today, self.state.posted)

    def append(self, draft: Draft, *, by: tuple[str, ...] = BY) -> int:
        """Append a draft that the rules allow; give its seq."""
        written = self.write(draft, by=by)
        return self._fold(written, self.check(written.entry, owners_of(draft)))

    def write(self, draft: Draft, *, by: tuple[str, ...] = BY) -> Written:
        """The draft in the next place of the log; the rules are not asked."""
        seq = self.state.size
        posted = self.posted()
        return write_entry(
            draft,
            origin=ORIGIN,
            seq=seq,
            prev=leaf_hash(self.bodies[-1]) if self.bodies else EMPTY_ROOT,
            posted=posted,
            by=by,
            blinder=lambda owner: blinder(owner, posted),
            salts=tuple(salt(seq, index) for index in range(len(draft.details))),
        )

    def sealed(self) -> encoding.Value:
        """What the first seal of the last entry hides."""
        return encoding.decode(self.written[-1].details[0])

    def check(self, entry: Entry, owners: Owners = ()) -> Accepted:
        """Ask the rules about an entry in the next place of the log, as the journal does."""
        return rules.check(entry, owners, self.state, revealed=True)

    def forge(
        self,
        draft: Draft,
        change: Callable[[Entry], Entry] = lambda entry: entry,
        *,
        by: tuple[str, ...] = BY,
    ) -> list[bytes]:
        """The log and one entry more that no rule was asked about."""
        return [*self.bodies, encode_entry(change(self.write(draft, by=by).entry))]

    def force(self, draft: Draft, *, by: tuple[str, ...] = BY) -> int:
        """Append a draft whatever the rules say; give its seq."""
        written = self.write(draft, by=by)
        entry = written.entry
        kind_rules = rules.rules_of(self.state.registry, entry.kind)
        routes = [_unchecked_route(leg) for leg in entry.legs]
        after, sides = sum_up(entry, owners_of(draft), routes, self.state, tells=True)
        return self._fold(
            written, Accepted(entry, owners_of(draft), kind_rules, routes, after, sides)
        )

    def _fold(self, written: Written, accepted: Accepted) -> int:
        rules.apply(accepted, self.state)
        self.bodies.append(written.body)
        self.written.append(written)
        self.owners.append(accepted.owners)
        return written.entry.seq

    def _earlier(self, seq: int) -> tuple[Entry, Owners] | None:
        return (self.entry(seq), self.owners[seq]) if seq < len(self.bodies) else None

    # --- what came of it ------------------------------------------------------------------------

    def entry(self, seq: int = -1) -> Entry:
        """An entry of the log, the last one by default."""
        return self.written[seq].entry

    def balance(self, name: str, commodity: str = "POINT", lot: str = "") -> int:
        """What somebody, or an account as a whole, has."""
        account, _, member = place(name).partition("#")
        owner = self.members[member] if member else 0
        return self.state.balances[Key(account, owner, commodity, lot)].net

    def held(self, name: str, commodity: str = "POINT") -> int:
        """What of somebody's is on hold."""
        return self.balance(f"members:held#{member_id(name)}", commodity)

    def number(self, name: str) -> int:
        """The number of a holder."""
        return self.members[member_id(name)]

    def ring(self) -> KeyRing:
        """The viewing keys of all holders."""
        return ring_of(self.state.holders)

    def replay(self) -> Replay:
        """Check the log with nothing but itself."""
        return replay(self.bodies, kinds=self.kinds)

    def keyed_replay(self) -> Replay:
        """Check the log with all viewing keys."""
        return keyed_replay(self.bodies, self.ring(), kinds=self.kinds)

    # --- commands in short ----------------------------------------------------------------------

    def open(self, *, vkey: str = "") -> int:
        return self.post(
            definitions.OpenBook(title="翠竹园", time_zone="Asia/Shanghai", vkey=vkey or log_vkey())
        )

    def define(self, commodity: str, kind: CommodityKind, scale: int = 0) -> int:
        return self.post(
            definitions.DefineCommodity(commodity=commodity, commodity_kind=kind, scale=scale)
        )

    def account(self, account: str, *, limits: Limits | None = None) -> int:
        return self.post(definitions.OpenAccount(account=account, limits=limit_facts(limits)))

    def close_account(self, account: str) -> int:
        return self.post(definitions.CloseAccount(account=account))

    def lot(self, commodity: str, lot: str) -> int:
        return self.post(definitions.RegisterLot(commodity=commodity, lot=lot))

    def enrol(self, *names: str, kind: HolderKind = "member", limits: Limits | None = None) -> int:
        """Enrol some, one after the other; give the number of the last."""
        for name in names:
            number = self.post(self.enrolment(name, kind=kind, limits=limits))
            self.members[member_id(name)] = number
            holder = replace(self.state.holders[number], name=member_id(name))
            self.state.holders[number] = holder
        return number

    def enrolment(
        self, name: str, *, kind: HolderKind = "member", limits: Limits | None = None
    ) -> definitions.EnrolHolder:
        """The command that enrols somebody by the next entry."""
        number = self.state.size
        return definitions.EnrolHolder(
            holder=kind,
            key_hash=encoding.to_base64(viewing.key_hash(ORIGIN, viewing_key(number))),
            number=str(number),
            name=name,
            limits=limit_facts(limits),
        )

    def leave(self, name: str) -> int:
        return self.post(definitions.LeaveHolder(member=member_id(name)))

    def policy(
        self, setting: str, value: int, commodity: str | None = None, *, in_force: str | None = None
    ) -> int:
        fact = definitions.SettingFact(setting=setting, value=value, commodity=commodity)
        return self.post(definitions.SetPolicy(settings=(fact,), in_force=in_force))

    def rotate(self, number: int) -> int:
        return self.post(definitions.RotateKey(vkey=log_vkey(number)))

    def issue(self, name: str, amount: int, commodity: str = "POINT") -> int:
        return self.post(movements.Issue(legs=(leg("issued", name, amount, commodity),)))

    def reclaim(self, name: str, amount: int, commodity: str = "POINT") -> int:
        return self.post(movements.Reclaim(legs=(leg(name, "issued", amount, commodity),)))

    def transfer(self, from_: str, to: str, amount: int, commodity: str = "POINT") -> int:
        return self.post(movements.Transfer(legs=(leg(from_, to, amount, commodity),)))

    def take_over(self, *legs: Leg) -> int:
        return self.post(movements.OpenBalances(legs=legs, list=hash_of("filed list")))

    def hold(
        self, name: str, amount: int, commodity: str = "POINT", *, expires: str | None = None
    ) -> int:
        command = holds.Hold(
            member=member_id(name), amount=amount, commodity=commodity, expires=expires
        )
        return self.post(command)

    def release(self, hold: int, amount: int | None = None) -> int:
        return self.post(holds.Release(hold=hold, amount=amount))

    def settle(self, hold: int, to: str, amount: int | None = None) -> int:
        return self.post(holds.Settle(hold=hold, to=place(to), amount=amount))

    def reverse(self, seq: int) -> int:
        return self.post(reversals.Reverse(reverses=seq))

    def close(self, until: str) -> int:
        return self.post(periods.Close(until=until))


def blinder(owner: int, posted: str) -> viewing.Blinder:
    """What makes the references of a holder in the month of a day."""
    key = viewing.month_key(viewing_key(owner), ORIGIN, viewing.month_of(posted))
    return viewing.Blinder(key, ORIGIN)


def salt(seq: int, index: int) -> bytes:
    """The salt of a seal; random where it is not a test."""
    return sha256(b"salt %d %d" % (seq, index)).digest()


def hash_of(text: str) -> str:
    """The base64 SHA-256 of some file."""
    return encoding.to_base64(sha256(text.encode()).digest())


# --- replay ---------------------------------------------------------------------------------------


def replay(
    bodies: Sequence[bytes], *, reveal: Reveal | None = None, kinds: Registry | None = None
) -> Replay:
    """Feed a whole log. Raises LogBrokenError or CannotCheckError."""
    replaying = Replay(kinds or standard_registry(), earlier_body=bodies.__getitem__, reveal=reveal)
    for body in bodies:
        replaying.feed(body)
    return replaying


def keyed_replay(
    bodies: Sequence[bytes], ring: KeyRing, *, kinds: Registry | None = None
) -> Replay:
    """Feed a whole log to somebody who has these keys and nothing else."""
    return replay(bodies, reveal=auditor(bodies, ring), kinds=kinds)


def auditor(bodies: Sequence[bytes], ring: KeyRing) -> Revealer:
    """Tells who stands behind a reference by trying every key on it."""

    def hint(seq: int, leg: int, side: int) -> int:
        side_of_leg: viewing.Side = viewing.TO if side else viewing.FROM
        return ring.search(decode_entry(bodies[seq]), leg, side_of_leg)

    return Revealer(ring, hint, lambda _owner: False)


def ring_of(owners: Iterable[int]) -> KeyRing:
    """The viewing keys of some holders."""
    ring = KeyRing(ORIGIN)
    for owner in owners:
        ring.add(owner, viewing_key(owner))
    return ring


def _unchecked_route(leg: Leg) -> Route:
    """Where a leg goes, whether it may or not."""
    from_, to = codes.split_reference(leg.from_)[0], codes.split_reference(leg.to)[0]
    lots = leg.commodity, leg.lot
    return Route(Key(from_, 0, *lots), Key(to, 0, *lots), None, ("", ""))
