"""Reports 报表 on a period of a book, each equal to its trial balance figure by figure."""

from timebank.services.reports.catalogue import REPORTS, find_report
from timebank.services.reports.making import make_report
from timebank.services.reports.tables import (
    Covered,
    Definition,
    Report,
    headings,
    told,
    told_definition,
    written,
)

__all__ = [
    "REPORTS",
    "Covered",
    "Definition",
    "Report",
    "find_report",
    "headings",
    "make_report",
    "told",
    "told_definition",
    "written",
]
