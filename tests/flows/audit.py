"""What an auditor finds who knows no rule of the package, only what must be true of any book.

An :class:`Audit` reads the entries of a bench with who stands behind them, adds up everything
itself, and asserts what must hold of hours and points, of goods and money, and of what was filed
before. ``check`` looks at each new entry, and then at the whole book.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from tests.ledger.bench import Bench
from timebank.ledger.model import ZERO, Balance, Entry, Key, Owners

OUTSIDE: Final = (
    "world:opening",
    "world:donors",
    "world:grantors",
    "world:suppliers",
    "world:partners",
)
GONE: Final = (
    "world:consumed", "world:customers", "world:spoiled", "world:lost", "world:rejected",
    "world:variance",
)  # fmt: skip
CIRCULATION: Final = ("members", "groups", "pool", "retired")
OFFICERS_NEEDED: Final = {
    "service": 2, "pool.granted": 2, "adjustment": 2, "takings": 2, "pool.purchase": 2,
    "spoilage": 2, "count": 2, "reclassification": 2, "spend": 3,
}  # fmt: skip
NAMING: Final = ("hold", "received", "move", "round", "plan", "market", "reverses")
"""Facts that name an earlier entry by its seq."""
GOING_ON: Final = ("hold", "received", "move", "round", "reverses")
"""Those of them by which legs go on from it, or back."""
ONCE: Final = {
    "service": "task", "attendance": "event", "redemption": "pickup", "donation": "receipt",
    "grant": "receipt", "market.filed": "market", "market.reported": "market",
    "report.filed": "plan",
}  # fmt: skip


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
        self._lots: dict[tuple[str, str], dict[str, Any]] = {}
        self._bench = bench

    def check(self) -> None:
        """Read what is new, entry by entry, and then look at the whole book."""
        if len(self.entries) == len(self._bench.written):
            return
        for seq in range(len(self.entries), len(self._bench.written)):
            self._read(self._bench.written[seq].entry, self._bench.owners[seq])
            _check_entry(self, self.entries[-1])
        self.left = _left(self)
        for check in WHOLE:
            check(self)

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


def _day(entry: Entry) -> str:
    day: str = entry.public.get("belongs", entry.day)
    return day


# --- the last entry -----------------------------------------------------------------------------


def _check_entry(audit: Audit, entry: Entry) -> None:
    for check in EACH:
        check(audit, entry)
    check_kind = OF_KIND.get(entry.kind)
    if check_kind:
        check_kind(audit, entry, audit.moved[entry.seq])


def officers_are_as_many_as_must_answer_for_it(_audit: Audit, entry: Entry) -> None:
    officers = {one.rpartition(":")[2] for one in entry.by if one.startswith("staff:")}
    assert len(officers) >= OFFICERS_NEEDED.get(entry.kind, 0)
    assert not any(one.startswith("staff:auditor:") for one in entry.by)


def it_is_not_in_a_closed_period(audit: Audit, entry: Entry) -> None:
    closes = (close.public["until"] for close in audit.standing("close", before=entry.seq))
    assert entry.day <= entry.posted
    assert entry.day > max(closes, default="")


def nothing_goes_on_or_back_before_it_came(audit: Audit, entry: Entry) -> None:
    for fact in GOING_ON:
        if fact in entry.public:
            assert entry.day >= audit.entries[entry.public[fact]].day


def no_money_changes_its_fund(audit: Audit, entry: Entry) -> None:
    """But by a reclassification, in equal amounts, never out of donations."""
    net: Counter[str] = Counter()
    for one in audit.moved[entry.seq]:
        if audit.kind_of[one.commodity] == "money":
            for account, amount in ((one.from_, -one.amount), (one.to, one.amount)):
                net[one.lot] += 0 if account.startswith("world:") else amount
    gone, come = ({fund for fund in net if sign * net[fund] > 0} for sign in (-1, 1))
    kind = entry.kind
    if kind == "reversal":
        kind = audit.entries[entry.public["reverses"]].kind
    if kind != "reclassification":
        assert not (gone and come)
        return
    assert sum(net.values()) == 0
    if entry.kind == kind and any(_is_donated(audit, fund) for fund in gone):
        assert all(_is_donated(audit, fund) for fund in come)


def _is_donated(audit: Audit, fund: str) -> bool:
    return audit.facts_of("CNY", fund).get("source") == "donated"


def goods_are_handed_on_as_long_as_they_may(audit: Audit, entry: Entry) -> None:
    if entry.kind not in {"move", "round.out", "redemption", "inspection", "shop.sale"}:
        return
    for one in audit.moved[entry.seq]:
        if audit.kind_of[one.commodity] != "goods" or one.to == "world:rejected":
            continue
        facts = audit.facts_of(one.commodity, one.lot)
        assert _day(entry) <= facts.get("expires", "9999-12-31")
        assert not _is_recalled(audit, entry, one)
        use = {"round.out": "aid", "redemption": "reward"}.get(entry.kind)
        assert use is None or use in facts.get("uses", [use])


def _is_recalled(audit: Audit, entry: Entry, one: Moved) -> bool:
    return any(
        (other.commodity, other.lot) == (one.commodity, one.lot)
        for recall in audit.standing("spoilage", before=entry.seq)
        if recall.public["reason"] == "recalled"
        for other in audit.moved[recall.seq]
    )


def a_reversal_turns_all_of_it_round(audit: Audit, entry: Entry) -> None:
    if entry.kind != "reversal":
        return
    original = audit.entries[entry.public["reverses"]]
    assert original.kind != "reversal"
    assert [(leg.to, leg.from_, leg.amount, leg.lot) for leg in entry.legs] == [
        (leg.from_, leg.to, leg.amount, leg.lot) for leg in original.legs
    ]


# --- the last entry, by its kind ------------------------------------------------------------------


def check_service(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """Helper by helper: what is credited, and what of it is donated, by the tariff and caps."""
    category, commodity = entry.public["category"], moved[0].commodity
    rate = audit.setting(entry, "tariff", _day(entry), commodity=commodity, category=category)
    all_of_it = audit.setting(entry, "donate_only", _day(entry), category=category)
    assert rate is not None
    shares = []
    for helper in entry.public["helpers"]:
        credited, donated = helper["minutes"] * rate // 60, helper.get("donated", 0)
        assert donated == credited if all_of_it else donated <= credited
        shares.append((credited - donated, donated))
    wanted = [
        pair for share in shares for pair in zip(("members", "pool:donated"), share, strict=True)
    ]
    assert [(one.to, one.amount) for one in moved] == [pair for pair in wanted if pair[1]]
    if not all_of_it:
        _check_caps(audit, entry, moved, shares)


def _check_caps(
    audit: Audit, entry: Entry, moved: list[Moved], shares: list[tuple[int, int]]
) -> None:
    """Of each who kept something, no less and no more than the caps left room for."""
    keepers = (one for one in moved if one.to == "members")
    for kept, donated in shares:
        if kept:
            keeper = next(keepers)
            room = _room(audit, entry, keeper.to_owner, keeper.commodity)
            assert donated == max(0, kept + donated - room)


def _room(audit: Audit, entry: Entry, owner: int, commodity: str) -> int:
    room = 10**9
    for setting, day in (("cap_daily", entry.day), ("cap_lifetime", "")):
        cap = audit.setting(entry, setting, entry.day, commodity=commodity)
        if cap is not None:
            room = min(
                room, cap - _counted(audit, entry, "service", owner, commodity=commodity, day=day)
            )
    return max(0, room)


def _counted(  # noqa: PLR0913 - all of it says what is counted
    audit: Audit, entry: Entry, kind: str, owner: int, *, commodity: str, day: str
) -> int:
    """What a member has earned, or redeemed, by entries that stood before this one."""
    return sum(
        one.amount
        for other in audit.standing(kind, before=entry.seq)
        if day in ("", other.day)
        for one in audit.moved[other.seq]
        if one.commodity == commodity
        and owner == (one.to_owner if kind == "service" else one.from_owner)
    )


def check_redemption(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """Points and goods, at the price of the day, within the limit of the day."""
    (paid,) = (one for one in moved if not one.lot)
    cost = 0
    for one in moved:
        if one.lot:
            goods = {"commodity": paid.commodity, "goods": one.commodity}
            price = audit.setting(entry, "price", _day(entry), **goods)
            assert price is not None
            cost += price * one.amount
    assert paid.amount == cost
    limit = audit.setting(entry, "redeem_daily", entry.day, commodity=paid.commodity)
    used = _counted(
        audit, entry, "redemption", paid.from_owner, commodity=paid.commodity, day=entry.day
    )
    assert limit is None or used + paid.amount <= limit


def check_sale(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """The pool has its share, the stall the rest, on the day of the market."""
    market = audit.entries[entry.public["market"]].public
    share = entry.public["price"] * market["share"] // 1000
    got = Counter({(one.to, one.lot): one.amount for one in moved if one.lot})
    split = {(market["cash"], market["fund"]): share}
    split["stalls", "fund:agency"] = entry.public["price"] - share
    assert got == Counter({place: amount for place, amount in split.items() if amount})
    assert _day(entry) == market["held"]
    assert all(one.from_owner != one.to_owner for one in moved if not one.lot)


def check_purchase(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """What the lots cost and the fees are what was paid, from the fund that the lots carry."""
    money = [one for one in moved if audit.kind_of[one.commodity] == "money"]
    (fund,) = {one.lot for one in money}
    cost = entry.public.get("fees", 0)
    if cost:
        assert not _is_donated(audit, fund)
        assert "market" in entry.public or _pays_fees(audit, fund)
    for one in moved:
        if one not in money:
            facts = audit.facts_of(one.commodity, one.lot)
            assert (facts["source"], facts["fund"]) == ("purchased", fund)
    if "plan" in entry.public:
        assert audit.entries[entry.public["plan"]].public["category"] not in {"wages", "fees"}
    for item in entry.public["lots"]:
        facts = audit.facts_of(item["commodity"], item["lot"])
        assert item["cost"] == facts["value"]["amount"]
        cost += item["cost"]
    assert sum(one.amount for one in money) == cost


def check_shop_sale(_audit: Audit, _entry: Entry, moved: list[Moved]) -> None:
    """What a family's goods are sold for is the family's."""
    (paid,) = (one for one in moved if one.to == "stalls")
    assert {one.from_owner for one in moved if one.from_ == "stalls"} <= {paid.to_owner}


def check_plan(audit: Audit, entry: Entry, _moved: list[Moved]) -> None:
    """Wages are paid by the operating fund, fees by few, and nothing after a fund has ended."""
    fund = audit.facts_of("CNY", entry.public["fund"])
    category = entry.public["category"]
    assert category in fund.get("categories", [category])
    assert entry.posted <= entry.public["until"] <= fund.get("ends", "9999-12-31")
    if category in {"wages", "fees"}:
        assert fund.get("source") != "donated"
        assert fund["lot"] == "fund:operating" or (category == "fees" and "overheads" in fund)


def check_policy(audit: Audit, entry: Entry, _moved: list[Moved]) -> None:
    """What was set before stays as it was for days gone by."""
    in_force = entry.public["in_force"]
    assert in_force >= entry.day
    before = [
        {**item, "value": 0}
        for policy in audit.standing("policy.set", before=entry.seq)
        for item in policy.public["settings"]
    ]
    for item in entry.public["settings"]:
        assert in_force >= entry.posted or {**item, "value": 0} not in before


def _pays_fees(audit: Audit, fund: str) -> bool:
    """Whether a fund is the operating one, or was opened so that it pays overheads."""
    return fund == "fund:operating" or "overheads" in audit.facts_of("CNY", fund)


def check_gift(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """A gift comes into a fund that was opened for it, before its end."""
    for one in moved:
        fund = audit.facts_of("CNY", one.lot)
        assert fund.get("source") == {"donation": "donated", "grant": "granted"}[entry.kind]
        assert _day(entry) <= fund.get("ends", "9999-12-31")


def check_round(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """For five households and more, of the lots that expire first."""
    assert entry.public["households"] >= 5
    for one in moved:
        last = audit.facts_of(one.commodity, one.lot).get("expires", "9999-12-31")
        for other, left in list(audit.sums.items()):
            same_shelf = (other.account, other.commodity) == (one.from_, one.commodity)
            if not same_shelf or not left:
                continue
            facts = audit.facts_of(other.commodity, other.lot)
            expires = facts.get("expires", "9999-12-31")
            recalled = _is_recalled(audit, entry, one._replace(lot=other.lot))
            if "aid" in facts.get("uses", ["aid"]) and not recalled:
                assert not _day(entry) <= expires < last


def check_count(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """Nothing of what was counted had moved since the book was looked at."""
    for one in moved:
        account = one.from_ if one.to == "world:variance" else one.to
        for earlier in range(entry.public["against"] + 1, entry.seq):
            assert not any(
                account in (other.from_, other.to)
                and (other.commodity, other.lot) == (one.commodity, one.lot)
                for other in audit.moved[earlier]
            )


def check_expiry(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """All that is old enough by policy and was not spent since: neither more nor less."""
    until = entry.public["until"]
    for one in moved:
        days = audit.setting(entry, "expiry_days", _day(entry), commodity=one.commodity)
        assert days
        assert date.fromisoformat(until) + timedelta(days) <= date.fromisoformat(_day(entry))
        had = audit.sums[Key(one.from_, one.from_owner, one.commodity, "")] + one.amount
        assert one.amount == max(0, had - _came_in(audit, entry, one, until))


def _came_in(audit: Audit, entry: Entry, one: Moved, until: str) -> int:
    """What somebody was given after a day and still stands; what only returned does not count."""
    return sum(
        other.amount
        for earlier in audit.entries[: entry.seq]
        if earlier.day > until and earlier.kind not in {"reversal", "release"}
        if earlier.seq not in audit.reversed_by
        for other in audit.moved[earlier.seq]
        if (other.to, other.to_owner, other.commodity) == (one.from_, one.from_owner, one.commodity)
    )


def check_filing(audit: Audit, entry: Entry, _moved: list[Moved]) -> None:
    """A market is filed before it is held, for a fund of what is earned."""
    assert entry.posted <= entry.public["held"]
    assert audit.facts_of("CNY", entry.public["fund"]).get("source") == "earned"


def check_takings(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """Nobody takes home what a market has not taken yet."""
    assert audit.entries[entry.public["market"]].public["held"] <= _day(entry)
    assert {one.lot for one in moved} == {"fund:agency"}


def check_return(audit: Audit, entry: Entry, moved: list[Moved]) -> None:
    """What comes back from a round comes to the place it had left, and somebody took the rest."""
    round_ = entry.public["round"]
    (shelf,) = {one.from_ for one in audit.moved[round_]}
    ends = {one.to for one in moved}
    assert ends <= {f"{shelf}:quarantine", "world:consumed", "world:lost"}
    served = audit.entries[round_].public["households"]
    served -= entry.public["refused"] + entry.public["absent"]
    assert served >= 0
    assert served or "world:consumed" not in ends


# --- the whole book -----------------------------------------------------------------------------


def everything_sums_to_zero(audit: Audit) -> None:
    for thing in audit.things("time", "points", "goods", "money"):
        assert (
            sum(
                amount
                for key, amount in audit.sums.items()
                if not key.owner and (key.commodity, key.lot) == thing
            )
            == 0
        )


def what_was_issued_is_in_circulation_or_retired(audit: Audit) -> None:
    for thing in audit.things("time", "points"):
        assert audit.whole(*thing, *CIRCULATION) == -audit.whole(*thing, "issued")


def what_was_received_is_there_or_has_gone(audit: Audit) -> None:
    for thing in audit.things("goods"):
        there = audit.whole(*thing, "stock", "transit", "stalls")
        assert -audit.whole(*thing, *OUTSIDE) == there + audit.whole(*thing, *GONE)


def nothing_anywhere_is_below_zero(audit: Audit) -> None:
    """There is no credit in this book: nobody owes hours, no place has less than no goods."""
    for key, amount in audit.sums.items():
        assert amount >= 0 or key.account == "issued" or key.account.startswith("world:")


def the_money_of_others_is_at_their_stalls(audit: Audit) -> None:
    agency = audit.whole("CNY", "fund:agency", "stalls")
    assert agency == audit.whole("CNY", "fund:agency", "stalls", "bank", "cash", "groups")
    for key in audit.sums:
        if key.account == "stalls" and audit.kind_of[key.commodity] == "money":
            assert key.lot == "fund:agency"
        if key.account == "stalls" and audit.kind_of[key.commodity] == "goods":
            assert "fund" not in audit.facts_of(key.commodity, key.lot)


def what_is_named_stands_before_what_names_it(audit: Audit) -> None:
    for entry in audit.entries:
        if entry.seq in audit.reversed_by or entry.kind == "reversal":
            continue
        for fact in NAMING:
            named = entry.public.get(fact)
            if isinstance(named, int):
                assert named < entry.seq
                assert named not in audit.reversed_by


def what_may_be_said_once_is_said_once(audit: Audit) -> None:
    said = Counter(
        (entry.kind, entry.public.get(fact))
        for kind, fact in ONCE.items()
        for entry in audit.standing(kind)
    )
    assert all(times == 1 for (_, value), times in said.items() if value is not None)
    bought = Counter(
        (item["commodity"], item["lot"])
        for entry in audit.standing("pool.purchase")
        for item in entry.public["lots"]
    )
    assert set(bought.values()) <= {1}


def what_waits_is_what_is_left_of_what_came(audit: Audit) -> None:
    """On hold, on the way, in quarantine: each amount is of an entry that brought it there."""
    waiting: Counter[Key] = Counter()
    for (_, account, owner, commodity, lot), amount in audit.left.items():
        assert amount >= 0
        waiting[Key(account, owner, commodity, lot)] += amount
    for key, amount in audit.sums.items():
        if _waits(key.account) and (key.owner or key.account.startswith("stock:")):
            assert waiting[key] == amount


def what_must_end_it_ends_it(audit: Audit) -> None:
    """An inspection, an arrival, the return of a round: nothing is left waiting then."""
    last = audit.entries[-1]
    if last.kind in {"inspection", "arrival", "round.back"}:
        ended = _origin(last)
        assert not any(amount for (seq, *_), amount in audit.left.items() if seq == ended)


def _left(audit: Audit) -> Counter[Waiting]:
    """What is left of each entry that brought something to wait."""
    left: Counter[Waiting] = Counter()
    for entry in audit.entries:
        if entry.seq in audit.reversed_by or entry.kind == "reversal":
            continue
        for one in audit.moved[entry.seq]:
            if _waits(one.from_):
                left[_origin(entry), one.from_, one.from_owner, one.commodity, one.lot] -= (
                    one.amount
                )
            if _waits(one.to):
                left[entry.seq, one.to, one.to_owner, one.commodity, one.lot] += one.amount
    return left


def _origin(entry: Entry) -> int:
    """The entry from which this one goes on."""
    (origin,) = (entry.public[fact] for fact in NAMING[:4] if fact in entry.public)
    return int(origin)


def _waits(account: str) -> bool:
    return account in {"members:held", "transit"} or account.endswith(":quarantine")


def what_is_left_is_what_the_journal_says(audit: Audit) -> None:
    left: Counter[int] = Counter()
    for (seq, *_), amount in audit.left.items():
        left[seq] += amount
    for entry in audit.standing("plan.filed"):
        left[entry.seq] += entry.public["amount"]
    for entry in audit.standing("spend", "pool.purchase"):
        if "plan" in entry.public:
            left[entry.public["plan"]] -= _money_in(audit, entry)
    assert audit.said() == +left


def _money_in(audit: Audit, entry: Entry) -> int:
    return sum(
        one.amount for one in audit.moved[entry.seq] if audit.kind_of[one.commodity] == "money"
    )


def what_is_drawn_is_within_its_plan(audit: Audit) -> None:
    drawn: Counter[int] = Counter()
    reported = {entry.public["plan"]: entry.seq for entry in audit.standing("report.filed")}
    for entry in audit.standing("spend", "pool.purchase"):
        seq = entry.public.get("plan")
        if seq is None:
            continue
        filed = audit.entries[seq]
        plan = filed.public
        assert filed.posted <= _day(entry) <= plan["until"]
        assert entry.public.get("category", plan["category"]) == plan["category"]
        assert entry.seq < reported.get(seq, entry.seq + 1)
        drawn[seq] += _money_in(audit, entry)
        for one in audit.moved[entry.seq]:
            if audit.kind_of[one.commodity] == "money":
                assert (one.commodity, one.lot) == (plan["commodity"], plan["fund"])
    assert all(amount <= audit.entries[seq].public["amount"] for seq, amount in drawn.items())


EACH: Final = (
    officers_are_as_many_as_must_answer_for_it,
    it_is_not_in_a_closed_period,
    nothing_goes_on_or_back_before_it_came,
    no_money_changes_its_fund,
    goods_are_handed_on_as_long_as_they_may,
    a_reversal_turns_all_of_it_round,
)
OF_KIND: Final = {
    "service": check_service,
    "redemption": check_redemption,
    "sale": check_sale,
    "pool.purchase": check_purchase,
    "shop.sale": check_shop_sale,
    "plan.filed": check_plan,
    "policy.set": check_policy,
    "donation": check_gift,
    "grant": check_gift,
    "round.out": check_round,
    "count": check_count,
    "expiry": check_expiry,
    "market.filed": check_filing,
    "takings": check_takings,
    "round.back": check_return,
}
WHOLE: Final = (
    everything_sums_to_zero,
    what_was_issued_is_in_circulation_or_retired,
    what_was_received_is_there_or_has_gone,
    nothing_anywhere_is_below_zero,
    the_money_of_others_is_at_their_stalls,
    what_is_named_stands_before_what_names_it,
    what_may_be_said_once_is_said_once,
    what_waits_is_what_is_left_of_what_came,
    what_must_end_it_ends_it,
    what_is_drawn_is_within_its_plan,
    what_is_left_is_what_the_journal_says,
)
