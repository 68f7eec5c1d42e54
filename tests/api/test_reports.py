"""Reports through the API: public, as JSON in smallest units and as CSV for people."""

import csv
import io

from sqlalchemy import update

from tests.api.client import Api, problem
from tests.installations import open_balance
from timebank.services.reports import REPORTS
from timebank.store.database import writing
from timebank.store.tables import turnovers

PERIOD = "from=2026-03-01&to=2026-03-31"


def test_reports_are_listed_with_their_columns(sqlite_api: Api) -> None:
    listed = sqlite_api.without_key().get("/reports").get_json()["reports"]
    assert [one["report"] for one in listed] == list(REPORTS)
    assert listed[0]["title"] == {"zh": "收支公示表", "en": "Income and expenditure"}
    assert listed[0]["columns"][-1] == {
        "key": "closing",
        "kind": "amount",
        "title": {"zh": "本期结余", "en": "Closing balance"},
    }


def test_all_reports_take_no_key_and_name_nobody(api: Api) -> None:
    last = api.size() - 1
    for name in REPORTS:
        answer = api.without_key().get(f"/reports/{name}?{PERIOD}")
        shown = answer.get_json()
        assert (shown["report"], shown["from"], shown["to"]) == (name, "2026-03-01", "2026-03-31")
        assert (shown["first_seq"], shown["last_seq"], shown["as_of"]) == (0, last, last)
        assert shown["origin"] == "localhost/log/demo"
        assert not any(member in answer.text for member in api.community.ids.values())


def test_json_is_in_smallest_units_and_csv_in_the_decimals_of_people(api: Api) -> None:
    open_balance(api.community, "bank:main", 1_234_567, commodity="CNY", lot="fund:operating")
    path = f"/reports/income-expenditure?{PERIOD}"
    (*_, total) = api.get(path).get_json()["rows"]
    assert total == {
        "commodity": "CNY",
        "fund": "",
        "line": "total",
        "item": "",
        "item_zh": "合计",
        "item_en": "All funds",
        "opening": 0,
        "income": 1_234_567,
        "expenditure": 0,
        "closing": 1_234_567,
    }
    answer = api.get(path, Accept="text/csv")
    assert answer.mimetype == "text/csv"
    header, *_, last = csv.reader(io.StringIO(answer.text))
    assert header == [
        *("计量单位 Commodity", "专户 Fund", "行别 Line", "科目 Item"),
        *("项目 Item in Chinese", "项目英文 Item in English"),
        *("上期结余 Opening balance", "本期收入 Income", "本期支出 Expenditure"),
        "本期结余 Closing balance",
        *("起始日 From", "截止日 To", "首号 First entry", "末号 Last entry"),
        "账本末号 Log up to entry",
    ]
    seq = str(api.size() - 1)
    assert last == [
        *("CNY", "", "total", "", "合计", "All funds", "0.00", "12345.67", "0.00", "12345.67"),
        *("2026-03-01", "2026-03-31", "0", seq, seq),
    ]


def test_what_cannot_be_asked(sqlite_api: Api) -> None:
    for query in (f"?{PERIOD}", "", "?from=tomorrow", "?from=2026-03-01&from=2026-03-02"):
        answer = sqlite_api.get(f"/reports/profit{query}")
        assert (answer.status_code, problem(answer)["code"]) == (404, "unknown_report"), query
    for query, status in (
        ("", 400),
        ("?from=2026-03-01", 400),
        ("?from=2026-03-02&to=2026-03-01", 400),
        ("?from=2026-03-32&to=2026-04-01", 400),
        (f"?{PERIOD}&as_of=-1", 400),
        (f"?{PERIOD}&as_of=999", 404),
    ):
        assert sqlite_api.get(f"/reports/movements{query}").status_code == status, query


def test_a_report_that_does_not_agree_is_not_shown(sqlite_api: Api) -> None:
    with writing(sqlite_api.installation.engine) as connection:
        connection.execute(update(turnovers).values(debits=turnovers.c.debits + 1))
    answer = sqlite_api.get(f"/reports/circulation?{PERIOD}")
    shown = problem(answer)
    assert (answer.status_code, shown["code"]) == (500, "report_mismatch")
    assert "members" not in answer.text
