"""Posting and reading entries: one, many at once, reversed, in pages."""

import csv
import io
from base64 import b64decode
from typing import Any

import pytest

from tests.api.client import Api, pages, problem
from timebank.ledger.hashing import leaf_hash


def transfer(api: Api, amount: int, **more: object) -> dict[str, Any]:
    return {"kind": "transfer", "legs": [api.leg("王", "李", amount)], **more}


def balance(api: Api, name: str) -> int:
    rows = api.get(f"/members/{api.community.ids[name]}/balances").get_json()["balances"]
    return sum(row["balance"] for row in rows if row["account"] == "members")


def test_entry_is_posted_and_read_with_the_bytes_of_the_log(api: Api) -> None:
    posted = api.post("/entries", transfer(api, 30, memo="谢谢", day="2026-02-27"))
    value = posted.get_json()
    assert posted.headers["Location"] == f"/api/v1/books/demo/entries/{value['seq']}"
    body = posted.data.partition(b'"entry":')[2][:-1]
    assert b64decode(value["leaf_hash"]) == leaf_hash(body)
    assert (value["entry"]["day"], value["entry"]["posted"]) == ("2026-02-27", "2026-03-01")
    read = api.get(f"/entries/{value['seq']}")
    assert body in read.data
    assert (balance(api, "王"), balance(api, "李")) == (70, 30)


def test_who_and_why_is_shown_to_those_only_who_may(sqlite_api: Api) -> None:
    seq = sqlite_api.post("/entries", transfer(sqlite_api, 1, memo="谢谢")).get_json()["seq"]
    wang, li = (sqlite_api.community.ids[name] for name in ("王", "李"))
    plain = sqlite_api.get(f"/entries/{seq}").get_json()
    assert "parties" not in plain
    assert wang not in str(plain)
    shown = sqlite_api.get(f"/entries/{seq}?parties=true").get_json()
    assert shown["parties"] == [
        {"leg": 0, "side": "from", "member": wang},
        {"leg": 0, "side": "to", "member": li},
    ]
    (seal,) = sqlite_api.get(f"/entries/{seq}/seals").get_json()["seals"]
    assert seal["details"]["memo"] == "谢谢"
    assert seal["seal"] == plain["entry"]["seals"][0]


def test_reversal_turns_an_entry_round_and_is_shown_with_it(api: Api) -> None:
    seq = api.post("/entries", transfer(api, 30)).get_json()["seq"]
    by_address = api.post(f"/entries/{seq}/reversal", {"reference": "C-7"}).get_json()
    legs, turned = (
        api.get(f"/entries/{one}").get_json()["entry"]["legs"] for one in (seq, by_address["seq"])
    )
    assert (turned[0]["from"], turned[0]["to"]) == (legs[0]["to"], legs[0]["from"])
    assert api.get(f"/entries/{seq}").get_json()["reversed_by"] == by_address["seq"]
    other = api.post("/entries", transfer(api, 5)).get_json()["seq"]
    assert api.post("/entries", {"kind": "reversal", "reverses": other}).status_code == 201
    assert balance(api, "王") == 100


def test_hold_is_settled_in_part_and_the_rest_released(api: Api) -> None:
    member = api.community.ids["王"]
    held = api.post("/holds", {"member": member, "amount": 10, "commodity": "POINT"})
    seq = held.get_json()["seq"]
    assert held.headers["Location"].endswith(f"/holds/{seq}")
    settlement = {"to": api.community.reference("李"), "amount": 4}
    assert api.post(f"/holds/{seq}/settlement", settlement).status_code == 201
    shown = api.get(f"/holds/{seq}").get_json()
    assert (shown["amount"], shown["remaining"]) == (10, 6)
    assert [one["seq"] for one in api.get("/holds").get_json()["holds"]] == [seq]
    assert api.post(f"/holds/{seq}/release", {}).status_code == 201
    assert api.get("/holds").get_json() == {"holds": []}
    assert (balance(api, "王"), balance(api, "李")) == (96, 4)


