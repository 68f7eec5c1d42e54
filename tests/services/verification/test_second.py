"""A second process that checks ahead, and whatever may happen to it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from timebank.services.verification import second
from timebank.services.verification.second import AHEAD, Second, alone

SECONDS_MAX = 30


def doubled(number: int) -> int:
    return 2 * number


def pairs(numbers: Iterable[int]) -> Iterator[tuple[str, int]]:
    return ((f"work {number}", number) for number in numbers)


def test_each_work_comes_with_its_answer() -> None:
    with Second(doubled) as other:
        found = list(other.checked(pairs(range(20))))
    assert found == [(f"work {number}", 2 * number) for number in range(20)]


def test_alone_nothing_is_answered() -> None:
    assert list(alone(pairs(range(2)))) == [("work 0", None), ("work 1", None)]


def test_works_larger_than_a_pipe_are_handed_over() -> None:
    with Second(len) as other:
        found = [answer for _, answer in other.checked(("", bytes(3 << 20)) for _ in range(6))]
    assert found == [3 << 20] * 6


def test_answers_larger_than_a_pipe_keep_nobody_waiting_for_ever() -> None:
    with Second(bytes) as other:
        works = (("", bytes(3 << 20)) for _ in range(6))
        assert [answer for _, answer in other.checked(works)] == [bytes(3 << 20)] * 6


def test_after_a_fault_nothing_is_answered_any_more() -> None:
    def check(number: int) -> int:
        assert number != 5
        return number

    with Second(check) as other:
        found = [answer for _, answer in other.checked(pairs(range(10)))]
    assert found == [*range(5), None, None, None, None, None]


def test_of_a_process_that_was_killed_nothing_is_believed() -> None:
    found = []
    with Second(doubled) as other:
        for work, answer in other.checked(pairs(range(1_000))):
            found.append((work, answer))
            if len(found) == 100:
                os.kill(other.pid, signal.SIGKILL)
    answers = [answer for _, answer in found]
    assert [work for work, _ in found] == [f"work {number}" for number in range(1_000)]
    assert answers[:100] == [2 * number for number in range(100)]
    assert answers[100 + AHEAD + 1 :] == [None] * (900 - AHEAD - 1)


def test_what_cannot_be_read_is_said_in_its_turn() -> None:
    def read() -> Iterator[tuple[str, int]]:
        yield from pairs(range(4))
        raise OSError("the disk")

    found: list[tuple[str, int | None]] = []
    with Second(doubled) as other, pytest.raises(OSError, match="the disk"):
        found.extend(other.checked(read()))
    with Second(doubled) as other:
        given = other.checked(read())
        assert [next(given) for _ in range(4)] == [(f"work {n}", 2 * n) for n in range(4)]
        with pytest.raises(OSError, match="the disk"):
            next(given)


def test_it_ends_with_the_block_also_in_the_midst_of_its_work() -> None:
    with pytest.raises(KeyError), Second(time.sleep) as other:  # noqa: PT012  how the block ends
        next(other.checked([("", 0.0), ("", 0.0), ("", SECONDS_MAX * 10.0)]))
        raise KeyError
    with pytest.raises(ProcessLookupError):
        os.kill(other.pid, 0)


def test_where_the_system_refuses_to_fork_nothing_is_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", refuse)
    with Second(doubled) as other:
        assert list(other.checked(pairs(range(2)))) == [("work 0", None), ("work 1", None)]


def test_it_ends_also_where_nobody_is_told_that_it_ended() -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with Second(doubled) as other:
            os.kill(other.pid, signal.SIGKILL)
            assert wait_until_ended(other.pid)
    finally:
        signal.signal(signal.SIGCHLD, before)


ENDLESS = """
import itertools, signal, sys, time
from timebank.services.verification.second import Second
signal.signal(signal.SIGINT, signal.default_int_handler)  # Whoever began may ignore it.
with Second(time.sleep) as other:
    for number, _ in enumerate(other.checked(("", 0.001) for _ in itertools.count())):
        if number == 10:
            print(other.pid, flush=True)
"""


@pytest.fixture
def endless() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that has a second one, both at work, and the number of the second."""
    command = [sys.executable, "-c", ENDLESS]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


def is_running(pid: int) -> bool:
    """Whether a process is there and no mere entry in the table that nobody has read yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until_ended(pid: int) -> bool:
    until = time.monotonic() + SECONDS_MAX
    while is_running(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not is_running(pid)


def test_it_ends_with_a_first_process_that_is_killed(
    endless: tuple[subprocess.Popen[str], int],
) -> None:
    process, pid = endless
    assert is_running(pid)
    process.kill()
    assert wait_until_ended(pid)


def test_an_interrupt_of_both_ends_both_and_the_second_without_a_word(
    endless: tuple[subprocess.Popen[str], int],
) -> None:
    process, pid = endless
    os.kill(pid, signal.SIGINT)
    time.sleep(0.1)
    assert is_running(pid)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=SECONDS_MAX)
    assert said.count("Traceback") == 1
    assert wait_until_ended(pid)


def test_a_second_process_is_of_use_with_two_cores_and_one_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads = [Path("/proc/self/task/1")]
    monkeypatch.setattr(Path, "iterdir", lambda _path: iter(threads))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1})
    assert second.is_worthwhile()
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {1})
    assert not second.is_worthwhile()
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1})
    threads *= 2
    assert not second.is_worthwhile()

    def hidden(_path: Path) -> Iterator[Path]:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "iterdir", hidden)
    assert not second.is_worthwhile()
    monkeypatch.undo()
    waiting = threading.Event()
    thread = threading.Thread(target=waiting.wait)
    thread.start()
    assert not second.is_worthwhile()
    waiting.set()
    thread.join()
