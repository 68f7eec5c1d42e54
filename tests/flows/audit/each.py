"""What must be true of any entry when it has come."""

from collections import Counter
from typing import Final

from tests.flows.audit.book import GOING_ON, Audit, day_of, is_donated, is_recalled
from timebank.ledger.model import Entry

OFFICERS_NEEDED: Final = {
    "service": 2, "pool.granted": 2, "adjustment": 2, "takings": 2, "pool.purchase": 2,
    "spoilage": 2, "count": 2, "reclassification": 2, "spend": 3,
}  # fmt: skip


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
    if entry.kind == kind and any(is_donated(audit, fund) for fund in gone):
        assert all(is_donated(audit, fund) for fund in come)


def goods_are_handed_on_as_long_as_they_may(audit: Audit, entry: Entry) -> None:
    if entry.kind not in {"move", "round.out", "redemption", "inspection", "shop.sale"}:
        return
    for one in audit.moved[entry.seq]:
        if audit.kind_of[one.commodity] != "goods" or one.to == "world:rejected":
            continue
        facts = audit.facts_of(one.commodity, one.lot)
        assert day_of(entry) <= facts.get("expires", "9999-12-31")
        assert not is_recalled(audit, entry, one)
        use = {"round.out": "aid", "redemption": "reward"}.get(entry.kind)
        assert use is None or use in facts.get("uses", [use])


def a_reversal_turns_all_of_it_round(audit: Audit, entry: Entry) -> None:
    if entry.kind != "reversal":
        return
    original = audit.entries[entry.public["reverses"]]
    assert original.kind != "reversal"
    assert [(leg.to, leg.from_, leg.amount, leg.lot) for leg in entry.legs] == [
        (leg.from_, leg.to, leg.amount, leg.lot) for leg in original.legs
    ]


EACH: Final = (
    officers_are_as_many_as_must_answer_for_it,
    it_is_not_in_a_closed_period,
    nothing_goes_on_or_back_before_it_came,
    no_money_changes_its_fund,
    goods_are_handed_on_as_long_as_they_may,
    a_reversal_turns_all_of_it_round,
)
