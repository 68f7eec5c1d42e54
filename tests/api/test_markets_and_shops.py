"""Markets and shops over HTTP: every command by its kind, and each refusal by its code."""

from typing import Any

import pytest

from tests.api.client import Api, problem
from tests.installations import open_balance
from tests.ledger.bench import hash_of
from timebank.flows.definitions import (
    OpenAccount,
    RegisterLot,
    SetPolicy,
    SettingFact,
    ValueFact,
)

HASH = hash_of("file")
OFFICERS = ["staff:coordinator:1", "staff:storekeeper:2", "staff:treasurer:3"]
RICE = {"commodity": "RICE-5KG"}
MARKET = {
    "kind": "market.filed",
    "market": "yiji-2026-03",
    "held": "2026-03-01",
    "opens": 540,
    "closes": 720,
    "place": "翠竹园广场",
    "purpose": "义仓采购",
    "basis": "社区备案",
    "commodity": "CNY",
    "cash": "cash:market",
    "fund": "fund:pool",
    "share": 100,
}


@pytest.fixture
def office(api: Api) -> Api:
    """The office, which may post for three officers, on the day of a market, with two stalls."""
    community = api.community
    bought = {"basis": "cost", "fund": "fund:pool", "source": "purchased"}
    price = {"commodity": "POINT", "goods": "RICE-5KG", "value": 20}
    settings = (
        SettingFact(setting="price", **price),  # type: ignore[arg-type]  # each as it should be
        SettingFact(setting="redeem_daily", commodity="POINT", value=60),
    )
    for command in (
        OpenAccount(account="cash:market"),
        OpenAccount(account="stock:yicang:quarantine"),
        RegisterLot(commodity="CNY", lot="fund:agency"),
        SetPolicy(settings=settings),
    ):
        community.post(command)
    open_balance(community, "stock:yicang", 9, commodity="RICE-5KG", lot="rice-1")
    community.enrol("一", "二", kind="stall")
    office = api.with_key(capacities=tuple(OFFICERS), app="office")
    fund = {"kind": "fund.opened", "commodity": "CNY", "fund": "fund:pool", "purpose": "义仓"}
    post(office, {**fund, "source": "earned"})
    for lot in ("rice-2", "rice-3"):
        value = ValueFact(amount=90, commodity="CNY")
        community.post(RegisterLot(commodity="RICE-5KG", lot=lot, value=value, **bought))  # type: ignore[arg-type]  # each as it should be
    return office


def post(api: Api, body: dict[str, Any]) -> int:
    answer = api.post("/entries", {**body, "by": OFFICERS})
    assert answer.status_code == 201, answer.text
    return int(answer.get_json()["seq"])


def bodies(api: Api, market: int) -> dict[str, dict[str, Any]]:
    """A good body of each kind."""
    ids = api.community.ids
    at_stall = {"stall": ids["一"], "commodity": "CNY"}
    taken = {"stall": ids["一"], "amount": 900, "taken_by": "摊主"}
    return {
        "sale": {"kind": "sale", "market": market, **at_stall, "price": 1_000},
        "takings": {
            "kind": "takings",
            "market": market,
            "commodity": "CNY",
            "stalls": [taken],
            "counters": ["甲", "乙"],
        },
        "purchase": {
            "kind": "pool.purchase",
            "market": market,
            "account": "cash:market",
            "fund": "fund:pool",
            "commodity": "CNY",
            "paid": 90,
            "place": "stock:yicang",
            "lots": [{**RICE, "lot": "rice-2", "amount": 4}],
        },
        "report": {
            "kind": "market.reported",
            "market": market,
            "stalls": 1,
            "visitors": 40,
            "evidence": [HASH],
        },
        "redemption": {
            "kind": "redemption",
            "member": ids["王"],
            "commodity": "POINT",
            "place": "stock:yicang",
            "goods": [{**RICE, "amount": 2}],
            "pickup": HASH,
        },
        "shop": {"kind": "shop.sale", **at_stall, "price": 300},
        "payout": {"kind": "payout", **at_stall, "amount": 300},
    }


