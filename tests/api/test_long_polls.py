"""Long polls of the API: an app hears of new entries without asking again and again."""

import threading
from dataclasses import replace

from tests.api.client import Api, problem


def test_who_waits_is_answered_when_something_comes(api: Api) -> None:
    answers: list[object] = []
    path = f"/entries?after={api.size() - 1}&wait=30"
    thread = threading.Thread(target=lambda: answers.append(api.get(path).get_json()))
    thread.start()
    while not api.installation.news._count:  # noqa: SLF001  there is no other way to see that it waits
        assert thread.is_alive()
    posted = api.post("/entries", {"kind": "transfer", "legs": [api.leg("王", "李", 1)]})
    thread.join(20)
    assert posted.status_code == 201
    (answer,) = answers
    assert isinstance(answer, dict)
    assert [entry["seq"] for entry in answer["entries"]] == [posted.get_json()["seq"]]


def test_nothing_new_is_an_empty_page(sqlite_api: Api) -> None:
    answer = sqlite_api.get(f"/entries?after={sqlite_api.size() - 1}&wait=1")
    assert (answer.status_code, answer.get_json()) == (200, {"entries": []})
    assert "Link" not in answer.headers


def test_what_is_there_is_given_at_once_a_page_at_a_time(sqlite_api: Api) -> None:
    answer = sqlite_api.get("/entries?wait=30&limit=1&kind=issue")
    assert len(answer.get_json()["entries"]) == 1


def test_nobody_waits_for_longer_than_half_a_minute(sqlite_api: Api) -> None:
    for wait in ("31", "-1", "x"):
        assert problem(sqlite_api.get(f"/entries?wait={wait}"))["status"] == 400


def test_who_comes_when_too_many_wait_is_asked_to_come_back(sqlite_api: Api) -> None:
    sqlite_api.installation.news._waiters_max = 0  # noqa: SLF001  as if all of them waited
    answer = sqlite_api.get(f"/entries?after={sqlite_api.size() - 1}&wait=30")
    assert problem(answer)["code"] == "too_many_waiting"
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert sqlite_api.get("/entries?wait=30&limit=1").status_code == 200


def test_a_key_is_needed_as_without_waiting(sqlite_api: Api) -> None:
    assert replace(sqlite_api, token="").get("/entries?wait=30").status_code == 401
