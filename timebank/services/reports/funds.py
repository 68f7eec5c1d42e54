"""Funds 专户: what each has, what came and went, what is planned, and what is overdue."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from timebank.services.reports.frame import Frame
from timebank.services.reports.money import AGENCY, Money
from timebank.services.reports.plans import Plan, read_plans
from timebank.services.reports.tables import (
    CLOSING,
    COMMODITY,
    OPENING,
    Column,
    Definition,
    Row,
    Title,
)


def rows(frame: Frame) -> Iterator[Row]:
    """Go through the period and give a line for each fund. Raises ReportMismatchError."""
    money = Money(frame)
    for happening in frame.happenings():
        money.add(happening)
    money.check()
    plans: defaultdict[tuple[str, str], list[Plan]] = defaultdict(list)
    for plan in read_plans(frame):
        plans[plan.commodity, plan.fund].append(plan)
    lots = frame.lots("money")
    opened = frame.counted(lot.seq for lot in lots.values())
    for fund, lot in lots.items():
        if lot.seq not in opened and not money.has(fund):
            continue
        sums = money.of(fund)
        of_fund = plans[fund]
        yield {
            "commodity": lot.commodity,
            "fund": lot.code,
            "title": lot.facts.get("title", ""),
            "purpose": lot.facts.get("purpose", ""),
            "source": lot.facts.get("source", ""),
            "ends": lot.facts.get("ends"),
            "opening": sums.opening,
            "income": sums.received,
            "expenditure": sums.spent,
            "closing": sums.closing,
            "planned": None if lot.code == AGENCY else sum(plan.left for plan in of_fund),
            "plans": len(of_fund),
            "overdue": sum(plan.status == "overdue" for plan in of_fund),
        }


DEFINITION: Final = Definition(
    "funds",
    Title("专户一览", "Funds"),
    (
        COMMODITY,
        Column("fund", Title("专户", "Fund")),
        Column("title", Title("名称", "Name")),
        Column("purpose", Title("用途", "Purpose")),
        Column("source", Title("来源", "Source")),
        Column("ends", Title("截止使用日", "Ends on"), "day"),
        OPENING,
        Column("income", Title("本期收入", "Income"), "amount"),
        Column("expenditure", Title("本期支出", "Expenditure"), "amount"),
        CLOSING,
        Column("planned", Title("已备案未用", "Planned and not spent"), "amount"),
        Column("plans", Title("备案数", "Plans"), "count"),
        Column("overdue", Title("逾期未汇报", "Reports overdue"), "count"),
    ),
    rows,
)