def test_entry_may_continue_a_hold_by_its_kind(sqlite_api: Api) -> None:
    member = sqlite_api.community.ids["王"]
    hold = {"kind": "hold", "member": member, "amount": 10, "commodity": "POINT"}
    seq = sqlite_api.post("/entries", hold).get_json()["seq"]
    assert sqlite_api.post("/entries", {"kind": "release", "hold": seq}).status_code == 201


# --- batches --------------------------------------------------------------------------------


def batch(api: Api, *amounts: int, prefix: str = "b", **more: object) -> dict[str, object]:
    items = [
        transfer(api, amount, idempotency_key=f"{prefix}{index}")
        for index, amount in enumerate(amounts)
    ]
    return {"items": items, **more}


def test_each_item_of_a_batch_stands_on_its_own(api: Api) -> None:
    size = api.size()
    results = api.post("/entries/batch", batch(api, 60, 60, 40)).get_json()["results"]
    assert [one["status"] for one in results] == [201, 422, 201]
    assert [one.get("seq") for one in results] == [size, None, size + 1]
    assert results[1]["problem"]["code"] == "insufficient_balance"
    assert results[1]["problem"]["shortfall"] == 20
    assert balance(api, "王") == 0


def test_atomic_batch_is_written_whole_or_not_at_all(api: Api) -> None:
    size = api.size()
    refused = api.post("/entries/batch", batch(api, 60, 60, 40, atomic=True))
    document = problem(refused)
    assert (document["status"], document["code"], document["item"]) == (
        422,
        "insufficient_balance",
        1,
    )
    assert [one["item"] for one in document["refused"]] == [1]
    assert api.size() == size
    accepted = api.post("/entries/batch", batch(api, 60, 40, atomic=True))
    assert [one["seq"] for one in accepted.get_json()["results"]] == [size, size + 1]


def test_item_that_was_posted_before_is_answered_again(api: Api) -> None:
    """Alone or in a batch: the same key and the same content are the same request."""
    alone = api.post("/entries", transfer(api, 1), key="b0").get_json()
    first = api.post("/entries/batch", batch(api, 1, 2)).get_json()["results"]
    again = api.post("/entries/batch", batch(api, 1, 2, atomic=True)).get_json()["results"]
    assert [one.get("replayed", False) for one in first] == [True, False]
    assert all(one["replayed"] for one in again)
    assert first[0]["seq"] == again[0]["seq"] == alone["seq"]
    assert first[0]["leaf_hash"] == alone["leaf_hash"]
    other = api.post("/entries/batch", batch(api, 3)).get_json()["results"]
    assert other[0]["problem"]["code"] == "idempotency_conflict"


def test_key_that_comes_twice_in_a_batch_posts_once(sqlite_api: Api) -> None:
    size = sqlite_api.size()
    item = transfer(sqlite_api, 1, idempotency_key="same")
    results = sqlite_api.post("/entries/batch", {"items": [item, item]}).get_json()["results"]
    assert [one["seq"] for one in results] == [size, size]
    assert sqlite_api.size() == size + 1


def test_capacity_that_is_not_covered_refuses_only_its_item(sqlite_api: Api) -> None:
    body = batch(sqlite_api, 1, 1)
    items: Any = body["items"]
    items[0]["by"] = ["staff:treasurer:9"]
    results = sqlite_api.post("/entries/batch", body).get_json()["results"]
    assert [one["status"] for one in results] == [403, 201]
    size = sqlite_api.size()
    for index, item in enumerate(items):
        item["idempotency_key"] = f"atomic-{index}"
    document = problem(sqlite_api.post("/entries/batch", {**body, "atomic": True}))
    assert (document["code"], document["item"]) == ("capacity_missing", 0)
    assert sqlite_api.size() == size


