"""Backup files: what a backup looks like byte by byte, and how one appears whole or not at all.

A persisted format, so a change gets a new first line, and all older ones stay readable.

=========  ================================================================================
part       bytes
=========  ================================================================================
first      ``timebank backup 1`` 0A
frame      length (4, big-endian) ‖ zlib of a MessagePack value; as many as there are
end        00 00 00 00
sum        SHA-256 of all that precedes (32)
seal       HMAC-SHA256 of the sum under a key made from the installation key (32)
=========  ================================================================================

The first frame is the :class:`Header`, the last a :class:`Footer`, and each between them is a pair:
the place of a table in the header, and rows of it, each an array of the columns' values. The sum
finds what was cut off or damaged; the seal is for what somebody changed, and tells a backup of
this installation from one of another. A backup can be checked and read by whoever has it, so
all that is private in it is encrypted already: it is rows as they are stored.
"""

import errno
import fcntl
import hmac
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

import msgspec

from timebank.errors import BackupError
from timebank.store.files import sync_folder

FIRST_LINE: Final = b"timebank backup 1\n"
Part = Literal["books", "keys"]
Rows = list[list[Any]]

_SUM_BYTES: Final = 32
_LENGTH_BYTES: Final = 4
_CHUNK_BYTES: Final = 1024 * 1024
_COMPRESSION: Final = 1  # Higher ones take thrice the time for a tenth of the size.
_PARTIAL: Final = ".timebank-backup-{part}.partial"

_NO_LINKS: Final = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP}
"""What file systems without links say, such as those of memory sticks."""

_encode: Final = msgspec.msgpack.Encoder().encode

Seal = Callable[[bytes], bytes]
"""Makes the seal of a sum (``Vault.backup_seal``)."""

Progress = Callable[[int, int], None]
"""Told how much is done, and of how much; 0 where that is not known."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is: which part, when it was begun, by which version, at which revision.

    ``tables`` are names with those of their columns, in the order in which they can be loaded.
    """

    part: Part
    made: str
    version: str
    revision: str
    tables: tuple[tuple[str, tuple[str, ...]], ...]


