"""Presets, and adopting one through the address of policies."""

from tests.api.client import PREFIX, Api, problem

PRESETS = f"{PREFIX}/presets"


def test_presets_are_listed_for_everybody(still_api: Api) -> None:
    listed = still_api.without_key().get(PRESETS).get_json()["presets"]

    assert {
        "preset": "nanjing-hours",
        "title": "Hours by the rules of Nanjing",
        "title_zh": "南京市养老服务时间银行",
        "commodity": "HOUR",
        "commodity_kind": "time",
    } in listed
    table = still_api.get(PRESETS, Accept="text/csv").text
    assert table.splitlines()[0] == "preset,title,title_zh,commodity,commodity_kind"
    assert len(table.splitlines()) == len(listed) + 1


def test_the_settings_of_a_preset_are_adopted_as_they_are(sqlite_api: Api) -> None:
    preset = sqlite_api.get(f"{PRESETS}/changning-hours").get_json()
    assert len(preset["sources"]) == len(preset["settings"]) == 3

    body = {"settings": preset["settings"], "in_force": "2026-04-01"}
    assert sqlite_api.post("/policies", body).status_code == 201

    assert sqlite_api.get("/settings").get_json()["settings"] == []
    found = sqlite_api.get("/settings?on=2026-04-01").get_json()["settings"]
    figures = {(one["setting"], one.get("category", "")): one["value"] for one in found}
    assert figures == {
        ("tariff", "general"): 60,
        ("cap_daily", ""): 120,
        ("cap_lifetime", ""): 36000,
    }


def test_a_preset_is_shown_for_another_commodity(still_api: Api) -> None:
    preset = still_api.get(f"{PRESETS}/lets-credit?commodity=SRF").get_json()

    assert preset["settings"] == [{"setting": "credit_limit", "value": 250, "commodity": "SRF"}]
    assert problem(still_api.get(f"{PRESETS}/lets-credit?commodity=srf"))["field"] == "commodity"


def test_a_preset_that_is_not_there_is_told(still_api: Api) -> None:
    answer = problem(still_api.get(f"{PRESETS}/none"))

    assert (answer["status"], answer["code"]) == (404, "unknown_preset")
