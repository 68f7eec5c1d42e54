"""Members from a CSV file: ``member``, ``joined``, and whatever else is known of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, get_args

import msgspec

from timebank.errors import MalformedError, TimebankError
from timebank.ledger import encoding
from timebank.services import members
from timebank.services.imports.importing import (
    ISSUED,
    Import,
    Imported,
    Item,
    Reporter,
    check_day,
    check_text,
)
from timebank.services.imports.tables import BadRow, Columns, Row
from timebank.services.installation import Installation
from timebank.services.members import MAX_NUMBER_CHARACTERS, Enrolment, Kind
from timebank.services.posting import Idempotency, Posted

BY: Final = ("system",)
_MEMBER: Final = "member"
_LEDGER: Final = ("member", "joined", "name", "holder")


def import_members(
    installation: Installation, slug: str, path: Path, reporter: Reporter, *, dry_run: bool = False
) -> Imported:
    """Enrol the members in a file, each on the day they joined.

    ``member`` is the association's own number; ``name`` the name, which is the number where there
    is no such column; ``holder`` is ``carrier`` or ``stall`` for these, and may be left out for
    members. All other columns are kept in the encrypted contact record. Raises MalformedError
    about the header, UnknownBookError, OSError.
    """
    sort = _Members(installation, slug)
    return Import(installation, slug, path, sort, reporter).run(dry_run=dry_run)


class _Members:
    """Rows that are members."""

    columns: Final = Columns(required=("member", "joined"))
    path: Final = "members"

    def __init__(self, installation: Installation, slug: str) -> None:
        self._installation = installation
        self._slug = slug

    def parse(self, row: Row) -> Item[Enrolment]:
        """Read a member. Raises MalformedError."""
        number, joined = row.cells["member"], row.cells["joined"]
        check_text("member", number, MAX_NUMBER_CHARACTERS)
        if is_reserved(number):
            raise MalformedError("member", f"{number} means an account, not a member")
        check_day("joined", joined)
        name = row.cells.get("name") or number
        contact = {
            column: cell for column, cell in row.cells.items() if column not in _LEDGER and cell
        }
        members.check_contact(name, contact)
        kind = _kind_of(row.cells.get("holder") or _MEMBER)
        # A member says what it said before there were others in such files.
        other = () if kind == _MEMBER else (kind,)
        content = encoding.encode(
            [number, joined, name, [list(pair) for pair in contact.items()], *other]
        )
        enrolment = Enrolment(number=number, name=name, kind=kind, contact=contact, day=joined)
        return Item(row.line, f"member:{number}", joined, content, enrolment)

    def problems(self, items: Sequence[Item[Enrolment]]) -> Iterator[BadRow]:
        """Numbers that somebody has who was not imported."""
        numbers = [item.value.number for item in items]
        taken = members.find_member_ids(self._installation, self._slug, numbers)
        for item in items:
            if item.value.number in taken:
                yield BadRow(item.line, f"there is a member {item.value.number} already")

    def post(
        self, items: Sequence[tuple[Item[Enrolment], Idempotency]]
    ) -> list[Posted | TimebankError]:
        """Enrol them."""
        enrolments = [(item.value, idempotency) for item, idempotency in items]
        return members.enrol_batch(self._installation, self._slug, enrolments, by=BY)


def _kind_of(text: str) -> Kind:
    try:
        kind: Kind = msgspec.convert(text, Kind)
    except msgspec.ValidationError as error:
        raise MalformedError("holder", f"must be one of {', '.join(get_args(Kind))}") from error
    return kind


def is_reserved(number: str) -> bool:
    """Whether it stands for an account in transfers, so that no member may have it as number."""
    return number == ISSUED or number.startswith("groups:")
