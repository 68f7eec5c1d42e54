"""The writer's queues: together under load, at once when alone, fair, bounded, no job lost."""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from timebank.errors import BusyError
from timebank.services.writer import ITEMS_MAX, Writer

WAIT_SECONDS = 30


class PlannedError(Exception):
    """Raised by a test for a job of its own."""


@dataclass
class Book:
    """Writes jobs down, group by group; a gate holds it up so that others come to wait."""

    groups: list[tuple[str, list[str]]] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    entered: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def together(self, slug: str, jobs: Sequence[str]) -> list[str | Exception]:
        """Give each job its name back; one that is called bad fails."""
        self.groups.append((slug, list(jobs)))
        self.threads.append(threading.get_ident())
        self.entered.release()
        assert self.gate.wait(WAIT_SECONDS)
        return [PlannedError(job) if job == "bad" else f"{slug}:{job}" for job in jobs]


@dataclass
class Clients:
    """Threads that ask a writer, and what they wait for."""

    writer: Writer
    book: Book
    pool: ThreadPoolExecutor

    def ask(self, slug: str, job: str, *, items: int = 1, alone: bool = False) -> Future[str]:
        """Ask in a thread of its own; return once the job is in."""
        before = self.writer.inside
        asked = self.pool.submit(
            self.writer.write, slug, job, self.book.together, items=items, alone=alone
        )
        while self.writer.inside == before and not asked.done():
            time.sleep(0.001)
        return asked


