"""Transfers from a CSV file: ``reference``, ``date``, ``payer``, ``payee``, ``amount``, ``unit``.

Payer and payee are members by the association's own numbers, or a group by the code of its
account. What ``issued`` pays is an issue, what is paid to it a reclaim.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from timebank.errors import MalformedError, TimebankError, UnknownCommodityError
from timebank.flows.command import Command
from timebank.flows.movements import Issue, Reclaim, Transfer
from timebank.ledger import encoding
from timebank.ledger.amounts import parse_amount
from timebank.ledger.codes import join_reference
from timebank.ledger.model import Commodity, Leg
from timebank.services import members
from timebank.services.chart import list_commodities
from timebank.services.imports.importing import (
    ISSUED,
    Import,
    Imported,
    Item,
    Reporter,
    check_day,
    check_text,
)
from timebank.services.imports.members import BY, is_reserved
from timebank.services.imports.tables import BadRow, Columns, Row
from timebank.services.installation import Installation
from timebank.services.posting import Idempotency, Posted, Posting, post_batch

REFERENCE_CHARACTERS_MAX: Final = 100
REASON_CHARACTERS_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Payment:
    """One row: who paid whom how much, in smallest units, and for what."""

    reference: str
    day: str
    payer: str
    payee: str
    amount: int
    unit: str
    reason: str

    def members(self) -> Iterator[str]:
        """The numbers of the members who take part."""
        return (party for party in (self.payer, self.payee) if not is_reserved(party))

    def command(self, member_ids: Mapping[str, str]) -> Command:
        """The command that posts it."""
        leg = Leg(
            amount=self.amount,
            commodity=self.unit,
            from_=_reference(self.payer, member_ids),
            to=_reference(self.payee, member_ids),
        )
        kind = Issue if self.payer == ISSUED else Reclaim if self.payee == ISSUED else Transfer
        return kind(legs=(leg,), day=self.day, memo=self.reason, reference=self.reference)


def import_transfers(
    installation: Installation, slug: str, path: Path, reporter: Reporter, *, dry_run: bool = False
) -> Imported:
    """Post the transfers in a file, each with its own day; ``reason`` may be left out.

    Where a row is refused, nothing after its batch of 1,000 is posted. Raises MalformedError about
    the header, UnknownBookError, OSError.
    """
    sort = _Transfers(installation, slug)
    return Import(installation, slug, path, sort, reporter).run(dry_run=dry_run)


class _Transfers:
    """Rows that are transfers."""

    columns: Final = Columns(
        required=("reference", "date", "payer", "payee", "amount", "unit"), optional=("reason",)
    )
    path: Final = "transfers"

    def __init__(self, installation: Installation, slug: str) -> None:
        self._installation = installation
        self._slug = slug
        self._commodities: dict[str, Commodity] = {
            commodity.code: commodity for commodity in list_commodities(installation, slug)
        }

    def parse(self, row: Row) -> Item[Payment]:
        """Read a transfer. Raises MalformedError, UnknownCommodityError."""
        cells = row.cells
        check_text("reference", cells["reference"], REFERENCE_CHARACTERS_MAX)
        check_day("date", cells["date"])
        _check_parties(cells["payer"], cells["payee"])
        reason = cells.get("reason", "")
        if reason:
            check_text("reason", reason, REASON_CHARACTERS_MAX)
        payment = Payment(
            reference=cells["reference"],
            day=cells["date"],
            payer=cells["payer"],
            payee=cells["payee"],
            amount=self._amount(cells["amount"], cells["unit"]),
            unit=cells["unit"],
            reason=reason,
        )
        content = encoding.encode(
            [
                payment.day,
                payment.payer,
                payment.payee,
                payment.amount,
                payment.unit,
                payment.reason,
            ]
        )
        return Item(row.line, payment.reference, payment.day, content, payment)

    def problems(self, items: Sequence[Item[Payment]]) -> Iterator[BadRow]:
        """Payers and payees who are no members."""
        known = self._find(items)
        for item in items:
            for number in item.value.members():
                if number not in known:
                    yield BadRow(item.line, f"there is no member {number}")

    def post(
        self, items: Sequence[tuple[Item[Payment], Idempotency]]
    ) -> list[Posted | TimebankError]:
        """Post them."""
        known = self._find([item for item, _ in items])
        postings = [
            Posting(command=item.value.command(known), by=BY, idempotency=idempotency)
            for item, idempotency in items
        ]
        return post_batch(self._installation, self._slug, postings, atomic=False)

    def _find(self, items: Sequence[Item[Payment]]) -> dict[str, str]:
        numbers = {number for item in items for number in item.value.members()}
        return members.find_member_ids(self._installation, self._slug, sorted(numbers))

    def _amount(self, text: str, unit: str) -> int:
        commodity = self._commodities.get(unit)
        if commodity is None:
            raise UnknownCommodityError(unit)
        if commodity.kind not in ("time", "points"):
            raise MalformedError("unit", f"{unit} is not of hours or points")
        amount = parse_amount(text, commodity.scale, commodity.kind)
        if amount < 1:
            raise MalformedError("amount", "must be more than nothing")
        return amount


def _check_parties(payer: str, payee: str) -> None:
    for column, party in (("payer", payer), ("payee", payee)):
        check_text(column, party, members.MAX_NUMBER_CHARACTERS)
    if payer == payee:
        raise MalformedError("payee", "is the payer")


def _reference(party: str, member_ids: Mapping[str, str]) -> str:
    return party if is_reserved(party) else join_reference("members", member_ids[party])
