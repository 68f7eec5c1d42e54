"""Definitions: what is counted, where, by which settings; and closing a period."""

from tests.api.client import Api, pages, problem


def test_definition_is_made_once_and_answered_again(api: Api) -> None:
    sugar = {"commodity": "SUGAR", "kind": "goods", "scale": 1, "title": "糖"}
    first = api.post("/commodities", sugar, key="sugar")
    again = api.post("/commodities", sugar, key="sugar")
    assert first.get_json() == again.get_json() == {**sugar, "seq": api.size() - 1}
    assert again.headers["Idempotent-Replayed"] == "true"
    assert problem(api.post("/commodities", sugar))["code"] == "already_defined"


def test_definition_without_a_key_is_made_but_not_remembered(sqlite_api: Api) -> None:
    body = {"settings": [{"setting": "hold_days", "value": 30}]}
    seqs = [sqlite_api.post("/policies", body, key="").get_json()["seq"] for _ in range(2)]
    assert seqs == [sqlite_api.size() - 2, sqlite_api.size() - 1]


def test_definitions_take_a_treasurer(sqlite_api: Api) -> None:
    clerk = sqlite_api.with_key("define")
    answer = clerk.post("/accounts", {"account": "groups:tea"})
    document = problem(answer)
    assert (document["status"], document["code"]) == (403, "capacity_missing")
    assert document["needed"] == "staff:treasurer or system"


def test_account_is_opened_and_closed(api: Api) -> None:
    limits = [{"commodity": "POINT", "amount": 5}]
    opened = api.post("/accounts", {"account": "groups:tea", "title": "茶社", "limits": limits})
    shown = opened.get_json()
    assert shown == {
        "account": "groups:tea",
        "type": "holding",
        "title": "茶社",
        "limits": limits,
        "opened": api.size() - 1,
    }
    closed = api.post("/accounts/groups:tea/closure", {}, key="close")
    assert closed.status_code == 200
    assert closed.get_json()["closed"] == api.size() - 1
    again = api.post("/accounts/groups:tea/closure", {}, key="close")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert problem(api.post("/accounts/groups:tea/closure", {}))["code"] == "account_closed"


def test_lots_and_funds_come_in_pages(api: Api) -> None:
    for code in ("fund:a", "fund:b", "fund:c"):
        facts = {"purpose": "救灾", "source": "donated"}
        fund = {"commodity": "CNY", "fund": code, "title": f"专户 {code}"}
        opened = api.post("/funds", {**fund, **facts}).get_json()
        assert {name: opened[name] for name in opened if name != "seq"} == {**fund, "facts": facts}
    lots = [lot["lot"] for page in pages(api, "/lots?limit=2") for lot in page["lots"]]
    assert lots == ["fund:a", "fund:b", "fund:c", "fund:operating", "rice-1"]
    funds = [one["fund"] for page in pages(api, "/funds?limit=2") for one in page["funds"]]
    assert funds == lots[:-1]
    rice = [one["lot"] for one in api.get("/lots?commodity=RICE-5KG").get_json()["lots"]]
    assert rice == ["rice-1"]
    assert problem(api.get("/lots?commodity=NOPE"))["status"] == 404
    assert problem(api.get("/lots?after=x"))["field"] == "after"
    shown = api.get("/lots/RICE-5KG/rice-1").get_json()
    assert shown["facts"] == {"source": "donated", "expires": "2027-01-01"}


def test_lot_of_goods_keeps_what_it_cost(sqlite_api: Api) -> None:
    lot = {
        "commodity": "RICE-5KG",
        "lot": "rice-2",
        "source": "purchased",
        "basis": "cost",
        "value": {"amount": 25000, "commodity": "CNY"},
        "fund": "fund:operating",
        "uses": ["parcels"],
    }
    facts = sqlite_api.post("/lots", lot).get_json()["facts"]
    assert facts == {name: lot[name] for name in lot if name not in {"commodity", "lot"}}
    table = sqlite_api.get("/lots", Accept="text/csv").text
    assert "RICE-5KG,rice-2,,purchased,,fund:operating,cost," in table


def test_policy_takes_force_on_its_day(api: Api) -> None:
    for value, day in ((30, None), (14, "2026-04-01")):
        body = {"settings": [{"setting": "hold_days", "value": value}]}
        given = body if day is None else {**body, "in_force": day}
        assert api.post("/policies", given).status_code == 201
    versions = api.get("/policies").get_json()["policies"]
    assert [one["in_force"] for one in versions] == ["2026-03-01", "2026-04-01"]
    for query, value in (("", 30), ("?on=2026-04-01", 14)):
        (setting,) = api.get(f"/settings{query}").get_json()["settings"]
        assert (setting["setting"], setting["value"]) == ("hold_days", value)


def test_close_states_the_digest_of_the_trial_balance(api: Api) -> None:
    late = {"kind": "transfer", "day": "2026-02-27", "legs": [api.leg("王", "李", 1)]}
    api.post("/entries", late)
    expected = api.get("/trial-balance?until=2026-02-28").get_json()
    assert api.post("/closes", {"until": "2026-02-28"}).status_code == 201
    (close,) = api.get("/closes").get_json()["closes"]
    assert close["until"] == "2026-02-28"
    assert close["trial_balance"] == expected["digest"]
    assert problem(api.post("/entries", late))["closed_until"] == "2026-02-28"
    belated = {**late, "day": "2026-03-01", "belongs": "2026-02-27"}
    assert api.post("/entries", belated).get_json()["entry"]["public"] == {"belongs": "2026-02-27"}
