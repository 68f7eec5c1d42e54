"""Exporting a log and verifying the file, which needs nothing else."""

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.installations import Community
from tests.services.verification.both_ways import count_forks, verify_lines
from timebank.errors import UnknownBookError
from timebank.ledger import encoding
from timebank.ledger.hashing import leaf_hash
from timebank.services.export import export_entries
from timebank.services.verification import (
    Report,
    Verdict,
    file,
    second,
    verify_book,
    verify_file,
)

Check = Callable[[bytes], Report]


@pytest.fixture
def lines(full: Community) -> list[bytes]:
    return list(export_entries(full.installation, full.slug))


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Write bytes to a file and verify it."""

    def check_bytes(content: bytes) -> Report:
        path = tmp_path / "log.jsonl"
        path.write_bytes(content)
        return verify_lines(path)

    return check_bytes


def test_an_exported_book_verifies_with_the_same_root(
    full: Community, lines: list[bytes], check: Check
) -> None:
    report = check(b"".join(lines))
    of_book = verify_book(full.installation, full.slug)
    assert report.verdict is Verdict.FINE
    assert (report.size, report.root) == (of_book.size, of_book.root)
    assert all(line.endswith(b"}\n") for line in lines)


def test_exporting_a_book_that_is_not_there(full: Community) -> None:
    with pytest.raises(UnknownBookError):
        next(export_entries(full.installation, "nowhere"))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "log.jsonl, line 1: the file is empty"),
        (b"\x89PNG\r\n\x1a\n", "log.jsonl, line 1: ends with CR LF"),
        (b"A log it is not.\n", "log.jsonl, line 1: not_canonical: not canonical"),
        (b"\n", "log.jsonl, line 1: is empty"),
        (b"x" * 20_000, "log.jsonl, line 1: is over 16384 bytes"),
        (b"x" * 16_385 + b"\n", "log.jsonl, line 1: not_canonical"),
        (b"{}\n", "log.jsonl, line 1: not_canonical"),
    ],
)
def test_a_file_that_is_no_log(check: Check, content: bytes, problem: str) -> None:
    report = check(content)
    assert report.verdict is Verdict.WRONG
    assert problem in str(report.findings[0])


def test_a_file_that_was_cut_off(lines: list[bytes], check: Check) -> None:
    whole = b"".join(lines)
    for cut in (whole[:-1], whole[:-40]):
        report = check(cut)
        assert report.verdict is Verdict.WRONG
        assert f"line {len(lines)}: does not end with a newline" in str(report.findings[0])
        assert report.size == len(lines) - 1


def test_line_ends_of_another_system(lines: list[bytes], check: Check) -> None:
    report = check(b"".join(lines).replace(b"\n", b"\r\n"))
    assert "line 1: ends with CR LF" in str(report.findings[0])


def test_a_changed_line_is_named(lines: list[bytes], check: Check) -> None:
    changed = [*lines]
    changed[40] = changed[40].replace(b'"amount":1', b'"amount":2')
    assert changed != lines
    report = check(b"".join(changed))
    assert "line 42: prev is not the leaf hash" in str(report.findings[0])
    assert report.size == 41
    assert "nothing after that was checked" in report.notes[0]


def test_a_missing_line_is_named(lines: list[bytes], check: Check) -> None:
    report = check(b"".join(lines[:10] + lines[11:]))
    assert "line 11: says that it is entry 11" in str(report.findings[0])


def test_a_kind_it_does_not_know_cannot_be_checked(lines: list[bytes], check: Check) -> None:
    last = lines[-1][:-1]
    start = last.index(b'"prev":"') + 8
    prev = encoding.to_base64(leaf_hash(last)).encode()
    unknown = (last[:start] + prev + last[start + 44 :]).replace(b'"transfer"', b'"barter"')
    unknown = unknown.replace(b'"seq":%d' % (len(lines) - 1), b'"seq":%d' % len(lines))
    report = check(b"".join([*lines, unknown, b"\n"]))
    assert report.verdict is Verdict.CANNOT_CHECK
    assert "barter" in report.obstacle


def with_prev(body: bytes, previous: bytes) -> bytes:
    start = body.index(b'"prev":"') + 8
    return body[:start] + encoding.to_base64(previous).encode() + body[start + 44 :]


def forged(lines: list[bytes], *, against_rules: set[int], against_form: set[int]) -> bytes:
    """A log whose chain is right, with entries that are wrong in themselves."""
    bodies: list[bytes] = []
    for seq, line in enumerate(lines):
        body = with_prev(line[:-1], leaf_hash(bodies[-1])) if seq else line[:-1]
        if seq in against_rules:
            body = body.replace(b'"day":"2026', b'"day":"2099')
        if seq in against_form:
            body = body.replace(b'"day":', b'"day": ')
        bodies.append(body)
    return b"".join(body + b"\n" for body in bodies)


STRETCH = 7  # as conftest.py has it


@pytest.mark.parametrize("first", [0, 1, 3, STRETCH - 1])
@pytest.mark.parametrize("further", [0, 1, 2, STRETCH, 2 * STRETCH, 9 * STRETCH])
def test_the_earliest_fault_is_named_be_it_of_form_or_of_rules(
    lines: list[bytes], check: Check, first: int, further: int
) -> None:
    start = 10 * STRETCH + first
    for form, rules in ((start, start + further), (start + further, start)):
        report = check(forged(lines, against_rules={rules}, against_form={form}))
        (finding,) = report.findings
        assert finding.key == {"line": start + 1}
        assert report.size == start
        assert ("not_canonical" in finding.problem) == (form == start)
        assert ("future" in finding.problem) == (form != start)


def test_what_is_found_by_the_rules_leaves_the_root_of_all_before(
    lines: list[bytes], check: Check
) -> None:
    for fault in (60, 62, 63, 64):
        report = check(forged(lines, against_rules={fault}, against_form=set()))
        assert (report.size, report.root) == (fault, check(b"".join(lines[:fault])).root)


def test_a_second_process_that_dies_costs_nothing_but_time(
    lines: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(lines))
    whole = verify_file(path, processes=1)
    calls: list[int] = []
    checked = file._Form.__call__  # noqa: SLF001  what the second process calls

    def die(form: file._Form, of_stretch: Sequence[bytes]) -> file.Passed:
        calls.append(0)
        if len(calls) == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return checked(form, of_stretch)

    monkeypatch.setattr(file._Form, "__call__", die)  # noqa: SLF001  likewise
    assert verify_file(path, processes=2) == whole
    assert not calls


def test_only_a_large_file_is_worth_a_second_process(
    lines: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(lines))
    forks = count_forks(monkeypatch)
    monkeypatch.setattr(second, "is_worthwhile", lambda: True)
    verify_file(path)
    assert not forks
    monkeypatch.setattr(file, "SHARED_BYTES_MIN", 0)
    verify_file(path)
    assert len(forks) == 1


@pytest.mark.parametrize("processes", [1, 2])
def test_progress_is_told_in_bytes(lines: list[bytes], tmp_path: Path, processes: int) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(lines))
    told: list[tuple[int, int]] = []
    verify_file(path, lambda done, total: told.append((done, total)), processes=processes)
    size = path.stat().st_size
    assert told[-1] == (size, size)
