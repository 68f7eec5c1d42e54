"""Bad input: each gets a clear problem, and none changes the book."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import pytest

from tests.api.client import Api, problem
from timebank.ledger import entry
from timebank.ledger.encoding import MAX_INTEGER

MAX_BODY_BYTES = 1024 * 1024


@dataclass
class Bad:
    """What is wrong with a body, and what is to be answered."""

    body: Callable[[Api], object]
    status: int
    code: str
    field: str = ""
    path: str = "/entries"


def transfer(**changes: object) -> Callable[[Api], object]:
    """A transfer of 1 point with something wrong in its leg or, under other names, outside it."""

    def body(api: Api) -> object:
        outside = {name: value for name, value in changes.items() if name in OUTSIDE}
        inside = {name: value for name, value in changes.items() if name not in OUTSIDE}
        leg = {**api.leg("王", "李", 1), **inside}
        leg = {name.rstrip("_"): value for name, value in leg.items() if value is not ABSENT}
        return {"kind": "transfer", "legs": [leg], **outside}

    return body


def whole(**fields: object) -> Callable[[Api], object]:
    """A body that has no legs of its own."""
    return lambda _api: {"amount": 1, "commodity": "POINT", **fields}


def raw(text: str | bytes) -> Callable[[Api], object]:
    return lambda _api: text.encode() if isinstance(text, str) else text


def with_memo(memo: bytes) -> Callable[[Api], object]:
    """The bytes of a transfer, with a memo as it is given."""

    def body(api: Api) -> bytes:
        data = msgspec.json.encode(transfer(memo="MEMO")(api))
        return data.replace(b'"MEMO"', memo)

    return body


def legs(*made: tuple[str, str, int]) -> Callable[[Api], object]:
    return lambda api: {"kind": "transfer", "legs": [api.leg(*leg) for leg in made]}


ABSENT = object()
OUTSIDE = {"kind", "legs", "memo", "day", "belongs", "reference", "evidence", "by", "extra"}
INVALID = "malformed"

BAD: dict[str, Bad] = {
    "broken JSON": Bad(raw("{"), 400, INVALID, "body"),
    "no body": Bad(raw(b""), 400, INVALID, "kind"),
    "an array": Bad(raw("[]"), 400, INVALID, "body"),
    "a string": Bad(raw('"transfer"'), 400, INVALID, "body"),
    "null": Bad(raw("null"), 400, INVALID, "body"),
    "two values": Bad(raw("{}{}"), 400, INVALID),
    "byte order mark": Bad(raw(b"\xef\xbb\xbf{}"), 400, INVALID, "body"),
    "UTF-16": Bad(raw("{}".encode("utf-16")), 400, INVALID, "body"),
    "not UTF-8": Bad(with_memo(b'"\xff\xfe"'), 400, INVALID, "body"),
    "lone surrogate": Bad(with_memo(b'"\\ud800"'), 400, INVALID, "body"),
    "lone surrogate, encoded": Bad(with_memo(b'"\xed\xa0\x80"'), 400, INVALID, "body"),
    "control character": Bad(with_memo(b'"a\\u0000b"'), 400, INVALID, "memo"),
    "line break in a string": Bad(with_memo(b'"a\nb"'), 400, INVALID, "body"),
    "not in normal form C": Bad(transfer(memo="e\u0301"), 400, INVALID, "memo"),
    "100,000 levels": Bad(raw("[" * 100_000), 400, INVALID, "body"),
    "100,000 levels of a field": Bad(with_memo(b"[" * 100_000), 400, INVALID, "memo"),
    "100,000 closed levels": Bad(with_memo(b"[" * 9**5 + b"]" * 9**5), 400, INVALID, "memo"),
    "duplicate key": Bad(with_memo(b'"a","memo":"b"'), 400, INVALID, "memo"),
    "duplicate key, same value": Bad(with_memo(b'"a","memo":"a"'), 400, INVALID, "memo"),
    "duplicate key, escaped": Bad(with_memo(b'"a","m\\u0065mo":"b"'), 400, INVALID, "memo"),
    "duplicate kind": Bad(raw('{"kind":"transfer","kind":"issue","legs":[]}'), 400, INVALID),
    "unknown field": Bad(transfer(extra=1), 400, INVALID, "extra"),
    "unknown field of a leg": Bad(transfer(price=1), 400, INVALID, "legs[0].price"),
    "missing field": Bad(transfer(amount=ABSENT), 400, INVALID, "legs[0].amount"),
    "unknown kind": Bad(transfer(kind="steal"), 400, INVALID, "kind"),
    "kind of a definition": Bad(transfer(kind="commodity.defined"), 400, INVALID, "kind"),
    "kind of the wrong type": Bad(transfer(kind=1), 400, INVALID, "kind"),
    "amount 1.0": Bad(transfer(amount=1.0), 400, INVALID, "legs[0].amount"),
    "amount 1e0": Bad(raw('{"kind":"transfer","legs":[{"amount":1e0}]}'), 400, INVALID),
    "amount 1.5": Bad(transfer(amount=1.5), 400, INVALID, "legs[0].amount"),
    "amount as text": Bad(transfer(amount="1"), 400, INVALID, "legs[0].amount"),
    "amount true": Bad(transfer(amount=True), 400, INVALID, "legs[0].amount"),
    "amount null": Bad(transfer(amount=None), 400, INVALID, "legs[0].amount"),
    "amount zero": Bad(transfer(amount=0), 400, INVALID, "legs[0].amount"),
    "amount negative": Bad(transfer(amount=-1), 400, INVALID, "legs[0].amount"),
    "amount 2^53": Bad(transfer(amount=MAX_INTEGER + 1), 400, INVALID, "legs[0].amount"),
    "amount 2^64": Bad(transfer(amount=2**64), 400, INVALID, "legs[0].amount"),
    "amount of 5,000 digits": Bad(
        raw('{"kind":"transfer","legs":[{"amount":' + "9" * 5_000 + "}]}"),
        400,
        INVALID,
        "legs[0].amount",
    ),
    "amount 1e400": Bad(raw('{"kind":"transfer","legs":[{"amount":1e400}]}'), 400, INVALID),
    "amount NaN": Bad(raw('{"kind":"transfer","legs":[{"amount":NaN}]}'), 400, INVALID, "body"),
    "no legs": Bad(transfer(legs=[]), 400, INVALID, "legs"),
    "65 legs": Bad(legs(*[("王", "李", 1)] * 65), 400, INVALID, "legs"),
    "legs that are none": Bad(transfer(legs={"a": 1}), 400, INVALID, "legs"),
    "from is to": Bad(legs(("王", "王", 1)), 400, INVALID, "legs[0]"),
    "no account code": Bad(transfer(to="Groups Chess"), 400, INVALID, "legs[0].to"),
    "account code with a NUL": Bad(transfer(to="a\x00b"), 400, INVALID, "legs[0].to"),
    "no member id": Bad(transfer(to="members#0001"), 400, INVALID, "legs[0].to"),
    "no commodity code": Bad(transfer(commodity="point"), 400, INVALID, "legs[0].commodity"),
    "unknown account": Bad(transfer(to="groups:nobody"), 422, "unknown_account"),
    "unknown member": Bad(transfer(to="members#" + "A" * 22), 422, "unknown_account"),
    "closed account": Bad(transfer(to="groups:gone"), 422, "account_closed"),
    "unknown commodity": Bad(transfer(commodity="NOPE"), 422, "unknown_commodity"),
    "lot where there is none": Bad(transfer(lot="fund:operating"), 422, "lot_invalid"),
    "money without a fund": Bad(transfer(commodity="CNY"), 422, "lot_invalid"),
    "wrong lot": Bad(transfer(commodity="CNY", lot="fund:nope"), 422, "lot_invalid"),
    "leg outside its kind": Bad(legs(("王", "issued", 1)), 422, "leg_not_allowed"),
    "too much": Bad(legs(("王", "李", 101)), 422, "insufficient_balance"),
    "too much in two legs": Bad(
        legs(("王", "李", 51), ("王", "李", 51)), 422, "insufficient_balance"
    ),
    "giver that is none": Bad(whole(kind="give", giver="某"), 400, INVALID, "giver"),
    "giver without an id": Bad(whole(kind="give", giver="members#1"), 400, INVALID, "giver"),
    "gift of no commodity": Bad(
        whole(kind="give", giver="groups:a", commodity="x"), 400, INVALID, "commodity"
    ),
    "gift to the giver": Bad(
        whole(kind="give", giver="groups:a", to="groups:a"), 400, INVALID, "to"
    ),
    "pool that is none": Bad(
        whole(kind="pool.granted", pool="某", to="groups:a"), 400, INVALID, "pool"
    ),
    "hold of nobody": Bad(whole(kind="hold", member="某"), 400, INVALID, "member"),
    "adjustment of no account": Bad(
        whole(kind="adjustment", account="某", policy=1), 400, INVALID, "account"
    ),
    "donation to the donors": Bad(
        whole(
            kind="donation",
            account="world:donors",
            fund="fund:a",
            commodity="CNY",
            receipt="r-1",
        ),
        400,
        INVALID,
        "account",
    ),
    "day that is none": Bad(transfer(day="2026-02-30"), 400, INVALID, "day"),
    "day of the wrong form": Bad(transfer(day="1.3.2026"), 400, INVALID, "day"),
    "day as a number": Bad(transfer(day=20260301), 400, INVALID, "day"),
    "day in the future": Bad(transfer(day="2026-03-02"), 422, "day_invalid"),
    "day in a closed period": Bad(transfer(day="2026-02-28"), 422, "period_closed"),
    "memo too long": Bad(transfer(memo="a" * 501), 400, INVALID, "memo"),
    "evidence that is no hash": Bad(transfer(evidence=["x"]), 400, INVALID, "evidence[0]"),
    "body over 1 MiB": Bad(raw(" " * (MAX_BODY_BYTES + 1)), 413, "too_large"),
    "batch over 8 MiB": Bad(
        raw(" " * (8 * MAX_BODY_BYTES + 1)), 413, "too_large", "", "/entries/batch"
    ),
    "batch of nothing": Bad(raw('{"items":[]}'), 400, INVALID, "items", "/entries/batch"),
    "reversal of what cannot be": Bad(raw("{}"), 422, "not_reversible", "", "/entries/1/reversal"),
    "reversal of nothing": Bad(raw("{}"), 404, "unknown_entry", "", "/entries/9999/reversal"),
    "second reversal": Bad(raw("{}"), 409, "already_reversed", "", "/entries/{reversed}/reversal"),
    "reversal of a reversal": Bad(
        raw("{}"), 422, "not_reversible", "", "/entries/{reversal}/reversal"
    ),
    "settling too much": Bad(
        lambda api: {"amount": 11, "to": api.community.reference("李")},
        422,
        "over_remaining",
        "",
        "/holds/{hold}/settlement",
    ),
    "releasing too much": Bad(
        raw('{"amount":11}'), 422, "over_remaining", "", "/holds/{hold}/release"
    ),
    "releasing what is no hold": Bad(
        raw("{}"), 422, "continuation_invalid", "", "/holds/{reversed}/release"
    ),
    "use with a control character": Bad(
        raw('{"commodity":"RICE","lot":"rice-1","source":"donated","uses":["a","\\u0000"]}'),
        400,
        INVALID,
        "uses[1]",
        "/lots",
    ),
    "setting with a control character": Bad(
        raw('{"settings":[{"setting":"a\\u0000","value":1}]}'),
        400,
        INVALID,
        "settings[0].setting",
        "/policies",
    ),
    "closing today": Bad(raw('{"until":"2026-03-01"}'), 422, "day_invalid", "", "/closes"),
    "closing again": Bad(raw('{"until":"2026-02-28"}'), 422, "day_invalid", "", "/closes"),
    "defining again": Bad(
        raw('{"commodity":"POINT","kind":"points","scale":0}'),
        409,
        "already_defined",
        "",
        "/commodities",
    ),
    "scale of 7": Bad(
        raw('{"commodity":"X","kind":"points","scale":7}'), 400, INVALID, "scale", "/commodities"
    ),
    "member with a number that is taken": Bad(
        raw('{"number":"0001","name":"x"}'), 409, "already_defined", "", "/members"
    ),
    "member without a name": Bad(raw('{"number":"9"}'), 400, INVALID, "name", "/members"),
    "contact data that is no text": Bad(
        raw('{"number":"9","name":"x","contact":{"phone":1}}'), 400, INVALID, "", "/members"
    ),
    "closing what holds something": Bad(
        raw("{}"), 422, "facts_invalid", "", "/accounts/members/closure"
    ),
}


@dataclass
class Book:
    """A book with a closed account and period, and the seqs that paths name."""

    api: Api
    seqs: dict[str, int]


@pytest.fixture(scope="module")
def book(still_api: Api) -> Book:
    """A book in which something was closed, reversed and put on hold."""
    for path, body in (
        ("/accounts", {"account": "groups:gone"}),
        ("/accounts/groups:gone/closure", {}),
        ("/closes", {"until": "2026-02-28"}),
    ):
        assert still_api.post(path, body).status_code < 300

    def post(path: str, body: object) -> int:
        seq: int = still_api.post(path, body).get_json()["seq"]
        return seq

    turned = post("/entries", transfer()(still_api))
    seqs = {
        "reversed": turned,
        "reversal": post(f"/entries/{turned}/reversal", {}),
        "hold": post(
            "/holds", {"member": still_api.community.ids["王"], "amount": 10, "commodity": "POINT"}
        ),
    }
    return Book(still_api, seqs)


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_a_clear_problem_and_changes_nothing(book: Book, name: str) -> None:
    bad = BAD[name]
    before = state_of(book.api)
    answer = book.api.post(bad.path.format(**book.seqs), bad.body(book.api))
    document = problem(answer)
    assert (document["status"], document["code"]) == (bad.status, bad.code), document
    assert document["detail"]
    assert len(answer.data) < 2_000
    if bad.field:
        assert document["field"] == bad.field
    assert state_of(book.api) == before


NO_JSON = {
    *("broken JSON", "no body", "two values", "byte order mark", "UTF-16", "lone surrogate"),
    *("line break in a string", "amount NaN", "body over 1 MiB"),
    *("100,000 levels", "100,000 levels of a field", "100,000 closed levels"),
}
"""What makes of a whole batch no JSON at all, or none that can be read."""


def as_item(body: object, key: str) -> bytes:
    """The bytes of a body as an item of a batch, with a key of its own where it is an object."""
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    inside = data.removeprefix(b"{")
    if inside == data:
        return data
    return b'{"idempotency_key":"%s"%s%s' % (key.encode(), b"," * (inside != b"}"), inside)


def test_a_thousand_items_with_one_bad_of_each_sort_each_get_their_own_answer(book: Book) -> None:
    sorts = [name for name in BAD if BAD[name].path == "/entries" and name not in NO_JSON]
    good = {"kind": "transfer", "legs": [book.api.leg("王", "李", 1)]}
    back = {"kind": "transfer", "legs": [book.api.leg("李", "王", 1)]}
    items = [as_item((good, back)[index % 2], f"good-{index}") for index in range(1_000)]
    places = {name: 13 * number for number, name in enumerate(sorts, start=1)}
    for name, place in places.items():
        items[place] = as_item(BAD[name].body(book.api), f"bad-{place}")
    size = book.api.size()
    body = b'{"items":[' + b",".join(items) + b"]}"
    answer = book.api.post("/entries/batch", body)
    assert answer.status_code == 200, answer.text
    results = answer.get_json()["results"]
    for name, place in places.items():
        bad, result = BAD[name], results[place]
        assert (result["status"], result["problem"]["code"]) == (bad.status, bad.code), name
        assert not bad.field or result["problem"]["field"] == bad.field, name
    refused = set(places.values())
    accepted = [result["seq"] for place, result in enumerate(results) if place not in refused]
    assert len(sorts) >= 40
    assert accepted == list(range(size, size + 1_000 - len(sorts)))
    assert book.api.size() == size + len(accepted)


@pytest.mark.parametrize("name", sorted(NO_JSON))
def test_an_item_that_is_no_json_leaves_no_batch_to_answer(book: Book, name: str) -> None:
    before = state_of(book.api)
    good = as_item({"kind": "transfer", "legs": [book.api.leg("王", "李", 1)]}, "good")
    body = b'{"items":[' + good + b"," + as_item(BAD[name].body(book.api), "bad") + b"]}"
    answer = book.api.post("/entries/batch", body)
    assert problem(answer)["status"] == 400
    assert state_of(book.api) == before


@pytest.mark.parametrize("name", [name for name in BAD if BAD[name].path == "/entries"])
def test_one_bad_item_leaves_nothing_of_an_atomic_batch(book: Book, name: str) -> None:
    bad = BAD[name]
    body = bad.body(book.api)
    if isinstance(body, bytes) or bad.status == 413:
        return
    assert isinstance(body, dict)
    good = {"kind": "transfer", "legs": [book.api.leg("王", "李", 1)]}
    items = [
        {**one, "idempotency_key": f"{name} {index}".replace(" ", "-")}
        for index, one in enumerate((body, good))
    ]
    before = state_of(book.api)
    answer = book.api.post("/entries/batch", {"items": items, "atomic": True})
    assert problem(answer)["code"] == bad.code
    assert state_of(book.api) == before


def test_entry_over_its_limit_is_refused(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 64 legs 16 KiB are hardly filled, so the limit comes down to where they are."""
    monkeypatch.setattr(entry, "MAX_ENTRY_BYTES", 8 * 1024)
    before = state_of(book.api)
    answer = book.api.post("/entries", legs(*[("王", "李", 1)] * 64)(book.api))
    document = problem(answer)
    assert (document["status"], document["code"]) == (413, "too_large")
    assert (document["what"], document["limit"]) == ("entry", 8 * 1024)
    assert state_of(book.api) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Type": "text/plain"},
        {"Content_Type": "application/x-www-form-urlencoded"},
        {"Content_Type": "application/json; charset=gbk"},
        {"Content_Type": ""},
        {"Content_Encoding": "gzip"},
    ],
)
def test_only_plain_json_is_read(book: Book, headers: dict[str, str]) -> None:
    before = state_of(book.api)
    answer = book.api.post("/entries", transfer()(book.api), **headers)
    assert problem(answer)["code"] == "unsupported_media_type"
    assert state_of(book.api) == before


