"""What waits to go on: on hold, on the way, in quarantine, or planned and not yet spent."""

from collections import Counter

from tests.flows.audit.book import NAMING, Audit, Waiting
from timebank.ledger.model import Entry, Key


def what_waits_is_what_is_left_of_what_came(audit: Audit) -> None:
    """On hold, on the way, in quarantine: each amount is of an entry that brought it there."""
    waiting: Counter[Key] = Counter()
    for (_, account, owner, commodity, lot), amount in audit.left.items():
        assert amount >= 0
        waiting[Key(account, owner, commodity, lot)] += amount
    for key, amount in audit.sums.items():
        if waits(key.account) and (key.owner or key.account.startswith("stock:")):
            assert waiting[key] == amount


def what_must_end_it_ends_it(audit: Audit) -> None:
    """An inspection, an arrival, the return of a round: nothing is left waiting then."""
    last = audit.entries[-1]
    if last.kind in {"inspection", "arrival", "round.back"}:
        ended = origin_of(last)
        assert not any(amount for (seq, *_), amount in audit.left.items() if seq == ended)


def left_of(audit: Audit) -> Counter[Waiting]:
    """What is left of each entry that brought something to wait."""
    left: Counter[Waiting] = Counter()
    for entry in audit.entries:
        if entry.seq in audit.reversed_by or entry.kind == "reversal":
            continue
        for one in audit.moved[entry.seq]:
            if waits(one.from_):
                left[origin_of(entry), one.from_, one.from_owner, one.commodity, one.lot] -= (
                    one.amount
                )
            if waits(one.to):
                left[entry.seq, one.to, one.to_owner, one.commodity, one.lot] += one.amount
    return left


def origin_of(entry: Entry) -> int:
    """The entry from which this one goes on."""
    (origin,) = (entry.public[fact] for fact in NAMING[:4] if fact in entry.public)
    return int(origin)


def waits(account: str) -> bool:
    return account in {"members:held", "transit"} or account.endswith(":quarantine")


def what_is_left_is_what_the_journal_says(audit: Audit) -> None:
    left: Counter[int] = Counter()
    for (seq, *_), amount in audit.left.items():
        left[seq] += amount
    for entry in audit.standing("plan.filed"):
        left[entry.seq] += entry.public["amount"]
    for entry in audit.standing("spend", "pool.purchase"):
        if "plan" in entry.public:
            left[entry.public["plan"]] -= money_in(audit, entry)
    assert audit.said() == +left


def money_in(audit: Audit, entry: Entry) -> int:
    return sum(
        one.amount for one in audit.moved[entry.seq] if audit.kind_of[one.commodity] == "money"
    )
