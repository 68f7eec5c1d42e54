"""The list of the forgotten: nothing that was written to it is lost."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from timebank.errors import ConfigurationError
from timebank.store.forgotten import FILE_NAME, Forgotten, append, read

ADA = Forgotten("example.org/log/a", b"a" * 32)
BOB = Forgotten("example.org/log/b", b"b" * 32)


def test_nobody_is_forgotten_at_first(tmp_path: Path) -> None:
    assert read(tmp_path) == []


def test_the_forgotten_are_listed_in_order(tmp_path: Path) -> None:
    for forgotten in (BOB, ADA, BOB):
        append(tmp_path, forgotten)
    assert read(tmp_path) == [BOB, ADA, BOB]


def test_lines_are_canonical_json_for_the_owner_only(tmp_path: Path) -> None:
    append(tmp_path / "home", ADA)
    path = tmp_path / "home" / FILE_NAME
    assert path.read_bytes() == (
        b'{"key_hash":"YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=","origin":"example.org/log/a"}\n'
    )
    assert path.stat().st_mode & 0o777 == 0o600


def test_line_cut_off_by_a_power_cut_does_not_count(tmp_path: Path) -> None:
    append(tmp_path, ADA)
    path = tmp_path / FILE_NAME
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:-1])
    assert read(tmp_path) == [ADA]
    append(tmp_path, BOB)
    assert read(tmp_path) == [ADA, BOB]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"forgotten",
        b"[]",
        b"{}",
        b'{"key_hash":"YQ==","origin":"a"}',
        b'{"key_hash":1,"origin":"a"}',
        b'{"key_hash":"YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=","origin":"a","who":"b"}',
    ],
)
def test_line_of_something_else_is_refused_by_its_number(tmp_path: Path, line: bytes) -> None:
    append(tmp_path, ADA)
    with (tmp_path / FILE_NAME).open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(ConfigurationError, match=f"{FILE_NAME}:2"):
        read(tmp_path)


def test_lines_written_at_once_do_not_mix(tmp_path: Path) -> None:
    everybody = [Forgotten("example.org/log/a", bytes([n]) * 32) for n in range(64)]
    with ThreadPoolExecutor(16) as pool:
        for done in [pool.submit(append, tmp_path, each) for each in everybody]:
            done.result()
    assert sorted(read(tmp_path), key=lambda each: each.key_hash) == everybody
