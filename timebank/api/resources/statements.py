"""Statements 对账单: what moved over some days, with opening and closing balances."""

from typing import Annotated, Final

import msgspec

from timebank.api.calls import Answer, Call, Row, Table
from timebank.api.operations import Resource
from timebank.api.values import PAGE_SIZE, Day, Figures, PageSize, Seq
from timebank.services import statements
from timebank.services.statements import Period, Statement

COLUMNS: Final = (
    *("row", "day", "posted", "seq", "kind", "account", "commodity", "lot", "counter"),
    *("debit", "credit", "balance"),
)

resource = Resource("statements", "What moved over some days, and what was there. 对账单")


class StatementQuery(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"first": "from", "last": "to"},
):
    """From which day to which, both included; an empty ``lot`` asks for what has no lot."""

    first: Day
    last: Day
    commodity: str | None = None
    lot: str | None = None
    as_of: Annotated[Seq | None, msgspec.Meta(description="The last entry that counts.")] = None
    after: str | None = None
    limit: PageSize = PAGE_SIZE

    def period(self) -> Period:
        """What the statement is to tell."""
        return Period(first=self.first, last=self.last, commodity=self.commodity, lot=self.lot)


class MemberStatementQuery(StatementQuery, frozen=True, kw_only=True):
    """As before, of all accounts of a member or of one of them."""

    account: str | None = None


class SectionView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One account in one commodity and lot over the whole period."""

    account: str
    commodity: str
    opening: int
    debits: int
    credits: int
    closing: int
    lot: str = ""


class LineView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came in (``debit``) or went out (``credit``), and the balance after it."""

    seq: int
    leg: int
    day: Day
    posted: Day
    kind: str
    account: str
    commodity: str
    counter: Annotated[str, msgspec.Meta(description="The account on the other side.")]
    debit: int
    credit: int
    balance: int
    lot: str = ""


class StatementView(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename={"first": "from", "last": "to"},
):
    """A page of a statement, of the entries up to ``as_of``; sections are of the whole of it."""

    first: Day
    last: Day
    as_of: int
    sections: tuple[SectionView, ...]
    lines: tuple[LineView, ...]
    after: Annotated[str | None, msgspec.Meta(description="Where the next page begins.")] = None


def to_table(call: Call[StatementQuery], found: StatementView) -> Table:
    """A statement as a table: opening balances on its first page, closing ones on its last."""
    figures = Figures(call)
    rows = [_line_row(figures, line) for line in found.lines]
    if call.input.after is None:
        opening = [(one, found.first, one.opening) for one in found.sections]
        rows = [_balance_row(figures, "opening", *one) for one in opening] + rows
    if found.after is None:
        closing = [(one, found.last, one.closing) for one in found.sections]
        rows += [_balance_row(figures, "closing", *one) for one in closing]
    return Table(COLUMNS, rows)


@resource.get(
    "/accounts/<account>/statement",
    scope="read",
    query=StatementQuery,
    gives=StatementView,
    table=to_table,
)
def get_account_statement(call: Call[StatementQuery], account: str) -> Answer[StatementView]:
    """Show the statement of an account as a whole."""
    asked = call.input
    found = statements.account_statement(
        call.installation,
        call.slug,
        account,
        asked.period(),
        as_of=asked.as_of,
        after=asked.after,
        limit=asked.limit,
    )
    return _to_answer(found)


@resource.get(
    "/members/<member>/statement",
    scope="members",
    query=MemberStatementQuery,
    gives=StatementView,
    table=to_table,
)
def get_member_statement(call: Call[MemberStatementQuery], member: str) -> Answer[StatementView]:
    """Show the statement of a member."""
    asked = call.input
    found = statements.member_statement(
        call.installation,
        call.slug,
        member,
        asked.period(),
        account=asked.account,
        as_of=asked.as_of,
        after=asked.after,
        limit=asked.limit,
    )
    return _to_answer(found)


def _to_answer(found: Statement) -> Answer[StatementView]:
    view = StatementView(
        first=found.first,
        last=found.last,
        as_of=found.as_of,
        after=found.after,
        sections=tuple(
            msgspec.convert(section, SectionView, from_attributes=True)
            for section in found.sections
        ),
        lines=tuple(msgspec.convert(line, LineView, from_attributes=True) for line in found.lines),
    )
    return Answer(value=view, next_after=found.after)


def _balance_row(figures: Figures, name: str, section: SectionView, day: str, balance: int) -> Row:
    amount = figures.format(balance, section.commodity)
    place = (section.account, section.commodity, section.lot)
    return (name, day, None, None, None, *place, None, None, None, amount)


def _line_row(figures: Figures, line: LineView) -> Row:
    debit, credit, balance = (
        figures.format(amount, line.commodity) for amount in (line.debit, line.credit, line.balance)
    )
    entry = (line.day, line.posted, line.seq, line.kind)
    place = (line.account, line.commodity, line.lot)
    return ("line", *entry, *place, line.counter, debit, credit, balance)