def test_what_an_item_names_by_its_seq_was_there_before_the_batch(sqlite_api: Api) -> None:
    """Afterwards the same items can be posted once more, with the same keys."""
    api, size = sqlite_api, sqlite_api.size()
    wang, li = api.community.ids["王"], api.community.reference("李")
    commands: list[dict[str, Any]] = [
        {"kind": "hold", "member": wang, "amount": 10, "commodity": "POINT"},
        {"kind": "release", "hold": size, "amount": 4},
        {"kind": "reversal", "reverses": size},
        {"kind": "settle", "hold": size, "to": li},
    ]
    items = [{**one, "idempotency_key": one["kind"]} for one in commands]

    first = api.post("/entries/batch", {"items": items}).get_json()["results"]
    assert [one["status"] for one in first] == [201, 404, 404, 404]
    assert {one["problem"]["code"] for one in first[1:]} == {"unknown_entry"}
    assert (api.size(), balance(api, "王")) == (size + 1, 90)

    again = api.post("/entries/batch", {"items": items}).get_json()["results"]
    assert [one["status"] for one in again] == [201, 201, 409, 201]
    assert (balance(api, "王"), balance(api, "李")) == (94, 6)
    told = api.description.operations["post_entries"]["description"]
    assert "must have been in the book before the batch" in " ".join(told.split())


def test_batch_takes_a_thousand_items_and_no_more(sqlite_api: Api) -> None:
    size = sqlite_api.size()
    full = batch(sqlite_api, *[1] * 1_000)
    document = problem(sqlite_api.post("/entries/batch", batch(sqlite_api, *[1] * 1_001)))
    assert (document["status"], document["limit"]) == (413, 1_000)
    assert sqlite_api.size() == size
    results = sqlite_api.post("/entries/batch", full).get_json()["results"]
    assert [one["status"] for one in results] == [201] * 100 + [422] * 900
    assert sqlite_api.size() == size + 100


# --- lists ----------------------------------------------------------------------------------


def test_pages_of_the_log_follow_each_other_and_stay(api: Api) -> None:
    for _ in range(3):
        api.post("/entries", transfer(api, 1))
    size = api.size()
    shown = list(pages(api, "/entries?limit=4"))
    assert [len(page["entries"]) for page in shown[:-1]] == [4] * (len(shown) - 1)
    seqs = [entry["seq"] for page in shown for entry in page["entries"]]
    assert seqs == list(range(size))
    api.post("/entries", transfer(api, 1))
    assert next(pages(api, "/entries?limit=4")) == shown[0]
    assert [one["seq"] for one in api.get(f"/entries?after={size - 1}").get_json()["entries"]] == [
        size
    ]


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("kind=issue", ["issue"]),
        ("account=groups:chess-club", ["transfer"]),
        ("commodity=HOUR", []),
        ("from=2026-02-28&to=2026-02-28", ["transfer"]),
        ("account=members&commodity=POINT&kind=transfer", ["transfer"]),
        ("member={li}", []),
        ("member={wang}", ["issue", "transfer"]),
        ("member={wang}&kind=transfer&parties=true", ["transfer"]),
    ],
)
def test_entries_are_filtered(sqlite_api: Api, query: str, kinds: list[str]) -> None:
    leg = sqlite_api.leg("王", "groups:chess-club", 1)
    sqlite_api.post("/entries", {"kind": "transfer", "day": "2026-02-28", "legs": [leg]})
    ids = sqlite_api.community.ids
    found = sqlite_api.get(f"/entries?{query.format(wang=ids['王'], li=ids['李'])}").get_json()
    assert [one["entry"]["kind"] for one in found["entries"]] == kinds


def test_entries_as_a_table_have_a_row_for_each_leg(sqlite_api: Api) -> None:
    hours = {"from": "issued", "to": sqlite_api.community.reference("李"), "commodity": "HOUR"}
    legs = [sqlite_api.leg("issued", "李", 7), {**hours, "amount": 90}]
    sqlite_api.post("/entries", {"kind": "issue", "legs": legs})
    answer = sqlite_api.get("/entries?kind=issue&parties=true", Accept="text/csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["amount"] for row in rows] == ["100", "7", "1:30"]
    assert [row["leg"] for row in rows] == ["0", "0", "1"]
    # An id that begins like a formula is marked as text.
    assert rows[1]["to_member"].removeprefix("'") == sqlite_api.community.ids["李"]
    assert rows[1]["by"] == "app:till staff:treasurer:1"
    opened = sqlite_api.get("/entries?kind=book.opened", Accept="text/csv").text.splitlines()
    assert opened[1].startswith("0,2026-03-01,2026-03-01,book.opened,system,,")
