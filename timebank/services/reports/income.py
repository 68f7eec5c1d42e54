"""收支公示表, the disclosure of income and expenditure: per fund, and of all funds together.

Its form is fixed: of each fund its income by source, its expenditure by category, and a line
with 上期结余, 本期收入, 本期支出 and 本期结余; then the same of all funds of the association; last
what it only keeps for others (``fund:agency``), which is in no total.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from timebank.ledger.model import Lot
from timebank.services.reports.frame import Frame
from timebank.services.reports.money import AGENCY, RECLASSIFIED, FundSums, Item, Money
from timebank.services.reports.tables import (
    CLOSING,
    COMMODITY,
    ITEM_EN,
    ITEM_ZH,
    OPENING,
    Column,
    Definition,
    Row,
    Title,
)

INCOME: Final = {
    "customers": Title("义集与销售收入", "Markets and sales"),
    "donors": Title("捐赠收入", "Donations"),
    "grantors": Title("资助收入", "Grants"),
    "opening": Title("期初转入", "Taken over when the book was opened"),
    "partners": Title("合作单位转入", "Partners"),
    RECLASSIFIED.name: Title("专户调整转入", "From other funds"),
    "suppliers": Title("供应商退款", "Refunds of suppliers"),
}
EXPENDITURE: Final = {
    "customers": Title("退款", "Refunds"),
    "payees": Title("代收款支付", "Paid out to those it was kept for"),
    RECLASSIFIED.name: Title("专户调整转出", "To other funds"),
    "suppliers": Title("物资采购", "Goods bought"),
}
CATEGORIES: Final = {
    "fees": Title("手续费", "Fees"),
    "wages": Title("人员费用", "Wages"),
}
"""Those that the rules of funds speak of; associations name all others themselves."""

TOTAL: Final = Title("合计", "All funds")
AGENCY_TITLE: Final = Title("代收代付款 (不计入合计)", "Kept for others (in no total)")


def rows(frame: Frame) -> Iterator[Row]:
    """Go through the period and give all lines. Raises ReportMismatchError."""
    money = Money(frame)
    for happening in frame.happenings():
        money.add(happening)
    money.check()
    lots = frame.lots("money")
    defined = frame.counted(one.seq for one in frame.commodities.values())
    for commodity in sorted(frame.of_kinds("money")):
        agency = None
        funds = list(money.of_commodity(commodity))
        if not funds and frame.commodities[commodity].seq not in defined:
            continue
        for code, sums in funds:
            if code == AGENCY:
                agency = sums
            else:
                title = _title_of(lots.get((commodity, code)), code)
                yield from _lines(commodity, code, "fund", title, sums)
        yield from _lines(commodity, "", "total", TOTAL, money.total(commodity))
        if agency is not None:
            yield from _lines(commodity, AGENCY, "agency", AGENCY_TITLE, agency)


def _lines(commodity: str, fund: str, line: str, title: Title, sums: FundSums) -> Iterator[Row]:
    place = {"commodity": commodity, "fund": fund}
    for name, titles, items in (
        ("income", INCOME, sums.income),
        ("expenditure", EXPENDITURE, sums.expenditure),
    ):
        for item, amount in sorted(items.items()):
            figures = {"income": None, "expenditure": None, name: amount}
            yield {
                **place,
                "line": name,
                "item": item.name,
                **_titled(_title_of_item(item, titles)),
                "opening": None,
                **figures,
                "closing": None,
            }
    yield {
        **place,
        "line": line,
        "item": "",
        **_titled(title),
        "opening": sums.opening,
        "income": sums.received,
        "expenditure": sums.spent,
        "closing": sums.closing,
    }


def _title_of_item(item: Item, accounts: Mapping[str, Title]) -> Title:
    titles = CATEGORIES if item.is_category else accounts
    return titles.get(item.name, Title(item.name, item.name))


def _titled(title: Title) -> dict[str, str]:
    return {"item_zh": title.zh, "item_en": title.en}


def _title_of(lot: Lot | None, code: str) -> Title:
    """What the association calls a fund, in its own language."""
    title = lot.facts.get("title", code) if lot else code
    return Title(title, code)


DEFINITION: Final = Definition(
    "income-expenditure",
    Title("收支公示表", "Income and expenditure"),
    (
        COMMODITY,
        Column("fund", Title("专户", "Fund")),
        Column("line", Title("行别", "Line")),
        Column("item", Title("科目", "Item")),
        ITEM_ZH,
        ITEM_EN,
        OPENING,
        Column("income", Title("本期收入", "Income"), "amount"),
        Column("expenditure", Title("本期支出", "Expenditure"), "amount"),
        CLOSING,
    ),
    rows,
)