@pytest.mark.parametrize("key", ["", "a b", "é", "a" * 201, "\t"])
def test_entries_need_an_idempotency_key_of_visible_characters(book: Book, key: str) -> None:
    before = state_of(book.api)
    for path in ("/entries", f"/entries/{book.seqs['hold']}/reversal", "/holds"):
        body = {"/entries": transfer()(book.api)}.get(path, {})
        headers = {"Idempotency_Key": key} if key else {}
        assert book.api.post(path, body, key="", **headers).status_code == 400
    item = {**dict(transfer()(book.api)), "idempotency_key": key}  # type: ignore[call-overload]  # a dict
    (result,) = book.api.post("/entries/batch", {"items": [item]}).get_json()["results"]
    assert (result["status"], result["problem"]["field"]) == (400, "idempotency_key")
    assert state_of(book.api) == before


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=x",
        "limit=1&limit=2",
        "after=-2",
        "after=9007199254740992",
        "from=2026-02-30",
        "from=2026-03-02&to=2026-03-01",
        "to=x",
        "kind=Transfer",
        "account=%00",
        "commodity=a%0Ab",
        "parties=perhaps",
        "unknown=1",
    ],
)
def test_query_that_cannot_be_meant_is_refused(book: Book, query: str) -> None:
    answer = book.api.get(f"/entries?{query}")
    assert problem(answer)["status"] == 400
    assert problem(answer)["field"] == query.rpartition("&")[2].partition("=")[0]


