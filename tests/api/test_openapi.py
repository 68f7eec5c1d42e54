"""The description: valid, complete, and what the service does."""

from typing import Any

from jsonschema import Draft202012Validator

from tests.api.client import PREFIX, Api

PERIOD = "from=2026-01-01&to=2026-12-31"


def test_description_is_openapi_3_1_without_loose_ends(sqlite_api: Api) -> None:
    description = sqlite_api.description
    assert description.document["openapi"] == "3.1.0"
    for reference in description.references():
        assert description.resolve(reference)
    for schema in description.document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    paths = description.document["paths"].values()
    named = sum(len([name for name in methods if name != "parameters"]) for methods in paths)
    assert len(description.operations) == named, "two operations have one id"


def test_description_says_of_each_operation_what_it_is_and_who_may(sqlite_api: Api) -> None:
    public = {"list_books", "get_book", "list_balances", "list_account_balances", "list_problems"}
    public |= {"list_reports", "get_report", "list_presets", "get_preset"}
    for name, operation in sqlite_api.description.operations.items():
        assert operation["summary"].endswith("."), name
        assert (operation["security"] == []) == (name in public), name
        names = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
        assert all(f"{{{name}}}" in operation["path"] for name in names)


def test_every_operation_answers_as_described(api: Api) -> None:
    wang, li = (api.community.ids[name] for name in ("王", "李"))
    read_public(api)
    define(api)
    post(api, wang, li)
    read_private(api, wang)
    let_go(api, li)
    manage_keys(api)
    assert set(api.asked) == set(api.description.operations)


def read_public(api: Api) -> None:
    for path in ("/books", "/books/demo", "/books/demo/balances", "/problems"):
        assert api.without_key().get(PREFIX + path).status_code == 200
    for path in ("/presets", "/presets/nanjing-hours"):
        assert api.without_key().get(PREFIX + path).status_code == 200
    assert "demo" in api.get(f"{PREFIX}/books", Accept="text/csv").text
    for path in ("/accounts/members/balances", "/reports", f"/reports/funds?{PERIOD}"):
        assert api.without_key().get(path).status_code == 200


def define(api: Api) -> None:
    sugar = {"commodity": "SUGAR", "kind": "goods", "scale": 0}
    created(api, "/commodities", sugar, "/commodities/SUGAR")
    club = {"account": "groups:tea", "limits": [{"commodity": "POINT", "amount": 5}]}
    created(api, "/accounts", club, "/accounts/groups:tea")
    lot = {"commodity": "SUGAR", "lot": "sugar-1", "source": "donated", "uses": ["parcels"]}
    created(api, "/lots", lot, "/lots/SUGAR/sugar-1")
    fund = {"commodity": "CNY", "fund": "fund:flood", "purpose": "救灾", "source": "donated"}
    created(api, "/funds", fund, "/funds/CNY/fund:flood")
    assert api.post("/accounts/groups:tea/closure", {}).status_code == 200
    policy = {"settings": [{"setting": "credit_limit", "commodity": "POINT", "value": 10}]}
    created(api, "/policies", policy)
    created(api, "/closes", {"until": "2026-02-28"})
    for path in ("commodities", "accounts", "lots", "funds", "policies", "settings", "closes"):
        assert api.get(f"/{path}").status_code == 200
        assert api.get(f"/{path}", Accept="text/csv").mimetype == "text/csv"


def post(api: Api, wang: str, li: str) -> None:
    transfer: dict[str, Any] = {"kind": "transfer", "legs": [api.leg("王", "李", 5)]}
    seq = created(api, "/entries", transfer)["seq"]
    created(api, f"/entries/{seq}/reversal", {"memo": "一场误会"})
    batch = {"items": [{**transfer, "idempotency_key": "a"}, {**transfer, "idempotency_key": "b"}]}
    assert api.post("/entries/batch", batch).status_code == 200
    first, second = (
        created(api, "/holds", {"member": wang, "amount": 5, "commodity": "POINT"})["seq"]
        for _ in range(2)
    )
    created(api, f"/holds/{first}/release", {})
    created(api, f"/holds/{second}/settlement", {"to": f"members#{li}", "amount": 3})
    for path in (f"/holds/{second}?parties=true", "/holds?parties=true", f"/holds?member={wang}"):
        assert api.get(path).status_code == 200
    assert api.get("/holds", Accept="text/csv").mimetype == "text/csv"
    for path in (f"/entries/{seq}?parties=true", f"/entries/{seq}/seals"):
        assert api.get(path).status_code == 200


def read_private(api: Api, wang: str) -> None:
    lists = (
        "/entries?parties=true",
        "/members",
        "/trial-balance?until=2026-03-01",
        f"/members/{wang}/balances",
        f"/members/{wang}/statement?{PERIOD}",
        f"/accounts/members/statement?{PERIOD}",
    )
    for path in lists:
        assert api.get(path).status_code == 200
        assert api.get(path, Accept="text/csv").mimetype == "text/csv"
    for path in ("", "/contact", "/viewing-key"):
        assert api.get(f"/members/{wang}{path}").status_code == 200
    assert api.put(f"/members/{wang}/contact", {"name": "王", "contact": {"phone": "1"}}).json
    assert api.post("/members/lookup", {"number": "0001"}).status_code == 200


def let_go(api: Api, li: str) -> None:
    created(api, "/members", {"number": "0003", "name": "赵", "contact": {"phone": "2"}})
    zhao = api.post("/members/lookup", {"number": "0003"}).get_json()["member"]
    created(api, f"/members/{zhao}/departure", {})
    assert api.post(f"/members/{zhao}/forgetting", {}).status_code == 200
    assert api.post(f"/members/{li}/forgetting", {}).status_code == 422


def manage_keys(api: Api) -> None:
    wanted = {"app": "till", "scopes": ["read"], "expires": "2027-01-01T00:00:00+08:00"}
    key = created(api, "/keys", wanted)["key_id"]
    assert api.get(f"/keys/{key}").status_code == 200
    created(api, f"/keys/{key}/rotation", {"overlap_until": "2026-04-01T00:00:00Z"})
    assert api.post(f"/keys/{key}/revocation").status_code == 200
    assert api.get("/keys").status_code == 200
    assert api.get("/keys", Accept="text/csv").text.count("\r\n") == 4


def created(api: Api, path: str, body: object, location: str = "") -> dict[str, Any]:
    answer = api.post(path, body)
    assert answer.status_code == 201, answer.text
    address = answer.headers["Location"]
    assert address.endswith(location)
    assert api.get(address).status_code == 200
    value: dict[str, Any] = answer.get_json()
    return value
