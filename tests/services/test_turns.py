"""Turns: one at a time, given away while waiting, nobody put off for ever, none lost."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from timebank.services.turns import PATIENCE, Turns
from timebank.services.writer import Writer

SECONDS = 30


@pytest.fixture
def turns() -> Turns:
    """Turns of which nobody has any."""
    return Turns()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads, as many as a test may want."""
    with ThreadPoolExecutor(2 * PATIENCE) as made:
        yield made


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "that does not come"
        time.sleep(0.001)


def waiting(turns: Turns) -> int:
    return len(turns._waiting) + len(turns._last)  # noqa: SLF001  nobody else needs to know


def test_one_at_a_time_has_the_turn(turns: Turns, pool: ThreadPoolExecutor) -> None:
    inside, most = [0], [0]

    def work() -> None:
        for _ in range(50):
            with turns.turn():
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0)
                inside[0] -= 1

    for done in [pool.submit(work) for _ in range(8)]:
        done.result(SECONDS)
    assert most == [1]
    assert not turns.is_mine()


def test_turns_come_in_the_order_in_which_they_are_asked_for(
    turns: Turns, pool: ThreadPoolExecutor
) -> None:
    order: list[int] = []

    def ask(number: int) -> None:
        with turns.turn():
            order.append(number)

    with turns.turn():
        asked = []
        for number in range(8):
            asked.append(pool.submit(ask, number))
            wait_until(lambda: waiting(turns) == len(asked))
    for one in asked:
        one.result(SECONDS)
    assert order == list(range(8))


def test_who_stands_aside_lets_others_work_and_goes_on_before_new_ones(
    turns: Turns, pool: ThreadPoolExecutor
) -> None:
    order: list[str] = []
    second_works, first_waits = threading.Event(), threading.Event()

    def second() -> None:
        with turns.turn():
            order.append("second")
            second_works.set()
            assert first_waits.wait(SECONDS)
            wait_until(lambda: waiting(turns) == 2)

    def third() -> None:
        with turns.turn():
            order.append("third")

    with turns.turn():
        with turns.aside():
            assert not turns.is_mine()
            asked = [pool.submit(second)]
            assert second_works.wait(SECONDS)
            asked.append(pool.submit(third))
            wait_until(lambda: waiting(turns) == 1)
            first_waits.set()
        assert turns.is_mine()
        order.append("first")
    for one in asked:
        one.result(SECONDS)
    assert order == ["second", "first", "third"]


def test_the_turn_is_given_away_when_the_work_fails(turns: Turns, pool: ThreadPoolExecutor) -> None:
    def fail() -> None:
        with turns.turn(), turns.aside():
            raise ZeroDivisionError

    for failed in [pool.submit(fail) for _ in range(3)]:
        with pytest.raises(ZeroDivisionError):
            failed.result(SECONDS)
    with turns.turn():
        assert turns.is_mine()


def test_who_has_no_turn_gives_none_away(turns: Turns, pool: ThreadPoolExecutor) -> None:
    def stand_aside() -> bool:
        with turns.aside():
            return turns.give()

    with turns.turn():
        assert not pool.submit(stand_aside).result(SECONDS)
        assert turns.is_mine()


def test_who_goes_last_is_not_put_off_for_ever(turns: Turns, pool: ThreadPoolExecutor) -> None:
    """Whoever has the turn sees to it that somebody waits for the next one."""
    order: list[str] = []

    def go_last() -> None:
        with turns.turn():
            turns.give()
            turns.take(last=True)
            order.append("last")

    def keep_busy() -> None:
        with turns.turn():
            if "last" not in order:
                before = waiting(turns)
                asked.append(pool.submit(keep_busy))
                wait_until(lambda: waiting(turns) > before)
            order.append("other")

    asked = []
    with turns.turn():
        asked += [pool.submit(go_last), pool.submit(keep_busy)]
        wait_until(lambda: waiting(turns) == 2)
    wait_until(lambda: all(one.done() for one in asked))
    for one in asked:
        one.result(SECONDS)
    assert 1 < order.index("last") <= PATIENCE + 1


def test_who_writes_lets_those_who_come_be_written_with_them(pool: ThreadPoolExecutor) -> None:
    turns, groups = Turns(), list[int]()
    writer = Writer(slots=1, waiting_max=96, turns=turns)

    def together(_slug: str, jobs: object) -> list[int]:
        assert isinstance(jobs, list)
        groups.append(len(jobs))
        return list(jobs)

    def post(number: int) -> int:
        with turns.turn():
            return writer.write("book", number, together)

    with turns.turn():
        asked = [pool.submit(post, number) for number in range(16)]
        wait_until(lambda: waiting(turns) == 16)
    assert [one.result(SECONDS) for one in asked] == list(range(16))
    assert groups == [16]


def test_who_was_written_goes_on_in_turn_and_others_without(pool: ThreadPoolExecutor) -> None:
    turns, inside = Turns(), list[int]()
    writer = Writer(slots=1, waiting_max=96, turns=turns)

    def together(_slug: str, jobs: object) -> list[int]:
        assert isinstance(jobs, list)
        time.sleep(0.001)
        return list(jobs)

    def write(number: int) -> int:
        return writer.write("ab"[number % 2], number, together)

    def post(number: int) -> int:
        with turns.turn():
            written = write(number)
            inside.append(number)
            time.sleep(0.0001)
            assert inside == [number]
            inside.pop()
            assert turns.is_mine()
        return written

    def post_batch(number: int) -> int:
        written = write(number)
        assert not turns.is_mine()
        return written

    asked = [pool.submit(post if number % 3 else post_batch, number) for number in range(200)]
    assert [one.result(SECONDS) for one in asked] == list(range(200))
    with turns.turn():
        assert turns.is_mine()
    assert not turns.is_mine()