def make_clients(pool: ThreadPoolExecutor, *, slots: int = 1, waiting_max: int = 96) -> Clients:
    return Clients(Writer(slots=slots, waiting_max=waiting_max), Book(), pool)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads enough for all tests."""
    with ThreadPoolExecutor(64) as made:
        yield made


def test_a_client_alone_writes_in_its_own_thread() -> None:
    writer, book = Writer(slots=1, waiting_max=1), Book()
    book.gate.set()
    assert [writer.write("a", str(number), book.together) for number in range(3)] == [
        "a:0",
        "a:1",
        "a:2",
    ]
    assert book.threads == [threading.get_ident()] * 3
    assert writer.inside == 0


def test_those_who_wait_are_written_together_in_order(pool: ThreadPoolExecutor) -> None:
    clients = make_clients(pool)
    asked = [clients.ask("a", str(number)) for number in range(10)]
    clients.book.gate.set()
    assert [one.result(WAIT_SECONDS) for one in asked] == [f"a:{number}" for number in range(10)]
    assert clients.book.groups == [("a", ["0"]), ("a", [str(number) for number in range(1, 10)])]


def test_an_error_is_told_to_its_own_job_only(pool: ThreadPoolExecutor) -> None:
    clients = make_clients(pool)
    asked = [clients.ask("a", job) for job in ("first", "good", "bad", "too")]
    clients.book.gate.set()
    with pytest.raises(PlannedError):
        asked[2].result(WAIT_SECONDS)
    assert [asked[index].result(WAIT_SECONDS) for index in (0, 1, 3)] == [
        "a:first",
        "a:good",
        "a:too",
    ]


def test_a_job_that_stands_alone_shares_with_nobody(pool: ThreadPoolExecutor) -> None:
    clients = make_clients(pool)
    asked = [clients.ask("a", job, alone=job == "whole") for job in ("0", "1", "2", "whole", "3")]
    clients.book.gate.set()
    for one in asked:
        one.result(WAIT_SECONDS)
    groups = [jobs for _, jobs in clients.book.groups]
    assert groups == [["0"], ["1", "2"], ["whole"], ["3"]]


def test_a_group_has_so_many_items_at_most(pool: ThreadPoolExecutor) -> None:
    clients = make_clients(pool)
    sizes = {"0": 1, "1": ITEMS_MAX - 1, "2": 1, "3": 1, "4": ITEMS_MAX + 1, "5": 1}
    asked = [clients.ask("a", job, items=items) for job, items in sizes.items()]
    clients.book.gate.set()
    for one in asked:
        one.result(WAIT_SECONDS)
    assert [jobs for _, jobs in clients.book.groups] == [["0"], ["1", "2"], ["3"], ["4"], ["5"]]


def test_books_take_turns(pool: ThreadPoolExecutor) -> None:
    clients = make_clients(pool)
    busy = [clients.ask("busy", str(number), alone=True) for number in range(20)]
    quiet = [clients.ask(slug, "0") for slug in ("b", "c")]
    clients.book.gate.set()
    for one in busy + quiet:
        one.result(WAIT_SECONDS)
    assert [slug for slug, _ in clients.book.groups[:6]] == [
        "busy",
        "b",
        "c",
        "busy",
        "busy",
        "busy",
    ]


def test_books_are_written_at_once_as_far_as_there_are_slots(pool: ThreadPoolExecutor) -> None:
    clients = make_clients(pool, slots=2)
    asked = [clients.ask(slug, "0") for slug in ("a", "b", "c")]
    for _ in range(2):
        assert clients.book.entered.acquire(timeout=WAIT_SECONDS)
    assert not clients.book.entered.acquire(timeout=0.05), "the third waits for a slot"
    assert sorted(slug for slug, _ in clients.book.groups) == ["a", "b"]
    clients.book.gate.set()
    assert [one.result(WAIT_SECONDS) for one in asked] == ["a:0", "b:0", "c:0"]


def test_a_book_is_never_written_by_two_at_once(pool: ThreadPoolExecutor) -> None:
    writer, writing, seen = Writer(slots=8, waiting_max=96), Counter[str](), set[int]()
    lock = threading.Lock()

    def together(slug: str, jobs: Sequence[int]) -> list[int | Exception]:
        with lock:
            writing[slug] += 1
            assert writing[slug] == 1
        time.sleep(0.0005)
        with lock:
            writing[slug] -= 1
            seen.update(jobs)
        return list(jobs)

    def ask(number: int) -> int:
        return writer.write(f"book-{number % 5}", number, together)

    assert list(pool.map(ask, range(2_000))) == list(range(2_000))
    assert seen == set(range(2_000))
    assert writer.inside == 0


def test_who_comes_when_too_many_wait_is_sent_away_at_once(pool: ThreadPoolExecutor) -> None:
    clients = make_clients(pool, waiting_max=3)
    asked = [clients.ask("a", str(number)) for number in range(3)]
    for slug in ("a", "b"):
        with pytest.raises(BusyError) as refused:
            clients.writer.write(slug, "late", clients.book.together)
        assert refused.value.retry_after_seconds == 1
    clients.book.gate.set()
    for one in asked:
        one.result(WAIT_SECONDS)
    assert clients.writer.write("a", "now", clients.book.together) == "a:now"


def test_an_interrupted_leader_leaves_nobody_waiting(pool: ThreadPoolExecutor) -> None:
    clients = make_clients(pool)

    def interrupted(_slug: str, _jobs: Sequence[str]) -> list[str | Exception]:
        raise KeyboardInterrupt

    first = clients.ask("a", "first")
    leader = pool.submit(clients.writer.write, "a", "leader", interrupted)
    while clients.writer.inside < 2:
        time.sleep(0.001)
    follower = clients.ask("a", "follower")
    clients.book.gate.set()
    assert first.result(WAIT_SECONDS) == "a:first"
    with pytest.raises(KeyboardInterrupt):
        leader.result(WAIT_SECONDS)
    with pytest.raises(BusyError):
        follower.result(WAIT_SECONDS)
    assert clients.writer.write("a", "next", clients.book.together) == "a:next"


def test_closing_lets_all_finish_and_nobody_in(pool: ThreadPoolExecutor) -> None:
    clients = make_clients(pool)
    asked = [clients.ask("a", str(number)) for number in range(3)]
    closed = pool.submit(clients.writer.close)
    while not clients.writer.closed:
        time.sleep(0.001)
    assert not closed.done()
    with pytest.raises(BusyError):
        clients.writer.write("a", "late", clients.book.together)
    clients.book.gate.set()
    closed.result(WAIT_SECONDS)
    assert clients.writer.inside == 0
    assert [one.result(WAIT_SECONDS) for one in asked] == ["a:0", "a:1", "a:2"]


def test_a_forked_process_has_queues_of_its_own(pool: ThreadPoolExecutor) -> None:
    clients = make_clients(pool)
    asked = clients.ask("a", "parent")
    child = os.fork()
    if not child:
        free = Book()
        free.gate.set()
        os._exit(0 if clients.writer.write("a", "child", free.together) == "a:child" else 1)
    _, status = os.waitpid(child, 0)
    clients.book.gate.set()
    assert os.waitstatus_to_exitcode(status) == 0
    assert asked.result(WAIT_SECONDS) == "a:parent"
