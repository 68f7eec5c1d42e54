"""News: whoever waits for entries learns of them, and holds nothing meanwhile."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.installations import Community, SetClock
from timebank.config import Settings
from timebank.errors import TooManyWaitingError, UnknownBookError
from timebank.services.entries import EntryFilter, RecordedEntry, list_entries
from timebank.services.installation import Installation
from timebank.services.news import News
from timebank.services.pages import Page
from timebank.store.books import find_book
from timebank.store.database import reading
from timebank.store.engines import make_engine
from timebank.store.vault import Vault

LONG = 30


def size_of(community: Community) -> int:
    return len(read(community, -1, EntryFilter()).items)


def read(community: Community, after: int, wanted: EntryFilter) -> Page[RecordedEntry, int]:
    return list_entries(community.installation, "demo", wanted, after=after, limit=1000)


def wait_for(
    community: Community, after: int, wanted: EntryFilter | None = None, seconds: int = LONG
) -> list[str]:
    """The kinds of the entries that come after a seq."""
    page = community.installation.news.when_new(
        "demo",
        lambda start: read(community, start, wanted or EntryFilter()),
        after=after,
        seconds=seconds,
    )
    return [found.entry.kind for found in page.items]


@contextmanager
def waiting(community: Community, number: int, after: int) -> Iterator[list[list[str]]]:
    """Threads that wait for what comes after a seq; what they were given is there at the end."""
    given: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: given.append(wait_for(community, after)), daemon=True)
        for _ in range(number)
    ]
    for thread in threads:
        thread.start()
    wait_until(lambda: waiters(community.installation.news) == number)
    yield given
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()


def waiters(news: News) -> int:
    return news._count  # noqa: SLF001  there is no other way to see that all of them wait


def wait_until(condition: object) -> None:
    assert callable(condition)
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@contextmanager
def other_process(community: Community, url: str, home: Path) -> Iterator[Community]:
    """The same book through an installation of its own, as another process has it."""
    settings = Settings(home=home, database_url=url)
    clock = community.installation.clock
    assert isinstance(clock, SetClock)
    vault = Vault(bytes(range(32)))
    installation = Installation(make_engine(url), vault, settings, clock)
    yield Community(installation, ids=community.ids)
    installation.close()


def test_what_is_there_already_is_given_at_once(community: Community) -> None:
    assert wait_for(community, size_of(community) - 2) == ["issue"]


def test_an_append_of_this_process_wakes_who_waits(community: Community) -> None:
    with waiting(community, 3, size_of(community) - 1) as given:
        community.transfer("王", "李", 1)
    assert given == [["transfer"]] * 3


def test_an_append_of_another_process_wakes_who_waits(
    community: Community, database_url: str, tmp_path: Path
) -> None:
    with (
        other_process(community, database_url, tmp_path) as other,
        waiting(community, 3, size_of(community) - 1) as given,
    ):
        other.transfer("王", "李", 1)
    assert given == [["transfer"]] * 3


def test_filters_are_honoured(community: Community) -> None:
    given: list[list[str]] = []
    start = size_of(community) - 1
    thread = threading.Thread(
        target=lambda: given.append(wait_for(community, start, EntryFilter(kind="issue")))
    )
    thread.start()
    wait_until(lambda: waiters(community.installation.news) == 1)
    community.transfer("王", "李", 1)
    thread.join(0.3)
    assert thread.is_alive()
    community.issue("李", 1)
    thread.join(20)
    assert given == [["issue"]]


def test_the_time_can_run_out(community: Community) -> None:
    assert wait_for(community, size_of(community) - 1, seconds=1) == []


def test_a_seq_far_ahead_is_waited_for(community: Community) -> None:
    size = size_of(community)
    with waiting(community, 1, size) as given:
        community.transfer("王", "李", 1)
        time.sleep(0.2)
        assert given == []
        community.issue("李", 1)
    assert given == [["issue"]]


def test_no_connection_is_held_while_waiting(
    community: Community, database_url: str, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, database_url=database_url)
    engine = make_engine(database_url)
    engine.dispose()
    narrow = engine.pool.recreate()
    narrow._pool.maxsize, narrow._max_overflow = 1, 0  # type: ignore[attr-defined]  # noqa: SLF001  one connection for all
    engine.pool = narrow
    vault = Vault(bytes(range(32)))
    installation = Installation(engine, vault, settings, community.installation.clock)
    crowded = Community(installation, ids=community.ids)
    with waiting(crowded, 20, size_of(community) - 1) as given:
        crowded.transfer("王", "李", 1)
    installation.close()
    assert given == [["transfer"]] * 20


def test_one_more_than_may_is_refused(
    community: Community, database_url: str, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, database_url=database_url, long_polls_max=2)
    vault = Vault(bytes(range(32)))
    clock = community.installation.clock
    installation = Installation(make_engine(database_url), vault, settings, clock)
    full = Community(installation, ids=community.ids)
    end = size_of(community) - 1
    with waiting(full, 2, end):
        with pytest.raises(TooManyWaitingError):
            wait_for(full, end)
        assert wait_for(full, end - 1) == ["issue"]
        full.transfer("王", "李", 1)
    assert wait_for(full, end + 1, seconds=1) == []
    installation.close()


def test_a_stop_answers_all_who_wait_and_nobody_waits_after_it(community: Community) -> None:
    end = size_of(community) - 1
    with waiting(community, 5, end) as given:
        community.installation.news.stop()
    assert given == [[]] * 5
    assert wait_for(community, end) == []


def test_nobody_misses_what_comes_while_they_begin_to_wait(community: Community) -> None:
    book_id = book_of(community)
    news = community.installation.news
    end = size_of(community)
    community.transfer("王", "李", 1)
    assert news.wait(book_id, longer_than=end, seconds=LONG)


def test_a_thread_lives_only_while_somebody_waits(community: Community) -> None:
    with waiting(community, 2, size_of(community) - 1):
        assert "news" in {thread.name for thread in threading.enumerate()}
        community.transfer("王", "李", 1)
    wait_until(lambda: "news" not in {thread.name for thread in threading.enumerate()})


def test_a_book_that_is_not_there_is_not_waited_for(community: Community) -> None:
    with pytest.raises(UnknownBookError):
        community.installation.news.when_new(
            "nowhere",
            lambda start: read(community, start, EntryFilter()),
            after=-1,
            seconds=LONG,
        )


def book_of(community: Community) -> int:
    with reading(community.installation.engine) as connection:
        return find_book(connection, "demo").book_id