@pytest.mark.parametrize(
    "path",
    [
        *("accounts/%00", "members/%00", "members/%ff", "lots/%00/%01"),
        *("accounts/" + "a" * 9_999, "/entries", "entries//1", "members//x"),
    ],
)
def test_name_that_cannot_be_one_is_not_found(book: Book, path: str) -> None:
    answer = book.api.get(f"/{path}")
    assert problem(answer)["status"] == 404
    assert len(answer.data) < 2_000


def test_same_idempotency_key_with_another_body_is_a_conflict(book: Book) -> None:
    body = transfer()(book.api)
    first = book.api.post("/entries", body, key="twice")
    before = state_of(book.api)
    again = book.api.post("/entries", body, key="twice")
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    for other in (transfer(memo="x"), transfer(amount=2), transfer(by=["member"])):
        answer = book.api.post("/entries", other(book.api), key="twice")
        assert problem(answer)["code"] == "idempotency_conflict"
    answer = book.api.post("/accounts", {"account": "groups:new"}, key="twice")
    assert problem(answer)["code"] == "idempotency_conflict"
    assert book.api.with_key(app="other").post("/entries", body, key="twice").status_code == 201
    assert state_of(book.api)[0] == before[0] + 1


def state_of(api: Api) -> tuple[int, bytes, int]:
    """What a change of the book would change: its length, its balances, its members."""
    members = len(api.get("/members").get_json()["members"])
    return api.size(), api.get("/balances").data, members
