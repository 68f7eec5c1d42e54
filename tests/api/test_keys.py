"""API keys over the API: issued once, rotated with overlap, revoked at once."""

from tests.api.client import Api, problem

TILL = {"app": "till", "scopes": ["read", "post"], "title": "收银台"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_token_is_shown_with_the_first_answer_only(api: Api) -> None:
    first = api.post("/keys", TILL, key="till")
    again = api.post("/keys", TILL, key="till")
    token = first.get_json()["token"]
    assert api.get("/entries", **bearer(token)).status_code == 200
    assert first.status_code == again.status_code == 201
    assert again.headers["Idempotent-Replayed"] == "true"
    assert token not in again.text
    assert again.get_json()["key_id"] == first.get_json()["key_id"] == token[3:19]
    for shown in (api.get("/keys"), api.get(f"/keys/{token[3:19]}")):
        assert token[20:] not in shown.text
    other = {**TILL, "title": ""}
    assert problem(api.post("/keys", other, key="till"))["code"] == "idempotency_conflict"


def test_rotated_key_overlaps_with_the_new_one(api: Api) -> None:
    old = api.post("/keys", {**TILL, "expires": "2026-06-01T00:00:00Z"}).get_json()
    until = {"overlap_until": "2026-03-02T12:00:00+08:00"}
    new = api.post(f"/keys/{old['key_id']}/rotation", until, key="r").get_json()
    assert {**new, **dict.fromkeys(("key_id", "token"))} == {
        **old,
        **dict.fromkeys(("key_id", "token")),
    }
    again = api.post(f"/keys/{old['key_id']}/rotation", until, key="r")
    assert again.get_json()["key_id"] == new["key_id"]
    assert "token" not in again.get_json()
    for token in (old["token"], new["token"]):
        assert api.get("/entries", **bearer(token)).status_code == 200
    assert api.get(f"/keys/{old['key_id']}").get_json()["expires"] == "2026-03-02T04:00:00Z"
    api.community.clock.advance(days=1)
    assert api.get("/entries", **bearer(old["token"])).status_code == 401
    assert api.get("/entries", **bearer(new["token"])).status_code == 200
    late = {"overlap_until": "2026-04-01T00:00:00Z"}
    document = problem(api.post(f"/keys/{old['key_id']}/rotation", late))
    assert document["code"] == "stale_state"


def test_revoked_key_stays_revoked(sqlite_api: Api) -> None:
    key = sqlite_api.post("/keys", TILL).get_json()["key_id"]
    first = sqlite_api.post(f"/keys/{key}/revocation").get_json()
    sqlite_api.community.clock.advance(days=1)
    assert sqlite_api.post(f"/keys/{key}/revocation").get_json() == first
    assert first["revoked"] == "2026-03-01T04:00:00Z"


def test_key_that_is_not_well_formed_is_refused(still_api: Api) -> None:
    for changes, field in (
        ({"app": "Till"}, "app"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["all"]}, "scopes[0]"),
        ({"scopes": ["read", "read"]}, "scopes"),
        ({"capacities": ["treasurer"]}, "capacities[0]"),
        ({"capacities": ["staff:auditor:1"]}, "capacities[0]"),
        ({"title": "a" * 201}, "title"),
        ({"title": "a\x00"}, "title"),
        ({"expires": "2026-03-01"}, "expires"),
        ({"expires": "2026-03-05T00:00:00"}, "expires"),
        ({"expires": "2026-03-01T04:00:00Z"}, "expires"),
        ({"expires": "9999-12-31T23:59:59-23:00"}, "expires"),
    ):
        assert problem(still_api.post("/keys", {**TILL, **changes}))["field"] == field
    wanted = {**TILL, "capacities": ["staff:treasurer:1", "staff:treasurer:1"]}
    assert problem(still_api.post("/keys", wanted))["field"] == "capacities"
