"""A second process, which checks ahead what hangs on nothing but what it is handed.

What it says only ever spares the first process work: of whatever it gives no answer for, since it
found a fault, died or was never there, the first process checks all by itself. So findings and
their words are the same with it and without it.

It is forked, so that it has the keys without their being handed over. A fork copies a single
thread, and whatever lock another one holds stays locked; so a process with several threads, such
as a server, has none. It touches no database: SQLite's locks and the sessions of PostgreSQL belong
to the process that took them.
"""

import fcntl
import gc
import os
import pickle
import select
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from io import BufferedReader, BufferedWriter, FileIO
from pathlib import Path
from typing import Final, Generic, NoReturn, Self, TypeVar

WorkT = TypeVar("WorkT")
HandedT = TypeVar("HandedT")
AnswerT = TypeVar("AnswerT")

AHEAD: Final = 2
"""How many works more are handed over before the answer to the first is waited for."""

_PIPE_BYTES: Final = 1 << 20
"""A pipe for works holds some, so that neither process waits for the other to look."""

_ENDED: Final = (EOFError, OSError, pickle.UnpicklingError)
"""How it shows that the other process is no more."""


def is_worthwhile() -> bool:
    """Whether this process may be forked, and there is a core for the second one."""
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:  # noqa: PLR2004  two processes
        return False
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return False  # Nobody knows how many threads there are.


def alone(works: Iterable[tuple[WorkT, HandedT]]) -> Iterator[tuple[WorkT, None]]:
    """Give each work without an answer, as where there is no second process."""
    return ((work, None) for work, _ in works)


class Second(Generic[HandedT, AnswerT]):
    """A second process that calls ``check`` for what it is handed, and ends where that raises.

    That and the answers are pickled. The process ends with this one, however this one ends.
    """

    def __init__(self, check: Callable[[HandedT], AnswerT]) -> None:
        """Take what it is to do."""
        self._check = check
        self.pid = 0
        self._works: FileIO | None = None
        self._answers: BufferedReader | None = None
        self._received: deque[AnswerT] = deque()

    def __enter__(self) -> Self:
        """Fork it; where the system refuses, nothing is answered."""
        works, self._works = _pipe()
        received, answers = _pipe()
        self._answers = BufferedReader(received)
        os.set_blocking(self._works.fileno(), False)
        # An interrupt from the keyboard goes to both, and this one ends the other.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self.pid = os.fork()
            if not self.pid:
                self._serve(works, answers)
        except OSError:
            self._part()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            works.close()
            answers.close()
        return self

    def __exit__(self, *_error: object) -> None:
        """End it."""
        self._part()
        if self.pid:
            # Where the end of a child is ignored, the system has forgotten one that has ended.
            with suppress(ChildProcessError):
                if os.waitpid(self.pid, os.WNOHANG) == (0, 0):
                    os.kill(self.pid, signal.SIGKILL)
                    os.waitpid(self.pid, 0)

    def checked(
        self, works: Iterable[tuple[WorkT, HandedT]]
    ) -> Iterator[tuple[WorkT, AnswerT | None]]:
        """Give each work with the answer to what was handed over of it, None where there is none.

        What making a work raises is raised in its turn, after all works before it were given.
        """
        waiting: deque[WorkT] = deque()
        failure = None
        made = iter(works)
        while failure is None:
            try:
                work, handed = next(made)
            except StopIteration:
                break
            except Exception as error:  # noqa: BLE001  raised below
                failure = error
                break
            self._hand_over(handed)
            waiting.append(work)
            if len(waiting) > AHEAD:
                yield waiting.popleft(), self._answer()
        while waiting:
            yield waiting.popleft(), self._answer()
        if failure is not None:
            raise failure

    def _hand_over(self, handed: HandedT) -> None:
        """Write a work to the pipe, and take answers meanwhile.

        While this one writes, the other may have to write too before it can read any more.
        """
        if self._works is None or self._answers is None:
            return
        poll = select.poll()
        poll.register(self._works, select.POLLOUT)
        poll.register(self._answers, select.POLLIN)
        left = memoryview(pickle.dumps(handed, pickle.HIGHEST_PROTOCOL))
        try:
            while left:
                for pipe, _ in poll.poll():
                    if pipe == self._answers.fileno():
                        self._receive(self._answers)
                    else:
                        left = left[self._works.write(left) or 0 :]
        except _ENDED:
            self._part()

    def _answer(self) -> AnswerT | None:
        if not self._received and self._answers is not None:
            try:
                self._receive(self._answers)
            except _ENDED:
                self._part()
        return self._received.popleft() if self._received else None

    def _receive(self, answers: BufferedReader) -> None:
        self._received.append(pickle.load(answers))  # noqa: S301  of a process that is this one

    def _part(self) -> None:
        """Hand over no more works, and ask for no more answers."""
        for pipe in (self._works, self._answers):
            if pipe is not None:
                pipe.close()
        self._works = self._answers = None

    def _serve(self, works: FileIO, answers: FileIO) -> NoReturn:
        """Answer until there are no more works, then end without a word."""
        try:
            # What was inherited must not be tidied up here: it is still in use over there.
            gc.freeze()
            self._part()
            reader, writer = BufferedReader(works), BufferedWriter(answers)
            while True:
                answer = self._check(pickle.load(reader))  # noqa: S301  likewise
                pickle.dump(answer, writer, pickle.HIGHEST_PROTOCOL)
                writer.flush()
        finally:
            os._exit(0)


def _pipe() -> tuple[FileIO, FileIO]:
    """A pipe, wide if the system allows: where to read and where to write."""
    read, write = os.pipe()
    # More may not be allowed, or not be left to the user: then one waits for the other more often.
    with suppress(OSError):
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return FileIO(read, "r"), FileIO(write, "w")
