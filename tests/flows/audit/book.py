"""The book of a bench as an auditor reads it, without any rule."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from tests.ledger.bench import Bench
from timebank.ledger.model import ZERO, Balance, Entry, Key, Owners

NAMING: Final = ("hold", "received", "move", "round", "plan", "market", "reverses")
"""Facts that name an earlier entry by its seq."""
GOING_ON: Final = ("hold", "received", "move", "round", "reverses")
"""Those of them by which legs go on from it, or back."""


class Moved(NamedTuple):
    """One leg, taken apart."""

    amount: int
    commodity: str
    lot: str
    from_: str
    from_owner: int
    to: str
    to_owner: int


Waiting = tuple[int, str, int, str, str]
"""An entry that brought something to wait: account, owner, commodity and lot."""


class Audit:
    """The book of a bench as an auditor reads it."""

    def __init__(self, bench: Bench) -> None:
        """Start before the first entry."""
        self.entries: list[Entry] = []
        self.moved: list[list[Moved]] = []
        self.sums: defaultdict[Key, int] = defaultdict(int)
        self.reversed_by: dict[int, int] = {}
        self.kind_of: dict[str, str] = {}
        self.left: Counter[Waiting] = Counter()
        """What waits, as of the last check."""
        self._lots: dict[tuple[str, str], dict[str, Any]] = {}
        self._bench = bench

    def read(self) -> Iterator[Entry]:
        """Read what is new, and give it entry by entry."""
        for seq in range(len(self.entries), len(self._bench.written)):
            self._read(self._bench.written[seq].entry, self._bench.owners[seq])
            yield self.entries[-1]

    def _read(self, entry: Entry, owners: Owners) -> None:
        self.entries.append(entry)
        self.moved.append(
            [_moved(leg, *pair) for leg, pair in zip(entry.legs, owners, strict=True)]
        )
        if entry.kind == "commodity.defined":
            self.kind_of[entry.public["commodity"]] = entry.public["kind"]
        if entry.kind in {"lot.registered", "fund.opened"}:
            self._lots[entry.public["commodity"], entry.public["lot"]] = entry.public
        if entry.kind == "reversal":
            original = entry.public["reverses"]
            assert original not in self.reversed_by, "reversed twice"
            self.reversed_by[original] = entry.seq
        for one in self.moved[-1]:
            for account, owner, amount in (
                (one.from_, one.from_owner, -one.amount),
                (one.to, one.to_owner, one.amount),
            ):
                self.sums[Key(account, 0, one.commodity, one.lot)] += amount
                if owner:
                    self.sums[Key(account, owner, one.commodity, one.lot)] += amount

    def standing(self, *kinds: str, before: int | None = None) -> Iterator[Entry]:
        """The entries of some kinds that stand, or stood before an entry."""
        for entry in self.entries[:before]:
            if entry.kind in kinds:
                undone = self.reversed_by.get(entry.seq)
                if undone is None or (before is not None and undone >= before):
                    yield entry

    def setting(self, entry: Entry, setting: str, day: str, **of: str) -> int | None:
        """What policy said on a day, as far as it was known to an entry."""
        versions = [
            (policy.public["in_force"], policy.seq, item["value"])
            for policy in self.standing("policy.set", before=entry.seq)
            if policy.public["in_force"] <= day
            for item in policy.public["settings"]
            if item["setting"] == setting
            and all(item.get(key) == value for key, value in of.items())
        ]
        return max(versions)[2] if versions else None

    def facts_of(self, commodity: str, lot: str) -> dict[str, Any]:
        """What was said of a lot when it was registered."""
        return self._lots[commodity, lot]

    def whole(self, commodity: str, lot: str, *roots: str) -> int:
        """What all accounts under these words have together."""
        return sum(
            amount
            for key, amount in self.sums.items()
            if not key.owner
            and (key.commodity, key.lot) == (commodity, lot)
            and (key.account in roots or key.account.split(":")[0] in roots)
        )

    def things(self, *kinds: str) -> set[tuple[str, str]]:
        """The commodities and lots that were ever moved, of these sorts."""
        return {
            (key.commodity, key.lot) for key in self.sums if self.kind_of[key.commodity] in kinds
        }

    def said(self) -> Counter[int]:
        """What the journal thinks is left of entries that others go on from."""
        said: Counter[int] = Counter()
        for (seq, _), amount in self._bench.state.remainders.items():
            said[seq] += amount
        return said

    def agrees_with(self, balances: dict[Key, Balance], *, keyed: bool) -> bool:
        """Whether a state has the same balances."""
        own = {key: net for key, net in self.sums.items() if net and (keyed or not key.owner)}
        return own == {key: one.net for key, one in balances.items() if one != ZERO and one.net}


def _moved(leg: Any, from_owner: int, to_owner: int) -> Moved:  # noqa: ANN401 - a leg
    from_, to = leg.from_.partition("#")[0], leg.to.partition("#")[0]
    return Moved(leg.amount, leg.commodity, leg.lot, from_, from_owner, to, to_owner)


def day_of(entry: Entry) -> str:
    day: str = entry.public.get("belongs", entry.day)
    return day


def is_donated(audit: Audit, fund: str) -> bool:
    return audit.facts_of("CNY", fund).get("source") == "donated"


def is_recalled(audit: Audit, entry: Entry, one: Moved) -> bool:
    return any(
        (other.commodity, other.lot) == (one.commodity, one.lot)
        for recall in audit.standing("spoilage", before=entry.seq)
        if recall.public["reason"] == "recalled"
        for other in audit.moved[recall.seq]
    )


def pays_fees(audit: Audit, fund: str) -> bool:
    """Whether a fund is the operating one, or was opened so that it pays overheads."""
    return fund == "fund:operating" or "overheads" in audit.facts_of("CNY", fund)
