"""Who may call: keys, books, scopes, and in which capacities entries are posted."""

from datetime import datetime

import pytest
from werkzeug.test import TestResponse

from tests.api.client import Api, problem
from timebank.services import books
from timebank.services.keys import NewKey, issue, revoke

TRANSFER = "transfer"


def post(api: Api, kind: str = TRANSFER, **more: object) -> TestResponse:
    from_, to = ("issued", "王") if kind == "issue" else ("王", "李")
    return api.post("/entries", {"kind": kind, "legs": [api.leg(from_, to, 1)], **more})


def by(answer: TestResponse) -> list[str]:
    assert answer.status_code == 201, answer.text
    capacities: list[str] = answer.get_json()["entry"]["by"]
    return capacities


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer x",
        "Basic dGI6dGI=",
        "Bearer tb_AAAAAQAAAAAAAAAA_" + "A" * 43,
        "Bearer tb_" + "\u00e9" * 16 + "_" + "A" * 43,
        "Bearer tb_AAAAAQAAAAAAAAAA_" + "A" * 44,
    ],
)
def test_without_a_valid_key_nothing_private_is_read(still_api: Api, authorization: str) -> None:
    answer = still_api.without_key().get("/entries", Authorization=authorization)
    assert answer.status_code == 401
    assert problem(answer)["code"] == "unauthenticated"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="timebank"'


def test_secret_of_another_key_is_not_accepted(still_api: Api) -> None:
    other = still_api.with_key("read")
    mixed = still_api.token[:20] + other.token[20:]
    answer = still_api.get("/entries", Authorization=f"Bearer {mixed}")
    assert answer.status_code == 401


def test_key_of_another_book_is_forbidden(api: Api) -> None:
    books.open_book(api.installation, slug="other", title="Other", time_zone="UTC")
    new = NewKey(app="till", scopes=("read", "post"))
    token = issue(api.installation, "other", new).token
    size = api.size()
    foreign = {"Authorization": f"Bearer {token}"}
    assert problem(api.get("/entries", **foreign))["code"] == "scope_missing"
    transfer = {"kind": "transfer", "legs": [api.leg("王", "李", 1)]}
    assert api.post("/entries", transfer, **foreign).status_code == 403
    assert api.get("/api/v1/books/other/entries", **foreign).status_code == 200
    assert api.size() == size


def test_unknown_book_is_not_found(still_api: Api) -> None:
    for slug in ("nope", "a%00b", "%ff", "Demo", "a" * 500):
        for path in (f"/api/v1/books/{slug}", f"/api/v1/books/{slug}/entries"):
            assert still_api.get(path).status_code == 404
    answer = still_api.get("/api/v1/books/nope/entries")
    assert problem(answer)["code"] == "unknown_book"


def test_revoked_and_expired_keys_end_at_once(sqlite_api: Api) -> None:
    installation = sqlite_api.installation
    till = sqlite_api.with_key("read")
    assert till.get("/entries").status_code == 200
    revoke(installation, "demo", till.token[3:19])
    assert till.get("/entries").status_code == 401
    expires = datetime.fromisoformat("2026-03-02T00:00:00Z")
    new = NewKey(app="till", scopes=("read",), expires=expires)
    token = issue(installation, "demo", new).token
    bearer = {"Authorization": f"Bearer {token}"}
    assert sqlite_api.get("/entries", **bearer).status_code == 200
    sqlite_api.community.clock.advance(days=1)
    assert sqlite_api.get("/entries", **bearer).status_code == 401


def test_a_key_that_was_let_in_a_moment_ago_and_then_revoked_posts_nothing(api: Api) -> None:
    till = api.with_key("post", "read")
    body = {"kind": TRANSFER, "legs": [api.leg("王", "李", 1)]}
    written = till.post("/entries", body, key="first")
    assert written.status_code == 201
    size = api.size()
    # The clock of tests stands still, so this is the second in which the key was read.
    revoke(api.installation, "demo", till.token[3:19])
    for key in ("first", "second"):
        assert problem(till.post("/entries", body, key=key))["code"] == "unauthenticated"
    assert api.size() == size
    assert api.post("/entries", body).status_code == 201