class Footer(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows of each table there are, in the order of the header."""

    rows: tuple[int, ...]


@dataclass(slots=True)
class Writer:
    """Writes one backup file, frame by frame."""

    file: BinaryIO
    header: Header
    counts: list[int] = field(init=False)
    digest: Any = field(init=False)
    size_bytes: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Write the beginning."""
        self.counts = [0] * len(self.header.tables)
        self.digest = sha256()
        self._write(FIRST_LINE)
        self._write_frame(self.header)

    def add(self, table: int, rows: Sequence[Sequence[Any]]) -> None:
        """Write rows of the table in this place of the header."""
        self.counts[table] += len(rows)
        self._write_frame((table, rows))

    def finish(self, seal: Seal) -> bytes:
        """Write the end, and have all of it on the disk; give the sum."""
        self._write_frame(Footer(rows=tuple(self.counts)))
        self._write(bytes(_LENGTH_BYTES))
        total: bytes = self.digest.digest()
        self._write(total)
        self._write(seal(total))
        self.file.flush()
        os.fsync(self.file.fileno())
        return total

    def _write_frame(self, value: object) -> None:
        packed = zlib.compress(_encode(value), _COMPRESSION)
        self._write(len(packed).to_bytes(_LENGTH_BYTES) + packed)

    def _write(self, data: bytes) -> None:
        self.digest.update(data)
        self.size_bytes += len(data)
        self.file.write(data)


@contextmanager
def appearing(paths: dict[Part, Path]) -> Iterator[dict[Part, BinaryIO]]:
    """Open files that have these names when the block ends well, and of which else nothing stays.

    They are written under other names, of which the next backup removes what a kill left, so that
    there is at most one of each. Only their owner may read them. Raises :class:`BackupError` where
    a file is there already, or another backup is being written into the same folder.
    """
    with _held(paths) as partials:
        files: dict[Part, BinaryIO] = {}
        try:
            for part, partial in partials.items():
                partial.unlink(missing_ok=True)  # It could be a link, or open to others.
                descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
                files[part] = os.fdopen(descriptor, "wb")
            yield files
        finally:
            for file in files.values():
                file.close()
        _name(partials, paths)


@contextmanager
def _held(paths: dict[Part, Path]) -> Iterator[dict[Part, Path]]:
    """Hold the folders of these files, and remove in the end what is unfinished in them."""
    folders = {path.parent for path in paths.values()}
    held = [os.open(folder, os.O_RDONLY) for folder in sorted(folders)]
    try:
        for folder in held:
            _hold(folder, paths)
        for path in paths.values():
            _check_free(path)
        partials = {part: path.parent / _PARTIAL.format(part=part) for part, path in paths.items()}
        try:
            yield partials
        finally:
            for partial in partials.values():
                partial.unlink(missing_ok=True)
    finally:
        for folder in held:
            os.close(folder)


class Reader:
    """Reads one backup file; its sum and seal are checked before anything else is done with it."""

    def __init__(self, path: Path, part: Part, seal: Seal, progress: Progress) -> None:
        """Check the file. Raises :class:`BackupError` where it is not a sound backup of ours."""
        self._path = path
        self._progress = progress
        self.size_bytes, self.sum = self._check(seal)
        self.header = self._convert(next(self._frames(), None), Header)
        if self.header.part != part:
            raise BackupError(str(path), f"is the part {self.header.part}, not {part}")

    def rows(self) -> Iterator[tuple[int, Rows]]:
        """Give the rows a frame at a time, each with the place of its table in the header."""
        counts = [0] * len(self.header.tables)
        frames = self._frames()
        next(frames)
        footer = None
        for frame in frames:
            if isinstance(frame, dict):
                footer = self._convert(frame, Footer)
                continue
            table, rows = self._convert(frame, tuple[int, Rows])
            if table >= len(counts):
                raise self._broken()
            counts[table] += len(rows)
            yield table, rows
        if footer is None or footer.rows != tuple(counts):
            raise self._broken()

    def _check(self, seal: Seal) -> tuple[int, bytes]:
        """Hold the file against its sum and its seal; give its size and its sum."""
        size = self._path.stat().st_size
        digest = sha256()
        with self._path.open("rb") as file:
            if file.read(len(FIRST_LINE)) != FIRST_LINE:
                raise BackupError(str(self._path), "is no backup, or one of a newer version")
            digest.update(FIRST_LINE)
            left = size - len(FIRST_LINE) - 2 * _SUM_BYTES
            while left > 0 and (chunk := file.read(min(left, _CHUNK_BYTES))):
                digest.update(chunk)
                left -= len(chunk)
                self._progress(file.tell(), size)
            total, sealed = file.read(_SUM_BYTES), file.read(_SUM_BYTES)
        if not hmac.compare_digest(total, digest.digest()):
            raise BackupError(str(self._path), "is damaged or was cut off: its sum is another")
        if not hmac.compare_digest(sealed, seal(total)):
            reason = "was made with another installation key, or somebody changed it"
            raise BackupError(str(self._path), reason)
        return size, total

    def _frames(self) -> Iterator[Any]:
        with self._path.open("rb") as file:
            file.seek(len(FIRST_LINE))
            while length := int.from_bytes(file.read(_LENGTH_BYTES)):
                self._progress(file.tell(), self.size_bytes)
                try:
                    yield msgspec.msgpack.decode(zlib.decompress(file.read(length)))
                except (zlib.error, msgspec.DecodeError) as error:
                    raise self._broken() from error

    def _convert(self, value: Any, type_: Any) -> Any:  # noqa: ANN401  whatever a frame holds
        try:
            return msgspec.convert(value, type_, strict=True)
        except msgspec.ValidationError as error:
            raise self._broken() from error

    def _broken(self) -> BackupError:
        return BackupError(str(self._path), "is sound but cannot be understood")


def _hold(folder: int, paths: dict[Part, Path]) -> None:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        reason = "another backup is being written into this folder"
        raise BackupError(str(paths["books"]), reason) from error


def _check_free(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise BackupError(str(path), "is there already, and backups are never overwritten")


def _name(partials: dict[Part, Path], paths: dict[Part, Path]) -> None:
    """Give files their names, the keys first, so that no backup is ever without its keys."""
    named: list[Path] = []
    try:
        for part in sorted(paths, reverse=True):
            _move(partials[part], paths[part])
            named.append(paths[part])
    except OSError:
        for path in named:
            with suppress(OSError):
                path.unlink()
        raise
    for folder in {path.parent for path in paths.values()}:
        sync_folder(folder)


def _move(partial: Path, path: Path) -> None:
    """Give a file its name, unless another has it."""
    try:
        path.hardlink_to(partial)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _check_free(path)
        partial.rename(path)
