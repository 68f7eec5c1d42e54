"""Members: enrolling, reaching, letting go and forgetting."""

from base64 import b64decode

from tests.api.client import Api, pages, problem

ZHAO = {"number": "0003", "name": "赵", "contact": {"phone": "+86 25 5555 0100"}}


def test_viewing_key_is_shown_with_the_first_answer_only(api: Api) -> None:
    first = api.post("/members", ZHAO, key="zhao")
    again = api.post("/members", ZHAO, key="zhao")
    assert first.status_code == again.status_code == 201
    key = first.get_json().pop("viewing_key")
    assert len(b64decode(key)) == 32
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "viewing_key" not in again.get_json()
    member = first.get_json()["member"]
    assert again.get_json()["member"] == member
    assert api.get(f"/members/{member}/viewing-key").get_json() == {"viewing_key": key}
    other = {**ZHAO, "name": "钱"}
    assert problem(api.post("/members", other, key="zhao"))["code"] == "idempotency_conflict"


def test_contact_data_is_read_and_replaced(api: Api) -> None:
    member = api.post("/members", ZHAO).get_json()["member"]
    assert api.get(f"/members/{member}/contact").get_json() == {"member": member, **ZHAO}
    changed = {"name": "赵阿姨", "contact": {"address": "翠竹园 7 栋"}}
    assert api.put(f"/members/{member}/contact", changed).status_code == 200
    shown = api.get(f"/members/{member}/contact").get_json()
    assert shown == {"member": member, "number": "0003", **changed}
    bad = {"name": "赵", "contact": {"number": "1"}}
    assert problem(api.put(f"/members/{member}/contact", bad))["field"] == "contact"


def test_member_is_found_by_number_which_stands_in_no_address(sqlite_api: Api) -> None:
    found = sqlite_api.post("/members/lookup", {"number": "0002"})
    assert found.get_json()["member"] == sqlite_api.community.ids["李"]
    missing = sqlite_api.post("/members/lookup", {"number": "9999"})
    assert problem(missing)["code"] == "unknown_member"


def test_members_come_in_pages_in_the_order_of_enrolment(sqlite_api: Api) -> None:
    sqlite_api.post("/members", ZHAO)
    shown = list(pages(sqlite_api, "/members?limit=2"))
    assert [[one["name"] for one in page["members"]] for page in shown] == [["王", "李"], ["赵"]]
    table = sqlite_api.get("/members", Accept="text/csv").text.splitlines()
    assert table[0] == "member,kind,enrolled,left,number,name"
    assert table[1].endswith(",false,0001,王")


def test_carriers_and_stalls_are_enrolled_found_and_listed_as_members_are(api: Api) -> None:
    stall = api.post("/members", {"number": "S-1", "name": "一号摊", "kind": "stall"}).get_json()
    api.post("/members", {"number": "C-1", "name": "送货车", "kind": "carrier"})
    found = api.post("/members/lookup", {"number": "C-1"}).get_json()
    assert (found["kind"], stall["kind"]) == ("carrier", "stall")
    listed = {
        kind: [one["name"] for one in api.get(f"/members?kind={kind}").get_json()["members"]]
        for kind in ("member", "carrier", "stall")
    }
    assert listed == {"member": ["王", "李"], "carrier": ["送货车"], "stall": ["一号摊"]}
    shown = list(pages(api, "/members?kind=member&limit=1"))
    assert [one["name"] for page in shown for one in page["members"]] == ["王", "李"]
    assert api.get(f"/members/{stall['member']}/balances").get_json()["balances"] == []
    assert problem(api.get("/members?kind=shop"))["code"] == "malformed"


def test_member_leaves_when_nothing_is_owed(api: Api) -> None:
    wang, li = (api.community.ids[name] for name in ("王", "李"))
    document = problem(api.post(f"/members/{wang}/departure", {}))
    assert (document["code"], document["balance"]) == ("not_settled", 100)
    gone = api.post(f"/members/{li}/departure", {"by": ["member"]}, key="li")
    assert gone.get_json()["entry"]["by"] == ["app:till", "member"]
    again = api.post(f"/members/{li}/departure", {"by": ["member"]}, key="li")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert api.get(f"/members/{li}").get_json()["left"] is True
    document = problem(api.post(f"/members/{li}/departure", {}))
    assert document["code"] == "member_left"


def test_forgotten_member_is_not_there_any_more(api: Api) -> None:
    li = api.community.ids["李"]
    api.post("/entries", {"kind": "transfer", "legs": [api.leg("王", "李", 5)], "memo": "谢谢"})
    api.post("/entries", {"kind": "transfer", "legs": [api.leg("李", "王", 5)]})
    seq = api.size() - 1
    for _ in range(2):
        answer = api.post(f"/members/{li}/forgetting", {})
        assert answer.get_json() == {"member": li, "forgotten": True}
    for path in ("", "/contact", "/viewing-key", "/balances"):
        assert problem(api.get(f"/members/{li}{path}"))["code"] == "unknown_member"
    assert [one["name"] for one in api.get("/members").get_json()["members"]] == ["王"]
    assert api.get(f"/entries/{seq}/seals").get_json()["seals"][0].keys() == {"seal"}
    parties = api.get(f"/entries/{seq}?parties=true").get_json()["parties"]
    assert [one["member"] for one in parties] == [api.community.ids["王"]]


def test_limits_of_a_member_let_them_go_below_zero(sqlite_api: Api) -> None:
    limited = {**ZHAO, "limits": [{"commodity": "POINT", "amount": 20}]}
    member = sqlite_api.post("/members", limited).get_json()["member"]
    leg = {"from": f"members#{member}", "to": sqlite_api.community.reference("李")}
    body = {"kind": "transfer", "legs": [{**leg, "commodity": "POINT", "amount": 20}]}
    assert sqlite_api.post("/entries", body).status_code == 201
    assert problem(sqlite_api.post("/entries", body))["shortfall"] == 20
