"""The time bank over HTTP: each item of a batch has its own answer."""

from typing import Any

import pytest

from tests.api.client import Api, problem
from tests.ledger.bench import hash_of

STAFF = ("staff:verifier:1", "staff:coordinator:2", "staff:treasurer:3")
ONE = ["staff:verifier:1", "staff:coordinator:2"]


@pytest.fixture
def bank(api: Api) -> Api:
    """A time bank, as an app sees it that three officers use; 张 has left."""
    api.community.enrol("张")
    staff = api.with_key(capacities=STAFF)
    api.post(f"/members/{api.community.ids['张']}/departure", {})
    settings = [
        {"setting": "tariff", "commodity": "POINT", "category": "general", "value": 6},
        {"setting": "cap_daily", "commodity": "POINT", "value": 10},
        {"setting": "expiry_days", "commodity": "POINT", "value": 30},
    ]
    assert staff.post("/policies", {"settings": settings}).status_code == 201
    return staff


def service(api: Api, task: str, *helpers: tuple[str, int], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    named = [{"member": api.community.ids[name], "minutes": minutes} for name, minutes in helpers]
    fields = {"category": "general", "commodity": "POINT", **more}
    return {"kind": "service", "task": hash_of(task), "helpers": named, **fields}


def test_a_batch_with_a_bad_item_of_each_sort_answers_each_on_its_own(bank: Api) -> None:
    wang, li = (bank.community.reference(name) for name in ("王", "李"))
    points = {"commodity": "POINT", "amount": 1}
    attendance = {"kind": "attendance", "event": "fair", "category": "culture", "headcount": 9}
    expiry = {"kind": "expiry", "commodity": "POINT", "accounts": [wang], "until": "2026-01-30"}
    items = [
        ("posted", service(bank, "a", ("李", 60))),
        ("posted", service(bank, "b", ("李", 60))),
        ("already_used", service(bank, "a", ("王", 60))),
        ("policy_missing", service(bank, "c", ("李", 60), category="night")),
        ("same_person", service(bank, "c", ("李", 60), ("李", 60))),
        ("member_left", service(bank, "c", ("张", 60))),
        ("facts_invalid", service(bank, "c", ("李", 5))),
        ("unknown_entry", service(bank, "c", ("李", 60), hold=999)),
        ("continuation_invalid", service(bank, "c", ("李", 60), hold=3)),
        ("day_invalid", service(bank, "c", ("李", 60), day="2026-03-02")),
        ("capacity_missing", {**service(bank, "c", ("李", 60)), "by": ["staff:verifier:1"]}),
        ("malformed", {**service(bank, "c", ("李", 60)), "task": "roof"}),
        ("posted", {"kind": "give", "giver": wang, "to": li, **points}),
        ("insufficient_balance", {"kind": "give", "giver": wang, **points, "amount": 999}),
        ("leg_not_allowed", {"kind": "give", "giver": "issued", **points}),
        ("posted", {"kind": "pool.granted", "to": wang, **points}),
        ("same_person", {"kind": "pool.granted", "to": wang, **points, "by": ONE[:1]}),
        ("insufficient_balance", {"kind": "pool.granted", "to": wang, **points, "amount": 9}),
        ("posted", attendance),
        ("already_used", attendance),
        ("unknown_account", {**attendance, "event": "x", "group": "groups:none"}),
        ("nothing_expired", expiry),
        ("day_invalid", {**expiry, "until": "2026-02-28"}),
        ("policy_missing", {**expiry, "commodity": "HOUR"}),
        ("facts_invalid", {"kind": "adjustment", "account": wang, "policy": 1, **points}),
        ("posted", service(bank, "c", ("李", 60))),
    ]
    before = bank.size()

    batch = [{**item, "idempotency_key": f"item-{place}"} for place, (_, item) in enumerate(items)]
    answer = bank.post("/entries/batch", {"items": batch}, key="")

    results = answer.get_json()["results"]
    codes = [result.get("problem", {}).get("code", "posted") for result in results]
    assert codes == [code for code, _ in items]
    assert bank.size() == before + codes.count("posted")
    again = bank.post("/entries/batch", {"items": batch}, key="").get_json()["results"]
    assert [one.get("seq") for one in again] == [one.get("seq") for one in results]
    last = bank.get(f"/entries/{results[-1]['seq']}").get_json()["entry"]
    assert last["public"]["helpers"] == [{"donated": 6, "minutes": 60}]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("helpers", []),
        ("helpers", [{"member": "A" * 22, "minutes": 0}]),
        ("helpers", [{"member": "A" * 22, "minutes": 1441}]),
        ("helpers", [{"member": "A" * 22, "minutes": 60, "donated": 1}]),
        ("amount", 6),
        ("hold", -1),
    ],
)
def test_a_service_of_the_wrong_shape_is_a_bad_request(
    still_api: Api, field: str, value: object
) -> None:
    body = {**service(still_api, "a", ("李", 60)), field: value}

    assert problem(still_api.post("/entries", body))["status"] == 400
