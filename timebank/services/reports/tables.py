"""What a report is: one table with fixed columns over a period, and what it was made from."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from timebank.ledger.amounts import format_amount
from timebank.ledger.model import Commodity

if TYPE_CHECKING:
    from timebank.services.reports.frame import Frame

Cell = str | int | None
Row = Mapping[str, Cell]
"""Cells by the keys of all columns; None where a column says nothing of this row."""


class Title(NamedTuple):
    """What people call something, in Chinese and in English."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} {self.en}"


ColumnKind = Literal["text", "day", "seq", "count", "amount"]


class Column(NamedTuple):
    """A column. An ``amount`` is in the smallest unit of the ``commodity`` of its row."""

    key: str
    title: Title
    kind: ColumnKind = "text"


COMMODITY: Final = Column("commodity", Title("计量单位", "Commodity"))
LOT: Final = Column("lot", Title("批次", "Lot"))
ITEM_ZH: Final = Column("item_zh", Title("项目", "Item in Chinese"))
ITEM_EN: Final = Column("item_en", Title("项目英文", "Item in English"))
OPENING: Final = Column("opening", Title("上期结余", "Opening balance"), "amount")
CLOSING: Final = Column("closing", Title("本期结余", "Closing balance"), "amount")

_COVERED: Final = (
    Title("起始日", "From"),
    Title("截止日", "To"),
    Title("首号", "First entry"),
    Title("末号", "Last entry"),
    Title("账本末号", "Log up to entry"),
)
"""What every row of a file says of the whole report, so that it also says it on its own."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A report that can be asked for; ``rows`` makes its rows, and takes in the whole period."""

    name: str
    title: Title
    columns: tuple[Column, ...]
    rows: Callable[["Frame"], Iterable[Row]]


class Covered(NamedTuple):
    """What a report is made from: the days from ``first`` to ``last``, of a log up to ``as_of``.

    Its entries lie from ``first_seq`` to ``last_seq``, among which those with another day do not
    count; both are None where there are none.
    """

    first: str
    last: str
    first_seq: int | None
    last_seq: int | None
    as_of: int


@dataclass(frozen=True, slots=True)
class Report:
    """A report on a period of the book with this origin."""

    definition: Definition
    origin: str
    covered: Covered
    rows: tuple[Row, ...]


def told_definition(definition: Definition) -> dict[str, Any]:
    """What a report is, as JSON."""
    columns = (
        {"key": column.key, "kind": column.kind, "title": column.title._asdict()}
        for column in definition.columns
    )
    return {
        "report": definition.name,
        "title": definition.title._asdict(),
        "columns": tuple(columns),
    }


def told(report: Report) -> dict[str, Any]:
    """A report as JSON, with amounts in smallest units."""
    covered = report.covered
    return {
        **told_definition(report.definition),
        "origin": report.origin,
        "from": covered.first,
        "to": covered.last,
        "first_seq": covered.first_seq,
        "last_seq": covered.last_seq,
        "as_of": covered.as_of,
        "rows": report.rows,
    }


def headings(definition: Definition) -> tuple[str, ...]:
    """The headings of a report as a file, in both languages."""
    columns = (column.title for column in definition.columns)
    return tuple(str(title) for title in (*columns, *_COVERED))


def written(
    definition: Definition,
    covered: Covered,
    rows: Iterable[Row],
    commodities: Iterable[Commodity],
) -> Iterator[tuple[str, ...]]:
    """The rows of a report as a file, with amounts in the decimals of their commodities."""
    known = {commodity.code: commodity for commodity in commodities}
    for row in rows:
        cells = (_cell(column, row, known) for column in definition.columns)
        yield tuple("" if cell is None else str(cell) for cell in (*cells, *covered))


def _cell(column: Column, row: Row, known: Mapping[str, Commodity]) -> Cell:
    """A cell as people read it."""
    cell = row[column.key]
    if column.kind != "amount" or cell is None:
        return cell
    assert isinstance(cell, int), "amounts are whole numbers of the smallest unit"
    commodity = known[str(row["commodity"])]
    return format_amount(cell, commodity.scale, commodity.kind)
