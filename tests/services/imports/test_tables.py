"""Reading CSV files as people make them."""

from pathlib import Path

import pytest

from timebank.errors import MalformedError
from timebank.services.imports.tables import BadRow, Columns, Row, read_rows

COLUMNS = Columns(required=("a", "b"), optional=("c",))


def read(path: Path, content: bytes, columns: Columns = COLUMNS) -> list[Row | BadRow]:
    path /= "file.csv"
    path.write_bytes(content)
    return list(read_rows(path, columns))


def test_cells_are_trimmed_and_in_one_normal_form(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbfb, a\r\n" + "e\u0301 ,  一 \r\n".encode()
    assert read(tmp_path, content) == [Row(2, {"a": "一", "b": "é"})]


def test_lines_count_also_within_quotes_and_when_empty(tmp_path: Path) -> None:
    rows = read(tmp_path, b'a,b\n\n"x\ny",2\n3,4\n')
    assert [(row.line, row.cells["b"]) for row in rows if isinstance(row, Row)] == [
        (3, "2"),
        (5, "4"),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "lacks a, b"),
        (b"a\n1\n", "lacks b"),
        (b"a,b,a\n", "names a column twice"),
        (b"a,b,d,e\n", "has columns that mean nothing: d, e"),
    ],
)
def test_a_header_that_will_not_do(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(MalformedError, match=f"header: {reason}"):
        read(tmp_path, content)


def test_other_columns_may_be_welcome(tmp_path: Path) -> None:
    assert read(tmp_path, b"a,b,d\n1,2,3\n", Columns(("a", "b"))) == [
        Row(2, {"a": "1", "b": "2", "d": "3"})
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a,b\n1\n1,2\n", ["has 1 columns where the header has 2"]),
        (b"a,b\n1,2,3\n", ["has 3 columns where the header has 2"]),
        (b"a,b\n1,%s\n" % (b"x" * 10_001), ["has over 10000 characters in a column"]),
        (b"a,b\n1,%s\n3,4\n" % (b"x" * 200_000), ["is no CSV (field larger than field limit"]),
        (b'a,b\n1,"2"3\n', ["is no CSV ("]),
        (b"a,b\n1,%s" % (b"x" * 2_000_000), ["is no CSV (a line of over 1048576 bytes)"]),
        (b"a,b\n1,\xff\n3,4\n", ["is not UTF-8; the file cannot be read on from here"]),
    ],
)
def test_rows_that_are_none(tmp_path: Path, content: bytes, expected: list[str]) -> None:
    bad = [row for row in read(tmp_path, content) if isinstance(row, BadRow)]
    assert len(bad) == len(expected)
    for row, reason in zip(bad, expected, strict=True):
        assert row.line == 2
        assert row.reason.startswith(reason)
