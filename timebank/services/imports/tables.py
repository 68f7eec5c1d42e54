"""CSV files as people make them: UTF-8, a header, one row a line, quotes where needed."""

import csv
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from unicodedata import normalize

from timebank.errors import MalformedError

CELL_CHARACTERS_MAX: Final = 10_000
LINE_BYTES_MAX: Final = 1_048_576


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be imported: the line it begins on, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row by the names in the header; cells are trimmed and in Unicode normal form C."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns a file must have, and which it may; None: any others."""

    required: tuple[str, ...]
    optional: tuple[str, ...] | None = None


def read_rows(path: Path, columns: Columns) -> Iterator[Row | BadRow]:
    """Read a file row by row. Raises MalformedError about the header, and OSError.

    Empty lines are left out. Where the file cannot be read on, the last item says so.
    """
    with path.open("rb") as file:
        yield from _read(file, columns)


def _read(file: BinaryIO, columns: Columns) -> Iterator[Row | BadRow]:
    reader = csv.reader(_lines(file), strict=True)
    line = 1
    try:
        header = [_clean(name) for name in next(reader, [])]
        _check_header(header, columns)
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                yield _to_row(line, header, cells)
            line = reader.line_num + 1
    except UnicodeDecodeError:
        yield BadRow(line, "is not UTF-8; the file cannot be read on from here")
    except csv.Error as error:
        yield BadRow(line, f"is no CSV ({error}); the file cannot be read on from here")


def _lines(file: BinaryIO) -> Iterator[str]:
    """Decode line by line, so that it can be said which one is wrong."""
    start = file.read(len(BOM_UTF8))
    file.seek(len(BOM_UTF8) if start == BOM_UTF8 else 0)
    while line := file.readline(LINE_BYTES_MAX):
        if len(line) == LINE_BYTES_MAX:
            raise csv.Error(f"a line of over {LINE_BYTES_MAX} bytes")
        yield line.decode()


def _check_header(header: Sequence[str], columns: Columns) -> None:
    missing = [name for name in columns.required if name not in header]
    if missing:
        raise MalformedError("header", f"lacks {', '.join(missing)}")
    if len(set(header)) < len(header):
        raise MalformedError("header", "names a column twice")
    if columns.optional is None:
        return
    unknown = [name for name in header if name not in columns.required + columns.optional]
    if unknown:
        raise MalformedError("header", f"has columns that mean nothing: {', '.join(unknown)}")


def _to_row(line: int, header: Sequence[str], cells: Sequence[str]) -> Row | BadRow:
    if len(cells) != len(header):
        return BadRow(line, f"has {len(cells)} columns where the header has {len(header)}")
    if any(len(cell) > CELL_CHARACTERS_MAX for cell in cells):
        return BadRow(line, f"has over {CELL_CHARACTERS_MAX} characters in a column")
    return Row(line, dict(zip(header, map(_clean, cells), strict=True)))


def _clean(cell: str) -> str:
    return cell.strip() if cell.isascii() else normalize("NFC", cell).strip()
