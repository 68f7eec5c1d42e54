"""What must be true of a whole book after each entry."""

from collections import Counter
from typing import Final

from tests.flows.audit.book import NAMING, Audit, day_of
from tests.flows.audit.waiting import (
    money_in,
    what_is_left_is_what_the_journal_says,
    what_must_end_it_ends_it,
    what_waits_is_what_is_left_of_what_came,
)

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
ONCE: Final = {
    "service": "task", "attendance": "event", "redemption": "pickup", "donation": "receipt",
    "grant": "receipt", "market.filed": "market", "market.reported": "market",
    "report.filed": "plan",
}  # fmt: skip


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


def what_is_drawn_is_within_its_plan(audit: Audit) -> None:
    drawn: Counter[int] = Counter()
    reported = {entry.public["plan"]: entry.seq for entry in audit.standing("report.filed")}
    for entry in audit.standing("spend", "pool.purchase"):
        seq = entry.public.get("plan")
        if seq is None:
            continue
        filed = audit.entries[seq]
        plan = filed.public
        assert filed.posted <= day_of(entry) <= plan["until"]
        assert entry.public.get("category", plan["category"]) == plan["category"]
        assert entry.seq < reported.get(seq, entry.seq + 1)
        drawn[seq] += money_in(audit, entry)
        for one in audit.moved[entry.seq]:
            if audit.kind_of[one.commodity] == "money":
                assert (one.commodity, one.lot) == (plan["commodity"], plan["fund"])
    assert all(amount <= audit.entries[seq].public["amount"] for seq, amount in drawn.items())


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
