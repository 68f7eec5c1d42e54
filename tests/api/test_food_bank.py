"""The food bank over HTTP: every command by its kind, and each refusal by its code."""

from typing import Any

import pytest

from tests.api.client import Api

OFFICERS = ["staff:storekeeper:1", "staff:verifier:2"]
RICE = {"commodity": "RICE-5KG"}
GOOD = {**RICE, "lot": "rice-1"}
YICANG, DEPOT = "stock:yicang", "stock:depot"
INTAKE = {"kind": "intake", "to": YICANG}
SPOILAGE = {"kind": "spoilage", "account": YICANG, "reason": "damaged"}
COUNT = {"kind": "count", "account": YICANG}


@pytest.fixture
def store(api: Api) -> Api:
    """The store, which may post for two officers, with the accounts that goods need."""
    for account in (f"{YICANG}:quarantine", DEPOT):
        assert api.post("/accounts", {"account": account}).status_code == 201
    more = {"lot": "rice-2", "commodity": "RICE-5KG", "source": "donated", "expires": "2026-03-20"}
    assert api.post("/lots", more).status_code == 201
    return api.with_key(capacities=tuple(OFFICERS), app="store")


def carrier(api: Api) -> str:
    answer = api.post("/members", {"number": "c-1", "name": "车", "kind": "carrier"})
    assert answer.status_code == 201, answer.text
    number: str = answer.get_json()["member"]
    return number


def post(api: Api, body: dict[str, Any]) -> int:
    answer = api.post("/entries", {**body, "by": OFFICERS})
    assert answer.status_code == 201, answer.text
    assert answer.get_json()["entry"]["kind"] == body["kind"]
    seq: int = answer.get_json()["seq"]
    return seq


def stock(api: Api) -> int:
    """Bring 30 of one lot and 10 of another on the shelf; give the seq of the inspection."""
    goods = [{**GOOD, "amount": 30}, {**GOOD, "lot": "rice-2", "amount": 10}]
    received = post(api, {**INTAKE, "goods": goods})
    return post(api, {"kind": "inspection", "received": received})


def on_shelf(api: Api) -> dict[str, int]:
    rows = api.get(f"/accounts/{YICANG}/balances").get_json()["balances"]
    return {row["lot"]: row["balance"] for row in rows}


def test_goods_from_their_donor_to_the_households(store: Api) -> None:
    stock(store)
    van = carrier(store)
    moved = post(
        store,
        {"kind": "move", "place": YICANG, "carrier": van, "goods": [{**GOOD, "amount": 5}]},
    )
    post(store, {"kind": "arrival", "move": moved, "place": DEPOT, "lost": [{**RICE, "amount": 1}]})
    out = {"kind": "round.out", "place": YICANG, "carrier": van, "households": 8}
    sent = post(store, {**out, "goods": [{**RICE, "amount": 12}]})
    handed = [{"parcel": f"p-{index}", "confirmed": "code"} for index in range(7)]
    back = {"kind": "round.back", "round": sent, "refused": 1, "handovers": handed}
    ended = post(store, {**back, "back": [{**GOOD, "amount": 2}]})
    received = {"kind": "inspection", "received": ended, "accepted": [{**GOOD, "amount": 1}]}
    post(store, {**received, "rejected": [{**RICE, "amount": 1}]})
    post(store, {**SPOILAGE, "goods": [{**GOOD, "amount": 1}]})
    counted = [{**GOOD, "amount": 20}]
    post(store, {**COUNT, "against": store.size() - 1, "counted": counted})

    assert on_shelf(store) == {"rice-1": 20, "rice-2": 0}
    entry = store.get(f"/entries/{ended}").get_json()["entry"]
    assert entry["public"] == {"absent": 0, "refused": 1, "round": sent}
    assert "p-1" not in store.get("/entries").text


