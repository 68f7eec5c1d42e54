"""Balances, statements and trial balances, as JSON and as tables."""

import csv
import io

from tests.api.client import Api, pages
from tests.installations import open_balance

PERIOD = "from=2026-03-01&to=2026-03-31"


def test_public_balances_take_no_key_and_name_nobody(api: Api) -> None:
    answer = api.without_key().get("/balances")
    assert answer.get_json()["balances"] == [
        {"account": "issued", "commodity": "POINT", "debits": 0, "credits": 100, "balance": -100},
        {"account": "members", "commodity": "POINT", "debits": 100, "credits": 0, "balance": 100},
    ]
    assert api.community.ids["王"] not in answer.text


def test_balances_are_told_of_any_time(api: Api) -> None:
    before = api.size() - 1
    api.community.clock.advance(days=2)
    api.post("/entries", {"kind": "transfer", "legs": [api.leg("王", "groups:chess-club", 30)]})

    def members(query: str) -> int:
        (row,) = api.get(f"/accounts/members/balances{query}").get_json()["balances"]
        balance: int = row["balance"]
        return balance

    assert members("") == 70
    assert members(f"?as_of={before}") == 100
    assert members("?on=2026-03-02") == 100
    assert members("?on=2026-03-03&commodity=POINT&lot=") == 70
    assert api.get("/balances?as_of=99999").status_code == 404
    assert api.get("/balances?on=x").status_code == 400
    mine = api.get(f"/members/{api.community.ids['王']}/balances?as_of={before}").get_json()
    assert [row["balance"] for row in mine["balances"]] == [100]


def test_tables_of_balances_are_in_the_decimals_of_people(sqlite_api: Api) -> None:
    open_balance(
        sqlite_api.community, "bank:main", 1_234_567, commodity="CNY", lot="fund:operating"
    )
    hours = sqlite_api.community.leg("issued", "李", 90, commodity="HOUR")
    leg = {"from": "issued", "to": hours.to, "commodity": "HOUR", "amount": 90}
    sqlite_api.post("/entries", {"kind": "issue", "legs": [leg]})
    answer = sqlite_api.without_key().get("/balances", Accept="text/csv")
    rows = [tuple(row) for row in csv.reader(io.StringIO(answer.text))]
    assert rows == [
        ("account", "commodity", "lot", "debits", "credits", "balance"),
        ("bank:main", "CNY", "fund:operating", "12345.67", "0.00", "12345.67"),
        ("issued", "HOUR", "", "0:00", "1:30", "-1:30"),
        ("issued", "POINT", "", "0", "100", "-100"),
        ("members", "HOUR", "", "1:30", "0:00", "1:30"),
        ("members", "POINT", "", "100", "0", "100"),
        ("world:opening", "CNY", "fund:operating", "0.00", "12345.67", "-12345.67"),
    ]


def test_trial_balance_adds_up_to_nothing(sqlite_api: Api) -> None:
    shown = sqlite_api.get("/trial-balance").get_json()
    assert sum(row["balance"] for row in shown["balances"]) == 0
    assert shown["as_of"] == sqlite_api.size() - 1


def test_statement_goes_from_opening_to_closing_balance(api: Api) -> None:
    wang = api.community.ids["王"]
    api.community.clock.advance(days=1)
    for _ in range(3):
        api.post("/entries", {"kind": "transfer", "legs": [api.leg("王", "李", 10)]})
    path = f"/members/{wang}/statement?from=2026-03-02&to=2026-03-31&limit=2"
    first, second = pages(api, path)
    (section,) = first["sections"]
    assert (section["opening"], section["credits"], section["closing"]) == (100, 30, 70)
    lines = first["lines"] + second["lines"]
    assert [line["balance"] for line in lines] == [90, 80, 70]
    assert [(line["debit"], line["credit"], line["counter"]) for line in lines] == [
        (0, 10, "members")
    ] * 3
    assert "after" not in second


def test_statement_as_a_table_begins_and_ends_with_balances(sqlite_api: Api) -> None:
    for amount in (10, 20):
        body = {"kind": "transfer", "legs": [sqlite_api.leg("王", "groups:chess-club", amount)]}
        sqlite_api.post("/entries", body)
    path = f"/accounts/groups:chess-club/statement?{PERIOD}"
    answer = sqlite_api.get(path, Accept="text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["row"], row["debit"], row["balance"]) for row in rows] == [
        ("opening", "", "0"),
        ("line", "10", "10"),
        ("line", "20", "30"),
        ("closing", "", "30"),
    ]
    page = sqlite_api.get(f"{path}&limit=1", Accept="text/csv")
    assert [row["row"] for row in csv.DictReader(io.StringIO(page.text))] == ["opening", "line"]
    last = sqlite_api.get(page.headers["Link"][1:-13], Accept="text/csv")
    assert [row["row"] for row in csv.DictReader(io.StringIO(last.text))] == ["line", "closing"]


def test_cells_that_a_spreadsheet_would_run_are_made_harmless(sqlite_api: Api) -> None:
    for number, name in enumerate(('=HYPERLINK("x")', "+1", "@SUM(A1)", "-2+3")):
        sqlite_api.post("/members", {"number": f"1{number}", "name": name})
    names = [
        row["name"]
        for row in csv.DictReader(io.StringIO(sqlite_api.get("/members", Accept="text/csv").text))
    ]
    assert names[2:] == ['\'=HYPERLINK("x")', "'+1", "'@SUM(A1)", "'-2+3"]