def test_a_batch_with_one_bad_item_of_each_sort(office: Api) -> None:
    """Each has its own answer, and what is good among them is written."""
    community = office.community
    of = bodies(office, post(office, MARKET))
    points = {"amount": 5, "commodity": "POINT", "seller": community.ids["李"]}
    to_self = {"points": {**points, "buyer": community.ids["李"]}}
    from_wang = {"points": {**points, "buyer": community.ids["王"]}}
    rice_3 = {"lots": [{**RICE, "lot": "rice-3", "amount": 4}]}
    cases: list[tuple[dict[str, Any], str]] = [
        (MARKET, "already_used"),
        ({**MARKET, "market": "yiji-2", "held": "2026-02-28"}, "day_invalid"),
        ({**MARKET, "market": "yiji-2", "fund": "fund:operating"}, "fund_restricted"),
        ({**MARKET, "market": "Yiji 2"}, "malformed"),
        ({**of["sale"], **from_wang}, ""),
        ({**of["sale"], **to_self}, "malformed"),
        ({**of["sale"], "day": "2026-02-28"}, "day_invalid"),
        ({**of["sale"], "market": 1}, "reference_invalid"),
        ({**of["sale"], "stall": community.ids["王"]}, "leg_not_allowed"),
        (of["takings"], ""),
        (of["takings"], "insufficient_balance"),
        ({**of["takings"], "counters": ["甲", "甲"]}, "same_person"),
        ({**of["takings"], "stalls": of["takings"]["stalls"] * 2}, "malformed"),
        ({**of["takings"], "by": OFFICERS[:1]}, "same_person"),
        (of["purchase"], ""),
        (of["purchase"], "already_used"),
        ({**of["purchase"], **rice_3, "paid": 91}, "figure_wrong"),
        ({**of["purchase"], **rice_3}, "insufficient_balance"),
        ({**of["purchase"], **rice_3, "by": OFFICERS[2:]}, "capacity_missing"),
        (of["report"], ""),
        (of["report"], "already_used"),
        (of["redemption"], ""),
        (of["redemption"], "already_used"),
        ({**of["redemption"], "pickup": None}, "over_cap"),
        ({**of["redemption"], "pickup": None, "commodity": "HOUR"}, "policy_missing"),
        ({**of["redemption"], "pickup": "1234"}, "malformed"),
        (of["shop"], ""),
        ({**of["shop"], "goods": [{**RICE, "lot": "rice-1", "amount": 1}]}, "insufficient_balance"),
        (of["payout"], ""),
        (of["payout"], "insufficient_balance"),
    ]
    size = office.size()
    items = [
        {"by": OFFICERS, **body, "idempotency_key": f"item-{index}"}
        for index, (body, _) in enumerate(cases)
    ]
    answer = office.post("/entries/batch", {"items": items}).get_json()

    codes = [result.get("problem", {}).get("code", "") for result in answer["results"]]
    assert codes == [code for _, code in cases]
    assert office.size() == size + codes.count("")


def test_what_has_the_wrong_shape_is_told_by_field(office: Api) -> None:
    of = bodies(office, post(office, MARKET))
    for body, field in (
        ({**MARKET, "share": 1_001}, "share"),
        ({**of["takings"], "counters": ["甲"]}, "counters"),
        ({**of["redemption"], "goods": []}, "goods"),
        ({**of["payout"], "amount": 0}, "amount"),
    ):
        told = problem(office.post("/entries", body))
        assert (told["code"], told["field"]) == ("malformed", field)


def test_nobody_is_named_in_public(office: Api) -> None:
    """Neither who took their takings home, nor where the rice was bought."""
    of = bodies(office, post(office, MARKET))
    post(office, of["sale"])
    for body in (of["takings"], {**of["purchase"], "supplier": "粮店"}):
        entry = office.get(f"/entries/{post(office, body)}").get_json()["entry"]
        told = str(entry)
        assert not any(name in told for name in ("摊主", "甲", "粮店", office.community.ids["一"]))
