"""Verifying a file: the entries of a log, one a line, with nothing else to go by."""

from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from timebank.errors import CannotCheckError, LogBrokenError
from timebank.ledger.chain import Chain
from timebank.ledger.encoding import MAX_ENTRY_BYTES
from timebank.ledger.entry import decode_entry, reread_entry
from timebank.ledger.merkle import Edge
from timebank.ledger.registry import standard_registry
from timebank.ledger.replay import Replay
from timebank.services.verification import second
from timebank.services.verification.report import Findings, Progress, Report
from timebank.services.verification.second import Second
from timebank.store.spool import Spooled

STRETCH: Final = 500
"""How many lines are read at a time; a line has at most 16 KiB."""

SHARED_BYTES_MIN: Final = 1_000_000
"""How large a file is for which it pays to start a second process."""

_LINE_BYTES_MAX: Final = MAX_ENTRY_BYTES + 2
_EARLIER: Final = 256

Lines = Sequence[bytes]
Passed = tuple[str, bytes, int, bytes]
"""Where the chain is after lines that are well formed: origin, last leaf, size and edge."""


def verify_file(
    path: Path, progress: Progress | None = None, *, processes: int | None = None
) -> Report:
    """Replay the log in a file, without keys: what anybody can check. Raises OSError.

    The first line that cannot be right ends it, since whatever follows hangs on it. ``progress``
    is told bytes. ``processes`` is 1 or 2, which changes nothing but how long it takes; None
    leaves it to what pays.
    """
    findings = Findings()
    with path.open("rb") as lines, path.open("rb") as earlier, Spooled() as spooled:
        log = _LogFile(lines, earlier, path.stat().st_size, spooled)
        try:
            log.replay_all(progress, processes)
        except CannotCheckError as error:
            findings.obstacle = str(error)
        except LogBrokenError as error:
            findings.add(path.name, {"line": error.seq + 1}, "", error.reason)
        if findings.count or findings.obstacle:
            findings.note("nothing after that was checked, since each entry hangs on those before")
    replay = log.replay
    return Report(
        size=replay.state.size,
        replayed=replay.state.size,
        root=replay.root().hex(),
        findings=tuple(findings.kept),
        finding_count=findings.count,
        obstacle=findings.obstacle,
        notes=tuple(findings.notes),
    )


class _Form:
    """Checks lines by their bytes alone, which is what a second process does ahead."""

    def __init__(self) -> None:
        self._chain = Chain("")

    def __call__(self, lines: Lines) -> Passed:
        """Tell where the chain is after these lines. Raises LogBrokenError, CannotCheckError."""
        chain = self._chain
        for line in lines:
            body = _body_of(line, chain.size)
            chain.read(body)
            chain.append(body)
        return chain.origin, chain.previous, chain.size, chain.edge().to_bytes()


class _LogFile:
    """The entries of a file, read in order by one handle and looked up again by another."""

    def __init__(
        self, lines: BinaryIO, earlier: BinaryIO, total_bytes: int, spooled: Spooled
    ) -> None:
        self._lines = lines
        self._earlier = earlier
        self._total_bytes = total_bytes
        self._replayed_bytes = 0
        body = lru_cache(maxsize=_EARLIER)(self._find)
        self.replay = Replay(
            standard_registry(),
            earlier_body=body,
            names=spooled.names,
            arrivals=spooled.arrivals,
        )

    def replay_all(self, progress: Progress | None, processes: int | None) -> None:
        """Replay line by line. Raises LogBrokenError, CannotCheckError."""
        if processes is None:
            pays = self._total_bytes >= SHARED_BYTES_MIN and second.is_worthwhile()
            processes = 2 if pays else 1
        if processes > 1:
            with Second(_Form()) as other:
                self._replay_stretches(other.checked(self._stretches()), progress)
        else:
            self._replay_stretches(second.alone(self._stretches()), progress)
        if not self.replay.state.size:
            raise LogBrokenError(0, "the file is empty, and a log has at least one entry")

    def _replay_stretches(
        self, stretches: Iterator[tuple[Lines, Passed | None]], progress: Progress | None
    ) -> None:
        for lines, passed in stretches:
            if passed is None:
                self._feed(lines)
            else:
                self._fold(lines, passed)
            if progress:
                progress(self._replayed_bytes, self._total_bytes)

    def _stretches(self) -> Iterator[tuple[Lines, Lines]]:
        """Read all lines, a stretch at a time, all of which is handed over."""
        lines = iter(partial(self._lines.readline, _LINE_BYTES_MAX), b"")
        while stretch := list(islice(lines, STRETCH)):
            yield stretch, stretch

    def _feed(self, lines: Lines) -> None:
        """Replay lines of which nothing is known."""
        for line in lines:
            self.replay.feed(_body_of(line, self.replay.state.size))
            self._replayed_bytes += len(line)

    def _fold(self, lines: Lines, passed: Passed) -> None:
        """Replay lines that are well formed, whose chain is known to its end."""
        replay, first = self.replay, self.replay.state.size
        try:
            for line in lines:
                replay.fold(reread_entry(line))
                self._replayed_bytes += len(line)
        except (CannotCheckError, LogBrokenError):
            for line in lines[: replay.state.size - first]:
                replay.chain.append(line[:-1])
            raise
        origin, previous, size, edge = passed
        replay.chain = Chain(origin, previous, Edge.from_bytes(size, edge))

    def _find(self, seq: int) -> bytes:
        """Find the bytes of an entry among those replayed, whose seqs rise line by line."""
        low, high = 0, self._replayed_bytes
        while low < high:
            middle = self._line_start(low, (low + high) // 2)
            line = self._earlier.readline()
            found = decode_entry(line[:-1]).seq
            if found == seq:
                return line[:-1]
            if found < seq:
                low = middle + len(line)
            else:
                high = middle
        raise LogBrokenError(seq, "is not in the file any more")

    def _line_start(self, low: int, offset: int) -> int:
        """Go to the start of the line that ``offset`` lies in; ``low`` is the start of one."""
        start = max(low, offset - _LINE_BYTES_MAX)
        self._earlier.seek(start)
        before = self._earlier.read(offset - start)
        found = before.rfind(b"\n")
        start = low if found < 0 else start + found + 1
        self._earlier.seek(start)
        return start


def _body_of(line: bytes, seq: int) -> bytes:
    """The line without its end. Raises LogBrokenError where it is no line of a log."""
    body = line[:-1]
    if not body or not line.endswith(b"\n") or body.endswith(b"\r"):
        raise LogBrokenError(seq, _why_no_line(line))
    return body


def _why_no_line(line: bytes) -> str:
    """Say why these bytes cannot be an entry with its line end."""
    if not line.endswith(b"\n"):
        if len(line) == _LINE_BYTES_MAX:
            return f"is over {MAX_ENTRY_BYTES} bytes, so it is no entry; is this a log?"
        return "does not end with a newline: the file was cut off"
    if line.endswith(b"\r\n"):
        return "ends with CR LF: the file was altered on its way, a log has LF alone"
    return "is empty"
