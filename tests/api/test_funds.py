"""Earmarked money over HTTP: every command of funds by its kind, and each refusal by its code."""

from typing import Any

import pytest

from tests.api.client import Api, problem
from tests.ledger.bench import hash_of

HASH = hash_of("file")
OFFICERS = ["staff:coordinator:1", "staff:verifier:2", "staff:treasurer:3"]
MONEY = {"commodity": "CNY", "fund": "fund:flood"}
PLACED = {**MONEY, "account": "bank:main"}
PLAN = {**MONEY, "kind": "plan.filed", "category": "food", "amount": 600, "plan": HASH}


@pytest.fixture
def officers(api: Api) -> Api:
    """The office, which may post for three officers, with a fund and 1,000 of the donors."""
    office = api.with_key(capacities=tuple(OFFICERS), app="office")
    fund = {**MONEY, "kind": "fund.opened", "purpose": "救灾", "source": "donated"}
    donation = {**PLACED, "kind": "donation", "amount": 1_000, "receipt": "r-1"}
    for body in (fund, donation):
        assert post(office, body)["entry"]["kind"] == body["kind"]
    return office


def post(api: Api, body: dict[str, Any]) -> dict[str, Any]:
    answer = api.post("/entries", {**body, "by": OFFICERS})
    assert answer.status_code == 201, answer.text
    value: dict[str, Any] = answer.get_json()
    return value


def test_a_fund_from_its_opening_to_its_report(officers: Api) -> None:
    plan = post(officers, {**PLAN, "until": "2026-06-30"})["seq"]
    moved = {**PLACED, "kind": "bank.moved", "to": "groups:chess-club", "amount": 300}
    post(officers, moved)
    spend = {"kind": "spend", "plan": plan, "account": "groups:chess-club", "amount": 300}
    spent = post(officers, {**spend, "related": "none", "payee": "粮店"})["entry"]
    winter = {"kind": "fund.opened", "commodity": "CNY", "fund": "fund:winter"}
    post(officers, {**winter, "purpose": "冬衣", "source": "donated", "wish": "给老人"})
    purpose = {**PLACED, "kind": "reclassification", "to_fund": "fund:winter", "amount": 100}
    post(officers, {**purpose, "basis": "consent", "document": HASH})
    report = {"kind": "report.filed", "plan": plan, "result": "发放完毕", "evidence": [HASH]}
    post(officers, report)

    assert spent["public"] == {"category": "food", "plan": plan, "related": "none"}
    assert "粮店" not in str(spent)
    lots = {lot["lot"] for lot in officers.get("/lots?commodity=CNY").get_json()["lots"]}
    assert {"fund:flood", "fund:winter"} <= lots


def test_a_batch_with_one_bad_item_of_each_sort(officers: Api) -> None:
    """Each has its own answer, and what is good among them is written."""
    plan = post(officers, {**PLAN, "until": "2026-06-30"})["seq"]
    donation = {**PLACED, "kind": "donation", "amount": 5}
    spend = {"kind": "spend", "plan": plan, "account": "bank:main", "related": "none"}
    report = {"kind": "report.filed", "plan": plan, "result": "好", "evidence": [HASH]}
    purpose = {**PLACED, "kind": "reclassification", "basis": "consent", "document": HASH}
    fund = {"kind": "fund.opened", "commodity": "CNY", "fund": "fund:new", "purpose": "x"}
    cases: list[tuple[dict[str, Any], str]] = [
        ({**spend, "amount": 600}, ""),
        ({**spend, "amount": 1}, "over_remaining"),
        ({**spend, "amount": 1, "plan": 0}, "reference_invalid"),
        ({**spend, "amount": 1, "plan": 9_999}, "unknown_entry"),
        ({**spend, "amount": 1, "by": OFFICERS[:2]}, "capacity_missing"),
        ({**spend, "amount": 1, "by": OFFICERS[1:]}, "same_person"),
        ({**PLAN, "until": "2026-02-01"}, "facts_invalid"),
        ({**PLAN, "until": "2026-06-30", "fund": "fund:none"}, "lot_invalid"),
        ({**PLAN, "until": "2026-06-30", "category": "wages"}, "fund_restricted"),
        ({**donation, "receipt": "r-1"}, "already_used"),
        ({**donation, "receipt": "r-2", "fund": "fund:operating"}, "fund_restricted"),
        ({**donation, "receipt": "r-2", "account": "bank:none"}, "unknown_account"),
        ({**donation, "receipt": "r-2", "account": "groups:chess-club"}, "leg_not_allowed"),
        ({**donation, "receipt": "No. 2"}, "malformed"),
        ({**donation, "receipt": "r-2"}, ""),
        ({**PLACED, "kind": "bank.moved", "to": "bank:main", "amount": 1}, "malformed"),
        (
            {**PLACED, "kind": "bank.moved", "to": "groups:chess-club", "amount": 406},
            "insufficient_balance",
        ),
        ({**purpose, "to_fund": "fund:operating", "amount": 1}, "fund_restricted"),
        ({**purpose, "to_fund": "fund:flood", "amount": 1}, "facts_invalid"),
        ({**fund, "source": "donated", "overheads": True}, "facts_invalid"),
        ({**fund, "source": "earned", "fund": "fund:flood"}, "already_defined"),
        (report, ""),
        (report, "already_used"),
        ({"kind": "reversal", "reverses": plan}, "stale_state"),
    ]
    size = officers.size()
    items = [
        {"by": OFFICERS, **body, "idempotency_key": f"item-{index}"}
        for index, (body, _) in enumerate(cases)
    ]
    answer = officers.post("/entries/batch", {"items": items}).get_json()

    codes = [result.get("problem", {}).get("code", "") for result in answer["results"]]
    assert codes == [code for _, code in cases]
    assert officers.size() == size + codes.count("")


def test_who_spends_says_whether_somebody_is_related(officers: Api) -> None:
    body = {"kind": "spend", "plan": 1, "account": "bank:main", "amount": 1}

    assert problem(officers.post("/entries", body))["code"] == "malformed"