def test_a_key_that_was_let_in_before_it_expired_posts_nothing_afterwards(api: Api) -> None:
    expires = datetime.fromisoformat("2026-03-02T00:00:00Z")
    token = issue(
        api.installation, "demo", NewKey(app="till", scopes=("post",), expires=expires)
    ).token
    bearer = {"Authorization": f"Bearer {token}"}
    body = {"kind": TRANSFER, "legs": [api.leg("王", "李", 1)]}
    assert api.post("/entries", body, **bearer).status_code == 201
    api.community.clock.advance(days=1)
    assert problem(api.post("/entries", body, **bearer))["code"] == "unauthenticated"


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("read", "GET", "/entries"),
        ("read", "GET", "/accounts"),
        ("read", "GET", "/members"),
        ("post", "POST", "/entries"),
        ("post", "POST", "/entries/batch"),
        ("post", "POST", "/entries/9/reversal"),
        ("post", "POST", "/holds"),
        ("members", "POST", "/members"),
        ("members", "GET", "/members/x/contact"),
        ("members", "GET", "/members/x/viewing-key"),
        ("members", "GET", "/members/x/balances"),
        ("members", "GET", "/members/x/statement?from=2026-01-01&to=2026-01-02"),
        ("members", "GET", "/entries/9/seals"),
        ("members", "POST", "/members/x/forgetting"),
        ("define", "POST", "/commodities"),
        ("define", "POST", "/accounts"),
        ("define", "POST", "/policies"),
        ("define", "POST", "/closes"),
        ("keys", "GET", "/keys"),
        ("keys", "POST", "/keys"),
    ],
)
def test_each_address_needs_its_scope(still_api: Api, scope: str, method: str, path: str) -> None:
    others = [one for one in ("read", "post", "members", "define", "keys") if one != scope]
    answer = still_api.with_key(*others).call(method, path, {} if method == "POST" else None)
    assert answer.status_code == 403
    assert problem(answer)["scope"] == scope
    answer = still_api.with_key(scope).call(method, path, {} if method == "POST" else None)
    assert answer.status_code != 403


@pytest.mark.parametrize(
    "path",
    [
        "/entries?parties=true",
        "/entries?member=x",
        "/entries/9?parties=true",
        "/holds?parties=true",
    ],
)
def test_who_is_behind_a_reference_needs_the_scope_members(still_api: Api, path: str) -> None:
    assert problem(still_api.with_key("read").get(path))["scope"] == "members"


def test_names_are_shown_to_those_only_who_may_see_them(still_api: Api) -> None:
    (shown, *_) = still_api.with_key("read").get("/members").get_json()["members"]
    assert "name" not in shown
    assert "number" not in shown
    (shown, *_) = still_api.get("/members").get_json()["members"]
    assert (shown["number"], shown["name"]) == ("0001", "王")


def test_entry_carries_the_app_and_its_capacities(sqlite_api: Api) -> None:
    assert by(post(sqlite_api)) == ["app:till", "staff:treasurer:1"]
    assert by(post(sqlite_api, by=["member"])) == ["app:till", "member"]
    assert by(post(sqlite_api, by=["app:till", "member"])) == ["app:till", "member"]
    plain = sqlite_api.with_key("post", app="phone")
    assert by(post(plain)) == ["app:phone"]


def test_key_for_all_of_a_role_says_which_of_them(sqlite_api: Api) -> None:
    office = sqlite_api.with_key("post", capacities=("staff:treasurer:*",))
    assert by(post(office, by=["staff:treasurer:7"])) == ["app:till", "staff:treasurer:7"]
    assert by(post(office)) == ["app:till"]
    assert problem(post(office, "issue"))["code"] == "capacity_missing"
    assert post(office, "issue", by=["staff:treasurer:7"]).status_code == 201


@pytest.mark.parametrize(
    ("asserted", "status"),
    [
        (["staff:treasurer:2"], 403),
        (["staff:storekeeper:1"], 403),
        (["system"], 403),
        (["app:other"], 403),
        (["staff:treasurer"], 400),
        (["staff:treasurer:*"], 400),
        (["nonsense"], 400),
        (["member", "member"], 400),
        (["member", "staff:treasurer:1", "staff:a:1", "staff:b:1"], 400),
        (["a"] * 5, 400),
        ("member", 400),
        ([1], 400),
    ],
)
def test_capacity_that_the_key_does_not_cover_is_refused(
    still_api: Api, asserted: object, status: int
) -> None:
    size = still_api.size()
    assert post(still_api, by=asserted).status_code == status
    assert still_api.size() == size


def test_nobody_hands_on_more_than_they_may_do(sqlite_api: Api) -> None:
    clerk = sqlite_api.with_key("keys", "read", capacities=("staff:clerk:1",))
    assert clerk.post("/keys", {"app": "a", "scopes": ["read"]}).status_code == 201
    assert problem(clerk.post("/keys", {"app": "a", "scopes": ["post"]}))["scope"] == "post"
    wanted = {"app": "a", "scopes": ["read"], "capacities": ["staff:clerk:*"]}
    assert problem(clerk.post("/keys", wanted))["code"] == "capacity_missing"
    strong = sqlite_api.token[3:19]
    answer = clerk.post(f"/keys/{strong}/rotation", {"overlap_until": "2026-04-01T00:00:00Z"})
    assert answer.status_code == 403
