"""Verifying a file: the entries of a log, one a line, with nothing else to go by."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Final

from timebank.errors import CannotCheckError, LogBrokenError
from timebank.ledger.encoding import MAX_ENTRY_BYTES
from timebank.ledger.entry import decode_entry
from timebank.ledger.registry import standard_registry
from timebank.ledger.replay import Replay
from timebank.services.verification.report import Findings, Progress, Report
from timebank.store.spool import Spooled

_LINE_BYTES_MAX: Final = MAX_ENTRY_BYTES + 2
_EARLIER: Final = 256
_PROGRESS_EVERY: Final = 1_000


def verify_file(path: Path, progress: Progress | None = None) -> Report:
    """Replay the log in a file, without keys: what anybody can check. Raises OSError.

    The first line that cannot be right ends it, since whatever follows hangs on it. ``progress``
    is told bytes.
    """
    findings = Findings()
    with path.open("rb") as lines, path.open("rb") as earlier, Spooled() as spooled:
        log = _LogFile(lines, earlier, path.stat().st_size, spooled)
        try:
            log.replay_all(progress)
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

    def replay_all(self, progress: Progress | None) -> None:
        """Replay line by line. Raises LogBrokenError, CannotCheckError."""
        for number, body in enumerate(self._bodies()):
            self.replay.feed(body)
            self._replayed_bytes += len(body) + 1
            if progress and number % _PROGRESS_EVERY == 0:
                progress(self._replayed_bytes, self._total_bytes)
        if not self.replay.state.size:
            raise LogBrokenError(0, "the file is empty, and a log has at least one entry")
        if progress:
            progress(self._replayed_bytes, self._total_bytes)

    def _bodies(self) -> Iterator[bytes]:
        """The lines without their ends; a line that is none raises LogBrokenError."""
        while line := self._lines.readline(_LINE_BYTES_MAX):
            body = line[:-1]
            if not body or not line.endswith(b"\n") or body.endswith(b"\r"):
                raise LogBrokenError(self.replay.state.size, _why_no_line(line))
            yield body

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


def _why_no_line(line: bytes) -> str:
    """Say why these bytes cannot be an entry with its line end."""
    if not line.endswith(b"\n"):
        if len(line) == _LINE_BYTES_MAX:
            return f"is over {MAX_ENTRY_BYTES} bytes, so it is no entry; is this a log?"
        return "does not end with a newline: the file was cut off"
    if line.endswith(b"\r\n"):
        return "ends with CR LF: the file was altered on its way, a log has LF alone"
    return "is empty"
