"""A book of earmarked money in memory: commands in short, for tests of its rules.

    bench = book_of_funds()
    donate(bench)
    plan = file_plan(bench)
    spend(bench, plan, 600)

Money is of FLOOD and at BANK unless it is said.
"""

from typing import Any

import pytest

from tests.ledger.bench import Bench, hash_of, leg, replay
from timebank.errors import LogBrokenError
from timebank.flows.funds import (
    Donate,
    FilePlan,
    FileReport,
    MoveMoney,
    OpenFund,
    Reclassify,
    Spend,
)
from timebank.ledger.model import Draft, DraftLeg, Place

BANK, TILL, CLUB = "bank:main", "cash:till", "groups:chess"
FLOOD, WINTER, STAFF = "fund:flood", "fund:winter", "fund:operating"
OFFICERS = ("staff:coordinator:1", "staff:verifier:2", "staff:treasurer:3")


def book_of_funds() -> Bench:
    """A book with funds for donations, for a grant, and for the running of things."""
    bench = Bench()
    bench.define("CNY", "money", 2)
    bench.define("RICE", "goods")
    for account in (BANK, TILL, CLUB):
        bench.account(account)
    open_fund(bench, FLOOD, categories=("food", "shelter"), ends="2027-06-30")
    open_fund(bench, WINTER)
    open_fund(bench, "fund:city", source="granted", overheads=True)
    open_fund(bench, STAFF, source="earned")
    bench.lot("CNY", "fund:agency")
    return bench


def open_fund(bench: Bench, fund: str, **more: Any) -> int:  # noqa: ANN401 - any field
    fields = {"purpose": "救助", "source": "donated", **more}
    return bench.post(OpenFund(fund=fund, commodity="CNY", **fields))


def money(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    return {"account": BANK, "fund": FLOOD, "commodity": "CNY", "amount": 1_000, **more}


def donate(bench: Bench, receipt: str = "r-1", **more: Any) -> int:  # noqa: ANN401 - any field
    return bench.post(Donate(receipt=receipt, **money(**more)))


def give_opening(bench: Bench, fund: str, amount: int = 1_000) -> int:
    return bench.take_over(leg("world:opening", BANK, amount, "CNY", fund))


def file_plan(bench: Bench, **more: Any) -> int:  # noqa: ANN401 - any field
    fields = {
        "fund": FLOOD,
        "category": "food",
        "amount": 600,
        "until": "2026-12-31",
        "plan": hash_of("plan"),
        **more,
    }
    return bench.post(FilePlan(commodity="CNY", **fields))


def spend(bench: Bench, plan: int, amount: int, **more: Any) -> int:  # noqa: ANN401 - any field
    fields = {"account": BANK, "related": "none", **more}
    by = fields.pop("by", OFFICERS)
    return bench.post(Spend(plan=plan, amount=amount, **fields), by=by)


def report(bench: Bench, plan: int) -> int:
    command = FileReport(plan=plan, result="都发到了", evidence=(hash_of("invoice"),))
    return bench.post(command)


def reclassify(bench: Bench, fund: str, to_fund: str, **more: Any) -> int:  # noqa: ANN401
    fields = {**money(fund=fund, amount=100), "basis": "consent", **more}
    command = Reclassify(to_fund=to_fund, document=hash_of("letter"), **fields)
    return bench.post(command, by=OFFICERS)


def move(bench: Bench, account: str, to: str, amount: int = 100, fund: str = FLOOD) -> int:
    return bench.post(MoveMoney(to=to, **money(account=account, amount=amount, fund=fund)))


def seen_in_public(bench: Bench, kind: str, legs: list[Any], **public: Any) -> str:  # noqa: ANN401
    """What public replay says of an entry that no rule was asked about."""
    by = {"spend": OFFICERS, "reclassification": OFFICERS[1:]}.get(kind, ("system",))
    seals = bench.kinds.kind(kind).seals
    draft = Draft(
        kind=kind,
        day=bench.today,
        legs=tuple(
            DraftLeg(amount, "CNY", fund, Place(a), Place(b)) for a, b, amount, fund in legs
        ),
        public=public,
        details=({},) * seals,
    )
    with pytest.raises(LogBrokenError) as caught:
        replay(bench.forge(draft, by=by))
    return caught.value.reason