def test_a_batch_with_one_bad_item_of_each_sort(store: Api) -> None:
    """Each has its own answer, and what is good among them is written."""
    shelved = stock(store)
    received = post(store, {**INTAKE, "goods": [{**GOOD, "amount": 3}]})
    van, ana = carrier(store), store.community.ids["王"]
    out = {"kind": "round.out", "place": YICANG, "carrier": van, "households": 5}
    sent = post(store, {**out, "goods": [{**RICE, "amount": 1}]})
    inspection = {"kind": "inspection", "received": received}
    move = {"kind": "move", "place": YICANG, "carrier": van}
    back = {"kind": "round.back", "round": sent}
    one, many = [{**GOOD, "amount": 1}], [{**RICE, "amount": 99}]
    cases: list[tuple[dict[str, Any], str]] = [
        ({**INTAKE, "goods": [{**GOOD, "lot": "rice-9", "amount": 1}]}, "lot_invalid"),
        ({**INTAKE, "goods": one, "source": "grantors"}, "lot_invalid"),
        ({**INTAKE, "goods": one, "to": f"{YICANG}:quarantine"}, "malformed"),
        ({**INTAKE, "goods": one, "to": DEPOT}, "unknown_account"),
        ({**INTAKE, "goods": one, "by": ["staff:verifier:2"]}, "capacity_missing"),
        ({**inspection, "accepted": one}, "figure_wrong"),
        ({**inspection, "rejected": many}, "over_remaining"),
        ({**inspection, "received": sent}, "continuation_invalid"),
        ({**inspection, "received": 9_999}, "unknown_entry"),
        (inspection, ""),
        (inspection, "over_remaining"),
        ({**move, "goods": many}, "insufficient_balance"),
        ({**move, "goods": one, "carrier": ana}, "leg_not_allowed"),
        ({**move, "goods": one, "carrier": "van"}, "malformed"),
        ({**out, "goods": one, "households": 4}, "too_few_households"),
        ({**out, "goods": one}, "lot_invalid"),
        ({**out, "goods": many}, "insufficient_balance"),
        ({**back, "refused": 6}, "facts_invalid"),
        ({**back, "handovers": [{"parcel": "p", "confirmed": "code"}]}, "figure_wrong"),
        ({**back, "back": many}, "over_remaining"),
        (back, ""),
        ({**SPOILAGE, "goods": one, "by": OFFICERS[:1]}, "same_person"),
        ({**SPOILAGE, "goods": one, "reason": "expired"}, "facts_invalid"),
        ({**SPOILAGE, "goods": one, "reason": "recalled"}, ""),
        ({**move, "goods": one}, "lot_recalled"),
        ({**COUNT, "against": shelved, "counted": [{**GOOD, "amount": 5}]}, "stale_state"),
        ({**COUNT, "against": sent, "counted": [{**GOOD, "lot": "rice-2", "amount": 8}]}, ""),
        ({**COUNT, "against": sent, "counted": [{**GOOD, "amount": 32}]}, "no_difference"),
        ({"kind": "reversal", "reverses": received}, "stale_state"),
    ]
    size = store.size()
    items = [
        {"by": OFFICERS, **body, "idempotency_key": f"item-{index}"}
        for index, (body, _) in enumerate(cases)
    ]
    answer = store.post("/entries/batch", {"items": items}).get_json()

    codes = [result.get("problem", {}).get("code", "") for result in answer["results"]]
    assert codes == [code for _, code in cases]
    assert store.size() == size + codes.count("")
    assert on_shelf(store) == {"rice-1": 32, "rice-2": 8}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "intake", "to": YICANG, "goods": []}, "goods"),
        (
            {"kind": "round.out", "place": YICANG, "carrier": "A" * 22, "households": 0},
            "households",
        ),
        ({**SPOILAGE, "goods": [{**RICE, "amount": 1}]}, "lot"),
        ({**SPOILAGE, "goods": [{**GOOD, "amount": 0}]}, "amount"),
        ({**COUNT, "counted": [{**GOOD, "amount": 1}]}, "against"),
        ({**COUNT, "against": 1, "counted": [{**GOOD, "amount": -1}]}, "amount"),
    ],
)
def test_what_is_left_out_or_out_of_range_is_told(
    still_api: Api, body: dict[str, Any], field: str
) -> None:
    answer = still_api.post("/entries", body)

    assert answer.status_code == 400
    assert field in answer.text
