"""Importing members."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.installations import Community
from tests.services.imports.conftest import Told, Write
from timebank.errors import MalformedError, UnknownBookError
from timebank.services import forgetting
from timebank.services.imports import Imported, import_members
from timebank.services.members import find_member
from timebank.services.verification import Verdict, verify_book
from timebank.store.books import find_book, read_head
from timebank.store.database import reading

HEADER = "member,joined,name,area,phone"


def run(community: Community, path: Path, told: Told, *, dry_run: bool = False) -> Imported:
    return import_members(
        community.installation, community.slug, path, told.reporter, dry_run=dry_run
    )


def size(community: Community) -> int:
    with reading(community.installation.engine) as connection:
        book = find_book(connection, community.slug)
        return read_head(connection, book.book_id).size


def test_members_are_enrolled_with_all_that_is_known_of_them(
    community: Community, write: Write, told: Told
) -> None:
    path = write(HEADER, "m-1,2025-12-31,陈静,一号楼,138", "m-2,2026-02-01,,,")
    before = size(community)
    imported = run(community, path, told)
    assert imported == Imported(rows=2, written=2)
    assert told.rows == []
    assert told.progress[-1] == (2, 2)
    first = find_member(community.installation, community.slug, number="m-1")
    assert (first.name, dict(first.contact)) == ("陈静", {"area": "一号楼", "phone": "138"})
    assert first.enrolled == before
    second = find_member(community.installation, community.slug, number="m-2")
    assert (second.name, dict(second.contact)) == ("m-2", {})
    assert verify_book(community.installation, community.slug).verdict is Verdict.FINE


def test_carriers_and_stalls_are_enrolled_by_a_column_of_their_own(
    community: Community, write: Write, told: Told
) -> None:
    rows = ("s-1,2025-12-31,stall", "c-1,2025-12-31,carrier", "m-1,2025-12-31,")
    assert run(community, write("member,joined,holder", *rows), told).written == 3
    kinds = [
        find_member(community.installation, community.slug, number=number).kind
        for number in ("s-1", "c-1", "m-1")
    ]
    assert kinds == ["stall", "carrier", "member"]
    assert run(community, write("member,joined", "m-1,2025-12-31"), told).repeated == 1
    assert told.rows == []
    run(community, write("member,joined,holder", "m-2,2025-12-31,shop"), told)
    assert [(row.line, row.reason) for row in told.rows] == [
        (2, "holder: must be one of member, carrier, stall")
    ]


def test_the_same_file_again_changes_nothing(
    community: Community, write: Write, told: Told
) -> None:
    path = write(HEADER, "m-1,2025-12-31,陈静,,", "m-2,2025-12-31,李明,,")
    run(community, path, told)
    before = size(community)
    assert run(community, path, told) == Imported(rows=2, repeated=2)
    longer = write(
        HEADER, "m-3,2025-12-31,何平,,", "m-1,2025-12-31,陈静,,", "m-2,2025-12-31,李明,,"
    )
    assert run(community, longer, told) == Imported(rows=3, written=1, repeated=2)
    assert size(community) == before + 1


def test_a_dry_run_writes_nothing(community: Community, write: Write, told: Told) -> None:
    before = size(community)
    path = write(HEADER, "m-1,2025-12-31,陈静,,")
    assert run(community, path, told, dry_run=True) == Imported(rows=1)
    assert size(community) == before


def test_every_bad_row_is_told_and_nothing_is_written(
    community: Community, write: Write, told: Told
) -> None:
    before = size(community)
    path = write(
        HEADER,
        "m-1,2025-12-31,陈静,,",
        ",2025-12-31,无号,,",
        "m-3,31.12.2025,何平,,",
        "m-4,2026-03-02,未来,,",
        "issued,2025-12-31,发行,,",
        "groups:choir,2025-12-31,合唱队,,",
        "m-1,2025-12-31,又一个,,",
        "0001,2025-12-31,王,,",
        "m-9,2025-12-31,短",
        f"m-10,2025-12-31,{'长' * 501},,",
        f"{'9' * 65},2025-12-31,何平,,",
        'm-12,2025-12-31,"两\n行",,',
    )
    assert run(community, path, told) == Imported(rows=11, bad=11)
    assert size(community) == before
    lines = dict(row.split(": ", 1) for row in told.text.split("\n"))
    assert set(lines) == {str(line) for line in range(3, 14)}
    assert lines["3"].startswith("member: must have 1 to 64 characters")
    assert lines["4"].startswith("joined: must be a day")
    assert "in the future" in lines["5"]
    assert "means an account" in lines["6"]
    assert "means an account" in lines["7"]
    assert lines["8"] == "stands in line 2 already"
    assert lines["9"] == "there is a member 0001 already"
    assert lines["10"] == "has 3 columns where the header has 5"
    assert lines["11"].startswith("name: must have")
    assert lines["13"].startswith("name: ")


def test_a_member_imported_before_with_other_content_is_a_conflict(
    community: Community, write: Write, told: Told
) -> None:
    run(community, write(HEADER, "m-1,2025-12-31,陈静,,"), told)
    assert run(community, write(HEADER, "m-1,2025-12-30,陈静,,"), told).bad == 1
    assert told.text == "2: was imported before with other content"


def test_somebody_forgotten_does_not_come_back_by_a_repeated_import(
    community: Community, write: Write, told: Told
) -> None:
    path = write(HEADER, "m-1,2025-12-31,陈静,,")
    run(community, path, told)
    member = find_member(community.installation, community.slug, number="m-1")
    forgetting.forget(community.installation, community.slug, member.member_id, by=("system",))
    assert run(community, path, told).bad == 1
    assert "was imported before" in told.text


def test_a_column_that_cannot_be_kept(community: Community, write: Write, told: Told) -> None:
    run(community, write("member,joined,phone number", "m-1,2025-12-31,138"), told)
    assert "contact" in told.text


def test_a_header_or_a_book_that_is_not_there(
    community: Community, write: Write, told: Told
) -> None:
    with pytest.raises(MalformedError, match="lacks joined"):
        run(community, write("member,name"), told)
    with pytest.raises(UnknownBookError):
        run(replace(community, slug="nowhere"), write(HEADER, "m-1,2025-12-31,陈静,,"), told)
