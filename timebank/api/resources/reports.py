"""Reports 报表 on a period, from the ledger: what they tell is public and takes no key."""

from typing import Annotated

import msgspec

from timebank.api.calls import Answer, Call, Nothing, Table
from timebank.api.operations import Resource
from timebank.api.values import Day, Seq
from timebank.services.chart import list_commodities
from timebank.services.reports import (
    REPORTS,
    Covered,
    find_report,
    headings,
    make_report,
    told,
    told_definition,
    written,
)

resource = Resource("reports", "Figures of a period, equal to its trial balance. 报表")


class ReportQuery(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"first": "from", "last": "to"},
):
    """From which day to which, both included."""

    first: Day
    last: Day
    as_of: Annotated[
        Seq | None,
        msgspec.Meta(description="The last entry that counts; with it the figures never change."),
    ] = None


class TitleView(msgspec.Struct, frozen=True):
    """What people call something, in Chinese and in English."""

    zh: str
    en: str


class ColumnView(msgspec.Struct, frozen=True, kw_only=True):
    """A column by the key of its cells.

    A cell of the kind ``text`` or ``day`` is a string, one of ``seq`` or ``count`` a number; an
    ``amount`` is in the smallest unit of the ``commodity`` of its row. Any may be null.
    """

    key: str
    kind: str
    title: TitleView


class ReportName(msgspec.Struct, frozen=True, kw_only=True):
    """A report that can be asked for."""

    report: str
    title: TitleView
    columns: tuple[ColumnView, ...]


class ReportNames(msgspec.Struct, frozen=True):
    """All reports there are."""

    reports: tuple[ReportName, ...]


class ReportView(ReportName, frozen=True, kw_only=True, rename={"first": "from", "last": "to"}):
    """A report on the days from ``from`` to ``to``, of the entries up to ``as_of``.

    What counts lies from ``first_seq`` to ``last_seq``, among entries with other days; both are
    null where nothing happened.
    """

    origin: str
    first: Day
    last: Day
    as_of: int
    first_seq: int | None
    last_seq: int | None
    rows: tuple[dict[str, str | int | None], ...]


def to_table(call: Call[ReportQuery], found: ReportView) -> Table:
    """A report as a table with headings in both languages, in the decimals of its commodities."""
    definition = REPORTS[found.report]
    covered = Covered(
        first=found.first,
        last=found.last,
        first_seq=found.first_seq,
        last_seq=found.last_seq,
        as_of=found.as_of,
    )
    commodities = list_commodities(call.installation, call.slug)
    return Table(headings(definition), written(definition, covered, found.rows, commodities))


@resource.get("/reports", scope=None, query=Nothing, gives=ReportNames)
def list_reports(_call: Call[Nothing]) -> Answer[ReportNames]:
    """List all reports and what their columns say. Public."""
    names = [told_definition(definition) for definition in REPORTS.values()]
    return Answer(value=msgspec.convert({"reports": names}, ReportNames))


@resource.get(
    "/reports/<report>",
    scope=None,
    query=ReportQuery,
    gives=ReportView,
    table=to_table,
    find=find_report,
)
def get_report(call: Call[ReportQuery], report: str) -> Answer[ReportView]:
    """Show a report on some days. Public.

    It is held against the trial balance of both ends first, and not given if it differs.
    """
    asked = call.input
    found = make_report(
        call.installation,
        call.slug,
        report,
        first=asked.first,
        last=asked.last,
        as_of=asked.as_of,
    )
    return Answer(value=msgspec.convert(told(found), ReportView))
